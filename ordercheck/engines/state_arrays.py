"""The graph of a program's states in compressed sparse rows: some bytes a state and an edge.

States have the numbers of a breadth-first search, in the order in which it finds them; those
that lie outside a constraint, which are not expanded, come last. The edges of state n are those
from offsets[n] on, up to offsets[n + 1], in the order of their labels. Whatever engine made the
arrays, they are the same.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator

from ordercheck.engines.exploration import NO_LIMITS, Exploration, Limits, Progress, explore
from ordercheck.engines.interpreter.machine import Machine, RawLabel
from ordercheck.engines.transition import Label, ModelError, State
from ordercheck.ir.nodes import Program
from ordercheck.ir.record import dataclass


@dataclass(frozen=True, slots=True)
class StateArrays:
    """States and transitions; the views give numbers, and numpy takes them without copying.

    ===============  =================================================================
    offsets          64-bit numbers, one more than there are states
    targets          32-bit: of each edge, the number of the state that it leads to
    labels           32-bit: of each edge, an index into `label_table`
    label_table      every label that an edge or a failure has, once
    failures         32-bit, three for each step that ends in a model error and so has no
                     edge: the state, an index into `label_table`, one into `kinds`
    kinds            what the model errors are called
    level_starts     the number of the first state of each level
    cuts             for each level, how many states outside the constraints were known
                     when it was found
    inside           how many states are not outside a constraint
    expanded         how many have their edges here; the others are outside a constraint,
                     or in the level in which a limit ended the search
    limit            what ended the search early, "" if nothing did
    notes            why another engine made them, or their `values`, than should have
    ===============  =================================================================
    """

    program: Program
    engine: str
    limit: str
    offsets: memoryview
    targets: memoryview
    labels: memoryview
    label_table: tuple[Label, ...]
    failures: memoryview
    kinds: tuple[str, ...]
    level_starts: tuple[int, ...]
    cuts: tuple[int, ...]
    inside: int
    expanded: int
    decode: Callable[[int], State]
    evaluate: Callable[[int], bytes]
    notes: list[str]

    def __len__(self) -> int:
        """How many states there are."""
        return len(self.offsets) - 1

    @property
    def edges(self) -> int:
        """How many edges there are."""
        return len(self.targets)

    @property
    def depth(self) -> int:
        """How many levels there are."""
        return len(self.level_starts)

    @property
    def initial(self) -> list[int]:
        """The numbers of the initial states."""
        first = self.level_starts[1] if self.depth > 1 else self.inside
        cut = self.cuts[0] if self.cuts else len(self) - self.inside
        return [*range(first), *range(self.inside, self.inside + cut)]

    def state(self, number: int) -> State:
        """A state as engines have it (`checking.graph` tells how to read it)."""
        if not 0 <= number < len(self):
            raise IndexError(f"there is no state {number}")
        return self.decode(number)

    def level(self, number: int) -> int:
        """The level of a state, from 1, that of the initial states."""
        if number < self.inside:
            return bisect_right(self.level_starts, number)
        return bisect_right(self.cuts, number - self.inside) + 1

    def transitions(self, number: int) -> Iterator[tuple[Label, int | str]]:
        """The ways out of a state, in the order of their labels: each leads to a state's number,
        or into a model error of a kind."""
        first, end = self.offsets[number], self.offsets[number + 1]
        ways: list[tuple[Label, int | str]] = [
            (self.label_table[self.labels[k]], self.targets[k]) for k in range(first, end)
        ]
        ways += self.failures_of(number)
        ways.sort(key=lambda way: way[0])
        return iter(ways)

    def failures_of(self, number: int) -> list[tuple[Label, str]]:
        """The steps from a state that end in a model error."""
        # A view of every third number cannot be searched; a range of indices can.
        count = range(len(self.failures) // 3)
        at = bisect_left(count, number, key=lambda k: self.failures[3 * k])
        found: list[tuple[Label, str]] = []
        while at < len(count) and self.failures[3 * at] == number:
            label, kind = self.failures[3 * at + 1], self.failures[3 * at + 2]
            found.append((self.label_table[label], self.kinds[kind]))
            at += 1
        return found

    def values(self, property: int) -> bytes:
        """Of each state, what a property of states is there: 0 false, 1 true, 2 an error."""
        return self.evaluate(property)


def interpreted_arrays(
    machine: Machine, limits: Limits = NO_LIMITS, progress: Progress | None = None
) -> StateArrays:
    """The arrays, made by the reference interpreter."""
    found = explore(machine, limits, continue_=True, progress=progress)
    return _Arrays(machine, found).made()


class _Arrays:
    """Arrays under construction, from an exploration; transitions are taken once more."""

    def __init__(self, machine: Machine, found: Exploration) -> None:
        self.machine = machine
        self.found = found
        self.states = [state for level in found.levels for state in level]
        self.numbers = {state: number for number, state in enumerate(self.states)}
        self.inside = len(self.states)
        self.offsets, self.targets = array("Q"), array("I")
        self.labels, self.failures = array("I"), array("I")
        self.label_numbers: dict[RawLabel, int] = {}
        self.kinds: dict[str, int] = {}

    def made(self) -> StateArrays:
        """All of it."""
        for _, target in self.machine.starts():
            if not isinstance(target, ModelError):
                self._number(target)
        cuts: list[int] = []
        levels = self.found.levels
        expanded = 0
        for depth, level in enumerate(levels):
            cuts.append(len(self.states) - self.inside)
            if depth == len(levels) - 1 and not self.found.complete:
                break
            for number, state in enumerate(level, expanded):
                self._expand(number, state)
            expanded += len(level)
        rows = len(self.states) + 1
        self.offsets.extend([len(self.targets)] * (rows - len(self.offsets)))
        starts = [0]
        for level in levels:
            starts.append(starts[-1] + len(level))
        return StateArrays(
            self.machine.program,
            "interpreter",
            self.found.limit,
            memoryview(self.offsets).toreadonly(),
            memoryview(self.targets).toreadonly(),
            memoryview(self.labels).toreadonly(),
            tuple(Label(*label) for label in self.label_numbers),
            memoryview(self.failures).toreadonly(),
            tuple(self.kinds),
            tuple(starts[:-1]),
            tuple(cuts),
            self.inside,
            expanded,
            self.states.__getitem__,
            self._values,
            [],
        )

    def _number(self, state: State) -> int:
        """A state's number; what the search has not stored is outside a constraint."""
        number = self.numbers.get(state)
        if number is None:
            number = self.numbers[state] = len(self.states)
            self.states.append(state)
        return number

    def _expand(self, number: int, state: State) -> None:
        self.offsets.append(len(self.targets))
        numbers = self.label_numbers
        for label, target in self.machine.successors(state):
            row = numbers.setdefault(label, len(numbers))
            if isinstance(target, ModelError):
                kind = self.kinds.setdefault(target.kind, len(self.kinds))
                self.failures.extend((number, row, kind))
                continue
            self.targets.append(self._number(target))
            self.labels.append(row)

    def _values(self, property: int) -> bytes:
        return interpreted_values(self.machine, property, self.states)


def interpreted_values(machine: Machine, property: int, states: Iterable[State]) -> bytes:
    """What a property is in each of these states, as `StateArrays.values` has it."""
    values = (machine.check(property, state) for state in states)
    return bytes(2 if isinstance(value, ModelError) else value for value in values)
