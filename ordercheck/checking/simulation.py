"""Random runs: what they met, in figures, and the first that goes wrong, explained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ordercheck.checking.evidence import Explainer
from ordercheck.checking.explorers import or_bad_input, or_interpreted
from ordercheck.checking.verdict import Violation, ViolationKind
from ordercheck.engines.exploration import Flaw
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.simulation import (
    Fault,
    RunFigures,
    RunProgress,
    Walk,
    figures_of,
    walks,
)
from ordercheck.engines.transition import Label
from ordercheck.ir.nodes import Program
from ordercheck.ir.span import NOWHERE

FEW_STEPS = 20_000
"""So many steps the interpreter takes in less time than a compiler takes for its work."""


@dataclass(frozen=True, slots=True)
class Runs:
    """Which runs to take, and with what.

    `engine` is "auto", "native" or "interpreter": the runs are the same. `workers` are threads
    of the native engine, None for one on each core; `memory` bounds what it keeps of the states
    that it met.
    """

    numbers: range
    steps: int = 100
    seed: int = 0
    engine: str = "auto"
    workers: int | None = None
    memory: int | None = None
    compiler: str | None = None


@dataclass(frozen=True, slots=True)
class Simulation:
    """What some random runs have found. It proves nothing.

    `first` is the first run that is wrong, explained, with its `number`; `unmet` are
    REACHABLE properties that were never true; `notes` say what restricts the figures.
    """

    program: Program
    runs: Runs
    engine: str
    figures: RunFigures
    unmet: tuple[str, ...] = ()
    first: Violation | None = None
    number: int = 0
    notes: tuple[str, ...] = ()


def simulate(
    program: Program,
    runs: Runs,
    each: Callable[[Walk], None] | None = None,
    progress: RunProgress | None = None,
) -> Simulation:
    """Take these runs; `each` is called with every one, as the interpreter takes it.

    An interrupt from the keyboard ends it with what is known.
    """
    machine = Machine(program)
    engine, figures, note = _taken(machine, runs, each, progress)
    number = figures.first_wrong
    unmet = tuple(program.properties[k].name for k in figures.unmet)
    found = Simulation(program, runs, engine, figures, unmet, notes=(note,) if note else ())
    if not number:
        return found
    # Whoever took it: what is shown is what the interpreter does.
    (walk,) = walks(machine, range(number, number + 1), runs.steps, runs.seed)
    assert walk.fault is not None, f"run {number} goes wrong with {engine} only"
    first = Explainer(program).explained(violation_of(program, walk))
    return Simulation(program, runs, engine, figures, unmet, first, number, found.notes)


def _taken(
    machine: Machine,
    runs: Runs,
    each: Callable[[Walk], None] | None,
    progress: RunProgress | None,
) -> tuple[str, RunFigures, str]:
    """Which engine it was, what it found, and a note."""

    def interpreted(note: str, most_steps: int | None = None) -> tuple[str, RunFigures, str]:
        taken = walks(machine, runs.numbers, runs.steps, runs.seed)
        return "interpreter", figures_of(machine, taken, each, progress, most_steps), note

    def natively() -> tuple[str, RunFigures, str]:
        return "native", _natively(machine, runs, each, progress), ""

    if runs.engine == "native":
        return or_bad_input(natively)
    # Whoever wants every run has the interpreter explain it, which takes longer than taking it.
    if runs.engine == "interpreter" or each is not None:
        return interpreted("")
    found = interpreted("", FEW_STEPS)
    if found[1].interrupted or found[1].runs == len(runs.numbers):
        return found
    return or_interpreted(natively, interpreted)


def _natively(
    machine: Machine,
    runs: Runs,
    each: Callable[[Walk], None] | None,
    progress: RunProgress | None,
) -> RunFigures:
    from ordercheck.engines.native.surveying import survey_of
    from ordercheck.engines.native.walking import native_figures, native_walks

    program = machine.program
    survey = survey_of(program, runs.compiler)
    if each is not None:
        taken = native_walks(survey, program, runs.numbers, runs.steps, runs.seed)
        return figures_of(machine, taken, each, progress)
    return native_figures(
        survey,
        program,
        runs.numbers,
        runs.steps,
        runs.seed,
        runs.workers,
        runs.memory,
        progress,
    )


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
