"""Chandy-Lamport: tokens and markers, conservation."""

from collections.abc import Callable
from functools import partial
from typing import Literal

from ordercheck import (
    Model,
    action,
    array,
    invariant,
    map_of,
    require,
    seq,
    set_of,
)
from tests.models.references.explore import Reference

Msg = Literal["token", "marker"]


class Snapshot(Model):
    deadlock = False

    def setup(self) -> None:
        self.tokens = array(range(4), 2, [2, 0])
        self.chan = [seq(Msg, capacity=4), seq(Msg, capacity=4)]  # chan[i]: to i
        self.saved = map_of(range(2), range(4))
        self.recorded = [seq(Msg, capacity=4), seq(Msg, capacity=4)]
        self.closed = set_of(range(2))

    def save(self, i: int) -> None:
        self.saved[i] = self.tokens[i]
        self.chan[1 - i].append("marker")

    @action
    def begin(self) -> None:
        require(0 not in self.saved)
        self.save(0)

    @action(each=(0, 1))
    def send(self, i: int) -> None:
        require(self.tokens[i] > 0 and len(self.chan[1 - i]) < 3)
        self.tokens[i] -= 1
        self.chan[1 - i].append("token")

    @action(each=(0, 1))
    def receive(self, i: int) -> None:
        require(self.chan[i])
        m = self.chan[i].popleft()
        if m == "token":
            self.tokens[i] += 1
            if i in self.saved and i not in self.closed:
                self.recorded[i].append(m)
        else:
            if i not in self.saved:
                self.save(i)
            self.closed.add(i)

    @invariant
    def consistent(self) -> bool:
        if len(self.closed) < 2:
            return True
        return sum(self.saved.values()) + sum(len(r) for r in self.recorded) == 2


class Expected(Reference):
    invariants = ("consistent",)
    stops = True

    def setup(self) -> None:
        self.tokens, self.chan, self.closed = [2, 0], ["", ""], set[int]()
        self.saved: dict[int, int] = {}
        self.recorded = [0, 0]

    def actions(self) -> list[Callable[[], None]]:
        return [self.begin, *(partial(k, i) for k in (self.send, self.receive) for i in range(2))]

    def save(self, i: int) -> None:
        self.saved[i] = self.tokens[i]
        self.chan[1 - i] += "m"

    def begin(self) -> None:
        self.require(0 not in self.saved)
        self.save(0)

    def send(self, i: int) -> None:
        self.require(self.tokens[i] and len(self.chan[1 - i]) < 3)
        self.tokens[i] -= 1
        self.chan[1 - i] += "t"

    def receive(self, i: int) -> None:
        self.require(self.chan[i])
        m, self.chan[i] = self.chan[i][0], self.chan[i][1:]
        if m == "t":
            self.tokens[i] += 1
            self.recorded[i] += i in self.saved and i not in self.closed
        else:
            if i not in self.saved:
                self.save(i)
            self.closed |= {i}

    def consistent(self) -> bool:
        return len(self.closed) < 2 or sum(self.saved.values()) + sum(self.recorded) == 2
