"""Go-back-N with window 2, lossy channels."""

from collections.abc import Callable

from ordercheck import (
    Model,
    action,
    choose,
    integer,
    invariant,
    reachable,
    require,
    seq,
)
from tests.models.references.explore import Reference


class Gbn(Model):
    deadlock = False

    def setup(self) -> None:
        self.total = 3
        self.window = 2
        self.base = integer(0, lo=0, hi=self.total)
        self.sent = integer(0, lo=0, hi=self.total)
        self.data = seq(range(self.total + 1), capacity=2)
        self.acks = seq(range(self.total + 1), capacity=2)
        self.channels = [self.data, self.acks]
        self.received = seq(range(self.total), capacity=self.total)

    @action
    def send(self) -> None:
        require(self.base <= self.sent < min(self.base + self.window, self.total))
        require(len(self.data) < 2)
        self.data.append(self.sent)
        self.sent += 1

    @action
    def timeout(self) -> None:
        require(self.sent > self.base)
        self.sent = self.base

    @action
    def drop(self) -> None:
        lost = self.channels[choose(range(2))]
        lost.pop(choose(range(len(lost))))

    @action
    def receive(self) -> None:
        require(self.data and len(self.acks) < 2)
        k = self.data.popleft()
        if k == len(self.received):
            self.received.append(k)
        self.acks.append(len(self.received))

    @action
    def acked(self) -> None:
        require(self.acks)
        self.base = max(self.base, a := self.acks.popleft())
        if self.sent < a:
            self.sent = a

    @invariant
    def in_order(self) -> bool:
        return list(self.received) == list(range(len(self.received)))

    @invariant
    def sane(self) -> bool:
        return self.base <= len(self.received)

    @reachable
    def all_in(self) -> bool:
        return self.base == self.total


class Expected(Reference):
    invariants = ("in_order", "sane")
    stops = True

    def setup(self) -> None:
        self.base = self.sent = 0
        self.data, self.acks, self.received = list[int](), list[int](), list[int]()

    def actions(self) -> list[Callable[[], None]]:
        return [self.send, self.timeout, self.drop, self.receive, self.acked]

    def send(self) -> None:
        self.require(self.base <= self.sent < min(self.base + 2, 3) and len(self.data) < 2)
        self.data.append(self.sent)
        self.sent += 1

    def timeout(self) -> None:
        self.require(self.sent > self.base)
        self.sent = self.base

    def drop(self) -> None:
        if self.choose(("data", "acks")) == "data":
            del self.data[self.choose(range(len(self.data)))]
        else:
            del self.acks[self.choose(range(len(self.acks)))]

    def receive(self) -> None:
        self.require(self.data and len(self.acks) < 2)
        if self.data.pop(0) == len(self.received):
            self.received.append(len(self.received))
        self.acks.append(len(self.received))

    def acked(self) -> None:
        self.require(self.acks)
        number = self.acks.pop(0)
        self.base, self.sent = max(self.base, number), max(self.sent, number)

    def in_order(self) -> bool:
        return self.received == list(range(len(self.received)))

    def sane(self) -> bool:
        return self.base <= len(self.received)
