"""A Treiber stack without tags: the ABA problem."""

from ordercheck import (
    Model,
    Seq,
    array,
    holds,
    integer,
    invariant,
    optional,
    param,
    process,
    seq,
    step,
    variable,
    variant,
    violates,
)
from tests.models.references.explore import Reference, Thread


class Aba(Model):
    tagged: bool = param(False)
    variants = [
        variant("aba", expect=violates("no_double")),
        variant("tag", tagged=True, expect=holds()),
    ]

    def setup(self) -> None:
        # nodes 0 -> 1 -> 2
        self.next = array(optional(range(3)), 3, [1, 2, None])
        self.head: int | None = variable(optional(range(3)), 0)
        self.tag = integer(0, lo=0, hi=4)
        self.got: Seq[int] = seq(range(3), capacity=6)
        self.owned = [seq(range(3), capacity=3) for _ in range(2)]

    async def pop(self, me: int) -> None:
        while True:
            top, seen = self.head, self.tag
            if top is None:
                return
            await step()
            after = self.next[top]
            await step()
            if self.head == top and (not self.tagged or seen == self.tag):
                self.head = after
                if self.tagged:
                    self.tag += 1
                self.owned[me].append(top)
                break
            await step()

    async def push(self, me: int) -> None:
        node = self.owned[me].popleft()
        while True:
            top = self.head
            self.next[node] = top
            await step()
            if self.head == top:
                self.head = node
                if self.tagged:
                    self.tag += 1
                return

    @process
    async def one(self) -> None:
        await self.pop(0)

    @process
    async def two(self) -> None:
        await self.pop(1)
        await self.pop(1)
        if self.owned[1]:
            await self.push(1)

    @invariant
    def no_double(self) -> bool:
        free: list[int] = []
        at = self.head
        while at is not None and len(free) < 4:
            free.append(at)
            at = self.next[at]
        return not any(node in mine for node in free for mine in self.owned)


class Expected(Reference):
    invariants = ("no_double",)

    def __init__(self, tagged: bool = False) -> None:
        super().__init__()
        self.tagged = tagged

    def setup(self) -> None:
        self.after: list[int | None] = [1, 2, None]
        self.head: int | None = 0
        self.tag = 0
        self.owned: list[list[int]] = [[], []]

    def threads(self) -> list[Thread]:
        return [self.one(), self.two()]

    def pop(self, me: int, place: str) -> Thread:
        while self.head is not None:
            top, tag = self.head, self.tag
            known = (top, tag) if self.tagged else top
            yield place, "next", known
            after = self.after[top]
            yield place, "cas", known, after
            if (self.head, self.tag) == (top, tag):
                self.head = after
                self.tag += self.tagged
                self.owned[me].append(top)
                return
            yield place, "retry"

    def one(self) -> Thread:
        yield ("new",)
        yield from self.pop(0, "only")

    def two(self) -> Thread:
        yield ("new",)
        yield from self.pop(1, "first")
        yield from self.pop(1, "second")
        if self.owned[1]:
            node = self.owned[1].pop(0)
            while True:
                top = self.after[node] = self.head
                yield "push", node, top
                if self.head == top:
                    self.head = node
                    self.tag += self.tagged
                    return

    def no_double(self) -> bool:
        at, steps = self.head, 0
        while at is not None and steps < 4:
            if at in self.owned[0] + self.owned[1]:
                return False
            at, steps = self.after[at], steps + 1
        return True
