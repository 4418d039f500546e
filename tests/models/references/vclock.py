"""Vector clocks as tuples, Array of tuples; comparison of tuples."""

from collections.abc import Callable
from functools import partial

from ordercheck import (
    Array,
    Bag,
    Model,
    action,
    array,
    bag_of,
    choose,
    constraint,
    invariant,
    pair,
    require,
)
from tests.models.references.explore import Reference


class Vector(Model):
    deadlock = False

    def setup(self) -> None:
        self.n = 2
        v = pair(range(4), range(4))
        self.clock: Array[tuple[int, int]] = array(v, 2, (0, 0))
        self.wire: Bag[tuple[int, tuple[int, int]]] = bag_of(pair(range(2), v), capacity=2)

    def tick(self, i: int) -> tuple[int, int]:
        a, b = self.clock[i]
        return (a + 1, b) if i == 0 else (a, b + 1)

    @action(each=range(2))
    def send(self, i: int) -> None:
        require(len(self.wire) < 2)
        self.clock[i] = self.tick(i)
        self.wire.add((1 - i, self.clock[i]))

    @action(each=range(2))
    def receive(self, i: int) -> None:
        to, stamp = choose([m for m in self.wire if m[0] == i])
        self.wire.remove((to, stamp))
        merged = [max(a, b) for a, b in zip(self.tick(i), stamp, strict=True)]
        self.clock[i] = (merged[0], merged[1])

    @constraint
    def small(self) -> bool:
        return all(x < 3 for c in self.clock for x in c)

    @invariant
    def own_newest(self) -> bool:
        return all(self.clock[i][i] >= self.clock[1 - i][i] for i in range(2))


class Expected(Reference):
    invariants = ("own_newest",)
    stops = True

    def setup(self) -> None:
        self.clock = [(0, 0), (0, 0)]
        self.wire: list[tuple[int, tuple[int, int]]] = []

    def actions(self) -> list[Callable[[], None]]:
        return [partial(kind, i) for kind in (self.send, self.receive) for i in range(2)]

    def tick(self, i: int) -> None:
        a, b = self.clock[i]
        self.clock[i] = (a + 1, b) if i == 0 else (a, b + 1)

    def send(self, i: int) -> None:
        self.require(len(self.wire) < 2)
        self.tick(i)
        self.wire = sorted([*self.wire, (1 - i, self.clock[i])])

    def receive(self, i: int) -> None:
        message = self.choose(m for m in self.wire if m[0] == i)
        self.wire.remove(message)
        self.tick(i)
        (a, b), (c, d) = self.clock[i], message[1]
        self.clock[i] = (max(a, c), max(b, d))

    def constraint(self) -> bool:
        return max(map(max, self.clock)) < 3

    def own_newest(self) -> bool:
        (a, b), (c, d) = self.clock
        return a >= c and d >= b
