"""Event logs: rules that say when a log can be replayed, each event having a consumer.

A rule is data; a spec is a list of them:

    class Waits(LogSpec):
        rules = [
            cause("wait_created", "wait_completed", same="wait"),
            once("wait_completed", same="wait"),
            decided(by="wait_completed", against="hook_received", same="race",
                    events=where("wait_created", branch="sleep")),
        ]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import ClassVar, TypeAlias, assert_never

from ordercheck.histories.constraints import (
    Constraint,
    any_of,
    before,
    never,
    rule,
)
from ordercheck.histories.history import MISSING, Event, History
from ordercheck.histories.reading import ITSELF, Reading
from ordercheck.histories.spec import OrderSpec
from ordercheck.histories.values import ByValue, Value
from ordercheck.ir.record import dataclass


@dataclass(frozen=True, slots=True)
class Where:
    """Events of these kinds whose fields have these values."""

    kinds: tuple[str, ...]
    fields: tuple[tuple[str, Value], ...] = ()

    def __str__(self) -> str:
        said = [f"{name}={value!r}" for name, value in self.fields]
        return " or ".join(self.kinds) + (f" ({', '.join(said)})" if said else "")

    def of(self, history: History) -> list[Event]:
        """These events of a history."""
        return list(history.of(*self.kinds, **dict(self.fields)))


Selection: TypeAlias = str | tuple[str, ...] | Where
Names: TypeAlias = str | tuple[str, ...]


def where(*kinds: str, **fields: Value) -> Where:
    """Events of these kinds, with these values in fields."""
    return Where(kinds, tuple(fields.items()))


@dataclass(frozen=True, slots=True)
class Cause:
    """Each effect comes after a cause that is the same in some fields."""

    causes: Where
    effects: Where
    same: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Once:
    """No two of these events are the same in all these fields."""

    events: Where
    same: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class First:
    """Nothing that is the same in these fields comes before these events."""

    events: Where
    same: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Last:
    """Nothing that is the same in these fields comes after these events."""

    events: Where
    same: tuple[str, ...]
    others: Where


@dataclass(frozen=True, slots=True)
class Decided:
    """Events of a branch come only after what decided for it, and that before all its rivals."""

    events: Where
    by: Where
    against: Where
    same: tuple[str, ...]


LogRule: TypeAlias = Cause | Once | First | Last | Decided


def cause(causes: Selection, effects: Selection, *, same: Names = ()) -> LogRule:
    """Each of the effects comes after one of the causes that is the `same` in these fields."""
    return Cause(_where(causes), _where(effects), _names(same))


def once(events: Selection, *, same: Names = ()) -> LogRule:
    """At most one of these events for each value of the fields."""
    return Once(_where(events), _names(same))


def first(events: Selection, *, same: Names = ()) -> LogRule:
    """Whatever is the `same` in these fields comes after these events."""
    return First(_where(events), _names(same))


def last(events: Selection, *, same: Names = (), others: Selection = ()) -> LogRule:
    """Nothing that is the `same` in these fields comes after; `others`: none of these does."""
    return Last(_where(events), _names(same), _where(others))


def decided(events: Selection, *, by: Selection, against: Selection, same: Names = ()) -> LogRule:
    """The events of a branch come after what decided for it, which comes before what did not."""
    return Decided(_where(events), _where(by), _where(against), _names(same))


def _where(selection: Selection) -> Where:
    match selection:
        case str():
            return Where((selection,))
        case tuple():
            return Where(selection)
        case _:
            return selection


def _names(names: Names) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else names


class LogSpec(OrderSpec):
    """A log in which each event has a consumer: its `rules` hold."""

    rules: ClassVar[Sequence[LogRule]] = ()
    reading: ClassVar[Reading] = Reading(kinds={"log": ITSELF, "events": ITSELF})

    def constraints(self, history: History) -> Iterator[Constraint]:
        """All rules, one after another."""
        for each in self.rules:
            yield from constraints_of(each, history)


def constraints_of(log_rule: LogRule, history: History) -> Iterator[Constraint]:
    """What one rule demands of a history."""
    match log_rule:
        case Cause(causes, effects, same):
            yield from _caused(history, causes, effects, same)
        case Once(events, same):
            words = f"there is one {events} for each {_told(same)}"
            for group in _groups(events.of(history), same).values():
                yield from (never(words, a, b) for a, b in combinations(group, 2))
        case First(events, same):
            groups = _groups(history.events, same, strict=False)
            for each in events.of(history):
                words = f"{each.kind} comes first"
                others = groups[_key(each, same)]
                yield from (rule(words, before(each, o)) for o in others if o is not each)
        case Last(events, same, others):
            rest = others.of(history) if others.kinds else history.events
            groups = _groups(rest, same, strict=False)
            for each in events.of(history):
                words = f"nothing comes after {each.kind}"
                found = groups.get(_key(each, same), ())
                yield from (rule(words, before(o, each)) for o in found if o is not each)
        case Decided():
            yield from _decided(history, log_rule)
        case _:
            assert_never(log_rule)


def _caused(
    history: History, causes: Where, effects: Where, same: tuple[str, ...]
) -> Iterator[Constraint]:
    words = f"{effects} comes after a {causes}" + (f" of the same {_told(same)}" if same else "")
    groups = _groups(causes.of(history), same)
    for effect in effects.of(history):
        found = groups.get(_key(effect, same), [])
        if found or history.complete:
            yield rule(words, any_of(*(before(each, effect) for each in found)), given=[effect])


def _decided(history: History, decision: Decided) -> Iterator[Constraint]:
    """Each event of the branch: some decision for it came before it, and before all rivals."""
    winners = _groups(decision.by.of(history), decision.same)
    rivals = _groups(decision.against.of(history), decision.same)
    words = f"{decision.events} comes after {decision.by}, and that before {decision.against}"
    for event in decision.events.of(history):
        key = _key(event, decision.same)
        for_it = winners.get(key, [])
        if not for_it and not history.complete:
            continue
        options = [any_of() if winner is event else before(winner, event) for winner in for_it]
        yield rule(words, any_of(*options), given=[event])
        for rival in rivals.get(key, []):
            earlier = any_of(*(before(winner, rival) for winner in for_it))
            yield rule(words, earlier, given=[event, rival])


def _groups(
    events: Iterable[Event], names: tuple[str, ...], strict: bool = True
) -> Mapping[Value, list[Event]]:
    """By the values of these fields; events that lack one are left out, unless that is wrong."""
    found: ByValue[list[Event]] = ByValue()
    for event in events:
        if strict or all(event.get(name, MISSING) is not MISSING for name in names):
            found.setdefault(_key(event, names), []).append(event)
    return found


def _key(event: Event, names: tuple[str, ...]) -> Value:
    return tuple(event[name] for name in names)


def _told(names: tuple[str, ...]) -> str:
    return " and ".join(names) or "log"
