"""Figures, limits, and what the search finds wrong."""

from __future__ import annotations

import gc
from dataclasses import replace

import pytest

from ordercheck.engines.exploration import NO_LIMITS, Exploration, Figures, Flaw, Limits, explore
from ordercheck.engines.interpreter import Machine
from ordercheck.ir.nodes import (
    Assert,
    Choose,
    Const,
    CoverPoint,
    Expr,
    Function,
    Local,
    Op,
    Program,
    Property,
    PropertyKind,
    Require,
    Return,
    Step,
    StepKind,
    Stmt,
    Suspend,
    Wait,
)
from ordercheck.ir.nodes import Load as LoadNode
from ordercheck.ir.types import IntType, ListType, PlaceType
from tests.engines.run import endless, on_loop, tasks
from tests.engines.two_phase import two_phase
from tests.ir.build import BOOL, apply, at, block, equal, load, local, number, plus, program, store

WIDE = IntType(0, 100)


def count() -> Expr:
    return load(0, WIDE)


def put(value: Expr) -> Stmt:
    return store(0, value, WIDE)


def step(name: str, *body: Stmt) -> Step:
    return Step(name, StepKind.ACTION, (), ((),), (name,), body, at(len(name)))


def below(limit: int) -> Expr:
    return apply(Op.LT, count(), number(limit))


def counter(top: int, *more: Step, initial: int = 0) -> Program:
    """Counts from 0 to `top`, then stops."""
    up = step("up", Require(below(top)), put(plus(count(), number(1))))
    return program(slots=(WIDE,), initial=(initial,), steps=(up, *more))


def claim(made: Program, kind: PropertyKind, expr: Expr, name: str = "") -> Program:
    name = name or kind.value.replace(" ", "_")
    function = Function(name, (), BOOL, (Return(expr),))
    prop = Property(name, kind, name, span=at(50))
    return replace(
        made,
        functions=(*made.functions, function),
        properties=(*made.properties, prop),
    )


def search(made: Program, limits: Limits = NO_LIMITS, continue_: bool = False) -> Exploration:
    return explore(Machine(made), limits, continue_)


def found(result: Exploration) -> dict[tuple[Flaw, str], int]:
    return {key: finding.steps for key, finding in result.findings.items()}


@pytest.mark.parametrize(
    ("n", "states", "generated", "depth"), [(3, 288, 1146, 11), (5, 8832, 58146, 17)]
)
def test_two_phase_commit(n: int, states: int, generated: int, depth: int) -> None:
    result = search(two_phase(n))
    assert result.figures == Figures(states, generated - result.initial, depth, 0)
    assert result.initial == 1
    assert result.complete
    assert result.findings == {}


def test_two_phase_commit_with_a_hasty_manager() -> None:
    """348 states and 7 steps: the figures of the published case `two_phase_3_hasty`."""
    result = search(two_phase(3, 2), continue_=True)
    assert (result.figures.states, result.figures.depth) == (348, 11)
    assert found(result) == {(Flaw.INVARIANT, "consistent"): 7}


def test_repetitions_and_self_loops_are_transitions() -> None:
    stay = step("stay", put(count()))
    twice = step("twice", put(count()))
    assert search(counter(2, stay, twice)).figures == Figures(3, 2 + 3 + 3, 3, 0)


# --- stuck states -----------------------------------------------------------------------


def test_a_stuck_state_is_a_deadlock() -> None:
    result = search(counter(3))
    assert result.figures == Figures(4, 3, 4, 1)
    assert found(result) == {(Flaw.DEADLOCK, "deadlock"): 3}


def test_a_terminal_state_is_none_but_counts_as_stuck() -> None:
    made = claim(counter(3), PropertyKind.TERMINAL, equal(count(), number(3)))
    result = search(made)
    assert (result.findings, result.figures.stuck) == ({}, 1)


def test_deadlocks_can_be_left_alone() -> None:
    result = search(replace(counter(3), deadlock=False))
    assert (result.findings, result.figures.stuck) == ({}, 1)


def test_finished_tasks_are_at_rest() -> None:
    result = search(tasks(block("one", step="two"), block("two"), members=2))
    assert (result.findings, result.figures) == ({}, Figures(9, 12, 5, 1))


def parked(*, daemon: bool) -> Program:
    waiting = replace(block("one"), terminator=Suspend(Wait.UNTIL, "two", at(1)))
    made = tasks(waiting, block("two", Require(Const(False, BOOL))))
    return replace(made, tasks=tuple(replace(t, daemon=daemon) for t in made.tasks))


def test_a_daemon_may_wait_for_ever_and_nobody_else() -> None:
    assert search(parked(daemon=True)).findings == {}
    assert found(search(parked(daemon=False))) == {(Flaw.DEADLOCK, "deadlock"): 1}


def test_tasks_of_loops_are_not_free() -> None:
    result = search(on_loop(tasks(block("one"))))
    assert found(result) == {(Flaw.DEADLOCK, "deadlock"): 0}


def test_a_state_whose_attempts_all_fail_is_not_stuck() -> None:
    fails = step("fails", Assert(below(3), None, at(9)))
    made = program(slots=(WIDE,), initial=(3,), steps=(fails,))
    result = search(made)
    assert result.figures == Figures(1, 1, 1, 0)
    assert found(result) == {(Flaw.MODEL_ERROR, "assert"): 1}


# --- properties -------------------------------------------------------------------------


def test_the_level_of_the_first_violation_is_finished() -> None:
    made = claim(counter(9), PropertyKind.INVARIANT, below(2))
    result = search(made)
    assert found(result) == {(Flaw.INVARIANT, "invariant"): 2}
    assert result.figures == Figures(3, 2, 3, 0)
    assert not result.complete


def test_an_initial_state_can_be_wrong() -> None:
    result = search(claim(counter(9), PropertyKind.INVARIANT, below(0)))
    assert found(result) == {(Flaw.INVARIANT, "invariant"): 0}
    assert result.figures == Figures(1, 0, 1, 0)


def test_going_on_finds_each_shortest_path() -> None:
    made = claim(counter(9), PropertyKind.INVARIANT, below(5), "late")
    made = claim(made, PropertyKind.INVARIANT, below(2), "early")
    result = search(made, continue_=True)
    assert found(result) == {
        (Flaw.INVARIANT, "early"): 2,
        (Flaw.INVARIANT, "late"): 5,
        (Flaw.DEADLOCK, "deadlock"): 9,
    }
    assert result.complete


def test_step_invariants_see_both_states() -> None:
    before = LoadNode(Const(0, PlaceType(WIDE, (0,))), WIDE, old=True)
    grows = apply(Op.LE, before, count())
    reset = step("reset", Require(equal(count(), number(4))), put(number(0)))
    result = search(claim(counter(9, reset), PropertyKind.STEP_INVARIANT, grows))
    assert found(result) == {(Flaw.STEP_INVARIANT, "step_invariant"): 5}


def test_step_invariants_hold_of_transitions_to_known_states_too() -> None:
    before = LoadNode(Const(0, PlaceType(WIDE, (0,))), WIDE, old=True)
    changes = apply(Op.NE, before, count())
    stay = step("stay", Require(equal(count(), number(1))), put(count()))
    result = search(claim(counter(9, stay), PropertyKind.STEP_INVARIANT, changes))
    assert found(result) == {(Flaw.STEP_INVARIANT, "step_invariant"): 2}


def test_reachable_states_are_met_or_not() -> None:
    made = claim(counter(3), PropertyKind.REACHABLE, equal(count(), number(3)), "met")
    made = claim(made, PropertyKind.REACHABLE, equal(count(), number(4)), "unmet")
    assert search(made, continue_=True).unmet == [1]


def test_constraints_leave_states_out_but_check_them() -> None:
    made = claim(counter(9), PropertyKind.CONSTRAINT, below(4))
    assert search(made).figures == Figures(4, 4, 4, 0)
    made = claim(made, PropertyKind.INVARIANT, below(4))
    result = search(made)
    assert found(result) == {(Flaw.INVARIANT, "invariant"): 4}
    assert result.figures == Figures(4, 4, 4, 0)


def test_an_error_in_a_property_is_a_model_error() -> None:
    broken = apply(Op.EQ, apply(Op.FLOORDIV, number(1), count(), kind=WIDE), number(1))
    result = search(claim(counter(3, initial=0), PropertyKind.INVARIANT, broken))
    assert found(result) == {(Flaw.MODEL_ERROR, "division"): 0}


def test_antecedents_that_were_true_are_covered() -> None:
    made = claim(counter(3), PropertyKind.INVARIANT, below(9))
    functions = [
        Function(n, (), BOOL, (Return(equal(count(), number(k))),))
        for n, k in (("three", 3), ("seven", 7))
    ]
    prop = replace(made.properties[0], antecedents=(("three", "n == 3"), ("seven", "n == 7")))
    points = tuple(CoverPoint("antecedent", name) for name, _ in prop.antecedents)
    made = replace(made, functions=(*made.functions, *functions), properties=(prop,), cover=points)
    machine = Machine(made)
    explore(machine)
    assert list(machine.reached) == [1, 0]


def test_several_ways_to_go_wrong_are_all_kept() -> None:
    k = Local("k", WIDE)
    options = Const((3, 4, 5), ListType(WIDE, 3))
    jump = step("jump", Choose(k, options, "k"), put(k))
    made = program(slots=(WIDE,), initial=(0,), steps=(jump,))
    (finding,) = search(claim(made, PropertyKind.INVARIANT, below(4))).findings.values()
    assert [witness.target for witness in finding.witnesses] == [(4,), (5,)]


def test_errors_at_the_start() -> None:
    made = replace(counter(3), init=(Assert(Const(False, BOOL), None, at(4)),))
    result = search(made)
    assert found(result) == {(Flaw.MODEL_ERROR, "assert"): 0}
    assert (result.initial, result.figures) == (0, Figures())


# --- limits -----------------------------------------------------------------------------


def test_a_limit_of_levels() -> None:
    result = search(counter(50), Limits(depth=4))
    assert (result.limit, result.complete) == ("4 levels", False)
    assert result.figures == Figures(4, 3, 4, 0)
    assert search(
        claim(counter(3), PropertyKind.TERMINAL, Const(True, BOOL)), Limits(depth=9)
    ).complete


def test_a_limit_of_states_gives_the_figures_of_finished_levels() -> None:
    k = local("k", WIDE)
    options = Const((1, 2, 3), ListType(WIDE, 3))
    add = step("add", Choose(k, options, "k"), Require(below(60)), put(plus(count(), k)))
    result = search(program(slots=(WIDE,), initial=(0,), steps=(add,)), Limits(states=10))
    assert result.limit == "10 states"
    # Levels hold 1, 3, 3, 3, … states; the limit is met in the fifth.
    assert result.figures == Figures(10, 21, 4, 0)


def test_a_limit_of_time() -> None:
    result = search(two_phase(7), Limits(seconds=0.05))
    assert result.limit == "0.05 seconds"
    assert 1 < result.figures.depth < 23


def test_a_limit_of_memory() -> None:
    result = search(two_phase(7), Limits(memory=2**20))
    assert result.limit == "1 MiB of memory"


@pytest.mark.parametrize("limits", [Limits(seconds=0.1), Limits(memory=2**20)], ids=str)
def test_limits_hold_among_the_ways_of_one_state(limits: Limits) -> None:
    made = endless(60)
    machine = Machine(made)
    result = explore(machine, limits)
    assert result.limit in ("0.1 seconds", "1 MiB of memory")
    assert result.figures == Figures(1, 0, 1, 0)
    # After the search nobody looks at them any more.
    machine = Machine(endless(8))
    explore(machine, limits)
    assert len(machine.successors(made.initial)) == 256


def test_limits_hold_among_the_initial_states() -> None:
    made = endless(60)
    begun = replace(made, init=made.steps[0].body, steps=())
    result = search(begun, Limits(seconds=0.1))
    assert (result.limit, result.figures) == ("0.1 seconds", Figures())


def test_an_interrupt_is_a_limit() -> None:
    machine = Machine(counter(50))
    successors = machine.successors

    def interrupted(state: tuple[object, ...]) -> object:
        if state == (7,):
            raise KeyboardInterrupt
        return successors(state)

    machine.successors = interrupted  # type: ignore[assignment]
    result = explore(machine)
    assert (result.limit, result.complete) == ("interrupted", False)
    assert result.figures == Figures(8, 7, 8, 0)
    assert gc.isenabled()


def test_progress_is_told() -> None:
    told: list[tuple[int, int, int]] = []
    explore(
        Machine(two_phase(6)),
        Limits(seconds=1),
        progress=lambda *figures: told.append(figures[:3]),
    )
    assert told
    assert all(states > 0 and depth > 0 and waiting >= 0 for states, depth, waiting in told)
