"""Pools of tasks: which coroutines are spawned into them, and where their arguments wait.

What is spawned into a pool is known only when everything has been lowered, and the slots
for arguments come before that. So a model that spawns is lowered again until what one
lowering finds is what it began with: `Spawns` is what is handed on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ordercheck.frontend.making import widen
from ordercheck.frontend.operands import Operand
from ordercheck.frontend.source import span_at
from ordercheck.frontend.world import World
from ordercheck.ir import nodes as ir
from ordercheck.ir.domains import blank
from ordercheck.ir.nodes import Expr
from ordercheck.ir.record import dataclass, field
from ordercheck.ir.span import Span
from ordercheck.ir.types import (
    ArrayShape,
    BoolType,
    EnumType,
    IntType,
    NeverType,
    NoneType,
    PlaceType,
    RefType,
    TaskType,
    TextType,
    Type,
    join,
)
from ordercheck.language.kernel import Loop
from ordercheck.language.spawning import TaskPool

PATIENCE = 3
"""How often an argument's type may grow before it is taken to have no bounds."""

WHICH = ""
"""Stands for the slots that say which coroutine an entry runs, among those of arguments."""


@dataclass(slots=True)
class Body:
    """A coroutine that is spawned into a pool.

    `fixed` are the arguments that are the same wherever it is spawned, `kinds` the types
    of what the others have been given so far, `declared` those that annotations give.
    """

    function: Callable[..., Any]
    fixed: dict[str, Operand]
    kinds: dict[str, Type]
    declared: dict[str, Type]
    span: Span
    growth: int = 0

    def take(self, name: str, given: Type) -> bool:
        """Take note of one more type of an argument; whether it is news."""
        if name in self.declared:
            return False
        wider = join(self.kinds[name], given)
        if wider == self.kinds[name]:
            return False
        self.growth += 1
        self.kinds[name] = wider if self.growth <= PATIENCE * len(self.kinds) else widen(wider)
        return True


@dataclass(slots=True)
class Spawns:
    """What is spawned into which pool, as far as is known; `changed` by this lowering."""

    bodies: dict[int, dict[object, Body]] = field(default_factory=dict)
    changed: bool = False

    def of(self, pool: TaskPool[Any, Any]) -> dict[object, Body]:
        """The coroutines of a pool, by what tells them apart, in the order of finding."""
        return self.bodies.setdefault(id(pool), {})

    def note(
        self, pool: TaskPool[Any, Any], key: object, body: Body, given: dict[str, Type]
    ) -> Body:
        """One more spawn: of a coroutine, with arguments of these types."""
        known = self.of(pool)
        if key not in known:
            known[key] = body
            self.changed = True
        found = known[key]
        for name, kind in given.items():
            if found.take(name, kind):
                self.changed = True
        return found


@dataclass(slots=True)
class Crew:
    """A pool of tasks, in one lowering: its entries, their tasks, the slots of arguments.

    `bodies` and `slots` are those known when the lowering began: for each argument the
    first of as many slots as there are entries.
    """

    pool: TaskPool[Any, Any]
    path: str
    entries: tuple[int, ...]
    first_task: int
    bodies: dict[object, Body]
    slots: dict[tuple[object, str], tuple[int, Type]] = field(default_factory=dict)

    @property
    def loop(self) -> Loop | None:
        """The loop of its tasks."""
        loop: Loop | None = self.pool.loop
        return loop

    @property
    def tasks(self) -> tuple[int, ...]:
        """The tasks, entry by entry."""
        return tuple(range(self.first_task, self.first_task + len(self.entries)))

    def allocate(self, world: World) -> None:
        """Give the arguments of the coroutines known by now their slots."""
        if len(self.bodies) > 1:
            self._allocate(world, WHICH, WHICH, IntType(0, len(self.bodies) - 1))
        for key, body in self.bodies.items():
            for name, kind in body.kinds.items():
                self._allocate(world, key, name, body.declared.get(name, kind))

    def _allocate(self, world: World, key: object, name: str, kind: Type) -> None:
        if isinstance(kind, NeverType):
            return
        if not isinstance(kind, BoolType | IntType | TextType | EnumType):
            kind = join(NoneType(), kind)  # so that its blank mentions nobody
        what = self.bodies[key].function.__name__ + f".{name}" if name else "coroutine"
        path = f"{self.path}: {what}"
        first = len(world.slots)
        for k, entry in enumerate(self.entries):
            slot = world.add_hidden(f"{path}[{k}]", kind)
            world.give_to_entry(self.pool, entry, slot)
        shape = ArrayShape(kind, len(self.entries))
        at = span_at(self.pool._at)
        world.places.append(ir.Place(path, first, shape, at, hidden=True, argument=True))
        self.slots[key, name] = first, kind

    def value(self, held: Expr, key: object, name: str, span: Span) -> Expr:
        """What a slot held as the argument that it is."""
        kind = self.bodies[key].kinds[name] if name else held.type
        declared = self.bodies[key].declared.get(name, kind) if name else kind
        return held if declared == held.type else ir.Cast(held, declared, span)

    # --- in the IR -------------------------------------------------------------------

    def entry(self, member: Expr, span: Span) -> Expr:
        """The entry of one of the pool's tasks."""
        if len(self.entries) == 1:
            return ir.Const(self.entries[0], RefType(self.entries), span)
        return ir.Lookup(member, tuple(enumerate(self.entries)), RefType(self.entries), span)

    def task(self, entry: Expr, span: Span) -> Expr:
        """The task of an entry."""
        table = tuple(zip(self.entries, self.tasks, strict=True))
        return ir.Lookup(entry, table, TaskType(), span)

    def address(self, entry: Expr, key: object, name: str, span: Span) -> tuple[Expr, Type] | None:
        """Where an entry has an argument, and its type; None where that is not known yet."""
        if (key, name) not in self.slots:
            return None
        first, kind = self.slots[key, name]
        slots = tuple(range(first, first + len(self.entries)))
        place = PlaceType(kind, slots)
        if isinstance(entry, ir.Const):
            return ir.Const(slots[self.entries.index(entry.value)], place, span), kind
        return ir.Lookup(entry, tuple(zip(self.entries, slots, strict=True)), place, span), kind


def cleared(address: Expr, kind: Type, span: Span) -> ir.Stmt:
    """Put the blank into a slot whose value has been taken out."""
    return ir.Store(address, ir.Const(blank(kind), kind, span), kind, "", False, span)


def task_pools(world: World) -> Iterator[tuple[TaskPool[Any, Any], str, tuple[int, ...]]]:
    """The pools of tasks with their paths and entries, in the order of set-up."""
    for entry in world.pools.values():
        if isinstance(entry.pool, TaskPool):
            yield entry.pool, entry.path, entry.entries
