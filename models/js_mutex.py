"""A mutex for async functions, as JavaScript programs write it, rightly and not.

Nothing runs at the same time in JavaScript, so a mutex is a boolean and a promise. Three
versions are in use: the one that hands the lock over in `unlock`, one that wakes those
who wait to look again, and one that looks only once.
"""

from __future__ import annotations

from enum import Enum

from ordercheck import (
    Model,
    Seq,
    boolean,
    choose,
    holds,
    integer,
    invariant,
    optional,
    param,
    pool,
    process,
    reachable,
    seq,
    spawn,
    variable,
    variant,
    violates,
)
from ordercheck.library import JsLoop, Log, Promise, Tasks


class Kind(Enum):
    """Which mutex."""

    HAND_OVER = 0  # unlock() gives the lock to the first who waits
    LOOK_AGAIN = 1  # while (this.held) await this.released
    LOOK_ONCE = 2  # if (this.held) await this.released


class JsMutex(Model):
    """Async functions that ask for the mutex, twice each, and await something inside."""

    kind: Kind = param(Kind.HAND_OVER)
    functions: int = param(3, lo=2, hi=4)
    variants = [
        variant("handed over", expect=holds()),
        variant("look again", kind=Kind.LOOK_AGAIN, expect=violates("in_order")),
        variant("look once", kind=Kind.LOOK_ONCE, expect=violates("alone")),
    ]

    def setup(self) -> None:
        """One loop, one mutex, and logs of who asked and who got it."""
        n = self.functions
        self.loop = JsLoop()
        self.calls = Tasks(n, on=self.loop)
        self.held = boolean()
        self.inside = integer(0, lo=0, hi=n)
        # One for each lock() that waits: within a turn none of them is free again.
        self.news = pool(lambda: Promise(self.loop), capacity=2 * n)
        self.released: Promise[None] | None = variable(optional(Promise), None)
        self.waiting: Seq[Promise[None]] = seq(Promise, capacity=n)
        self.asked = Log(range(n), capacity=2 * n)
        self.entered = Log(range(n), capacity=2 * n)

    @process(on="loop")
    async def main(self) -> None:
        """Call all the functions, without awaiting any."""
        for k in range(self.functions):
            spawn(self.calls, self.function(k))

    async def function(self, me: int) -> None:
        """One async function."""
        for _ in range(2):
            self.asked.append(me)
            await self.loop.call(self.lock())
            self.entered.append(me)
            self.inside += 1
            if choose((False, True), name="does I/O"):
                await self.loop.macrotask()
            else:
                await self.loop.settled()
            self.inside -= 1
            self.unlock()

    async def lock(self) -> None:
        """async lock()"""
        if self.kind == Kind.HAND_OVER:
            if self.held:
                mine = self.news.new()
                self.waiting.append(mine)
                await mine
        elif self.kind == Kind.LOOK_AGAIN:
            while self.held:
                await self.until_released()
        elif self.held:
            await self.until_released()
        self.held = True

    async def until_released(self) -> None:
        """await this.released"""
        if self.released is None:
            self.released = self.news.new()
        await self.released

    def unlock(self) -> None:
        """unlock()"""
        if self.waiting:
            self.waiting.popleft().fulfill()
            return
        self.held = False
        if self.released is not None:
            self.released.fulfill()
            self.released = None

    @invariant
    def alone(self) -> bool:
        """One function at a time has the lock."""
        return self.inside <= 1

    @invariant
    def in_order(self) -> bool:
        """Who asks first has it first."""
        return all(self.entered[k] == self.asked[k] for k in range(len(self.entered)))

    @reachable
    def all_through(self) -> bool:
        """Everybody gets the lock twice."""
        return len(self.entered) == 2 * self.functions
