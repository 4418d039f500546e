"""Random runs: what they met, in figures, and the first that goes wrong, explained."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from ordercheck.checking.evidence import Explainer
from ordercheck.checking.verdict import Violation, ViolationKind
from ordercheck.engines.exploration import Flaw
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.interpreter.machine import properties
from ordercheck.engines.simulation import Fault, Walk, walks
from ordercheck.engines.transition import Label, State
from ordercheck.ir.nodes import Program, PropertyKind
from ordercheck.ir.span import NOWHERE


@dataclass(slots=True)
class Level:
    """What all runs met after the same number of steps.

    `runs` got there, with `ways` to go on in all, over those that were asked; `new` are
    states that no run had met before, nor this one earlier.
    """

    runs: int = 0
    asked: int = 0
    ways: int = 0
    new: int = 0


@dataclass(slots=True)
class Simulation:
    """What some random runs have found. It proves nothing.

    `ends` counts runs by how they ended (`engines.simulation.Walk`), `faults` by what
    they violate. `first` is the first that is wrong, with its number; `unmet` are
    REACHABLE properties that were never true.
    """

    program: Program
    seed: int
    steps: int
    runs: int = 0
    states: set[State] = field(default_factory=set, repr=False)
    levels: list[Level] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    lengths: list[int] = field(default_factory=list)
    unmet: list[str] = field(default_factory=list)
    first: Violation | None = None
    number: int = 0


def simulate(
    program: Program,
    numbers: range,
    steps: int,
    seed: int = 0,
    each: Callable[[Walk], None] | None = None,
) -> Simulation:
    """The runs with these numbers; `each` is called with every one.

    An interrupt from the keyboard ends it with what is known; `runs` then is less than
    was asked for.
    """
    machine = Machine(program)
    made = Simulation(program, seed, steps)
    goals = properties(program, PropertyKind.REACHABLE)
    first: Walk | None = None
    try:
        for walk in walks(machine, numbers, steps, seed):
            new = _count(made, walk)
            goals = [k for k in goals if not any(machine.check(k, s) is True for s in new)]
            if walk.fault is not None:
                made.faults[walk.fault.name] += 1
                first = first or walk
            if each is not None:
                each(walk)
    except KeyboardInterrupt:
        pass
    made.unmet = [program.properties[k].name for k in goals]
    if first is not None:
        made.first = Explainer(program).explained(violation_of(program, first))
        made.number = first.number
    return made


def _count(made: Simulation, walk: Walk) -> list[State]:
    """Add a run to the figures; the states that are new."""
    made.runs += 1
    made.ends[walk.end] += 1
    made.lengths.append(max(0, len(walk.labels) - 1))
    new: list[State] = []
    for depth, state in enumerate(walk.states):
        if depth == len(made.levels):
            made.levels.append(Level())
        level = made.levels[depth]
        level.runs += 1
        if depth < len(walk.ways):
            level.asked += 1
            level.ways += walk.ways[depth]
        if state not in made.states:
            made.states.add(state)
            level.new += 1
            new.append(state)
    return new


def violation_of(program: Program, walk: Walk) -> Violation:
    """What is wrong with a run that ends in a fault; not yet explained."""
    fault = walk.fault
    assert fault is not None
    claim = None if fault.property is None else program.properties[fault.property]
    return Violation(
        fault.name,
        ViolationKind(fault.flaw.value),
        _message(fault),
        fault.error.span if fault.error else claim.span if claim else NOWHERE,
        tuple(Label(*label) for label in walk.labels),
        fault.error,
    )


def _message(fault: Fault) -> str:
    if fault.error is not None:
        return fault.error.message
    return "nothing can happen any more" if fault.flaw is Flaw.DEADLOCK else f"{fault.name} fails"
