"""A channel that is not there yet, and calls on it (workerd PR 6724).

A receiver that was given an IOU holds a *promised channel*. Calls made on it before it resolves
wait on a fork of its readiness; calls made after go straight to the inner channel. Both kinds must
come out in the order in which they were made (E-order). Whether they do depends on how long those
that wait need once they may go on, and on what may run in the meantime.

What the parts stand for:

- `caller` is the code that holds the channel. It makes each call in an event of its own, or several
  in one; which events come when is not up to it.
- The library's `PromisedChannel.hub` is the fork: it notes the inner channel and arms the waiting
  calls, in order. With `chain=2` the inner channel is itself a promised one, which is followed to
  the end.
- `call` is one call: a branch of the fork, if it has to wait.

Where the channel resolves to an object that is reached by a shorter way than the promise, see
models/embargo.py.

Found out: calls come out in order

- with branches armed depth-first, whatever else is in the loop, through a chain of promises too
  ("depth-first", "chain");
- not with branches armed breadth-first: an event that is queued already makes its call first;
- not if a waiting call takes one hop more than a direct one after it has been woken, although it is
  woken depth-first; the same hop for both kinds does no harm ("same hops").
"""

from ordercheck import (
    Model,
    action,
    boolean,
    choose,
    ghost,
    holds,
    param,
    park,
    process,
    reachable,
    require,
    task_of,
    terminal,
    variant,
    violates,
)
from ordercheck.library import KjLoop, Log, PromisedChannel
from specs.e_order import EOrder


class Promised(PromisedChannel):
    """A promised channel that resolves at any time."""

    @action(actor="promise")
    def fulfilled(self) -> None:
        """Whoever promised the channel has it now; the loop hears of it from outside."""
        require(not self.announced)
        self.resolve()


class PromisedChannels(Model):
    """Calls that are made on one promised channel, before and after it resolves."""

    calls: int = param(3, lo=1, hi=6, help="how many calls are made")
    depth_first: bool = param(True, help="how branches are armed when the promise is fulfilled")
    waiting_hops: int = param(0, lo=0, hi=2, help="turns that a call takes after it has waited")
    direct_hops: int = param(0, lo=0, hi=2, help="turns that a call takes that need not wait")
    chain: int = param(1, lo=1, hi=3, help="promises that resolve to each other")

    specs = [EOrder]
    variants = [
        variant("depth-first", calls=4, expect=holds()),
        variant("chain", chain=2, expect=holds()),
        variant("breadth-first", depth_first=False, expect=violates("e_order")),
        variant("a hop more for those that wait", waiting_hops=1, expect=violates("e_order")),
        variant("same hops", waiting_hops=1, direct_hops=1, expect=holds()),
        variant("a hop more for direct calls", direct_hops=1, expect=holds()),
    ]

    def setup(self) -> None:
        """Nothing has been called; the channel is a promise."""
        self.loop = KjLoop()
        self.stages = [
            Promised(self.loop, waiters=self.calls, depth_first=self.depth_first)
            for _ in range(self.chain)
        ]
        self.delivered = Log(range(self.calls), capacity=self.calls)
        self.waited = ghost(boolean())  # some call has waited, or gone there and back
        self.went_straight = ghost(boolean())  # some call has not
        self.idle = boolean()  # the caller waits for an event

    @process(on="loop")
    async def caller(self) -> None:
        """Makes all calls, in as many events as it likes."""
        for i in range(self.calls):
            if choose([False, True], name="waits"):
                self.idle = True
                await park()
            self.loop.wake(task_of(self.call, i))

    @action(actor="outside")
    def event(self) -> None:
        """Something happens that makes the caller go on: a timer, a request, a response."""
        require(self.idle)
        self.idle = False
        self.loop.wake(task_of(self.caller))

    @process(each=lambda self: range(self.calls), on="loop")
    async def call(self, i: int) -> None:
        """One call on the channel, up to the inner channel."""
        await park()  # until it is made
        if all(stage.is_resolved() for stage in self.stages):
            self.went_straight = True
            for _ in range(self.direct_hops):
                await self.loop.later()
        else:
            self.waited = True
            for stage in self.stages:
                if not stage.is_resolved():
                    await stage.ready()
                    for _ in range(self.waiting_hops):
                        await self.loop.later()
        self.delivered.append(i)

    # --- properties ---------------------------------------------------------------

    @terminal
    def all_delivered(self) -> bool:
        """The only end: every call has been delivered."""
        return len(self.delivered) == self.calls

    @reachable
    def some_wait_and_some_do_not(self) -> bool:
        """The interesting case: the promise resolves between two calls."""
        return self.went_straight and self.waited
