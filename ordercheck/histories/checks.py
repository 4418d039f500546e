"""What a spec yields, looked at before it is used: authors are told, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ordercheck.histories.constraints import (
    AllOf,
    AnyOf,
    Before,
    IfHappened,
    InOrder,
    Point,
    Rule,
    SameOrder,
    nodes_of,
)
from ordercheck.histories.history import Event


def mistake_in(found: object) -> str:
    """What is wrong with something that should be a constraint; "" if nothing is."""
    return next(_mistakes(found), "")


def _mistakes(found: object) -> Iterator[str]:
    match found:
        case Rule(words, formula, given):
            yield from _words(words)
            yield from _formula(formula)
            yield from _events(given)
            if not given and not list(nodes_of(formula)):
                yield "which speaks of no event"
        case InOrder(words, numbered):
            yield from _words(words)
            for each in numbered:
                yield from _pair(each)
                yield from _node(each[0])
                if not isinstance(each[1], int | float):
                    yield f"in which {each[1]!r} is no number"
        case SameOrder(words, pairs):
            yield from _words(words)
            for pair in pairs:
                yield from _pair(pair)
                yield from _node(pair[0])
                yield from _node(pair[1])
        case _:
            yield "which is no constraint"


def _words(words: object) -> Iterator[str]:
    if not isinstance(words, str):
        yield f"in which {words!r} are no words that say why"


def _pair(pair: object) -> Iterator[str]:
    if not isinstance(pair, tuple) or len(pair) != 2:
        yield f"in which {pair!r} is no pair"


def _node(node: object) -> Iterator[str]:
    if not isinstance(node, Event | Point):
        yield f"in which {node!r} is no event, and no point"


def _events(events: Iterable[object]) -> Iterator[str]:
    for event in events:
        if not isinstance(event, Event):
            yield f"in which {event!r} is no event"


def _formula(formula: object) -> Iterator[str]:
    match formula:
        case Before(first, second):
            yield from _node(first)
            yield from _node(second)
        case AnyOf(parts) | AllOf(parts):
            for part in parts:
                yield from _formula(part)
        case IfHappened(event, inner):
            yield from _events([event])
            yield from _formula(inner)
        case _:
            yield f"in which {formula!r} is no formula"
