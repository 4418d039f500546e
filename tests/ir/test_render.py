"""Values as Python would write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordercheck.ir.domains import domain
from ordercheck.ir.render import Names, in_order, rank, render
from ordercheck.ir.types import (
    ABSENT,
    BagType,
    BoolType,
    EnumType,
    IntType,
    ListType,
    MapType,
    NoneType,
    PlaceType,
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
from tests.ir.build import OOPS, PHASE, SMALL, counters

COMMIT = StructType("Commit", ())


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (BoolType(), True, "True"),
        (TextType(("a", "it's")), "it's", '"it\'s"'),
        (PHASE, "Phase.BUSY", "Phase.BUSY"),
        (PHASE, 7, "7"),
        (TupleType((SMALL,)), (1,), "(1,)"),
        (TupleType((SMALL, PHASE)), (1, "Phase.IDLE"), "(1, Phase.IDLE)"),
        (TupleType(()), (), "()"),
        (ListType(PHASE), ("Phase.BUSY", "Phase.IDLE"), "[Phase.BUSY, Phase.IDLE]"),
        (SetType(TextType(("b", "a"))), frozenset({"a", "b"}), "{'b', 'a'}"),
        (SetType(SMALL), frozenset(), "set()"),
        (MapType(PHASE, SMALL), (ABSENT, 2), "{Phase.BUSY: 2}"),
        (MapType(PHASE, SMALL), (ABSENT, ABSENT), "{}"),
        (BagType(PHASE, 4), (1, 2), "Bag([Phase.IDLE, Phase.BUSY, Phase.BUSY])"),
        (BagType(PHASE, 4), (0, 0), "Bag()"),
        (OOPS, ("Oops", 2), "Oops(code=2)"),
        (UnionType((OOPS, COMMIT, NoneType())), ("Commit",), "Commit()"),
        (UnionType((OOPS, COMMIT, NoneType())), None, "None"),
        (UnionType((BoolType(), SMALL)), 1, "1"),
        (UnionType((BoolType(), SMALL)), 9, "9"),
        (IntType(0, 3), 7, "7"),
        (TaskType(), 1, "run[1]"),
        (RefType((0, 1)), 1, "gate"),
        (RefType((0, 1)), 0, "Small"),
        (PlaceType(SMALL, (1,)), 1, "nodes[1].clock"),
    ],
)
def test_render(kind: Type, value: Value, text: str) -> None:
    assert render(kind, value, counters()) == text


def test_without_names() -> None:
    assert render(TaskType(), 1) == "task 1"
    assert render(RefType((2,)), 2) == "component 2"


def test_names_of_a_program() -> None:
    names = Names.of(counters())
    assert names.components == ("Small", "gate")
    assert names.slots[4] == "grid[1][0]"


FINITE: st.SearchStrategy[Type] = st.recursive(
    st.sampled_from(
        [BoolType(), SMALL, PHASE, NoneType(), TextType(("b", "a")), RefType((2, 1))],
    ),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(TupleType),
        st.just(EnumType("E", ("A",))),
        st.tuples(inner).map(lambda t: StructType("S", (("f", t[0]),))),
        st.just(SetType(SMALL)),
        st.just(ListType(PHASE, 2)),
    ),
    max_leaves=3,
)


@given(FINITE)
def test_rank_sorts_as_the_domain_is_declared(kind: Type) -> None:
    values = list(domain(kind))[:200]
    assert sorted(values, key=lambda value: rank(kind, value)) == values
    assert in_order(kind, frozenset(values)) == values
