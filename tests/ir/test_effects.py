"""What pieces of programs read and write."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ordercheck.ir.effects import Analysis, Effects, pure
from ordercheck.ir.nodes import (
    Apply,
    Assign,
    Call,
    Choose,
    Conditional,
    Const,
    Coroutine,
    Evaluate,
    Expr,
    Function,
    Handler,
    Load,
    LoadArray,
    Lookup,
    Op,
    Program,
    Raise,
    Require,
    Restart,
    Resume,
    Return,
    Stmt,
    TaskInfo,
    Try,
)
from ordercheck.ir.passes import prepare
from ordercheck.ir.types import IntType, ListType, NoneType, PlaceType, TaskType
from tests.ir.build import (
    BOOL,
    INT,
    OOPS,
    SMALL,
    apply,
    assign,
    block,
    counters,
    equal,
    load,
    local,
    number,
    program,
    slot,
    store,
)

EIGHT = program(slots=(SMALL,) * 8)


def offset(k: Expr, base: Expr | None = None, length: int = 2, stride: int = 3) -> Apply:
    base = slot(1, SMALL) if base is None else base
    return Apply(Op.OFFSET, (base, k, number(length), number(stride)), INT)


@pytest.mark.parametrize(
    ("address", "slots"),
    [
        (slot(3, SMALL), {3}),
        (offset(local("k", INT)), {1, 4}),
        (offset(number(1)), {4}),
        (offset(number(-1)), {4}),
        (offset(local("k", IntType(1, 5)), length=3), {4, 7}),
        (offset(local("j", INT), offset(local("k", INT)), stride=1), {1, 2, 4, 5}),
        (local("p", PlaceType(SMALL, (2, 5))), {2, 5}),
        (Lookup(local("k"), ((0, 2), (1, 7)), INT), {2, 7}),
        (Conditional(local("p", BOOL), slot(1, SMALL), slot(2, SMALL), INT), {1, 2}),
        (local("k", INT), set(range(8))),
    ],
)
def test_region(address: Expr, slots: set[int]) -> None:
    assert Analysis(EIGHT).region(address) == slots


def effects(*body: Stmt, of: Program = EIGHT) -> Effects:
    return Analysis(of).body(body)


def test_reads_and_writes() -> None:
    whole = LoadArray(slot(2, SMALL), 3, 2, ListType(SMALL))
    found = effects(
        store(1, load(0)),
        assign("n", apply(Op.LENGTH, whole, kind=INT)),
        Require(equal(Load(slot(7, SMALL), SMALL, old=True), number(0))),
    )
    assert found.reads == {0, 2, 4, 6, 7}
    assert found.writes == {1}
    assert found.requires
    assert found.reads_old
    assert not found.pure


def test_exceptions_that_handlers_take_do_not_leave() -> None:
    oops = Raise(apply(Op.STRUCT, number(1), kind=OOPS))
    handler = Handler(("Oops",), local("e", OOPS), ())
    assert effects(oops).raises == {"Oops"}
    assert not effects(Try((oops,), (handler,))).may_raise
    assert effects(Try((), (handler,), orelse=(oops,))).may_raise
    assert effects(Try((oops,), (replace(handler, names=("Other",)),))).raises == {"Oops"}


def test_calls_are_followed() -> None:
    writes = Function("writes", (), NoneType(), (store(3, number(1)),))
    calls = Function("calls", (), SMALL, (Evaluate(Call("writes", (), NoneType(), pure=False)),))
    reads = Function("reads", (), SMALL, (Return(load(2)),))
    source = program(slots=(SMALL,) * 8, functions=(writes, calls, reads))
    call = Call("calls", (), SMALL, pure=False)
    assert effects(Assign(local("x"), call), of=source).writes == {3}
    assert not pure(source, "calls")
    assert pure(source, "reads")


def resuming() -> Program:
    """Coroutine 0 writes a; coroutine 1 resumes task 0 and reads b."""
    zero = Const(0, TaskType())
    first = Coroutine("first", 1, (block("entry", store(0, number(1))),))
    second = Coroutine(
        "second",
        1,
        (
            block("entry", Require(equal(load(1), number(0))), step="next"),
            block("next", Choose(local("y"), Const((1,), ListType(SMALL)), "y"), Resume(zero)),
        ),
    )
    tasks = (TaskInfo("first", 0, 0), TaskInfo("second", 1, 0))
    return replace(program(), coroutines=(first, second), tasks=tasks)


def test_resuming_does_what_the_coroutine_does() -> None:
    analysis = Analysis(prepare(resuming()))
    assert analysis.coroutine(0).writes == {0, 2}
    assert analysis.coroutine(1).writes == {0, 2, 3}
    one, unknown = Const(1, TaskType()), local("t", TaskType())
    assert analysis.body((Resume(Const(0, TaskType())),)).resumes == {0}
    assert analysis.body((Resume(one),)).resumes == {0, 1}
    assert analysis.body((Resume(unknown),)).resumes == {0, 1}
    assert analysis.body((Restart(one),)).writes == {3}


def test_steps() -> None:
    run, flip = Analysis(prepare(counters())).steps
    assert flip.writes == {2, 3, 4, 5}
    assert run.writes == {0, 7, 8, 9, 10}
    assert run.chooses
