"""Everything about a program that finite paths can violate, as an exploration has found it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from time import perf_counter

from ordercheck.checking.evidence import Explainer, replay
from ordercheck.checking.explorers import Explored, Explorer
from ordercheck.checking.options import Options
from ordercheck.checking.verdict import (
    NO_COVERAGE,
    Coverage,
    Outcome,
    Verdict,
    Violation,
    ViolationKind,
)
from ordercheck.engines.exploration import Exploration, Finding, Flaw, counted
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.transition import ModelError
from ordercheck.ir.nodes import Program, PropertyKind
from ordercheck.ir.span import NOWHERE

PREFERENCE = tuple(ViolationKind)
"""Which of two violations is reported first, at the same depth."""


def explored_verdict(program: Program, options: Options, explorer: Explorer) -> Verdict:
    """The verdict on a prepared program, from an exploration of its states."""
    begun = perf_counter()
    with closing(explorer(program, options)) as explored:
        exploration = explored.exploration
        violations = violations_of(explored, options)
        if violations:
            outcome = Outcome.VIOLATED
        else:
            outcome = Outcome.INCONCLUSIVE if exploration.limit else Outcome.HOLDS
        figures = exploration.figures
        return Verdict(
            model=program.name,
            outcome=outcome,
            engine=explored.engine,
            program=program,
            violations=violations,
            states=figures.states,
            transitions=figures.transitions,
            depth=figures.depth,
            initial=exploration.initial,
            stuck=figures.stuck,
            seconds=perf_counter() - begun,
            coverage=_coverage(explored),
            limit=exploration.limit,
            notes=(*_notes(program), *explored.notes),
        )


def violations_of(explored: Explored, options: Options) -> tuple[Violation, ...]:
    """What an exploration has found wrong, with its evidence; the first is the one that counts."""
    machine, exploration = explored.machine, explored.exploration
    findings = sorted(exploration.findings.values(), key=_rank)
    if not options.continue_:
        findings = [each for each in findings if each.steps == findings[0].steps]
    found = [_violation(explored, finding) for finding in findings]
    if found and options.traces:
        explainer = Explainer(machine.program)
        found = [explainer.explained(each) if each.labels else each for each in found]
    if exploration.complete:
        found += _unmet(machine.program, exploration)
    return tuple(found)


def _rank(finding: Finding) -> tuple[int, int, str]:
    return finding.steps, PREFERENCE.index(ViolationKind(finding.flaw.value)), finding.name


def _violation(explored: Explored, finding: Finding) -> Violation:
    machine = explored.machine
    labels = explored.path(finding)
    claim = None if finding.property is None else machine.program.properties[finding.property]
    violation = Violation(
        finding.name,
        ViolationKind(finding.flaw.value),
        _message(finding),
        claim.span if claim else NOWHERE,
        labels,
    )
    if not labels:
        steps = counted(finding.steps, "step")
        return replace(violation, message=f"{_message(finding)} after {steps}; no trace was found")
    if finding.flaw is not Flaw.MODEL_ERROR:
        return violation
    error = _error(machine, finding, violation)
    return replace(violation, message=error.message, span=error.span, error=error)


def _message(finding: Finding) -> str:
    match finding.flaw:
        case Flaw.STEP_INVARIANT:
            return f"a step breaks {finding.name}"
        case Flaw.INVARIANT:
            return f"{finding.name} is false"
        case Flaw.DEADLOCK:
            return "nothing can happen any more"
        case Flaw.MODEL_ERROR:
            return f"{finding.name} error"


def _error(machine: Machine, finding: Finding, violation: Violation) -> ModelError:
    """The model error in which the violation's path ends."""
    last = replay(machine, violation.labels)[-1]
    if last.error is not None:
        return ModelError(last.error.kind, last.error.message, last.error.span)
    assert last.after is not None
    for index in range(len(machine.program.properties)):
        value = machine.check(index, last.after, last.before)
        if isinstance(value, ModelError) and value.kind == finding.name:
            return value
    raise AssertionError("a path to a model error ends in one")


def _unmet(program: Program, exploration: Exploration) -> list[Violation]:
    claims = sorted((program.properties[k] for k in exploration.unmet), key=lambda c: c.name)
    return [
        Violation(claim.name, ViolationKind.REACHABLE, f"{claim.name} is never true", claim.span)
        for claim in claims
    ]


def _coverage(explored: Explored) -> Coverage:
    if not explored.reached:
        # Not every engine notes what it passes.
        return NO_COVERAGE
    points = zip(explored.machine.program.cover, map(bool, explored.reached), strict=True)
    return Coverage(tuple(points))


def _notes(program: Program) -> tuple[str, ...]:
    kind = PropertyKind.CONSTRAINT
    return tuple(f"within the constraint {p.name}" for p in program.properties if p.kind is kind)
