"""Components that inherit, know one another, and have actions and processes of their own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ordercheck import (
    Component,
    Model,
    action,
    integer,
    invariant,
    optional,
    process,
    require,
    step,
    until,
    variable,
)
from tests.models.references.explore import Reference, Thread


class Node(Component):
    def __init__(self, peers: list[Node]) -> None:
        self.peers = peers
        self.n = integer(0, lo=0, hi=2)
        self.friend: Node | None = variable(optional(Node), None)

    def raised(self) -> int:
        return 1

    @action
    def increase(self) -> None:
        require(self.n + self.raised() <= 2)
        self.n += self.raised()

    @action(each=range(2))
    def meet(self, i: int) -> None:
        require(self.peers[i] is not self and self.friend is None)
        self.friend = self.peers[i]
        self.peers[i].greet(self)

    def greet(self, who: Node) -> None:
        if who.n > self.n:
            self.friend = who
        elif self.friend is not None and self.friend is not who:
            self.friend.n = 0

    @process
    async def run(self) -> None:
        await until(self.friend is not None)
        friend = self.friend
        await step()
        assert friend is not None
        friend.n = min(friend.n, 1)


class Eager(Node):
    def raised(self) -> int:
        return Node.raised(self) + 1


class Friends(Model):
    def setup(self) -> None:
        self.nodes: list[Node] = []
        self.nodes.append(Node(self.nodes))
        self.nodes.append(Eager(self.nodes))

    @invariant
    def not_both(self) -> bool:
        return sum(node.n for node in self.nodes) < 4


class Expected(Reference):
    invariants = ("not_both",)

    def setup(self) -> None:
        self.n = [0, 0]
        self.friend: list[int | None] = [None, None]

    def actions(self) -> list[Callable[[], None]]:
        steps = [partial(self.increase, i) for i in range(2)]
        # Nobody meets itself.
        return [*steps, *(partial(self.meet, i) for i in range(2))]

    def threads(self) -> list[Thread]:
        return [self.run(0), self.run(1)]

    def increase(self, i: int) -> None:
        self.require(self.n[i] + i + 1 <= 2)
        self.n[i] += i + 1

    def meet(self, i: int) -> None:
        self.require(self.friend[i] is None)
        o = 1 - i
        self.friend[i] = o
        if self.n[i] > self.n[o]:
            self.friend[o] = i

    def run(self, i: int) -> Thread:
        yield "alone", lambda: self.friend[i] is not None
        friend = self.friend[i]
        yield "met", friend
        self.n[1 - i] = min(self.n[1 - i], 1)

    def not_both(self) -> bool:
        return sum(self.n) < 4
