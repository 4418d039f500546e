"""Objects that many use at once: registers, compare-and-set chains, queues. Built in, by name.

Each operation is one event, `at` the stretch of time that it took, if that is known; its
position is the moment at which it took effect. On the register or queue `key` (none: all
on one) an operation is

- `read`, with the `value` found;
- `written`, with the `value`;
- `cas`, with `expected` and `value`, and `ok`, false if it was refused;
- `enqueued`, with the `value`; `dequeued`, with the `value`, null where it was empty.

A register holds the `value` of an event `initial`; without one, nobody knows what.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise
from typing import ClassVar

from ordercheck.histories.constraints import (
    Constraint,
    Formula,
    Point,
    all_of,
    any_of,
    before,
    if_happened,
    negation,
    never,
    rule,
    same_order,
)
from ordercheck.histories.history import Event, History
from ordercheck.histories.problem import TooLarge
from ordercheck.histories.reading import Reading
from ordercheck.histories.spec import OrderSpec, by_actor
from ordercheck.histories.values import ByValue, Value, same
from ordercheck.ir.span import BadInput, Diagnostic

MOST_ORDERS = 100_000
"""`before`s in the formulas of one register: all writers for each writer of what was found."""

ON_REGISTERS = ("initial", "read", "written", "cas")
ON_QUEUES = ("enqueued", "dequeued")
FIELDS = {
    **dict.fromkeys(("read", "written", "initial"), ("key", "value")),
    **dict.fromkeys(ON_QUEUES, ("value",)),
    "cas": ("key", "expected", "value", "ok"),
}


class Linearizable(OrderSpec):
    """Each operation took effect at once, at some moment between its beginning and its end.

    Herlihy and Wing, "Linearizability", 1990. Each register and each queue for itself:
    all are linearizable if each is.
    """

    kinds: ClassVar[tuple[str, ...]] = (*ON_REGISTERS, *ON_QUEUES)
    needs: ClassVar[tuple[str, ...]] = (*ON_REGISTERS[1:], *ON_QUEUES)
    reading: ClassVar[Reading] = Reading(fields=FIELDS)

    def constraints(self, history: History) -> Iterator[Constraint]:
        """For each register, then for each queue."""
        for operations in _by_key(history.of(*ON_REGISTERS)):
            yield from on_register(operations)
        for operations in _by_key(history.of(*ON_QUEUES)):
            yield from on_queue(operations, history.complete)


class Sequential(Linearizable):
    """All operations look as if they were done one after another, in each actor's order.

    Lamport, "How to make a multiprocessor computer that correctly executes multiprocess
    programs", 1979. Unlike a linearizable one, the order need not be that of the clock.
    """

    def known(self, history: History) -> History:
        """Only the order in which each actor did things."""
        return by_actor(history)


class CasChain(Linearizable):
    """Each compare-and-set that succeeded found what the write before it left."""

    kinds: ClassVar[tuple[str, ...]] = ON_REGISTERS
    needs: ClassVar[tuple[str, ...]] = ("cas",)
    reading: ClassVar[Reading] = Reading(fields={kind: FIELDS[kind] for kind in ON_REGISTERS})


def _by_key(events: Iterable[Event]) -> Iterable[Sequence[Event]]:
    found: ByValue[list[Event]] = ByValue()
    for event in events:
        found.setdefault(event.get("key", ""), []).append(event)
    return found.values()


# --- registers ------------------------------------------------------------------------


def on_register(operations: Sequence[Event]) -> Iterator[Constraint]:
    """What each operation on a register found is what was last written."""
    initial = [each for each in operations if each.kind == "initial"]
    others = [each for each in operations if each.kind != "initial"]
    yield from (never("a register begins with one value", a, b) for a, b in pairwise(initial))
    for first in initial[:1]:
        yield from (rule("the register begins with that", before(first, o)) for o in others)
    start = _Start(operations)
    if not initial:
        yield from start.constraints()
    writes = [each for each in operations if _writes(each)]
    left = MOST_ORDERS
    for event in others:
        if event.kind in ("read", "cas"):
            sources = _sources(event, writes)
            left -= (len(sources) + 1) * len(writes)
            if left < 0:
                raise TooLarge(f"a register with {len(operations)} operations is too much")
            yield _found(event, writes, sources, start if not initial else None)


def _writes(event: Event) -> bool:
    return event.kind in ("initial", "written") or (event.kind == "cas" and _is_done(event))


def _is_done(event: Event) -> bool:
    done = event.get("ok", True)
    if not isinstance(done, bool):
        headline = f"'ok' of {event.where} is neither true nor false"
        raise BadInput(Diagnostic("E943", headline, event.span, "was it done?"))
    return done


def _finds(event: Event) -> Value:
    return event["expected" if event.kind == "cas" else "value"]


class _Start:
    """What a register held before the first write, where no event says it.

    That it was a certain value is so if the value's point lies before another point: the
    solver is free to place the points, but no more than one there.
    """

    def __init__(self, operations: Sequence[Event]) -> None:
        self.key = operations[0].get("key", "")
        self.values: list[Value] = []
        for event in operations:
            if event.kind in ("read", "cas") and not any(
                same(_finds(event), v) for v in self.values
            ):
                self.values.append(_finds(event))

    def was(self, value: Value) -> Formula:
        """That it held this value."""
        number = next(k for k, each in enumerate(self.values) if same(each, value))
        return before(Point(f"start of {self.key!r}, {number}"), Point(f"start of {self.key!r}"))

    def constraints(self) -> Iterator[Constraint]:
        """It held one value."""
        for a, b in combinations(self.values, 2):
            no = any_of(negation(self.was(a)), negation(self.was(b)))
            yield rule("a register begins with one value", no)


def _sources(event: Event, writes: Sequence[Event]) -> Sequence[Event]:
    """The writes of what this found; of something else, if it was refused."""
    value, is_refused = _finds(event), _is_refused(event)
    others = (write for write in writes if write is not event)
    return [write for write in others if same(write["value"], value) is not is_refused]


def _is_refused(event: Event) -> bool:
    return event.kind == "cas" and not _is_done(event)


def _found(
    event: Event, writes: Sequence[Event], sources: Sequence[Event], start: _Start | None
) -> Constraint:
    """That the last write before is one of the sources; or none, then what was there at first."""
    others = [write for write in writes if write is not event]
    options = [_last(source, event, others) for source in sources]
    is_refused = _is_refused(event)
    if start is not None:
        was = start.was(_finds(event))
        first = (if_happened(write, before(event, write)) for write in others)
        options.append(all_of(negation(was) if is_refused else was, *first))
    words = {
        "read": "a read finds what was last written",
        "cas": "a compare-and-set finds what it expects, and succeeds",
    }
    told = "a compare-and-set is refused if it does not find what it expects"
    return rule(told if is_refused else words[event.kind], any_of(*options), given=[event])


def _last(source: Event, event: Event, writes: Sequence[Event]) -> Formula:
    """That of these writes the source is the last before an event."""
    between = (
        if_happened(write, any_of(before(write, source), before(event, write)))
        for write in writes
        if write is not source
    )
    return all_of(before(source, event), *between)


# --- queues ---------------------------------------------------------------------------


def on_queue(operations: Sequence[Event], is_complete: bool) -> Iterator[Constraint]:
    """First in, first out; a queue is empty at the start, and no value comes twice."""
    entered = _each_once(operations)
    left: ByValue[Event] = ByValue()
    empty = [e for e in operations if e.kind == "dequeued" and e["value"] is None]
    for event in operations:
        value = event["value"]
        if event.kind != "dequeued" or value is None:
            continue
        if value in left:
            yield never("what is in a queue once comes out once", left[value], event)
        elif value in entered:
            yield rule("what comes out of a queue has gone in", before(entered[value], event))
        elif is_complete:
            yield never("what comes out of a queue has gone in", event)
        left.setdefault(value, event)
    both = [(entered[value], gone) for value, gone in left.items() if value in entered]
    yield same_order("a queue is first in, first out", both)
    for value, event in entered.items():
        taken = left.get(value)
        if taken is None and is_complete:
            words = "what went in before it has come out"
            yield from (rule(words, before(one, event)) for one, _ in both)
        if taken is not None or is_complete:
            yield from (_while_empty(each, event, taken) for each in empty)


def _while_empty(dequeued: Event, entered: Event, gone: Event | None) -> Constraint:
    """Who finds a queue empty does so before a value goes in, or when it is gone."""
    options = [before(dequeued, entered)]
    if gone is not None:
        options.append(before(gone, dequeued))
    return rule("a queue with something in it is not empty", any_of(*options))


def _each_once(operations: Sequence[Event]) -> ByValue[Event]:
    """What was enqueued, by its value; BadInput where one comes twice."""
    found: ByValue[Event] = ByValue()
    for event in operations:
        if event.kind == "enqueued":
            value = event["value"]
            if value in found:
                headline = f"{event.where} and {found[value].where} both enqueue {value!r}"
                help = "give each thing a value of its own, or nobody knows which comes out"
                raise BadInput(Diagnostic("E941", headline, event.span, help=help))
            found[value] = event
    return found
