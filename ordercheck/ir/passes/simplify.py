"""Work out what is constant, and drop what is never run or never read."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial

from ordercheck.ir.effects import Analysis
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
from ordercheck.ir.walk import (
    body_expressions,
    changed,
    ends,
    flat_map,
    free_locals,
    map_bodies,
    map_statement,
    map_terminator,
    mapped,
    never_goes_on,
)


def simplify(program: Program) -> Program:
    """A program with the same states, transitions, errors and labels, and less to do.

    Before: coroutines have no points yet. After: no operation on constants that could
    be worked out; no branch on a constant; no statement after one that never goes on;
    no handler of what is not raised; no local bound and
    never read, where that cannot fail; every block is reachable,
    none is a mere Goto, and none could be part of its only predecessor. Doing it
    again changes nothing.
    """
    while True:
        following = _round(program)
        if following == program:
            return program
        program = following


def _round(program: Program) -> Program:
    analysis = Analysis(program)
    program = map_bodies(program, partial(_body, analysis))
    functions = mapped(program.functions, _used_function)
    coroutines = mapped(
        program.coroutines, lambda c: simplify_blocks(_used_coroutine(_fold_ends(c)), analysis)
    )
    steps = mapped(program.steps, _used_step)
    return changed(program, functions=functions, coroutines=coroutines, steps=steps)


# --- statements -------------------------------------------------------------------


def _body(analysis: Analysis, body: Body) -> Body:
    body = flat_map(body, partial(_statement, analysis))
    for k, statement in enumerate(body[:-1]):
        if never_goes_on(statement):
            return body[: k + 1]
    return body


def _statement(analysis: Analysis, statement: Stmt) -> Body:
    new = map_statement(statement, fold, partial(_body, analysis))
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
            return _try(analysis, new)
        case _:
            return (new,)


def _try(analysis: Analysis, statement: Try) -> Body:
    """Without the parts that are never reached, and no Try where nothing is left of it."""
    if statement.orelse and ends(statement.body):
        statement = replace(statement, orelse=())
    raised = analysis.direct(statement.body).raises
    handlers = tuple(
        each for each in statement.handlers if "*" in raised or raised.intersection(each.names)
    )
    if not handlers and not statement.final:
        return statement.body + statement.orelse
    if not (handlers or statement.body or statement.orelse):
        return statement.final
    return (statement if handlers == statement.handlers else replace(statement, handlers=handlers),)


# --- locals that nobody reads --------------------------------------------------------


def _without_unread(body: Body, read: Counter[str]) -> Body:
    def change(statement: Stmt) -> Body:
        match statement:
            case Assign(target=target, value=value) if not read[target.name]:
                return () if cannot_fail(value) else (statement,)
            case _:
                return (map_statement(statement, body=inside),)

    def inside(inner: Body) -> Body:
        return flat_map(inner, change)

    return inside(body)


def _reads(body: Body) -> Counter[str]:
    return Counter(name for expr in body_expressions(body) for name in _names(expr))


def _names(expr: Expr) -> list[str]:
    return [local.name for local in free_locals(expr)]


def _used_function(function: Function) -> Function:
    return changed(function, body=_without_unread(function.body, _reads(function.body)))


def _used_step(step: Step) -> Step:
    return changed(step, body=_without_unread(step.body, _reads(step.body)))


def _used_coroutine(coroutine: Coroutine) -> Coroutine:
    read: Counter[str] = Counter()
    for block in coroutine.blocks:
        read += _reads(block.body)
        if isinstance(block.terminator, Branch):
            read.update(_names(block.terminator.test))
    blocks = mapped(
        coroutine.blocks, lambda block: changed(block, body=_without_unread(block.body, read))
    )
    return changed(coroutine, blocks=blocks)


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
