"""CPython's event loop, and what tasks await there besides futures (asyncio/tasks.py)."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, Protocol

from ordercheck.language import Seq, Task, TaskPool, current, park, resume, spawn, task_of
from ordercheck.language.spawning import NoPool
from ordercheck.library.callbacks import CallbackLoop, CancelledError
from ordercheck.library.clock import Clock
from ordercheck.library.shield import Shield
from ordercheck.library.timeout import Timeout, TimeoutError

REQUESTS = 8
"""How many requests to cancel are counted where timeouts need to know and no number is given."""


class FutureLike(Protocol):
    """A future, a task or what shields one: it can be gathered, and waited for with a limit."""

    waiters: Seq[Task]

    def __await__(self) -> Generator[Any, Any, Any]:
        """Wait for it."""
        ...

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


class AsyncioLoop(CallbackLoop):
    """One thread's queue of callbacks, in iterations, and what asyncio has to wait with.

    A task goes on by a callback of its own. `clock` is the one that `sleep` and limits of
    time wait for. At most `timeouts` blocks of `timeout()` are entered at once, and at most
    `shields` futures are shielded. Where there are timeouts, requests to cancel a task are
    counted, at most `requests` at once.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        timeouts: int = 0,
        shields: int = 0,
        requests: int | None = None,
    ) -> None:
        counted = (REQUESTS if timeouts else 0) if requests is None else requests
        super().__init__(clock, requests=counted)
        self.timeouts: TaskPool[Timeout, None] = self._pool(Timeout, timeouts, "timeouts")
        self.shields: TaskPool[Shield, None] = self._pool(Shield, shields, "shields")

    def _pool(self, kind: Callable[[CallbackLoop], Any], capacity: int, name: str) -> Any:
        if not capacity:
            return NoPool(f"this loop has no {name}", f"AsyncioLoop(…, {name}=2)")
        return TaskPool(lambda: kind(self), capacity, self, daemon=True)

    # --- sleeping, and limits of time ---------------------------------------------

    async def sleep(self, units: int) -> None:
        """asyncio.sleep(): for 0, go on after what is queued; else by a timer's callback."""
        me = current()
        if units == 0 or me in self.cancelled:  # a task may cancel itself
            self.ready.append(me)
            await park()
            self.check()
        else:
            self.held.append(me)
            self.set(me, units)
            await self.hold()

    async def wait_for(self, awaited: FutureLike, units: int | None) -> Any:
        """asyncio.wait_for(): the value, or TimeoutError when it has not come in time.

        None: any time will do. What is awaited is cancelled where it is late, and where who
        waits is; who waits goes on when it has ended, however long that takes.
        """
        if units is None:
            value = await awaited
        else:
            value = await self.limited(awaited, units)
        return value

    async def limited(self, awaited: FutureLike, units: int) -> Any:
        """What wait_for() does where there is a limit."""
        me = current()
        if units > 0:
            self.tell(awaited)
            self.set(me, units)
            try:
                await self.hold()
            except CancelledError:
                if not awaited.is_settled():
                    await self.cancel_and_wait(awaited)
                    raise
            awaited.forget(me)
        if not awaited.is_settled():
            await self.cancel_and_wait(awaited)
            try:
                return awaited.result()
            except CancelledError:
                raise TimeoutError() from None
        return awaited.result()

    async def cancel_and_wait(self, awaited: FutureLike) -> None:
        """Cancel what has not settled, and wait until it has; its callback comes last."""
        awaited.forget(current())
        self.tell(awaited)
        awaited.cancel()
        try:
            await self.hold()
        finally:
            awaited.forget(current())

    def tell(self, awaited: FutureLike) -> None:
        """Hold the running task until a callback of what is awaited has run."""
        me = current()
        self.held.append(me)
        if awaited.is_settled():
            self.relay(me)
        elif me not in awaited.waiters:
            awaited.waiters.append(me)

    def timeout(self, units: int | None) -> Timeout:
        """asyncio.timeout(): `async with` it; None: no limit, before `reschedule` sets one."""
        made = spawn(self.timeouts, self.called())
        self.call(task_of(made.run))
        made.units = units
        return made

    def shield(self, inner: Any) -> Shield:
        """asyncio.shield(): a future that comes to the same, and may be cancelled alone."""
        made = spawn(self.shields, self.called())
        self.call(task_of(made.run))
        made.protect(inner)
        return made

    def call(self, callback: Task) -> None:
        """Begin a task that is no more than a callback: it waits, and is in no queue."""
        self.ready.remove(callback)
        resume(callback)

    async def called(self) -> None:
        """What a callback does before it is called."""
        await park()

    # --- several at once ----------------------------------------------------------

    async def gather(
        self, futures: Sequence[FutureLike], *, return_exceptions: bool = False
    ) -> None:
        """asyncio.gather(): wait until all have come, or one has failed; raises what that raised.

        With `return_exceptions`, all are waited for, failed or not. Values and failures are in
        the futures: `a.result()`. As there, the news takes two callbacks, and to cancel who
        waits cancels each future.
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
            if is_decided(futures, return_exceptions):
                self.announce(me)
                break
            if me not in self.cancelled:  # a task may cancel itself
                await park()  # until one of them has come, or this task is cancelled
            if me in self.cancelled:
                self.cancelled.remove(me)
                requested = True
                self.cancel_all(futures, return_exceptions)
        failed = None if return_exceptions else first_failed(futures)
        for future in futures:
            future.forget(me)
        while me in self.relayed:  # it may be cancelled before it has the news
            if me in self.cancelled and not all(future.is_settled() for future in futures):
                self.cancelled.remove(me)
                self.cancel_all(futures, return_exceptions)
            await park()
        self.check()
        if failed is not None:
            futures[failed].result()
        if requested:
            raise CancelledError()

    def cancel_all(self, futures: Sequence[FutureLike], return_exceptions: bool) -> None:
        """Cancel what the running task gathers; who decides by that announces it."""
        me = current()
        self.looking.append(me)
        for future in futures:
            if return_exceptions and any(not f.is_settled() for f in futures if f is not future):
                future.cancel()
            else:
                self.held.append(me)
                future.cancel()
                self.held.remove(me)
        self.looking.remove(me)


def is_decided(futures: Sequence[FutureLike], return_exceptions: bool) -> bool:
    """Whether there is nothing more to gather."""
    if not return_exceptions and first_failed(futures) is not None:
        return True
    return all(future.is_settled() for future in futures)


def first_failed(futures: Sequence[FutureLike]) -> int | None:
    """Which has failed; of those that have when it is looked for, the first."""
    return next((k for k in range(len(futures)) if futures[k].has_failed()), None)
