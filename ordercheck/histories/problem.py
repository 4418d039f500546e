"""A history and a spec's constraints, numbered, in the shape that solvers want.

Nodes are numbers: events first, by their index, then points. What must hold is

- lines: a member comes before another of its line if its stretch ends before that of the
  other begins. A member with a support counts only where its support happened, too;
- edges: one node before another, where all events that are given happened;
- clauses: formulas of any shape, where all events that they speak of happened.

Restricted to a set of events, a problem is what of it speaks of these events only. A
history contradicts its spec if there are no positions for all nodes, and a set of events
does if there are none for the problem restricted to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations, pairwise
from typing import assert_never

from ordercheck.histories.constraints import (
    AllOf,
    AnyOf,
    Before,
    Constraint,
    Formula,
    IfHappened,
    InOrder,
    Node,
    Point,
    Rule,
    SameOrder,
    all_of,
    any_of,
    before,
    nodes_of,
)
from ordercheck.histories.history import Event, History
from ordercheck.ir.record import dataclass

MOST_PAIRS = 20_000
"""Pairs of a same-order rule whose order nothing tells: each becomes a clause."""

NONE = -1
"""In place of a support, where there is none."""

TRUE, FALSE = AllOf(()), AnyOf(())


class TooLarge(Exception):
    """A problem that would be too large to solve; the text says what of it."""


@dataclass(frozen=True, slots=True)
class Member:
    """A node on a line. `support` is the event that it is there because of, or NONE."""

    node: int
    first: float
    last: float
    support: int = NONE


@dataclass(frozen=True, slots=True)
class Line:
    """Members in order of where their stretches begin.

    `carried` are the words of the line on which the supports lie, where there are any.
    """

    words: str
    members: tuple[Member, ...]
    is_fact: bool
    carried: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """`first` before `second`, if the events of `given` happened."""

    words: str
    first: int
    second: int
    given: frozenset[int]
    is_fact: bool


@dataclass(frozen=True, slots=True)
class Clause:
    """A formula to be true, if `given`, which has all its events, happened."""

    words: str
    formula: Formula
    given: frozenset[int]


@dataclass(frozen=True, slots=True)
class Problem:
    """What `judge` judges. Nodes from `events` on are points."""

    events: int
    points: tuple[Point, ...]
    lines: tuple[Line, ...]
    edges: tuple[Edge, ...]
    clauses: tuple[Clause, ...]

    @property
    def size(self) -> int:
        """How many nodes there are."""
        return self.events + len(self.points)

    def restricted(self, kept: frozenset[int]) -> Problem:
        """What of it speaks of no other events than these."""
        nodes = kept.union(range(self.events, self.size), (NONE,))
        lines = []
        for line in self.lines:
            members = tuple(m for m in line.members if m.node in nodes and m.support in nodes)
            if len(members) > 1:
                lines.append(Line(line.words, members, line.is_fact, line.carried))
        edges = tuple(e for e in self.edges if {e.first, e.second} <= nodes and e.given <= kept)
        clauses = [_restricted(c, kept) for c in self.clauses if c.given <= kept]
        clauses = [clause for clause in clauses if clause.formula != TRUE]
        return Problem(self.events, self.points, tuple(lines), edges, tuple(clauses))


def compacted(problem: Problem, kept: frozenset[int]) -> tuple[Problem, list[int]]:
    """Restricted to these events, which have new numbers; and the old number of each.

    Without clauses, and without what is no longer needed of the points.
    """
    small = problem.restricted(kept)
    old = [*sorted(kept), *range(problem.events, problem.size)]
    new = {node: k for k, node in enumerate(old)} | {NONE: NONE}
    lines = tuple(
        Line(
            line.words,
            tuple(Member(new[m.node], m.first, m.last, new[m.support]) for m in line.members),
            line.is_fact,
            line.carried,
        )
        for line in small.lines
    )
    edges = tuple(
        Edge(e.words, new[e.first], new[e.second], frozenset(new[g] for g in e.given), e.is_fact)
        for e in small.edges
    )
    return Problem(len(kept), problem.points, lines, edges, ()), old


def numbers(problem: Problem) -> dict[str, int]:
    """The node of each point, by its name."""
    return {point.name: problem.events + k for k, point in enumerate(problem.points)}


class _Draft:
    """What is collected while constraints are read."""

    def __init__(self, history: History) -> None:
        self.count = len(history.events)
        self.points: dict[Point, int] = {}
        self.lines: list[Line] = []
        self.edges: list[Edge] = []
        self.clauses: list[Clause] = []

    def number(self, node: Node) -> int:
        """An event's index; a point's, new if it was not met before."""
        if isinstance(node, Event):
            return node.index
        return self.points.setdefault(node, self.count + len(self.points))

    def line(self, words: str, members: Iterable[Member], carried: Line | None = None) -> None:
        """Keep a line of a rule's, unless it says nothing."""
        placed = tuple(sorted(members, key=lambda m: (m.first, m.last, m.node)))
        if len(placed) > 1:
            self.lines.append(Line(words, placed, False, carried.words if carried else ""))

    def add(self, constraint: Constraint) -> None:
        """Keep a constraint. Those of `same_order` come last: they look at all lines."""
        match constraint:
            case Rule():
                self.add_rule(constraint)
            case InOrder(words, numbered):
                members = [Member(self.number(node), at, at) for node, at in numbered]
                self.line(words, members)
            case SameOrder():
                self.add_same_order(constraint)
            case _:
                assert_never(constraint)

    def add_rule(self, rule: Rule) -> None:
        """An edge for each part that is just an order, a clause for what is left."""
        formula = simplified(rule.formula)
        given = events_of(rule.formula).union(event.index for event in rule.given)
        parts = formula.parts if isinstance(formula, AllOf) else (formula,)
        for part in parts:
            if isinstance(part, Before):
                first, second = self.number(part.first), self.number(part.second)
                rest = given - {first, second}
                self.edges.append(Edge(rule.words, first, second, rest, False))
            else:
                for node in nodes_of(part):
                    self.number(node)
                self.clauses.append(Clause(rule.words, part, given))

    def add_same_order(self, constraint: SameOrder) -> None:
        """What is known of one side holds for the other; a clause where neither is known."""
        pairs = list({(self.number(a), self.number(b)): (a, b) for a, b in constraint.pairs})
        sides = (pairs, [(b, a) for a, b in pairs])
        plain = [line for line in self.lines if all(m.support == NONE for m in line.members)]
        for side in sides:
            for line in plain:
                found = _carried(line, side)
                # One line that orders all of a side says everything that others could.
                if len(found) == len(side) and _is_strict(found):
                    self.line(constraint.words, found, line)
                    return
        for side in sides:
            for line in plain:
                self.line(constraint.words, _carried(line, side), line)
        self.choices(constraint, plain)

    def choices(self, constraint: SameOrder, lines: Sequence[Line]) -> None:
        """A clause for each two pairs that no line orders."""
        places = [{m.node: m for m in line.members} for line in lines]
        for (a, x), (b, y) in combinations(constraint.pairs, 2):
            ends = self.number(a), self.number(b), self.number(x), self.number(y)
            if any(_ordered(p, *ends[:2]) or _ordered(p, *ends[2:]) for p in places):
                continue
            forwards = all_of(before(a, b), before(x, y))
            backwards = all_of(before(b, a), before(y, x))
            self.add_rule(Rule(constraint.words, any_of(forwards, backwards)))
            if len(self.clauses) > MOST_PAIRS:
                raise TooLarge(f"nothing tells the order of more than {MOST_PAIRS:,} pairs")


def events_of(formula: Formula) -> frozenset[int]:
    """The events that have to be there for a formula to count."""
    nodes = nodes_of(formula, optional=False)
    return frozenset(node.index for node in nodes if isinstance(node, Event))


def optional_events(event: Event, formula: Formula) -> frozenset[int]:
    """The events that have to be there for an `if_happened` to count."""
    return events_of(formula) | {event.index}


def _restricted(clause: Clause, kept: frozenset[int]) -> Clause:
    formula = simplified(_without(clause.formula, kept))
    return Clause(clause.words, formula, clause.given)


def _without(formula: Formula, kept: frozenset[int]) -> Formula:
    """The formula where only these events happened."""
    match formula:
        case Before():
            return formula
        case AnyOf(parts):
            return AnyOf(tuple(_without(part, kept) for part in parts))
        case AllOf(parts):
            return AllOf(tuple(_without(part, kept) for part in parts))
        case IfHappened(event, inner):
            there = optional_events(event, inner) <= kept
            return _without(inner, kept) if there else TRUE
        case _:
            assert_never(formula)


def _carried(line: Line, side: Sequence[tuple[int, int]]) -> list[Member]:
    """The partners of those on a line, as members of a line of their own."""
    places = {member.node: member for member in line.members}
    return [
        Member(partner, places[node].first, places[node].last, node)
        for node, partner in side
        if node in places
    ]


def _is_strict(members: Sequence[Member]) -> bool:
    """Whether of any two members one comes before the other."""
    placed = sorted(members, key=lambda m: (m.first, m.last))
    return all(a.last < b.first for a, b in pairwise(placed))


def _ordered(places: dict[int, Member], one: int, other: int) -> bool:
    a, b = places.get(one), places.get(other)
    return a is not None and b is not None and (a.last < b.first or b.last < a.first)


def simplified(formula: Formula) -> Formula:
    """The same without parts that are always true or always false, and not nested in its kind."""
    match formula:
        case Before(first, second):
            return FALSE if first == second else formula
        case AnyOf(parts):
            return _joined(AnyOf, parts, TRUE, FALSE)
        case AllOf(parts):
            return _joined(AllOf, parts, FALSE, TRUE)
        case IfHappened(_, inner):
            # As it is: which events have to be there is told by all of it.
            return TRUE if simplified(inner) == TRUE else formula
        case _:
            assert_never(formula)


def _joined(
    kind: type[AnyOf] | type[AllOf], parts: Iterable[Formula], decides: Formula, idle: Formula
) -> Formula:
    kept: list[Formula] = []
    for part in map(simplified, parts):
        if part == decides:
            return decides
        if part != idle:
            kept += part.parts if isinstance(part, kind) else (part,)
    return kept[0] if len(kept) == 1 else kind(tuple(kept))


def problem_of(history: History, constraints: Iterable[Constraint]) -> Problem:
    """The question whether there is an order of the history's events as the constraints want it.

    Raises TooLarge.
    """
    draft = _Draft(history)
    for timeline in history.timelines:
        placed = sorted(timeline.stretches, key=lambda s: (s[1], s[2], s[0]))
        members = tuple(Member(node, first, last) for node, first, last in placed)
        draft.lines.append(Line(timeline.words, members, True))
    for known in history.known:
        draft.edges.append(Edge(known.words, known.first, known.second, frozenset(), True))
    listed = list(constraints)
    for constraint in sorted(listed, key=lambda each: isinstance(each, SameOrder)):
        draft.add(constraint)
    return Problem(
        draft.count,
        tuple(draft.points),
        tuple(draft.lines),
        tuple(draft.edges),
        tuple(draft.clauses),
    )
