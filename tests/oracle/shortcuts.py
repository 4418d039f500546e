"""A model of operands with effects that only some steps come to."""

from __future__ import annotations

from ordercheck import Component, Model, action, array, integer, process, step


class Counter(Component):
    """A number that is asked for and goes round."""

    def __init__(self) -> None:
        self.n = integer(0, lo=0, hi=3)
        self.asked = integer(0, lo=0, hi=4)

    def bump(self, by: int = 1) -> int:
        self.asked = (self.asked + 1) % 5
        self.n = (self.n + by) % 4
        return self.n

    def odd(self) -> bool:
        return self.bump() % 2 == 1

    async def later(self) -> int:
        await step()
        return self.bump()


class Shortcuts(Model):
    """What a comparison, `and`, `or`, `if` leaves out is not done."""

    deadlock = False

    def setup(self) -> None:
        self.one = Counter()
        self.two = Counter()
        self.n = integer(0, lo=0, hi=4)
        self.arr = array(range(4), 3, [1, 2, 3])
        self.out = integer(0, lo=0, hi=9)

    @action(each=range(5))
    def put(self, k: int) -> None:
        self.n = k

    @action
    def chain(self) -> None:
        self.out = int(1 <= self.n < self.one.bump() <= self.two.bump() < 3)

    @action
    def chain_of_what_changes(self) -> None:
        self.out = int(self.one.n <= self.one.bump() <= self.one.n <= self.one.bump(2))

    @action
    def chain_of_literals(self) -> None:
        self.out = int(1 < 2 < self.one.bump()) + int(2 < 1 < self.two.bump())

    @action
    def chain_that_may_fail(self) -> None:
        self.out = int(self.n < 3 > self.arr[self.n] != self.one.n)

    @action
    def chain_of_members(self) -> None:
        self.out = int(self.n in self.arr == self.arr != [self.one.bump()])

    @action
    def asserted(self) -> None:
        assert 1 <= self.n < self.one.bump() or self.one.asked != self.n

    @action
    def joined(self) -> None:
        self.out = int((self.n > 1 and self.one.odd()) or (self.two.odd() and self.one.odd()))

    @action
    def joined_values(self) -> None:
        self.out = (self.n and self.one.bump()) or self.two.bump()

    @action
    def negated(self) -> None:
        if not (self.n > 1 or not (0 < self.n <= self.one.bump())):
            self.out = 5

    @action
    def either(self) -> None:
        self.out = self.one.bump() if 0 < self.n < self.two.bump() else self.n

    @action
    def listed(self) -> None:
        found = [x for x in self.arr if x > 1 and self.n < self.one.bump() <= x]
        self.out = sum(y if y > 1 else self.two.bump() for y in found) % 10

    @action
    def any_of_them(self) -> None:
        self.out = int(any(self.n < self.one.bump() < x for x in self.arr if 0 < x < self.n < 4))

    @action
    def again(self) -> None:
        rounds = 0
        while 0 <= rounds < 3 > self.one.bump() and self.two.odd():
            rounds += 1
        self.out = rounds

    @process
    async def suspended(self) -> None:
        for _ in range(3):
            self.out = int(self.n < await self.one.later() <= await self.two.later() < 3)
            await step()
        self.out = int(1 <= self.n < 3 < await self.two.later() or 0 < self.n <= 2)
