"""Verdicts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ordercheck.checking import Options, check
from ordercheck.checking.evidence import Defect, Explainer
from ordercheck.checking.verdict import Outcome, Violation, ViolationKind
from ordercheck.engines.transition import Label
from ordercheck.ir.nodes import Assert, Const, Op, PropertyKind
from ordercheck.ir.passes import prepare
from ordercheck.ir.span import NOWHERE
from tests.engines.test_exploration import WIDE, below, claim, count, counter, step
from tests.engines.two_phase import two_phase
from tests.ir.build import BOOL, apply, at, equal, number, program


def test_what_holds() -> None:
    verdict = check(prepare(two_phase(3)))
    assert verdict.outcome is Outcome.HOLDS
    assert (verdict.states, verdict.initial + verdict.transitions, verdict.depth) == (288, 1146, 11)
    assert (verdict.initial, verdict.stuck, verdict.limit, verdict.notes) == (1, 0, "", ())
    assert verdict.engine == "interpreter"
    assert verdict.coverage.missed("step") == ()
    assert verdict.violations == ()


def test_a_violation_has_a_trace() -> None:
    verdict = check(claim(counter(5), PropertyKind.INVARIANT, below(2)))
    assert verdict.outcome is Outcome.VIOLATED
    (violation,) = verdict.violations
    assert (violation.name, violation.kind) == ("invariant", ViolationKind.INVARIANT)
    assert violation.labels == (Label(-1, 0), Label(0, 0), Label(0, 0))
    assert (violation.steps, violation.span) == (2, at(50))
    assert verdict.trace is not None
    assert len(verdict.trace.steps) == 3


def test_a_model_error_is_told_with_its_place() -> None:
    fails = step("fails", Assert(below(0), None, at(9)))
    (violation,) = check(counter(5, fails)).violations
    assert (violation.name, violation.message) == ("assert", "the assertion fails")
    assert (violation.span, violation.steps) == (at(9), 1)
    assert violation.trace is not None


def test_at_the_same_depth_the_worse_comes_first() -> None:
    """At 1 step: an assert fails; the invariants are false; nothing more can happen."""
    made = claim(counter(1), PropertyKind.INVARIANT, below(1), "second")
    made = claim(made, PropertyKind.INVARIANT, below(1), "first")
    fails = step("fails", Assert(below(0), None, at(9)))
    made = replace(made, steps=(made.steps[0], fails))
    verdict = check(made)
    assert [v.name for v in verdict.violations] == ["assert", "first", "second"]


def test_an_error_in_a_property_has_the_path_to_its_state() -> None:
    broken = equal(apply(Op.FLOORDIV, number(1), count(), kind=WIDE), number(1))
    made = claim(counter(3), PropertyKind.INVARIANT, broken)
    (violation,) = check(made).violations
    assert (violation.kind, violation.name) == (ViolationKind.MODEL_ERROR, "division")
    assert violation.labels == (Label(-1, 0),)
    assert violation.trace is not None


def test_an_error_at_the_start_is_a_trace_of_one_step() -> None:
    made = replace(counter(3), init=(Assert(Const(False, BOOL), None, at(4)),))
    (violation,) = check(made).violations
    assert violation.labels == (Label(-1, 0),)
    assert violation.steps == 0
    assert violation.trace is not None


def goal(value: int) -> object:
    return claim(
        replace(counter(3), deadlock=False), PropertyKind.REACHABLE, equal(count(), number(value))
    )


def test_an_unmet_goal_is_a_violation_once_all_is_explored() -> None:
    verdict = check(goal(7))  # type: ignore[arg-type]
    (violation,) = verdict.violations
    assert (violation.kind, violation.labels) == (ViolationKind.REACHABLE, ())
    assert check(goal(3)).outcome is Outcome.HOLDS  # type: ignore[arg-type]
    limited = check(goal(7), Options(max_depth=2))  # type: ignore[arg-type]
    assert (limited.outcome, limited.limit) == (Outcome.INCONCLUSIVE, "2 levels")


def test_a_violation_counts_although_a_limit_was_reached() -> None:
    made = claim(counter(9), PropertyKind.INVARIANT, below(2))
    verdict = check(made, Options(max_depth=5, continue_=True))
    assert verdict.outcome is Outcome.VIOLATED
    assert (verdict.limit, verdict.depth) == ("5 levels", 5)


def test_constraints_are_told() -> None:
    made = claim(counter(9), PropertyKind.CONSTRAINT, below(4), "small")
    verdict = check(made)
    assert (verdict.outcome, verdict.notes) == (Outcome.HOLDS, ("within the constraint small",))


def test_a_model_without_steps() -> None:
    made = program()
    assert check(replace(made, deadlock=False)).outcome is Outcome.HOLDS
    verdict = check(made)
    assert [(v.name, v.steps) for v in verdict.violations] == [("deadlock", 0)]


@pytest.mark.parametrize(
    "labels",
    [
        (Label(-1, 0), Label(0, 0)),
        (Label(-1, 0), Label(0, 0, (3,))),
        (Label(-1, 0), *[Label(0, 0)] * 9),
    ],
)
def test_a_trace_that_does_not_show_the_violation_is_our_defect(labels: tuple[Label, ...]) -> None:
    made = claim(counter(5), PropertyKind.INVARIANT, below(2))
    wrong = Violation("invariant", ViolationKind.INVARIANT, "", NOWHERE, labels)
    with pytest.raises(Defect):
        Explainer(made).explained(wrong)
