"""asyncio.shield(): who waits is cancelled, and what is waited for goes on."""

from __future__ import annotations

from collections.abc import Coroutine
from types import NoneType
from typing import Any

from ordercheck.language import Task, optional, recursive, resume, task_of, variable
from ordercheck.library.callbacks import CallbackLoop, CancelledError
from ordercheck.library.promise import Promise, Status


class Shield(Promise[Any]):
    """A future that settles as another, its inner one, by a callback of that.

    To cancel it, or who waits for it, leaves the inner one alone.
    """

    def __init__(self, loop: CallbackLoop) -> None:
        super().__init__(loop, NoneType)
        self.inner: Promise[Any] | None = variable(optional(Promise), None)
        self.is_cancelled: bool = variable(bool, False)

    def protect(self, inner: Promise[Any]) -> None:
        """Settle as this one does: at once if it has."""
        self.inner = inner
        if inner.is_settled():
            resume(task_of(self.run))
        else:
            inner.waiters.append(task_of(self.run))

    async def run(self, body: Coroutine[Any, Any, None]) -> None:
        """The callback: the inner future has come, or this one is cancelled."""
        await body
        if self.status == Status.PENDING and self.inner is not None:
            if self.inner.has_failed():
                self.reject()
            else:
                self.fulfill()

    def cancel(self) -> None:
        """Future.cancel(): settle it by CancelledError, unless it is settled."""
        if self.status == Status.PENDING:
            self.is_cancelled = True
            self.reject()
            if self.inner is not None and task_of(self.run) in self.inner.waiters:
                self.inner.forget(task_of(self.run))
                resume(task_of(self.run))

    def leave(self, task: Task) -> bool:
        """Cancel it, since a task that waits is cancelled; that wakes all who wait."""
        self.cancel()
        return False

    @recursive(depth=2)  # one may shield another
    def result(self) -> Any:
        """What the inner future came to; raises CancelledError where this was cancelled."""
        if self.is_cancelled or self.inner is None:
            raise CancelledError()
        return self.inner.result()
