"""Dining philosophers with semaphore components, ordered or not, and a butler."""

from ordercheck import (
    Component,
    Model,
    array,
    boolean,
    holds,
    integer,
    invariant,
    param,
    process,
    step,
    until,
    variant,
    violates,
)
from tests.models.references.explore import Reference, Thread


class Fork(Component):
    def __init__(self) -> None:
        self.taken = boolean()

    async def __aenter__(self) -> "Fork":
        await until(not self.taken)
        self.taken = True
        return self

    async def __aexit__(self, *_: object) -> None:
        self.taken = False


class Butler(Component):
    def __init__(self, seats: int) -> None:
        self.free = integer(seats, lo=0, hi=seats)

    async def admit(self) -> None:
        await until(self.free > 0)
        self.free -= 1

    def dismiss(self) -> None:
        self.free += 1


class Table(Model):
    n: int = param(3, lo=2, hi=5)
    ordered: bool = param(False)
    butler: bool = param(False)
    variants = [
        variant("naive", expect=violates("deadlock")),
        variant("ordered", ordered=True, expect=holds()),
        variant("butler", butler=True, expect=holds()),
    ]

    def setup(self) -> None:
        self.forks = [Fork() for _ in range(self.n)]
        self.door = Butler(self.n - 1)
        self.eating = array(bool, self.n, False)

    @process(each=lambda self: range(self.n))
    async def philosopher(self, i: int) -> None:
        first, second = i, (i + 1) % self.n
        if self.ordered and first > second:
            first, second = second, first
        while True:
            await step()
            if self.butler:
                await self.door.admit()
            async with self.forks[first], self.forks[second]:
                self.eating[i] = True
                await step()
                self.eating[i] = False
            if self.butler:
                self.door.dismiss()

    @invariant
    def neighbours(self) -> bool:
        return not any(a and b for a, b in zip(self.eating, self.eating[1:], strict=False))


class Expected(Reference):
    invariants = ("neighbours",)

    def __init__(self, ordered: bool = False, butler: bool = False) -> None:
        super().__init__()
        self.ordered, self.butler = ordered, butler

    def setup(self) -> None:
        self.taken, self.eating, self.free = set[int](), set[int](), 2

    def threads(self) -> list[Thread]:
        return [self.philosopher(i) for i in range(3)]

    def philosopher(self, i: int) -> Thread:
        forks = [i, (i + 1) % 3]
        forks = sorted(forks) if self.ordered else forks
        # The step that begins the loop comes after two assignments, so it is not begun yet.
        yield ("new",)
        while True:
            yield ("thinking",)
            if self.butler:
                yield "door", lambda: self.free
                self.free -= 1
            for fork in forks:
                yield "fork", fork, lambda fork=fork: fork not in self.taken
                self.taken |= {fork}
            self.eating |= {i}
            yield ("eating",)
            self.eating -= {i}
            self.taken -= set(forks)
            self.free += self.butler

    def neighbours(self) -> bool:
        return len(self.eating) < 2
