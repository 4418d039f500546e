"""Futures of asyncio: promises that whoever waits for them may cancel."""

from __future__ import annotations

from types import NoneType
from typing import Any, TypeVar, overload

from ordercheck.language import Task, boolean
from ordercheck.language.domains import Domain
from ordercheck.language.spawning import checked_loop
from ordercheck.library.aio import AsyncioLoop
from ordercheck.library.callbacks import CancelledError
from ordercheck.library.promise import Promise, Status

T = TypeVar("T")


class Future(Promise[T]):
    """A promise of an AsyncioLoop, for its tasks: awaiting a settled one costs nothing.

    One that is cancelled raises CancelledError in each who waits; and where a task that
    waits is cancelled, this is.
    """

    @overload
    def __init__(self: Future[None], loop: AsyncioLoop) -> None: ...
    @overload
    def __init__(self, loop: AsyncioLoop, domain: Domain[T] = ...) -> None: ...
    @overload
    def __init__(self, loop: AsyncioLoop, domain: Any = ...) -> None: ...
    def __init__(self, loop: AsyncioLoop, domain: Any = NoneType) -> None:
        super().__init__(checked_loop(loop, AsyncioLoop), domain)
        self.is_cancelled = boolean()

    def cancel(self) -> None:
        """Future.cancel(): settle it by CancelledError, unless it is settled."""
        if self.status == Status.PENDING:
            self.is_cancelled = True
            self.reject()

    def leave(self, task: Task) -> bool:
        """Cancel it, since a task that waits is cancelled; that wakes all who wait."""
        self.cancel()
        return False

    def result(self) -> T:
        """The value of a settled future; raises CancelledError, or Rejected."""
        if self.is_cancelled:
            raise CancelledError()
        return Promise.result(self)
