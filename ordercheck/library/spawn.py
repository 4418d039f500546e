"""Spawned tasks: pools of them, and what stands for one, to be awaited."""

from __future__ import annotations

from collections.abc import Coroutine
from types import NoneType
from typing import Any, TypeVar, overload

from ordercheck.language import (
    Cancelled,
    Failure,
    Loop,
    Task,
    TaskPool,
    cancel,
    task_of,
)
from ordercheck.language.domains import Domain
from ordercheck.library.aio import AsyncioLoop
from ordercheck.library.promise import Promise

T = TypeVar("T")


class Spawned(Promise[T]):
    """A task that was spawned: a promise of what its coroutine returns.

    An exception that leaves the coroutine is raised again in whoever awaits this; nobody
    need. A task that is cancelled rejects.
    """

    def __init__(self, loop: Loop | None, domain: Any) -> None:
        super().__init__(loop, domain, failures=Failure)

    async def run(self, body: Coroutine[Any, Any, T]) -> None:
        """What the task does: its coroutine, and then the news of it."""
        with self.resolver():
            try:
                value = await body
            except Failure as failure:
                if isinstance(failure, Cancelled):
                    self.reject()
                else:
                    self.reject(failure)
            else:
                self.fulfill(value)

    def cancel(self) -> None:
        """Cancel the task, as its loop does that, unless it is over."""
        if not self.is_settled():
            cancel(task_of(self.run))


class AsyncioTask(Spawned[T]):
    """A task of an AsyncioLoop, as asyncio.create_task() gives it: a future of its result."""

    def __init__(self, loop: AsyncioLoop, domain: Any) -> None:
        super().__init__(loop, domain)
        self.on = loop

    async def run(self, body: Coroutine[Any, Any, T]) -> None:
        """What the task does: its coroutine, and then the news of it."""
        with self.resolver():
            try:
                self.on.check()  # cancelled before it began
                value = await body
                self.on.check()  # it has cancelled itself, and did not wait since
            except Failure as failure:
                self.reject(failure)
            else:
                self.fulfill(value)
        self.on.ended(task_of(self.run))

    def cancel(self) -> None:
        """Task.cancel(): what it waits for is cancelled, or it is raised CancelledError."""
        if not self.is_settled():
            self.on.cancel(task_of(self.run))

    def leave(self, task: Task) -> bool:
        """Cancel it, since a task that waits is cancelled; its end wakes all who wait."""
        self.cancel()
        return False


class Tasks(TaskPool[Spawned[T], T]):
    """A pool of at most `capacity` tasks that are spawned, on one loop or on none.

    `domain` has what their coroutines return. An entry is free from the end of the step
    in which its task is over and nothing refers to it any more. A `daemon` may wait for
    ever without that being a deadlock.
    """

    @overload
    def __init__(
        self: Tasks[None], capacity: int, *, on: Loop | None = None, daemon: bool = ...
    ) -> None: ...
    @overload
    def __init__(
        self, capacity: int, domain: Domain[T], *, on: Loop | None = None, daemon: bool = ...
    ) -> None: ...
    @overload
    def __init__(
        self, capacity: int, domain: Any, *, on: Loop | None = None, daemon: bool = ...
    ) -> None: ...
    def __init__(
        self,
        capacity: int,
        domain: Any = NoneType,
        *,
        on: Loop | None = None,
        daemon: bool = False,
    ) -> None:
        def make() -> Spawned[T]:
            return AsyncioTask(on, domain) if isinstance(on, AsyncioLoop) else Spawned(on, domain)

        super().__init__(make, capacity, on, daemon)
