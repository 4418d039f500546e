"""KJ's event loop: when an event runs depends on why it was armed (capnproto, kj/async.c++)."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

from ordercheck.language import (
    Loop,
    Seq,
    Task,
    being_cancelled,
    current,
    loop_of,
    optional,
    park,
    require,
    resume,
    seq,
    turn,
    variable,
)

T = TypeVar("T")

EVENTS = 256
"""More events than one turn can arm."""


class KjLoop(Loop):
    """One thread's queue of events; a turn fires the one at its head. An event is a task to go on.

    *Depth-first* events, armed when a promise settles and somebody waits for it, go
    to the insert point, which is at the head when a turn begins and moves behind
    each: what one event arms runs next, in arming order. *Breadth-first* ones go to
    the tail of the queue. *Last* ones come when the queue is empty, *would-sleep*
    ones when the inbox is empty too; of both, the newest first. An event that is
    armed already stays where it is.
    """

    def __init__(self) -> None:
        self.queue: Seq[Task] = seq(Task)
        self.last_queue: Seq[Task] = seq(Task)
        self.sleep_queue: Seq[Task] = seq(Task)
        # What other threads woke; KJ polls for it when it has nothing else to do.
        self.inbox: Seq[Task] = seq(Task)
        # None between turns, so that it tells wakes from outside and is never dead state.
        self.insert_point: int | None = variable(optional(range(EVENTS)), None)
        # Who is in a call() that it began in this turn: nobody between turns.
        self.calling: Seq[Task] = seq(Task)

    # --- the loop itself ----------------------------------------------------------

    def start(self, task: Task) -> None:
        """Queue a task that has not begun."""
        self.queue.append(task)

    def wake(self, task: Task) -> None:
        """Let a parked task go on: depth-first, or by the inbox if this comes from outside."""
        if self.insert_point is not None:
            self.arm_depth_first(task)
        else:
            self.post(task)

    def begin(self, task: Task) -> None:
        """Run a task that is spawned to its first suspension; from outside, by the inbox."""
        if self.is_in_turn():
            resume(task)
        else:
            self.post(task)

    def post(self, task: Task) -> None:
        """Let a task go on once the queue is empty, as what other threads send does."""
        if not self.is_armed(task):
            self.inbox.append(task)

    def is_in_turn(self) -> bool:
        """Whether an event of this loop is being run."""
        return self.insert_point is not None

    def forget(self, task: Task) -> None:
        """Disarm the event of a task that is gone: kj::_::Event::disarm()."""
        if task in self.queue:
            place = self.queue.index(task)
            if self.insert_point is not None and place < self.insert_point:
                self.insert_point -= 1
            del self.queue[place]
        elif task in self.last_queue:
            self.last_queue.remove(task)
        elif task in self.sleep_queue:
            self.sleep_queue.remove(task)
        elif task in self.inbox:
            self.inbox.remove(task)

    @turn
    def turn(self) -> None:
        """Fire the next event."""
        require(not self.idle())
        self.run_one()

    def idle(self) -> bool:
        """Whether no event is armed."""
        return not (self.queue or self.last_queue or self.inbox or self.sleep_queue)

    def run_one(self) -> None:
        """Take the event at the head and run its task to the next suspension."""
        if not self.queue and not self.last_queue:
            self.queue.extend(self.inbox)
            self.inbox.clear()
        self.insert_point = 0
        if self.queue:
            task = self.queue.popleft()
        elif self.last_queue:
            task = self.last_queue.popleft()
        else:
            task = self.sleep_queue.popleft()
        loop_of(task).enter(task)
        self.insert_point = None
        self.calling.clear()

    # --- arming -------------------------------------------------------------------

    def is_armed(self, task: Task) -> bool:
        """Whether the task is to go on in some turn already."""
        return (
            task in self.queue
            or task in self.last_queue
            or task in self.sleep_queue
            or task in self.inbox
        )

    def arm_depth_first(self, task: Task) -> None:
        """Run the task next, after what this turn armed depth-first before it."""
        assert self.insert_point is not None, "armed from outside: use wake()"
        if not self.is_armed(task):
            self.queue.insert(self.insert_point, task)
            self.insert_point += 1

    def arm_breadth_first(self, task: Task) -> None:
        """Run the task after everything that is queued."""
        assert self.insert_point is not None, "armed from outside: use wake()"
        if not self.is_armed(task):
            self.queue.append(task)

    def arm_again(self, task: Task) -> None:
        """One event more of a task that works off a list, each time one item; breadth-first."""
        assert self.insert_point is not None, "armed from outside: use post()"
        self.queue.append(task)

    def arm_last(self, task: Task) -> None:
        """Run the task when the queue is empty."""
        assert self.insert_point is not None, "armed from outside: use wake()"
        if not self.is_armed(task):
            self.last_queue.insert(0, task)

    def arm_would_sleep(self, task: Task) -> None:
        """Run the task when there is nothing else to do at all."""
        assert self.insert_point is not None, "armed from outside: use wake()"
        if not self.is_armed(task):
            self.sleep_queue.insert(0, task)

    # --- suspensions of the running task ------------------------------------------

    async def later(self) -> None:
        """Go on after everything that is queued: kj::yield(), kj::evalLater()."""
        self.arm_breadth_first(current())
        await park()

    async def last(self) -> None:
        """Go on when the queue is empty: kj::yieldUntilQueueEmpty(), kj::evalLast()."""
        self.arm_last(current())
        await park()

    async def would_sleep(self) -> None:
        """Go on when the thread would sleep."""
        self.arm_would_sleep(current())
        await park()

    async def call(self, body: Coroutine[Any, Any, T]) -> T:
        """`co_await f()`: f runs at once, and who called goes on by an event after its end.

        Depth-first where f has suspended; where it has not, its promise is settled when
        it comes to be awaited.
        """
        me = current()
        if me not in self.calling:
            self.calling.append(me)
        try:
            return await body
        finally:
            if not being_cancelled():
                if me in self.calling:
                    self.calling.remove(me)
                    self.arm_breadth_first(me)
                else:
                    self.arm_depth_first(me)
                await park()

    async def settled(self) -> None:
        """Come to a promise that is settled already: go on breadth-first, lest the loop starve.

        This always costs a turn. KJ saves it for a coroutine that has suspended before
        when nothing else is queued; but then the next turn is this task's anyway, and
        nothing on this loop can tell the difference, so no flag is kept for it.
        """
        self.arm_breadth_first(current())
        await park()
