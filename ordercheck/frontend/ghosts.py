"""Ghosts: what steps write and never read, so that no behaviour depends on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ordercheck.ir.bodies import bodies, expressions, statements
from ordercheck.ir.effects import Analysis
from ordercheck.ir.nodes import (
    Assign,
    Body,
    Branch,
    Call,
    Evaluate,
    Expr,
    Fail,
    Load,
    LoadArray,
    Local,
    Program,
    Return,
    Stmt,
    Store,
)
from ordercheck.ir.record import dataclass, field
from ordercheck.ir.span import BadInput, Diagnostic, Span
from ordercheck.ir.walk import parts


@dataclass(frozen=True, slots=True)
class Read:
    """A place where a ghost is read: the slot, and the expression."""

    slot: int
    span: Span


def check_ghosts(program: Program) -> None:
    """Raise BadInput for each read of a ghost by which a step may come to do something else.

    What is read may go into ghosts, as in `self.seen += 1`, and nowhere else.
    """
    ghosts = {
        slot: place.path
        for place in program.places
        if place.ghost
        for slot in range(place.slot, place.slot + place.size)
    }
    if not ghosts:
        return
    checker = _Checker(program, Analysis(program), frozenset(ghosts))
    found = dict.fromkeys(checker.reads())
    if found:
        raise BadInput(*(_diagnostic(ghosts[read.slot], read.span) for read in found))


def _diagnostic(name: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E085",
        f"a step reads the ghost {name}",
        span,
        "only properties may read it",
        "take ghost(…) away, or let it change ghosts only: self.most = max(self.most, self.n)",
    )


@dataclass(slots=True)
class _Checker:
    program: Program
    analysis: Analysis
    ghosts: frozenset[int]
    returned: dict[str, Read] = field(default_factory=dict)
    """What functions return that they have read of ghosts."""

    def reads(self) -> Iterator[Read]:
        """Reads of ghosts that something else than a ghost depends on."""
        called = self._called()
        # In the order of definition: a function calls only those before it.
        for function in self.program.functions:
            if function.name in called:
                yield from self._of_bodies([function.body], function.name)
        for step in self.program.steps:
            yield from self._of_bodies([step.body], "")
        for coroutine in self.program.coroutines:
            flow = _Flow(self, "")
            yield from self._of_bodies([block.body for block in coroutine.blocks], "", flow)
            for block in coroutine.blocks:
                if isinstance(block.terminator, Branch):
                    yield from flow.used(block.terminator.test)

    def _called(self) -> set[str]:
        """The functions that steps call, themselves or by others."""
        bodies_of = {function.name: function.body for function in self.program.functions}
        todo: list[Body] = [step.body for step in self.program.steps]
        todo += [block.body for each in self.program.coroutines for block in each.blocks]
        tests = [
            block.terminator.test
            for each in self.program.coroutines
            for block in each.blocks
            if isinstance(block.terminator, Branch)
        ]
        found = {name for test in tests for name in _calls([test])}
        todo += [bodies_of[name] for name in found]
        while todo:
            body = todo.pop()
            for name in _calls(e for s in statements(body) for e in expressions(s)):
                if name not in found:
                    found.add(name)
                    todo.append(bodies_of[name])
        return found

    def _of_bodies(
        self, several: list[Body], function: str, flow: _Flow | None = None
    ) -> Iterator[Read]:
        flow = flow or _Flow(self, function)
        known = -1
        while known != len(flow.holding):  # until no more locals are found that hold some of it
            known = len(flow.holding)
            found = [read for body in several for read in flow.body(body)]
        yield from found

    def ghost_of(self, address: Expr) -> int | None:
        """The ghost that an address is of; None for any other place."""
        slots = self.analysis.region(address)
        both = slots & self.ghosts
        # An address that may be any is one of which nothing is known here.
        known = len(slots) < len(self.program.slots)
        return min(both) if both and (known or slots <= self.ghosts) else None


@dataclass(slots=True)
class _Flow:
    """Where what is read of ghosts goes, inside one function or coroutine."""

    checker: _Checker
    function: str
    holding: dict[str, Read] = field(default_factory=dict)

    def body(self, body: Body) -> Iterator[Read]:
        for statement in body:
            yield from self._statement(statement)
            for inner in bodies(statement):
                yield from self.body(inner)

    def _statement(self, statement: Stmt) -> Iterator[Read]:
        match statement:
            case Assign(target=target, value=Call(pure=False, arguments=arguments) as call):
                for argument in arguments:
                    yield from self.used(argument)
                self._hold(target, call)
            case Assign(target=target, value=value):
                self._hold(target, value)
            case Store(address=address) if self.checker.ghost_of(address) is not None:
                pass
            case Return(value=value) if value is not None and self.function:
                read = self.read_in(value)
                if read is not None:
                    self.checker.returned.setdefault(self.function, read)
            case Evaluate(call=call):
                for argument in call.arguments:
                    yield from self.used(argument)
            case Fail():
                pass
            case _:
                for expr in expressions(statement):
                    yield from self.used(expr)

    def _hold(self, target: Local, value: Expr) -> None:
        read = self.read_in(value)
        if read is not None:
            self.holding.setdefault(target.name, read)

    def used(self, expr: Expr) -> Iterator[Read]:
        """The read of a ghost that an expression depends on, if there is one."""
        read = self.read_in(expr)
        if read is not None:
            yield read

    def read_in(self, expr: Expr) -> Read | None:
        """The first read of a ghost in an expression."""
        match expr:
            case Load(address=address) | LoadArray(address=address):
                slot = self.checker.ghost_of(address)
                if slot is not None:
                    return Read(slot, expr.span)
            case Local(name=name) if name in self.holding:
                return self.holding[name]
            case Call(function=name) if name in self.checker.returned:
                return self.checker.returned[name]
            case _:
                pass
        return next((r for r in map(self.read_in, parts(expr)) if r is not None), None)


def _calls(exprs: Iterable[Expr]) -> Iterator[str]:
    for expr in exprs:
        if isinstance(expr, Call):
            yield expr.function
        yield from _calls(parts(expr))
