"""ITF, as its own readers read it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ordercheck.checking import check
from ordercheck.checking.evidence import states_of
from ordercheck.frontend import compile_model, load_models
from ordercheck.ir.types import (
    ABSENT,
    BagType,
    BoolType,
    EnumType,
    IntType,
    ListType,
    MapType,
    NoneType,
    RefType,
    SetType,
    StructType,
    TaskType,
    TextType,
    TupleType,
    Type,
    UnionType,
    Value,
)
from ordercheck.traces.itf import itf, value_object
from ordercheck.traces.places import View
from ordercheck.traces.values import plain_state
from tests.traces.test_values import program

Golden = Callable[[str, str], None]
ROOT = Path(__file__).parent.parent.parent
BIT = IntType(0, 1)
VOTE = StructType("Vote", (("ballot", BIT), ("value", UnionType((NoneType(), BIT)))))
SOME_BIT = UnionType((NoneType(), BIT))

CASES: list[tuple[Type, Value, Any]] = [
    (BoolType(), True, True),
    (BIT, 1, {"#bigint": "1"}),
    (IntType(), -(2**62), {"#bigint": "-4611686018427387904"}),
    (TextType(("a",)), "a", "a"),
    (EnumType("Phase", ("IDLE",)), "Phase.IDLE", "Phase.IDLE"),
    (TupleType((BIT, BoolType())), (1, False), {"#tup": [{"#bigint": "1"}, False]}),
    (TupleType(()), (), {"#tup": []}),
    (ListType(BIT, 3), (0, 1), [{"#bigint": "0"}, {"#bigint": "1"}]),
    (SetType(TextType(("b", "a"))), frozenset("ab"), {"#set": ["b", "a"]}),
    (MapType(TextType(("a", "b")), BIT), (ABSENT, 1), {"#map": [["b", {"#bigint": "1"}]]}),
    (BagType(TextType(("a", "b")), 4), (0, 2), {"#map": [["b", {"#bigint": "2"}]]}),
    (SOME_BIT, None, {"tag": "Nothing", "value": "U_OF_UNIT"}),
    (SOME_BIT, 1, {"tag": "Some", "value": {"it": {"#bigint": "1"}}}),
    (UnionType((BIT, BoolType())), True, {"tag": "Some2", "value": {"it": True}}),
    (
        UnionType((NoneType(), VOTE)),
        ("Vote", 1, None),
        {
            "tag": "Vote",
            "value": {
                "ballot": {"#bigint": "1"},
                "value": {"tag": "Nothing", "value": "U_OF_UNIT"},
            },
        },
    ),
    (TaskType(), 1, "call(1)"),
    (RefType((1,)), 1, "gate"),
]


@pytest.mark.parametrize(("kind", "value", "expected"), CASES)
def test_values(kind: Type, value: Value, expected: object) -> None:
    assert value_object(View(program()), kind, value) == expected


@pytest.mark.parametrize(("kind", "value", "expected"), CASES)
def test_values_come_back_from_its_reader(kind: Type, value: Value, expected: object) -> None:
    itf_py = pytest.importorskip("itf_py")
    read = itf_py.value_from_json(expected)
    # By the reader's own equality: its sets come back in the order of hashes.
    written = itf_py.value_to_json(read)
    assert itf_py.value_from_json(written) == read
    assert written == expected or isinstance(kind, SetType)


def violated(file: str, **parameters: Any) -> tuple[dict[str, Any], Any]:
    (model, *_) = load_models(str(ROOT / file))
    verdict = check(compile_model(model, parameters))
    assert verdict.trace is not None
    states = states_of(verdict.program, verdict.trace)
    # The machine's own folder is no part of what is compared.
    told = json.dumps(itf(verdict.trace, verdict.program, states)).replace(f"{ROOT}/", "")
    return json.loads(told), verdict


def test_a_whole_trace(golden: Golden) -> None:
    data, _ = violated("models/classics/die_hard.py")
    golden("traces/die_hard.itf.json", json.dumps(data, indent=2) + "\n")


@pytest.mark.parametrize(
    "file", ["models/rpc_fetch.py", "models/classics/die_hard.py", "models/classics/lost_update.py"]
)
def test_its_reader_finds_what_we_wrote(file: str) -> None:
    itf_py = pytest.importorskip("itf_py")
    data, verdict = violated(file)
    read = itf_py.trace_from_json(data)
    assert read.vars == data["vars"] == list(data["#meta"]["varTypes"])
    assert len(read.states) == len(verdict.trace.steps)
    states = states_of(verdict.program, verdict.trace)
    for k, (state, mine, step) in enumerate(
        zip(read.states, states, verdict.trace.steps, strict=True)
    ):
        assert list(state.values) == read.vars
        assert (state.meta["index"], state.meta["action"]) == (k, step.action)
        plain = plain_state(View(verdict.program), mine)
        simple = [path for path in plain if isinstance(plain[path], bool | int | str)]
        pairs = [(plain[path], state.values[path]) for path in simple]
        assert all(b in (a, ("U_OF_UNIT",), (a,)) for a, b in pairs)
    assert read.states[-1].meta["property"] == verdict.violations[0].name


def test_a_failing_step_repeats_its_state() -> None:
    data, verdict = violated("models/classics/die_hard.py")
    trace = verdict.trace
    states = states_of(verdict.program, trace)
    last = replace(trace.steps[-1], error="index 4 is out of range")
    failing = replace(trace, steps=(*trace.steps, last))
    data = itf(failing, verdict.program, (*states, states[-1]))
    assert data["states"][-1]["#meta"]["error"] == "index 4 is out of range"
    assert data["states"][-1]["big"] == data["states"][-2]["big"]
