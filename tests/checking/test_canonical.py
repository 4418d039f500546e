"""The trace that is shown, against all shortest ones, listed one by one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from hypothesis import given, settings

from ordercheck.checking import Options, check
from ordercheck.checking.verdict import Violation, ViolationKind
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.transition import Label, ModelError, State
from tests.checking.graphs import Graph, graphs, program_of
from tests.engines.two_phase import two_phase

Walk = tuple[tuple[Label, ...], list[State | ModelError]]


def walks(machine: Machine, steps: int) -> Iterator[Walk]:
    """All walks of so many steps."""
    if steps == 0:
        for transition in machine.initial():
            yield (transition.label,), [transition.target]
        return
    for labels, states in walks(machine, steps - 1):
        if isinstance(states[-1], ModelError):
            continue
        for transition in machine.expand(states[-1]):
            yield (*labels, transition.label), [*states, transition.target]


def is_wrong(machine: Machine, violation: Violation, states: list[State | ModelError]) -> bool:
    end = states[-1]
    if isinstance(end, ModelError):
        return violation.kind is ViolationKind.MODEL_ERROR
    match violation.kind:
        case ViolationKind.DEADLOCK:
            return not machine.expand(end)
        case ViolationKind.INVARIANT:
            return machine.check(0, end) is False
        case ViolationKind.STEP_INVARIANT:
            before = states[-2] if len(states) > 1 else None
            return isinstance(before, tuple) and machine.check(1, end, before) is False
        case _:
            return False


def rank(machine: Machine, labels: tuple[Label, ...]) -> tuple[int, tuple[Label, ...]]:
    steps = machine.program.steps
    actors = [steps[label.step].actors[label.binding] for label in labels[1:]]
    return sum(a != b for a, b in pairwise(actors)), labels


def check_violation(machine: Machine, violation: Violation) -> None:
    for steps in range(violation.steps):
        shorter = (states for _, states in walks(machine, steps))
        assert not any(is_wrong(machine, violation, states) for states in shorter)
    ways = [
        labels
        for labels, states in walks(machine, violation.steps)
        if is_wrong(machine, violation, states)
    ]
    assert violation.labels == min(ways, key=lambda labels: rank(machine, labels))


@settings(max_examples=400, deadline=None)
@given(graphs())
def test_each_trace_is_the_first_of_all(graph: Graph) -> None:
    program = program_of(graph)
    machine = Machine(program)
    for violation in check(program, Options(continue_=True, traces=False)).violations:
        if violation.steps <= 5:
            check_violation(machine, violation)


def everything_wrong(machine: Machine, most: int) -> dict[tuple[ViolationKind, str], int]:
    """The steps of the shortest walk to each thing that is wrong, up to `most`."""
    names = {
        ViolationKind.MODEL_ERROR: "range",
        ViolationKind.STEP_INVARIANT: "kept",
        ViolationKind.INVARIANT: "good",
        ViolationKind.DEADLOCK: "deadlock",
    }
    found: dict[tuple[ViolationKind, str], int] = {}
    for steps in range(most + 1):
        for _, states in walks(machine, steps):
            for kind, name in names.items():
                if is_wrong(machine, Violation(name, kind, ""), states):
                    found.setdefault((kind, name), steps)
    return found


@settings(max_examples=200, deadline=None)
@given(graphs())
def test_everything_wrong_is_found(graph: Graph) -> None:
    program = program_of(graph)
    verdict = check(program, Options(continue_=True, traces=False))
    found = {(v.kind, v.name): v.steps for v in verdict.violations}
    near = {key: steps for key, steps in found.items() if steps <= 4}
    assert near == everything_wrong(Machine(program), 4)
    order = [(v.steps, list(ViolationKind).index(v.kind), v.name) for v in verdict.violations]
    assert order == sorted(order)


@settings(max_examples=200, deadline=None)
@given(graphs())
def test_stopping_early_finds_the_same_first_violation(graph: Graph) -> None:
    program = program_of(graph)
    stopped = check(program, Options(traces=False))
    whole = check(program, Options(continue_=True, traces=False))
    assert stopped.outcome == whole.outcome
    assert stopped.violations[:1] == whole.violations[:1]
    assert len({violation.steps for violation in stopped.violations}) <= 1


def test_the_trace_of_a_hasty_manager() -> None:
    (violation,) = check(two_phase(3, 2)).violations
    steps = two_phase(3, 2).steps
    told = [f"{steps[k.step].name} {steps[k.step].actors[k.binding]}" for k in violation.labels[1:]]
    assert told == [
        "rm_prepare rm[0]",
        "tm_rcv_prepared rm[0]",
        "rm_prepare rm[1]",
        "tm_rcv_prepared rm[1]",
        "tm_commit tm",
        "rm_choose_abort rm[2]",
        "rm_rcv_commit rm[0]",
    ]
