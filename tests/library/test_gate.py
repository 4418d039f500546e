"""The input gate, for all small programs of tasks, locks, places, sections and failures.

What is to hold is workerd's contract (io/io-gate.h): nobody gets in while a lock is held,
waiters of one queue are served in order and critical sections before them, every lock
comes back, nobody is forgotten, and a broken gate rejects everybody.
"""

from __future__ import annotations

import pytest

from ordercheck import (
    Model,
    Outcome,
    boolean,
    choose,
    implies,
    integer,
    invariant,
    optional,
    param,
    park,
    process,
    reachable,
    task_of,
    variable,
    verify,
)
from ordercheck.library import Broken, CriticalSection, InputGate, KjLoop, Log, Place, Promise


class Locks(Model):
    """Tasks come at any turn, hold the lock for some, and may keep a second reference."""

    tasks: int = param(3)

    def setup(self) -> None:
        self.loop = KjLoop()
        self.gate = InputGate(self.loop)
        self.asked = Log(range(self.tasks), capacity=self.tasks)
        self.entered = Log(range(self.tasks), capacity=self.tasks)
        self.holders = integer(0, lo=0, hi=self.tasks)

    @process(each=lambda self: range(self.tasks), on="loop")
    async def task(self, k: int) -> None:
        for _ in range(choose(range(3), "delay")):
            await self.loop.later()
        self.asked.append(k)
        lock = await self.gate.lock()
        self.entered.append(k)
        self.holders += 1
        references = choose((1, 2), "references")
        if references == 2:
            lock.add_ref()
        for _ in range(references):
            if choose((False, True), "hold"):
                await self.loop.later()
            references -= 1
            if references == 0:
                self.holders -= 1
            lock.release()

    @invariant
    def mutual_exclusion(self) -> bool:
        return self.holders <= 1 and self.gate.locks >= self.holders

    @invariant
    def in_the_order_of_asking(self) -> bool:
        return all(self.entered[k] == self.asked[k] for k in range(len(self.entered)))

    @invariant
    def nobody_waits_at_a_free_gate(self) -> bool:
        return implies(self.gate.locks == 0, len(self.gate.waiters) == 0)

    @reachable
    def a_queue_of_two(self) -> bool:
        return len(self.gate.waiters) == 2

    @reachable
    def free_at_the_end(self) -> bool:
        return len(self.entered) == self.tasks and self.gate.locks == 0


def test_locks() -> None:
    assert verify(Locks).outcome is Outcome.HOLDS


class Places(Model):
    """Tasks reserve places at any turn; each claims its own later, or gives it back."""

    tasks: int = param(3)

    def setup(self) -> None:
        self.loop = KjLoop()
        self.gate = InputGate(self.loop)
        self.reserved = Log(range(self.tasks), capacity=self.tasks)
        self.entered = Log(range(self.tasks), capacity=self.tasks)
        self.inside = integer(0, lo=0, hi=self.tasks)
        self.done = integer(0, lo=0, hi=self.tasks)

    @process(each=lambda self: range(self.tasks), on="loop")
    async def task(self, k: int) -> None:
        if choose((False, True), "late"):
            await self.loop.later()
        with self.gate.reserve() as place:
            self.reserved.append(k)
            end = choose(("claims", "gives back", "drops"), "end")
            for _ in range(choose(range(3), "set-up")):
                await self.loop.later()
            if end == "claims":
                async with self.gate.lock(place):
                    self.entered.append(k)
                    self.inside += 1
                    await self.loop.later()
                    self.inside -= 1
            elif end == "gives back":
                place.release()
        self.done += 1

    @invariant
    def mutual_exclusion(self) -> bool:
        return self.inside <= 1

    @invariant
    def in_the_order_of_reserving(self) -> bool:
        positions = [self.reserved.index(k) for k in self.entered]
        return positions == sorted(positions)

    @invariant
    def all_comes_back(self) -> bool:
        gate = self.gate
        return implies(
            self.done == self.tasks,
            gate.locks == 0 and not gate.waiters and not gate.reserved and not gate.granted,
        )

    @reachable
    def granted_to_a_task_that_is_busy(self) -> bool:
        return len(self.gate.granted) == 1 and len(self.gate.reserved) == 2


def test_places() -> None:
    assert verify(Places).outcome is Outcome.HOLDS


class HandedOver(Model):
    """A session reserves a place for the first of its two calls, which are tasks of their own."""

    dies: bool = param(False)

    def setup(self) -> None:
        self.loop = KjLoop()
        self.gate = InputGate(self.loop)
        self.place: Place | None = variable(optional(Place), None)
        self.order = Log(("first", "second", "outsider"), capacity=3)

    @process(on="loop")
    async def session(self) -> None:
        self.place = self.gate.reserve()
        for _ in range(choose(range(3), "set-up")):
            await self.loop.later()
        if self.dies:
            self.place.release()
        else:
            self.loop.wake(task_of(self.first))
            self.loop.wake(task_of(self.second))

    @process(on="loop", daemon=True)
    async def first(self) -> None:
        await park()
        for _ in range(choose(range(3), "delay")):
            await self.loop.later()
        async with self.gate.lock(self.place):
            self.order.append("first")

    @process(on="loop", daemon=True)
    async def second(self) -> None:
        await park()
        async with self.gate.lock():
            self.order.append("second")

    @process(on="loop")
    async def outsider(self) -> None:
        async with self.gate.lock():
            self.order.append("outsider")

    @invariant
    def the_place_keeps_its_turn(self) -> bool:
        return len(self.order) == 0 or self.order[0] == ("outsider" if self.dies else "first")

    @reachable
    def all_went_in(self) -> bool:
        return len(self.order) == (1 if self.dies else 3) and self.gate.locks == 0


@pytest.mark.parametrize("dies", [False, True])
def test_a_place_is_claimed_by_another_task_or_given_back(dies: bool) -> None:
    assert verify(HandedOver, dies=dies).outcome is Outcome.HOLDS


class Behind(Model):
    """A task that has reserved a place waits, before it claims it, for a call behind it."""

    def setup(self) -> None:
        self.loop = KjLoop()
        self.gate = InputGate(self.loop)
        self.answer = Promise(self.loop)

    @process(on="loop")
    async def holder(self) -> None:
        place = self.gate.reserve()
        await self.answer
        async with self.gate.lock(place):
            pass

    @process(on="loop")
    async def behind(self) -> None:
        async with self.gate.lock():
            self.answer.fulfill()


def test_a_place_held_for_a_call_behind_it_is_a_deadlock() -> None:
    verdict = verify(Behind)
    assert verdict.violations[0].name == "deadlock"


class Breaking(Model):
    """The gate breaks at any turn while tasks come, wait, and hold."""

    tasks: int = param(3)

    def setup(self) -> None:
        self.loop = KjLoop()
        self.gate = InputGate(self.loop)
        self.entered = integer(0, lo=0, hi=self.tasks)
        self.rejected = integer(0, lo=0, hi=self.tasks)
        self.late = boolean()

    @process(each=lambda self: range(self.tasks), on="loop")
    async def task(self, k: int) -> None:
        for _ in range(choose(range(3), "delay")):
            await self.loop.later()
        place = self.gate.reserve() if choose((False, True), "reserves") else None
        came_late = self.gate.broken
        try:
            async with self.gate.lock(place):
                self.entered += 1
                self.late = self.late or came_late
                await self.loop.later()
        except Broken:
            self.rejected += 1

    @process(on="loop")
    async def breaker(self) -> None:
        for _ in range(choose(range(5), "delay")):
            await self.loop.later()
        self.gate.set_broken()

    @invariant
    def nobody_comes_in_late(self) -> bool:
        return not self.late

    @invariant
    def nobody_waits_at_a_broken_gate(self) -> bool:
        return implies(self.gate.broken, not self.gate.waiters and not self.gate.reserved)

    @reachable
    def some_of_each(self) -> bool:
        return (self.entered, self.rejected, self.gate.locks) == (1, self.tasks - 1, 0)


def test_a_broken_gate_rejects_everybody() -> None:
    assert verify(Breaking).outcome is Outcome.HOLDS


class Sections(Model):
    """One task runs a critical section, two work inside it, and one comes from outside."""

    fails: bool = param(False)

    def setup(self) -> None:
        self.loop = KjLoop()
        self.gate = InputGate(self.loop, sections=1)
        self.section: CriticalSection | None = variable(optional(CriticalSection), None)
        self.running = boolean()
        self.insiders = integer(0, lo=0, hi=3)
        self.outsiders = integer(0, lo=0, hi=2)
        self.rejected = integer(0, lo=0, hi=4)
        self.done = integer(0, lo=0, hi=4)

    @process(on="loop")
    async def owner(self) -> None:
        async with self.gate.lock() as lock:
            section = lock.start_critical_section()
        async with section.lock():
            self.running = True
            self.section = section
            for k in range(2):
                self.loop.wake(task_of(self.insider, k))
        for _ in range(choose(range(4), "work")):
            await self.loop.later()
        self.running = False
        if self.fails:
            section.failed()
        else:
            parent = section.succeeded()
            await self.loop.later()
            parent.release()
        self.done += 1

    @process(each=range(2), on="loop")
    async def insider(self, k: int) -> None:
        await park()
        if choose((False, True), "late"):
            await self.loop.later()
        assert self.section is not None
        try:
            async with self.section.lock():
                self.insiders += 1
                if choose((False, True), "hold"):
                    await self.loop.later()
                self.insiders -= 1
        except Broken:
            self.rejected += 1
        self.done += 1

    @process(on="loop")
    async def outsider(self) -> None:
        for _ in range(choose(range(4), "delay")):
            await self.loop.later()
        try:
            async with self.gate.lock():
                self.outsiders += 1
                await self.loop.later()
                self.outsiders -= 1
        except Broken:
            self.rejected += 1
        self.done += 1

    @invariant
    def no_event_starts_inside_the_section(self) -> bool:
        return implies(self.running or self.insiders > 0, self.outsiders == 0)

    @invariant
    def one_at_a_time_inside(self) -> bool:
        return self.insiders <= 1

    @invariant
    def all_comes_back(self) -> bool:
        return implies(self.done == 4 and not self.fails, self.gate.locks == 0)

    @invariant
    def only_failure_rejects(self) -> bool:
        return implies(self.rejected > 0, self.fails)

    @reachable
    def all_done(self) -> bool:
        return self.done == 4


@pytest.mark.parametrize("fails", [False, True])
def test_critical_sections(fails: bool) -> None:
    assert verify(Sections, fails=fails).outcome is Outcome.HOLDS


class ChildrenFirst(Model):
    """A section waits for its parent's lock, and so does a task that may have come before it."""

    def setup(self) -> None:
        self.loop = KjLoop()
        self.gate = InputGate(self.loop, sections=1)
        self.section: CriticalSection | None = variable(optional(CriticalSection), None)
        self.order = Log(("section", "outsider"), capacity=2)

    @process(on="loop")
    async def owner(self) -> None:
        async with self.gate.lock() as lock:
            self.section = lock.start_critical_section()
            for _ in range(choose(range(3), "delay")):
                await self.loop.later()
            self.loop.wake(task_of(self.inside))
            await self.loop.later()

    @process(on="loop")
    async def inside(self) -> None:
        await park()
        assert self.section is not None
        async with self.section.lock():
            self.order.append("section")
            await self.loop.later()
        self.section.succeeded().release()

    @process(on="loop")
    async def outsider(self) -> None:
        for _ in range(choose(range(4), "delay")):
            await self.loop.later()
        async with self.gate.lock():
            self.order.append("outsider")

    @invariant
    def the_section_goes_first(self) -> bool:
        return len(self.order) == 0 or self.order[0] == "section"

    @reachable
    def both_wait(self) -> bool:
        return len(self.gate.waiting_children) == len(self.gate.waiters) == 1


def test_sections_go_before_other_waiters() -> None:
    assert verify(ChildrenFirst).outcome is Outcome.HOLDS


class Nested(Model):
    """A section inside a section; the outer one may succeed first. One task comes from outside."""

    def setup(self) -> None:
        self.loop = KjLoop()
        self.gate = InputGate(self.loop, sections=2)
        self.outer_first = choose((False, True))
        self.inside = boolean()
        self.outsiders = integer(0, lo=0, hi=1)
        self.order = Log(("inner", "outer", "outsider"), capacity=3)

    @process(on="loop")
    async def owner(self) -> None:
        async with self.gate.lock() as lock:
            outer = lock.start_critical_section()
        async with outer.lock() as lock:
            self.inside = True
            inner = lock.start_critical_section()
        async with inner.lock():
            await self.loop.later()
        if self.outer_first:
            of_outer = outer.succeeded()
            self.order.append("outer")
            await self.loop.later()
            of_inner = inner.succeeded()
            self.order.append("inner")
        else:
            of_inner = inner.succeeded()
            self.order.append("inner")
            await self.loop.later()
            of_outer = outer.succeeded()
            self.order.append("outer")
        await self.loop.later()
        self.inside = False
        of_inner.release()
        of_outer.release()

    @process(on="loop")
    async def outsider(self) -> None:
        for _ in range(choose(range(6), "delay")):
            await self.loop.later()
        async with self.gate.lock():
            self.order.append("outsider")
            self.outsiders += 1
            await self.loop.later()
            self.outsiders -= 1

    @invariant
    def no_event_starts_inside_the_sections(self) -> bool:
        return implies(self.inside, self.outsiders == 0)

    @reachable
    def free_at_the_end(self) -> bool:
        return len(self.order) == 3 and self.gate.locks == 0 and self.outsiders == 0


def test_nested_sections() -> None:
    assert verify(Nested).outcome is Outcome.HOLDS


class Adoption(Model):
    """A section inside one that succeeds early or late; its own locks outlive both of them."""

    def setup(self) -> None:
        self.loop = KjLoop()
        self.gate = InputGate(self.loop, sections=2)
        self.inner: CriticalSection | None = variable(optional(CriticalSection), None)
        self.inside = boolean()
        self.outsiders = integer(0, lo=0, hi=1)
        self.done = integer(0, lo=0, hi=3)

    @process(on="loop")
    async def owner(self) -> None:
        async with self.gate.lock() as lock:
            outer = lock.start_critical_section()
        lock = await outer.lock()
        self.inner = lock.start_critical_section()
        self.loop.wake(task_of(self.worker))
        await self.loop.later()
        if choose((False, True), "early"):
            parent = outer.succeeded()
            await self.loop.later()
            lock.release()
        else:
            lock.release()
            for _ in range(3):
                await self.loop.later()
            parent = outer.succeeded()
        await self.loop.later()
        parent.release()
        self.done += 1

    @process(on="loop")
    async def worker(self) -> None:
        await park()
        assert self.inner is not None
        lock = await self.inner.lock()
        self.inside = True
        for _ in range(choose(range(5), "work")):
            await self.loop.later()
        parent = self.inner.succeeded()
        self.inside = False
        parent.release()
        await self.loop.later()
        lock.release()
        async with self.inner.lock():
            await self.loop.later()
        self.done += 1

    @process(on="loop")
    async def outsider(self) -> None:
        for _ in range(choose(range(6), "delay")):
            await self.loop.later()
        async with self.gate.lock():
            self.outsiders += 1
            await self.loop.later()
            self.outsiders -= 1
        self.done += 1

    @invariant
    def no_event_starts_inside_the_section(self) -> bool:
        return implies(self.inside, self.outsiders == 0)

    @invariant
    def all_comes_back(self) -> bool:
        gate = self.gate
        return implies(
            self.done == 3, gate.locks == 0 and not gate.waiters and not gate.waiting_children
        )

    @reachable
    def all_done(self) -> bool:
        return self.done == 3


def test_locks_and_waiters_are_adopted_by_the_nearest_ancestor() -> None:
    assert verify(Adoption).outcome is Outcome.HOLDS
