"""A program's states and transitions as compact arrays, made by whichever engine can."""

from __future__ import annotations

from dataclasses import replace

from ordercheck.checking.explorers import or_bad_input, or_interpreted
from ordercheck.engines.exploration import NO_LIMITS, Limits, Progress, counted
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.interpreter.machine import properties
from ordercheck.engines.state_arrays import StateArrays, interpreted_arrays
from ordercheck.engines.transition import ModelError, State
from ordercheck.ir.nodes import Program, PropertyKind

FEW_STATES = 5_000
"""So many states the interpreter goes through in less time than a compiler takes for its work."""


def state_arrays(
    program: Program,
    limits: Limits = NO_LIMITS,
    progress: Progress | None = None,
    engine: str = "auto",
    compiler: str | None = None,
) -> StateArrays:
    """All reachable states and their transitions; within `limits`, those of finished levels.

    `engine` is "auto", "native" or "interpreter": the arrays are the same. Raises BadInput
    where it is to be native, and cannot.
    """
    if engine == "native":
        return or_bad_input(lambda: _natively(program, limits, progress, compiler))
    machine = Machine(program)

    def interpreted(note: str) -> StateArrays:
        arrays = interpreted_arrays(machine, limits, progress)
        arrays.notes.append(note)
        return arrays

    if engine == "interpreter":
        return interpreted_arrays(machine, limits, progress)
    few = limits if (limits.states or FEW_STATES + 1) <= FEW_STATES else None
    found = interpreted_arrays(machine, few or replace(limits, states=FEW_STATES), progress)
    if few is not None or found.limit != counted(FEW_STATES, "state"):
        return found
    return or_interpreted(lambda: _natively(program, limits, progress, compiler), interpreted)


def _natively(
    program: Program, limits: Limits, progress: Progress | None, compiler: str | None
) -> StateArrays:
    from ordercheck.engines.native.graph import native_arrays
    from ordercheck.engines.native.surveying import survey_of

    return native_arrays(survey_of(program, compiler), program, limits, progress)


# --- what is wrong where --------------------------------------------------------------


def violated(arrays: StateArrays, machine: Machine) -> dict[int, tuple[str, ...]]:
    """The names of what is wrong in each state where anything is: invariants, model errors,
    "deadlock"."""
    names: dict[int, dict[str, None]] = {}
    for k in properties(arrays.program, PropertyKind.INVARIANT):
        for number, value in enumerate(arrays.values(k)):
            if value != 1:
                found = machine.check(k, arrays.state(number))
                name = arrays.program.properties[k].name
                wrong = found.kind if isinstance(found, ModelError) else name
                names.setdefault(number, {})[wrong] = None
    failing = dict.fromkeys(arrays.failures[::3])
    for number in failing:
        for _, kind in arrays.failures_of(number):
            names.setdefault(number, {})[kind] = None
    for number in range(arrays.expanded):
        has_ways = arrays.offsets[number] < arrays.offsets[number + 1] or number in failing
        if not has_ways and is_deadlock(machine, arrays.state(number)):
            names.setdefault(number, {})["deadlock"] = None
    return {number: tuple(names[number]) for number in sorted(names)}


def is_deadlock(machine: Machine, state: State) -> bool:
    """Whether a state without steps is none that is meant to be the end."""
    if not machine.program.deadlock or machine.at_rest(state):
        return False
    terminals = properties(machine.program, PropertyKind.TERMINAL)
    return not any(machine.check(k, state) is True for k in terminals)
