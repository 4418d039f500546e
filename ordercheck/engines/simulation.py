"""Random runs of a machine, each reproducible from its seed and its number alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from ordercheck.engines.exploration import Flaw
from ordercheck.engines.interpreter.machine import Machine, RawLabel, RawTransition, properties
from ordercheck.engines.transition import ModelError, State
from ordercheck.ir.nodes import PropertyKind


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


def walks(machine: Machine, numbers: range, steps: int, seed: int) -> Iterator[Walk]:
    """The runs with these numbers, of at most `steps` steps."""
    walker = _Walker(machine, steps)
    for number in numbers:
        # A text as seed: hashed by SHA-512, so runs are independent and the same everywhere.
        yield walker.walk(number, Random(f"{seed}/{number}"))


class _Walker:
    def __init__(self, machine: Machine, steps: int) -> None:
        self.machine = machine
        self.steps = steps
        self.invariants = properties(machine.program, PropertyKind.INVARIANT)
        self.step_invariants = properties(machine.program, PropertyKind.STEP_INVARIANT)
        self.constraints = properties(machine.program, PropertyKind.CONSTRAINT)
        self.terminals = properties(machine.program, PropertyKind.TERMINAL)

    def walk(self, number: int, random: Random) -> Walk:
        walk = Walk(number)
        transitions = self.machine.starts()
        before: State | None = None
        while transitions:
            label, after = _one_of(transitions, random)
            walk.labels.append(label)
            if isinstance(after, ModelError):
                walk.fault = Fault(Flaw.MODEL_ERROR, after.kind, None, after)
                break
            walk.states.append(after)
            walk.fault = self._wrong(before, after)
            if walk.fault is not None or self._is_outside(after):
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
            walk.fault = self._deadlock(walk.states[-1])
            return "stuck" if walk.fault is None else "fault"
        return "constraint" if walk.fault is None else "fault"

    def _wrong(self, before: State | None, after: State) -> Fault | None:
        """What a state, or the step to it, violates; in the order of the checker's preference."""
        found: list[Fault] = []
        claims = [(k, Flaw.INVARIANT) for k in self.invariants]
        if before is not None:
            claims = [(k, Flaw.STEP_INVARIANT) for k in self.step_invariants] + claims
        for k, flaw in claims:
            value = self.machine.check(k, after, before if flaw is Flaw.STEP_INVARIANT else None)
            if isinstance(value, ModelError):
                found.append(Fault(Flaw.MODEL_ERROR, value.kind, k, value))
            elif not value:
                found.append(Fault(flaw, self.machine.program.properties[k].name, k))
        order = list(Flaw)
        return min(found, key=lambda each: (order.index(each.flaw), each.name), default=None)

    def _is_outside(self, state: State) -> bool:
        return any(self.machine.check(k, state) is False for k in self.constraints)

    def _deadlock(self, state: State) -> Fault | None:
        if not self.machine.program.deadlock or self.machine.at_rest(state):
            return None
        if any(self.machine.check(k, state) is True for k in self.terminals):
            return None
        return Fault(Flaw.DEADLOCK, "deadlock")


def _one_of(transitions: list[RawTransition], random: Random) -> RawTransition:
    # Not choice(): only random() is promised to be the same in every version of Python.
    return transitions[int(random.random() * len(transitions))]
