"""Bounded buffer with a monitor and one condition variable per side, signal-and-continue."""

from ordercheck import (
    Component,
    Model,
    boolean,
    choose,
    holds,
    param,
    process,
    seq,
    set_of,
    until,
    variant,
    violates,
)
from tests.models.references.explore import Reference, Thread


class Monitor(Component):
    def __init__(self) -> None:
        self.locked = boolean()

    async def acquire(self) -> None:
        await until(not self.locked)
        self.locked = True

    def release(self) -> None:
        assert self.locked, "release of a lock that is free"
        self.locked = False

    async def __aenter__(self) -> None:
        await self.acquire()

    async def __aexit__(self, *a: object) -> None:
        self.release()


class Condition(Component):
    def __init__(self, monitor: Monitor, threads: int) -> None:
        self.monitor = monitor
        self.sleeping = set_of(range(threads))

    async def wait(self, me: int) -> None:
        self.sleeping.add(me)
        self.monitor.release()
        await until(me not in self.sleeping)
        await self.monitor.acquire()

    def notify(self) -> None:
        if self.sleeping:
            self.sleeping.remove(choose(self.sleeping))


class Buffer(Model):
    loop: bool = param(True, help="test again after waiting")
    variants = [
        variant("while", expect=holds()),
        variant("if", loop=False, expect=violates("index")),
    ]

    def setup(self) -> None:
        self.monitor = Monitor()
        self.not_empty = Condition(self.monitor, 3)
        self.not_full = Condition(self.monitor, 3)
        self.buffer = seq(range(2), capacity=1)

    @process
    async def producer(self) -> None:
        item = 0
        while True:
            async with self.monitor:
                while len(self.buffer) == 1:
                    await self.not_full.wait(0)
                self.buffer.append(item)
                self.not_empty.notify()
            item ^= 1

    @process(each=[1, 2])
    async def consumer(self, me: int) -> None:
        while True:
            async with self.monitor:
                if self.loop:
                    while not self.buffer:
                        await self.not_empty.wait(me)
                elif not self.buffer:
                    await self.not_empty.wait(me)
                got = self.buffer.popleft()
                assert got in range(2)
                self.not_full.notify()


class Expected(Reference):
    def __init__(self, loop: bool = True) -> None:
        super().__init__()
        self.loop = loop

    def setup(self) -> None:
        self.locked, self.buffer = False, list[int]()
        self.takers, self.putters = set[int](), set[int]()

    def threads(self) -> list[Thread]:
        return [self.producer(), self.consumer(1), self.consumer(2)]

    def acquire(self, *known: object) -> Thread:
        yield *known, lambda: not self.locked
        self.locked = True

    def notify(self, sleeping: set[int]) -> None:
        if sleeping:
            sleeping.remove(self.choose(sorted(sleeping)))

    def producer(self) -> Thread:
        yield ("new",)
        item = 0
        while True:
            yield from self.acquire("enter", item)
            while self.buffer:
                self.putters.add(0)
                self.locked = False
                yield "sleep", item, lambda: not self.putters
                yield from self.acquire("again", item)
            self.buffer.append(item)
            self.notify(self.takers)
            self.locked = False
            item = 1 - item

    def consumer(self, me: int) -> Thread:
        while True:
            yield from self.acquire("enter")
            again = not self.buffer
            while again:
                self.takers.add(me)
                self.locked = False
                yield "sleep", lambda: me not in self.takers
                yield from self.acquire("again")
                again = self.loop and not self.buffer
            self.check(self.buffer, "index")
            self.buffer.pop()
            self.notify(self.putters)
            self.locked = False
