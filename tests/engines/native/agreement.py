"""Compares generated code with the interpreter, state by state."""

from __future__ import annotations

from collections.abc import Iterable

from ordercheck.engines.exploration import antecedents
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.interpreter.machine import RawTransition
from ordercheck.engines.transition import ModelError, State
from ordercheck.ir.nodes import Program, PropertyKind
from tests.engines.native.driver import Native


def without_words(found: Iterable[RawTransition]) -> list[RawTransition]:
    """Errors by their kind alone: the words are the interpreter's, who replays a trace."""
    return [
        (label, ModelError(target.kind, "") if isinstance(target, ModelError) else target)
        for label, target in found
    ]


def compare_walk(program: Program, native: Native, states: int) -> int:
    """Compare the first states of a breadth-first search; how many there were."""
    machine = Machine(program)
    starts = without_words(machine.starts())
    assert native.starts() == starts
    found = dict.fromkeys(t for _, t in starts if not isinstance(t, ModelError))
    pending = list(found)
    for number, state in enumerate(pending):
        if number == states:
            break
        for following in compare_state(machine, native, state):
            if following not in found:
                found[following] = None
                pending.append(following)
    assert list(native.reached)[: len(program.cover)] == list(machine.reached)
    return min(states, len(pending))


def compare_state(machine: Machine, native: Native, state: State) -> list[State]:
    """Compare all that can be asked of one state; the states after it."""
    layout = native.generated.layout
    assert layout.decode(layout.encode(state)) == state
    ways = without_words(machine.successors(state))
    assert native.successors(state) == ways
    assert native.at_rest(state) == machine.at_rest(state)
    native.antecedents(state)
    for point, name in antecedents(machine.program):
        machine.reached[point] |= machine.evaluate(name, state) is True
    targets = [target for _, target in ways if not isinstance(target, ModelError)]
    for k, claim in enumerate(machine.program.properties):
        if claim.kind is not PropertyKind.STEP_INVARIANT:
            compare_property(machine, native, k, state, None)
            continue
        for target in targets:
            compare_property(machine, native, k, target, state)
    return targets


def compare_property(
    machine: Machine, native: Native, k: int, state: State, before: State | None
) -> None:
    """Compare the value of a property, or the kind of the error that it ends in."""
    found = machine.check(k, state, before)
    wanted = found.kind if isinstance(found, ModelError) else found
    assert native.check(k, state, before) == wanted, machine.program.properties[k].name
