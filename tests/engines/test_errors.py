"""Model errors: what they say, and where."""

from __future__ import annotations

import pytest

from ordercheck.engines.transition import ModelError
from ordercheck.ir.nodes import (
    Apply,
    Assign,
    Cast,
    Const,
    Expr,
    Fail,
    Load,
    Local,
    Op,
    SortedBy,
    Store,
)
from ordercheck.ir.types import (
    ABSENT,
    BagType,
    EnumType,
    IntType,
    ListType,
    MapType,
    NoneType,
    SetType,
    TextType,
    TupleType,
    Type,
    UnionType,
    Value,
)
from tests.engines.run import failure, outcome
from tests.ir.build import BOOL, INT, PHASE, SMALL, at, element, load, number, slot

HERE = at(17)
WORD = TextType(("ab", "c"))
LIST = ListType(SMALL, 3)
SET = SetType(PHASE)
MAP = MapType(PHASE, SMALL)
BAG = BagType(PHASE, 2)


IDLE, BUSY = PHASE.values


def c(value: Value, kind: Type = INT) -> Const:
    return Const(value, kind)


def checked(op: Op, *operands: Expr, kind: Type = INT) -> Apply:
    return Apply(op, operands, kind, HERE)


EMPTY, THREE = c((), LIST), c((1, 2, 3), LIST)
NONE_YET = c((ABSENT, ABSENT), MAP)

OPERATIONS = [
    (checked(Op.FLOORDIV, c(7), c(0)), "division", "division by zero: 7 // 0"),
    (checked(Op.MOD, c(7), c(0)), "division", "division by zero: 7 % 0"),
    (checked(Op.POW, c(2), c(-1)), "value", "a negative exponent: 2 ** -1"),
    (checked(Op.SHIFT_LEFT, c(1), c(-1)), "value", "a negative shift: 1 << -1"),
    (checked(Op.SHIFT_RIGHT, c(1), c(-2)), "value", "a negative shift: 1 >> -2"),
    (
        checked(Op.ADD, c(2**62), c(2**62)),
        "overflow",
        "integer overflow: the result of + exceeds 63 bits",
    ),
    (
        checked(Op.POW, c(10), c(10**9)),
        "overflow",
        "integer overflow: the result of ** exceeds 63 bits",
    ),
    (
        checked(Op.SHIFT_LEFT, c(1), c(10**9)),
        "overflow",
        "integer overflow: the result of << exceeds 63 bits",
    ),
    (
        checked(Op.INDEX, THREE, c(5)),
        "index",
        "index 5 is out of range: the list has 3 items",
    ),
    (
        checked(Op.INDEX, c((1,), LIST), c(-2)),
        "index",
        "index -2 is out of range: the list has 1 item",
    ),
    (
        checked(Op.REMOVE_AT, EMPTY, c(0), kind=LIST),
        "index",
        "index 0 is out of range: the list is empty",
    ),
    (
        checked(Op.REPLACE, THREE, c(3), c(1), kind=LIST),
        "index",
        "index 3 is out of range: the list has 3 items",
    ),
    (
        checked(Op.TEXT_INDEX, c("ab", WORD), c(2), kind=WORD),
        "index",
        "index 2 is out of range: the text has 2 characters",
    ),
    (checked(Op.FIND, THREE, c(7)), "value", "7 is not in the list"),
    (checked(Op.REMOVE, THREE, c(7), kind=LIST), "value", "7 is not in the list"),
    (checked(Op.RANGE, c(0), c(3), c(0), kind=LIST), "value", "a range's step is 0"),
    (
        checked(Op.SLICE, THREE, c(0), c(1), c(0), kind=LIST),
        "value",
        "a slice's step is 0",
    ),
    (checked(Op.MIN, EMPTY), "value", "min of nothing: the list is empty"),
    (checked(Op.MAX, EMPTY), "value", "max of nothing: the list is empty"),
    (
        SortedBy(EMPTY, Local("p", INT), Local("p", INT), "max", False, INT, HERE),
        "value",
        "max of nothing: the list is empty",
    ),
    (
        checked(Op.REMOVE_ITEM, c(frozenset(), SET), c(BUSY, PHASE), kind=SET),
        "key",
        "Phase.BUSY is not in the set",
    ),
    (
        checked(Op.GET, NONE_YET, c(BUSY, PHASE), kind=SMALL),
        "key",
        "the map has no key Phase.BUSY",
    ),
    (
        checked(Op.DELETE, NONE_YET, c(IDLE, PHASE), kind=MAP),
        "key",
        "the map has no key Phase.IDLE",
    ),
    (
        checked(Op.ADD_ITEM, c((1, 1), BAG), c(IDLE, PHASE), kind=BAG),
        "capacity",
        "the bag is full: it holds 2 of 2",
    ),
    (
        checked(Op.REMOVE_ITEM, c((0, 1), BAG), c(IDLE, PHASE), kind=BAG),
        "key",
        "Phase.IDLE is not in the bag",
    ),
    (
        Cast(load(0, UnionType((NoneType(), PHASE))), PHASE, HERE),
        "type",
        "None is not Phase",
    ),
]


@pytest.mark.parametrize(
    ("expr", "kind", "message"), OPERATIONS, ids=[message for _, _, message in OPERATIONS]
)
def test_operations(expr: Expr, kind: str, message: str) -> None:
    found = failure(Assign(Local("x", expr.type), expr, at(2)), slots=(SMALL,), initial=(None,))
    assert found == ModelError(kind, message)
    assert found.span == HERE


def test_an_array_s_index() -> None:
    where = element(0, c(2), 2)
    there = Apply(Op.OFFSET, where.operands, where.type, HERE)
    found = failure(Assign(Local("x", SMALL), Load(there, SMALL)))
    assert found == ModelError("index", "index 2 is out of range: the array has 2 items")
    assert found.span == HERE


def test_negative_indices_count_from_the_end() -> None:
    stored = Store(element(0, c(-1), 2), number(3), SMALL)
    assert outcome(stored) == (0, 3)
    stored = Store(element(0, load(0), 2), number(2), SMALL)
    assert outcome(stored, initial=(1, 0)) == (1, 2)


STORES: list[tuple[Type, Value, Type, str, str]] = [
    (SMALL, 8, INT, "range", "place would be 8: its range is 0..3"),
    (SMALL, -1, INT, "range", "place would be -1: its range is 0..3"),
    (IntType(0, None), -1, INT, "range", "place would be -1: its range is 0.."),
    (LIST, (1, 1, 1, 1), ListType(SMALL), "capacity", "place is full: it holds 3 of 3"),
    (
        LIST,
        (1,) * 6,
        ListType(SMALL),
        "capacity",
        "place would hold 6 items: its capacity is 3",
    ),
    (
        LIST,
        (7,),
        ListType(INT),
        "range",
        "place would be [7], which it is not declared to hold",
    ),
    (
        TupleType((SMALL, BOOL)),
        (9, True),
        TupleType((INT, BOOL)),
        "range",
        "place would be (9, True), which it is not declared to hold",
    ),
    (
        SetType(SMALL),
        frozenset({2, 5}),
        SetType(INT),
        "range",
        "place would be {2, 5}, which it is not declared to hold",
    ),
    (
        BOOL,
        None,
        UnionType((NoneType(), BOOL)),
        "type",
        "place would be None, which it is not declared to hold",
    ),
    (
        UnionType((NoneType(), SMALL)),
        5,
        UnionType((NoneType(), INT)),
        "range",
        "place would be 5, which it is not declared to hold",
    ),
]


@pytest.mark.parametrize(("declared", "value", "known", "kind", "message"), STORES)
def test_stores(declared: Type, value: Value, known: Type, kind: str, message: str) -> None:
    body = Store(slot(0, declared), load(1, known), declared, "place", True, HERE)
    found = failure(body, slots=(declared, known), initial=(None, value))
    assert found == ModelError(kind, message)
    assert found.span == HERE


def test_a_store_that_is_known_to_fit_is_not_checked() -> None:
    body = Store(slot(0, SMALL), load(1, INT), SMALL, "place", checked=False)
    assert outcome(body, slots=(SMALL, INT), initial=(0, 9)) == (9, 9)


def test_a_failure_of_the_model_s_own() -> None:
    found = failure(Fail("pool", "no promise is free: 3 of 3 are in use", HERE))
    assert found == ModelError("pool", "no promise is free: 3 of 3 are in use")
    assert found.span == HERE


def test_enums_and_numbers_are_never_equal() -> None:
    same = Apply(Op.EQ, (c(BUSY, PHASE), c(1, SMALL)), BOOL)
    other = Apply(Op.NE, (c(BUSY, PHASE), c("Other.A", EnumType("Other", ("A",)))), BOOL)
    body = (
        Store(slot(0, BOOL), same, BOOL),
        Store(slot(1, BOOL), other, BOOL),
    )
    assert outcome(*body, slots=(BOOL, BOOL), initial=(True, False)) == (False, True)


def test_enum_members_are_ordered_as_declared() -> None:
    size = EnumType("Size", ("SMALL", "BIG"))
    both = ListType(size, 2)
    small, big = (Const(value, size) for value in size.values)
    listed = Apply(Op.LIST, (big, small), both)
    least = Store(slot(0, size), Apply(Op.MIN, (listed,), size), size)
    put = Store(slot(1, both), Apply(Op.SORTED, (listed,), both), both)
    less = Store(slot(2, BOOL), Apply(Op.LT, (listed, Apply(Op.LIST, (small,), both)), BOOL), BOOL)
    state = outcome(least, put, less, slots=(size, both, BOOL), initial=(None, (), None))
    assert state == ("Size.SMALL", ("Size.SMALL", "Size.BIG"), False)
