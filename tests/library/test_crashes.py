"""Crashes: what is lost, what stays, who begins again, and what others see of it."""

from __future__ import annotations

import pytest

from ordercheck import (
    Component,
    Model,
    Outcome,
    Pool,
    action,
    array,
    boolean,
    choose,
    crashing,
    durable,
    integer,
    invariant,
    param,
    park,
    pool,
    process,
    reachable,
    require,
    seq,
    set_of,
    step,
    terminal,
    until,
    verify,
)
from ordercheck.frontend import compile_model
from ordercheck.ir.lives import LIFE
from ordercheck.ir.span import BadInput
from ordercheck.library import KjLoop, Log, Promise, Rejected
from ordercheck.report.style import Style
from ordercheck.report.terminal import render_trace


class Cell(Component):
    """One number."""

    def __init__(self) -> None:
        self.n = integer(0, lo=0, hi=3)


class Disk(Component):
    """A server with a loop of its own, things in memory, and things on disk."""

    def __init__(self) -> None:
        self.loop = KjLoop()
        self.saved = durable(integer(0, lo=0, hi=3))
        self.names = durable(seq(range(3), capacity=3))
        self.begun = durable(integer(0, lo=0, hi=9))
        self.count = integer(2, lo=0, hi=3)
        self.flags = array(bool, 2, [True, False])
        self.some = set_of(range(3), {1})
        self.cells: Pool[Cell] = pool(Cell, capacity=1)
        self.lists = [seq(range(3), capacity=1)]

    @process(on="loop")
    async def run(self) -> None:
        try:
            self.begun += 1
            await self.loop.later()
            self.count, self.flags[0], self.flags[1] = 3, False, True
            self.some.clear()
            self.lists[0].append(2)
            cell = self.cells.new()
            cell.n = 3
            self.saved = 1
            self.names.append(2)
            await self.loop.later()
            assert cell.n == 3
        finally:
            self.saved = 3  # not in a crash

    @process(on="loop", daemon=True)
    async def waits(self) -> None:
        await park()


class Volatile(Model):
    """The disk crashes once; a task of the model's is on its loop and begins again, too."""

    times: int = param(1, lo=0, hi=3)

    def setup(self) -> None:
        self.disk = crashing(Disk(), times=self.times)
        self.guests = integer(0, lo=0, hi=9)

    @process(on="disk.loop")
    async def guest(self) -> None:
        self.guests += 1

    @invariant
    def memory_is_as_at_first_or_as_set(self) -> bool:
        disk = self.disk
        first = (disk.count, disk.flags[0], disk.flags[1], len(disk.some)) == (2, True, False, 1)
        later = (disk.count, disk.flags[0], disk.flags[1], len(disk.some)) == (3, False, True, 0)
        return (first and len(disk.lists[0]) == 0) or (later and len(disk.lists[0]) == 1)

    @invariant
    def the_disk_keeps_what_it_has(self) -> bool:
        return self.disk.saved in (0, 1, 3) and self.disk.begun <= 1 + self.times

    @invariant
    def nothing_is_queued_twice(self) -> bool:
        return len(self.disk.loop.queue) <= 2

    @reachable
    def memory_lost_and_disk_kept(self) -> bool:
        return self.disk.count == 2 and self.disk.saved == 1

    @reachable
    def begun_again(self) -> bool:
        return self.disk.begun == 2 and self.guests == 2

    @reachable
    def over(self) -> bool:
        return self.disk.saved == 3 and self.disk.loop.idle()


def test_memory_is_lost_and_the_disk_is_not() -> None:
    assert verify(Volatile).outcome is Outcome.HOLDS


def test_without_a_budget_nothing_crashes_and_nothing_is_paid() -> None:
    program = compile_model(Volatile, {"times": 0})
    assert LIFE not in program.slots
    assert [step.name for step in program.steps] == ["disk.loop.turn"]


class Once(Model):
    """A process crashes where it is suspended: it loses its locals and begins again, or not."""

    restarts: bool = param(True)

    def setup(self) -> None:
        self.n = integer(0, lo=0, hi=9)
        self.cleaned = boolean()

    @process(each=range(2), crashes=lambda self: 1 if self.restarts else 0)
    async def worker(self, i: int) -> None:
        await self.count(i)

    @process(each=range(2), crashes=lambda self: 0 if self.restarts else 1, restarts=False)
    async def mortal(self, i: int) -> None:
        await self.count(i)

    async def count(self, i: int) -> None:
        done = 0
        try:
            while done < 2:
                await step()
                done += 1
                self.n += 1
        except Rejected:
            self.cleaned = True

    @invariant
    def no_more_than_one_is_lost(self) -> bool:
        return self.n <= (9 if self.restarts else 8)

    @reachable
    def all_that_can_be(self) -> bool:
        return self.n == (9 if self.restarts else 8)

    @terminal
    def no_deadlock_hides_here(self) -> bool:
        return False


@pytest.mark.parametrize("restarts", [False, True])
def test_a_process_crashes(restarts: bool) -> None:
    assert verify(Once, restarts=restarts).outcome is Outcome.HOLDS


class Node(Component):
    """A node with an action, which a dead one does not take."""

    def __init__(self) -> None:
        self.alive = durable(integer(0, lo=0, hi=1))
        self.n = integer(0, lo=0, hi=2)

    @action
    def work(self) -> None:
        require(self.n < 2)
        self.n += 1

    @process(daemon=True)
    async def serve(self) -> None:
        await until(self.n == 2)


class Cluster(Model):
    """Three nodes, of which one at most is gone for good."""

    def setup(self) -> None:
        self.nodes = crashing([Node() for _ in range(3)], restarts=False)

    @terminal
    def two_are_done(self) -> bool:
        return sum(node.n == 2 for node in self.nodes) >= 2

    @reachable
    def one_is_gone(self) -> bool:
        return sorted(node.n for node in self.nodes) == [0, 2, 2]


def test_components_share_a_budget_and_what_is_gone_does_nothing() -> None:
    verdict = verify(Cluster)
    assert verdict.outcome is Outcome.HOLDS
    dead = [s for s in compile_model(Cluster, {}).steps if s.name == "nodes[0].crash"]
    assert len(dead) == 1


class Client(Component):
    """Waits for the answers of a server."""

    def __init__(self, server: Component) -> None:
        self.loop = KjLoop()
        self.owned = Promise(self.loop, owner=server)
        self.lent = Promise(self.loop)
        self.seen = Log(("owned", "lent", "no owner", "no lender"), capacity=2)

    @process(on="loop")
    async def first(self) -> None:
        try:
            await self.owned
            self.seen.append("owned")
        except Rejected:
            self.seen.append("no owner")

    @process(on="loop")
    async def second(self) -> None:
        try:
            await self.lent
            self.seen.append("lent")
        except Rejected:
            self.seen.append("no lender")


class Server(Component):
    """Answers twice, once by a resolver that it has in a block."""

    def __init__(self) -> None:
        self.asked = durable(boolean())


class Asking(Model):
    """A server crashes while clients wait for it."""

    def setup(self) -> None:
        self.server = crashing(Server(), restarts=False)
        self.client = Client(self.server)
        self.lender = Lender(self.client)
        crashing(self.lender, restarts=False)

    @action
    def answer(self) -> None:
        require(not self.client.owned.is_settled() and not self.server.asked)
        self.server.asked = True
        self.client.owned.fulfill()

    @reachable
    def all_answered(self) -> bool:
        return "owned" in self.client.seen and "lent" in self.client.seen

    @reachable
    def none_answered(self) -> bool:
        return "no owner" in self.client.seen and "no lender" in self.client.seen

    @invariant
    def nobody_is_forgotten(self) -> bool:
        return len(self.client.seen) <= 2


class Lender(Component):
    """Answers by a resolver that it has in a block."""

    def __init__(self, client: Client) -> None:
        self.client = client

    @process
    async def answer(self) -> None:
        with self.client.lent.resolver() as resolver:
            await step()
            resolver.fulfill()


def test_the_promises_of_who_crashes_are_rejected() -> None:
    assert verify(Asking).outcome is Outcome.HOLDS


class Apart(Component):
    """A loop whose tasks are the model's, and wait for what is the model's."""

    def __init__(self) -> None:
        self.loop = KjLoop()


class Elsewhere(Model):
    """Who crashes leaves the promises that it waits for, wherever they are."""

    def setup(self) -> None:
        self.vat = Apart()
        crashing(self.vat)
        self.promise = Promise(self.vat.loop)
        self.got = integer(0, lo=0, hi=4)

    @process(on="vat.loop")
    async def waiter(self) -> None:
        await self.promise
        self.got += 1

    @process
    async def settler(self) -> None:
        await step()
        self.promise.fulfill()

    @invariant
    def it_waits_once(self) -> bool:
        return len(self.promise.waiters) <= 1

    @reachable
    def it_got_it_again(self) -> bool:
        return self.got == 2


def test_who_crashes_leaves_the_promises_of_others() -> None:
    assert verify(Elsewhere).outcome is Outcome.HOLDS


class OnAnothersLoop(Model):
    """A component whose process is on a loop that does not crash with it."""

    def setup(self) -> None:
        self.loop = KjLoop()
        self.server = crashing(Guest(self.loop))


class Guest(Component):
    def __init__(self, loop: KjLoop) -> None:
        self.loop = loop

    @process(on="loop")
    async def run(self) -> None:
        await self.loop.later()


class Chosen(Model):
    """What was chosen at first would be chosen again."""

    def setup(self) -> None:
        self.cell = crashing(Picky())


class Picky(Component):
    def __init__(self) -> None:
        self.kept = durable(choose((1, 2)))
        self.lost = choose((1, 2))


@pytest.mark.parametrize(("model", "code"), [(OnAnothersLoop, "E096"), (Chosen, "E097")])
def test_what_cannot_crash(model: type[Model], code: str) -> None:
    with pytest.raises(BadInput) as caught:
        compile_model(model, {})
    assert [each.code for each in caught.value.diagnostics] == [code]


def test_a_trace_says_what_crashed() -> None:
    class Told(Volatile):
        @invariant
        def never(self) -> bool:
            return self.disk.begun < 2

    (violation,) = verify(Told).violations
    text = render_trace(violation.trace, Style())
    assert "disk: disk.crash" in text
    assert "disk crashes left  1 → 0" in text
    assert "then disk.run is lost" in text
