"""CPython's event loop: callbacks first in, first out, in iterations (asyncio/base_events.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from ordercheck.language import (
    Failure,
    Loop,
    Seq,
    Task,
    current,
    optional,
    park,
    require,
    resume,
    seq,
    turn,
    variable,
)
from ordercheck.library.clock import Clock

HANDLES = 256
"""More callbacks than one iteration runs."""


class CancelledError(Failure):
    """Raised in a task of an AsyncioLoop that was cancelled, where it is suspended.

    A task may catch it and go on; it ends a task that it leaves.
    """


class Awaited(Protocol):
    """What a task can wait for."""

    def is_settled(self) -> bool:
        """Whether it has come."""
        ...

    def leave(self, task: Task) -> bool:
        """Let a task go that waits for it and is cancelled; whether it is not to be woken."""
        ...


class Gathered(Protocol):
    """A future that can be gathered."""

    waiters: Seq[Task]

    def is_settled(self) -> bool:
        """Whether it has come."""
        ...

    def has_failed(self) -> bool:
        """Whether it has come, and to no value."""
        ...

    def cancel(self) -> None:
        """Cancel it, unless it has settled."""
        ...

    def forget(self, task: Task) -> None:
        """Let a task wait no more."""
        ...

    def result(self) -> Any:
        """Its value; raises what it failed with."""
        ...


class AsyncioLoop(Loop):
    """One thread's queue of callbacks, first in, first out; a turn runs the next one.

    The queue is worked off in iterations: each begins by adding the callbacks of the
    timers that are due, and runs what is queued then; what these queue comes in the next
    one. A task goes on by a callback of its own. `clock` is the one that `sleep` waits for.
    """

    cancellation = CancelledError

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock
        self.ready: Seq[Task] = seq(Task)
        # How many callbacks of this iteration are still to be run.
        self.left: int = variable(range(HANDLES), 0)
        self.due: Seq[Task] = seq(Task)
        # Whose callback in `ready` only settles a future, which queues another: that of a
        # timer, that of a gather, one that another thread has queued.
        self.relayed: Seq[Task] = seq(Task)
        self.sleeping: Seq[Task] = seq(Task)
        self.gathering: Seq[Task] = seq(Task)
        # Who gathers and is running: nobody between turns.
        self.looking: Seq[Task] = seq(Task)
        # Who is raised CancelledError when it goes on.
        self.cancelled: Seq[Task] = seq(Task)
        # Whose callback is being run: nobody's between turns.
        self.running: Task | None = variable(optional(Task), None)

    # --- the loop itself ----------------------------------------------------------

    def start(self, task: Task) -> None:
        """Queue a task that has not begun: create_task()."""
        self.ready.append(task)

    def wake(self, task: Task) -> None:
        """Let a parked task go on: by a callback, or by two if this comes from outside."""
        if task in self.sleeping:
            self.due.append(task)
        elif task not in self.gathering:
            self.ready.append(task)
            if self.running is None:
                self.relayed.append(task)
        elif task not in self.looking:
            resume(task)
        elif task not in self.ready:
            self.announce(task)

    def idle(self) -> bool:
        """Whether nothing is queued."""
        return not (self.ready or self.due)

    @turn
    def turn(self) -> None:
        """Run the next callback."""
        require(not self.idle())
        self.run_one()

    def run_one(self) -> None:
        """Run the next callback; where an iteration is over, the next one begins before."""
        if self.left == 0:
            for task in self.due:
                self.ready.append(task)
                self.relayed.append(task)
            self.due.clear()
            self.left = len(self.ready)
        self.left -= 1
        task = self.ready.popleft()
        if task in self.relayed:
            self.relayed.remove(task)
            if task in self.sleeping:
                self.sleeping.remove(task)
            if task in self.gathering:
                self.gathering.remove(task)
            self.ready.append(task)
        else:
            self.running = task
            resume(task)
            self.running = None

    # --- cancelling ---------------------------------------------------------------

    def cancel(self, task: Task) -> None:
        """Task.cancel(): what it waits for is cancelled, or it is raised CancelledError."""
        if task in self.sleeping:
            self.awaken(task)
        else:
            if task not in self.cancelled:
                self.cancelled.append(task)
            waits = task not in self.ready or task in self.gathering
            if waits and task != self.running:
                resume(task)  # to cancel what it waits for

    def awaken(self, task: Task) -> None:
        """Cancel the future that a sleeping task waits for."""
        if self.clock is not None:
            self.clock.leave(task)
        self.sleeping.remove(task)
        if task in self.due:
            self.due.remove(task)
        elif task in self.relayed:
            self.relayed.remove(task)
            if self.ready.index(task) < self.left:
                self.left -= 1
            self.ready.remove(task)
        self.throw(task)

    def throw(self, task: Task) -> None:
        """Let a parked task go on by CancelledError."""
        self.cancelled.append(task)
        self.ready.append(task)

    def check(self) -> None:
        """Raise CancelledError if the running task was cancelled."""
        if current() in self.cancelled:
            self.cancelled.remove(current())
            raise CancelledError()

    # --- suspensions of the running task ------------------------------------------

    async def settled(self) -> None:
        """What awaiting a settled future costs: nothing."""

    async def waited(self, awaited: Awaited) -> None:
        """Suspend a task that is among the waiters of something, until it has come."""
        me = current()
        if me not in self.cancelled:  # a task may cancel itself
            await park()
        while me in self.cancelled and not awaited.is_settled():
            self.cancelled.remove(me)
            gone = awaited.leave(me)
            if gone:
                self.throw(me)
            await park()
            if gone:
                break
        self.check()

    async def parked(self) -> None:
        """Suspend a task that waits for something that cannot be cancelled."""
        await park()
        free = current() not in self.cancelled
        assert free, "only who waits for futures, tasks and time can be cancelled"

    async def sleep(self, units: int) -> None:
        """asyncio.sleep(): for 0, go on after what is queued; else by a timer's callback."""
        me = current()
        if units == 0 or me in self.cancelled:  # a task may cancel itself
            self.ready.append(me)
        else:
            assert self.clock is not None, "this loop has no clock: AsyncioLoop(clock=Clock(…))"
            self.sleeping.append(me)
            self.clock.on_loops.append((me, units))
        await park()
        self.check()

    async def gather(self, futures: Sequence[Gathered]) -> None:
        """asyncio.gather(): wait until all have come, or one has failed; raises what that raised.

        Values are in the futures: `a.result()`. As there, the news takes two callbacks, and
        to cancel who waits cancels each future.
        """
        if len(futures) == 0:
            return
        me = current()
        for future in futures:
            if not future.is_settled() and me not in future.waiters:
                future.waiters.append(me)
        self.gathering.append(me)
        requested = False
        while me not in self.ready:
            if is_decided(futures):
                self.announce(me)
                break
            if me not in self.cancelled:  # a task may cancel itself
                await park()  # until one of them has come, or this task is cancelled
            if me in self.cancelled:
                self.cancelled.remove(me)
                requested = True
                self.cancel_all(futures)
        failed = first_failed(futures)
        for future in futures:
            future.forget(me)
        while me in self.relayed:  # it may be cancelled before it has the news
            if me in self.cancelled and not all(future.is_settled() for future in futures):
                self.cancelled.remove(me)
                self.cancel_all(futures)
            await park()
        self.check()
        if failed is not None:
            futures[failed].result()
        if requested:
            raise CancelledError()

    def announce(self, task: Task) -> None:
        """Queue the callback that settles what a gather gives; another wakes the task then."""
        self.ready.append(task)
        self.relayed.append(task)

    def cancel_all(self, futures: Sequence[Gathered]) -> None:
        """Cancel what the running task gathers; the first that is announces it."""
        self.looking.append(current())
        for future in futures:
            future.cancel()
        self.looking.remove(current())


def is_decided(futures: Sequence[Gathered]) -> bool:
    """Whether there is nothing more to gather."""
    return all(future.is_settled() for future in futures) or first_failed(futures) is not None


def first_failed(futures: Sequence[Gathered]) -> int | None:
    """Which has failed; of those that have when it is looked for, the first."""
    return next((k for k in range(len(futures)) if futures[k].has_failed()), None)
