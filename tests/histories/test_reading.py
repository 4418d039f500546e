"""Runs of models as histories: traces of ours, and ITF."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import pytest

from ordercheck.cli.codes import FAILED, OK
from ordercheck.cli.main import run
from ordercheck.histories.files import read_history
from ordercheck.histories.history import History
from ordercheck.histories.named import NAMED, named
from ordercheck.histories.reading import ITSELF, Reading, Step, history, itf_value
from ordercheck.histories.texts import Struct, value_of
from ordercheck.ir.span import BadInput

CAPTURE = pytest.CaptureFixture[str]
RPC_FETCH = str(Path(__file__).parents[2] / "models" / "rpc_fetch.py")


WORDS = ["".join(w) for n in (2, 3) for w in product("rf", repeat=n)] + ["rfrf", "ffrr"]


def told(found: History) -> list[tuple[str, str, object]]:
    return [(each.where, each.kind, each.get("value")) for each in found.events]


def steps(*after: list[object], place: str = "log") -> list[Step]:
    return [
        Step(f"p({k})", f"act({k})" if k else "start", (), ((place, tuple(held)),))
        for k, held in enumerate(after)
    ]


def test_what_is_appended_is_an_event() -> None:
    found = history(steps([], [4], [4, 5, 6], place="n[0].log"), "t", Reading(), ["log"])
    assert told(found) == [
        ("step 1", "log", 4),
        ("step 2, n[0].log", "log", 5),
        ("step 2, n[0].log", "log", 6),
    ]
    assert [event.actor for event in found.events] == ["p(1)", "p(2)", "p(2)"]
    assert {event["place"] for event in found.events} == {"n[0].log"}
    in_place, in_run = found.timelines
    assert [n for n, _, _ in in_place.stretches] == [0, 1, 2]
    assert [first for _, first, _ in in_run.stretches] == [1, 2, 2]


def test_what_is_taken_is_an_event_if_asked_for() -> None:
    reading = Reading(kinds={"net": "sent"}, taken={"net": "delivered"})
    run_of = steps([], [1], [1, 2], [2], [3], [3], place="net")
    found = history(run_of, "t", reading, ["sent", "delivered"])
    assert told(found) == [
        ("step 1", "sent", 1),
        ("step 2", "sent", 2),
        ("step 3", "delivered", 1),
        ("step 4, net", "delivered", 2),
        ("step 4, net", "sent", 3),
    ]
    assert found.events[2]["channel"] == "net"


def test_what_is_put_in_the_middle_cannot_be_told() -> None:
    inserted = steps([], [1], [0, 1])
    with pytest.raises(BadInput) as refused:
        history(inserted, "t", Reading(), ["log"])
    assert "step 2 does not only append to log" in str(refused.value)
    steps_only = history(inserted, "t", Reading(), ["act"])
    assert [event.where for event in steps_only.events] == ["step 1", "step 2"]


def test_steps_are_events_of_their_action() -> None:
    taken = [
        Step("", "start", (), ()),
        Step("a", "write(0, 'x')", (("0", 0), ("1", "x")), ()),
        Step("b", "stop", (), ()),
    ]
    reading = Reading(kinds={"write": "written"}, fields={"written": ("key", "value")})
    first, second = history(taken, "t", reading).events
    assert (first.kind, first["key"], first["value"], first.actor) == ("written", 0, "x", "a")
    assert second.kind == "stop"


@pytest.mark.parametrize(
    ("item", "kind", "fields"),
    [
        (Struct("WaitDone", (("wait", 2),)), "wait_done", {"wait": 2}),
        (Struct("Event", (("kind", "Kind.WAIT_DONE"), ("wait", 2))), "wait_done", {"wait": 2}),
        ("wait_done wait_2", "wait_done", {"wait": "wait_2"}),
        (7, "log", {"value": 7}),
    ],
)
def test_items_that_say_their_kind(item: object, kind: str, fields: dict[str, object]) -> None:
    reading = Reading(kinds={"log": ITSELF}, fields={"wait_done": ("wait",)})
    found = history(steps([], [item]), "t", reading).events[-1]
    assert found.kind == kind
    assert {name: value for name, value in found.fields if name != "place"} == fields


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-3", -3),
        ("None", None),
        ("'a b'", "a b"),
        ("(1, [True, 'x'])", (1, (True, "x"))),
        (
            "Call(ref=0, inner=At(n=-1))",
            Struct("Call", (("ref", 0), ("inner", Struct("At", (("n", -1),))))),
        ),
        ("Phase.IDLE", "Phase.IDLE"),
        ("rpc(0)", "rpc(0)"),
        ("not python", "not python"),
        ("...", "..."),
        ("(" * 500, "(" * 500),
    ],
)
def test_values_of_texts(text: str, value: object) -> None:
    assert value_of(text) == value


def test_values_of_itf() -> None:
    assert itf_value({"#bigint": "-12"}) == -12
    assert itf_value({"#tup": [{"#bigint": "1"}, "x"]}) == (1, "x")
    assert itf_value({"#set": [True]}) == (True,)
    assert itf_value({"#map": [["k", {"#bigint": "2"}]]}) == (("k", 2),)
    assert itf_value({"tag": "Nothing", "value": "U_OF_UNIT"}) is None
    assert itf_value({"tag": "Some", "value": {"it": 3}}) == 3
    assert itf_value({"tag": "Call", "value": {"n": 1}}) == Struct("Call", (("n", 1),))
    assert itf_value({"n": 1, "s": "x"}) == Struct("", (("n", 1), ("s", "x")))


@pytest.mark.parametrize("word", WORDS)
def test_e_order_of_rpc_fetch(
    word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: CAPTURE
) -> None:
    """The model is deterministic for a word: fetches come first, so rf within it is a swap."""
    monkeypatch.chdir(tmp_path)
    arguments = ["--set", f"pattern={word}", "--seed", "0", "--runs", "1", "--traces", "runs"]
    ran = run(["simulate", RPC_FETCH, *arguments])
    assert ran == (FAILED if "rf" in word else OK)
    (trace,) = Path("runs").iterdir()
    capsys.readouterr()
    assert run(["check-trace", "e_order", str(trace), "--json"]) == ran
    ours = json.loads(capsys.readouterr().out)
    if ran == FAILED:
        assert ours["smallest"] is True
        assert len(ours["contradicting"]) == 2
    assert run(["export", str(trace), "-o", "t.itf.json"]) == OK
    capsys.readouterr()
    assert run(["check-trace", "e_order", "t.itf.json", "--json"]) == ran
    theirs = json.loads(capsys.readouterr().out)
    assert {**theirs, "file": ""} == {**ours, "file": ""}


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ('{"#meta": {}, "states": []}', "E940", "it has no states"),
        ('{"#meta": {}, "states": [3]}', "E940", "a state is no object"),
        ('{"states": [{"x": {"#odd": 1}}]}', "E940", "is no value"),
        ('{"states": [{"x": {"#bigint": "1e9"}}]}', "E940", "is no value"),
        ('{"results": []}', "E902", "not a trace"),
        ('{"what": "trace", "kind": "run"}', "E902", "not a trace"),
        ('{\n  "what": "trace",\n', "E902", "cut off"),
        ("{}", "E902", "not a trace"),
    ],
)
def test_foreign_and_truncated_files(text: str, code: str, words: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_history(text, "t.json", Reading())
    (found,) = refused.value.diagnostics
    assert found.code == code
    assert words in found.headline


@pytest.mark.parametrize("name", NAMED)
def test_every_spec_says_what_it_is_about(name: str) -> None:
    spec = named(name)
    assert spec.__doc__
    assert set(spec.needs) <= set(spec.kinds)
    assert set(spec.reading.fields) <= set(spec.kinds)
