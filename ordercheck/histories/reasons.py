"""Why events contradict each other: as few facts and rules as are enough for that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

from ordercheck.histories.constraints import Before, Formula, Node
from ordercheck.histories.decision import contradicts
from ordercheck.histories.history import Event, History
from ordercheck.histories.problem import NONE, Clause, Edge, Line, Problem, events_of
from ordercheck.histories.smallest import cut_down
from ordercheck.ir.record import dataclass

MOST_SPELLED_OUT = 24
"""On a line of more events than this, only neighbours are compared."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Something known (`is_fact`), or something that a rule demands.

    `given` are events that the rule rests on, besides those that it orders; `is_since`:
    it rests on these two being in this order.
    """

    words: str
    formula: Formula
    is_fact: bool
    given: tuple[Event, ...] = ()
    is_since: bool = False


@dataclass(frozen=True, slots=True)
class _Part:
    """One fact or rule, as a reason and as a part of a problem."""

    reasons: tuple[Reason, ...]
    part: Edge | Clause


def reasons_of(problem: Problem, history: History) -> tuple[Reason, ...]:
    """Of a problem that has no solution: facts first, then rules; none can be left out."""
    parts = list(_parts(problem, history))
    # Numbers are tried and left out in their order: see `_parts`.
    needed = cut_down(
        frozenset(range(len(parts))),
        lambda kept: contradicts(_problem(problem, [parts[k] for k in sorted(kept)])),
    )
    found = dict.fromkeys(reason for k in sorted(needed) for reason in parts[k].reasons)
    return tuple(sorted(found, key=lambda reason: not reason.is_fact))


def _problem(problem: Problem, parts: Sequence[_Part]) -> Problem:
    edges = tuple(p.part for p in parts if isinstance(p.part, Edge))
    clauses = tuple(p.part for p in parts if isinstance(p.part, Clause))
    return Problem(problem.events, problem.points, (), edges, clauses)


def _parts(problem: Problem, history: History) -> Iterator[_Part]:
    """Rules first, and what is known between neighbours before what is known across many.

    In this order they are tried and left out; what is tried last tends to stay.
    """
    nodes: list[Node] = [*history.events, *problem.points]
    for clause in problem.clauses:
        rest = clause.given - events_of(clause.formula)
        given = tuple(history.events[k] for k in sorted(rest))
        yield _Part((Reason(clause.words, clause.formula, False, given),), clause)
    for edge in problem.edges:
        order = Before(nodes[edge.first], nodes[edge.second])
        given = tuple(history.events[k] for k in sorted(edge.given))
        yield _Part((Reason(edge.words, order, edge.is_fact, given),), edge)
    for line in sorted(problem.lines, key=lambda line: line.is_fact):
        yield from _on_line(line, nodes)


def _on_line(line: Line, nodes: Sequence[Node]) -> Iterator[_Part]:
    members = line.members
    apart = [(j - i, i, j) for i, j in combinations(range(len(members)), 2)]
    if len(members) > MOST_SPELLED_OUT:
        apart = [(1, i, j) for i, j in pairwise(range(len(members)))]
    for _, i, j in sorted(apart):
        one, other = members[i], members[j]
        if one.last >= other.first:
            continue
        given = frozenset(s for s in (one.support, other.support) if s != NONE)
        edge = Edge(line.words, one.node, other.node, given, line.is_fact)
        order = Before(nodes[one.node], nodes[other.node])
        a, b = nodes[one.support], nodes[other.support]
        if len(given) == 2 and isinstance(a, Event) and isinstance(b, Event):
            known = Reason(line.carried, Before(a, b), True)
            yield _Part((known, Reason(line.words, order, False, (a, b), True)), edge)
        else:
            yield _Part((Reason(line.words, order, line.is_fact),), edge)
