"""A program's formulas for one state after another, in one solver that learns on the way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import z3

from ordercheck.engines.symbolic.bits import Term
from ordercheck.engines.symbolic.clock import Clock, OutOfTime
from ordercheck.engines.symbolic.formulas import Bundle, Formulas, Key
from ordercheck.engines.transition import State


class Unrolling:
    """The states 0, 1, 2 … of a path and the steps between them, as variables of one solver."""

    def __init__(self, formulas: Formulas, clock: Clock) -> None:
        """With nothing said of any state yet."""
        self.formulas = formulas
        self.clock = clock
        self.solver = z3.SolverFor("QF_FD")
        relation = formulas.relation
        self._here = [v for row in relation.here.variables for v in row]
        self._after = [v for row in relation.after.variables for v in row]
        self._states: list[list[Term]] = []
        self._selectors: dict[int, Term] = {}
        self._queries = 0

    # --- variables ----------------------------------------------------------------------

    def variables(self, k: int) -> list[Term]:
        """The variables of state k."""
        while len(self._states) <= k:
            number = len(self._states)
            self._states.append([z3.Const(f"{v}@{number}", v.sort()) for v in self._here])
        return self._states[k]

    def state(self, k: int) -> dict[Key, Term]:
        """What is said of state k."""
        names = list(zip(self._here, self.variables(k), strict=True))
        return self._renamed(self.formulas.state, names)

    def start(self) -> dict[Key, Term]:
        """What is said of state 0 where a path begins."""
        names = list(zip(self._here, self.variables(0), strict=True))
        return self._renamed(self.formulas.start, names)

    def step(self, k: int) -> dict[Key, Term]:
        """What is said of the step from state k to the next."""
        selector = self._selectors[k] = _at(self.formulas.selector, k)
        names = [
            *zip(self._here, self.variables(k), strict=True),
            *zip(self._after, self.variables(k + 1), strict=True),
            (self.formulas.selector, selector),
            *((choice, _at(choice, k)) for choice in self.formulas.choices),
        ]
        return self._renamed(self.formulas.step, names)

    def _renamed(self, bundle: Bundle, names: Sequence[tuple[Term, Term]]) -> dict[Key, Term]:
        self.clock.milliseconds()
        return bundle.renamed(names)

    # --- questions ----------------------------------------------------------------------

    def add(self, *terms: Term) -> None:
        """Say that these are true."""
        self.solver.add(*terms)

    def model(self, *terms: Term) -> Term | None:
        """A model of all that was said and of these terms; None if there is none."""
        assumptions = [self._named(term) for term in terms]
        left = self.clock.milliseconds()
        if left is not None:
            self.solver.set("timeout", left)
        answer = self.solver.check(*assumptions)
        if answer == z3.unknown:
            self._explain()
        return self.solver.model() if answer == z3.sat else None

    def _named(self, term: Term) -> Term:
        """A name for a term that may be assumed: the solver takes only names for that."""
        name = z3.Bool(f"query{self._queries}")
        self._queries += 1
        self.solver.add(z3.Implies(name, term))
        return name

    def _explain(self) -> None:
        reason = self.solver.reason_unknown()
        if "interrupt" in reason:
            raise KeyboardInterrupt
        self.clock.milliseconds()
        if self.clock.seconds is not None and reason in ("timeout", "canceled"):
            raise OutOfTime(f"{self.clock.seconds:g} seconds")
        raise OutOfTime(f"z3 gave up ({reason})")

    # --- answers ------------------------------------------------------------------------

    def decoded(self, model: Term, k: int) -> State:
        """State k in a model."""
        flat = iter(_values(model, self.variables(k)))
        rows = [[next(flat) for _ in row] for row in self.formulas.relation.here.variables]
        return self.formulas.relation.here.unpacked(rows)

    def attempt(self, model: Term, k: int) -> tuple[int, int]:
        """The step from state k in a model, and its binding."""
        (number,) = _values(model, [self._selectors[k]])
        attempt = self.formulas.relation.attempts[number]
        return attempt.step, attempt.binding

    def different(self, i: int, j: int) -> Term:
        """That states i and j are not the same."""
        pairs = zip(self.variables(i), self.variables(j), strict=True)
        return z3.Or(*(a != b for a, b in pairs))


def _at(variable: Term, k: int) -> Term:
    return z3.Const(f"{variable}@{k}", variable.sort())


def _values(model: Term, variables: Iterable[Term]) -> list[int]:
    found: list[int] = []
    for variable in variables:
        value = model.eval(variable, model_completion=True)
        found.append(int(z3.is_true(value)) if z3.is_bool(value) else value.as_long())
    return found
