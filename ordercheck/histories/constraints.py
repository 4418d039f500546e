"""What a spec demands of the order of events, as data: solvers read it, reports quote it.

A formula is made of `before(a, b)`, `any_of` and `all_of`. It speaks of positions: each
event has one, and so has each `Point`, a moment that was not recorded, such as the one
at which an operation took effect. No two of them are at the same position.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias, assert_never

from ordercheck.histories.history import Event
from ordercheck.ir.record import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """A moment that no event records; two of one name are the same."""

    name: str


Node: TypeAlias = Event | Point


@dataclass(frozen=True, slots=True)
class Before:
    """`first` is at an earlier position than `second`."""

    first: Node
    second: Node


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of these is true; of none, none is."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """All of these are true."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class IfHappened:
    """True as long as the event is left out of what is looked at."""

    event: Event
    formula: Formula


Formula: TypeAlias = Before | AnyOf | AllOf | IfHappened


@dataclass(frozen=True, slots=True)
class Rule:
    """A formula that must be true, as far as all events of `given` happened.

    `words` say what rule it is an instance of, for people. Events of the formula are
    given, whether they are named or not, except those in an `if_happened`.
    """

    words: str
    formula: Formula
    given: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class InOrder:
    """Each must come before all those with a larger number. The same as that many rules."""

    words: str
    numbered: tuple[tuple[Node, float], ...]


@dataclass(frozen=True, slots=True)
class SameOrder:
    """For all pairs (a, x) and (b, y): a is before b if, and only if, x is before y."""

    words: str
    pairs: tuple[tuple[Node, Node], ...]


Constraint: TypeAlias = Rule | InOrder | SameOrder


def before(first: Node, second: Node) -> Before:
    """`first` comes before `second`."""
    return Before(first, second)


def any_of(*parts: Formula) -> Formula:
    """At least one of these."""
    return AnyOf(parts)


def all_of(*parts: Formula) -> Formula:
    """All of these."""
    return AllOf(parts)


def negation(formula: Formula) -> Formula:
    """What is true exactly where the formula is not; there are no ties.

    Not of `if_happened`: a contradiction must not vanish when more events are looked at.
    """
    match formula:
        case Before(first, second):
            return Before(second, first)
        case AnyOf(parts):
            return AllOf(tuple(map(negation, parts)))
        case AllOf(parts):
            return AnyOf(tuple(map(negation, parts)))
        case IfHappened():
            raise TypeError("if_happened(…) has no negation: it would be lost with its event")
        case _:
            assert_never(formula)


def if_happened(event: Event, formula: Formula) -> Formula:
    """The formula; but a contradiction need not have this event for the formula to count."""
    return IfHappened(event, formula)


def implies(condition: Formula, consequence: Formula) -> Formula:
    """Where the condition is true, so is the consequence."""
    return AnyOf((negation(condition), consequence))


def rule(words: str, formula: Formula, given: Iterable[Event] = ()) -> Rule:
    """A formula that must be true; `words` say why, `given` which other events it rests on."""
    return Rule(words, formula, tuple(given))


def never(words: str, *events: Event) -> Rule:
    """These events cannot all have happened, in whatever order."""
    return Rule(words, AnyOf(()), events)


def in_order(words: str, numbered: Iterable[tuple[Node, float]]) -> InOrder:
    """Events with a smaller number come before those with a larger one."""
    return InOrder(words, tuple(numbered))


def same_order(words: str, pairs: Iterable[tuple[Node, Node]]) -> SameOrder:
    """The first of each pair are in the same order as the second: sent as they are delivered."""
    return SameOrder(words, tuple(pairs))


def nodes_of(formula: Formula, optional: bool = True) -> Iterator[Node]:
    """All that a formula speaks of, with repetitions; with what only counts if it happened."""
    match formula:
        case Before(first, second):
            yield from (first, second)
        case AnyOf(parts) | AllOf(parts):
            for part in parts:
                yield from nodes_of(part, optional)
        case IfHappened(event, inner):
            if optional:
                yield event
                yield from nodes_of(inner)
        case _:
            assert_never(formula)
