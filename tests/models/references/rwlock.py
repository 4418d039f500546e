"""Readers-writers lock, writer preference, context managers on a helper struct."""

from ordercheck import (
    Component,
    Model,
    boolean,
    integer,
    invariant,
    process,
    reachable,
    set_of,
    step,
    until,
)
from tests.models.references.explore import Reference, Thread


class RwLock(Component):
    def __init__(self, n: int) -> None:
        self.readers = integer(0, lo=0, hi=n)
        self.writing = boolean()
        self.writers_waiting = integer(0, lo=0, hi=n)

    async def read(self) -> None:
        await until(not self.writing and self.writers_waiting == 0)
        self.readers += 1

    async def write(self) -> None:
        self.writers_waiting += 1
        try:
            await until(not self.writing and not self.readers)
            self.writing = True
        finally:
            self.writers_waiting -= 1

    def done_reading(self) -> None:
        assert self.readers > 0
        self.readers -= 1

    def done_writing(self) -> None:
        self.writing = False


class Rw(Model):
    def setup(self) -> None:
        self.lock = RwLock(4)
        self.inside = set_of(["r0", "r1", "w0", "w1"])

    @process(each=["r0", "r1"])
    async def reader(self, name: str) -> None:
        while True:
            await step()
            await self.lock.read()
            self.inside.add(name)
            await step()
            self.inside.remove(name)
            self.lock.done_reading()

    @process(each=["w0", "w1"])
    async def writer(self, name: str) -> None:
        while True:
            await step()
            await self.lock.write()
            self.inside.add(name)
            await step()
            self.inside.remove(name)
            self.lock.done_writing()

    @invariant
    def exclusive(self) -> bool:
        return len(self.inside) <= 1 or all(x in ("r0", "r1") for x in self.inside)

    @reachable
    def two_readers(self) -> bool:
        return self.lock.readers == 2


class Expected(Reference):
    invariants = ("exclusive",)

    def setup(self) -> None:
        self.readers, self.writing, self.waiting, self.inside = 0, False, 0, set[str]()

    def threads(self) -> list[Thread]:
        return [*map(self.reader, ("r0", "r1")), *map(self.writer, ("w0", "w1"))]

    def reader(self, me: str) -> Thread:
        while True:
            yield ("idle",)
            yield "waiting", lambda: not self.writing and not self.waiting
            self.readers += 1
            self.inside |= {me}
            yield ("in",)
            self.inside -= {me}
            self.readers -= 1

    def writer(self, me: str) -> Thread:
        while True:
            yield ("idle",)
            self.waiting += 1
            yield "waiting", lambda: not self.writing and not self.readers
            self.waiting -= 1
            self.writing = True
            self.inside |= {me}
            yield ("in",)
            self.inside -= {me}
            self.writing = False

    def exclusive(self) -> bool:
        return len(self.inside) <= 1 or self.inside == {"r0", "r1"}
