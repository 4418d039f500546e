"""What `ordercheck prove` does: compile, prove, tell."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ordercheck.checking.proof import ProofVerdict
from ordercheck.checking.proof import prove as attempt
from ordercheck.checking.verdict import Outcome
from ordercheck.cli.codes import FAILED, INCONCLUSIVE, INTERRUPTED, OK
from ordercheck.cli.loading import Configuration, Found, compiled_with, one_model, variant_of
from ordercheck.cli.output import Screen, bad_file
from ordercheck.ir.nodes import Program
from ordercheck.report.proof import render_proof, render_why
from ordercheck.report.terminal import render_trace

ASSUMING = "--assuming"
"""Where what is assumed stands."""


@dataclass(frozen=True, slots=True)
class Request:
    """The command line of `prove`."""

    model: str
    assignments: tuple[tuple[str, str], ...] = ()
    variant: str | None = None
    specs: tuple[str, ...] = ()
    invariants: tuple[str, ...] = ()
    assuming: tuple[str, ...] = ()
    depth: int = 5
    max_seconds: float | None = None
    traces: str = "first"
    no_color: bool = False


def prove(request: Request) -> int:
    """Run the command and give its exit code."""
    screen = Screen(request.no_color)
    found = one_model(request.model)
    parameters = variant_of(found, request.variant).parameters if request.variant else {}
    configuration = Configuration(
        request.assignments, request.specs, request.invariants, (), parameters
    )
    assumed = tuple(dict.fromkeys(map(_name, request.assuming)))
    program = _program(found, configuration, assumed)
    verdict = attempt(program, request.depth, request.max_seconds, assumed)
    screen.say(render_proof(found.name, request.variant or "", verdict, screen.style))
    _tell_why(verdict, request, screen)
    if verdict.limit == "interrupted":
        return INTERRUPTED
    match verdict.outcome:
        case Outcome.HOLDS:
            return OK
        case Outcome.VIOLATED:
            return FAILED
        case Outcome.INCONCLUSIVE:
            return INCONCLUSIVE


def _program(found: Found, configuration: Configuration, assuming: tuple[str, ...]) -> Program:
    """The model with what is assumed as further invariants, which are said to be assumed."""
    both = set(map(_name, configuration.invariants)) & set(assuming)
    if both:
        headline = f"{both.pop()} is to be proved, and to be taken for granted"
        raise bad_file("E911", headline, ASSUMING, help="leave --invariant or --assuming away")
    given = {ASSUMING: Configuration(invariants=assuming)} if assuming else {}
    program = compiled_with(found, configuration, given)
    properties = (
        replace(each, span=replace(each.span, file=ASSUMING)) if each.name in assuming else each
        for each in program.properties
    )
    return replace(program, properties=tuple(properties))


def _name(text: str) -> str:
    """What the property is called that an expression becomes."""
    return " ".join(text.split())


def _tell_why(verdict: ProofVerdict, request: Request, screen: Screen) -> None:
    """The traces of violations; where there are none, why claims are not proved."""
    if request.traces == "none":
        return
    told = [(trace, "") for v in verdict.violations if (trace := v.trace) is not None]
    if not told:
        unproved = [claim for claim in verdict.claims if claim.k is None]
        told = [(trace, claim.name) for claim in unproved if (trace := claim.counterexample)]
    for trace, claim in told if request.traces == "all" else told[:1]:
        screen.part()
        screen.say(f"{screen.style.rule * screen.style.width}\n")
        if claim:
            screen.say(render_why(claim, screen.style))
        screen.say(render_trace(trace, screen.style))
