"""Less to do, and the same done."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings

from ordercheck.ir.domains import blank
from ordercheck.ir.nodes import (
    Apply,
    Assign,
    Cast,
    Conditional,
    Const,
    Expr,
    Fail,
    Field,
    Function,
    Handler,
    If,
    IsA,
    Logic,
    Lookup,
    Op,
    Program,
    Raise,
    Require,
    Return,
    Try,
    While,
)
from ordercheck.ir.passes import PASSES, prepare, simplify
from ordercheck.ir.passes.fold import fold
from ordercheck.ir.printer import show_body, show_expr
from ordercheck.ir.types import IntType, NoneType, RefType, UnionType
from ordercheck.ir.validator import validate
from tests.ir.build import (
    BOOL,
    INT,
    OOPS,
    PHASE,
    SMALL,
    apply,
    assign,
    block,
    branch,
    counters,
    equal,
    load,
    local,
    number,
    plus,
    program,
    slot,
    store,
)
from tests.ir.stepper import GivenUp, Stepper
from tests.ir.strategies import CAUGHT, NAMES, coroutines

X = local("x")
YES, NO = Const(True, BOOL), Const(False, BOOL)
MAYBE = UnionType((OOPS, NoneType()))


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (plus(number(1), plus(number(2), number(3))), "6"),
        (plus(number(2**62), number(2**62)), f"{2**62} + {2**62}"),
        (apply(Op.FLOORDIV, number(-7), number(2), kind=INT), "-4"),
        (apply(Op.MOD, number(1), number(0), kind=INT), "1 % 0"),
        (equal(Const("Phase.IDLE", PHASE), Const("Phase.IDLE", PHASE)), "True"),
        (equal(Const("Phase.IDLE", PHASE), number(0)), "Phase.IDLE == 0"),
        (apply(Op.NOT, apply(Op.NOT, local("p", BOOL))), "p"),
        (Logic("and", (YES, local("p", BOOL)), BOOL), "p"),
        (Logic("and", (NO, local("p", BOOL)), BOOL), "False"),
        (Logic("or", (local("p", BOOL), YES, local("q", BOOL)), BOOL), "True"),
        (
            Logic("and", (equal(plus(X, X), X), NO, local("q", BOOL)), BOOL),
            "x + x == x and False",
        ),
        (Logic("or", (), BOOL), "False"),
        (Conditional(YES, X, number(1), SMALL), "x"),
        (Conditional(NO, X, Const(None, NoneType()), MAYBE), "None"),
        (Conditional(YES, local("e", OOPS), Const(None, NoneType()), MAYBE), "e as Oops | None"),
        (Field(Const(("Oops", 2), OOPS), 0, SMALL), "2"),
        (Field(Const(("Oops", 2), MAYBE), 0, SMALL), "2"),
        (IsA(Const(None, MAYBE), NoneType(), BOOL), "True"),
        (IsA(Const(None, MAYBE), OOPS, BOOL), "False"),
        (local("n", IntType(2, 2)), "2"),
        (local("n", NoneType()), "None"),
        (local("n", RefType((1,))), "n"),
        (Cast(number(2), SMALL), "2"),
        (Cast(number(4), SMALL), "4 as int 0..3"),
        (Lookup(number(1), ((0, 5), (1, 6)), INT), "6"),
        (Apply(Op.OFFSET, (slot(0, SMALL), number(-1), number(2), number(1)), INT), "1"),
        (
            Apply(Op.OFFSET, (slot(0, SMALL), number(2), number(2), number(1)), INT),
            "&nodes[2].clock",
        ),
    ],
)
def test_fold(expr: Expr, text: str) -> None:
    assert show_expr(fold(expr), counters()) == text
    assert fold(fold(expr)) == fold(expr)


def test_what_does_not_change_is_the_same_object() -> None:
    expr = plus(X, load(0))
    assert fold(expr) is expr
    simple = simplify(counters())
    assert simplify(simple) is simple


def test_dead_statements_go() -> None:
    body = (
        If(YES, (store(0, X),), (store(1, X),)),
        While(NO, (store(1, X),)),
        Require(YES),
        assign("unused", load(0)),
        assign("fails", apply(Op.MOD, X, X, kind=INT)),
        If(equal(X, X), (Return(),), (Fail("pool", "full"),)),
        store(1, X),
    )
    function = Function("f", (X,), NoneType(), body)
    result = simplify(program(functions=(function,))).functions[0]
    assert show_body(result.body, program()).splitlines() == [
        "a := x as int 0..3",
        "fails: int 0..3 = x % x",
        "if x == x:",
        "    return",
        "else:",
        "    fail pool: 'full'",
    ]


def test_parts_of_try_that_are_never_reached_go() -> None:
    oops = Raise(apply(Op.STRUCT, number(1), kind=OOPS))
    taken = Handler(("Oops",), local("e", OOPS), (store(0, number(1)),))
    other = Handler(("Other",), local("e", OOPS), (store(0, number(2)),))
    quiet = (store(1, number(1)),)
    body = (
        Try(quiet, (taken,), orelse=(store(1, number(2)),)),
        Try((oops,), (other, taken), orelse=quiet),
        Try((), (taken,), final=(store(1, number(3)),)),
    )
    function = Function("f", (), NoneType(), body)
    result = simplify(program(functions=(function,))).functions[0]
    assert show_body(result.body, program()).splitlines() == [
        "b := 1 as int 0..3",
        "b := 2 as int 0..3",
        "try:",
        "    raise Oops(code=1)",
        "except Oops as e: Oops:",
        "    a := 1 as int 0..3",
        "b := 3 as int 0..3",
    ]


def labels(result: Program) -> list[str]:
    return [block.label for block in result.coroutines[0].blocks]


def test_blocks_are_threaded_and_merged() -> None:
    result = simplify(
        program(
            block("entry", assign("x", load(0)), goto="empty"),
            block("empty", goto="body"),
            branch("body", YES, "on", "never", store(0, X)),
            block("never", store(0, number(0))),
            block("on", step="empty"),
        )
    )
    assert labels(result) == ["entry", "body"]
    assert result.coroutines[0].blocks[1].terminator.span.line == 2


def test_blocks_with_other_handlers_stay_apart_where_both_raise() -> None:
    oops = If(equal(load(0), number(0)), (Raise(apply(Op.STRUCT, number(1), kind=OOPS)),))
    caught = local("e", OOPS)
    result = simplify(
        program(
            block("entry", oops, goto="second", handler="first", caught=caught),
            block("second", oops, goto="third", handler="other"),
            block("third", store(0, number(1)), goto="fourth", handler="first", caught=caught),
            block("fourth", store(1, number(1)), goto="fifth"),
            block("fifth", oops),
            block("first", store(0, number(2))),
            block("other", store(0, number(3))),
        )
    )
    assert labels(result) == ["entry", "second", "fifth", "first", "other"]
    assert result.coroutines[0].blocks[1].handler == "other"


def test_an_endless_circle_stays() -> None:
    result = simplify(program(block("entry", goto="a"), block("a", goto="b"), block("b", goto="a")))
    validate(result)
    assert len(labels(result)) <= 2


@settings(deadline=None, max_examples=100)
@given(coroutines())
def test_simplify_changes_nothing_that_can_be_seen(source: Program) -> None:
    result = simplify(source)
    assert simplify(result) == result
    try:
        before = [slots for _, slots in Stepper(source).steps(8)]
    except GivenUp:
        assume(False)
    assert [slots for _, slots in Stepper(result).steps(8)] == before


@settings(deadline=None, max_examples=100)
@given(coroutines())
def test_every_pass_leaves_a_valid_program(source: Program) -> None:
    (run,) = source.coroutines
    bindings = [assign(name, number(0), INT) for name in NAMES]
    bindings.append(Assign(CAUGHT, Const(blank(OOPS), OOPS)))
    binding = block("first", *bindings, goto="b0")
    current = replace(source, coroutines=(replace(run, blocks=(binding, *run.blocks)),))
    validate(current)
    for each in PASSES:
        current = each(current)
        validate(current)


def test_prepare_runs_all_passes() -> None:
    result = prepare(counters())
    validate(result)
    assert result.cover
    assert result.coroutines[0].points
