"""The orders that messages and calls may be promised: built in, by name.

Things are `sent` and `delivered`. Which thing it is stands in `message` or `call`; `ref`
says on which reference, `to` and `from` who is at the other end. Where no `from` is
recorded, all have come from one sender.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import ClassVar

from ordercheck.histories.causes import Causes
from ordercheck.histories.constraints import (
    Constraint,
    Point,
    before,
    in_order,
    never,
    rule,
    same_order,
)
from ordercheck.histories.history import MISSING, Event, History, lacking
from ordercheck.histories.problem import TooLarge
from ordercheck.histories.reading import Reading
from ordercheck.histories.spec import OrderSpec, by_actor
from ordercheck.histories.values import ByValue, Value, same
from ordercheck.ir.span import BadInput, Diagnostic

Named = Mapping[Value, list[Event]]
"""Events by what was sent or delivered."""

ALL = "all"
"""In place of a receiver."""

Pair = tuple[Event, Event]
"""What was sent, and one of its deliveries."""

MANY = 10_000
"""Violations of causal order after which it is worth while to look whether that is enough."""

MOST_RULES = 20_000
"""Of causal order, where the order of deliveries is not known: one for each two messages."""


class _Deliveries(OrderSpec):
    """What is about things sent and delivered."""

    kinds: ClassVar[tuple[str, ...]] = ("sent", "delivered")
    needs: ClassVar[tuple[str, ...]] = ("delivered",)
    reading: ClassVar[Reading] = Reading(fields={"sent": ("message",), "delivered": ("message",)})


class EOrder(_Deliveries):
    """Calls on one reference are delivered in the order in which they were made.

    What a Cap'n Proto reference promises (capnproto.org/rpc.html). A call that is never
    delivered violates nothing; one that is delivered twice, or without having been made,
    does. Where nothing is said to be sent, calls are numbered as they were made.
    """

    reading: ClassVar[Reading] = Reading(fields={"sent": ("call",), "delivered": ("call",)})

    def constraints(self, history: History) -> Iterator[Constraint]:
        """For each reference."""
        yield from _in_order(history, _ref, _ref, "calls", lambda ref: f"on {ref}" if ref else "")


class Fifo(_Deliveries):
    """Messages from one actor to another are delivered in the order in which they were sent.

    A message may be lost; none is delivered twice, or without having been sent. What is
    sent `to` nobody in particular is sent to all. Where nothing is said to be sent, messages
    are numbered as they were.
    """

    def constraints(self, history: History) -> Iterator[Constraint]:
        """For each pair of sender and receiver."""
        has_from = any(event.get("from") is not None for event in history.of("delivered"))

        def sent(event: Event) -> Value:
            return event.actor if has_from else "", _actor(event, "to") or ALL

        def delivered(event: Event) -> Value:
            return _actor(event, "from"), _receiver(event)

        yield from _in_order(history, sent, delivered, "messages", _between)


class Causal(_Deliveries):
    """If one message was sent because of another, nobody gets it first.

    A message is sent because of all that its sender had sent or got by then, and of what
    those were sent because of. Only messages that both get to an actor are in order there.
    """

    def constraints(self, history: History) -> Iterator[Constraint]:
        """For each actor, and each two messages that got there."""
        sent = _unique(history, _ref)
        matched: list[tuple[Event, Event]] = []
        for each in history.of("delivered"):
            made = sent.get((_ref(each), _name(each)))
            if made is not None:
                matched.append((made, each))
                yield rule("a message is sent, then delivered", before(*matched[-1]))
            elif history.complete:
                yield never("what is delivered was sent", each)
        causes = Causes(by_actor(history), matched)
        facts = Causes(history)
        violated: dict[int, dict[int, Pair]] = {}
        count, wrong = 0, 0
        for (sent_first, first), (sent_second, second) in _caused(matched, causes, facts):
            if not facts.precede(second, first):
                count += 1
                if count > MOST_RULES:
                    raise TooLarge(f"nothing tells the order of over {MOST_RULES:,} deliveries")
                yield _after_its_cause(causes, (sent_first, sent_second), (first, second))
                continue
            violated.setdefault(sent_first.index, {})[sent_second.index] = first, second
            wrong += 1
            # No contradiction by this rule has fewer events than one of two that were sent.
            if wrong % MANY == 0 and len(_nearest(history, causes, violated)) == 2:
                break
        if violated:
            # Each of them is a contradiction; the one with the fewest events will do.
            way = _nearest(history, causes, violated)
            pair = violated[way[0].index][way[-1].index]
            yield _after_its_cause(causes, (way[0], way[-1]), pair)


class TotalOrder(_Deliveries):
    """All actors get messages in one order: there is an order that agrees with what each got."""

    def constraints(self, history: History) -> Iterator[Constraint]:
        """For each actor, the same points."""
        receivers: ByValue[list[Event]] = ByValue()
        for each in history.of("delivered"):
            receivers.setdefault(_receiver(each), []).append(each)
        for actor, delivered in receivers.items():
            found = _by_name(delivered)
            yield from _once(found, f"a message is delivered to {actor or 'one actor'} once")
            pairs = [(first, Point(f"message {name!r}")) for name, (first, *_) in found.items()]
            yield same_order("all actors get messages in one order", pairs)


class AtMostOnce(_Deliveries):
    """Nothing is delivered twice to the same actor."""

    def constraints(self, history: History) -> Iterator[Constraint]:
        """For each actor and each reference."""
        by_place: ByValue[list[Event]] = ByValue()
        for each in history.of("delivered"):
            by_place.setdefault((_receiver(each), _ref(each)), []).append(each)
        for delivered in by_place.values():
            yield from _once(_by_name(delivered), "nothing is delivered twice")


class ExactlyOnce(_Deliveries):
    """All that is sent is delivered once, to whom it was sent `to`, and nothing else is."""

    needs: ClassVar[tuple[str, ...]] = ("sent",)

    def constraints(self, history: History) -> Iterator[Constraint]:
        """For each message sent, then for those that were not."""
        arrived: ByValue[list[Event]] = ByValue()
        for each in history.of("delivered"):
            arrived.setdefault((_ref(each), _name(each)), []).append(each)
        claimed: set[int] = set()

        def receiver(event: Event) -> Value:
            return _ref(event), _actor(event, "to")

        for ((ref, to), name), made in _unique(history, receiver).items():
            got = [d for d in arrived.get((ref, name), ()) if not to or same(_receiver(d), to)]
            claimed.update(event.index for event in got)
            yield from (rule("what is delivered was sent before", before(made, d)) for d in got)
            yield from _all_one(got, "nothing is delivered twice")
            if not got and history.complete:
                yield never("what is sent is delivered", made)
        for each in history.of("delivered"):
            if each.index not in claimed and history.complete:
                yield never("what is delivered was sent", each)


def _in_order(
    history: History,
    sent_on: Callable[[Event], Value],
    delivered_on: Callable[[Event], Value],
    things: str,
    told: Callable[[Value], str],
) -> Iterator[Constraint]:
    """What is sent on one channel is delivered once, and in the order in which it was sent."""
    sent = _unique(history, sent_on)
    channels: ByValue[list[Event]] = ByValue()
    for event in history.of("delivered"):
        channels.setdefault(delivered_on(event), []).append(event)
    for channel, events in channels.items():
        delivered = _by_name(events)
        on = f"{things} {told(channel)}".rstrip()
        yield from _once(delivered, f"{on} are delivered once")
        if not sent:
            words = f"{on} are delivered in the order of their numbers"
            yield in_order(words, [(each, _number(each)) for each in events])
            continue
        pairs: list[tuple[Event, Event]] = []
        for name, (first, *_) in delivered.items():
            made = sent.get((channel, name)) or sent.get((_to_all(channel), name))
            if made is not None:
                pairs.append((made, first))
                yield rule(f"{on} are sent before they are delivered", before(made, first))
            elif history.complete:
                yield never(f"{on} are delivered only if they were sent", first)
        yield same_order(f"{on} are delivered in the order in which they were sent", pairs)


def _caused(matched: Sequence[Pair], causes: Causes, facts: Causes) -> Iterator[tuple[Pair, Pair]]:
    """Two messages to one actor, sent and delivered, the second sent because of the first.

    Without those of which the record itself says that they were delivered in this order.
    """
    receivers: ByValue[dict[int, list[Event]]] = ByValue()
    for sent, delivered in matched:
        receivers.setdefault(_receiver(delivered), {}).setdefault(sent.index, []).append(delivered)
    masks: ByValue[int] = ByValue()
    for receiver, got in receivers.items():
        masks[receiver] = sum(1 << s for s in got)
    for sent, delivered in matched:
        receiver = _receiver(delivered)
        known = facts.any_after(delivered)
        for index in _bits(causes.any_after(sent) & masks[receiver]):
            for later in receivers[receiver][index]:
                if not known >> later.index & 1:
                    yield (sent, delivered), (causes.history.events[index], later)


def _to_all(channel: Value) -> Value:
    """The channel from the same sender to everybody; a reference is one channel only."""
    return (channel[0], ALL) if isinstance(channel, tuple) else channel


def _nearest(
    history: History, causes: Causes, pairs: Mapping[int, Mapping[int, Pair]]
) -> Sequence[Event]:
    """The way from cause to effect that has the fewest events."""
    first, last = causes.closest(pairs)
    return causes.way(history.events[first], history.events[last])


def _after_its_cause(causes: Causes, sent: Pair, delivered: Pair) -> Constraint:
    words = "a message is not delivered before one that it was sent because of"
    return rule(words, before(*delivered), given=causes.way(*sent))


def _bits(number: int) -> Iterator[int]:
    """The places of the bits that are set, from the lowest."""
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest


def _once(found: Named, words: str) -> Iterator[Constraint]:
    """No two events of one name."""
    for events in found.values():
        yield from _all_one(events, words)


def _all_one(events: Sequence[Event], words: str) -> Iterator[Constraint]:
    """No two of these events."""
    return (never(words, a, b) for a, b in pairwise(events))


def _unique(history: History, channel: Callable[[Event], Value]) -> ByValue[Event]:
    """What was sent, by channel and name; BadInput where two have the same."""
    found: ByValue[Event] = ByValue()
    for event in history.of("sent"):
        key = channel(event), _name(event)
        if key in found:
            headline = f"{event.where} and {found[key].where} send {_name(event)!r}, both of them"
            help = "give each message a name of its own"
            raise BadInput(Diagnostic("E941", headline, event.span, "which is it?", help))
        found[key] = event
    return found


def _by_name(events: Iterable[Event]) -> Named:
    found: ByValue[list[Event]] = ByValue()
    for event in events:
        found.setdefault(_name(event), []).append(event)
    return found


def _name(event: Event) -> Value:
    """Which message or call it is."""
    for field in ("message", "call"):
        value = event.get(field, MISSING)
        if value is not MISSING:
            return value
    raise BadInput(lacking(event, "message"))


def _number(event: Event) -> float:
    """The same, where it has to be a number."""
    name = _name(event)
    if isinstance(name, bool) or not isinstance(name, int | float):
        headline = f"nothing tells when {name!r} of {event.where} was sent"
        help = "record it as sent, or number what is sent"
        raise BadInput(Diagnostic("E943", headline, event.span, "this is no number", help))
    return name


def _ref(event: Event) -> Value:
    return event.get("ref", "")


def _actor(event: Event, field: str) -> str:
    """Who is named in a field, as actors are named: by a text; "" if nobody is."""
    value = event.get(field)
    return "" if value is None else str(value)


def _receiver(event: Event) -> Value:
    """Who got it: in a model's run the place that it was put into, whoever put it there."""
    return event.get("place", event.actor)


def _between(channel: Value) -> str:
    sender, receiver = channel
    return " ".join([f"from {sender}"] * bool(sender) + [f"to {receiver}"] * bool(receiver))
