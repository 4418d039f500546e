"""Statements: from the frame before one to the frame after it, and to whatever else it may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from ordercheck.engines.symbolic.bits import FALSE, TRUE, Bit, any_of
from ordercheck.engines.symbolic.context import ROUNDS
from ordercheck.engines.symbolic.expressions import Expressions
from ordercheck.engines.symbolic.frames import Exits, Frame, join, join_all, join_results, live
from ordercheck.engines.symbolic.membership import as_int, checked, narrowed, total
from ordercheck.engines.symbolic.numbers import Int, Number, is_equal, is_less
from ordercheck.engines.symbolic.values import (
    Dead,
    Family,
    Record,
    Seq,
    Sym,
    merge,
    merge_all,
    parts,
)
from ordercheck.ir.nodes import (
    Assert,
    Assign,
    Body,
    Break,
    Call,
    Choose,
    Continue,
    Cover,
    Evaluate,
    Expr,
    Fail,
    For,
    Handler,
    If,
    Raise,
    Require,
    Restart,
    Resume,
    Return,
    Stmt,
    Store,
    Try,
    While,
)
from ordercheck.ir.span import Span
from ordercheck.ir.types import BagType, ListType, Type

FREE_ROUNDS = 4
"""Rounds of a loop that are followed before z3 is asked whether there is another."""


class Statements(Expressions):
    """Runs statements; tasks are run by whoever is derived from this."""

    def resume(self, task: Int, frame: Frame, span: Span) -> Frame | None:
        """The frame after a task has run to its next suspension."""
        raise NotImplementedError

    def restart(self, task: Int, frame: Frame, span: Span) -> Frame | None:
        """The frame after a task was put back to its beginning."""
        raise NotImplementedError

    def run(self, body: Body, frame: Frame | None) -> Frame | None:
        """The frame after statements, one after another; None if nothing comes there."""
        for statement in body:
            frame = live(frame)
            if frame is None:
                return None
            try:
                frame = self._run(statement, frame)
            except Dead:
                return None
        return live(frame)

    def _run(self, statement: Stmt, frame: Frame) -> Frame | None:
        match statement:
            case Assign(target=target, value=value):
                frame.locals[target.name] = self.evaluate(value, frame)
            case Store():
                self._store(statement, frame)
            case Evaluate(call=called):
                self.call(called, frame)
            case Choose():
                self._choose(statement, frame)
            case Require(condition=condition):
                frame.require(self.bit(condition, frame))
            case Assert():
                self._assert(statement, frame)
            case Fail(kind=kind, span=span):
                self.context.fail(frame, TRUE, kind, span)
            case If(test=test, then=then, orelse=orelse):
                return self._if(self.bit(test, frame), then, orelse, frame)
            case While():
                return self._while(statement, frame)
            case For():
                return self._for(statement, frame)
            case Break():
                frame.exits.breaks.append(frame)
                return None
            case Continue():
                frame.exits.continues.append(frame)
                return None
            case Return(value=value):
                result = None if value is None else self.evaluate(value, frame)
                frame.exits.returns.append((frame, result))
                return None
            case Raise(value=value, span=span):
                frame.exits.raises.append((frame, self.evaluate(value, frame), span))
                return None
            case Try():
                return self._try(statement, frame)
            case Resume(task=task, span=span):
                return self.resume(self._task(task, frame), frame, span)
            case Restart(task=task, span=span):
                return self.restart(self._task(task, frame), frame, span)
            case Cover():
                pass
            case _:
                assert_never(statement)
        return frame

    def _task(self, expr: Expr, frame: Frame) -> Int:
        return as_int(self.evaluate(expr, frame), self.fails(frame, expr))

    # --- simple statements ------------------------------------------------------------

    def _store(self, statement: Store, frame: Frame) -> None:
        value, kind = self.evaluate(statement.value, frame), statement.type
        # Python evaluates the value first, then the place; only then is the value refused.
        address = as_int(
            self.evaluate(statement.address, frame), self.fails(frame, statement.address)
        )
        if statement.checked:
            fits = checked(kind, statement.value.type, value)
            self._misfit(kind, value, ~fits, frame, statement.span)
            value = narrowed(kind, value)
        if isinstance(address, int):
            frame.slots[address] = value
            return
        # Not case by case: an index may be anything before it is known to be a wrong one.
        for place in range(max(address.lo, 0), min(address.hi + 1, len(frame.slots))):
            if (bit := is_equal(address, place)) is not FALSE:
                frame.slots[place] = merge(bit, value, frame.slots[place])

    def _misfit(self, kind: Type, value: Sym, wrong: Bit, frame: Frame, span: Span) -> None:
        """Fail where a stored value is wrong; the error's kind depends on what it is."""
        if wrong is FALSE:
            return
        for bit, part in parts(value):
            here, full = bit & wrong, _is_over(kind, part)
            name = "range" if isinstance(part, (int, Number, Seq, Record, Family)) else "type"
            self.context.fail(frame, here & full, "capacity", span)
            self.context.fail(frame, here & ~full, name, span)

    def _choose(self, statement: Choose, frame: Frame) -> None:
        options = self.items(statement.options, frame)
        options = [each for each in options if each[0] & frame.guard is not FALSE]
        if not options:
            raise Dead
        if len(options) == 1:
            frame.require(options[0][0])
            frame.locals[statement.target.name] = options[0][1]
            return
        choice = self.context.choose(len(options))
        taken = [is_equal(choice, k) & bit for k, (bit, _) in enumerate(options)]
        frame.require(any_of(taken))
        values = (value for _, value in options)
        frame.locals[statement.target.name] = merge_all(zip(taken, values, strict=True))

    def _assert(self, statement: Assert, frame: Frame) -> None:
        wrong = ~self.bit(statement.condition, frame)
        if statement.message is not None:
            # Evaluated only then, and may itself go wrong.
            self.under(wrong, statement.message, frame)
        self.context.fail(frame, wrong, "assert", statement.span)

    # --- branches and loops ---------------------------------------------------------------

    def _if(self, test: Bit, then: Body, orelse: Body, frame: Frame) -> Frame | None:
        if test is TRUE or frame.guard & ~test is FALSE:
            return self.run(then, frame)
        if test is FALSE or frame.guard & test is FALSE:
            return self.run(orelse, frame)
        other = frame.copy(~test)
        frame = frame.copy(test)
        return join(test, self.run(then, frame), self.run(orelse, other))

    def _for(self, statement: For, frame: Frame) -> Frame | None:
        exits, name = frame.exits, statement.target.name
        outer = Exits(returns=exits.returns, raises=exits.raises)
        current: Frame | None = frame
        for bit, item in self.items(statement.iterable, frame):
            if current is None:
                break
            rest = None if bit is TRUE else live(current.copy(~bit))
            inner = current.copy(bit)
            inner.locals[name] = item
            inner.exits = Exits(outer.breaks, [], exits.returns, exits.raises)
            ended = self.run(statement.body, inner)
            following = join_all([ended, *inner.exits.continues], exits)
            current = join(bit, following, rest)
        return join_all([current, *outer.breaks], exits)

    def _while(self, statement: While, frame: Frame) -> Frame | None:
        exits = frame.exits
        breaks: list[Frame] = []
        ended: list[Frame | None] = []
        current: Frame | None = frame
        rounds = 0
        while current is not None:
            test = self._test(statement, current)
            if test is None:
                break
            ended.append(live(current.copy(~test)))
            current = live(current.copy(test))
            if current is None or not self._goes_on(rounds, current, statement.span):
                break
            rounds += 1
            current.exits = Exits(breaks, [], exits.returns, exits.raises)
            following = self.run(statement.body, current)
            current = join_all([following, *current.exits.continues], exits)
        return join_all([*ended, *breaks], exits)

    def _test(self, statement: While, frame: Frame) -> Bit | None:
        try:
            return self.bit(statement.test, frame)
        except Dead:
            return None

    def _goes_on(self, rounds: int, frame: Frame, span: Span) -> bool:
        """Whether to follow a loop for another round, to which this frame has come."""
        self.context.clock.milliseconds()
        if rounds < FREE_ROUNDS:
            return True
        if not self.context.feasible(frame.guard):
            return False
        if rounds < ROUNDS:
            return True
        self.context.give_up(frame, span)
        return False

    # --- functions and exceptions ------------------------------------------------------------

    def call(self, expr: Call, frame: Frame) -> Sym:
        """The result of a function, with its effects."""
        self.context.clock.milliseconds()
        function = self.context.functions[expr.function]
        arguments = [self.evaluate(each, frame) for each in expr.arguments]
        names = (parameter.name for parameter in function.parameters)
        inside = Frame(
            frame.guard,
            dict(zip(names, arguments, strict=True)),
            list(frame.slots),
            Exits(),
            frame.old,
            frame.running,
        )
        exits = inside.exits
        ended = self.run(function.body, inside)
        for raised, value, span in exits.raises:
            # What catches it, if anything, goes on with the caller's locals.
            where = frame.copy()
            where.guard, where.slots = raised.guard, raised.slots
            frame.exits.raises.append((where, value, span))
        returned = [*exits.returns, *([(ended, None)] if ended is not None else [])]
        result = join_results(returned)
        if result is None:
            raise Dead
        frame.guard, frame.slots = result[0].guard, result[0].slots
        return result[1]

    def _try(self, statement: Try, frame: Frame) -> Frame | None:
        exits = frame.exits
        if not statement.final:
            return self._try_except(statement, frame)
        # The frame keeps its own exits: whoever runs the whole body still asks it for them.
        inner = Exits()
        ended = self._try_except(statement, replace(frame, exits=inner))
        after = join_all([ended], exits)
        for left, kept in ((inner.breaks, exits.breaks), (inner.continues, exits.continues)):
            left_by = join_all(left, exits)
            if (done := self.run(statement.final, left_by)) is not None:
                kept.append(done)
        for where, value in inner.returns:
            where.exits = exits
            if (done := self.run(statement.final, where)) is not None:
                exits.returns.append((done, value))
        for where, value, span in inner.raises:
            where.exits = exits
            if (done := self.run(statement.final, where)) is not None:
                exits.raises.append((done, value, span))
        return self.run(statement.final, after)

    def _try_except(self, statement: Try, frame: Frame) -> Frame | None:
        exits = frame.exits
        if not statement.handlers:
            return self.run(statement.body + statement.orelse, frame)
        raises: list[tuple[Frame, Sym, Span]] = []
        inside = replace(frame, exits=Exits(exits.breaks, exits.continues, exits.returns, raises))
        ended = join_all([self.run(statement.body, inside)], exits)
        caught: list[Frame | None] = []
        for where, value, span in raises:
            where.exits = exits
            caught += self._handled(statement.handlers, where, value, span)
        after = self.run(statement.orelse, ended)
        return join_all([after, *caught], exits)

    def _handled(
        self, handlers: Sequence[Handler], frame: Frame, value: Sym, span: Span
    ) -> list[Frame | None]:
        """The frames after the handlers of an exception; raises it again where none takes it."""
        found: list[Frame | None] = []
        left = TRUE
        for handler in handlers:
            mine = [each for each in parts(value) if _name(each[1]) in handler.names]
            condition = left & any_of(bit for bit, _ in mine)
            where = live(frame.copy(condition))
            left = left & ~condition
            if where is not None:
                where.locals[handler.variable.name] = merge_all(mine)
                found.append(self.run(handler.body, where))
        rest = live(frame.copy(left))
        if rest is not None:
            frame.exits.raises.append((rest, value, span))
        return found


def _name(value: Sym) -> str:
    return value.name if isinstance(value, Record) else ""


def _is_over(kind: Type, value: Sym) -> Bit:
    """Whether a list or a bag has more in it than its place has room for."""
    match kind, value:
        case ListType(capacity=int(room)), Seq():
            return value.longer(room)
        case BagType(capacity=room), Seq():
            return is_less(room, total(value))
        case _:
            return FALSE
