"""A program in terms of z3 against the reference interpreter, in concrete states."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count, islice, product
from math import prod
from random import Random
from typing import Any

import z3

from ordercheck.engines.exploration import Limits, explore
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.symbolic.clock import Clock
from ordercheck.engines.symbolic.context import UNWOUND
from ordercheck.engines.symbolic.formulas import (
    DEADLOCK,
    ERROR,
    FAILS,
    FITS,
    HOLDS,
    TAKEN,
    UNKNOWN,
    Formulas,
    Key,
)
from ordercheck.engines.symbolic.layout import Layout
from ordercheck.engines.symbolic.membership import UNSOUND
from ordercheck.engines.symbolic.relation import Attempt, Relation
from ordercheck.engines.symbolic.unrolling import Unrolling
from ordercheck.engines.symbolic.values import lift
from ordercheck.engines.transition import ModelError, State
from ordercheck.ir.nodes import Program, PropertyKind

Term = Any
Step = tuple[int, int]

WAYS = 1000
"""Combinations of choices that are gone through; a loop's rounds may have had any number."""


def sample(program: Program, count: int, seed: int = 0, states: int = 2000) -> list[State]:
    """Some of the states that can be reached, the initial ones among them."""
    found = explore(Machine(program), Limits(states=states), True)
    first, *others = found.levels or [[]]
    rest = [state for level in others for state in level]
    chosen = rest if len(rest) <= count else Random(seed).sample(rest, count)
    return first[:2] + chosen


class Evaluation:
    """What each step does in a state, by evaluating its terms: no search, so it is quick."""

    def __init__(self, program: Program, clock: Clock | None = None) -> None:
        """Execute the program symbolically; raises Unsupported, and OutOfTime."""
        self.program = program
        self.machine = Machine(program)
        self.clock = clock or Clock()
        self.relation = Relation.of(program, self.clock)
        self.outcomes = [Outcome(attempt, self.relation.here) for attempt in self.relation.attempts]
        self.claims = [
            (claim, Row([*(each.condition.term for each in claim.troubles), claim.value.term]))
            for claim in self.relation.claims
            if program.properties[claim.index].kind is not PropertyKind.STEP_INVARIANT
        ]

    def check(self, state: State) -> int:
        """Every step, and every property; the number of those that z3 says it does not know.

        Raises OutOfTime.
        """
        expected = {
            (*label[:2], target.kind if isinstance(target, ModelError) else target)
            for label, target in self.machine.successors(state)
        }
        found: set[Any] = set()
        unknown: set[Step] = set()
        said = self._said(state)
        settled = _model(said)
        assert all(z3.is_true(settled.eval(each, True)) for each in self.relation.here.constraints)
        for number, attempt in enumerate(self.relation.attempts):
            where = attempt.step, attempt.binding
            if prod(choice.options for choice in attempt.choices) > WAYS:
                unknown.add(where)
                continue
            for way in product(*(range(choice.options) for choice in attempt.choices)):
                self.clock.milliseconds()
                model = _model(said, attempt, way) if way else settled
                result = self.outcomes[number].result(model, state)
                if result == UNWOUND:
                    unknown.add(where)
                elif result is not None:
                    found.add((*where, result))
        # Where some ways are not known, others of the same step may be.
        assert found <= expected
        assert {each for each in expected - found if each[:2] not in unknown} == set()
        self._check_claims(state, settled)
        return len(unknown)

    def _said(self, state: State) -> z3.Solver:
        """A solver that knows the state, and nothing else."""
        layout = self.relation.here
        solver = z3.Solver()
        for slot, (kind, value) in enumerate(zip(layout.slots, state, strict=True)):
            packed = layout.packed(slot, lift(kind, value))
            solver.add(*(a == b for a, b in zip(layout.variables[slot], packed, strict=True)))
        return solver

    def _check_claims(self, state: State, model: Term) -> None:
        for claim, row in self.claims:
            *met, said = row.values(model)
            errors = {t.kind for t, is_met in zip(claim.troubles, met, strict=True) if is_met}
            if UNWOUND in errors:
                continue
            value = self.machine.check(claim.index, state)
            assert errors == ({value.kind} if isinstance(value, ModelError) else set())
            assert errors or bool(said) == value


def _model(said: z3.Solver, attempt: Attempt | None = None, way: Sequence[int] = ()) -> Term:
    """Values for all variables: those of the state that was told, and of the choices."""
    said.push()
    if attempt is not None:
        said.add(*(c.variable == k for c, k in zip(attempt.choices, way, strict=True)))
    assert said.check() == z3.sat
    model = said.model()
    said.pop()
    return model


class Outcome:
    """What one way of taking a step comes to."""

    def __init__(self, attempt: Attempt, layout: Layout) -> None:
        """Its fate, which is what troubles there are and whether it is done; what it changes."""
        self.troubles, self.layout = attempt.troubles, layout
        self.fate = Row([*(each.condition.term for each in attempt.troubles), attempt.done.term])
        self.packed = {
            slot: layout.packed(slot, value)
            for slot, value in enumerate(attempt.slots)
            if value is not layout.symbols[slot]
        }
        self.changes = Row([term for terms in self.packed.values() for term in terms])

    def result(self, model: Term, state: State) -> Any:
        """The state after, or the kind of the error; None where the step is not possible."""
        *met, done = self.fate.values(model)
        kinds = {trouble.kind for trouble, is_met in zip(self.troubles, met, strict=True) if is_met}
        assert len(kinds) + done <= 1, "one way, one outcome"
        assert UNSOUND not in kinds
        if not done:
            return next(iter(kinds), None)
        after = list(state)
        values = iter(self.changes.values(model))
        for slot, terms in self.packed.items():
            after[slot] = self.layout.unpacked_slot(slot, list(islice(values, len(terms))))
        return tuple(after)


class Row:
    """Terms whose values are asked for at once, so that what they share is evaluated once."""

    _number = count()

    def __init__(self, terms: Sequence[Term]) -> None:
        """A tuple of z3 of these."""
        sorts = [term.sort() for term in terms]
        _, make, _ = z3.TupleSort(f"row{next(self._number)}", sorts)
        self.term = make(*terms)

    def values(self, model: Term) -> list[int]:
        """What each comes to."""
        row = model.eval(self.term, model_completion=True)
        return [int(z3.is_true(v)) if z3.is_bool(v) else int(v.as_long()) for v in row.children()]


class Comparison:
    """Asks z3 what can happen in a state, and looks whether the interpreter says the same."""

    def __init__(self, program: Program) -> None:
        """Translate the program; raises Unsupported."""
        self.program = program
        self.machine = Machine(program)
        self.formulas = Formulas.of(Relation.of(program, Clock()))
        self.unrolling = Unrolling(self.formulas, Clock())
        self.said = self.unrolling.state(0)
        self.step = self.unrolling.step(0)
        self.selector = self.unrolling._selectors[0]
        self.here = z3.BoolVal(True)

    def beginnings(self) -> None:
        """The initial states, and the errors of set-up."""
        starts = self.machine.starts()
        errors = {t.kind for _, t in starts if isinstance(t, ModelError)}
        start = self.unrolling.start()
        found = {state for (state,) in self._all([start[TAKEN,]], [0])}
        assert found == {t for _, t in starts if not isinstance(t, ModelError)}
        kinds = {name[1] for name, term in start.items() if name[0] == FAILS and self._is(term)}
        assert kinds == errors

    def check(self, state: State) -> int:
        """All that there is to say of a state; how many rounds of a loop too many z3 has met."""
        # Assumed, not said: z3 is slow to forget what it was told.
        self.here = z3.And(*self._equal(state))
        model = self.unrolling.model(self.here, self.said[FITS,])
        assert self.unrolling.decoded(model, 0) == state
        unknown = [(n, t) for n, t in self._both() if n[0] == UNKNOWN and self._is(t)]
        assert not [name for name, _ in unknown if name[1] == UNSOUND]
        if not unknown:
            self._check_steps(state)
        self._check_properties(state)
        return len(unknown)

    def _both(self) -> list[tuple[Key, Term]]:
        return [*self.said.items(), *self.step.items()]

    def _equal(self, state: State) -> list[Term]:
        layout = self.formulas.relation.here
        pairs = list(zip(layout.slots, state, strict=True))
        packed = [t for k, (kind, v) in enumerate(pairs) for t in layout.packed(k, lift(kind, v))]
        variables = self.unrolling.variables(0)
        return [a == b for a, b in zip(variables, packed, strict=True)]

    def _is(self, term: Term) -> bool:
        return self.unrolling.model(self.here, term) is not None

    def _check_steps(self, state: State) -> None:
        expected = self.machine.successors(state)
        taken = {
            (*self._attempt(number), after)
            for number, after in self._all([self.step[TAKEN,]], ["step", 1])
        }
        assert taken == {(*k[:2], t) for k, t in expected if not isinstance(t, ModelError)}
        failed = {
            (*self._attempt(number), str(name[1]))
            for name, term in self.step.items()
            if name[0] == FAILS
            for (number,) in self._all([term], ["step"])
        }
        assert failed == {(*k[:2], t.kind) for k, t in expected if isinstance(t, ModelError)}
        stuck = not expected and self.program.deadlock and not self.machine.at_rest(state)
        terminal = [
            self.machine.check(k, state) is not False
            for k, claim in enumerate(self.program.properties)
            if claim.kind is PropertyKind.TERMINAL
        ]
        assert self._is(self.said[DEADLOCK,]) == (stuck and not any(terminal))

    def _check_properties(self, state: State) -> None:
        for k, claim in enumerate(self.program.properties):
            if claim.kind is PropertyKind.STEP_INVARIANT:
                self._check_step_invariant(k, state)
                continue
            value = self.machine.check(k, state)
            error = value.kind if isinstance(value, ModelError) else ""
            assert self._is(self.said[HOLDS, k]) == (value is not False), claim.name
            assert self._kinds(self.said, k) == ({error} - {""}), claim.name

    def _check_step_invariant(self, k: int, state: State) -> None:
        taken = self.step[TAKEN,]
        targets = [t for _, t in self.machine.successors(state) if not isinstance(t, ModelError)]
        values = [self.machine.check(k, after, state) for after in targets]
        broken = self._is(z3.And(taken, z3.Not(self.step[HOLDS, k])))
        assert broken == any(value is False for value in values)

    def _kinds(self, said: dict[Key, Term], k: int) -> set[str]:
        return {
            str(name[2]) for name, term in said.items() if name[:2] == (ERROR, k) and self._is(term)
        }

    def _attempt(self, number: int) -> Step:
        attempt = self.formulas.relation.attempts[number]
        return attempt.step, attempt.binding

    def _all(self, terms: Sequence[Term], wanted: Sequence[int | str]) -> set[tuple[Any, ...]]:
        """Every value that the wanted states, or the number of the step, may have."""
        unrolling = self.unrolling
        found: set[tuple[Any, ...]] = set()
        asked = self.unrolling._named(z3.And(self.here, *terms))
        while (model := unrolling.model(asked)) is not None:
            row: list[Any] = []
            block: list[Term] = []
            for each in wanted:
                if isinstance(each, int):
                    row.append(unrolling.decoded(model, each))
                    variables = unrolling.variables(each)
                else:
                    variables = [self.selector]
                    row.append(model.eval(self.selector, model_completion=True).as_long())
                block += [v != model.eval(v, model_completion=True) for v in variables]
            assert tuple(row) not in found, "equal states have equal variables"
            found.add(tuple(row))
            unrolling.add(z3.Implies(asked, z3.Or(*block)))
        return found
