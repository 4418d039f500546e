"""A model of the small things of the language: unpacking, `else` of loops, `super()`, …"""

from __future__ import annotations

from typing import Annotated

from ordercheck import (
    Component,
    Model,
    Range,
    action,
    boolean,
    choose,
    integer,
    listing,
    map_of,
    process,
    require,
    seq,
    set_of,
    step,
    struct,
    variable,
)


@struct
class P:
    """A record."""

    x: Annotated[int, Range(0, 7)]

    def up(self) -> int:
        return self.x + 1


@struct
class Q(P):
    """A record that is a little more."""

    y: bool = False

    def up(self) -> int:
        return super().up() * 2 if self.y else super().up()


class Base(Component):
    """What others are derived from."""

    def __init__(self) -> None:
        self.n = integer(0, lo=0, hi=9)

    @property
    def twice(self) -> int:
        return self.n * 2

    def add(self, k: int) -> None:
        self.n = (self.n + k) % 10

    async def slow(self) -> int:
        await step()
        return self.n


class Mid(Base):
    """Between the others: it has no `slow` of its own."""

    def add(self, k: int) -> None:
        super().add(k + 1)


class Low(Mid):
    """At the bottom."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = integer(0, lo=0, hi=3)

    @property
    def twice(self) -> int:
        return super().twice + 1

    def add(self, k: int) -> None:
        self.calls = min(3, self.calls + 1)
        super().add(k)

    async def slow(self) -> int:
        x = await super().slow()
        return x + 1


class Small(Model):
    """Everything in one model."""

    deadlock = False

    def setup(self) -> None:
        self.q = seq(range(8), capacity=6, initial=[3, 1, 4, 1])
        self.s = set_of(range(4), {1, 2})
        self.map = map_of(range(4), range(8), {1: 2})
        self.other = map_of(range(4), range(8), {2: 5, 3: 0})
        self.n = integer(0, lo=-20, hi=20)
        self.m = integer(0, lo=-20, hi=20)
        self.out = variable(listing(range(8), 6), ())
        self.parts = [Base(), Mid(), Low()]
        self.p = variable(P | Q, P(3))
        self.found = boolean()

    @action(each=range(-6, 7))
    def cut(self, k: int) -> None:
        del self.q[k:]

    @action(each=range(-6, 7))
    def cut2(self, k: int) -> None:
        xs = [3, 1, 4, 1, 5]
        del xs[1:k]
        self.out = tuple(xs)

    @action
    def fill(self) -> None:
        require(len(self.q) < 4)
        self.q += [self.n % 8, 7]

    @action
    def cut3(self) -> None:
        a, b = choose([(0, 2), (-3, -1), (2, 1), (-9, 9), (5, 6)])
        del self.q[a:b]

    @action
    def rev(self) -> None:
        self.q.reverse()

    @action
    def star(self) -> None:
        first, *rest = self.q
        self.n = first
        self.out = tuple(rest)

    @action
    def star2(self) -> None:
        *rest, a, b = self.q
        self.n = a - b
        self.m = len(rest)

    @action
    def star4(self) -> None:
        a, *mid, b = (self.n, 1, 2, self.m)
        mid.append(3)
        self.m = sum(mid) + b - a
        self.n = sum(x + len(r) for x, *r in [(1, 2, 3), (4, 5, 6)])

    @action
    def star5(self) -> None:
        for a, *b in [(1, 2, 3), (4, 5, 6)]:
            self.n = a + len(b)

    @action
    def two(self) -> None:
        a, b = self.q
        self.n = a + b

    @action(each=[3, -3, 0])
    def div(self, k: int) -> None:
        self.n, self.m = divmod(self.n, k)

    @action
    def sets(self) -> None:
        self.s ^= {self.n % 4, 2}

    @action
    def sets2(self) -> None:
        xs = {1, 2}
        xs ^= {2, self.n % 3}
        xs |= self.s
        self.s &= xs
        self.s.symmetric_difference_update([0])

    @action(each=range(5))
    def default(self, k: int) -> None:
        self.n = self.map.setdefault(k, self.m % 8)

    @action
    def more(self) -> None:
        self.map.update(self.other)

    @action
    def more2(self) -> None:
        self.map.update({self.n % 4: 1, 3: 2})
        self.other.update([(1, 2), (self.m % 4, 0)])

    @action
    def more3(self) -> None:
        d = {0: 1}
        d.update({2: self.n})
        d.setdefault(5, 3)
        self.m = sum(d.values()) + d.setdefault(0, 7)

    @action
    def loops(self) -> None:
        for k, x in enumerate(self.q):
            if x == 4:
                self.n = k
                break
        else:
            self.n = -1
        for x in self.q:
            if x == 9:
                pass
        else:
            last = 3
            self.m = last
        w = 0
        while w < len(self.q):
            if self.q[w] == self.m:
                break
            w += 1
        else:
            w = -5
        self.m = w
        for a in range(3):
            for b in range(3):
                if a * b == self.n:
                    break
            else:
                if a > 1:
                    break
                continue
            self.m = a
        else:
            self.m = 9

    @process
    async def walker(self) -> None:
        for _ in range(2):
            await step()
            if self.n == 2:
                break
        else:
            self.found = True
            await step()
            self.n = 5
        while self.m < 2:
            await step()
            self.m += 1
            for z in range(2):
                if z == self.n:
                    break
            else:
                await step()
                continue
            if self.n == 4:
                break
        else:
            self.n = 7
        self.n = await self.parts[2].slow()

    @action(each=range(3))
    def add(self, k: int) -> None:
        part = self.parts[k]
        part.add(1)
        self.n = part.twice

    @action
    def any_part(self) -> None:
        part = choose(self.parts)
        part.add(2)
        self.n = part.twice

    @action
    def ps(self) -> None:
        self.n = self.p.up()
        self.p = Q(self.p.x, True)


class Searches(Model):
    """Loops that suspend, left early or not."""

    deadlock = False

    def setup(self) -> None:
        self.found = integer(0, lo=0, hi=9)
        self.missed = integer(0, lo=0, hi=9)

    @process
    async def search(self) -> None:
        wanted = choose(range(4))
        for k in range(2):
            await step()
            if k == wanted:
                self.found += 1
                break
        else:
            self.missed += 1
            await step()
            self.missed += 1
        k = 0
        while k < 2:
            await step()
            if k + 1 == wanted:
                break
            k += 1
        else:
            self.missed += 4
        self.found += k
