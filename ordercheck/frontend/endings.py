"""Tasks that end before their time: which ones may, and what cancelling them is in the IR.

Such a task has one hidden slot, its life (`ir.lives`). OVER says no more than that the
task has finished; but where a coroutine keeps that is settled only when everything has
been lowered, and cancelling asks for it. `Mortal` has the other half: what a task's
coroutine does about its life.
"""

from __future__ import annotations

from collections.abc import Iterable

from ordercheck.frontend.making import apply, number
from ordercheck.frontend.typing_rules import BOOL
from ordercheck.frontend.world import World
from ordercheck.ir import nodes as ir
from ordercheck.ir.lives import ALIVE, LIFE
from ordercheck.ir.nodes import Expr, Op, Stmt
from ordercheck.ir.record import dataclass, field
from ordercheck.ir.span import NOWHERE, Span
from ordercheck.ir.types import (
    IntType,
    ListType,
    PlaceType,
    StructType,
    TaskType,
)
from ordercheck.language.kernel import Loop
from ordercheck.language.model import Component
from ordercheck.language.tasks import Cancelled


def is_life(address: Expr, value: str, span: Span) -> Expr:
    """Whether the life at an address is this one."""
    return apply(Op.EQ, (ir.Load(address, LIFE, span), ir.Const(value, LIFE, span)), BOOL, span)


def set_life(address: Expr, value: str, span: Span) -> Stmt:
    """Set the life at an address."""
    return ir.Store(address, ir.Const(value, LIFE, span), LIFE, "", False, span)


def is_one_of(task: Expr, numbers: Iterable[int], span: Span) -> Expr:
    """Whether a task is one of these."""
    listed = tuple(numbers)
    const = ir.Const(listed, ListType(TaskType(), len(listed)), span)
    return apply(Op.CONTAINS, (const, task), BOOL, span)


@dataclass(slots=True)
class Endings:
    """What one lowering knows of tasks that end early.

    `expected` are the tasks that the lowering before this one found to be cancelled, and
    those that may be `lost` in a crash; `cancelled` are found by this one. Where there are
    more of these, the model is lowered once more.
    """

    world: World
    expected: frozenset[int] = frozenset()
    cancelled: set[int] = field(default_factory=set)
    lost: frozenset[int] = frozenset()
    tasks: list[ir.TaskInfo] = field(default_factory=list)
    slots: dict[int, int] = field(default_factory=dict)

    # --- which tasks, and where their life is ----------------------------------------

    def allocate(self, first: int, count: int) -> None:
        """Give the tasks of one coroutine their slots, if one of them may end early."""
        numbers = range(first, first + count)
        if self.expected.isdisjoint(numbers):
            return
        for task in numbers:
            name = f"life of {self.tasks[task].name}"
            self.slots[task] = self.world.add_hidden(name, LIFE)
            self.world.places.append(ir.Place(name, self.slots[task], LIFE, NOWHERE, True))

    def own_address(self, first: int, members: int, span: Span) -> Expr:
        """Where a coroutine's running task has its life; `first` is its first task."""
        slots = tuple(self.slots[first + k] for k in range(members))
        const = ir.Const(slots[0], PlaceType(LIFE, slots), span)
        if members == 1:
            return const
        member = ir.Local(ir.MEMBER, IntType(0, members - 1), span)
        operands = (const, member, number(members, span), number(1, span))
        return ir.Apply(Op.OFFSET, operands, const.type, span)

    def address(self, task: Expr, tasks: Iterable[int], span: Span) -> Expr:
        """Where a task that is one of several has its life."""
        table = tuple((number, self.slots[number]) for number in tasks)
        slots = tuple(slot for _, slot in table)
        if isinstance(task, ir.Const):
            return ir.Const(dict(table)[task.value], PlaceType(LIFE, slots), span)
        return ir.Lookup(task, table, PlaceType(LIFE, slots), span)

    # --- cancelling ------------------------------------------------------------------

    def candidates(self, task: Expr) -> tuple[int, ...]:
        """The tasks that an expression may stand for."""
        match task:
            case ir.Const(value=int(number)):
                return (number,)
            case ir.Lookup(table=table) if all(isinstance(v, int) for _, v in table):
                return tuple(dict.fromkeys(number for _, number in table))
            case _:
                return tuple(range(len(self.tasks)))

    def exception(self) -> StructType:
        """What cancelling raises."""
        return self.world.kinds.struct_type(Cancelled)

    def loop_of(self, number: int) -> Component | None:
        """The loop of a task; None for a free one."""
        loop = self.tasks[number].loop
        return None if loop is None else self.world.components[loop]

    def can_be_cancelled(self, number: int) -> bool:
        """Whether a task's loop says how its tasks are cancelled."""
        loop = self.loop_of(number)
        return not isinstance(loop, Loop) or type(loop).forget is not Loop.forget

    def is_raised(self, number: int) -> bool:
        """Whether cancelling a task raises an exception in it, which is its loop's business."""
        loop = self.loop_of(number)
        return isinstance(loop, Loop) and loop.cancellation is not None

    def revive(self, task: Expr, span: Span) -> list[Stmt]:
        """What else is to be done where a task is put back to its beginning."""
        tasks = tuple(self.slots)
        if not tasks:
            return []
        test = is_one_of(task, tasks, span)
        alive = set_life(self.address(task, tasks, span), ALIVE, span)
        return [ir.If(test, (alive,), (), span)]
