"""A state as a reader knows it: places with their paths, and the locals of processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from ordercheck.ir.domains import blank
from ordercheck.ir.lives import LIFE
from ordercheck.ir.nodes import Coroutine, Place, Point, Program, Step, StepKind, Wait
from ordercheck.ir.render import Names, render
from ordercheck.ir.types import ArrayShape, Type, Value
from ordercheck.traces.diff import array_changes, changes
from ordercheck.traces.trace import Change

State = tuple[Value, ...]
Evaluate = Callable[[str, State], Value]
"""The value of a pure function without parameters in a state; raises Unknown."""


class Unknown(Exception):
    """An expression has no value in a state: it ends in the model error that is the argument."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A local of a process that lives across a suspension."""

    path: str
    slot: int
    kind: Type


@dataclass(frozen=True)
class View:
    """How to read a program's states."""

    program: Program

    @cached_property
    def names(self) -> Names:
        """What tasks and components are called."""
        return Names.of(self.program)

    @cached_property
    def variables(self) -> tuple[Variable, ...]:
        """The locals that the authors of processes named, process by process."""
        return tuple(
            Variable(f"{task.name}.{name}", self._frame(k) + 1 + place, kind)
            for k, task in enumerate(self.program.tasks)
            for place, (name, kind) in enumerate(self._coroutine(k).frame.fields)
            if name.isidentifier()
        )

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The places of the model and its libraries; how tasks fare is told in words."""
        return tuple(place for place in self.program.places if place.kind != LIFE)

    @cached_property
    def _owners(self) -> dict[int, Place]:
        return {
            slot: place
            for place in self.places
            for slot in range(place.slot, place.slot + place.size)
        }

    def write(self, kind: Type, value: Value) -> str:
        """A value as Python would write it."""
        return render(kind, value, self.names)

    def action(self, step: Step, binding: int) -> str:
        """`pour(0, 1)`: a step's name with the values of one of its bindings."""
        values = step.bindings[binding]
        if step.kind is StepKind.PROCESS or not values:
            return step.actors[binding] if step.kind is StepKind.PROCESS else step.name
        pairs = zip(step.parameters, values, strict=True)
        return f"{step.name}({', '.join(self.write(p.type, value) for p, value in pairs)})"

    def place_of(self, slot: int) -> Place | None:
        """The place that a slot belongs to; None for a process's own."""
        return self._owners.get(slot)

    def is_variable(self, slot: int) -> bool:
        """Whether a slot is a local that a process's author named."""
        return slot in self._locals

    @cached_property
    def _locals(self) -> frozenset[int]:
        return frozenset(each.slot for each in self.variables)

    def value_of(self, place: Place, state: State) -> str:
        """A place's whole value."""
        if isinstance(place.kind, ArrayShape):
            return self._array(place.kind, state[place.slot : place.slot + place.size])
        return self.write(place.kind, state[place.slot])

    def _array(self, shape: ArrayShape, values: State) -> str:
        pieces = [
            self._array(shape.item, values[start : start + shape.stride])
            if isinstance(shape.item, ArrayShape)
            else self.write(shape.item, values[start])
            for start in range(0, shape.size, shape.stride)
        ]
        return f"[{', '.join(pieces)}]"

    def state(self, state: State) -> tuple[tuple[str, str], ...]:
        """Every place and every live local, with its value."""
        places = [(place.path, self.value_of(place, state)) for place in self.places]
        values = [
            (each.path, self.write(each.kind, state[each.slot]))
            for each in self.variables
            if state[each.slot] != blank(each.kind)
        ]
        return (*places, *values)

    def changes(
        self, before: State, after: State, written: frozenset[int] = frozenset()
    ) -> tuple[Change, ...]:
        """What differs. A local that is no longer needed is not told, nor a task's argument.

        A local that the author's code has `written` (its slot) is told even where it
        keeps the value that a local has before it is assigned.
        """
        return tuple(self._changes(before, after, written))

    def _changes(self, before: State, after: State, written: frozenset[int]) -> Iterator[Change]:
        for place in self.places:
            start, end = place.slot, place.slot + place.size
            if place.argument or before[start:end] == after[start:end]:
                continue
            if isinstance(place.kind, ArrayShape):
                old, new = before[start:end], after[start:end]
                found = array_changes(place.kind, place.path, old, new, self.write)
            else:
                found = changes(place.kind, place.path, before[start], after[start], self.write)
            for change in found:
                yield replace(change, hidden=True) if place.hidden else change
        for each in self.variables:
            old, new, dead = before[each.slot], after[each.slot], blank(each.kind)
            if old == new != dead or (new == dead and (new is None or each.slot not in written)):
                continue
            was = "" if old == dead else self.write(each.kind, old)
            yield Change(each.path, was, self.write(each.kind, new))

    def _coroutine(self, task: int) -> Coroutine:
        return self.program.coroutines[self.program.tasks[task].coroutine]

    def _frame(self, task: int) -> int:
        frame = self._coroutine(task).frame
        return frame.base + self.program.tasks[task].member * frame.size

    def point(self, task: int, state: State) -> Point | None:
        """Where a task is suspended; None where the program keeps no frames yet."""
        coroutine = self._coroutine(task)
        if coroutine.frame.base < 0 or not coroutine.points:
            return None
        return coroutine.points[state[self._frame(task)]]

    def started(self, task: int, state: State) -> bool:
        """Whether a task has run at all."""
        point = self.point(task, state)
        return point is not None and point.wait is not Wait.START
