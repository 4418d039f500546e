"""workerd's input gate: holds back new events while somebody holds a lock (io/io-gate.c++).

A task that is woken to find its wait rejected is noted in the gate's `rejected`: a lock
may have been granted to it before the gate broke, and then it keeps it.
"""

from __future__ import annotations

from collections.abc import Generator
from enum import Enum
from typing import Any

from ordercheck.language import (
    Component,
    Failure,
    Seq,
    Task,
    being_cancelled,
    boolean,
    current,
    integer,
    optional,
    park,
    pool,
    seq,
    struct,
    variable,
)
from ordercheck.library.kj import KjLoop


class Broken(Failure):
    """The gate is broken: nobody gets in any more."""


class Stage(Enum):
    """How far a critical section has come."""

    NOT_STARTED = 0
    INITIAL_WAIT = 1
    RUNNING = 2
    REPARENTED = 3


class Gate(Component):
    """What an input gate and a critical section have in common: a count of locks, and two queues.

    A lock is handed over in the very step that lets the last one go, so nobody can come
    between; who gets it goes on later, depth-first. Critical sections that are ready to
    start (`waiting_children`) go before other waiters.
    """

    def __init__(self, loop: KjLoop, locks: int) -> None:
        self.loop = loop
        self.locks = integer(0, lo=0, hi=locks)
        self.waiting_children: Seq[Task] = seq(Task)
        self.waiters: Seq[Task] = seq(Task)
        self.broken = boolean()

    # --- to be given by subclasses ------------------------------------------------

    def root(self) -> InputGate:
        """The gate at the end of the ancestors."""
        raise NotImplementedError

    def above(self) -> Gate:
        """The parent; the gate itself at the end."""
        raise NotImplementedError

    def is_reparented(self) -> bool:
        """Whether the parent has taken over."""
        raise NotImplementedError

    async def wait(self, place: Place | None) -> Lock:
        """A lock; raises Broken."""
        raise NotImplementedError

    # --- waiting ------------------------------------------------------------------

    def lock(self, place: Place | None = None) -> Locking:
        """A lock for `async with`, or to be awaited; with the place that was reserved for it."""
        return Locking(self, place)

    def reserve(self) -> Place:
        """A place among the waiters, taken now and claimed later with `lock(place)`.

        It is served in its turn, claimed or not, so it must be given back if it is not
        claimed: by `release()`, or `with gate.reserve() as place:`. A task has one such
        place at a time.
        """
        task, root = current(), self.root()
        assert task not in root.reserved, "this task has a place already"
        assert task not in root.granted, "this task has a place already"
        if self.broken:
            return Place(self, task)
        if self.locks == 0:
            self.locks = 1
            root.granted.append(task)
        else:
            self.waiters.append(task)
            root.reserved.append(task)
        return Place(self, task)

    async def enter(self, place: Place | None) -> Lock:
        """InputGate::wait(): a lock of this gate, or of the one that adopts its waiters."""
        if place is not None:
            return await self._claim(place)
        if self.broken:
            await self.loop.settled()
            raise Broken()
        if self.locks == 0:
            self.locks = 1
            await self._with_lock()
            return Lock(self)
        self.waiters.append(current())
        await self.turn_has_come()
        return Lock(self)

    async def _with_lock(self) -> None:
        """Go on with a lock that was there; whoever is cancelled before that gives it back."""
        try:
            await self.loop.settled()
        finally:
            if being_cancelled():
                self.nearest().release_lock()

    async def turn_has_come(self) -> None:
        """Stand in the queue until a lock is handed over; raises Broken."""
        try:
            await park()
        finally:
            if being_cancelled():
                self.nearest().leave(current())
        self._unless_rejected()

    def leave(self, task: Task) -> None:
        """Let a waiter go that is cancelled, with the lock that it may have been handed."""
        rejected = self.root().rejected
        if task in rejected:
            rejected.remove(task)
        elif task in self.waiters:
            self.waiters.remove(task)
        elif task in self.waiting_children:
            self.waiting_children.remove(task)
        else:
            self.release_lock()

    async def _claim(self, place: Place) -> Lock:
        root, gate = self.root(), self.nearest()
        if place.task in root.granted:
            root.granted.remove(place.task)
            await self._with_lock()
            return Lock(self)
        if gate.broken:
            await self.loop.settled()
            raise Broken()
        assert place.task in root.reserved, "this place was claimed or given back before"
        root.reserved.remove(place.task)
        gate.waiters[gate.waiters.index(place.task)] = current()
        await self.turn_has_come()
        return Lock(self)

    def _unless_rejected(self) -> None:
        root = self.root()
        if current() in root.rejected:
            root.rejected.remove(current())
            raise Broken()

    def give_back(self, place: Place) -> None:
        """Leave the queue, or pass on the lock, if the place was not claimed."""
        root = self.root()
        if place.task in root.granted:
            root.granted.remove(place.task)
            self.nearest().release_lock()
        elif place.task in root.reserved:
            root.reserved.remove(place.task)
            self.nearest().waiters.remove(place.task)

    # --- releasing ----------------------------------------------------------------

    def nearest(self) -> Gate:
        """The gate that counts this one's locks now."""
        gate: Gate = self
        while gate.is_reparented():
            gate = gate.above()
        return gate

    def release_lock(self) -> None:
        """Let a lock go; the last one is handed on at once."""
        assert self.locks > 0, "a lock is released that nobody holds"
        self.locks -= 1
        if self.locks > 0:
            return
        if self.waiting_children:
            self.locks = 1
            self.loop.wake(self.waiting_children.popleft())
        elif self.waiters:
            self.locks = 1
            self._grant(self.waiters.popleft())

    def _grant(self, task: Task) -> None:
        root = self.root()
        if task in root.reserved:
            root.reserved.remove(task)
            root.granted.append(task)
        else:
            self.loop.wake(task)

    def set_broken(self) -> None:
        """Reject everybody, now and from now on."""
        root = self.root()
        for task in self.waiting_children:
            root.rejected.append(task)
            self.loop.wake(task)
        self.waiting_children.clear()
        for task in self.waiters:
            if task in root.reserved:
                root.reserved.remove(task)
            else:
                root.rejected.append(task)
                self.loop.wake(task)
        self.waiters.clear()
        self.broken = True


class InputGate(Gate):
    """An actor's input gate: at most `sections` critical sections and `locks` locks at once."""

    def __init__(self, loop: KjLoop, *, sections: int = 0, locks: int = 15) -> None:
        super().__init__(loop, locks)
        # Places that nobody claimed yet, by the task that reserved them: still in the
        # queue, or with a lock that was granted.
        self.reserved: Seq[Task] = seq(Task)
        self.granted: Seq[Task] = seq(Task)
        self.rejected: Seq[Task] = seq(Task)
        self.sections = pool(lambda: CriticalSection(self, locks), capacity=sections)

    def root(self) -> InputGate:
        """This gate."""
        return self

    def above(self) -> Gate:
        """This gate."""
        return self

    def is_reparented(self) -> bool:
        """Never."""
        return False

    async def wait(self, place: Place | None) -> Lock:
        """A lock: at once if nobody holds one, else in turn; raises Broken."""
        return await self.enter(place)


class CriticalSection(Gate):
    """A gate inside a gate: while it runs it holds a lock of its parent, and locks others out.

    It ends with `succeeded()` or `failed()`; `with` fails it if it is still running at
    the end of the block, as destroying it does.
    """

    def __init__(self, gate: InputGate, locks: int) -> None:
        super().__init__(gate.loop, locks)
        self.gate = gate
        self.parent: Gate | None = variable(optional(Gate), None)
        self.stage = variable(Stage, Stage.NOT_STARTED)

    def root(self) -> InputGate:
        """The gate at the end of the ancestors."""
        return self.gate

    def above(self) -> Gate:
        """The parent."""
        assert self.parent is not None
        return self.parent

    def is_reparented(self) -> bool:
        """Whether it has succeeded."""
        return self.stage == Stage.REPARENTED

    def is_running(self) -> bool:
        """Whether it has started and is not over."""
        return self.stage == Stage.RUNNING and not self.broken

    def lock_parent(self) -> Gate:
        """The nearest ancestor that has not been reparented."""
        return self.above().nearest()

    async def wait(self, place: Place | None) -> Lock:
        """A lock inside the section; the first wait starts it. Raises Broken."""
        assert self.stage != Stage.INITIAL_WAIT, "the first wait must be over before the second"
        if self.stage == Stage.NOT_STARTED:
            self.stage = Stage.INITIAL_WAIT
            await self._begin()
        return await self.nearest().enter(place)

    async def _begin(self) -> None:
        parent = self.lock_parent()
        if parent.broken:
            self.set_broken()
            await self.loop.settled()
            raise Broken()
        if parent.locks == 0:
            parent.locks = 1
            self.stage = Stage.RUNNING
            return
        parent.waiting_children.append(current())
        try:
            await parent.turn_has_come()
        except Broken:
            self.stage = Stage.RUNNING
            self.set_broken()
            raise
        self.stage = Stage.RUNNING

    def succeeded(self) -> Lock:
        """End it: the parent adopts its locks and waiters, the caller gets the parent's lock."""
        assert self.stage == Stage.RUNNING, "only a running section can succeed"
        parent = self.lock_parent()
        parent.waiting_children.extend(self.waiting_children)
        self.waiting_children.clear()
        parent.waiters.extend(self.waiters)
        self.waiters.clear()
        parent.locks += self.locks
        self.locks = 0
        self.stage = Stage.REPARENTED
        return Lock(parent)

    def failed(self) -> None:
        """Break it and everything around it, for good: the actor is to be shut down."""
        gate: Gate = self
        while not gate.broken:
            gate.set_broken()
            gate = gate.above()

    def __enter__(self) -> CriticalSection:
        """Own it for a block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Drop it: a section that is still running has failed."""
        if self.stage == Stage.RUNNING:
            self.failed()


@struct
class Place:
    """A place at a gate that a task has reserved."""

    gate: Gate
    task: Task

    def release(self) -> None:
        """Give it back, unless it has been claimed."""
        self.gate.give_back(self)

    def __enter__(self) -> Place:
        """Own it for a block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Drop it: given back, unless it has been claimed."""
        self.gate.give_back(self)


@struct
class Lock:
    """One reference to a lock of a gate: the gate is locked until each has been released."""

    gate: Gate

    def add_ref(self) -> Lock:
        """One more reference, to be released on its own."""
        self.gate.nearest().locks += 1
        return self

    def release(self) -> None:
        """Let this reference go."""
        self.gate.nearest().release_lock()

    def start_critical_section(self) -> CriticalSection:
        """A section inside this lock's gate; it starts with the first wait for it."""
        section = self.gate.root().sections.new()
        section.parent = self.gate
        return section


@struct
class Locking:
    """The wait for a lock; with `async with`, the lock is released at the end of the block."""

    gate: Gate
    place: Place | None

    def __await__(self) -> Generator[Any, Any, Lock]:
        """The lock; raises Broken."""
        return self.wait().__await__()

    async def wait(self) -> Lock:
        """The lock; raises Broken."""
        return await self.gate.wait(self.place)

    async def __aenter__(self) -> Lock:
        """The lock; raises Broken."""
        return await self.gate.wait(self.place)

    async def __aexit__(self, *_: object) -> None:
        """Release the lock."""
        self.gate.nearest().release_lock()
