"""Crashes under CPython: what each may lose, and how often."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from typing import Any

from ordercheck.language import Component, Loop
from ordercheck.language.crashes import BUDGET, Crashing
from ordercheck.language.places import Map, Place
from tests.oracle.world import declared, owned


@dataclass
class Victim:
    """What crashes at once; `component` is None for a process, whose members crash alone."""

    component: Component | None
    tasks: list[Any]
    restarts: bool
    budget: object


class Crashes:
    """The crashes of one run."""

    def __init__(self, run: Any) -> None:
        self.run = run
        self.left: dict[int, int] = {}
        self.victims: dict[str, Victim] = {}
        self.gone: set[int] = set()
        self._find_components()
        self._find_processes()
        self.fresh = {
            (id(component), path): _held(component, path, place)
            for component in run.components
            for path, place in owned(component)
        }

    def _find_components(self) -> None:
        for component in self.run.components:
            found = component.__dict__.get(BUDGET)
            if isinstance(found, Crashing) and found.times:
                self.left[id(found)] = found.times
                path = self.run.names[id(component)]
                tasks = [task for task in self._all() if self._is_lost(task, component)]
                self.victims[f"{path}.crash"] = Victim(component, tasks, found.restarts, found)

    def _find_processes(self) -> None:
        for family in self.run.tasks.values():
            for first in family[:1]:
                times = first.mark.crashes
                times = times(first.component) if callable(times) else times
                if times:
                    path = self.run.names[id(first.component)]
                    name = f"{path}.{first.name}" if path else first.name
                    self.left[id(family)] = times
                    victim = Victim(None, family, first.mark.restarts, family)
                    self.victims[f"{name}.crash"] = victim

    def _all(self) -> Iterator[Any]:
        for family in self.run.tasks.values():
            yield from family

    def _inside(self, component: Component) -> list[Component]:
        path = self.run.names[id(component)]
        return [
            each
            for each in self.run.components
            if f"{self.run.names[id(each)]}.".startswith((f"{path}.", f"{path}["))
        ]

    def _is_lost(self, task: Any, component: Component) -> bool:
        inside = [id(each) for each in self._inside(component)]
        return id(task.component) in inside or id(self.run.loop_of_task(task)) in inside

    # --- steps -------------------------------------------------------------------------

    def offers(self) -> Iterator[tuple[str, int]]:
        """The crashes that are possible now."""
        for name, victim in self.victims.items():
            if not self.left[id(victim.budget)] or id(victim.component) in self.gone:
                continue
            if victim.component is not None:
                yield name, 0
                continue
            for k, task in enumerate(victim.tasks):
                if task.waits != "finished":
                    yield name, k

    def take(self, name: str, binding: int) -> None:
        """Crash."""
        victim = self.victims[name]
        self.left[id(victim.budget)] -= 1
        self.run.touched = True
        if victim.component is None:
            self._end(victim.tasks[binding])
            if victim.restarts:
                self._again(victim.tasks[binding])
            return
        if not victim.restarts:
            self.gone |= {id(each) for each in self._inside(victim.component)}
        for task in victim.tasks:
            self._end(task)
        self._leave_others(victim, victim.component)
        for each in self._inside(victim.component):
            self._reset(each)
        for task in victim.tasks if victim.restarts else ():
            self._again(task)

    def _end(self, task: Any) -> None:
        task.coroutine, task.waits, task.condition = None, "finished", None
        task.cancelled = False

    def _again(self, task: Any) -> None:
        task.waits = "start"
        self.run.begin(task)

    def _leave_others(self, victim: Victim, component: Component) -> None:
        inside = [id(each) for each in self._inside(component)]
        for other in self.run.components:
            if id(other) in inside:
                continue
            if not isinstance(other, Loop) and hasattr(other, "forget"):
                for task in victim.tasks:
                    other.forget(task)
            if id(getattr(other, "owner", None)) in inside:
                other.abandon()

    def _reset(self, component: Component) -> None:
        for path, place in owned(component):
            held = self.fresh[id(component), path]
            if place is None:
                if not declared(component)[path].durable:
                    object.__setattr__(component, path, held)
            elif not place._durable:
                setattr(place, _contents(place), copy(held))


def _held(component: Component, path: str, place: Place | None) -> Any:
    # A value is immutable, and a component that a variable refers to is not copied.
    return getattr(component, path) if place is None else copy(getattr(place, _contents(place)))


def _contents(place: Place) -> str:
    return "items_now" if isinstance(place, Map) else "items"
