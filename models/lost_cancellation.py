"""A task is asked to end while it waits with a limit of time, by asyncio's `wait_for` or `timeout`.

`wait_for` of Python 3.11 loses the request where what it waits for has come in the same iteration
of the loop: it looks at that first, and returns its value. So who shuts down may wait for ever
for a worker that goes on (bpo-37658; `wait_for` of 3.12 is made of `timeout`). `timeout` counts
the requests, and takes back no other than its own.
"""

from __future__ import annotations

from ordercheck import (
    Model,
    action,
    boolean,
    cancel,
    holds,
    invariant,
    param,
    process,
    reachable,
    require,
    task_of,
    variant,
    violates,
)
from ordercheck.library import AsyncioLoop, Clock, Future, TimeoutError


class LostCancellation(Model):
    """A worker that waits for one reply after the other, and a boss who asks it to end."""

    way: str = param("timeout", choices=["wait_for", "timeout"])
    replies: int = param(2, lo=1, hi=4)
    variants = [
        variant("wait_for", way="wait_for", expect=violates("who_is_asked_begins_nothing")),
        variant("timeout", expect=holds()),
    ]

    def setup(self) -> None:
        """The loop, its clock, the replies, and what has become of the worker."""
        self.loop = AsyncioLoop(Clock(longest=1), timeouts=self.replies)
        self.reply = [Future(self.loop) for _ in range(self.replies)]
        self.was_asked = boolean()
        self.goes_on = boolean()
        self.was_late = boolean()
        self.is_over = boolean()

    @process(on="loop")
    async def worker(self) -> None:
        """Wait for each reply for some time."""
        try:
            for reply in self.reply:
                self.goes_on = self.was_asked
                await self.receive(reply)
        finally:
            self.is_over = True

    async def receive(self, reply: Future[None]) -> None:
        """Wait for one reply; who is late is not waited for."""
        try:
            if self.way == "wait_for":
                await self.loop.wait_for(reply, 1)
            else:
                async with self.loop.timeout(1):
                    await reply
        except TimeoutError:
            self.was_late = True

    @action(each=lambda self: self.reply)
    def arrives(self, reply: Future[None]) -> None:
        """A reply comes, at any time."""
        require(not reply.is_settled())
        reply.fulfill()

    @action(actor="boss")
    def ask(self) -> None:
        """The worker is asked to end, at any time."""
        require(not self.was_asked and not self.is_over)
        self.was_asked = True
        cancel(task_of(self.worker))

    @invariant
    def who_is_asked_begins_nothing(self) -> bool:
        """A worker that was asked to end waits for no other reply."""
        return not self.goes_on

    @reachable
    def asked(self) -> bool:
        """The worker is asked in time."""
        return self.was_asked and self.is_over

    @reachable
    def late(self) -> bool:
        """A reply is late."""
        return self.was_late
