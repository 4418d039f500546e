"""An elevator: sets, min/max with key, ternaries, chained comparisons."""

from collections.abc import Callable
from enum import Enum
from functools import partial

from ordercheck import (
    Model,
    action,
    boolean,
    integer,
    invariant,
    require,
    set_of,
    step_invariant,
    variable,
)
from tests.models.references.explore import Reference


class Dir(Enum):
    UP = 1
    DOWN = -1
    IDLE = 0


class Elevator(Model):
    def setup(self) -> None:
        self.floors = 4
        self.at = integer(0, lo=0, hi=self.floors - 1)
        self.open = boolean()
        self.calls = set_of(range(self.floors))
        self.dir = variable(Dir, Dir.IDLE)

    @action(each=lambda self: range(self.floors))
    def call(self, f: int) -> None:
        require(f not in self.calls)
        self.calls.add(f)

    @action
    def decide(self) -> None:
        require(self.dir == Dir.IDLE and self.calls and not self.open)
        nearest = min(self.calls, key=lambda f: (abs(f - self.at), f))
        self.dir = Dir.UP if nearest > self.at else Dir.DOWN if nearest < self.at else Dir.IDLE
        if nearest == self.at:
            self.calls.discard(nearest)
            self.open = not self.open

    @action
    def move(self) -> None:
        require(not self.open)
        require(self.dir is not Dir.IDLE)
        self.at += self.dir.value
        if self.at in self.calls:
            self.calls.remove(self.at)
            self.open = True
        if not any(self.at < c if self.dir == Dir.UP else c < self.at for c in self.calls):
            self.dir = Dir.IDLE

    @action
    def close(self) -> None:
        require(self.open)
        self.open = False

    @step_invariant
    def closed_when_moving(self, before: "Elevator") -> bool:
        return before.at == self.at or not before.open

    @invariant
    def inside(self) -> bool:
        return 0 <= self.at < self.floors and (
            self.dir != Dir.UP or self.at < max(self.calls, default=0)
        )


class Expected(Reference):
    invariants = ("inside",)

    def setup(self) -> None:
        self.at, self.open, self.calls, self.dir = 0, False, set[int](), 0

    def actions(self) -> list[Callable[[], None]]:
        return [*(partial(self.call, f) for f in range(4)), self.decide, self.move, self.close]

    def call(self, f: int) -> None:
        self.require(f not in self.calls)
        self.calls |= {f}

    def decide(self) -> None:
        self.require(self.dir == 0 and self.calls and not self.open)
        distance, nearest = min((abs(f - self.at), f) for f in self.calls)
        if distance:
            self.dir = 1 if nearest > self.at else -1
        else:
            self.calls, self.open = self.calls - {nearest}, True

    def move(self) -> None:
        self.require(not self.open and self.dir)
        self.at += self.dir
        self.open = self.at in self.calls
        self.calls = self.calls - {self.at}
        ahead = [c for c in self.calls if (c - self.at) * self.dir > 0]
        self.dir = self.dir if ahead else 0

    def close(self) -> None:
        self.require(self.open)
        self.open = False

    def inside(self) -> bool:
        return self.dir != 1 or self.at < max(self.calls, default=0)
