"""A promise for an object of one's own: new calls must not overtake old ones (Cap'n Proto).

The vat `here` holds a promise that the vat `there` has made. Calls made on it go there and wait.
Then it resolves, to an object that is here: `there` says so (Resolve) and sends the old calls back,
and new calls can be local. A local call is faster than one that is still on its way back, so `here`
sends a *disembargo* after the old calls, the same way, and holds new ones until it is back.

What the parts stand for (capnp/rpc.c++):

- `Wire`: one direction of a connection. Messages arrive in order, at any later time.
- `at_promise`: a call at the promise: queued until it resolves (QueuedClient, a fork), then sent
  back. `hops` is what every call takes there in the event loop.
- `resolve_here`, `disembargo_there`, `disembargo_here`: the three messages, and what they do where
  they arrive. rpc.c++ sends a disembargo back with evalLast, when nothing else is queued.

Found out: without a disembargo, E-order is violated. With one it holds, but the disembargo must not
overtake calls either: sent back at once, it does so as soon as calls take a hop there ("hop, echoed
at once"); sent back with evalLast, it does not ("hop").
"""

from ordercheck import (
    Component,
    Model,
    Seq,
    Task,
    action,
    boolean,
    choose,
    current,
    ghost,
    holds,
    param,
    park,
    process,
    reachable,
    require,
    seq,
    task_of,
    terminal,
    variant,
    violates,
)
from ordercheck.library import KjLoop, Log
from specs.e_order import EOrder


class Wire(Component):
    """One direction of a connection: messages arrive in order, at any time."""

    def __init__(self, receiver: KjLoop, capacity: int) -> None:
        self.receiver = receiver
        self.messages: Seq[Task] = seq(Task, capacity=capacity)

    def send(self, message: Task) -> None:
        """Put a message on the wire."""
        self.messages.append(message)

    @action(actor="network")
    def deliver(self) -> None:
        """The oldest message arrives."""
        require(self.messages)
        self.receiver.wake(self.messages.popleft())


class Embargo(Model):
    """Calls on one promise, before and after it resolves to an object of the caller's vat."""

    calls: int = param(3, lo=1, hi=5, help="how many calls are made")
    hops: int = param(0, lo=0, hi=2, help="turns that a call takes at the promise")
    disembargo: bool = param(True, help="hold new calls until the old ones are known to be back")
    echo_last: bool = param(True, help="a disembargo is sent back when the loop is empty")

    specs = [EOrder]
    variants = [
        variant("embargo", expect=holds()),
        variant("no embargo", disembargo=False, expect=violates("e_order")),
        variant("hop", hops=1, expect=holds()),
        variant("echoed at once", echo_last=False, expect=holds()),
        variant("hop, echoed at once", hops=1, echo_last=False, expect=violates("e_order")),
    ]

    def setup(self) -> None:
        """Nothing has been called, nothing is known."""
        n = self.calls
        self.here = KjLoop()
        self.there = KjLoop()
        self.to_there = Wire(self.there, n + 1)
        self.to_here = Wire(self.here, n + 2)
        self.resolving = boolean()  # what the promise is for has become known there
        self.resolved_there = boolean()
        self.queued: Seq[Task] = seq(Task, capacity=n)  # calls that wait there
        self.resolved_here = boolean()
        self.embargo = boolean()
        self.held: Seq[Task] = seq(Task, capacity=n)  # calls that wait here, for the disembargo
        self.idle = boolean()  # the caller waits for an event
        self.some_held = ghost(boolean())
        self.delivered = Log(range(n), capacity=n)

    # --- here ---------------------------------------------------------------------

    @process(on="here")
    async def caller(self) -> None:
        """Makes all calls, in as many events as it likes."""
        for i in range(self.calls):
            if choose([False, True], name="waits"):
                self.idle = True
                await park()
            self.here.wake(task_of(self.call, i))

    @action(actor="outside")
    def event(self) -> None:
        """Something happens that makes the caller go on: a timer, a request, a response."""
        require(self.idle)
        self.idle = False
        self.here.wake(task_of(self.caller))

    @process(each=lambda self: range(self.calls), on="here")
    async def call(self, i: int) -> None:
        """One call on the reference, up to the object."""
        await park()  # until it is made
        if not self.resolved_here:
            self.to_there.send(task_of(self.at_promise, i))
            await park()  # until it comes back
        elif self.embargo:
            self.some_held = True
            self.held.append(current())
            await park()
        self.delivered.append(i)

    @process(on="here", daemon=True)
    async def resolve_here(self) -> None:
        """Resolve: the object is here, new calls need not go there and back."""
        await park()  # until the message arrives
        self.resolved_here = True
        if self.disembargo:
            self.embargo = True
            self.to_there.send(task_of(self.disembargo_there))

    @process(on="here", daemon=True)
    async def disembargo_here(self) -> None:
        """The old calls are back: those that were held may go."""
        await park()  # until the message arrives
        self.embargo = False
        for task in self.held:
            self.here.wake(task)
        self.held.clear()

    # --- there --------------------------------------------------------------------

    @process(each=lambda self: range(self.calls), on="there")
    async def at_promise(self, i: int) -> None:
        """A call that has gone to the promise: it may have to wait there, and is sent back."""
        await park()  # until it arrives
        if not self.resolved_there:
            self.queued.append(current())
            await park()
        for _ in range(self.hops):
            await self.there.later()
        self.to_here.send(task_of(self.call, i))

    @action(actor="promise")
    def resolves(self) -> None:
        """What the promise is for becomes known."""
        require(not self.resolving)
        self.resolving = True
        self.there.wake(task_of(self.resolution))

    @process(on="there", daemon=True)
    async def resolution(self) -> None:
        """Tells the holder, and lets queued calls go, in order."""
        await park()  # until it is known
        self.resolved_there = True
        self.to_here.send(task_of(self.resolve_here))
        for task in self.queued:
            self.there.wake(task)
        self.queued.clear()

    @process(on="there", daemon=True)
    async def disembargo_there(self) -> None:
        """The disembargo has come as far as the old calls had to go, and is sent back."""
        await park()  # until the message arrives
        if self.echo_last:
            await self.there.last()  # evalLast: calls that are in the loop go first
        self.to_here.send(task_of(self.disembargo_here))

    # --- properties ---------------------------------------------------------------

    @terminal
    def all_delivered(self) -> bool:
        """The only end: every call has been delivered."""
        return len(self.delivered) == self.calls

    @reachable
    def resolves_between_calls(self) -> bool:
        """The interesting case: some calls have gone there, and others find the object here."""
        return len(self.delivered) == self.calls and (self.some_held or not self.disembargo)
