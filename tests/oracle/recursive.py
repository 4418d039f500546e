"""Models that recurse: functions, methods along links, properties, and coroutines."""

from __future__ import annotations

from ordercheck import (
    Component,
    Model,
    action,
    boolean,
    choose,
    integer,
    invariant,
    optional,
    process,
    recursive,
    step,
    variable,
)


@recursive(depth=4)
def fact(n: int) -> int:
    return 1 if n <= 1 else n * fact(n - 1)


@recursive(depth=5)
def even(n: int) -> bool:
    return True if n == 0 else odd(n - 1)


def odd(n: int) -> bool:
    return False if n == 0 else even(n - 1)


@recursive(depth=3)
def fib(n: int) -> int:
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


class Node(Component):
    """One of a chain."""

    def __init__(self) -> None:
        self.after: Node | None = variable(optional(Node), None)
        self.mark = integer(0, lo=0, hi=3)

    @recursive(depth=4)
    def length(self) -> int:
        return 1 if self.after is None else 1 + self.after.length()

    @recursive(depth=4)
    def paint(self, k: int) -> None:
        self.mark = k
        if self.after is not None:
            self.after.paint(k)

    @property
    @recursive(depth=4)
    def last(self) -> Node:
        return self if self.after is None else self.after.last

    @recursive(depth=4)
    async def walk(self) -> int:
        await step()
        if self.after is None:
            return self.mark
        return await self.after.walk() + 1


class Recursion(Model):
    """Functions that call themselves and each other, and nodes that are linked at random."""

    deadlock = False

    def setup(self) -> None:
        self.n = integer(0, lo=0, hi=30)
        self.b = boolean()
        self.nodes = [Node() for _ in range(3)]

    @action(each=range(6))
    def factorial(self, n: int) -> None:
        self.n = fact(n)

    @action(each=range(6))
    def fibonacci(self, n: int) -> None:
        self.n = fib(n)

    @action(each=range(12))
    def is_even(self, n: int) -> None:
        self.b = even(n)

    @action(each=range(12))
    def is_odd(self, n: int) -> None:
        self.b = odd(n)

    @action
    def link(self) -> None:
        a = choose(self.nodes)
        b = choose([*self.nodes, None])
        a.after = b

    @action
    def paint(self) -> None:
        self.nodes[0].paint(choose(range(2)))

    @action
    def measure(self) -> None:
        self.n = self.nodes[0].length()

    @action
    def mark_last(self) -> None:
        self.nodes[0].last.mark = 3

    @process
    async def walker(self) -> None:
        await step()
        self.n = await self.nodes[0].walk()

    @invariant
    def short(self) -> bool:
        return self.nodes[1].length() < 4 or True


class Link(Component):
    """One of a chain whose links differ."""

    def __init__(self) -> None:
        self.after: Link | None = variable(optional(Link), None)
        self.mark = integer(0, lo=0, hi=9)

    @recursive(depth=4)
    async def walk(self) -> int:
        await step()
        self.mark = 1
        if self.after is None:
            return self.mark
        return await self.after.walk() + 1

    @recursive(depth=4)
    def total(self) -> int:
        return 1 + (0 if self.after is None else self.after.total())


class Special(Link):
    """A link that takes longer."""

    @recursive(depth=4)
    async def walk(self) -> int:
        await step()
        await step()
        if self.after is None:
            return 7
        return await self.after.walk()

    @recursive(depth=4)
    def total(self) -> int:
        return 2 + (0 if self.after is None else self.after.total())


class Chains(Model):
    """Links of two classes, whose coroutines and methods differ."""

    deadlock = False

    def setup(self) -> None:
        self.n = integer(0, lo=0, hi=30)
        self.nodes = [Link(), Special(), Link()]
        self.nodes[0].after = self.nodes[1]
        self.first = self.nodes[0]

    @action
    def link(self) -> None:
        a = choose(self.nodes)
        b = choose([*self.nodes, None])
        a.after = b

    @action
    def add_up(self) -> None:
        self.n = self.first.total()

    @process
    async def walker(self) -> None:
        await step()
        self.n = await self.first.walk()
