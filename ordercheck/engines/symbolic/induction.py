"""Proofs by k-induction: what holds at every depth, without looking at every state.

A claim holds for ever if it holds in the first k levels, and if after any k states in a
row in which it holds (of their types, one step after another, all different) it holds in
the next. All claims are tried together, and those that fail are taken out of what is
assumed, until what is left proves itself: the greatest such set (Flanagan & Leino's
Houdini; k-induction with distinct states is Sheeran, Singh & Stålmarck's).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import z3

from ordercheck.engines.exploration import Flaw
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.symbolic.bits import Term
from ordercheck.engines.symbolic.bounded import FLAWS, Beyond, Counterexample, Levels
from ordercheck.engines.symbolic.clock import Clock, OutOfTime
from ordercheck.engines.symbolic.formulas import (
    DEADLOCK,
    ERROR,
    FAILS,
    FITS,
    HOLDS,
    INSIDE,
    STUCK_ERROR,
    TAKEN,
    UNKNOWN,
    Formulas,
    Key,
)
from ordercheck.engines.symbolic.paths import onward
from ordercheck.engines.symbolic.unrolling import Unrolling
from ordercheck.engines.transition import Label, State
from ordercheck.ir.nodes import PropertyKind
from ordercheck.ir.record import dataclass


@dataclass(frozen=True, slots=True)
class Goal:
    """Something to be proved: an invariant, a step invariant, or that there is no such error.

    `property` is an index into Program.properties, None where it is about no property.
    """

    flaw: Flaw
    name: str
    property: int | None = None


@dataclass(frozen=True, slots=True)
class Unproved:
    """Why induction does not show a goal: from a state in which all is well to one where not.

    Nothing says that the first state can be reached. `labels` are the steps from it; the
    last may end in a model error. Empty where not even a step could be followed.
    """

    goal: Goal
    k: int
    first: State
    labels: tuple[Label, ...]


@dataclasses.dataclass(slots=True)
class Proof:
    """What is known: `proved` gives the k of each goal that holds at every depth.

    `found` are violations that begin where runs do; `unmet` the REACHABLE properties that
    were true in no state of the first `depth` levels. `limit` is what ended the attempt.
    """

    goals: tuple[Goal, ...]
    proved: dict[Goal, int] = dataclasses.field(default_factory=dict)
    unproved: dict[Goal, Unproved] = dataclasses.field(default_factory=dict)
    found: list[Counterexample] = dataclasses.field(default_factory=list)
    unmet: list[int] = dataclasses.field(default_factory=list)
    depth: int = 0
    limit: str = ""


def goals_of(formulas: Formulas) -> tuple[Goal, ...]:
    """All that can be violated by a finite path, in the order in which it is told."""
    program = formulas.relation.program
    found = [
        Goal(FLAWS[claim.kind], claim.name, k)
        for k, claim in enumerate(program.properties)
        if claim.kind in FLAWS
    ]
    kinds = {
        str(name[-1]) for b in (formulas.step, formulas.state) for name in b.names if _errs(name)
    }
    found += [Goal(Flaw.MODEL_ERROR, kind) for kind in sorted(kinds)]
    found += [Goal(Flaw.DEADLOCK, "deadlock")] if program.deadlock else []
    return tuple(found)


def _errs(name: Key) -> bool:
    return name[0] in (FAILS, ERROR, STUCK_ERROR)


def prove(
    formulas: Formulas, machine: Machine, assumed: Sequence[int], most: int, clock: Clock
) -> Proof:
    """Try k = 1, 2 … `most`, until everything is proved or something is violated.

    `assumed` are properties taken to be true wherever a run can come; they are looked at
    in the first levels, and are no goals.
    """
    goals = tuple(g for g in goals_of(formulas) if g.property not in assumed)
    proof = Proof(goals)
    base = Levels(formulas, machine, clock, None, False)
    levels = base.levels()
    induction = _Induction(formulas, machine, clock, assumed, proof)
    try:
        for k in range(1, most + 1):
            ended = next(levels, None) is None
            proof.found, proof.unmet, proof.depth = base.result.found, base.result.unmet, k
            if proof.found:
                break
            if ended:
                # No path is longer: what holds so far holds for ever.
                proof.proved |= {goal: k for goal in goals if goal not in proof.proved}
                break
            if len(proof.proved) < len(goals):
                induction.extend(k)
            # What is assumed is not proved: so it is looked at as far as was asked for.
            if len(proof.proved) == len(goals) and not assumed:
                break
        if len(proof.proved) < len(goals) and not proof.found:
            proof.limit = f"k = {most}"
    except KeyboardInterrupt:
        proof.limit = "interrupted"
    except (OutOfTime, Beyond) as limit:
        proof.limit = str(limit)
    return proof


class _Induction:
    """Paths from any state, in one solver for all k."""

    def __init__(
        self,
        formulas: Formulas,
        machine: Machine,
        clock: Clock,
        assumed: Sequence[int],
        proof: Proof,
    ) -> None:
        self.machine = machine
        self.claims = machine.program.properties
        self.assumed = assumed
        self.proof = proof
        self.unrolling = Unrolling(formulas, clock)
        # True where a goal is assumed of all states before the last.
        self.names = {goal: z3.Bool(f"assumed{n}") for n, goal in enumerate(proof.goals)}
        self.last = self.unrolling.state(0)
        self.unrolling.add(self.last[FITS,])
        self._assume(self.last)

    def extend(self, k: int) -> None:
        """Try paths of k steps, and note what they prove."""
        unrolling = self.unrolling
        unrolling.add(self.last[INSIDE,], *(unrolling.different(j, k - 1) for j in range(k - 1)))
        for goal, name in self.names.items():
            if goal.property is not None and (HOLDS, goal.property) in self.last:
                unrolling.add(z3.Implies(name, self.last[HOLDS, goal.property]))
        step, stuck = unrolling.step(k - 1), self.last
        self.last = unrolling.state(k)
        unrolling.add(self.last[FITS,])
        self._assume(self.last)
        self._assume(step)
        self._consider(k, stuck, step)
        unrolling.add(step[TAKEN,])
        for goal, name in self.names.items():
            if goal.flaw is Flaw.STEP_INVARIANT:
                unrolling.add(z3.Implies(name, step[HOLDS, goal.property or 0]))

    def _assume(self, said: dict[Key, Term]) -> None:
        for index in self.assumed:
            if (HOLDS, index) in said:
                term = said[HOLDS, index]
                of_step = self.claims[index].kind is PropertyKind.STEP_INVARIANT
                self.unrolling.add(z3.Implies(said[TAKEN,], term) if of_step else term)

    # --- one k ------------------------------------------------------------------------

    def _consider(self, k: int, stuck: dict[Key, Term], step: dict[Key, Term]) -> None:
        """Find the goals that prove each other."""
        proof = self.proof
        wrong = {g: self._wrong(g, stuck, step) for g in proof.goals if g not in proof.proved}
        unknown = [term for name, term in (*step.items(), *self.last.items()) if name[0] == UNKNOWN]
        held = dict.fromkeys(proof.goals)
        while True:
            known = [self.names[goal] for goal in held]
            if unknown and self.unrolling.model(*known, z3.Or(*unknown)) is not None:
                raise Beyond("a loop may go on for more rounds in one step than z3 follows")
            failing = [
                goal for goal in held if goal in wrong and self._fails(goal, wrong[goal], known, k)
            ]
            if not failing:
                break
            for goal in failing:
                del held[goal]
        for goal in held:
            if goal not in proof.proved:
                proof.proved[goal] = k
                proof.unproved.pop(goal, None)
                self.unrolling.add(self.names[goal])

    def _fails(
        self, goal: Goal, ways: Sequence[tuple[str, Term]], known: Sequence[Term], k: int
    ) -> bool:
        for how, term in ways:
            if z3.is_false(term):
                continue
            model = self.unrolling.model(*known, term)
            if model is not None:
                self.proof.unproved[goal] = self._counterexample(goal, how, model, k)
                return True
        return False

    def _wrong(
        self, goal: Goal, stuck: dict[Key, Term], step: dict[Key, Term]
    ) -> list[tuple[str, Term]]:
        """In which ways a goal may be false at the end, and where that is: the kind of an error of
        the last step, "after" it, or before it.
        """
        taken = step[TAKEN,]
        match goal.flaw:
            case Flaw.INVARIANT:
                return [("after", z3.And(taken, z3.Not(self.last[HOLDS, goal.property or 0])))]
            case Flaw.STEP_INVARIANT:
                return [("after", z3.And(taken, z3.Not(step[HOLDS, goal.property or 0])))]
            case Flaw.DEADLOCK:
                return [("before", stuck[DEADLOCK,])]
            case Flaw.MODEL_ERROR:
                return list(self._errors(goal.name, stuck, step))

    def _errors(
        self, kind: str, stuck: dict[Key, Term], step: dict[Key, Term]
    ) -> Iterator[tuple[str, Term]]:
        for name, term in step.items():
            if name == (FAILS, kind):
                yield "fails", term
            elif name[0] == ERROR and name[2] == kind:
                yield "after", z3.And(step[TAKEN,], term)
        for name, term in self.last.items():
            if name[0] == ERROR and name[2] == kind and self._is_looked_at(int(name[1])):
                yield "after", z3.And(step[TAKEN,], term)
        for name, term in stuck.items():
            if name[0] == STUCK_ERROR and name[2] == kind:
                yield "before", term

    def _is_looked_at(self, index: int) -> bool:
        """Whether a property is evaluated in every state; those of dead ends are only there."""
        return self.claims[index].kind is not PropertyKind.TERMINAL

    def _counterexample(self, goal: Goal, how: str, model: Term, k: int) -> Unproved:
        unrolling = self.unrolling
        last = k if how == "after" else k - 1
        states = [unrolling.decoded(model, j) for j in range(last + 1)]
        steps = k if how == "fails" else last
        attempts = [unrolling.attempt(model, j) for j in range(steps)]
        error = goal.name if how == "fails" else ""
        return Unproved(goal, k, states[0], onward(self.machine, states, attempts, error))
