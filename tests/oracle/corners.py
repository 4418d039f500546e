"""Models of corners that random ones come to seldom."""

from __future__ import annotations

from ordercheck import (
    Component,
    Failure,
    Model,
    action,
    array,
    bag_of,
    boolean,
    cancel,
    choose,
    current,
    integer,
    optional,
    pool,
    process,
    seq,
    spawn,
    step,
    task_of,
    until,
    variable,
)
from ordercheck.library import AsyncioLoop, CancelledError, Future, KjLoop, Log, Tasks


class Oops(Failure):
    """What is raised here."""


class Exits(Model):
    """Every way out of a `try` that suspends, and loops that are left."""

    deadlock = False

    def setup(self) -> None:
        self.n = integer(0, lo=0, hi=40)
        self.out = integer(0, lo=0, hi=40)

    async def helper(self, way: int) -> int:
        for k in range(3):
            try:
                await step()
                if way == 0:
                    return k
                if way == 1:
                    break
                if way == 2:
                    continue
                if way == 3:
                    raise Oops()
                self.n += 1
            finally:
                self.out += 1
        return 9

    @process
    async def run(self) -> None:
        kept = choose(range(3))
        way = choose(range(5))
        seen = 7
        try:
            seen = kept
            self.n += await self.helper(way)
            kept += 1
        except Oops:
            self.n += kept + seen
        self.n += kept

    @process
    async def within(self) -> None:
        gain = choose(range(1, 4))
        await step()
        for _ in range(2):
            self.n += gain

    @process
    async def around(self) -> None:
        total, last = 0, 3
        await step()
        for _ in range(3):
            w = 0
            while w < 2:
                w += 1
                if total > 3:
                    last = w
                    continue
                total += last
            if total > 5:
                await step()
                break
        self.out += total + last


class Numbers(Model):
    """Ranges, indices, divisions, and a bag, with numbers that are known in the step only."""

    deadlock = False

    def setup(self) -> None:
        self.n = integer(0, lo=-3, hi=3)
        self.out = integer(0, lo=-9, hi=9)
        self.arr = array(range(8), 3, [1, 2, 4])
        self.bag = bag_of(range(2), capacity=2)

    @action(each=range(-3, 4))
    def put(self, k: int) -> None:
        self.n = k

    @action
    def span(self) -> None:
        self.out = sum(k for k in range(self.n, 3)) - len(list(range(self.n)))

    @action
    def index(self) -> None:
        self.out = self.arr[self.n]

    @action
    def store(self) -> None:
        self.arr[self.n] = (self.arr[self.n] + 1) % 8

    @action(each=[2, -2])
    def divide(self, by: int) -> None:
        self.out = self.n // by + self.n % by

    @action(each=range(2))
    def add(self, k: int) -> None:
        self.bag.add(k)


class Over(Model):
    """A task that has finished is woken."""

    deadlock = False

    def setup(self) -> None:
        self.loop = KjLoop()
        self.flag = boolean()

    @process(on="loop")
    async def short(self) -> None:
        self.flag = True

    @process
    async def late(self) -> None:
        await until(self.flag)
        self.loop.wake(task_of(self.short))


class Narrow(Component):
    """Has variables whose domains differ from one component to the next."""

    def __init__(self, hi: int) -> None:
        self.n = integer(0, lo=0, hi=hi)
        self.kept: int | None = variable(optional(range(hi)), None)


class Kinds(Model):
    """A component that is one of several: each variable has its own domain."""

    deadlock = False

    def setup(self) -> None:
        self.parts = [Narrow(3), Narrow(9), Narrow(5), Narrow(3)]
        self.held = variable(Narrow, self.parts[0])
        self.log = seq(range(30), capacity=4)

    @action(each=range(4))
    def hold(self, k: int) -> None:
        self.held = self.parts[k]

    @action(each=(2, 4, 7))
    def put(self, value: int) -> None:
        self.held.n = value
        self.held.kept = value - 1

    @action
    def grow(self) -> None:
        self.held.n += 3

    @action
    def move(self) -> None:
        one = choose(self.parts)
        one.n, self.held.n = self.held.n, one.n
        if one.kept is None:
            one.kept = self.held.kept

    @action
    def note(self) -> None:
        self.log.append(self.held.n + (choose(self.parts).kept or 0))


class Quitting(Model):
    """Tasks of asyncio are cancelled: before they begin, and while they wait."""

    deadlock = False

    def setup(self) -> None:
        self.loop = AsyncioLoop()
        self.go = Future(self.loop)
        self.log = Log(range(8), capacity=8)

    @process(on="loop")
    async def early(self) -> None:
        if choose([False, True], name="early"):
            cancel(task_of(self.worker, 0))

    @process(each=range(2), on="loop")
    async def worker(self, me: int) -> None:
        try:
            self.log.append(me)
            await self.go
            self.log.append(2 + me)
        except CancelledError:
            self.log.append(4 + me)
            raise
        finally:
            self.log.append(6 + me)

    @process(on="loop")
    async def late(self) -> None:
        if choose([False, True], name="late"):
            cancel(task_of(self.worker, 1))
        else:
            self.go.fulfill()


class Unkept(Model):
    """Free tasks to which nothing refers: they are only what they are doing."""

    deadlock = False

    def setup(self) -> None:
        self.jobs = Tasks(2)
        self.begun = integer(0, lo=0, hi=3)
        self.done = seq(range(3), capacity=3)

    @action
    def begin(self) -> None:
        spawn(self.jobs, self.job(self.begun))
        self.begun += 1

    async def job(self, k: int) -> None:
        await step()
        await step()
        self.done.append(k)


class Handle(Component):
    """It knows a component that was there before."""

    def __init__(self, owner: Handled) -> None:
        self.owner = owner
        self.used = boolean()


class Handled(Model):
    """What is taken from a pool refers to a component with processes, which stay who they are."""

    def setup(self) -> None:
        self.handles = pool(lambda: Handle(self), 1)
        self.same = boolean()

    @process
    async def worker(self) -> None:
        await step()
        self.handles.new().used = True
        self.same = current() == task_of(self.worker)
