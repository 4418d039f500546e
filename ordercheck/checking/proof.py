"""Proofs that something holds at every depth, and why there is none."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING

from ordercheck.checking.evidence import Explainer
from ordercheck.checking.options import Options
from ordercheck.checking.safety import violations_of
from ordercheck.checking.symbolic import explored_by_z3, refused
from ordercheck.checking.verdict import Outcome, Violation, ViolationKind
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.transition import State
from ordercheck.ir.nodes import Program, Wait
from ordercheck.ir.record import dataclass
from ordercheck.ir.recording import Recording
from ordercheck.traces.explain import Finding, explain
from ordercheck.traces.places import View
from ordercheck.traces.trace import ANYWHERE, Trace

if TYPE_CHECKING:
    from ordercheck.engines.symbolic.induction import Proof, Unproved


@dataclass(frozen=True, slots=True)
class Claim:
    """What was to be proved: no violation of this kind and name.

    `k` is that of the induction that proves it, None where none does; then
    `counterexample` may say why. It begins in a state that nobody has reached.
    """

    name: str
    kind: str
    k: int | None
    counterexample: Trace | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class ProofVerdict:
    """The answer about one model with one set of parameters.

    HOLDS: every claim is proved, for runs of any length. VIOLATED: a run from the
    beginning violates one. `depth` levels were looked at from there; in none of them
    the properties in `unmet`, which are to be true somewhere, were. `limit` says what ended
    the attempt; the expressions `assumed` were taken to be true.
    """

    program: Program
    outcome: Outcome
    claims: tuple[Claim, ...]
    violations: tuple[Violation, ...] = ()
    unmet: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    depth: int = 0
    limit: str = ""
    seconds: float = 0.0


def prove(
    program: Program,
    most: int,
    seconds: float | None = None,
    assumed: Collection[str] = (),
) -> ProofVerdict:
    """Try inductions up to k = `most`; `assumed` are names of invariants to be taken for granted.

    Raises BadInput for what z3 cannot do.
    """
    # z3 takes a third of a second to import, which nobody else is to wait for.
    from ordercheck.engines.symbolic import induction
    from ordercheck.engines.symbolic.bounded import Search
    from ordercheck.engines.symbolic.clock import Clock, OutOfTime
    from ordercheck.engines.symbolic.context import Unsupported
    from ordercheck.engines.symbolic.formulas import Formulas
    from ordercheck.engines.symbolic.relation import Relation

    begun = perf_counter()
    machine, clock = Machine(program), Clock(seconds)
    indices = [k for k, claim in enumerate(program.properties) if claim.name in assumed]
    try:
        formulas = Formulas.of(Relation.of(program, clock))
        proof = induction.prove(formulas, machine, indices, most, clock)
    except Unsupported as error:
        raise refused(error.reason, error.span) from None
    except OutOfTime as limit:
        proof = induction.Proof((), limit=str(limit))
    search = Search(proof.found, proof.unmet, proof.depth, limit=proof.limit or "violated")
    violations = violations_of(explored_by_z3(machine, search), Options())
    claims = _claims(program, proof)
    if {v.name for v in violations if v.kind is ViolationKind.INVARIANT} & set(assumed):
        # From something false everything follows: what was proved with it is not proved.
        claims = tuple(replace(claim, k=None) for claim in claims)
    proved = bool(claims) and all(claim.k is not None for claim in claims)
    sure = Outcome.HOLDS if proved and not proof.limit else Outcome.INCONCLUSIVE
    return ProofVerdict(
        program,
        Outcome.VIOLATED if violations else sure,
        claims,
        violations,
        tuple(sorted(program.properties[k].name for k in proof.unmet)),
        tuple(assumed),
        proof.depth,
        proof.limit,
        perf_counter() - begun,
    )


def _claims(program: Program, proof: Proof) -> tuple[Claim, ...]:
    """What is known of each; one that is violated by a run needs no other counterexample."""
    violated = {(each.flaw, each.name) for each in proof.found}
    explainer = Explainer(program)
    claims = []
    for goal in proof.goals:
        k, why = proof.proved.get(goal), proof.unproved.get(goal)
        shown = k is None and why is not None and (goal.flaw, goal.name) not in violated
        trace = _counterexample(explainer, why) if shown and why is not None else None
        claims.append(Claim(goal.name, goal.flaw.value, k, trace))
    return tuple(claims)


def _counterexample(explainer: Explainer, why: Unproved) -> Trace:
    """The steps from a state that nobody has reached, told as those of a run are."""
    machine = explainer.machine
    recordings = [Recording((-1, 0, ()), why.first, why.first, ())]
    for label in why.labels:
        recordings.append(machine.replay(recordings[-1].after, label))
    last = recordings[-1]
    finding = Finding(why.goal.name, why.goal.flaw.value)
    if last.error is not None:
        finding = replace(finding, message=last.error.message, span=last.error.span)
    refusals = machine.refusals(why.first) if why.goal.flaw.value == "deadlock" else ()
    trace = explain(machine.program, recordings, finding, explainer.evaluate, refused=refusals)
    standing = _standing(machine.program, why.first)
    first = replace(trace.steps[0], phrase=ANYWHERE, state=trace.steps[0].state + standing)
    return replace(trace, steps=(first, *trace.steps[1:]))


def _standing(program: Program, state: State) -> tuple[tuple[str, str], ...]:
    """Where each process stands: of a state that no run has led to, nothing else tells it."""
    view = View(program)
    found = []
    for number, task in enumerate(program.tasks):
        point = view.point(number, state)
        if point is None:
            continue
        match point.wait:
            case Wait.START:
                words = "has not begun"
            case Wait.DONE:
                words = "has finished"
            case _:
                words = f"stands at line {point.span.line}"
        found.append((task.name, words))
    return tuple(found)
