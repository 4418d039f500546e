"""JavaScript's event loop: microtasks to the end after each task (ECMA-262, HTML, Node)."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

from ordercheck.language import (
    Loop,
    Seq,
    Task,
    boolean,
    choose,
    current,
    park,
    require,
    resume,
    seq,
    turn,
)
from ordercheck.language.spawning import checked_loop
from ordercheck.library.clock import Clock
from ordercheck.library.kj import KjLoop

T = TypeVar("T")
Given = TypeVar("Given", covariant=True)


class Awaited(Protocol[Given]):
    """A promise, as far as it can be followed."""

    async def wait(self) -> Given:
        """Its value; raises what it was rejected with."""
        ...


class JsLoop(Loop):
    """An isolate: runs one task, then all microtasks in their order, then the next task.

    To await a promise costs one microtask, settled or not. What settles a promise inside
    the isolate queues those who wait as microtasks; what does so from outside begins a
    task for each.

    As a root loop it has a queue of tasks, first in, first out, and a turn is one task
    with its microtasks. With a `host` it is nested: each task is one event of the host,
    which goes where the host puts events that are armed like this one, and its microtasks
    run in the same turn. `clock` is the one that `sleep` waits for.
    """

    def __init__(self, host: KjLoop | None = None, clock: Clock | None = None) -> None:
        self.host: KjLoop | None = checked_loop(host, KjLoop)
        self.clock = clock
        self.microtasks: Seq[Task] = seq(Task)
        self.tasks: Seq[Task] = seq(Task)
        self.immediates: Seq[Task] = seq(Task)
        # False between steps, as `microtasks` is empty then.
        self.running = boolean()

    # --- the loop itself ----------------------------------------------------------

    def start(self, task: Task) -> None:
        """Queue a task that has not begun."""
        if self.host is not None:
            self.host.start(task)
        else:
            self.tasks.append(task)

    def begin(self, task: Task) -> None:
        """Run a task that is spawned to its first suspension; from outside, it is queued."""
        if self.running:
            resume(task)
        elif self.host is not None and self.host.is_in_turn():
            self.enter(task)
        else:
            self.post(task)

    def wake(self, task: Task) -> None:
        """Let a parked task go on: by a microtask, or by a task if this comes from outside."""
        if self.running:
            if task not in self.microtasks:
                self.microtasks.append(task)
        elif self.host is not None:
            self.host.wake(task)
        else:
            self.post(task)

    def post(self, task: Task) -> None:
        """Let a task go on when everything that is queued has run; one that is queued stays."""
        if self.host is not None:
            self.host.post(task)
        elif task not in self.tasks and task not in self.immediates:
            self.tasks.append(task)

    @turn
    def turn(self) -> None:
        """Run the next task and its microtasks."""
        require(not self.idle())
        self.run_one()

    def idle(self) -> bool:
        """Whether nothing is queued here: what a nested loop is to run is the host's to know."""
        return not (self.microtasks or self.tasks or self.immediates)

    def run_one(self) -> None:
        """Run the next task and its microtasks."""
        if self.tasks and self.immediates:
            # Node says which of a timer and an immediate comes first in some places only.
            immediate = choose((False, True))
            self.enter(self.immediates.popleft() if immediate else self.tasks.popleft())
        elif self.tasks:
            self.enter(self.tasks.popleft())
        else:
            self.enter(self.immediates.popleft())

    def enter(self, task: Task) -> None:
        """Run a task to its next suspension, then all microtasks."""
        self.running = True
        resume(task)
        while self.microtasks:
            resume(self.microtasks.popleft())
        self.running = False

    # --- suspensions of the running task ------------------------------------------

    async def microtask(self) -> None:
        """Go on after the microtasks that are queued: queueMicrotask()."""
        assert self.running, "only what runs in the isolate queues microtasks"
        self.microtasks.append(current())
        await park()

    async def settled(self) -> None:
        """What awaiting a settled promise costs: one microtask."""
        await self.microtask()

    async def macrotask(self) -> None:
        """Go on in a task of its own, after those that are queued: setTimeout(…, 0)."""
        self.post(current())
        await park()

    async def immediate(self) -> None:
        """Go on in a task of its own: setImmediate(); timers may come first, or may not."""
        if self.host is not None:
            self.host.post(current())
        else:
            self.immediates.append(current())
        await park()

    async def sleep(self, units: int) -> None:
        """Go on in a task of its own after so much of the clock's time: setTimeout()."""
        assert self.clock is not None, "this loop has no clock: JsLoop(clock=Clock(…))"
        await self.clock.sleep(units)

    # --- what promises cost -------------------------------------------------------

    async def call(self, body: Coroutine[Any, Any, T]) -> T:
        """`await f()`: f runs at once, and one microtask after its end this goes on."""
        try:
            return await body
        finally:
            await self.microtask()

    async def follow(self, promise: Awaited[T]) -> T:
        """What it takes to resolve a promise with another: a microtask, then that one's wait.

        `return promise` in an async function is `return await loop.follow(promise)`.
        """
        await self.microtask()
        return await promise.wait()
