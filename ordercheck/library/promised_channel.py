"""Channels that are not there yet: workerd's promised channels (io/io-channels.c++).

newPromisedChannel() makes one of a promise for a channel. `hub` is waitForResolution() with the
fork of its end, readyPromise: it notes the inner channel and arms the calls that wait. `ready` is
what startRequest(), restore() and getTokenMaybeSync() begin with: a branch of the fork where the
inner channel is not known, nothing at all where it is.
"""

from __future__ import annotations

from ordercheck.language import (
    Component,
    Seq,
    Task,
    being_cancelled,
    boolean,
    current,
    park,
    process,
    seq,
    task_of,
)
from ordercheck.language.spawning import checked_loop
from ordercheck.library.kj import KjLoop
from ordercheck.library.promise import Rejected


class PromisedChannel(Component):
    """A channel of which only a promise is there; at most `waiters` calls wait at once.

    Those that wait go on in the order in which they came, armed depth-first, so that no call that
    is made later overtakes them. With `depth_first=False` they are armed breadth-first, which a
    model may ask the price of.
    """

    def __init__(self, loop: KjLoop, *, waiters: int = 4, depth_first: bool = True) -> None:
        checked_loop(loop, KjLoop)
        self.loop = loop
        self.depth_first = depth_first
        # What the promise stands for is decided, and is known here.
        self.announced = boolean()
        self.resolved = boolean()
        self.failed = boolean()
        self.branches: Seq[Task] = seq(Task, capacity=waiters)

    def is_resolved(self) -> bool:
        """Whether the inner channel is known: getResolved() has it at once."""
        return self.resolved and not self.failed

    def resolve(self) -> None:
        """Fulfil the promise: the inner channel is there. Once only."""
        assert not self.announced, "the promise of a channel settles once"
        self.announced = True
        self.loop.wake(task_of(self.hub))

    def reject(self) -> None:
        """Break the promise: there will be no channel. Every use of it, early or late, rejects."""
        self.failed = True
        self.resolve()

    async def ready(self) -> None:
        """Go on to the inner channel: now where it is known, else in one's turn; or Rejected."""
        if not self.resolved:
            self.branches.append(current())
            try:
                await park()
            finally:
                if being_cancelled() and current() in self.branches:
                    self.branches.remove(current())
        elif self.failed:
            await self.loop.settled()  # no channel to go to: a branch of a fork that has settled
        if self.failed:
            raise Rejected()

    @process(on="loop", daemon=True)
    async def hub(self) -> None:
        """Notes the inner channel, and arms all branches in the order in which they were added."""
        await park()  # until the promise is settled
        self.resolved = True
        for task in self.branches:
            if self.depth_first:
                self.loop.arm_depth_first(task)
            else:
                self.loop.arm_breadth_first(task)
        self.branches.clear()
