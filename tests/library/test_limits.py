"""wait_for, timeout and shield keep what they promise, whatever happens when.

tests/loops/ compares their order with asyncio's; here are all moments at which the time
may be over, what is waited for may end, and somebody may cancel who waits.
"""

from __future__ import annotations

import pytest

from ordercheck import (
    Model,
    Outcome,
    boolean,
    cancel,
    choose,
    integer,
    invariant,
    param,
    process,
    reachable,
    spawn,
    task_of,
    terminal,
    variable,
    verify,
)
from ordercheck.checking.options import Options
from ordercheck.library import (
    AsyncioLoop,
    CancelledError,
    Clock,
    Future,
    Tasks,
    TimeoutError,
    Timer,
)
from specs.limits import Limited, Shielded
from specs.limits import Outcome as Came

NEVER = 3


class WaitModel(Model):
    """One task waits for another in some way, and a boss may cancel it."""

    way: str = param("wait_for", choices=["wait_for", "timeout", "shield", "wait_for shield"])
    stubborn: bool = param(False, help="whether what is waited for goes on for a while")

    def setup(self) -> None:
        self.clock = Clock(longest=2)
        self.loop = AsyncioLoop(self.clock, timeouts=1, shields=1)
        self.calls = Tasks(1, range(1, 2), on=self.loop)
        self.never = Future(self.loop)
        self.limit = choose(range(3))
        self.length = choose(range(NEVER + 1))
        self.asks_at = choose(range(NEVER + 1))
        self.timer = Timer(self.clock)
        self.outcome = variable(Came, Came.WAITING)
        self.value = integer(0, lo=0, hi=1)
        self.was_asked = boolean()
        self.has_ended = boolean()
        self.was_cancelled = boolean()

    @property
    def is_late(self) -> bool:
        return self.timer.is_over()

    @process(on="loop")
    async def main(self) -> None:
        self.timer.set(self.limit)
        try:
            await self.wait()
            self.outcome = Came.VALUE
        except TimeoutError:
            self.outcome = Came.LATE
        except CancelledError:
            self.outcome = Came.CANCELLED

    async def wait(self) -> None:
        inner = spawn(self.calls, self.work())
        await self.loop.sleep(0)  # so that it has begun
        if self.way == "wait_for":
            self.value = await self.loop.wait_for(inner, self.limit)
        elif self.way == "timeout":
            async with self.loop.timeout(self.limit) as timeout:
                self.value = await inner
            assert not timeout.expired() or self.stubborn
        elif self.way == "shield":
            self.value = await self.loop.shield(inner)
        else:
            self.value = await self.loop.wait_for(self.loop.shield(inner), self.limit)

    async def work(self) -> int:
        try:
            if self.length == NEVER:
                await self.never
            else:
                await self.loop.sleep(self.length)
        except CancelledError:
            self.was_cancelled = True
            if not self.stubborn:
                raise
            await self.loop.sleep(1)
        finally:
            self.has_ended = True
        return 1

    @process(on="loop")
    async def boss(self) -> None:
        if self.asks_at < NEVER:
            await self.loop.sleep(self.asks_at)
            if self.outcome == Came.WAITING:
                self.was_asked = True
                cancel(task_of(self.main))

    @invariant
    def the_value_has_come(self) -> bool:
        return (self.outcome == Came.VALUE) == (self.value == 1)

    @reachable
    def in_time(self) -> bool:
        return self.outcome == Came.VALUE

    @reachable
    def cancelled(self) -> bool:
        return self.outcome == Came.CANCELLED


class LimitedWait(WaitModel):
    """With a limit of time: what is waited for does not go on."""

    specs = [Limited]

    @reachable
    def late(self) -> bool:
        return self.outcome == Came.LATE


class ShieldedWait(WaitModel):
    """Shielded: it does."""

    way: str = param("shield", choices=["shield", "wait_for shield"])
    specs = [Shielded]

    @terminal
    def nobody_asks(self) -> bool:
        return self.length == NEVER


def holds(model: type[Model], **parameters: object) -> None:
    """A model holds."""
    verdict = verify(model, **parameters)  # type: ignore[arg-type]
    assert verdict.outcome is Outcome.HOLDS, verdict.violations


@pytest.mark.parametrize(
    ("way", "stubborn"), [("wait_for", False), ("timeout", False), ("timeout", True)]
)
def test_a_limit_has_one_outcome_and_leaves_nothing_running(way: str, stubborn: bool) -> None:
    holds(LimitedWait, way=way, stubborn=stubborn)


def test_who_is_cancelled_in_wait_for_does_not_wait_again() -> None:
    # What is waited for has been cancelled and is still cleaning up: so it is in CPython 3.11.
    (violation,) = verify(LimitedWait, stubborn=True).violations
    assert violation.name == "nothing_goes_on"


@pytest.mark.parametrize("way", ["shield", "wait_for shield"])
def test_what_is_shielded_goes_on(way: str) -> None:
    holds(ShieldedWait, way=way)


@pytest.mark.slow
def test_native_engine_agrees() -> None:
    for model in (LimitedWait, ShieldedWait):
        plain = verify(model, options=Options(engine="interpreter"))
        native = verify(model, options=Options(engine="native"))
        assert (native.states, native.transitions) == (plain.states, plain.transitions)
