"""LeLann-Chang-Roberts election on a ring; initial permutation chosen."""

from collections.abc import Callable
from functools import partial
from itertools import permutations

from ordercheck import (
    Model,
    action,
    array,
    choose,
    invariant,
    optional,
    require,
    seq,
    terminal,
)
from tests.models.references.explore import Reference


class Ring(Model):
    def setup(self) -> None:
        n = self.n = 3
        self.ids = choose(list(permutations(range(n))))
        self.links = [seq(range(n), capacity=n) for _ in range(n)]
        self.leader = array(optional(range(n)), n, None)
        self.awake = array(bool, n, False)

    @action(each=lambda self: range(self.n))
    def start(self, i: int) -> None:
        require(not self.awake[i])
        self.awake[i] = True
        self.links[(i + 1) % self.n].append(self.ids[i])

    @action(each=lambda self: enumerate(self.ids) if False else range(self.n))
    def relay(self, i: int) -> None:
        require(self.links[i] and self.awake[i])
        m = self.links[i].popleft()
        mine = self.ids[i]
        if m > mine:
            self.links[i - self.n + 1].append(m)
        elif m == mine:
            self.leader[i] = m

    @terminal
    def over(self) -> bool:
        return any(x is not None for x in self.leader)

    @invariant
    def right(self) -> bool:
        return all(x is None or x == max(self.ids) for x in self.leader)

    @invariant
    def unique(self) -> bool:
        return sum(x is not None for x in self.leader) <= 1


class Expected(Reference):
    invariants = ("right", "unique")

    def setup(self) -> None:
        self.ids = self.choose(permutations(range(3)))
        self.links: list[list[int]] = [[], [], []]
        self.leaders, self.awake = set[int](), set[int]()

    def actions(self) -> list[Callable[[], None]]:
        return [partial(kind, i) for kind in (self.start, self.relay) for i in range(3)]

    def start(self, i: int) -> None:
        self.require(i not in self.awake)
        self.awake |= {i}
        self.links[(i + 1) % 3].append(self.ids[i])

    def relay(self, i: int) -> None:
        self.require(self.links[i] and i in self.awake)
        m = self.links[i].pop(0)
        if m > self.ids[i]:
            self.links[(i + 1) % 3].append(m)
        elif m == self.ids[i]:
            self.leaders |= {i}

    def terminal(self) -> bool:
        return bool(self.leaders)

    def right(self) -> bool:
        return all(self.ids[i] == 2 for i in self.leaders)

    def unique(self) -> bool:
        return len(self.leaders) < 2
