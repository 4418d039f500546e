"""Random runs of a machine, each reproducible from its seed and its number alone.

Run number n of a seed is the same on every machine and with every engine (native/c/walks.c does
the same). Its generator is SplitMix64, begun at mix(key + n * GOLDEN), where the key is the first
eight bytes, as a little-endian number, of the SHA-256 of the seed in decimal. Each draw takes one
number r from it and gives way number r * ways // 2**64 of the ways in the order of their labels:
first among the initial states, then among the transitions of each state that the run comes to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from time import perf_counter
from typing import Protocol

from ordercheck.engines.exploration import Flaw
from ordercheck.engines.interpreter.machine import Machine, RawLabel, properties
from ordercheck.engines.transition import ModelError, State
from ordercheck.ir.nodes import PropertyKind

PACE = 0.1
"""Seconds between two looks at the progress."""

GOLDEN = 0x9E3779B97F4A7C15
_WORD = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at the end of a run; `property` is an index, None where none is violated."""

    flaw: Flaw
    name: str
    property: int | None = None
    error: ModelError | None = None


@dataclass(slots=True)
class Walk:
    """One run: the labels taken and, for each state on the way, in how many ways it goes on.

    `states` has one entry less than `labels` where the last step ends in a model error.
    `end` says why it stopped: "steps", "stuck", "constraint", "fault" or, without any
    beginning, "no start".
    """

    number: int
    labels: list[RawLabel] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    ways: list[int] = field(default_factory=list)
    end: str = "steps"
    fault: Fault | None = None


@dataclass(slots=True)
class Level:
    """What all runs met after the same number of steps.

    `runs` got there, with `ways` to go on in all, over those that were `asked`; `ended` were
    over. `new` are the states that no run met after fewer steps.
    """

    runs: int = 0
    asked: int = 0
    ways: int = 0
    new: int = 0
    ended: int = 0


@dataclass(slots=True)
class RunFigures:
    """What some runs have met, whichever of them came first.

    `states` are distinct; with `crowded`, memory did not suffice for all of them. `levels` are
    by steps. `ends` counts runs by how they ended (`Walk.end`), `faults` by what they violate.
    `unmet` are the REACHABLE properties, by index, that were never true. `first_wrong` is the
    least number of a run with a fault; 0 if there is none.
    """

    runs: int = 0
    steps: int = 0
    states: int = 0
    crowded: bool = False
    levels: list[Level] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    unmet: list[int] = field(default_factory=list)
    first_wrong: int = 0
    interrupted: bool = False


class RunProgress(Protocol):
    """Is told now and then how far some runs have come."""

    def __call__(self, runs: int, steps: int, states: int, note: str = "", /) -> None:
        """Runs taken, steps in all of them, distinct states; what else there is to say."""


def key_of(seed: int) -> int:
    """What the generators of all runs of a seed begin with."""
    return int.from_bytes(sha256(str(seed).encode()).digest()[:8], "little")


def mix(word: int) -> int:
    """The finalizer of SplitMix64 (Steele, Lea, Flood 2014)."""
    word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9 & _WORD
    word = (word ^ word >> 27) * 0x94D049BB133111EB & _WORD
    return word ^ word >> 31


class Draws:
    """The random decisions of one run."""

    __slots__ = ("_state",)

    def __init__(self, key: int, number: int) -> None:
        """Of run `number`, with the seed's key."""
        self._state = mix(key + number * GOLDEN & _WORD)

    def below(self, count: int) -> int:
        """A number from 0 to count - 1."""
        self._state = self._state + GOLDEN & _WORD
        return mix(self._state) * count >> 64


def walks(machine: Machine, numbers: range, steps: int, seed: int) -> Iterator[Walk]:
    """The runs with these numbers, of at most `steps` steps."""
    walker = _Walker(machine, steps)
    key = key_of(seed)
    for number in numbers:
        yield walker.walk(number, Draws(key, number))


class _Walker:
    def __init__(self, machine: Machine, steps: int) -> None:
        self.machine = machine
        self.steps = steps
        # Once for all runs: there may be many.
        self.starts = machine.starts()
        self.invariants = properties(machine.program, PropertyKind.INVARIANT)
        self.step_invariants = properties(machine.program, PropertyKind.STEP_INVARIANT)
        self.goals = properties(machine.program, PropertyKind.REACHABLE)
        self.constraints = properties(machine.program, PropertyKind.CONSTRAINT)
        self.terminals = properties(machine.program, PropertyKind.TERMINAL)

    def walk(self, number: int, draws: Draws) -> Walk:
        walk = Walk(number)
        transitions = self.starts
        before: State | None = None
        while transitions:
            label, after = transitions[draws.below(len(transitions))]
            walk.labels.append(label)
            if isinstance(after, ModelError):
                walk.fault = Fault(Flaw.MODEL_ERROR, after.kind, None, after)
                break
            walk.states.append(after)
            walk.fault, inside = self._looked_at(before, after)
            if walk.fault is not None or not inside:
                break
            transitions = self.machine.successors(after)
            walk.ways.append(len(transitions))
            if transitions and len(walk.labels) > self.steps:
                return walk
            before = after
        walk.end = self._end(walk)
        return walk

    def _end(self, walk: Walk) -> str:
        if not walk.labels:
            return "no start"
        if walk.fault is None and walk.ways and len(walk.ways) == len(walk.states):
            walk.fault = self._at_an_end(walk.states[-1])
            return "stuck" if walk.fault is None else "fault"
        return "constraint" if walk.fault is None else "fault"

    def _looked_at(self, before: State | None, after: State) -> tuple[Fault | None, bool]:
        """What a state, or the step to it, violates, first by the checker's preference; and
        whether the state lies inside the constraints."""
        found: list[Fault] = []
        if before is not None:
            for k in self.step_invariants:
                self._evaluate(k, after, before, Flaw.STEP_INVARIANT, found)
        for k in self.invariants:
            self._evaluate(k, after, None, Flaw.INVARIANT, found)
        for k in self.goals:
            self._evaluate(k, after, None, None, found)
        # Once it is outside one, the others are not looked at.
        inside = all(self._evaluate(k, after, None, None, found) for k in self.constraints)
        order = list(Flaw)
        fault = min(found, key=lambda each: (order.index(each.flaw), each.name), default=None)
        return fault, inside

    def _evaluate(
        self, k: int, state: State, before: State | None, flaw: Flaw | None, found: list[Fault]
    ) -> bool:
        """Whether a property is true; a model error passes for it. What is wrong is `found`;
        without a `flaw` it is none if the property is false."""
        value = self.machine.check(k, state, before)
        if isinstance(value, ModelError):
            found.append(Fault(Flaw.MODEL_ERROR, value.kind, k, value))
        elif not value and flaw is not None:
            found.append(Fault(flaw, self.machine.program.properties[k].name, k))
        return bool(value)

    def _at_an_end(self, state: State) -> Fault | None:
        """What is wrong with a state in which nothing can happen."""
        if not self.machine.program.deadlock or self.machine.at_rest(state):
            return None
        found: list[Fault] = []
        if any(self._evaluate(k, state, None, None, found) for k in self.terminals):
            return found[0] if found else None
        return Fault(Flaw.DEADLOCK, "deadlock")


# --- figures --------------------------------------------------------------------------


def figures_of(
    machine: Machine,
    taken: Iterable[Walk],
    each: Callable[[Walk], None] | None = None,
    progress: RunProgress | None = None,
    most_steps: int | None = None,
) -> RunFigures:
    """The figures of these runs; `each` is called with every one.

    It ends early where all of them together take more than `most_steps`. An interrupt from the
    keyboard ends it with what is known.
    """
    counting = _Counting(machine)
    due = perf_counter() + PACE
    try:
        for walk in taken:
            counting.add(walk)
            if each is not None:
                each(walk)
            if most_steps is not None and counting.figures.steps > most_steps:
                break
            if progress is not None and perf_counter() > due:
                due = perf_counter() + PACE
                figures = counting.figures
                progress(figures.runs, figures.steps, len(counting.least))
    except KeyboardInterrupt:
        counting.figures.interrupted = True
    return counting.finished()


class _Counting:
    """Figures under way; `least` has the fewest steps after which each state was met."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.figures = RunFigures(unmet=properties(machine.program, PropertyKind.REACHABLE))
        self.least: dict[State, int] = {}

    def add(self, walk: Walk) -> None:
        """Add a run."""
        figures = self.figures
        figures.runs += 1
        figures.ends[walk.end] += 1
        length = max(0, len(walk.labels) - 1)
        figures.steps += length
        while len(figures.levels) <= length:
            figures.levels.append(Level())
        figures.levels[length].ended += 1
        if walk.fault is not None:
            figures.faults[walk.fault.name] += 1
            figures.first_wrong = min(figures.first_wrong or walk.number, walk.number)
        for depth, ways in enumerate(walk.ways):
            figures.levels[depth].asked += 1
            figures.levels[depth].ways += ways
        for depth, state in enumerate(walk.states):
            figures.levels[depth].runs += 1
            known = self.least.get(state)
            if known is None:
                self._meet(state)
            if known is None or depth < known:
                self.least[state] = depth

    def _meet(self, state: State) -> None:
        unmet = self.figures.unmet
        if unmet:
            unmet[:] = [k for k in unmet if self.machine.check(k, state) is not True]

    def finished(self) -> RunFigures:
        """The figures, with what only the end tells."""
        self.figures.states = len(self.least)
        for depth in self.least.values():
            self.figures.levels[depth].new += 1
        return self.figures
