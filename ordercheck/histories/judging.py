"""The judgement of a history: an order as the spec wants it, or events that rule one out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from ordercheck.histories.constraints import Constraint
from ordercheck.histories.decision import contradicts, satisfies
from ordercheck.histories.graph import ordered, smallest_circle
from ordercheck.histories.history import Event, History
from ordercheck.histories.problem import FALSE, Problem, TooLarge, problem_of
from ordercheck.histories.reasons import Reason, reasons_of
from ordercheck.histories.smallest import (
    counts_events_once,
    cut_down,
    fewest_by_rules,
    smallest,
    without_such_rules,
)
from ordercheck.histories.solving import Conflict, GaveUp, Solver
from ordercheck.ir.record import dataclass

MOST_EVENTS = 150
"""Histories of more events are not searched for the very smallest contradiction by z3."""


@dataclass(frozen=True, slots=True)
class Consistent:
    """`order` has all events in an order that the spec allows and the record does not rule out."""

    order: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """These events contradict each other, for these reasons; of neither can any be left out.

    `is_smallest`: no contradiction in this history has fewer events. If it is false,
    there may be one; that has not been found out.
    """

    events: tuple[Event, ...]
    reasons: tuple[Reason, ...]
    is_smallest: bool


@dataclass(frozen=True, slots=True)
class Undecided:
    """A limit was reached; `limit` says which."""

    limit: str


Judgement: TypeAlias = Consistent | Contradiction | Undecided


def judge(history: History, constraints: Iterable[Constraint]) -> Judgement:
    """Whether there is an order of the events that the constraints allow."""
    try:
        problem = problem_of(history, constraints)
        answer = _answer(problem)
        if isinstance(answer, _Found):
            return _contradiction(history, problem, answer)
        return Consistent(tuple(history.events[n] for n in answer if n < problem.events))
    except TooLarge as error:
        return Undecided(str(error))
    except GaveUp:
        return Undecided("z3 found no answer within its limit of steps")


@dataclass(frozen=True, slots=True)
class _Found:
    """Events that contradict, and whether it is known that no fewer do; who found it out."""

    events: frozenset[int]
    is_smallest: bool
    solver: Solver | None = None


def _answer(problem: Problem) -> list[int] | _Found:
    """A solution, as an order of nodes, or the smallest contradiction that is easily found."""
    found = [clause.given for clause in problem.clauses if clause.formula == FALSE]
    # Whether nothing else than these and circles can contradict.
    is_partial_order = len(found) == len(problem.clauses)
    order, rest = ordered(problem)
    circle = _circle(problem) if rest else None
    if circle:
        found.append(circle.events)
    if found:
        best = min(found, key=lambda each: (len(each), sorted(each)))
        known = circle.is_smallest if circle else True
        known = known or _is_least(problem, len(best))
        return _Found(best, is_partial_order and known)
    if satisfies(problem, order):
        return order
    solver = Solver(problem)
    answer = solver.judge(range(problem.events))
    if isinstance(answer, Conflict):
        return _Found(answer.events, False, solver)
    found_order = sorted(range(problem.size), key=lambda node: (answer.of[node], node))
    # What z3 says is looked at again before it is told.
    assert satisfies(problem, found_order)
    return found_order


def _circle(problem: Problem) -> _Found:
    """The smallest circle, if it is small enough to be looked for; else one that cannot be cut."""
    found = smallest_circle(problem)
    if found is not None:
        return _Found(found, counts_events_once(problem))
    events = frozenset(range(problem.events))
    return _Found(cut_down(events, lambda kept: bool(ordered(problem.restricted(kept))[1])), False)


def _is_least(problem: Problem, size: int) -> bool:
    """Whether no circle can have fewer events than this."""
    if size > fewest_by_rules(problem):
        return False
    plain = without_such_rules(problem)
    if not ordered(plain)[1]:
        return True
    circle = smallest_circle(plain)
    return circle is not None and size <= len(circle)


def _contradiction(history: History, problem: Problem, found: _Found) -> Contradiction:
    events = cut_down(found.events, lambda kept: contradicts(problem.restricted(kept)))
    is_smallest = found.is_smallest or len(events) <= 1
    if not is_smallest and problem.events <= MOST_EVENTS:
        events, is_smallest = smallest(problem, events, found.solver)
    told = tuple(history.events[k] for k in sorted(events))
    return Contradiction(told, reasons_of(problem.restricted(events), history), is_smallest)
