"""What a counterexample tells, in a form that a test can state."""

from __future__ import annotations

from ordercheck.checking.verdict import Verdict


def story(verdict: Verdict) -> list[str]:
    """Who did what, one text a step: a process by its name, an action by its own."""
    assert verdict.trace is not None
    told = []
    for step in verdict.trace.steps[1:]:
        runs = any(moment.kind == "resume" for moment in step.moments)
        told.append(step.actor if runs else step.action)
    return told


def ending(verdict: Verdict) -> dict[str, str]:
    """The places of a counterexample's last state, as Python would write them."""
    assert verdict.trace is not None
    return dict(verdict.trace.steps[-1].state)


def violated(verdict: Verdict) -> list[str]:
    """The names of what is violated."""
    return [violation.name for violation in verdict.violations]
