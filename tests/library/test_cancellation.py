"""Cancelling: what runs in whose step, what is left behind, and what is refused."""

from __future__ import annotations

from itertools import product

import pytest

from ordercheck import (
    Cancelled,
    Failure,
    Loop,
    Model,
    Outcome,
    Seq,
    Task,
    boolean,
    cancel,
    choose,
    current,
    integer,
    invariant,
    param,
    park,
    process,
    reachable,
    require,
    restart,
    resume,
    seq,
    step,
    task_of,
    terminal,
    turn,
    until,
    verify,
)
from ordercheck.frontend import compile_model
from ordercheck.ir.lives import LIFE
from ordercheck.ir.span import BadInput
from ordercheck.library import Fork, KjLoop, Log, Promise
from ordercheck.report.style import Style
from ordercheck.report.terminal import render_trace


class Oops(Failure):
    """What is raised here."""


class InTheCancellersTurn(Model):
    """A worker holds two things; who cancels it sees both let go before it goes on."""

    def setup(self) -> None:
        self.loop = KjLoop()
        self.log = Log(("work", "inner", "outer", "before", "after"), capacity=6)

    async def work(self) -> None:
        try:
            await self.loop.later()
            self.log.append("work")
            await park()
            assert False, "a cancelled task went on"
        finally:
            self.log.append("inner")

    @process(on="loop")
    async def worker(self) -> None:
        try:
            await self.work()
        except Oops:
            assert False, "a cancellation was caught"
        finally:
            self.log.append("outer")
        assert False, "a cancelled task went on"

    @process(on="loop")
    async def boss(self) -> None:
        for _ in range(choose(range(3), "delay")):
            await self.loop.later()
        self.log.append("before")
        cancel(task_of(self.worker))
        self.log.append("after")
        cancel(task_of(self.worker))  # is over: nothing happens

    @invariant
    def all_at_once(self) -> bool:
        seen = [each for each in self.log if each != "work"]
        return seen in ([], ["before", "inner", "outer", "after"])

    @reachable
    def while_it_is_queued(self) -> bool:
        return len(self.log) == 4

    @reachable
    def while_it_is_parked(self) -> bool:
        return len(self.log) == 5


def test_a_task_of_kj_is_destroyed_in_the_cancellers_turn() -> None:
    assert verify(InTheCancellersTurn).outcome is Outcome.HOLDS


def fired(ways: str, victim: int) -> tuple[int, ...]:
    """The events of `Disarmed` that KJ fires: 0 arms 1 to 4, cancels one, and arms 5."""
    queues: dict[str, list[int]] = {"d": [], "b": [], "l": [], "w": []}
    for event, way in enumerate(ways, 1):
        queues[way].append(event)
    for queue in queues.values():
        if victim in queue:
            queue.remove(victim)
    queues["d"].append(5)
    return (*queues["d"], *queues["b"], *reversed(queues["l"]), *reversed(queues["w"]))


class Disarmed(Model):
    """A turn arms four events, cancels one of them, and arms one more depth-first."""

    def setup(self) -> None:
        words = ["".join(word) for word in product("dblw", repeat=4)]
        cases = [(word, victim, fired(word, victim)) for word in words for victim in range(1, 5)]
        case = choose(cases)
        self.ways, self.victim, self.expected = case[0], case[1], case[2]
        self.loop = KjLoop()
        self.order = Log(range(6), capacity=5)

    @process(on="loop")
    async def first(self) -> None:
        for k in range(4):
            way, task = self.ways[k], task_of(self.event, k + 1)
            if way == "d":
                self.loop.arm_depth_first(task)
            elif way == "b":
                self.loop.arm_breadth_first(task)
            elif way == "l":
                self.loop.arm_last(task)
            else:
                self.loop.arm_would_sleep(task)
        cancel(task_of(self.event, self.victim))
        self.loop.arm_depth_first(task_of(self.event, 5))

    @process(each=range(1, 6), on="loop")
    async def event(self, k: int) -> None:
        await park()
        self.order.append(k)

    @invariant
    def as_in_kj(self) -> bool:
        return all(self.order[k] == self.expected[k] for k in range(len(self.order)))

    @reachable
    def all_fired(self) -> bool:
        return len(self.order) == 4


def test_a_cancelled_task_leaves_the_queues() -> None:
    assert verify(Disarmed).outcome is Outcome.HOLDS


class Waiting(Model):
    """Three tasks await a promise, or a fork of it; one is cancelled at any moment."""

    forked: bool = param(False)

    def setup(self) -> None:
        self.loop = KjLoop()
        self.promise = Fork(self.loop, range(9)) if self.forked else Promise(self.loop, range(9))
        self.victim = choose(range(3))
        self.gone = boolean()
        self.order: Seq[int] = seq(range(3), capacity=3)

    @process(each=range(3), on="loop")
    async def waiter(self, k: int) -> None:
        try:
            assert await self.promise == 7
            self.order.append(k)
        finally:
            self.gone = self.gone or k == self.victim

    @process(on="loop")
    async def settler(self) -> None:
        for _ in range(choose(range(3), "delay")):
            await self.loop.later()
        self.promise.fulfill(7)

    @process
    async def outsider(self) -> None:
        cancel(task_of(self.waiter, self.victim))

    @invariant
    def the_others_in_order(self) -> bool:
        return tuple(self.order) == tuple(sorted(self.order))

    @terminal
    def all_have_gone(self) -> bool:
        left = 3 if self.victim in self.order else 2
        return len(self.order) == left and not self.promise.waiters

    @reachable
    def one_less(self) -> bool:
        return self.gone and len(self.order) == 2


@pytest.mark.parametrize("forked", [False, True])
def test_a_cancelled_waiter_leaves_the_promise(forked: bool) -> None:
    assert verify(Waiting, forked=forked).outcome is Outcome.HOLDS


class Free(Model):
    """A free process is cancelled: it cleans up in steps of its own, or goes on."""

    catches: bool = param(False)

    def setup(self) -> None:
        self.never = boolean()
        self.log = Log(("caught", "cleaned", "end"), capacity=4)

    @process
    async def worker(self) -> None:
        try:
            await until(self.never)
        except Cancelled:
            self.log.append("caught")
            if not self.catches:
                raise
        finally:
            await step()
            self.log.append("cleaned")
        self.log.append("end")

    @process
    async def boss(self) -> None:
        cancel(task_of(self.worker))

    @invariant
    def in_order(self) -> bool:
        expected = ("caught", "cleaned", "end")[: 3 if self.catches else 2]
        return tuple(self.log) == expected[: len(self.log)]

    @invariant
    def suspended_in_between(self) -> bool:
        return not self.never

    @reachable
    def caught_and_not_yet_cleaned(self) -> bool:
        return len(self.log) == 1

    @reachable
    def over(self) -> bool:
        return len(self.log) == (3 if self.catches else 2)


@pytest.mark.parametrize("catches", [False, True])
def test_a_free_process_is_raised_cancelled_in_a_step_of_its_own(catches: bool) -> None:
    verdict = verify(Free, catches=catches)
    assert verdict.outcome is Outcome.HOLDS
    assert verdict.depth == 4


class NotBegun(Model):
    """Who is cancelled before the first statement does none, and has nothing to clean up."""

    def setup(self) -> None:
        self.loop = KjLoop()
        self.ran = boolean()

    @process(on="loop")
    async def boss(self) -> None:
        cancel(task_of(self.queued))
        cancel(task_of(self.free))

    @process(on="loop")
    async def queued(self) -> None:
        try:
            self.ran = True
        finally:
            self.ran = True

    @process
    async def free(self) -> None:
        require(task_of(self.boss) not in self.loop.queue)
        self.ran = True

    @invariant
    def nothing_ran(self) -> bool:
        return not self.ran

    @reachable
    def over(self) -> bool:
        return self.loop.idle()


def test_a_task_that_has_not_begun_does_nothing() -> None:
    assert verify(NotBegun).outcome is Outcome.HOLDS


class Again(Model):
    """A task that was cancelled is put back to its beginning, and cancelled there again."""

    def setup(self) -> None:
        self.loop = KjLoop()
        self.runs = integer(0, lo=0, hi=9)
        self.cleaned = integer(0, lo=0, hi=9)

    @process(on="loop", daemon=True)
    async def worker(self) -> None:
        try:
            await park()
            self.runs += 1
            await park()
        finally:
            self.cleaned += 1

    @process(on="loop")
    async def boss(self) -> None:
        worker = task_of(self.worker)
        resume(worker)
        cancel(worker)
        assert (self.runs, self.cleaned) == (1, 1)
        restart(worker)
        cancel(worker)  # stands before its first statement
        assert (self.runs, self.cleaned) == (1, 1)
        restart(worker)
        resume(worker)
        resume(worker)
        resume(worker)
        assert (self.runs, self.cleaned) == (2, 2)

    @reachable
    def done(self) -> bool:
        return self.cleaned == 2


def test_a_cancelled_task_can_be_restarted() -> None:
    assert verify(Again).outcome is Outcome.HOLDS


class Wrong(Model):
    """What may not be done, one way a variant."""

    way: str = param("", choices=["itself", "helper", "suspends", "raises", "host", ""])

    def setup(self) -> None:
        self.loop = KjLoop()

    def end(self, task: Task) -> None:
        """Cancel a task."""
        cancel(task)

    @process(on="loop")
    async def worker(self) -> None:
        try:
            if self.way == "itself":
                cancel(current())
            elif self.way == "helper":
                self.end(current())
            elif self.way == "host":
                resume(task_of(self.guest))
            await park()
        finally:
            if self.way == "suspends":
                await self.loop.later()
            elif self.way == "raises":
                raise Oops()

    @process(on="loop", daemon=True)
    async def guest(self) -> None:
        await park()
        cancel(task_of(self.worker))

    @process(on="loop")
    async def boss(self) -> None:
        cancel(task_of(self.worker))


@pytest.mark.parametrize(
    ("way", "kind"),
    [
        ("itself", "task"),
        ("helper", "task"),
        ("host", "task"),
        ("suspends", "task"),
        ("raises", "exception"),
    ],
)
def test_model_errors(way: str, kind: str) -> None:
    verdict = verify(Wrong, way=way)
    assert [each.name for each in verdict.violations] == [kind]


def test_without_them_all_is_well() -> None:
    assert verify(Wrong).outcome is Outcome.HOLDS


class Endless(Loop):
    """A loop that does not say how its tasks are cancelled."""

    def __init__(self) -> None:
        self.queue: Seq[Task] = seq(Task)

    def start(self, task: Task) -> None:
        """Queue it."""
        self.queue.append(task)

    def wake(self, task: Task) -> None:
        """Queue it."""
        self.queue.append(task)

    def idle(self) -> bool:
        """Whether nobody is queued."""
        return not self.queue

    def run_one(self) -> None:
        """Run the first."""
        resume(self.queue.popleft())

    @turn
    def turn(self) -> None:
        """Run the first."""
        require(not self.idle())
        self.run_one()


class OnTwoLoops(Model):
    """Tasks of a loop with cancellation and of one without, told apart while it runs."""

    mixed: bool = param(False)

    def setup(self) -> None:
        self.kj = KjLoop()
        self.other = Endless()
        self.task = choose([0, 1] if self.mixed else [0])

    @process(on="kj")
    async def mortal(self) -> None:
        await park()

    @process(on="other", daemon=True)
    async def immortal(self) -> None:
        await park()

    @process
    async def boss(self) -> None:
        tasks = (task_of(self.mortal), task_of(self.immortal))
        cancel(tasks[self.task])


def test_a_loop_without_cancellation() -> None:
    assert verify(OnTwoLoops).outcome is Outcome.HOLDS
    assert verify(OnTwoLoops, mixed=True).violations[0].name == "task"


class Immortal(OnTwoLoops):
    """The task is known, and is on a loop without cancellation."""

    @process
    async def other_boss(self) -> None:
        cancel(task_of(self.immortal))


def test_a_loop_without_cancellation_is_refused_where_the_task_is_known() -> None:
    with pytest.raises(BadInput) as caught:
        compile_model(Immortal, {})
    assert [each.code for each in caught.value.diagnostics] == ["E094"]


def test_only_models_that_cancel_pay_for_it() -> None:
    program = compile_model(Free, {})
    assert [kind for kind in program.slots if kind == LIFE] == [LIFE]

    class Plain(Model):
        def setup(self) -> None:
            self.loop = KjLoop()
            self.promise = Promise(self.loop)

        @process(on="loop")
        async def waiter(self) -> None:
            try:
                await self.promise
            finally:
                await self.loop.later()

    assert LIFE not in compile_model(Plain, {}).slots


def test_a_trace_says_who_is_cancelled() -> None:
    class Told(InTheCancellersTurn):
        @invariant
        def never(self) -> bool:
            return "inner" not in self.log

    (violation,) = verify(Told).violations
    text = render_trace(violation.trace, Style())
    assert "then worker is cancelled, and finishes" in text
