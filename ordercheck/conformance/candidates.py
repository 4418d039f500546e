"""In what the states differ that a model can be in where a log is not explained."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from ordercheck.engines.transition import State
from ordercheck.ir.nodes import Place
from ordercheck.traces.places import View
from ordercheck.traces.values import whereabouts


class Telling:
    """Tells one of several states from the others."""

    def __init__(self, view: View, states: Sequence[State]) -> None:
        self.view = view
        self.states = states

    def differences(self, state: State) -> tuple[tuple[str, str], ...]:
        """Of a state what is not the same in all of them: processes with where they stand, places.

        Places that only the library knows are left out.
        """
        stands = whereabouts(self.view, state)
        tasks = [(task, where) for task, where in stands.items() if task in self._tasks]
        return (*tasks, *((p.path, self.view.value_of(p, state)) for p in self._places))

    @cached_property
    def _tasks(self) -> frozenset[str]:
        all_of_them = [whereabouts(self.view, state) for state in self.states]
        first = all_of_them[0]
        return frozenset(t for t in first if any(each[t] != first[t] for each in all_of_them))

    @cached_property
    def _places(self) -> list[Place]:
        first = self.states[0]
        found = []
        for place in self.view.places:
            slots = slice(place.slot, place.slot + place.size)
            if not place.hidden and any(each[slots] != first[slots] for each in self.states):
                found.append(place)
        return found
