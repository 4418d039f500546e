"""From the states in a model of z3's to the labels that the interpreter gives the same path."""

from __future__ import annotations

from collections.abc import Sequence

from ordercheck.engines.interpreter.machine import Machine, RawTransition
from ordercheck.engines.transition import Label, ModelError, State

Path = tuple[Label, ...]


class Mismatch(Exception):
    """The interpreter has no such path: a fault of ordercheck's own."""


def labelled(
    machine: Machine,
    states: Sequence[State],
    attempts: Sequence[tuple[int, int]],
    error: str = "",
) -> Path:
    """The labels of a path through these states, the initial state's first.

    `attempts` are the steps between them, each with its binding; where it ends in a model
    error of a kind, the last of them leads to none.
    """
    if not states:
        return (_label(machine.starts(), (-1, 0), error),)
    first = _label(machine.starts(), (-1, 0), states[0])
    return (first, *onward(machine, states, attempts, error))


def onward(
    machine: Machine,
    states: Sequence[State],
    attempts: Sequence[tuple[int, int]],
    error: str = "",
) -> Path:
    """The labels of the steps from the first of these states on."""
    labels: list[Label] = []
    for k, attempt in enumerate(attempts):
        aim = states[k + 1] if k + 1 < len(states) else error
        labels.append(_label(machine.successors(states[k]), attempt, aim))
    return tuple(labels)


def _label(ways: Sequence[RawTransition], attempt: tuple[int, int], aim: State | str) -> Label:
    """The least label of one step's transitions that lead to a state, or to an error of a kind."""
    fitting = [
        label
        for label, target in ways
        if label[:2] == attempt
        and (target.kind if isinstance(target, ModelError) else target) == aim
    ]
    if not fitting:
        raise Mismatch(f"the interpreter has no step {attempt} to {aim}")
    return Label(*min(fitting))
