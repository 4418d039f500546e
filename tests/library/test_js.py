"""JavaScript's loop: in which order things run, as a root loop and inside a KJ loop."""

from __future__ import annotations

import pytest

from ordercheck import (
    Model,
    Outcome,
    holds,
    invariant,
    param,
    process,
    reachable,
    spawn,
    terminal,
    variant,
    verify,
    violates,
)
from ordercheck.checking.verdict import ViolationKind
from ordercheck.library import InputGate, JsLoop, KjLoop, Log, Promise, Tasks
from tests.library.javascript import CASES, Case
from tests.library.orders import orders


@pytest.mark.parametrize("case", [pytest.param(c, id=c.model.__name__) for c in CASES])
def test_prints_what_node_prints(case: Case) -> None:
    assert orders(case.model, "printed") == {case.printed}


class Immediates(Model):
    """A timer and an immediate: node says which comes first in some places only."""

    def setup(self) -> None:
        self.loop = JsLoop()
        self.order = Log(range(4), capacity=4)

    @process(on="loop")
    async def timer(self) -> None:
        await self.loop.macrotask()
        self.order.append(0)

    @process(on="loop")
    async def immediate(self) -> None:
        await self.loop.immediate()
        self.order.append(1)
        await self.loop.immediate()
        self.order.append(2)


def test_an_immediate_comes_before_a_timer_or_after_it() -> None:
    assert orders(Immediates, "order") == {(0, 1, 2), (1, 0, 2), (1, 2, 0)}


class Isolate(Model):
    """A KJ promise is settled; two JS tasks and a KJ task wait; one event is queued."""

    def setup(self) -> None:
        self.kj = KjLoop()
        self.js = JsLoop(host=self.kj)
        self.calls = Tasks(4, on=self.js)
        self.given = Promise(self.kj)
        self.order = Log(range(100), capacity=20)

    @process(each=range(2), on="js")
    async def script(self, k: int) -> None:
        await self.given
        self.order.append(10 * k)
        spawn(self.calls, self.reaction(10 * k + 1))
        spawn(self.calls, self.reaction(10 * k + 3))

    async def reaction(self, n: int) -> None:
        await self.js.settled()
        self.order.append(n)
        await self.js.settled()
        self.order.append(n + 1)

    @process(on="kj")
    async def waiter(self) -> None:
        await self.given
        self.order.append(50)

    @process(on="kj")
    async def settler(self) -> None:
        self.given.fulfill()

    @process(on="kj")
    async def queued(self) -> None:
        self.order.append(60)


def test_a_task_is_one_event_of_the_host_and_its_microtasks_run_in_it() -> None:
    one, two = (0, 1, 3, 2, 4), (10, 11, 13, 12, 14)
    assert orders(Isolate, "order") == {(*one, *two, 50, 60)}


class IntoTheIsolate(Model):
    """What the isolate's own code settles makes microtasks, what KJ code settles makes events."""

    inside: bool = param(False)

    def setup(self) -> None:
        self.kj = KjLoop()
        self.js = JsLoop(host=self.kj)
        self.given = Promise(self.js)
        self.order = Log(range(10), capacity=10)

    @process(each=range(2), on="js")
    async def waiter(self, k: int) -> None:
        await self.given
        self.order.append(k)
        await self.js.settled()
        self.order.append(k + 2)

    @process(on="js")
    async def script(self) -> None:
        if self.inside:
            self.given.fulfill()
            self.order.append(5)

    @process(on="kj")
    async def native(self) -> None:
        if not self.inside:
            self.given.fulfill()
            self.order.append(5)


def test_who_settles_says_whether_it_takes_an_event() -> None:
    assert orders(IntoTheIsolate, "order", inside=True) == {(5, 0, 1, 2, 3)}
    assert orders(IntoTheIsolate, "order", inside=False) == {(5, 0, 2, 1, 3)}


class Callbacks(Model):
    """KJ code awaits a promise of the isolate's, and calls into the isolate."""

    def setup(self) -> None:
        self.kj = KjLoop()
        self.js = JsLoop(host=self.kj)
        self.calls = Tasks(2, on=self.js)
        self.given = Promise(self.js, range(10))
        self.order = Log(range(10), capacity=10)

    @process(on="kj")
    async def native(self) -> None:
        spawn(self.calls, self.handler())
        self.order.append(2)
        assert await self.given == 7
        self.order.append(4)
        assert await self.given == 7
        self.order.append(5)

    async def handler(self) -> None:
        self.order.append(0)
        await self.js.settled()
        self.order.append(1)
        await self.js.macrotask()
        self.order.append(3)
        self.given.fulfill(7)


def test_a_call_from_the_host_runs_its_microtasks_at_once() -> None:
    assert orders(Callbacks, "order") == {(0, 1, 2, 3, 4, 5)}


class Gated(Model):
    """Two handlers of an isolate take turns at KJ's input gate, with awaits of JS inside."""

    def setup(self) -> None:
        self.kj = KjLoop()
        self.js = JsLoop(host=self.kj)
        self.gate = InputGate(self.kj)
        self.order = Log(range(10), capacity=10)

    @process(each=range(2), on="js")
    async def handler(self, k: int) -> None:
        async with self.gate.lock():
            self.order.append(k)
            await self.js.macrotask()
            self.order.append(k + 2)

    @process(on="kj")
    async def native(self) -> None:
        async with self.gate.lock():
            self.order.append(4)


def test_the_host_s_gate_holds_back_tasks_of_the_isolate() -> None:
    assert orders(Gated, "order") == {(0, 2, 1, 3, 4)}


class Endless(Model):
    """A microtask that queues itself again and again."""

    def setup(self) -> None:
        self.loop = JsLoop()

    @process(on="loop")
    async def main(self) -> None:
        while True:
            await self.loop.microtask()


def test_microtasks_without_end_are_a_model_error() -> None:
    (violation,) = verify(Endless).violations
    assert violation.kind is ViolationKind.MODEL_ERROR
    assert violation.name == "rounds"


class FromOutside(Model):
    """A free process settles what a nested task waits for: by the host's inbox."""

    def setup(self) -> None:
        self.kj = KjLoop()
        self.js = JsLoop(host=self.kj)
        self.given = Promise(self.js)
        self.calls = Tasks(1, on=self.js)
        self.order = Log(range(4), capacity=4)

    @process(on="js")
    async def script(self) -> None:
        await self.given
        self.order.append(0)

    @process(on="kj")
    async def native(self) -> None:
        await self.kj.later()
        await self.kj.later()
        self.order.append(1)

    @process
    async def outside(self) -> None:
        self.given.fulfill()
        spawn(self.calls, self.called())

    async def called(self) -> None:
        self.order.append(2)


def test_what_comes_from_outside_waits_for_the_inbox() -> None:
    # Where it comes before the script awaits anything, that goes on at once.
    assert orders(FromOutside, "order") == {(1, 0, 2), (0, 1, 2)}


class TwoIsolates(Model):
    """Each isolate has its own microtasks; one event of the host runs those of one only."""

    twice: bool = param(False)
    variants = [
        variant("apart", expect=holds()),
        variant("told twice", twice=True, expect=violates("in_turn")),
    ]

    def setup(self) -> None:
        self.kj = KjLoop()
        self.isolates = [JsLoop(host=self.kj) for _ in range(2)]
        self.one, self.two = self.isolates
        self.order = Log(range(10), capacity=10)

    @process(on="one")
    async def first(self) -> None:
        self.order.append(0)
        await self.one.settled()
        if self.twice:
            await self.one.macrotask()
        self.order.append(1)

    @process(on="two")
    async def second(self) -> None:
        self.order.append(2)
        await self.two.settled()
        self.order.append(3)

    @invariant
    def in_turn(self) -> bool:
        return list(self.order) == sorted(self.order)

    @terminal
    def all_done(self) -> bool:
        return len(self.order) == 4

    @reachable
    def printed(self) -> bool:
        return len(self.order) == 4


def test_isolates_do_not_run_each_other_s_microtasks() -> None:
    assert verify(TwoIsolates).outcome is Outcome.HOLDS
    assert verify(TwoIsolates, twice=True).violations[0].name == "in_turn"
