"""A queue of work: each message is delivered at least once, and perhaps to two at a time."""

from __future__ import annotations

from typing import Any, ClassVar, Generic, TypeVar, overload

from ordercheck.language import Bag, Component, action, bag_of, choose, pair, require, until
from ordercheck.language.domains import Domain
from ordercheck.library.channel import Budget, Fault

T = TypeVar("T")


class WorkQueue(Component, Generic[T]):
    """Messages of `domain`, at most `capacity` at once, each delivered until acknowledged.

    A delivery is a message and how often it has been delivered, this time included. While a
    consumer works at one, nobody else gets it: it is *leased*. A lease may end before its
    consumer does (`late`: how often, or True); then the message is delivered again, perhaps
    while the first consumer is still at work, and his acknowledgement comes too late. A
    message that has been delivered `deliveries` times and comes back is *dead*.

    Messages are in no order. Equal messages are interchangeable: one acknowledgement takes one
    of them away, whoever sends it.
    """

    _told: ClassVar[tuple[str, ...]] = ("waiting", "leased", "dead")

    @overload
    def __init__(
        self, domain: Domain[T], capacity: int, *, deliveries: int, late: Budget = ...
    ) -> None: ...
    @overload
    def __init__(
        self, domain: Any, capacity: int, *, deliveries: int, late: Budget = ...
    ) -> None: ...
    def __init__(
        self, domain: Any, capacity: int, *, deliveries: int, late: Budget = False
    ) -> None:
        delivery = pair(domain, range(deliveries + 1))
        self.deliveries = deliveries
        self.late = Fault(late, "late")
        self.waiting: Bag[tuple[T, int]] = bag_of(delivery, capacity)
        self.leased: Bag[tuple[T, int]] = bag_of(delivery, capacity)
        self.dead: Bag[T] = bag_of(domain, capacity)

    def send(self, message: T) -> None:
        """Put a message into the queue."""
        self.waiting.add((message, 0))

    async def receive(self) -> tuple[T, int]:
        """A delivery, once there is one; a free process suspends first."""
        await until(self.can_receive())
        return self.take()

    def can_receive(self) -> bool:
        """Whether a message waits to be delivered."""
        return len(self.waiting) > 0

    def take(self) -> tuple[T, int]:
        """A delivery, now: an action is not possible while there is none."""
        message, before = choose(self.waiting, name="delivery")
        self.waiting.remove((message, before))
        self.leased.add((message, before + 1))
        return message, before + 1

    def acknowledge(self, delivery: tuple[T, int]) -> bool:
        """The work is done: the message is gone, unless the lease has ended; whether it is."""
        if delivery not in self.leased:
            return False
        self.leased.remove(delivery)
        return True

    def give_back(self, delivery: tuple[T, int]) -> None:
        """The consumer fails, or is lost: the message is delivered again, or is dead."""
        if delivery in self.leased:
            self.leased.remove(delivery)
            message, attempt = delivery
            if attempt == self.deliveries:
                self.dead.add(message)
            else:
                self.waiting.add(delivery)

    @action(actor="queue")
    def lease_ends(self) -> None:
        """A consumer takes longer than the queue waits for him."""
        require(self.late.may_happen())
        self.late.happens()
        self.give_back(choose(self.leased, name="delivery"))
