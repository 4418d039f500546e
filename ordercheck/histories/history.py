"""A recorded history: events, and what is known of the order in which they happened."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from ordercheck.histories.values import ByValue, Value, same
from ordercheck.ir.record import dataclass
from ordercheck.ir.span import NOWHERE, BadInput, Diagnostic, Span

MISSING = object()


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: `event["call"]` and `event.get("call")` read its fields.

    `where` says where it was recorded ("line 3", "step 6"); `index` is its place in the
    history, from 0. An event of no known actor has "" there.
    """

    index: int
    id: str
    kind: str
    actor: str
    fields: tuple[tuple[str, Value], ...]
    where: str
    span: Span = NOWHERE

    def __getitem__(self, name: str) -> Value:
        """A field's value; BadInput, which says where, if the event has no such field."""
        found = self.get(name, MISSING)
        if found is MISSING:
            raise BadInput(lacking(self, name))
        return found

    def get(self, name: str, default: Value = None) -> Value:
        """A field's value, or the default; `kind`, `actor` and `id` count as fields."""
        for field, value in self.fields:
            if field == name:
                return value
        return {"kind": self.kind, "actor": self.actor, "id": self.id}.get(name, default)

    def matches(self, **wanted: Value) -> bool:
        """Whether all these fields are there and have these values."""
        return all(same(self.get(name, MISSING), value) for name, value in wanted.items())


def lacking(event: Event, name: str) -> Diagnostic:
    """What to say of an event without a field that a spec asks for."""
    known = ", ".join(field for field, _ in event.fields) or "none"
    return Diagnostic(
        "E943",
        f"{event.where} is {event.kind!r}, but has no {name!r}",
        event.span,
        "a field is missing",
        help=f"its fields are: {known}",
    )


Stretch = tuple[int, float, float]
"""An event's index, and from where to where it lies on a line."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """What one observer saw: an event comes before another if its stretch ends before that begins.

    Events whose stretches meet were seen at once, as far as this observer can tell. A
    point is a stretch that ends where it begins. `words` end a sentence: "A came before
    B: " + words.
    """

    words: str
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """One event is known to come before another, since the record says so."""

    first: int
    second: int
    words: str


@dataclasses.dataclass(frozen=True)
class History:
    """Events in the order of their file, and what is known of the order they happened in.

    `file` is what they were read from; `complete` says that nothing happened that is not
    recorded, so that what is missing has not happened.
    """

    events: tuple[Event, ...]
    timelines: tuple[Timeline, ...] = ()
    known: tuple[Known, ...] = ()
    file: str = ""
    complete: bool = True

    def of(self, *kinds: str, **fields: Value) -> Iterator[Event]:
        """The events of these kinds (any, if none is named) that have these values in fields."""
        for event in self.events:
            if (not kinds or event.kind in kinds) and event.matches(**fields):
                yield event

    def groups(self, *kinds: str, by: str | tuple[str, ...]) -> Mapping[Value, list[Event]]:
        """The events of these kinds by the value of a field; of several fields, by the tuple."""
        found: ByValue[list[Event]] = ByValue()
        for event in self.of(*kinds):
            key = event[by] if isinstance(by, str) else tuple(event[name] for name in by)
            found.setdefault(key, []).append(event)
        return found

    @property
    def kinds(self) -> tuple[str, ...]:
        """All kinds of events, in order of appearance."""
        return tuple(dict.fromkeys(event.kind for event in self.events))
