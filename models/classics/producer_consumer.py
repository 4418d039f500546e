"""A producer and a consumer with a bounded buffer between them; items stay in order.

From FizzBee's examples. Once all items are through, idling is all that is left to do.
"""

from ordercheck import (
    Model,
    action,
    holds,
    integer,
    invariant,
    param,
    reachable,
    require,
    seq,
    variant,
)


class ProducerConsumer(Model):
    """The buffer, and how many items were produced and consumed."""

    items: int = param(5, lo=1, hi=20)
    room: int = param(3, lo=1, hi=8, help="how many items the buffer holds")
    variants = [variant("five items, room for three", expect=holds())]

    def setup(self) -> None:
        """Nothing has been produced."""
        self.buffer = seq(range(self.items), capacity=self.room)
        self.produced = integer(0, lo=0, hi=self.items)
        self.consumed = integer(0, lo=0, hi=self.items)

    @action
    def produce(self) -> None:
        """The next item goes into the buffer."""
        require(self.produced < self.items and len(self.buffer) < self.room)
        self.buffer.append(self.produced)
        self.produced += 1

    @action
    def consume(self) -> None:
        """The oldest item comes out."""
        require(self.buffer)
        item = self.buffer.popleft()
        assert item == self.consumed, "items come in order"
        self.consumed += 1

    @action
    def idle(self) -> None:
        """All is done."""
        require(self.produced == self.items and not self.buffer)

    @invariant
    def none_lost(self) -> bool:
        """What is neither consumed nor in the buffer was not produced."""
        return self.produced == self.consumed + len(self.buffer)

    @reachable
    def full(self) -> bool:
        """The producer has to wait at times."""
        return len(self.buffer) == self.room
