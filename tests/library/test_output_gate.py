"""OutputGate: who is let go when, and what breaks it."""

from __future__ import annotations

from typing import Any

import pytest

from ordercheck import (
    Model,
    Outcome,
    Task,
    cancel,
    choose,
    implies,
    invariant,
    param,
    process,
    reachable,
    task_of,
    verify,
)
from ordercheck.library import Broken, KjLoop, Log, OutputGate, OutputLock, Promise
from tests.library.orders import orders

SCRIPTS: dict[str, tuple[str, tuple[str, ...]]] = {
    # What is done, as in workerd's own tests (io/io-gate-test.c++), and what is heard then.
    "basics": ("w lock0 w w lock1 w confirm0 confirm1", ("w0", "w1", "w2", "w3")),
    "out of order": ("lock0 w w lock1 w confirm1 settle say confirm0", ("said", "w0", "w1", "w2")),
    "exception": ("lock0 w w lock1 w fail1 settle confirm0 w", ("b", "w0", "w1", "x2", "x3")),
    "dropped": ("lock0 w w lock1 w drop1 settle confirm0", ("b", "w0", "w1", "x2")),
    "broken twice": ("lock0 lock1 w fail1 fail0 w", ("b", "x0", "x1")),
    "locks are used again": ("lock0 confirm0 settle lock0 w confirm0 settle w", ("w0", "w1")),
}


class Scripted(Model):
    """One task that does what a script says; each who waits says how that ended."""

    script: str = param("basics", choices=list(SCRIPTS))
    deadlock = False

    def setup(self) -> None:
        self.loop = KjLoop()
        self.gate = OutputGate(self.loop, locks=2)
        steps = SCRIPTS[self.script][0].split()
        self.steps = [
            (step.rstrip("01"), int(step[-1]) if step[-1] in "01" else 0) for step in steps
        ]
        waits = steps.count("w")
        self.numbers = [steps[:k].count("w") for k in range(len(steps))]
        self.waiters = [Promise(self.loop) for _ in range(waits)]
        words = ["b", "said", *(f"{w}{k}" for w in "wx" for k in range(waits))]
        self.heard = Log(words, capacity=waits + 2)
        self.said = [[f"{w}{k}" for k in range(waits)] for w in "wx"]

    @process(on="loop")
    async def actor(self) -> None:
        locks = [OutputLock(self.gate, 0), OutputLock(self.gate, 1)]
        await self.loop.last()  # so that all others have begun
        for k, (what, which) in enumerate(self.steps):
            if what == "w":
                self.waiters[self.numbers[k]].fulfill()
                await self.loop.later()  # so that it waits now
            elif what == "settle":
                await self.loop.last()
            elif what == "say":
                self.heard.append("said")
            elif what == "lock":
                assert self.gate.lock() == locks[which]
            elif what == "drop":
                with locks[which]:
                    pass
            elif what == "confirm":
                locks[which].confirm()
            else:
                locks[which].fail()

    @process(each=lambda self: range(len(self.waiters)), on="loop", daemon=True)
    async def waiter(self, k: int) -> None:
        await self.waiters[k]
        try:
            await self.gate.wait()
            self.heard.append(self.said[0][k])
        except Broken:
            self.heard.append(self.said[1][k])

    @process(on="loop", daemon=True)
    async def watcher(self) -> None:
        try:
            await self.gate.on_broken
        except Broken:
            self.heard.append("b")


@pytest.mark.parametrize("script", SCRIPTS)
def test_it_does_what_workerd_tests(script: str) -> None:
    assert orders(Scripted, "heard", script=script) == {SCRIPTS[script][1]}


class Leaving(Model):
    """Two wait for two writes; one is cancelled at any time."""

    def setup(self) -> None:
        self.loop = KjLoop()
        self.gate = OutputGate(self.loop, locks=2)
        self.gone = Log(range(2), capacity=2)

    @process(on="loop")
    async def writer(self) -> None:
        with self.gate.lock() as first:
            await self.loop.last()
            with self.gate.lock() as second:
                second.confirm()
            await self.loop.last()
            if choose((False, True), "confirms"):
                first.confirm()

    @process(each=range(2), on="loop")
    async def waiter(self, k: int) -> None:
        try:
            await self.gate.wait()
        except Broken:
            return
        self.gone.append(k)

    @process(on="loop")
    async def canceller(self) -> None:
        for _ in range(choose(range(2), "delay")):
            await self.loop.last()
        victim: Task = task_of(self.waiter, 0)
        cancel(victim)

    @invariant
    def nobody_is_left_in_the_line(self) -> bool:
        return implies(self.loop.idle(), not self.gate.line and not self.gate.rejected)

    @reachable
    def one_goes_alone(self) -> bool:
        return list(self.gone) == [1]


def test_who_is_cancelled_leaves_the_line() -> None:
    assert verify(Leaving).outcome is Outcome.HOLDS


def test_there_is_a_bound_on_locks() -> None:
    given: Any = 17
    with pytest.raises(ValueError, match="at most 16"):
        OutputGate(KjLoop(), locks=given)
