"""States as plain Python values."""

from __future__ import annotations

from copy import deepcopy

import pytest

from ordercheck.ir.nodes import Component, Coroutine, Place, Program, TaskInfo
from ordercheck.ir.types import (
    ABSENT,
    ArrayShape,
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
from ordercheck.traces.places import View
from ordercheck.traces.values import Record, plain, plain_state

BIT = IntType(0, 1)
VOTE = StructType("Vote", (("ballot", BIT), ("value", UnionType((NoneType(), BIT)))))


def program(*kinds: Type | ArrayShape) -> Program:
    places = []
    slot = 0
    for k, kind in enumerate(kinds):
        places.append(Place(f"p{k}", slot, kind))
        slot += places[-1].size
    components = (Component("", "M"), Component("gate", "Gate"))
    tasks = (TaskInfo("call(0)", 0, 0), TaskInfo("call(1)", 0, 1))
    coroutines = (Coroutine("call", 2, ()),)
    return Program("M", (), (), tuple(places), components, (), coroutines, tasks, (), ())


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (BoolType(), True, True),
        (BIT, 1, 1),
        (TextType(("a", "b")), "b", "b"),
        (EnumType("Phase", ("IDLE", "BUSY")), "Phase.BUSY", "Phase.BUSY"),
        (TupleType((BIT, BoolType())), (1, False), (1, False)),
        (ListType(BIT, 3), (0, 1), [0, 1]),
        (SetType(BIT), frozenset({1}), frozenset({1})),
        (MapType(TextType(("a", "b")), BIT), (ABSENT, 1), {"b": 1}),
        (BagType(TextType(("a", "b")), 4), (0, 2), {"b": 2}),
        (VOTE, ("Vote", 1, None), Record("Vote", (("ballot", 1), ("value", None)))),
        (UnionType((VOTE, NoneType())), None, None),
        (TaskType(), 1, "call(1)"),
        (RefType((1,)), 1, "gate"),
    ],
)
def test_values(kind: Type, value: Value, expected: object) -> None:
    found = plain(View(program()), kind, value)
    assert found == expected
    assert type(found) is type(expected)


def test_arrays_are_lists() -> None:
    made = program(BIT, ArrayShape(ArrayShape(BIT, 2), 3))
    assert plain_state(View(made), (1, 0, 1, 0, 0, 1, 1)) == {
        "p0": 1,
        "p1": [[0, 1], [0, 0], [1, 1]],
    }


def test_records_are_read_by_field() -> None:
    record = Record("Vote", (("ballot", 1), ("value", None)))
    assert (record.ballot, record.value) == (1, None)
    assert repr(record) == "Vote(ballot=1, value=None)"
    assert deepcopy(record) == record
    with pytest.raises(AttributeError, match="Vote has no field 'balot'"):
        _ = record.balot
