"""Work out what is constant, and drop what is never run or never read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

from ordercheck.ir.bodies import body_expressions, ends, flat_map, map_statement, never_goes_on
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
from ordercheck.ir.walk import changed, free_locals, mapped

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
    simplifier = _Simplifier()
    raising, body = simplifier.raising, simplifier.body

    def function(source: Function) -> Function:
        done = _settled(source, partial(_function, simplifier))
        raising.add(done)
        return done

    # A function calls only those before it. So each part is simplified by itself, in their
    # order; to go round all of the program again for each change took four times as long.
    functions = mapped(program.functions, function)
    coroutines = mapped(
        program.coroutines, lambda each: _settled(each, partial(_coroutine, simplifier))
    )
    steps = mapped(program.steps, lambda each: _settled(each, partial(_step, simplifier)))
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


def _function(simplifier: _Simplifier, function: Function) -> Function:
    return changed(function, body=simplifier.used(simplifier.body(function.body)))


def _step(simplifier: _Simplifier, step: Step) -> Step:
    return changed(step, body=simplifier.used(simplifier.body(step.body)))


def _coroutine(simplifier: _Simplifier, coroutine: Coroutine) -> Coroutine:
    blocks = mapped(
        coroutine.blocks, lambda block: changed(block, body=simplifier.body(block.body))
    )
    folded = _fold_ends(changed(coroutine, blocks=blocks))
    return simplify_blocks(simplifier.used_coroutine(folded), simplifier.raising)


# --- statements -------------------------------------------------------------------


class _Simplifier:
    """What is simplified statement by statement, and what is known of each by then.

    Most statements stay as they are in each round but the first. They are known by their
    identity: what is noted keeps them, so that no other comes to have it.
    """

    def __init__(self) -> None:
        self.raising = Raising()
        self._settled: dict[int, Stmt] = {}
        self._reads: dict[int, tuple[Stmt, frozenset[str]]] = {}

    def body(self, body: Body) -> Body:
        """With each statement simplified, and none after one that never goes on."""
        body = flat_map(body, self.statement)
        for k, statement in enumerate(body[:-1]):
            if never_goes_on(statement):
                return body[: k + 1]
        return body

    def statement(self, statement: Stmt) -> Body:
        """What is left of a statement."""
        if id(statement) in self._settled:
            return (statement,)
        left = self._left(map_statement(statement, fold, self.body))
        if len(left) == 1 and left[0] is statement:
            self._settled[id(statement)] = statement
        return left

    def _left(self, statement: Stmt) -> Body:
        """The same of one whose parts are simplified."""
        match statement:
            case If(test=Const(value=test), then=then, orelse=orelse):
                return then if test else orelse
            case If(test=test, then=(), orelse=()) if cannot_fail(test):
                return ()
            case While(test=Const(value=False)) | For(iterable=Const(value=())):
                return ()
            case Require(condition=Const(value=True), point=None):
                return ()
            case Assert(condition=Const(value=True)):
                return ()
            case Try():
                return self._try(statement)
            case _:
                return (statement,)

    def _try(self, statement: Try) -> Body:
        """Without the parts that are never reached, and no Try where nothing is left of it."""
        if statement.orelse and ends(statement.body):
            statement = replace(statement, orelse=())
        raised = self.raising.body(statement.body)
        handlers = tuple(
            each for each in statement.handlers if "*" in raised or raised.intersection(each.names)
        )
        if not handlers and not statement.final:
            return statement.body + statement.orelse
        if not (handlers or statement.body or statement.orelse):
            return statement.final
        same_handlers = handlers == statement.handlers
        return (statement if same_handlers else replace(statement, handlers=handlers),)

    # --- locals that nobody reads -------------------------------------------------

    def used(self, body: Body) -> Body:
        """Without locals that are bound and not read there."""
        return _without_unread(body, self._read_in(body))

    def used_coroutine(self, coroutine: Coroutine) -> Coroutine:
        """Without locals that are bound and read nowhere in it."""
        read: set[str] = set()
        for block in coroutine.blocks:
            read |= self._read_in(block.body)
            if isinstance(block.terminator, Branch):
                read |= _names(block.terminator.test)
        blocks = mapped(
            coroutine.blocks, lambda block: changed(block, body=_without_unread(block.body, read))
        )
        return changed(coroutine, blocks=blocks)

    def _read_in(self, body: Body) -> set[str]:
        """The names of all locals that are read in a body."""
        found: set[str] = set()
        for statement in body:
            known = self._reads.get(id(statement))
            if known is None:
                names = {n for expr in body_expressions((statement,)) for n in _names(expr)}
                known = self._reads[id(statement)] = statement, frozenset(names)
            found |= known[1]
        return found


def _without_unread(body: Body, read: set[str]) -> Body:
    def change(statement: Stmt) -> Body:
        match statement:
            case Assign(target=target, value=value):
                return () if target.name not in read and cannot_fail(value) else (statement,)
            case If() | While() | For() | Try():
                return (map_statement(statement, body=inside),)
            case _:
                return (statement,)

    def inside(inner: Body) -> Body:
        return flat_map(inner, change)

    return inside(body)


def _names(expr: Expr) -> set[str]:
    return {local.name for local in free_locals(expr)}


# --- terminators ------------------------------------------------------------------


def _fold_ends(coroutine: Coroutine) -> Coroutine:
    def end(terminator: Terminator) -> Terminator:
        if not isinstance(terminator, Branch):
            return terminator
        terminator = changed(terminator, test=fold(terminator.test))
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
