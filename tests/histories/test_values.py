from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordercheck.histories.jsonlines import frozen
from ordercheck.histories.values import ByValue, same
from tests.histories.histories import delivered, holds, recorded, sent

VALUES = st.recursive(
    st.sampled_from([None, True, False, 0, 1, 2, "", "1", "true"]),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=4,
)
"""Values that Python takes for equal as often as not."""


@given(st.lists(VALUES, max_size=8))
def test_values_are_equal_where_their_json_is(values: list[object]) -> None:
    found: ByValue[list[int]] = ByValue()
    expected: dict[str, list[int]] = {}
    for k, value in enumerate(values):
        found.setdefault(frozen(value), []).append(k)
        expected.setdefault(json.dumps(value), []).append(k)
    assert list(found.values()) == list(expected.values())
    assert [json.dumps(value) for value in found] == list(expected)
    assert len(found) == len(expected)
    for a in values:
        assert all(same(frozen(a), frozen(b)) == (json.dumps(a) == json.dumps(b)) for b in values)


def test_entries_go() -> None:
    found: ByValue[str] = ByValue()
    found[True], found[1] = "true", "one"
    del found[1]
    assert list(found.items()) == [(True, "true")]
    with pytest.raises(KeyError):
        found[1]


@pytest.mark.parametrize("spec", ["fifo", "causal", "at_most_once", "exactly_once"])
def test_true_is_not_the_message_1(spec: str) -> None:
    messages = [sent("a", 1), sent("a", True), sent("a", [1]), sent("a", [True])]
    got = [delivered("b", 1), delivered("b", True), delivered("b", [1]), delivered("b", [True])]
    assert holds(spec, *messages, *got)
    assert not holds(spec, *messages, *got, delivered("b", True))
    assert holds(spec, *messages, *got[1::-1], *got[2:]) is (spec not in ("fifo", "causal"))


def test_actors_agree_on_the_order_of_true_and_1() -> None:
    first, second = delivered("a", True), delivered("a", 1)
    assert holds("total_order", first, second, {**first, "actor": "b"}, {**second, "actor": "b"})
    other = delivered("a", "1"), {**delivered("b", 1)}, delivered("b", True)
    assert not holds("total_order", first, second, *other)


def test_groups_and_lines_of_true_and_1() -> None:
    history = recorded(
        {"history": 1, "ordered_by": ["run"]},
        {"kind": "a", "run": True},
        {"kind": "b", "run": 1},
        {"kind": "c", "run": True},
    )
    grouped = history.groups(by="run")
    assert [[event.kind for event in events] for events in grouped.values()] == [["a", "c"], ["b"]]
    assert [[k for k, _, _ in line.stretches] for line in history.timelines] == [[0, 2], [1]]
