"""Programs that break the IR's rules are refused, with all that is wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ordercheck.ir.nodes import (
    Assign,
    Block,
    Branch,
    Break,
    Call,
    Cast,
    Choose,
    Comprehend,
    Conditional,
    Const,
    Cover,
    Each,
    Evaluate,
    Expr,
    Field,
    For,
    Function,
    If,
    IsA,
    Load,
    Logic,
    Lookup,
    Op,
    Place,
    Point,
    Program,
    Property,
    PropertyKind,
    Raise,
    Require,
    Resume,
    Return,
    SortedBy,
    Step,
    StepKind,
    Stmt,
    Store,
    Suspend,
    TaskInfo,
    Wait,
    While,
)
from ordercheck.ir.passes import prepare
from ordercheck.ir.types import ListType, NoneType
from ordercheck.ir.validator import InvalidProgram, validate
from tests.ir.build import (
    BOOL,
    INT,
    OOPS,
    PHASE,
    SMALL,
    apply,
    assign,
    at,
    block,
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

X = local("x")
LIST = ListType(SMALL)


def problems(source: Program) -> tuple[str, ...]:
    with pytest.raises(InvalidProgram) as caught:
        validate(source)
    return caught.value.problems


def of_body(*body: Stmt) -> tuple[str, ...]:
    return problems(program(functions=(Function("f", (X,), NoneType(), body),)))


def test_good_programs_pass() -> None:
    validate(program())
    validate(counters())
    validate(prepare(counters()))


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        (assign("y", local("z")), "z is never bound before this use"),
        (assign("x", Const(True, BOOL)), "bool is bound to x as int 0..3"),
        (Store(slot(0, SMALL), X, INT), "slot 0 is int 0..3, not int"),
        (store(9, X), "no slot 9"),
        (Store(slot(0, SMALL), Const("Phase.IDLE", PHASE), SMALL), "Phase is stored as int 0..3"),
        (Require(X), "int 0..3 is not a bool"),
        (Require(equal(X, X), point=3), "no cover point 3"),
        (Cover(0), "no cover point 0"),
        (Break(), "break or continue outside a loop"),
        (Return(X), "int 0..3 is returned as None"),
        (Raise(X), "raises int 0..3"),
        (Resume(X), "int 0..3 is not a task"),
        (For(X, X, ()), "int 0..3 is not a list"),
        (Choose(X, Const((), ListType(PHASE)), "x"), "Phase is bound to x as int 0..3"),
        (Evaluate(Call("g", (), SMALL)), "no function g is defined before"),
        (If(equal(X, X), (Return(X),)), "int 0..3 is returned as None"),
    ],
)
def test_statements(statement: Stmt, problem: str) -> None:
    assert of_body(statement) == (f"function f: {problem}",)


@pytest.mark.parametrize(
    ("expr", "problem"),
    [
        (plus(X, Const(True, BOOL)), "+: bool is not an int"),
        (apply(Op.ADD, X, X), "+: a result of bool is not an int"),
        (apply(Op.NOT, X, X), "not: 2 operands instead of 1"),
        (apply(Op.LIST, Const("Phase.IDLE", PHASE), kind=LIST), "list: Phase instead of int 0..3"),
        (apply(Op.STRUCT, kind=OOPS), "struct: 0 parts instead of 1"),
        (Logic("xor", (), BOOL), "no logic of 'xor'"),
        (Logic("or", (X,), BOOL), "int 0..3 is not a bool"),
        (
            Conditional(equal(X, X), X, Const("Phase.IDLE", PHASE), SMALL),
            "Phase is given by a conditional as int 0..3",
        ),
        (Field(Const(("Oops", 1), OOPS), 1, SMALL), "Oops has no field 1"),
        (Field(X, 0, SMALL), "a field of int 0..3"),
        (IsA(X, NoneType(), BOOL), "int 0..3 can never be None"),
        (Cast(X, PHASE), "int 0..3 can never be Phase"),
        (Lookup(X, ((0, 1), (0, 2)), SMALL), "a table with one key twice"),
        (Load(slot(0, SMALL), PHASE), "slot 0 is int 0..3, not Phase"),
        (SortedBy(Const((), LIST), X, X, "least", False, SMALL), "sorted by pick 'least'"),
        (
            Comprehend(local("k"), (Each(local("k", PHASE), Const((), LIST)),), LIST),
            "int 0..3 is bound to k as Phase",
        ),
    ],
)
def test_expressions(expr: Expr, problem: str) -> None:
    found = of_body(assign("y", expr, expr.type))
    assert found[0] == f"function f: {problem}"


def test_locals_of_comprehensions_stay_inside() -> None:
    items = Comprehend(local("k"), (Each(local("k"), Const((), LIST)),), LIST)
    found = of_body(assign("y", items, LIST), assign("z", local("k")))
    assert found == ("function f: k is never bound before this use",)


def test_what_some_way_binds_counts_as_bound() -> None:
    body = (
        If(equal(X, X), (assign("y", X),)),
        While(equal(X, local("y")), (If(equal(X, X), (assign("z", local("w")),)), assign("w", X))),
        assign("v", local("z")),
    )
    validate(program(functions=(Function("f", (X,), NoneType(), body),)))


def test_all_problems_are_reported_with_their_places() -> None:
    bad = program(
        block("entry", Return(), goto="nowhere"),
        functions=(Function("f", (), SMALL, (Return(Const("Phase.IDLE", PHASE), at(3)),)),),
    )
    assert problems(bad) == (
        "function f: Phase is returned as int 0..3 (model.py:3:1)",
        "coroutine run, entry: no block nowhere",
    )


@pytest.mark.parametrize(
    ("blocks", "problem"),
    [
        ((block("entry", Return()),), "coroutine run, entry: a return in a coroutine's block"),
        ((block("entry"), block("entry")), "coroutine run: two blocks of one label"),
        ((Block("entry", (), Suspend(Wait.DONE, "entry")),), "entry: suspends as done"),
        ((block("entry", caught=local("e", OOPS)),), "entry: catches without a handler"),
        ((block("entry", handler="off"),), "entry: no block off"),
        ((Block("entry", (), Branch(number(1), "entry", "entry")),), "entry: branches on int 1..1"),
        ((block("entry", goto="b"), block("b", assign("y", X))), "b: x is never bound"),
    ],
)
def test_coroutines(blocks: tuple[Block, ...], problem: str) -> None:
    found = problems(program(*blocks))
    assert any(problem in each for each in found), found


def test_points_match_the_suspensions() -> None:
    good = prepare(program(block("entry", step="next"), block("next")))
    (run,) = good.coroutines
    short = replace(run, points=(*run.points[:2], Point(Wait.PARK, "next", at(1))))
    assert "points" in problems(replace(good, coroutines=(short,)))[0]


def test_a_local_does_not_outlive_a_suspension_once_there_are_frames() -> None:
    good = prepare(program(block("entry", step="next"), block("next")))
    (run,) = good.coroutines
    first, second = run.blocks
    blocks = (replace(first, body=(assign("x", number(1)),)), replace(second, body=(store(0, X),)))
    assert problems(replace(good, coroutines=(replace(run, blocks=blocks),))) == (
        "coroutine run, next: x is never bound before this use",
    )


def test_state() -> None:
    good = program()
    assert problems(replace(good, initial=(0, 9))) == ("slot 1: 9 is not of int 0..3",)
    assert problems(replace(good, places=good.places[:1])) == (
        "slot 1: of no place and of no frame",
    )
    twice = (*good.places, Place("c", 1, SMALL))
    assert problems(replace(good, places=twice)) == ("slot 1: of place b and of place c",)
    other = (good.places[0], Place("b", 1, PHASE))
    assert problems(replace(good, places=other)) == ("place b: slot 1 is int 0..3, not Phase",)


def test_tasks() -> None:
    good = program(block("entry"))
    tasks = (TaskInfo("a", 0, 0), TaskInfo("b", 0, 0), TaskInfo("c", 0, 1), TaskInfo("d", 1, 0, 7))
    assert problems(replace(good, tasks=tasks)) == (
        "task b: another task is the same member",
        "task c: no member 1",
        "task d: no coroutine 1",
        "task d: no component 7",
    )


def test_steps() -> None:
    step = Step("go", StepKind.ACTION, (X,), ((9,), ()), ("a",), ())
    assert problems(program(steps=(step,))) == (
        "step go: 2 bindings and 1 actors",
        "step go: x = 9 is not int 0..3",
        "step go: binding () for 1 parameters",
    )


def test_properties_are_pure() -> None:
    writes = Function("writes", (), BOOL, (store(0, number(1)), Return(Const(True, BOOL))))
    old = Function("old", (), BOOL, (Return(equal(Load(slot(0, SMALL), SMALL, old=True), X)),))
    old = replace(old, body=(Return(equal(Load(slot(0, SMALL), SMALL, old=True), load(0))),))
    good = program(functions=(writes, old))

    def claim(kind: PropertyKind, name: str) -> Program:
        return replace(good, properties=(Property("p", kind, name),))

    validate(claim(PropertyKind.STEP_INVARIANT, "old"))
    assert problems(claim(PropertyKind.INVARIANT, "old")) == (
        "property p: old reads the state before",
    )
    assert problems(claim(PropertyKind.INVARIANT, "writes")) == ("property p: writes is not pure",)
    assert problems(claim(PropertyKind.INVARIANT, "gone")) == ("property p: no function gone",)


def test_calls_with_effects_stand_alone() -> None:
    writes = Function("writes", (), SMALL, (store(0, number(1)), Return(number(1))))
    call = Call("writes", (), SMALL, pure=False)
    caller = Function("f", (), NoneType(), (Assign(X, plus(call, number(1))),))
    assert problems(program(functions=(writes, caller))) == (
        "function f: a call of writes that is not pure, inside an expression",
    )
    lying = Function("f", (), NoneType(), (Assign(X, Call("writes", (), SMALL)),))
    assert problems(program(functions=(writes, lying))) == (
        "function f: writes is called as pure and is not",
    )


def test_clean_only_reads_and_writes() -> None:
    choice = Choose(X, Const((1,), LIST), "x")
    assert problems(replace(program(), clean=(choice,))) == (
        "clean: does more than read and write",
    )
