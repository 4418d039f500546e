"""CPython's queue of callbacks: how AsyncioLoop runs tasks, and cancels them.

asyncio queues callbacks of three kinds. One is a step of a task. Another only settles a
future, and so queues the step of the task that waits for it: where that future is the
task's own (that of `sleep`, `wait_for`, a task group), the task is *held*, and the callback
is an entry of the task's in the queue that is *relayed* to its end. The third does something
else: it is a task of the model that begins parked, and is resumed once.
"""

from __future__ import annotations

from typing import Protocol

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


class CallbackLoop(Loop):
    """One thread's queue of callbacks, first in, first out; a turn runs the next one.

    The queue is worked off in iterations: each begins by adding the callbacks of the
    timers that are due, and runs what is queued then; what these queue comes in the next
    one. `clock` is the one whose timers these are. At most `requests` requests to cancel
    tasks that are not over are counted; for 0, none are.
    """

    cancellation = CancelledError

    def __init__(self, clock: Clock | None = None, *, requests: int = 0) -> None:
        self.clock = clock
        self.counts = requests > 0
        self.ready: Seq[Task] = seq(Task)
        # How many callbacks of this iteration are still to be run.
        self.left: int = variable(range(HANDLES), 0)
        self.due: Seq[Task] = seq(Task)
        # Whose callback in `ready` only settles a future, which queues another: that of a
        # timer, that of a gather, one that another thread has queued (it may be both).
        self.relayed: Seq[Task] = seq(Task)
        # Who waits for a future of its own that has not come.
        self.held: Seq[Task] = seq(Task)
        # Callbacks of timers that are set, which settle no future.
        self.alarms: Seq[Task] = seq(Task)
        self.gathering: Seq[Task] = seq(Task)
        # Who gathers and is running, so that nobody resumes it: nobody between turns.
        self.looking: Seq[Task] = seq(Task)
        # Who is raised CancelledError when it goes on.
        self.cancelled: Seq[Task] = seq(Task)
        # Who was asked to end and is not over, once for each time.
        self.requests: Seq[Task] = seq(Task, capacity=max(1, requests))
        # Whose callback is being run: nobody's between turns.
        self.running: Task | None = variable(optional(Task), None)

    # --- the loop itself ----------------------------------------------------------

    def start(self, task: Task) -> None:
        """Queue a task that has not begun: create_task()."""
        self.ready.append(task)

    def wake(self, task: Task) -> None:
        """Let a parked task go on: by a callback, or by two if this comes from outside."""
        if task in self.held:
            self.relay(task)
        elif task not in self.gathering:
            if task not in self.ready:  # its own future may have come before
                self.ready.append(task)
                if self.running is None:
                    self.relayed.append(task)
        elif task not in self.looking:
            resume(task)

    def ring(self, task: Task) -> None:
        """The time that a task's timer was set to has come."""
        if task in self.held or task in self.alarms:
            self.due.append(task)
        else:
            self.wake(task)

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
            self.take_due()
            self.left = len(self.ready)
        self.left -= 1
        task = self.ready.popleft()
        if task in self.relayed:
            self.relayed.remove(task)
            if task in self.gathering:
                self.gathering.remove(task)
            if task in self.held and task not in self.relayed:
                self.release(task)
            else:
                self.ready.append(task)
        else:
            self.running = task
            resume(task)
            self.running = None

    def take_due(self) -> None:
        """Queue the callbacks of the timers that are due."""
        for task in self.due:
            if task in self.alarms:
                self.alarms.remove(task)
                self.ready.append(task)
            elif task not in self.relayed:  # the first that comes is the one that counts
                self.ready.append(task)
                self.relayed.append(task)
        self.due.clear()

    # --- futures of a task's own, and timers --------------------------------------

    def relay(self, task: Task) -> None:
        """Queue the callback that settles a task's own future, unless one is queued."""
        if task not in self.relayed:
            self.ready.append(task)
            self.relayed.append(task)
            if self.running is None:
                self.relayed.append(task)

    def announce(self, task: Task) -> None:
        """Queue the callback that settles what a gather gives; another wakes the task then."""
        self.ready.append(task)
        self.relayed.append(task)

    def release(self, task: Task) -> None:
        """Settle a task's own future, if it waits for that: it goes on by a callback."""
        if task in self.held:
            self.unhold(task)
            self.ready.append(task)

    def unhold(self, task: Task) -> None:
        """A task's own future is settled: what else would do that does nothing any more."""
        self.held.remove(task)
        if task in self.relayed:
            while task in self.relayed:
                self.relayed.remove(task)
            self.dequeue(task)
        self.unset(task)

    def dequeue(self, task: Task) -> None:
        """Take a task's callback out of the queue."""
        if self.ready.index(task) < self.left:
            self.left -= 1
        self.ready.remove(task)

    def set(self, task: Task, units: int) -> None:
        """Set a task's timer: call_later()."""
        assert self.clock is not None, "this loop has no clock: AsyncioLoop(clock=Clock(…))"
        self.clock.on_loops.append((task, units))

    def unset(self, task: Task) -> None:
        """Take back what a timer would do, unless it is queued."""
        if self.clock is not None:
            self.clock.leave(task)
        if task in self.due:
            self.due.remove(task)

    def arm(self, callback: Task, units: int) -> None:
        """Set a timer whose callback settles no future."""
        self.alarms.append(callback)
        self.set(callback, units)

    def disarm(self, callback: Task) -> None:
        """Cancel a callback that was to be called, by a timer or at once."""
        if callback in self.alarms:
            self.alarms.remove(callback)
            self.unset(callback)
        elif callback in self.ready:
            self.dequeue(callback)

    async def hold(self) -> None:
        """Wait for the task's own future; raises CancelledError where that is cancelled."""
        me = current()
        if me in self.held and me in self.cancelled:  # a task may cancel itself
            self.release(me)
        await park()
        self.check()

    # --- cancelling ---------------------------------------------------------------

    def cancel(self, task: Task) -> None:
        """Task.cancel(): what it waits for is cancelled, or it is raised CancelledError."""
        if self.counts:
            self.requests.append(task)
        if task in self.held:
            self.unhold(task)
            self.throw(task)
        else:
            if task not in self.cancelled:
                self.cancelled.append(task)
            waits = task not in self.ready or task in self.gathering
            if waits and task != self.running:
                resume(task)  # to cancel what it waits for

    def throw(self, task: Task) -> None:
        """Let a parked task go on by CancelledError."""
        self.cancelled.append(task)
        self.ready.append(task)

    def check(self) -> None:
        """Raise CancelledError if the running task was cancelled."""
        if current() in self.cancelled:
            self.cancelled.remove(current())
            raise CancelledError()

    def cancelling(self) -> int:
        """Task.cancelling(): how often the running task was asked to end, and went on."""
        return self.requests_of(current())

    def uncancel(self) -> int:
        """Task.uncancel(): one request to end the running task is dealt with; those left."""
        self.withdraw(current())
        return self.requests_of(current())

    def withdraw(self, task: Task) -> None:
        """Count one request less to end a task, where they are counted."""
        if task in self.requests:
            self.requests.remove(task)

    def requests_of(self, task: Task) -> int:
        """How many requests to end a task are counted."""
        assert self.counts, "this loop counts no requests: AsyncioLoop(requests=8)"
        return self.requests.count(task)

    def ended(self, task: Task) -> None:
        """Forget a task that is over."""
        if self.counts:
            while task in self.requests:
                self.requests.remove(task)

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
