"""Transfers with exceptions, finally, and an audit."""

from ordercheck import (
    Failure,
    Model,
    array,
    choose,
    integer,
    invariant,
    map_of,
    optional,
    process,
    step,
    until,
    variable,
)
from tests.models.references.explore import Reference, Thread


class Insufficient(Failure):
    missing: int
    account: int


class Bank(Model):
    def setup(self) -> None:
        self.balance = array(range(7), 3, 2)
        self.lock: int | None = variable(optional(range(2)), None)
        self.failures = map_of(range(3), range(1, 7))
        self.done = integer(0, lo=0, hi=4)

    def withdraw(self, who: int, amount: int) -> None:
        if self.balance[who] < amount:
            raise Insufficient(amount - self.balance[who], who)
        self.balance[who] -= amount

    async def transfer(self, me: int, a: int, b: int, amount: int) -> int:
        await until(self.lock is None)
        self.lock = me
        try:
            self.withdraw(a, amount)
            await step()
            self.balance[b] += amount
            return amount
        except Insufficient as e:
            self.failures[e.account] = e.missing
            return 0
        finally:
            self.lock = None
            self.done += 1

    @process(each=range(2))
    async def client(self, me: int) -> None:
        a, b = choose([(0, 1), (1, 2), (2, 0)])
        moved = 0
        for amount in (1, 3):
            moved += await self.transfer(me, a, b, amount)
        assert moved in (0, 1, 3, 4)

    @invariant
    def conserved(self) -> bool:
        return self.lock is not None or sum(self.balance) == 6


class Expected(Reference):
    invariants = ("conserved",)

    def setup(self) -> None:
        self.balance, self.lock, self.done = [2, 2, 2], -1, 0
        self.failures: dict[int, int] = {}

    def threads(self) -> list[Thread]:
        return [self.client(0), self.client(1)]

    def client(self, me: int) -> Thread:
        yield ("new",)
        a = self.choose(range(3))
        b, moved = (a + 1) % 3, 0
        for amount in (1, 3):
            yield "lock", amount, a, moved, lambda: self.lock < 0
            self.lock = me
            if self.balance[a] < amount:
                self.failures[a] = amount - self.balance[a]
            else:
                self.balance[a] -= amount
                yield "move", amount, b, moved
                self.balance[b] += amount
                moved += amount
            self.lock = -1
            self.done += 1

    def conserved(self) -> bool:
        return self.lock >= 0 or sum(self.balance) == 6
