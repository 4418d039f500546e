"""Work out what is constant, and drop what is never run or never read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

from ordercheck.ir.nodes import (
    Assert,
    Assign,
    Body,
    Branch,
    Const,
    Coroutine,
    Expr,
    For,
    Function,
    Goto,
    If,
    Program,
    Require,
    Step,
    Stmt,
    Terminator,
    Try,
    While,
)
from ordercheck.ir.passes.blocks import simplify_blocks
from ordercheck.ir.passes.fold import cannot_fail, fold
from ordercheck.ir.raising import Raising
from ordercheck.ir.walk import (
    body_expressions,
    changed,
    ends,
    flat_map,
    free_locals,
    map_statement,
    map_terminator,
    mapped,
    never_goes_on,
)

T = TypeVar("T")


def simplify(program: Program) -> Program:
    """A program with the same states, transitions, errors and labels, and less to do.

    Before: coroutines have no points yet. After: no operation on constants that could
    be worked out; no branch on a constant; no statement after one that never goes on;
    no handler of what is not raised; no local bound and
    never read, where that cannot fail; every block is reachable,
    none is a mere Goto, and none could be part of its only predecessor. Doing it
    again changes nothing.
    """
    raising = Raising()
    body = partial(_body, raising)

    def function(source: Function) -> Function:
        done = _settled(source, partial(_function, body))
        raising.add(done)
        return done

    # A function calls only those before it. So each part is simplified by itself, in their
    # order; to go round all of the program again for each change took four times as long.
    functions = mapped(program.functions, function)
    coroutines = mapped(
        program.coroutines, lambda each: _settled(each, partial(_coroutine, raising))
    )
    steps = mapped(program.steps, lambda each: _settled(each, partial(_step, body)))
    return changed(
        program,
        functions=functions,
        coroutines=coroutines,
        steps=steps,
        init=_settled(program.init, body),
        clean=_settled(program.clean, body),
    )


def _settled(part: T, change: Callable[[T], T]) -> T:
    """The part changed until nothing changes any more."""
    while True:
        following = change(part)
        if following is part:
            return part
        part = following


def _function(change: Callable[[Body], Body], function: Function) -> Function:
    return changed(function, body=_used(change(function.body)))


def _step(change: Callable[[Body], Body], step: Step) -> Step:
    return changed(step, body=_used(change(step.body)))


def _coroutine(raising: Raising, coroutine: Coroutine) -> Coroutine:
    blocks = mapped(coroutine.blocks, lambda block: changed(block, body=_body(raising, block.body)))
    folded = _fold_ends(changed(coroutine, blocks=blocks))
    return simplify_blocks(_used_coroutine(folded), raising)


# --- statements -------------------------------------------------------------------


def _body(raising: Raising, body: Body) -> Body:
    body = flat_map(body, partial(_statement, raising))
    for k, statement in enumerate(body[:-1]):
        if never_goes_on(statement):
            return body[: k + 1]
    return body


def _statement(raising: Raising, statement: Stmt) -> Body:
    new = map_statement(statement, fold, partial(_body, raising))
    match new:
        case If(test=Const(value=test), then=then, orelse=orelse):
            return then if test else orelse
        case If(test=test, then=(), orelse=()) if cannot_fail(test):
            return ()
        case While(test=Const(value=False)):
            return ()
        case For(iterable=Const(value=())):
            return ()
        case Require(condition=Const(value=True), point=None) | Assert(condition=Const(value=True)):
            return ()
        case Try():
            return _try(raising, new)
        case _:
            return (new,)


def _try(raising: Raising, statement: Try) -> Body:
    """Without the parts that are never reached, and no Try where nothing is left of it."""
    if statement.orelse and ends(statement.body):
        statement = replace(statement, orelse=())
    raised = raising.body(statement.body)
    handlers = tuple(
        each for each in statement.handlers if "*" in raised or raised.intersection(each.names)
    )
    if not handlers and not statement.final:
        return statement.body + statement.orelse
    if not (handlers or statement.body or statement.orelse):
        return statement.final
    return (statement if handlers == statement.handlers else replace(statement, handlers=handlers),)


# --- locals that nobody reads --------------------------------------------------------


def _used(body: Body) -> Body:
    return _without_unread(body, _reads(body))


def _used_coroutine(coroutine: Coroutine) -> Coroutine:
    read: set[str] = set()
    for block in coroutine.blocks:
        read |= _reads(block.body)
        if isinstance(block.terminator, Branch):
            read |= _names(block.terminator.test)
    blocks = mapped(
        coroutine.blocks, lambda block: changed(block, body=_without_unread(block.body, read))
    )
    return changed(coroutine, blocks=blocks)


def _without_unread(body: Body, read: set[str]) -> Body:
    def change(statement: Stmt) -> Body:
        match statement:
            case Assign(target=target, value=value) if target.name not in read:
                return () if cannot_fail(value) else (statement,)
            case _:
                return (map_statement(statement, body=inside),)

    def inside(inner: Body) -> Body:
        return flat_map(inner, change)

    return inside(body)


def _reads(body: Body) -> set[str]:
    return {name for expr in body_expressions(body) for name in _names(expr)}


def _names(expr: Expr) -> set[str]:
    return {local.name for local in free_locals(expr)}


# --- terminators ------------------------------------------------------------------


def _fold_ends(coroutine: Coroutine) -> Coroutine:
    def end(terminator: Terminator) -> Terminator:
        terminator = map_terminator(terminator, fold)
        match terminator:
            case Branch(test=Const(value=test), then=then, orelse=orelse, span=span):
                return Goto(then if test else orelse, span)
            case Branch(test=test, then=then, orelse=orelse, span=span) if then == orelse:
                return Goto(then, span) if cannot_fail(test) else terminator
            case _:
                return terminator

    blocks = mapped(
        coroutine.blocks, lambda block: changed(block, terminator=end(block.terminator))
    )
    return changed(coroutine, blocks=blocks)
