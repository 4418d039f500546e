"""Spawned tasks: when they run, what awaiting them gives, and when their entry is free again."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Annotated, Any

from ordercheck import (
    Component,
    Failure,
    Model,
    Outcome,
    Range,
    Seq,
    Task,
    action,
    boolean,
    cancel,
    choose,
    current,
    integer,
    invariant,
    optional,
    param,
    park,
    process,
    reachable,
    require,
    resume,
    seq,
    spawn,
    step,
    struct,
    task_of,
    until,
    variable,
    verify,
)
from ordercheck.checking.verdict import ViolationKind
from ordercheck.frontend import compile_model
from ordercheck.library import KjLoop, Log, Promise, Spawned, Tasks
from tests.library.orders import orders


class Oops(Failure):
    """What a task may raise."""

    code: Annotated[int, Range(0, 9)]


class Kj(Model):
    """Two calls, each of which yields; one is awaited before it has ended, one after."""

    def setup(self) -> None:
        self.loop = KjLoop()
        self.calls = Tasks(2, range(10), on=self.loop)
        self.order = Log(range(10), capacity=20)

    @process(on="loop")
    async def main(self) -> None:
        one = spawn(self.calls, self.handle(1))
        two = spawn(self.calls, self.handle(2))
        self.order.append(0)
        assert await one == 2
        self.order.append(5)
        await self.loop.later()
        assert await two == 3
        self.order.append(6)

    async def handle(self, i: int) -> int:
        self.order.append(i)
        await self.loop.later()
        self.order.append(i + 2)
        return i + 1


def test_a_task_of_a_loop_runs_at_once_to_its_first_suspension() -> None:
    # What the first task's end arms goes before the second one's turn.
    assert orders(Kj, "order") == {(1, 2, 0, 3, 5, 4, 6)}


class Calls(Model):
    """How soon the caller goes on: its call ends at once, or has been suspended."""

    def setup(self) -> None:
        self.loop = KjLoop()
        self.order = Log(range(10), capacity=20)

    @process(on="loop")
    async def main(self) -> None:
        await self.loop.later()
        await self.loop.call(self.at_once())
        self.order.append(0)
        await self.loop.call(self.suspending())
        self.order.append(1)
        await self.loop.call(self.calling())
        self.order.append(2)

    async def calling(self) -> None:
        await self.loop.call(self.at_once())

    async def at_once(self) -> None: ...

    async def suspending(self) -> None:
        await self.loop.later()

    @process(on="loop")
    async def other(self) -> None:
        for k in range(5, 10):
            await self.loop.later()
            self.order.append(k)


def test_a_call_costs_a_turn_which_depends_on_whether_it_suspended() -> None:
    assert orders(Calls, "order") == {(5, 0, 6, 1, 7, 2, 8, 9)}


class Free(Model):
    """Free tasks are ready when they are spawned, and go on at any time."""

    def setup(self) -> None:
        self.calls = Tasks(2, range(4))
        self.order = Log(range(10), capacity=10)

    @process
    async def main(self) -> None:
        one = spawn(self.calls, self.work(0))
        two = spawn(self.calls, self.work(1))
        self.order.append(5)
        assert await one + await two == 3

    async def work(self, i: int) -> int:
        self.order.append(i)
        await step()
        return i + 1


def test_a_free_task_is_ready_when_it_is_spawned() -> None:
    assert orders(Free, "order") == {(5, 0, 1), (5, 1, 0)}


class Raising(Model):
    """What a task raises is raised where it is awaited, by each who awaits it."""

    free: bool = param(False)

    def setup(self) -> None:
        self.loop = KjLoop()
        self.calls = Tasks(2, on=self.loop)
        self.free_calls = Tasks(2)
        self.order = Log(range(10), capacity=10)
        self.task: Spawned[None] | None = variable(optional(Spawned), None)

    @process(on="loop")
    async def main(self) -> None:
        task = spawn(self.calls, self.work(3))
        for _ in range(2):
            try:
                await task
            except Oops as oops:
                self.order.append(oops.code)

    @process
    async def outside(self) -> None:
        if self.free:
            task = spawn(self.free_calls, self.free_work())
            try:
                await task
            except Oops as oops:
                self.order.append(oops.code)

    async def work(self, code: int) -> None:
        await self.loop.later()
        raise Oops(code)

    async def free_work(self) -> None:
        raise Oops(7)


def test_an_exception_is_raised_where_the_task_is_awaited() -> None:
    assert orders(Raising, "order") == {(3, 3)}
    assert orders(Raising, "order", free=True) == {(3, 3, 7), (3, 7, 3), (7, 3, 3)}


class Unawaited(Model):
    """One task after another, which nobody awaits; a pool of one is enough."""

    capacity: int = param(1, lo=1, hi=2)
    together: int = param(1, lo=1, hi=3)

    def setup(self) -> None:
        self.loop = KjLoop()
        self.calls = Tasks(self.capacity, on=self.loop)
        self.done = integer(0, lo=0, hi=9)

    @process(on="loop")
    async def main(self) -> None:
        for _ in range(3):
            for k in range(self.together):
                spawn(self.calls, self.work(k))
            for _ in range(3):
                await self.loop.later()

    async def work(self, k: int) -> None:
        await self.loop.later()
        self.done += 1

    @reachable
    def all_done(self) -> bool:
        return self.done == 3 * self.together


def test_an_entry_is_free_when_its_task_is_over_and_nobody_refers_to_it() -> None:
    assert verify(Unawaited).outcome is Outcome.HOLDS
    assert verify(Unawaited, together=2, capacity=2).outcome is Outcome.HOLDS


def test_a_full_pool_is_a_model_error() -> None:
    verdict = verify(Unawaited, together=2, capacity=1)
    first = verdict.violations[0]
    assert (first.kind, first.name) == (ViolationKind.MODEL_ERROR, "pool")


class Kept(Model):
    """A task that is over keeps its entry while something refers to it, or to its kernel task."""

    by: str = param("promise", choices=["promise", "task", "nothing"])

    def setup(self) -> None:
        self.loop = KjLoop()
        self.calls = Tasks(1, on=self.loop)
        self.task: Spawned[None] | None = variable(optional(Spawned), None)
        self.kernel: Task | None = variable(optional(Task), None)

    @process(on="loop")
    async def main(self) -> None:
        spawned = spawn(self.calls, self.work())
        if self.by == "promise":
            self.task = spawned
        if self.by == "task":
            self.kernel = task_of(spawned.run)
        await self.loop.later()
        await self.loop.later()
        spawn(self.calls, self.work())

    async def work(self) -> None: ...


def test_who_is_referred_to_keeps_its_entry() -> None:
    assert verify(Kept, by="nothing").outcome is Outcome.HOLDS
    assert [v.name for v in verify(Kept, by="promise").violations] == ["pool"]
    assert [v.name for v in verify(Kept, by="task").violations] == ["pool"]


class Stuck(Model):
    """A spawned task that waits for ever is a deadlock, as a process that does is."""

    def setup(self) -> None:
        self.loop = KjLoop()
        self.calls = Tasks(1, on=self.loop)
        self.never = Promise(self.loop)

    @process(on="loop")
    async def main(self) -> None:
        spawn(self.calls, self.wait())

    async def wait(self) -> None:
        await self.never


def test_a_task_that_waits_for_ever_is_a_deadlock() -> None:
    assert [v.kind for v in verify(Stuck).violations] == [ViolationKind.DEADLOCK]


@struct
class Job:
    """What a worker is given."""

    number: Annotated[int, Range(0, 9)]
    urgent: bool


class Worker(Component):
    """One of several workers; each counts what it has done."""

    def __init__(self, loop: KjLoop, order: Log[int]) -> None:
        self.loop = loop
        self.order = order
        self.did = integer(0, lo=0, hi=4)

    async def work(self, job: Job, before: Spawned[int] | None = None) -> int:
        """Do a job, after another."""
        if before is not None:
            assert await before == job.number - 1
        await self.loop.later()
        self.did += 1
        self.order.append(job.number)
        return job.number

    def start(self, calls: Tasks[int], job: Job) -> Spawned[int]:
        """Spawn from a plain method."""
        return spawn(calls, self.work(job))


class Mixed(Model):
    """Several coroutines in one pool, of several receivers; arguments of all kinds."""

    def setup(self) -> None:
        self.loop = KjLoop()
        self.order = Log(range(10), capacity=10)
        self.workers = [Worker(self.loop, self.order) for _ in range(2)]
        self.calls = Tasks(3, range(10), on=self.loop)
        self.seen: Seq[Task] = seq(Task)

    @process(on="loop")
    async def main(self) -> None:
        last: Spawned[int] | None = None
        for k in range(3):
            worker = self.workers[k % 2]
            last = spawn(self.calls, worker.work(Job(k, k == 1), last))
        assert last is not None
        assert await last == 2
        other = self.workers[1].start(self.calls, Job(7, True))
        twice = spawn(self.calls, self.twice(4))
        assert await other == 7
        assert await twice == 8

    async def twice(self, n: int) -> int:
        assert current() not in self.seen
        self.seen.append(current())
        await self.loop.later()
        self.order.append(n)
        return 2 * n

    @reachable
    def both_worked(self) -> bool:
        return self.workers[0].did == 2 and self.workers[1].did == 2


def test_several_coroutines_share_a_pool() -> None:
    assert orders(Mixed, "order") == {(0, 1, 2, 7, 4)}
    assert verify(Mixed).outcome is Outcome.HOLDS


class Recursive(Model):
    """A task that spawns another of its kind, and awaits it."""

    def setup(self) -> None:
        self.loop = KjLoop()
        self.calls = Tasks(4, range(8), on=self.loop)
        self.total = integer(0, lo=0, hi=9)

    @process(on="loop")
    async def main(self) -> None:
        self.total = await spawn(self.calls, self.sum_to(3))

    async def sum_to(self, n: Annotated[int, Range(0, 3)]) -> int:
        if n == 0:
            return 0
        return n + await spawn(self.calls, self.sum_to(n - 1))

    @reachable
    def summed(self) -> bool:
        return self.total == 6


def test_a_task_may_spawn_its_like() -> None:
    assert verify(Recursive).outcome is Outcome.HOLDS


class Arriving(Model):
    """Calls come in from outside, as actions; a loop's task then begins in a turn of its own."""

    def setup(self) -> None:
        self.loop = KjLoop()
        self.calls = Tasks(2, on=self.loop)
        self.left = integer(2, lo=0, hi=2)
        self.inside = integer(0, lo=0, hi=2)
        self.open = boolean()

    @action
    def arrive(self) -> None:
        require(self.left > 0)
        self.left -= 1
        before = self.inside
        spawn(self.calls, self.handle())
        assert self.inside == before

    async def handle(self) -> None:
        self.inside += 1
        await self.loop.later()
        self.inside -= 1

    @reachable
    def two_at_a_time(self) -> bool:
        return self.inside == 2

    @invariant
    def few(self) -> bool:
        return self.inside <= 2


def test_what_comes_from_outside_begins_in_a_turn() -> None:
    assert verify(Arriving).outcome is Outcome.HOLDS


class ByHand(Model):
    """A task on no loop that parks is resumed by whoever knows its kernel task."""

    def setup(self) -> None:
        self.calls = Tasks(1, range(3))
        self.asleep = boolean()

    @process
    async def main(self) -> None:
        spawned = spawn(self.calls, self.work())
        await until(self.asleep)
        resume(task_of(spawned.run))
        assert await spawned == 2

    async def work(self) -> int:
        self.asleep = True
        await park()
        return 2


def test_the_kernel_task_of_a_spawned_one() -> None:
    assert verify(ByHand).outcome is Outcome.HOLDS


class Passed(Model):
    """Coroutines are passed on to be spawned; an argument of one of them differs."""

    def setup(self) -> None:
        self.calls = Tasks(4)
        self.sum = integer(0, lo=0, hi=20)

    @process
    async def main(self) -> None:
        for k in range(2):
            self.begin(self.add(k + 1))
        self.begin(self.add(n=4))
        self.begin(self.add_ten())

    def begin(self, body: Coroutine[Any, Any, None]) -> None:
        spawn(self.calls, body)

    async def add(self, n: int) -> None:
        self.sum += n

    async def add_ten(self) -> None:
        self.sum += 10

    @reachable
    def all_added(self) -> bool:
        return self.sum == 17


def test_a_coroutine_is_spawned_by_who_is_given_it() -> None:
    assert verify(Passed).outcome is Outcome.HOLDS


class Plain(Component):
    """Something that works by itself."""

    def __init__(self) -> None:
        self.ended = boolean()

    @process
    async def work(self) -> None:
        try:
            await step()
        finally:
            self.ended = True


class Special(Plain):
    """The same, with a way of its own."""

    @process
    async def work(self) -> None:
        await step()
        self.ended = True


class OneOfTwo(Model):
    """Somebody cancels the process of one of two components, whose classes differ."""

    def setup(self) -> None:
        self.workers: list[Plain] = [Plain(), Special()]
        self.victim = choose(range(2))

    @process
    async def boss(self) -> None:
        cancel(task_of(self.workers[self.victim].work))

    @reachable
    def the_special_one_is_gone(self) -> bool:
        return self.victim == 1 and self.workers[0].ended and not self.workers[1].ended


def test_the_task_of_a_process_that_several_classes_have() -> None:
    assert verify(OneOfTwo).outcome is Outcome.HOLDS


class Given(Model):
    """Two tasks get arguments that differ, and so are in the state."""

    def setup(self) -> None:
        self.calls = Tasks(2, range(10))
        self.sum = integer(0, lo=0, hi=9)

    @process
    async def main(self) -> None:
        spawn(self.calls, self.add(3))
        spawn(self.calls, self.add(2))

    async def add(self, k: int) -> int:
        self.sum += k
        return k

    @invariant
    def small(self) -> bool:
        return self.sum < 5


def test_a_trace_tells_no_slots_of_arguments() -> None:
    program = compile_model(Given, {})
    (argument,) = (place for place in program.places if place.argument)
    assert argument.hidden
    trace = verify(Given).trace
    assert trace is not None
    changed = [change.path for step in trace.steps for change in step.changes]
    assert "sum" in changed
    assert "calls in use[0]" in changed
    assert not [path for path in changed if path.startswith(argument.path)]
