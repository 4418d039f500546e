"""JSON lines: what is read, and what is refused, at which line and column."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordercheck.histories.files import read_history
from ordercheck.histories.jsonlines import read_lines
from ordercheck.histories.reading import Reading
from ordercheck.ir.span import BadInput, Diagnostic


def refused(text: str) -> list[Diagnostic]:
    with pytest.raises(BadInput) as found:
        read_history(text, "h.jsonl", Reading())
    return list(found.value.diagnostics)


def test_an_event_has_its_fields() -> None:
    line = '{"id": 7, "kind": "sent", "actor": "a", "call": 1, "to": ["x", {"y": true}]}'
    (event,) = read_lines(line + "\n\n", "h.jsonl").events
    assert (event.id, event.kind, event.actor, event.where) == ("7", "sent", "a", "line 1")
    assert event.fields == (("call", 1), ("to", ("x", (("y", True),))))
    assert event["call"] == 1
    assert event.get("gone", 5) == 5
    assert event.matches(kind="sent", call=1)
    assert not event.matches(call=True)
    assert event.span.end_column == len(line) + 1


def known(*objects: dict[str, Any]) -> set[tuple[int, int]]:
    """Pairs of lines of which the first is known to come first, by one observer or word."""
    text = "".join(json.dumps(each) + "\n" for each in objects)
    history = read_lines(text, "h.jsonl")
    found = {(k.first, k.second) for k in history.known}
    for timeline in history.timelines:
        for a, _, last in timeline.stretches:
            found |= {(a, b) for b, first, _ in timeline.stretches if last < first}
    return {(a + 1, b + 1) for a, b in found}


def test_what_is_known_of_the_order() -> None:
    x, y = {"kind": "k", "actor": "x"}, {"kind": "k", "actor": "y"}
    assert known(x, y, x, y) == {(1, 3), (2, 4)}
    assert known({"kind": "k"}, x, {"kind": "k"}) == {(1, 3)}
    both = {"history": 1, "ordered_by": ["log", "actor"]}
    assert known(both, {**x, "log": "l"}, {**y, "log": "l"}, x) == {(1, 2), (1, 3)}
    assert known({"history": 1, "ordered_by": ["line"]}, x, y) == {(1, 2)}
    assert known({"history": 1, "ordered_by": []}, x, x) == set()
    assert known(x, {**y, "id": "y"}, {**x, "after": "y"}, {**y, "after": ["line 1"]}) == {
        *((1, 3), (2, 4)),
        *((2, 3), (1, 4)),
    }


def test_what_is_known_of_times() -> None:
    def at(actor: str, when: object, **more: object) -> dict[str, Any]:
        return {"kind": "k", "actor": actor, "at": when, **more}

    assert known(at("x", 2), at("y", 1.5), at("z", 2)) == {(2, 1), (2, 3)}
    dates = ["2026-11-21T10:00:00.5Z", "2026-11-21T11:00:00+01:00", "2026-11-21 10:00"]
    assert known(*(at(f"a{k}", date) for k, date in enumerate(dates))) == {(2, 1), (3, 1)}
    assert known(at("x", [0, 4]), at("y", [3, 5]), at("z", [5, 6])) == {(1, 3)}
    assert known(at("x", 1, clock="p"), at("y", 2, clock="q"), at("z", 3, clock="p")) == {(1, 3)}


@pytest.mark.parametrize(
    ("text", "code", "line", "column", "words"),
    [
        ("", "E940", 0, 0, "there is no event"),
        ("\n \n", "E940", 0, 0, "there is no event"),
        ('{"kind": "a"}\n{"kind": "b"', "E940", 2, 13, "the file ends too early"),
        ('{"kind": "a\n{"kind": "b"}', "E940", 1, 10, "this line ends too early"),
        ('{"kind": "a"}\n{"kind" "b"}', "E940", 2, 9, "not JSON"),
        ('{"kind": "a"}\n[1]', "E940", 2, 1, "no event"),
        ('{"kind": "a"}\n{"kinds": "b"}', "E940", 2, 1, "'kind' is missing"),
        ('{"kind": "a"}\n{"kind": 3}', "E940", 2, 10, "'kind' is no text"),
        ('{"kind": "a"}\n{"kind": "a", "actor": null}', "E940", 2, 24, "'actor' is neither"),
        ('{"kind": "a"}\n{"kind": "a", "at": [2, 1]}', "E940", 2, 21, "neither a time nor"),
        ('{"kind": "a"}\n{"kind": "a", "at": "noon"}', "E940", 2, 21, "neither a time nor"),
        ('{"kind": "a"}\n{"kind": "a", "at": 1e999}', "E940", 2, 21, "cannot be read"),
        (
            '{"kind": "a", "at": 1}\n{"kind": "a", "at": "2026-11-21"}',
            *("E940", 2, 21, "not of one kind"),
        ),
        ('{"kind": "a"}\n{"kind": "a", "at": [1, "2026-11-21"]}', "E940", 2, 21, "neither a time"),
        ('{"kind": "a"}\n{"kind": "a", "at": true}', "E940", 2, 21, "neither a time nor"),
        ('{"kind": "a"}\n{"kind": "a", "n": NaN}', "E940", 2, 20, "cannot be read"),
        ('{"kind": "a"}\n{"kind": "a", "kind": "b"}', "E940", 2, 15, "cannot be read"),
        ('{"kind": "a"}\n{"kind": "a", "clock": "c"}', "E940", 2, 24, "has no time"),
        ('{"kind": "a"}\n{"kind": "a", "after": {}}', "E940", 2, 24, "neither an id"),
        ('{"kind": "a"}\n' + "[" * 100_000, "E940", 2, 1, "cannot be read"),
        ('{"kind": "a", "id": 1}\n{"kind": "a", "id": "1"}', "E941", 2, 1, "two events have"),
        ('{"kind": "a"}\n{"kind": "a", "after": "x"}', "E941", 2, 24, "no such event"),
        ('{"kind": "a"}\n{"kind": "a", "after": ["line 1", 3]}', "E941", 2, 24, "no such event"),
        ('{"history": 2}\n{"kind": "a"}', "E940", 1, 13, "'history' of the first line"),
        ('{"history": true}\n{"kind": "a"}', "E940", 1, 13, "'history' of the first line"),
        ('{"history": 1, "ordered_by": "actor"}\n{"kind": "a"}', "E940", 1, 30, "'ordered_by'"),
        ('{"history": 1, "complete": 0}\n{"kind": "a"}', "E940", 1, 28, "'complete'"),
        ('{"history": 1, "order": []}\n{"kind": "a"}', "E940", 1, 25, "'order'"),
        ('{"kind": "a", "after": "line 1"}', "E942", 1, 1, "contradicts itself"),
        (
            '{"kind": "a", "actor": "x", "at": 2}\n{"kind": "b", "actor": "x", "at": 1}',
            *("E942", 2, 1, "line 1 and line 2 cannot be in any order"),
        ),
    ],
)
def test_refused(text: str, code: str, line: int, column: int, words: str) -> None:
    (found,) = refused(text)
    assert (found.code, found.span.line, found.span.column) == (code, line, column)
    assert words in found.headline
    assert found.span.file == "h.jsonl"


def test_all_mistakes_are_told_up_to_a_limit() -> None:
    assert [each.span.line for each in refused('{"kind": 1}\n{}\n{"kind": "a"}\n{"kind": ""}')] == [
        1,
        2,
        4,
    ]
    assert len(refused("no\n" * 1000)) == 5


def test_why_a_record_contradicts_itself_is_told() -> None:
    text = "".join(
        json.dumps(each) + "\n"
        for each in [
            {"kind": "k", "actor": "x", "id": "a"},
            {"kind": "k", "actor": "x", "after": "c"},
            {"kind": "k", "actor": "y", "id": "c", "after": ["d"]},
            {"kind": "k", "actor": "z", "id": "d", "after": "e"},
            {"kind": "k", "actor": "x", "id": "e"},
        ]
    )
    (found,) = refused(text)
    assert found.notes == (
        "line 3 before line 2: line 2 says so",
        "line 4 before line 3: line 3 says so",
        "line 5 before line 4: line 4 says so",
        "line 2 before line 5: x recorded them in this order",
    )


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_text_is_read_or_refused(data: bytes) -> None:
    text = data.decode("utf-8", errors="replace")
    with suppress(BadInput):
        assert read_history(text, "h.jsonl", Reading()).file == "h.jsonl"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=5,
)
names = st.sampled_from(
    ["kind", "id", "actor", "at", "clock", "after", "history", "ordered_by", "complete", "states"]
)


@given(st.lists(st.dictionaries(names, json_values, max_size=4), max_size=3))
def test_any_objects_are_read_or_refused(objects: list[dict[str, Any]]) -> None:
    text = "".join(json.dumps(each) + "\n" for each in objects)
    with suppress(BadInput):
        assert read_history(text, "h.jsonl", Reading()).file == "h.jsonl"
