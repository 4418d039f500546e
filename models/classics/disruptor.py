"""The LMAX Disruptor: a ring buffer without locks, for many producers and many consumers.

Producers claim a slot by one atomic counter and publish it by flipping a bit; each
consumer reads every event at its own pace (tlaplus/Examples, Disruptor). Nobody may
read a slot while somebody writes it.
"""

from ordercheck import (
    Array,
    Model,
    array,
    constraint,
    holds,
    integer,
    invariant,
    listing,
    optional,
    param,
    process,
    reachable,
    step,
    subset,
    until,
    variant,
)


class Disruptor(Model):
    """The ring, who is at work in which slot, and how far everybody is."""

    writers: int = param(2, lo=1, hi=3)
    readers: int = param(2, lo=1, hi=3)
    size: int = param(4, lo=1, hi=8, help="slots in the ring")
    top: int = param(3, lo=1, hi=20, help="how many events are followed")
    variants = [variant("three events", expect=holds())]

    def setup(self) -> None:
        """The ring is empty."""
        nobody: frozenset[int] = frozenset()
        events = range(self.top + 1)
        self.slot: Array[int | None] = array(optional(events), self.size, None)
        self.published = array(bool, self.size, False)
        self.reading: Array[frozenset[int]] = array(subset(range(self.readers)), self.size, nobody)
        self.writing: Array[frozenset[int]] = array(subset(range(self.writers)), self.size, nobody)
        self.next = integer(0, lo=0, hi=self.top + 1)
        self.claimed = array(range(-1, self.top + 1), self.writers, -1)
        self.cursor = array(range(-1, self.top + 1), self.readers, -1)
        nothing: tuple[int, ...] = ()
        self.consumed: Array[tuple[int, ...]] = array(
            listing(events, self.top + 1), self.readers, [nothing] * self.readers
        )

    @process(each=lambda self: range(self.writers))
    async def writer(self, me: int) -> None:
        """Claims the next slot once no reader is a whole ring behind, and publishes it."""
        while True:
            await until(min(self.cursor) >= self.next - self.size)
            at = self.next % self.size
            self.claimed[me] = self.next
            self.next += 1
            self.slot[at] = self.claimed[me]
            self.writing[at] = self.writing[at] | {me}
            await step()
            self.writing[at] = self.writing[at] - {me}
            self.published[at] = not self.published[at]

    @process(each=lambda self: range(self.readers))
    async def reader(self, me: int) -> None:
        """Reads the next event once it is published."""
        while True:
            await until(self.ready(self.cursor[me] + 1))
            at = (self.cursor[me] + 1) % self.size
            event = self.slot[at]
            if event is not None:
                self.consumed[me] = (*self.consumed[me], event)
            self.reading[at] = self.reading[at] | {me}
            await step()
            self.reading[at] = self.reading[at] - {me}
            self.cursor[me] += 1

    def ready(self, event: int) -> bool:
        """Whether an event is published: the bit says true in even rounds, false in odd ones."""
        return self.published[event % self.size] == (event // self.size % 2 == 0)

    @constraint
    def within(self) -> bool:
        """Nothing is explored beyond the last event."""
        return self.next <= self.top

    @invariant
    def no_data_race(self) -> bool:
        """Who writes a slot is alone there."""
        return all(
            len(self.writing[at]) <= 1 and not (self.writing[at] and self.reading[at])
            for at in range(self.size)
        )

    @invariant
    def in_order(self) -> bool:
        """Each reader has had all events, in order."""
        return all(
            event == position
            for r in range(self.readers)
            for position, event in enumerate(self.consumed[r])
        )

    @reachable
    def wrapped(self) -> bool:
        """The second event has been read by all."""
        return min(self.cursor) >= 1
