"""What `verify --json` writes: one object, for programs to read.

`schema` (1), `ordercheck` (the version), `results`, `scenarios` and `errors`. A result is

============  ==================================================================
model         FILE:Class
variant       its name; "" for the default parameters or those of --set
parameters    {name: value}, all of them, values as text
expected      "holds", "violates NAME", or null where nothing is expected
verdict       "holds", "violated" or "inconclusive"
as_expected   true, false, or null: nothing expected, or not known
engine        which one ran
property      the first violated property, or null
kind          of `property`: "invariant", "step invariant", "deadlock", "model
              error", "reachable"; or null
message       what is wrong, in words; "" where nothing is
states        distinct states; transitions, depth (levels), initial, stuck likewise
seconds       of the search
limit         what ended the search early; "" where nothing did
notes         what else restricts the verdict
coverage      {reached, total, missed: [{kind, name, source}]}
trace         the steps to the first violation (see `traces.json`), or null
violations    every violated property: {property, kind, message, steps, trace}
============  ==================================================================

A scenario is {model, scenario, parameters, source, as_scripted, steps, failure}, where `steps`
are the names of those that were taken, and `failure` is null or like an error. An error is
a diagnostic: {code, headline, source, label, help, notes}.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ordercheck.checking.scenario import Played
from ordercheck.checking.verdict import Coverage, Verdict, Violation
from ordercheck.ir.span import Diagnostic
from ordercheck.traces.json import source_object, step_object

SCHEMA = 1


def report_text(
    verdicts: Sequence[Verdict],
    errors: Sequence[Diagnostic],
    version: str,
    played: Sequence[Played] = (),
) -> str:
    """The whole output of a run."""
    data = {
        "schema": SCHEMA,
        "ordercheck": version,
        "results": [result_object(verdict) for verdict in verdicts],
        "scenarios": [scenario_object(each) for each in played],
        "errors": [error_object(error) for error in errors],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def result_object(verdict: Verdict) -> dict[str, Any]:
    """One verdict."""
    first = verdict.violations[0] if verdict.violations else None
    return {
        "model": verdict.model,
        "variant": verdict.variant,
        "parameters": dict(verdict.program.parameters),
        "expected": verdict.expected or None,
        "verdict": verdict.outcome.value,
        "as_expected": verdict.as_expected,
        "engine": verdict.engine,
        "property": first.name if first else None,
        "kind": first.kind.value if first else None,
        "message": first.message if first else "",
        "states": verdict.states,
        "transitions": verdict.transitions,
        "depth": verdict.depth,
        "initial": verdict.initial,
        "stuck": verdict.stuck,
        "seconds": round(verdict.seconds, 6),
        "limit": verdict.limit,
        "notes": list(verdict.notes),
        "coverage": coverage_object(verdict.coverage),
        "trace": _steps(first) if first else None,
        "violations": [violation_object(violation) for violation in verdict.violations],
    }


def violation_object(violation: Violation) -> dict[str, Any]:
    """One violated property."""
    return {
        "property": violation.name,
        "kind": violation.kind.value,
        "message": violation.message,
        "source": source_object(violation.span),
        "steps": violation.steps,
        "trace": _steps(violation),
    }


def scenario_object(played: Played) -> dict[str, Any]:
    """One scenario that was run."""
    return {
        "model": played.model,
        "scenario": played.name,
        "parameters": dict(played.parameters),
        "source": source_object(played.span),
        "as_scripted": played.failure is None,
        "steps": list(played.steps),
        "failure": error_object(played.failure) if played.failure else None,
    }


def _steps(violation: Violation) -> list[dict[str, Any]] | None:
    return [step_object(step) for step in violation.trace.steps] if violation.trace else None


def coverage_object(coverage: Coverage) -> dict[str, Any]:
    """How much was reached, and what was not."""
    return {
        "reached": sum(reached for _, reached in coverage.points),
        "total": len(coverage.points),
        "missed": [
            {"kind": point.kind, "name": point.name, "source": source_object(point.span)}
            for point, reached in coverage.points
            if not reached
        ],
    }


def error_object(error: Diagnostic) -> dict[str, Any]:
    """One mistake of an author's."""
    return {
        "code": error.code,
        "headline": error.headline,
        "source": source_object(error.span),
        "label": error.label,
        "help": error.help,
        "notes": list(error.notes),
    }
