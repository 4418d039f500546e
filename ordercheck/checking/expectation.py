"""Whether a verdict is what the model's author expects of it."""

from __future__ import annotations

from dataclasses import replace

from ordercheck.checking.verdict import Outcome, Verdict, Violation


def as_expected(verdict: Verdict, holds: bool, property: str = "") -> bool | None:
    """Whether a run came out as expected; None where it did not come to an end.

    Expected to hold: nothing is violated. Expected to be violated: `property` is
    (any, if it is ""), and nothing else is by a shorter path; further violations
    just as near are no surprise, since one run of bad luck may break several claims.
    """
    match verdict.outcome:
        case Outcome.HOLDS:
            return holds
        case Outcome.VIOLATED:
            nearest = verdict.violations[0].steps
            near = [v for v in verdict.violations if v.steps == nearest]
            return not holds and any(is_named(violation, property) for violation in near)
        case Outcome.INCONCLUSIVE:
            return None


def expected_first(verdict: Verdict, property: str) -> Verdict:
    """The verdict with the expected violation as the one that is told, if it is as near as any."""
    nearest = verdict.violations[0].steps if verdict.violations else None
    told = sorted(
        verdict.violations, key=lambda v: not (v.steps == nearest and is_named(v, property))
    )
    return replace(verdict, violations=tuple(told))


def is_named(violation: Violation, name: str) -> bool:
    """Whether `name` means this violation: its own name, its kind, or a model error's."""
    error = violation.error.kind if violation.error else ""
    return name in ("", violation.name, violation.kind.value, error)
