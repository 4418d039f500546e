"""The same questions by trying every order: what the solvers are compared with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, permutations

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
    nodes_of,
)
from ordercheck.histories.history import Event, History

Places = dict[Node, int]


def smallest_contradiction(history: History, constraints: Sequence[Constraint]) -> int | None:
    """How many events the smallest contradiction has; None if there is none."""
    for size in range(len(history.events) + 1):
        for events in combinations(history.events, size):
            if contradicts(history, constraints, events):
                return size
    return None


def contradicts(
    history: History, constraints: Sequence[Constraint], events: Sequence[Event]
) -> bool:
    """Whether no order of these events, and all points, is as it should be."""
    active = [c for each in constraints for c in _restricted(each, events)]
    for order in permutations([*events, *_points(constraints)]):
        places = {node: place for place, node in enumerate(order)}
        if agrees(history, places) and all(is_true(each, places) for each in active):
            return False
    return True


def allows(history: History, constraints: Sequence[Constraint], order: Sequence[Event]) -> bool:
    """Whether points can be put into an order of all events so that it is as it should be."""
    active = [c for each in constraints for c in _restricted(each, order)]
    for filled in _with_points(list(order), _points(constraints)):
        places = {node: place for place, node in enumerate(filled)}
        if agrees(history, places) and all(is_true(each, places) for each in active):
            return True
    return False


def _points(constraints: Sequence[Constraint]) -> list[Point]:
    return list(dict.fromkeys(n for c in constraints for n in _nodes(c) if isinstance(n, Point)))


def _with_points(order: list[Node], points: list[Point]) -> Iterator[list[Node]]:
    """All ways to put points between."""
    if not points:
        yield order
        return
    for place in range(len(order) + 1):
        yield from _with_points([*order[:place], points[0], *order[place:]], points[1:])


def agrees(history: History, places: Places) -> bool:
    """Whether an order is one that the record does not rule out."""
    for timeline in history.timelines:
        for a, _, last in timeline.stretches:
            for b, first, _ in timeline.stretches:
                one, other = history.events[a], history.events[b]
                both = one in places and other in places
                if both and last < first and places[one] > places[other]:
                    return False
    for known in history.known:
        one, other = history.events[known.first], history.events[known.second]
        if one in places and other in places and places[one] >= places[other]:
            return False
    return True


def is_true(formula: Formula, places: Places) -> bool:
    match formula:
        case Before(first, second):
            return places[first] < places[second]
        case AnyOf(parts):
            return any(is_true(part, places) for part in parts)
        case AllOf(parts):
            return all(is_true(part, places) for part in parts)
        case IfHappened(event, inner):
            needed = [event, *nodes_of(inner, optional=False)]
            there = all(node in places for node in needed)
            return is_true(inner, places) if there else True


def atoms(formula: Formula) -> Iterable[Before]:
    """The orders that a formula is made of."""
    match formula:
        case Before():
            yield formula
        case AnyOf(parts) | AllOf(parts):
            for part in parts:
                yield from atoms(part)
        case IfHappened(_, inner):
            yield from atoms(inner)


def _nodes(constraint: Constraint) -> Iterable[Node]:
    match constraint:
        case Rule(formula=formula):
            return nodes_of(formula)
        case InOrder(numbered=numbered):
            return [node for node, _ in numbered]
        case SameOrder(pairs=pairs):
            return [node for pair in pairs for node in pair]


def _restricted(constraint: Constraint, events: Sequence[Event]) -> Iterable[Formula]:
    """What a constraint says about these events."""

    def there(*nodes: Node) -> bool:
        return all(isinstance(node, Point) or node in events for node in nodes)

    match constraint:
        case Rule(_, formula, given):
            if there(*nodes_of(formula, optional=False), *given):
                yield formula
        case InOrder(_, numbered):
            for a, x in numbered:
                for b, y in numbered:
                    if x < y and there(a, b):
                        yield Before(a, b)
        case SameOrder(_, pairs):
            for (a, x), (b, y) in combinations(pairs, 2):
                if there(a, b, x, y):
                    both = AllOf((Before(a, b), Before(x, y)))
                    yield AnyOf((both, AllOf((Before(b, a), Before(y, x)))))
