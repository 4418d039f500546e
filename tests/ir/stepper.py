"""Runs one task of a coroutine over small ints: an oracle for passes, with or without frames.

Locals that were never bound hold the blank of their type.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ordercheck.ir.domains import blank
from ordercheck.ir.nodes import (
    MEMBER,
    Apply,
    Assign,
    Block,
    Body,
    Branch,
    Break,
    Choose,
    Const,
    Continue,
    Cover,
    Expr,
    Field,
    Finish,
    For,
    Goto,
    If,
    Load,
    Local,
    Logic,
    Op,
    Program,
    Raise,
    Stmt,
    Store,
    Suspend,
    Try,
    While,
)
from ordercheck.ir.types import Value

BLOCKS = 60
"""Blocks after which a step is given up: the programs may loop."""


ROUNDS = 1000
"""Rounds of loops after which a run is given up."""


class Thrown(Exception):
    pass


class Broken(Exception):
    pass


class Continued(Exception):
    pass


class GivenUp(Exception):
    pass


@dataclass
class Stepper:
    program: Program
    member: int = 0
    slots: list[Value] = field(default_factory=list)
    locals: dict[str, Value] = field(default_factory=dict)
    rounds: int = 0

    def steps(self, count: int) -> Iterator[tuple[str, tuple[Value, ...]]]:
        """For each of the first steps the label it suspends at and the slots there."""
        coroutine = self.program.coroutines[0]
        framed = bool(coroutine.points)
        blocks = {block.label: block for block in coroutine.blocks}
        self.slots = list(self.program.initial)
        label = coroutine.entry
        for _ in range(count):
            if framed:
                self.locals = {}
            self.locals[MEMBER] = self.member
            end = self._step(blocks, label)
            label = end.label if isinstance(end, Suspend) else ""
            yield label, tuple(self.slots)
            if not label:
                return

    def _step(self, blocks: dict[str, Block], label: str) -> Suspend | Finish:
        for _ in range(BLOCKS):
            block = blocks[label]
            try:
                self._body(block.body)
            except Thrown as thrown:
                if block.handler is None:
                    raise GivenUp from thrown
                if block.caught is not None:
                    self.locals[block.caught.name] = thrown.args[0]
                label = block.handler
                continue
            match block.terminator:
                case Goto(label=following):
                    label = following
                case Branch(test=test, then=then, orelse=orelse):
                    label = then if self._value(test) else orelse
                case Suspend() | Finish() as end:
                    return end
        raise GivenUp

    def _body(self, body: Body) -> None:
        for statement in body:
            self._statement(statement)

    def _statement(self, statement: Stmt) -> None:
        match statement:
            case Assign(target=target, value=value):
                self.locals[target.name] = self._value(value)
            case Choose(target=target, options=options):
                self.locals[target.name] = self._value(options)[-1]
            case Store(address=address, value=value):
                self.slots[self._value(address)] = self._value(value)
            case If(test=test, then=then, orelse=orelse):
                self._body(then if self._value(test) else orelse)
            case While(test=test, body=body):
                while self._value(test):
                    if not self._round(body):
                        break
            case For(target=target, iterable=iterable, body=body):
                for item in self._value(iterable):
                    self.locals[target.name] = item
                    if not self._round(body):
                        break
            case Try():
                self._try(statement)
            case Raise(value=value):
                raise Thrown(self._value(value))
            case Break():
                raise Broken
            case Continue():
                raise Continued
            case Cover():
                pass
            case _:
                raise TypeError(statement)

    def _round(self, body: Body) -> bool:
        self.rounds += 1
        if self.rounds > ROUNDS:
            raise GivenUp
        try:
            self._body(body)
        except Broken:
            return False
        except Continued:
            pass
        return True

    def _try(self, statement: Try) -> None:
        try:
            try:
                self._body(statement.body)
            except Thrown as thrown:
                if not statement.handlers:
                    raise
                (handler,) = statement.handlers
                self.locals[handler.variable.name] = thrown.args[0]
                self._body(handler.body)
            else:
                self._body(statement.orelse)
        finally:
            # What is given up has no end that an exception or a break could replace.
            if self.rounds <= ROUNDS:
                self._body(statement.final)

    def _value(self, expr: Expr) -> Value:
        match expr:
            case Const(value=value):
                return value
            case Local(name=name, type=kind):
                return self.locals.get(name, blank(kind))
            case Field(operand=operand, index=index):
                return self._value(operand)[1 + index]
            case Load(address=address):
                return self.slots[self._value(address)]
            case Logic(op=op, operands=operands):
                return (all if op == "and" else any)(self._value(each) for each in operands)
            case Apply(op=op, operands=operands):
                return self._apply(op, [self._value(each) for each in operands])
            case _:
                raise TypeError(expr)

    def _apply(self, op: Op, values: list[Value]) -> Value:
        match op, values:
            case Op.ADD, [a, b]:
                return a + b
            case Op.STRUCT, parts:
                return ("Oops", *parts)
            case Op.MOD, [a, b]:
                return a % b
            case Op.LT, [a, b]:
                return a < b
            case Op.EQ, [a, b]:
                return a == b
            case Op.NOT, [a]:
                return not a
            case Op.OFFSET, [base, k, _, stride]:
                return base + k * stride
            case _:
                raise TypeError(op)
