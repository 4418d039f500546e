"""What a piece of a program reads and writes, and what else it may do.

Slots are exact where addresses are constants and a superset otherwise: all that
an address's offsets, table or PlaceType allow. Calls are followed; resuming a
task adds what its whole coroutine may do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property

from ordercheck.ir.bodies import bodies, expressions
from ordercheck.ir.nodes import (
    Apply,
    Block,
    Body,
    Branch,
    Call,
    Choose,
    Conditional,
    Const,
    Coroutine,
    Expr,
    Load,
    LoadArray,
    Lookup,
    Op,
    Program,
    Require,
    Restart,
    Resume,
    Stmt,
    Store,
)
from ordercheck.ir.raising import Raising
from ordercheck.ir.record import dataclass
from ordercheck.ir.types import IntType, PlaceType
from ordercheck.ir.walk import subexpressions


@dataclass(frozen=True, slots=True)
class Effects:
    """What something may do. `reads` and `writes` are slots, points of frames included.

    `raises` are the names of exceptions that may leave it, "*" for one whose name is not
    known here. `resumes` and `restarts` are indices of coroutines. `reads_old`: looks
    at the state before the step.
    """

    reads: frozenset[int] = frozenset()
    writes: frozenset[int] = frozenset()
    raises: frozenset[str] = frozenset()
    chooses: bool = False
    requires: bool = False
    reads_old: bool = False
    resumes: frozenset[int] = frozenset()
    restarts: frozenset[int] = frozenset()

    def __or__(self, other: Effects) -> Effects:
        """What either may do."""
        return Effects(
            self.reads | other.reads,
            self.writes | other.writes,
            self.raises | other.raises,
            self.chooses or other.chooses,
            self.requires or other.requires,
            self.reads_old or other.reads_old,
            self.resumes | other.resumes,
            self.restarts | other.restarts,
        )

    @property
    def may_raise(self) -> bool:
        """Whether an exception may leave it; a model error is none."""
        return bool(self.raises)

    @property
    def pure(self) -> bool:
        """Whether it only reads and computes; it may still end in a model error."""
        acts = self.writes or self.raises or self.resumes or self.restarts
        return not (acts or self.chooses or self.requires)


NOTHING = Effects()


class Analysis:
    """The effects of a program's functions, coroutines and steps, found once."""

    def __init__(self, program: Program) -> None:
        """Functions are taken in their order, coroutines until nothing changes."""
        self._program = program
        self._all = frozenset(range(len(program.slots)))
        self._owners = {task: info.coroutine for task, info in enumerate(program.tasks)}
        self._raising = Raising(program.functions)
        self._functions: dict[str, Effects] = {}
        for function in program.functions:
            self._functions[function.name] = self.direct(function.body)
        self._coroutines = self._close([self._whole(each) for each in program.coroutines])

    # --- what there is to ask ---

    def function(self, name: str) -> Effects:
        """A function's effects, with those of all that it calls and resumes."""
        return self._closed(self._functions[name])

    def coroutine(self, index: int) -> Effects:
        """What one resumption of any of its tasks may do, wherever it stands."""
        return self._coroutines[index]

    def body(self, body: Body) -> Effects:
        """The effects of statements anywhere in the program."""
        return self._closed(self.direct(body))

    def expression(self, expr: Expr) -> Effects:
        """The effects of an expression anywhere in the program."""
        return self._closed(self._expression(expr))

    @cached_property
    def steps(self) -> tuple[Effects, ...]:
        """The effects of each step, `clean` after it included, whatever its binding."""
        clean = self.body(self._program.clean)
        return tuple(self.body(step.body) | clean for step in self._program.steps)

    def raises(self, statement: Stmt) -> bool:
        """Whether an exception may leave the statement."""
        return self._raising.raises(statement)

    def direct(self, body: Body) -> Effects:
        """The effects of statements; those that they resume are named but not followed."""
        return replace(self._statements(body), raises=self._raising.body(body))

    # --- statements ---

    # What is raised in them is told apart: handlers take some of it.

    def _statements(self, body: Body) -> Effects:
        found = NOTHING
        for statement in body:
            found |= self._statement(statement)
        return found

    def _statement(self, statement: Stmt) -> Effects:
        found = NOTHING
        for expr in expressions(statement):
            found |= self._expression(expr)
        match statement:
            case Store(address=address):
                return found | Effects(writes=self.region(address))
            case Choose():
                return found | Effects(chooses=True)
            case Require():
                return found | Effects(requires=True)
            case Resume(task=task):
                return found | Effects(resumes=self._coroutines_of(task))
            case Restart(task=task):
                return found | self._restart(self._coroutines_of(task))
            case _:
                for body in bodies(statement):
                    found |= self._statements(body)
                return found

    def _restart(self, coroutines: frozenset[int]) -> Effects:
        slots: set[int] = set()
        for index in coroutines:
            coroutine = self._program.coroutines[index]
            first = coroutine.frame.base
            slots.update(range(first, first + coroutine.frame.size * coroutine.members))
        return Effects(reads=frozenset(slots), writes=frozenset(slots), restarts=coroutines)

    def _coroutines_of(self, task: Expr) -> frozenset[int]:
        if isinstance(task, Const) and task.value in self._owners:
            return frozenset({self._owners[task.value]})
        return frozenset(self._owners.values())

    # --- expressions ---

    def _expression(self, expr: Expr) -> Effects:
        found = NOTHING
        for part in subexpressions(expr):
            match part:
                case Load(address=address, old=old):
                    found |= Effects(reads=self.region(address), reads_old=old)
                case LoadArray(address=address, length=length, stride=stride, old=old):
                    starts = self.region(address)
                    slots = (a + k * stride for a in starts for k in range(length))
                    found |= Effects(reads=self._all.intersection(slots), reads_old=old)
                case Call(function=name) if name in self._functions:
                    found |= self._functions[name]
                case _:
                    pass
        return found

    def region(self, address: Expr) -> frozenset[int]:
        """The slots that an address may be of."""
        match address:
            case Const(value=int(slot)):
                return self._within([slot])
            case Conditional(then=then, orelse=orelse):
                return self.region(then) | self.region(orelse)
            case Lookup(table=table):
                return self._within(value for _, value in table)
            case Apply(op=Op.OFFSET, operands=(base, k, Const(value=length), Const(value=stride))):
                starts = self.region(base)
                return self._within(a + i * stride for a in starts for i in _indices(k, length))
            case _ if isinstance(address.type, PlaceType):
                return self._within(address.type.slots)
            case _:
                return self._all

    def _within(self, slots: Iterable[int]) -> frozenset[int]:
        return self._all.intersection(slots)

    # --- coroutines ---

    def _block(self, block: Block) -> Effects:
        found = self.direct(block.body)
        if isinstance(block.terminator, Branch):
            found |= self._expression(block.terminator.test)
        # A handler takes all that is raised; without one it is a model error, not an exception.
        return replace(found, raises=frozenset())

    def _frame(self, coroutine: Coroutine) -> Effects:
        frame = coroutine.frame
        points = frozenset(frame.base + k * frame.size for k in range(coroutine.members))
        return Effects(reads=points, writes=points) if frame.size else NOTHING

    def _whole(self, coroutine: Coroutine) -> Effects:
        found = self._frame(coroutine)
        for block in coroutine.blocks:
            found |= self._block(block)
        return found

    def _close(self, own: list[Effects]) -> tuple[Effects, ...]:
        """Each coroutine's effects with those of the coroutines that it resumes."""
        known = list(own)
        while True:
            following = [_resumed(each, known) for each in known]
            if following == known:
                return tuple(known)
            known = following

    def _closed(self, effects: Effects) -> Effects:
        return _resumed(effects, self._coroutines) if effects.resumes else effects


def _resumed(effects: Effects, coroutines: Iterable[Effects]) -> Effects:
    found = effects
    for index, each in enumerate(coroutines):
        if index in effects.resumes:
            found |= each
    return found


def _indices(k: Expr, length: int) -> Iterable[int]:
    """The items, from 0, that an index into an array may mean."""
    match k:
        case Const(value=int(value)):
            return [value % length] if -length <= value < length else []
        case _ if isinstance(k.type, IntType) and k.type.lo is not None and k.type.lo >= 0:
            top = length - 1 if k.type.hi is None else min(k.type.hi, length - 1)
            return range(k.type.lo, top + 1)
        case _:
            return range(length)


def pure(program: Program, name: str) -> bool:
    """Whether a function only reads and computes, so that it may be called in expressions."""
    return Analysis(program).function(name).pure
