"""Clocks: when those who sleep go on, how far time passes, and that it stands still."""

from __future__ import annotations

import pytest

from ordercheck import (
    Model,
    Outcome,
    action,
    array,
    cancel,
    choose,
    integer,
    invariant,
    param,
    process,
    reachable,
    require,
    step,
    task_of,
    terminal,
    until,
    verify,
)
from ordercheck.library import Clock, JsLoop, KjLoop, Log, Timer
from tests.library.orders import orders


class Asleep(Model):
    """Tasks on a KJ loop, an isolate in it and on no loop, all asleep on one clock."""

    def setup(self) -> None:
        self.kj = KjLoop()
        self.js = JsLoop(host=self.kj)
        self.clock = Clock(longest=3, idle=[self.kj])
        self.order = Log(range(10), capacity=10)

    @process(on="kj")
    async def native(self) -> None:
        await self.clock.sleep(2)
        self.order.append(2)

    @process(on="js")
    async def script(self) -> None:
        await self.clock.sleep(3)
        self.order.append(3)
        await self.js.settled()
        self.order.append(4)

    @process(on="kj")
    async def other(self) -> None:
        await self.clock.sleep(2)
        self.order.append(5)
        await self.clock.sleep(1)
        self.order.append(6)

    @process
    async def free(self) -> None:
        await self.clock.sleep(1)
        self.order.append(1)


def test_virtual_time_wakes_in_the_order_of_deadlines() -> None:
    # A free process may be slow; the loops' tasks go on by their times, then in turn.
    found = orders(Asleep, "order")
    assert {tuple(k for k in order if k != 1) for order in found} == {(2, 5, 3, 4, 6)}
    assert (1, 2, 5, 3, 4, 6) in found


class Drift(Model):
    """Two sleep for different times; one begins later, by its own will."""

    virtual: bool = param(False)

    def setup(self) -> None:
        self.loop = KjLoop()
        self.clock = Clock(longest=3, idle=[self.loop] if self.virtual else [])
        self.order = Log(range(2), capacity=2)

    @process(on="loop")
    async def long(self) -> None:
        await self.clock.sleep(3)
        self.order.append(0)

    @process(on="loop")
    async def short(self) -> None:
        await self.loop.later()
        await self.clock.sleep(2)
        self.order.append(1)


def test_time_that_passes_at_any_moment_lets_either_be_first() -> None:
    assert orders(Drift, "order", virtual=True) == {(1, 0)}
    assert orders(Drift, "order", virtual=False) == {(0, 1), (1, 0)}


class Ties(Model):
    """All sleep for as long: they go on in the order in which they fell asleep."""

    def setup(self) -> None:
        self.loop = JsLoop()
        self.clock = Clock(longest=2)
        self.order = Log(range(3), capacity=3)

    @process(each=range(3), on="loop")
    async def sleeper(self, k: int) -> None:
        await self.clock.sleep(2)
        self.order.append(k)


class TiesAtOnce(Ties):
    """The same where they fall asleep in one step: no time can pass in between."""

    @process(each=range(0), on="loop")
    async def sleeper(self, k: int) -> None: ...

    @process(on="loop")
    async def main(self) -> None:
        await self.clock.sleep(1)
        self.order.append(0)


def test_ties_go_in_the_order_of_falling_asleep() -> None:
    assert orders(Ties, "order") == {(0, 1, 2)}


class Forever(Model):
    """A heart that beats for ever: the clock does not grow."""

    def setup(self) -> None:
        self.clock = Clock(longest=3)
        self.beats = integer(0, lo=0, hi=3)

    @process(daemon=True)
    async def heart(self) -> None:
        while True:
            await self.clock.sleep(3)
            self.beats = (self.beats + 1) % 4

    @process
    async def dozer(self) -> None:
        await self.clock.sleep(2)


def test_a_clock_that_runs_for_ever_has_few_states() -> None:
    verdict = verify(Forever)
    assert verdict.outcome is Outcome.HOLDS
    assert verdict.states < 100


class Alarm(Model):
    """A timer that an actor sets, stops, or waits for."""

    stops: bool = param(False)

    def setup(self) -> None:
        self.clock = Clock(longest=2)
        self.timer = Timer(self.clock)
        self.rung = integer(0, lo=0, hi=2)

    @process
    async def actor(self) -> None:
        for _ in range(2):
            await step()
            self.timer.set(choose((1, 2)))
            await step()
            if self.stops:
                self.timer.stop()
            else:
                await until(self.timer.is_over())
                self.rung += 1

    @terminal
    def over(self) -> bool:
        return True

    @reachable
    def rings(self) -> bool:
        return self.rung == 2

    @reachable
    def half_way(self) -> bool:
        return self.timer.is_running() and self.timer.still() == 1

    @invariant
    def one_or_the_other(self) -> bool:
        return not (self.timer.is_over() and self.timer.is_running())


def test_a_timer_rings_once_it_is_set_and_not_stopped() -> None:
    assert verify(Alarm).outcome is Outcome.HOLDS
    assert [v.name for v in verify(Alarm, stops=True).violations] == ["rings"]


class Cancelled(Model):
    """Who is cancelled asleep is not woken any more, on a loop and free."""

    def setup(self) -> None:
        self.loop = KjLoop()
        self.clock = Clock(longest=2)
        self.woken = array(bool, 2, False)

    @process(on="loop")
    async def task(self) -> None:
        await self.clock.sleep(2)
        self.woken[0] = True

    @process
    async def free(self) -> None:
        await self.clock.sleep(2)
        self.woken[1] = True

    @action
    def stop(self) -> None:
        require(self.clock.is_awaited())
        cancel(task_of(self.task))
        cancel(task_of(self.free))

    @reachable
    def cancelled_first(self) -> bool:
        return not self.clock.is_awaited() and not any(self.woken)


def test_a_cancelled_sleeper_leaves_the_clock() -> None:
    assert verify(Cancelled).outcome is Outcome.HOLDS


@pytest.mark.parametrize("units", [0, 4])
def test_only_times_in_range(units: int) -> None:
    class Wrong(Model):
        def setup(self) -> None:
            self.clock = Clock(longest=3)

        @process
        async def sleeper(self) -> None:
            await step()
            await self.clock.sleep(units)

    (violation,) = verify(Wrong).violations
    assert violation.name == "range"
