"""Token bucket, division and modulo, negative numbers, min clamps."""

from collections.abc import Callable

from ordercheck import Model, action, choose, integer, invariant, require
from tests.models.references.explore import Reference


class Bucket(Model):
    deadlock = False

    def setup(self) -> None:
        self.tokens = integer(3, lo=-1, hi=5)
        self.time = integer(0, lo=0, hi=7)
        self.debt = integer(0, lo=-6, hi=6)

    @action
    def tick(self) -> None:
        self.time = (self.time + 1) % 8
        if self.time // 2 * 2 == self.time:
            self.tokens = min(self.tokens + 2, 5)

    @action
    def spend(self) -> None:
        n = choose(range(1, 4))
        require(self.tokens - n >= -1)
        self.tokens -= n
        self.debt = -self.tokens // 2 + (-7) % 3 - abs(self.debt) % 2

    @action
    def share(self) -> None:
        require(self.debt > 0)
        self.tokens = 5 // self.debt
        self.debt = divide(-self.time, self.debt + 1)

    @action
    def crash(self) -> None:
        require(self.time == 7)
        self.debt = 6 // self.tokens % 6

    @invariant
    def ok(self) -> bool:
        return -1 <= self.tokens <= 5 != self.debt


def divide(a: int, b: int) -> int:
    return a // b


class Expected(Reference):
    stops = True

    def setup(self) -> None:
        self.tokens, self.time, self.debt = 3, 0, 0

    def actions(self) -> list[Callable[[], None]]:
        return [self.tick, self.spend, self.share, self.crash]

    def tick(self) -> None:
        self.time = 0 if self.time == 7 else self.time + 1
        if self.time in (0, 2, 4, 6):
            self.tokens = min(5, self.tokens + 2)

    def spend(self) -> None:
        n = self.choose((1, 2, 3))
        self.require(self.tokens >= n - 1)
        self.tokens -= n
        odd = self.debt in (-5, -3, -1, 1, 3, 5)
        self.debt = {-1: 0, 0: 0, 1: -1, 2: -1, 3: -2, 4: -2, 5: -3}[self.tokens] + 2 - odd

    def share(self) -> None:
        self.require(self.debt > 0)
        parts = self.debt + 1
        self.tokens = 5 // self.debt
        self.debt = -((self.time + parts - 1) // parts)

    def crash(self) -> None:
        self.require(self.time == 7)
        self.check(self.tokens, "division")
        self.debt = {-1: 0, 1: 0, 2: 3, 3: 2, 4: 1, 5: 1}[self.tokens]
