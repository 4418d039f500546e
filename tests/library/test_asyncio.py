"""AsyncioLoop: iterations, timers, and who is cancelled by whom.

tests/loops/ compares it with asyncio itself; here is what that cannot see.
"""

from __future__ import annotations

import pytest

from ordercheck import (
    Model,
    Outcome,
    action,
    boolean,
    cancel,
    choose,
    integer,
    invariant,
    param,
    process,
    reachable,
    require,
    spawn,
    step,
    task_of,
    terminal,
    verify,
)
from ordercheck.checking.options import Options
from ordercheck.checking.verdict import ViolationKind
from ordercheck.library import (
    AsyncioLoop,
    CancelledError,
    Channel,
    Clock,
    Future,
    KjLoop,
    Log,
    Promise,
    Rejected,
    Tasks,
)
from tests.library.orders import orders


class Iterations(Model):
    """A timer that goes off while an iteration is under way waits for the next one."""

    def setup(self) -> None:
        self.clock = Clock(longest=1)
        self.loop = AsyncioLoop(clock=self.clock)
        self.noted = Log(range(8), capacity=8)

    @process(on="loop")
    async def first(self) -> None:
        self.noted.append(0)
        await self.loop.sleep(0)
        self.noted.append(1)
        await self.loop.sleep(0)
        self.noted.append(2)
        await self.loop.sleep(0)
        self.noted.append(3)

    @process(on="loop")
    async def second(self) -> None:
        await self.loop.sleep(1)
        self.noted.append(7)


def test_timers_are_looked_at_between_iterations() -> None:
    # The timer's callback, and then the task's, come behind what was queued before.
    assert orders(Iterations, "noted") == {(0, 1, 2, 7, 3), (0, 1, 2, 3, 7)}


class Outside(Model):
    """A future that another thread settles, and a task that one spawns."""

    def setup(self) -> None:
        self.loop = AsyncioLoop()
        self.calls = Tasks(1, on=self.loop)
        self.news = Promise(self.loop)
        self.noted = Log(range(3), capacity=3)

    @process(on="loop")
    async def waiter(self) -> None:
        await self.news
        self.noted.append(0)

    @process
    async def outsider(self) -> None:
        await step()
        self.news.fulfill()
        spawn(self.calls, self.note(1))

    async def note(self, n: int) -> None:
        self.noted.append(n)


def test_what_comes_from_outside_is_queued() -> None:
    # call_soon_threadsafe(future.set_result): the waiter's callback comes behind the task's.
    assert orders(Outside, "noted") == {(1, 0), (0, 1)}


class Worker(Model):
    """A process of the loop waits; it is cancelled by another, by an action, or by itself."""

    by: str = param("process", choices=["process", "action", "itself"])
    catches: bool = param(False)

    def setup(self) -> None:
        self.clock = Clock(longest=2)
        self.loop = AsyncioLoop(clock=self.clock)
        self.never = Future(self.loop)
        self.asleep = choose((False, True))
        self.asked = boolean()
        self.cancelled = integer(0, lo=0, hi=1)
        self.ended = boolean()

    @process(on="loop")
    async def worker(self) -> None:
        if self.by == "itself":
            cancel(task_of(self.worker))
        try:
            if self.asleep:
                await self.loop.sleep(2)
            else:
                await self.never
        except CancelledError:
            self.cancelled += 1
            if not self.catches:
                raise
        await self.loop.sleep(0)
        self.ended = True

    @process(on="loop")
    async def boss(self) -> None:
        if self.by == "process":
            await self.loop.sleep(choose((0, 1), name="delay"))
            self.asked = True
            cancel(task_of(self.worker))
            cancel(task_of(self.worker))  # is as good as once

    @action
    def outsider(self) -> None:
        require(self.by == "action" and not self.asked)
        self.asked = True
        cancel(task_of(self.worker))

    @invariant
    def catches_what_it_is_raised(self) -> bool:
        return not self.ended or self.asleep or self.catches

    @reachable
    def was_cancelled(self) -> bool:
        return self.cancelled == 1

    @terminal
    def over(self) -> bool:
        return self.never.is_settled() or self.asleep or self.asked or self.by == "itself"


@pytest.mark.parametrize("catches", [False, True])
@pytest.mark.parametrize("by", ["process", "action", "itself"])
def test_a_process_is_cancelled_where_it_waits(by: str, catches: bool) -> None:
    verdict = verify(Worker, by=by, catches=catches)
    assert verdict.outcome is Outcome.HOLDS, verdict.violations


def test_native_engine_agrees() -> None:
    plain = verify(Worker, by="action", options=Options(engine="interpreter"))
    native = verify(Worker, by="action", options=Options(engine="native"))
    assert (native.states, native.transitions) == (plain.states, plain.transitions)


class Mixed(Model):
    """One canceller, and tasks of KJ, of asyncio and of none."""

    def setup(self) -> None:
        self.kj = KjLoop()
        self.loop = AsyncioLoop()
        self.never = Promise()
        self.left = integer(3, lo=0, hi=3)
        self.victim = choose(range(3))

    @process(on="kj")
    async def destroyed(self) -> None:
        try:
            await self.never
        finally:
            self.left -= 1

    @process(on="loop")
    async def raised(self) -> None:
        try:
            await self.never
        finally:
            self.left -= 1

    @process(daemon=True)
    async def free(self) -> None:
        try:
            await self.never
        finally:
            self.left -= 1

    @action
    def boss(self) -> None:
        if self.victim == 0:
            task = task_of(self.destroyed)
        elif self.victim == 1:
            task = task_of(self.raised)
        else:
            task = task_of(self.free)
        require(not self.kj.queue and self.loop.idle() and self.left == 3)
        cancel(task)

    @invariant
    def one_at_most(self) -> bool:
        return self.left >= 2

    @terminal
    def one_is_gone(self) -> bool:
        return self.left == 2 and len(self.never.waiters) <= 2


def test_cancel_goes_by_the_loop_of_the_task() -> None:
    verdict = verify(Mixed)
    assert verdict.outcome is Outcome.HOLDS, verdict.violations


class AtAChannel(Model):
    """A task that waits for a message is cancelled."""

    def setup(self) -> None:
        self.loop = AsyncioLoop()
        self.inbox = Channel(range(2), capacity=1)

    @process(on="loop")
    async def reader(self) -> None:
        await self.inbox.receive()

    @process(on="loop")
    async def boss(self) -> None:
        cancel(task_of(self.reader))


def test_who_waits_for_a_channel_cannot_be_cancelled() -> None:
    (violation,) = verify(AtAChannel).violations
    assert violation.kind is ViolationKind.MODEL_ERROR
    assert "only who waits for futures, tasks and time can be cancelled" in str(violation)


class Gathering(Model):
    """The first future that fails is what gather raises; it leaves the others alone."""

    def setup(self) -> None:
        self.loop = AsyncioLoop()
        self.one = Future(self.loop, range(3))
        self.two = Future(self.loop, range(3))
        self.way = choose(("both", "one fails", "two is cancelled"))
        self.sum = integer(0, lo=0, hi=4)

    @process(on="loop")
    async def main(self) -> None:
        try:
            await self.loop.gather((self.one, self.two))
            self.sum = self.one.result() + self.two.result()
        except Rejected:
            assert self.way == "one fails"
            assert not self.two.is_settled()
        except CancelledError:
            assert self.way == "two is cancelled"
            assert not self.one.is_settled()

    @process(on="loop")
    async def settler(self) -> None:
        if self.way == "both":
            self.two.fulfill(2)
            await self.loop.sleep(0)
            self.one.fulfill(1)
        elif self.way == "one fails":
            self.one.reject()
        else:
            self.two.cancel()

    @terminal
    def over(self) -> bool:
        return self.loop.idle() and (self.sum == 3) == (self.way == "both")


def test_what_gather_gives() -> None:
    verdict = verify(Gathering)
    assert verdict.outcome is Outcome.HOLDS, verdict.violations


class GatheringAll(Model):
    """Three are gathered, of which one fails and one is cancelled; or who gathers is cancelled."""

    cancelled: bool = param(False)

    def setup(self) -> None:
        self.loop = AsyncioLoop()
        self.futures = [Future(self.loop, range(3)) for _ in range(3)]
        self.came = Log(["value", "failure", "end", "cancelled"], capacity=3)

    @process(on="loop")
    async def main(self) -> None:
        try:
            await self.loop.gather(tuple(self.futures), return_exceptions=True)
        except CancelledError:
            self.came.append("cancelled")
            return
        for future in self.futures:
            try:
                await self.loop.wait_for(future, None)
                self.came.append("value")
            except Rejected:
                self.came.append("failure")
            except CancelledError:
                self.came.append("end")

    @process(on="loop")
    async def settle(self) -> None:
        for which in choose([(0, 1, 2), (2, 1, 0), (1, 2, 0)]):
            await self.loop.sleep(0)
            if which == 2 and self.cancelled:
                cancel(task_of(self.main))
            elif which == 2:
                self.futures[2].cancel()
            elif self.futures[which].is_settled():
                assert self.cancelled
            elif which == 1:
                self.futures[1].reject()
            else:
                self.futures[0].fulfill(2)


@pytest.mark.parametrize("cancelled", [False, True])
def test_all_are_gathered_whatever_comes_of_them(cancelled: bool) -> None:
    assert orders(GatheringAll, "came", cancelled=cancelled) == (
        {("cancelled",)} if cancelled else {("value", "failure", "end")}
    )
