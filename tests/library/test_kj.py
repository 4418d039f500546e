"""KjLoop against the insert points of KJ's own queue, for every way of arming five events."""

from __future__ import annotations

from itertools import product

from ordercheck import (
    Model,
    Outcome,
    boolean,
    choose,
    invariant,
    park,
    process,
    reachable,
    task_of,
    terminal,
    until,
    verify,
)
from ordercheck.library import KjLoop, Log


def fired(ways: str) -> tuple[int, ...]:
    """The events of `Arming` as KJ fires them: one list and three insert points (async.c++)."""
    queue: list[int] = []
    depth = breadth = sleep = 0
    order: list[int] = []

    def arm(event: int) -> None:
        nonlocal depth, breadth, sleep
        if event in queue:
            return
        match ways[event]:
            case "d":
                queue.insert(depth, event)
                depth, breadth, sleep = depth + 1, breadth + 1, sleep + 1
            case "b":
                queue.insert(breadth, event)
                breadth, sleep = breadth + 1, sleep + 1
            case "l":
                queue.insert(breadth, event)
                sleep += 1
            case _:
                queue.insert(sleep, event)

    for event in (0, 1, 2, 0):
        arm(event)
    while queue:
        event = queue.pop(0)
        depth, breadth, sleep = 0, max(0, breadth - 1), max(0, sleep - 1)
        order.append(event)
        if event == 0:
            arm(3)
            arm(4)
    return tuple(order)


class Arming(Model):
    """A first turn arms events 0, 1, 2 and 0 again; event 0 arms 3 and 4: each in its way."""

    def setup(self) -> None:
        words = ["".join(word) for word in product("dblw", repeat=5)]
        case = choose([(word, fired(word)) for word in words])
        self.ways, self.expected = case[0], case[1]
        self.loop = KjLoop()
        self.order = Log(range(5), capacity=5)

    @process(on="loop")
    async def first(self) -> None:
        for event in (0, 1, 2, 0):
            self.arm(event)

    @process(each=range(5), on="loop")
    async def event(self, k: int) -> None:
        await park()
        self.order.append(k)
        if k == 0:
            self.arm(3)
            self.arm(4)

    def arm(self, k: int) -> None:
        if self.ways[k] == "d":
            self.loop.arm_depth_first(task_of(self.event, k))
        elif self.ways[k] == "b":
            self.loop.arm_breadth_first(task_of(self.event, k))
        elif self.ways[k] == "l":
            self.loop.arm_last(task_of(self.event, k))
        else:
            self.loop.arm_would_sleep(task_of(self.event, k))

    @invariant
    def as_kj_fires_them(self) -> bool:
        return all(self.order[k] == self.expected[k] for k in range(len(self.order)))

    @terminal
    def all_fired(self) -> bool:
        return len(self.order) == 5


def test_every_way_of_arming() -> None:
    verdict = verify(Arming)
    assert verdict.outcome is Outcome.HOLDS
    assert verdict.initial == verdict.stuck == 4**5


class Suspending(Model):
    """Who yields, awaits the queue's end or the thread's sleep, or finds a promise settled."""

    def setup(self) -> None:
        self.loop = KjLoop()
        self.order = Log(["yields", "settled", "last", "older last", "sleeps", "busy"], capacity=7)

    @process(on="loop")
    async def sleeps(self) -> None:
        await self.loop.would_sleep()
        self.order.append("sleeps")

    @process(on="loop")
    async def older_last(self) -> None:
        await self.loop.last()
        self.order.append("older last")

    @process(on="loop")
    async def last(self) -> None:
        await self.loop.last()
        self.order.append("last")

    @process(on="loop")
    async def yields(self) -> None:
        await self.loop.later()
        self.order.append("yields")

    @process(on="loop")
    async def settled(self) -> None:
        await self.loop.settled()
        self.order.append("settled")

    @process(on="loop")
    async def busy(self) -> None:
        for _ in range(2):
            await self.loop.later()
            self.order.append("busy")

    @invariant
    def in_order(self) -> bool:
        expected = ("yields", "settled", "busy", "busy", "last", "older last", "sleeps")
        return all(self.order[k] == expected[k] for k in range(len(self.order)))

    @reachable
    def all_went_on(self) -> bool:
        return len(self.order) == 7


def test_suspensions() -> None:
    assert verify(Suspending).outcome is Outcome.HOLDS


class Inbox(Model):
    """A free process wakes a task of a loop that is busy with others."""

    def setup(self) -> None:
        self.loop = KjLoop()
        self.order = Log(range(3), capacity=4)
        self.last_class = choose([False, True])

    @process
    async def outside(self) -> None:
        await until(len(self.order) > 0)
        self.loop.wake(task_of(self.woken))
        self.loop.wake(task_of(self.woken))

    @process(on="loop")
    async def busy(self) -> None:
        for _ in range(2):
            self.order.append(0)
            if self.last_class:
                await self.loop.last()
            else:
                await self.loop.later()
        self.order.append(1)

    @process(on="loop", daemon=True)
    async def woken(self) -> None:
        await park()
        self.order.append(2)

    @invariant
    def taken_when_the_queue_is_empty(self) -> bool:
        return 2 not in self.order or self.order.index(2) == 3

    @reachable
    def woken_at_the_end(self) -> bool:
        return len(self.order) == 4


def test_wakes_from_outside_wait_for_an_empty_queue() -> None:
    assert verify(Inbox).outcome is Outcome.HOLDS


class Foreign(Model):
    """A free process arms an event of a loop's."""

    def setup(self) -> None:
        self.loop = KjLoop()
        self.armed = boolean()

    @process
    async def outside(self) -> None:
        self.loop.arm_breadth_first(task_of(self.woken))

    @process(on="loop", daemon=True)
    async def woken(self) -> None:
        await park()
        self.armed = True


def test_arming_from_outside_is_a_model_error() -> None:
    verdict = verify(Foreign)
    assert verdict.outcome is Outcome.VIOLATED
    assert "wake()" in verdict.violations[0].message
