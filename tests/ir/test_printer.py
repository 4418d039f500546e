"""Programs as text."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ordercheck.ir.nodes import (
    Apply,
    Assert,
    Bind,
    Cast,
    Comprehend,
    Conditional,
    Const,
    Each,
    Expr,
    Fail,
    Field,
    For,
    Handler,
    IsA,
    LoadArray,
    Logic,
    Lookup,
    Op,
    Raise,
    SortedBy,
    Stmt,
    Try,
    When,
    While,
)
from ordercheck.ir.passes import prepare
from ordercheck.ir.printer import show, show_body, show_expr, show_type
from ordercheck.ir.types import (
    ArrayShape,
    BagType,
    IntType,
    ListType,
    MapType,
    NeverType,
    NoneType,
    PlaceType,
    RefType,
    SetType,
    TaskType,
    TextType,
    TupleType,
    Type,
    UnionType,
)
from tests.ir.build import (
    BOOL,
    INT,
    OOPS,
    PHASE,
    SMALL,
    apply,
    assign,
    counters,
    equal,
    load,
    local,
    number,
    plus,
    slot,
)

LIST = ListType(SMALL)
XS = local("xs", LIST)
X, Y = local("x"), local("y")


@pytest.mark.parametrize("stage", ["lowered", "prepared"])
def test_program(stage: str, golden: Callable[[str, str], None]) -> None:
    program = counters() if stage == "lowered" else prepare(counters())
    golden(f"ir/counters_{stage}.txt", show(program))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (SMALL, "int 0..3"),
        (INT, "int"),
        (IntType(1, None), "int 1.."),
        (PHASE, "Phase"),
        (UnionType((OOPS, NoneType())), "Oops | None"),
        (ListType(TaskType(), 3), "seq<Task>[3]"),
        (ListType(NeverType()), "seq<never>"),
        (MapType(SMALL, SetType(BOOL)), "map<int 0..3, set<bool>>"),
        (BagType(SMALL, 2), "bag<int 0..3>[2]"),
        (TupleType((BOOL, TextType(("a", "b")))), "tuple<bool, text<'a', 'b'>>"),
        (RefType((1, 2)), "ref<1, 2>"),
        (PlaceType(ArrayShape(SMALL, 2), (0,)), "place<array<int 0..3>[2]>"),
    ],
)
def test_types(kind: Type, text: str) -> None:
    assert show_type(kind) == text


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (apply(Op.MUL, plus(X, Y), X, kind=INT), "(x + y) * x"),
        (apply(Op.SUB, X, apply(Op.SUB, Y, X, kind=INT), kind=INT), "x - (y - x)"),
        (apply(Op.NOT, Logic("and", (equal(X, Y), equal(Y, X)), BOOL)), "not (x == y and y == x)"),
        (equal(equal(X, Y), Const(True, BOOL)), "(x == y) == True"),
        (Conditional(equal(X, Y), X, Y, SMALL), "x if x == y else y"),
        (apply(Op.CONTAINS, XS, X), "x in xs"),
        (apply(Op.TUPLE, X, kind=TupleType((SMALL,))), "(x,)"),
        (apply(Op.STRUCT, X, kind=OOPS), "Oops(code=x)"),
        (Field(local("e", OOPS), 0, SMALL), "e.code"),
        (IsA(local("e", UnionType((OOPS, NoneType()))), NoneType(), BOOL), "e is None"),
        (Cast(plus(X, Y), SMALL), "(x + y) as int 0..3"),
        (Lookup(X, ((0, 5), (1, 6)), INT), "{0: 5, 1: 6}[x]"),
        (
            Comprehend(
                Y,
                (Each(X, XS), When(equal(X, X)), Bind(Y, plus(X, X))),
                LIST,
            ),
            "[y for x in xs if x == x let y = x + x]",
        ),
        (SortedBy(XS, X, Y, "min", True, SMALL), "min(xs, key=x: y, descending)"),
        (apply(Op.SLICE, XS, X, Const(None, NoneType()), kind=LIST), "slice(xs, x, None)"),
        (LoadArray(slot(0, SMALL), 2, 1, LIST), "nodes[:].clock"),
        (LoadArray(slot(0, SMALL), 2, 1, LIST, old=True), "old(nodes[:].clock)"),
        (Const(2, PlaceType(ArrayShape(ArrayShape(PHASE, 2), 2), (2,))), "&grid"),
        (load(3, PHASE), "grid[0][1]"),
    ],
)
def test_expressions(expr: Expr, text: str) -> None:
    assert show_expr(expr, counters()) == text


def test_addresses_of_unknown_places() -> None:
    place = local("p", PlaceType(SMALL, (0, 1)))
    assert show_expr(Apply(Op.OFFSET, (place, X, number(2), number(1)), INT)) == "&*p[x]"
    assert show_expr(load(7)) == "slot[&slot 7]"


def test_statements() -> None:
    oops = apply(Op.STRUCT, number(1), kind=OOPS)
    body: tuple[Stmt, ...] = (
        Try(
            (Raise(oops),),
            (Handler(("Oops",), local("e", OOPS), (Fail("pool", "no promise is free"),)),),
            final=(Assert(equal(X, Y), Const("odd", TextType(("odd",)))),),
        ),
        While(equal(X, Y), (For(X, XS, (assign("y", X),)),)),
    )
    assert show_body(body, counters()).splitlines() == [
        "try:",
        "    raise Oops(code=1)",
        "except Oops as e: Oops:",
        "    fail pool: 'no promise is free'",
        "finally:",
        "    assert x == y, 'odd'",
        "while x == y:",
        "    for x: int 0..3 in xs:",
        "        y: int 0..3 = x",
    ]
