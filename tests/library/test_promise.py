"""Promises and forks: who goes on, in which order, and when nobody settles them."""

from __future__ import annotations

from itertools import permutations
from typing import Annotated, Any

import pytest

from ordercheck import (
    Failure,
    Model,
    Outcome,
    Range,
    Seq,
    choose,
    integer,
    invariant,
    param,
    pool,
    process,
    reachable,
    seq,
    step,
    terminal,
    verify,
)
from ordercheck.checking.verdict import ViolationKind
from ordercheck.ir.span import BadInput
from ordercheck.library import Fork, KjLoop, Log, Promise, Rejected


class Waiters(Model):
    """Three tasks await a promise; it settles while others are queued; a fourth comes late."""

    def setup(self) -> None:
        self.loop = KjLoop()
        self.promise = Promise(self.loop, range(10))
        self.order = Log(range(6), capacity=6)

    @process(each=range(3), on="loop")
    async def waiter(self, k: int) -> None:
        assert await self.promise == 7
        self.order.append(k)

    @process(on="loop")
    async def settler(self) -> None:
        self.promise.fulfill(7)

    @process(on="loop")
    async def late(self) -> None:
        assert await self.promise == 7
        self.order.append(5)

    @process(on="loop")
    async def queued(self) -> None:
        self.order.append(3)
        await self.loop.later()
        self.order.append(4)

    @invariant
    def waiters_first_then_by_the_queue(self) -> bool:
        expected = (0, 1, 2, 3, 5, 4)
        return all(self.order[k] == expected[k] for k in range(len(self.order)))

    @reachable
    def all_went_on(self) -> bool:
        return len(self.order) == 6


def test_waiters_go_on_depth_first_and_late_comers_breadth_first() -> None:
    assert verify(Waiters).outcome is Outcome.HOLDS


class Branches(Model):
    """Three branches, added in one order and awaited in others; the settling turn goes on."""

    def setup(self) -> None:
        self.loop = KjLoop()
        self.fork = Fork(self.loop, range(10), branches=3)
        self.other = Promise(self.loop)
        self.delay = choose(list(permutations(range(3))))
        self.order = Log(range(5), capacity=5)

    @process(each=range(3), on="loop")
    async def branch(self, k: int) -> None:
        mine = self.fork.branch()
        for _ in range(self.delay[k]):
            await self.loop.later()
        assert await mine == 7
        self.order.append(k)

    @process(on="loop")
    async def woken_after_the_hub(self) -> None:
        await self.other
        self.order.append(3)

    @process(on="loop")
    async def settler(self) -> None:
        for _ in range(4):
            await self.loop.later()
        self.fork.fulfill(7)
        self.other.fulfill()
        await self.loop.later()
        await self.fork
        self.order.append(4)

    @invariant
    def in_the_order_of_adding(self) -> bool:
        return all(self.order[k] == k for k in range(len(self.order)))

    @reachable
    def all_went_on(self) -> bool:
        return len(self.order) == 5


def test_branches_go_on_in_the_order_in_which_they_were_added() -> None:
    verdict = verify(Branches)
    assert verdict.outcome is Outcome.HOLDS
    assert verdict.initial == 6


class Dropped(Model):
    """A resolver that may be dropped, with somebody waiting before and somebody after."""

    def setup(self) -> None:
        self.loop = KjLoop()
        self.promise = Promise(self.loop, ["value"])
        self.keeps = choose([False, True])
        self.fulfilled = integer(0, lo=0, hi=2)
        self.rejected = integer(0, lo=0, hi=2)

    async def wait(self) -> None:
        try:
            assert await self.promise == "value"
            self.fulfilled += 1
        except Rejected:
            self.rejected += 1

    @process(on="loop")
    async def before(self) -> None:
        await self.wait()

    @process(on="loop")
    async def owner(self) -> None:
        with self.promise.resolver() as resolver:
            await self.loop.later()
            if self.keeps:
                resolver.fulfill("value")

    @process(on="loop")
    async def after(self) -> None:
        await self.loop.last()
        await self.wait()

    @terminal
    def all_were_told(self) -> bool:
        return (self.fulfilled, self.rejected) == ((2, 0) if self.keeps else (0, 2))


def test_a_dropped_resolver_rejects() -> None:
    assert verify(Dropped).outcome is Outcome.HOLDS


class Free(Model):
    """Processes on no loop: each of two fulfils a promise, and awaits the other's."""

    twice: bool = param(False)

    def setup(self) -> None:
        self.promises = [Promise(domain=range(2)) for _ in range(2)]
        self.done = integer(0, lo=0, hi=2)

    @process(each=range(2))
    async def one(self, k: int) -> None:
        self.promises[k].fulfill(k)
        assert await self.promises[1 - k] == 1 - k
        self.done += 1
        if self.twice:
            self.promises[k].fulfill(k)

    @reachable
    def both(self) -> bool:
        return self.done == 2


def test_free_processes_await_promises() -> None:
    assert verify(Free).outcome is Outcome.HOLDS


def test_settling_twice_is_a_model_error() -> None:
    verdict = verify(Free, twice=True)
    assert verdict.violations[0].kind is ViolationKind.MODEL_ERROR
    assert "settled twice" in verdict.violations[0].message


class Pooled(Model):
    """Two clients ask three times each; every question is a promise from a pool.

    Three are enough: the old one is free at the end of the step that takes the next.
    """

    def setup(self) -> None:
        self.loop = KjLoop()
        self.answers = pool(lambda: Promise(self.loop, range(3)), capacity=3)
        self.questions: Seq[Promise[int]] = seq(Promise, capacity=2)
        self.heard = Log(range(2), capacity=6)

    @process(each=range(2), on="loop")
    async def client(self, k: int) -> None:
        for number in range(3):
            answer = self.answers.new()
            self.questions.append(answer)
            assert await answer == number
            self.heard.append(k)

    @process(on="loop")
    async def server(self) -> None:
        for k in range(6):
            while not self.questions:
                await self.loop.later()
            self.questions.popleft().fulfill(k // 2)
            await self.loop.later()

    @invariant
    def in_turn(self) -> bool:
        return all(self.heard[k] == k % 2 for k in range(len(self.heard)))

    @reachable
    def all_heard(self) -> bool:
        return len(self.heard) == 6


class Across(Model):
    """Free processes and a task of a loop, which settle promises that the others await."""

    def setup(self) -> None:
        self.loop = KjLoop()
        self.asked = Promise(self.loop)
        self.answered = Fork(self.loop, range(3), branches=1)
        self.heard = integer(0, lo=0, hi=2)

    @process
    async def asker(self) -> None:
        self.asked.fulfill()
        assert await self.answered == 2
        self.heard += 1

    @process
    async def listener(self) -> None:
        await self.asked
        assert await self.answered.branch() == 2
        self.heard += 1

    @process(on="loop")
    async def answerer(self) -> None:
        await self.asked
        self.answered.fulfill(2)

    @reachable
    def both_heard(self) -> bool:
        return self.heard == 2


def test_free_processes_await_promises_of_a_loop() -> None:
    assert verify(Across).outcome is Outcome.HOLDS


def test_promises_from_a_pool_are_used_again() -> None:
    assert verify(Pooled).outcome is Outcome.HOLDS


class Broken(Failure):
    """What a promise is rejected with."""

    code: Annotated[int, Range(0, 9)]


class Late(Failure):
    """What else."""


class Reasons(Model):
    """A promise is rejected with a reason, or without: tasks hear it, free ones and late ones."""

    def setup(self) -> None:
        self.loop = KjLoop()
        self.given = Promise(self.loop, range(3), failures=Broken | Late)
        self.fork = Fork(self.loop, range(3), failures=Broken)
        self.told = Log(range(20), capacity=5)
        self.settled = integer(0, lo=0, hi=19)

    async def listen(self, promise: Promise[int]) -> None:
        try:
            self.told.append(await promise)
        except Broken as broken:
            self.told.append(10 + broken.code)
        except Late:
            self.told.append(4)
        except Rejected:
            self.told.append(5)

    @process(each=range(2), on="loop")
    async def task(self, k: int) -> None:
        await self.listen(self.given)

    @process
    async def free(self) -> None:
        await step()
        await self.listen(self.given)

    @process(on="loop")
    async def branch(self) -> None:
        await self.listen(self.fork)

    @process(on="loop")
    async def settler(self) -> None:
        way = choose(range(5))
        self.settled = (2, 13, 17, 4, 5)[way]
        if way == 0:
            self.given.fulfill(2)
            self.fork.fulfill(2)
        elif way < 3:
            self.given.reject(Broken(4 * way - 1))
            self.fork.reject(Broken(4 * way - 1))
        elif way == 3:
            self.given.reject(Late())
        else:
            self.given.reject()
            self.fork.reject()
        await self.loop.later()
        if way == 3:
            self.fork.reject(Broken(0))
        await self.loop.last()
        await self.listen(self.given)

    @invariant
    def all_are_told_the_same(self) -> bool:
        return all(each in (self.settled, 10) for each in self.told)

    @reachable
    def all_are_told(self) -> bool:
        return len(self.told) == 5


def test_who_awaits_is_raised_the_reason() -> None:
    assert verify(Reasons).outcome is Outcome.HOLDS


@pytest.mark.parametrize(("given", "code"), [(int, "E024"), (Broken(1), "E024"), (Late, "E068")])
def test_what_no_reason_can_be_is_refused(given: Any, code: str) -> None:
    class Wrong(Model):
        def setup(self) -> None:
            self.loop = KjLoop()
            self.given = Promise(self.loop, failures=given)

        @process(on="loop")
        async def settler(self) -> None:
            self.given.reject(Broken(1))

    with pytest.raises(BadInput) as caught:
        verify(Wrong)
    assert [each.code for each in caught.value.diagnostics] == [code]
