"""A promise for a capability: what its three branches do, and in which order (Cap'n Proto).

As long as a reference is a promise, calls on it are queued (QueuedClient). When it resolves, three
things are to be done, by three branches of one fork: *note* the target, so that new calls go
straight to it; *forward* the queued calls, in order; *tell* those who wait for the resolution, who
then have the target itself. Branches run in the order in which they were added, one turn each, and
nothing comes between. That order carries two promises:

- E-order: a queued call is initiated before any call that is made by somebody who has been told.
- No queued call returns before those who wait have been told (`told_before_returned`): who sees the
  answer may rely on the resolution.

What the parts stand for (capnp/capability.c++):

- `note`, `forward`, `tell` are the branches; `order` is the order in which they are added.
- `caller` makes calls in as many events as it likes; `tell` is somebody who awaits
  whenMoreResolved() and makes one call on what comes of it.
- `call` is a call at the target, and its return. `defers`: LocalClient::call() puts the dispatch
  off with evalLater.

Found out, for all six orders: E-order holds just where *forward* comes before *tell*; *note* may
stand anywhere, since nothing runs between the branches. Without the deferral, a queued call returns
in the turn after *forward*, before *tell*, in each of the orders that keep E-order: it is needed.
"""

from itertools import permutations

from ordercheck import (
    Model,
    Seq,
    Task,
    action,
    boolean,
    choose,
    holds,
    integer,
    invariant,
    param,
    park,
    process,
    reachable,
    require,
    seq,
    set_of,
    task_of,
    terminal,
    variant,
    violates,
)
from ordercheck.library import Fork, KjLoop, Log
from specs.e_order import EOrder

ORDERS = [", ".join(order) for order in permutations(["note", "forward", "tell"])]


class QueuedClient(Model):
    """Calls on one promised reference, by somebody who does not wait and by somebody who does."""

    calls: int = param(3, lo=1, hi=6, help="how many calls the caller makes")
    order: str = param("note, forward, tell", choices=ORDERS, help="how the branches are added")
    defers: bool = param(True, help="LocalClient::call() defers the dispatch with evalLater")

    specs = [EOrder]
    variants = [
        variant("note, forward, tell", expect=holds()),
        variant("forward, note, tell", order="forward, note, tell", expect=holds()),
        variant("forward, tell, note", order="forward, tell, note", expect=holds()),
        variant("note, tell, forward", order="note, tell, forward", expect=violates("e_order")),
        variant("tell, note, forward", order="tell, note, forward", expect=violates("e_order")),
        variant("tell, forward, note", order="tell, forward, note", expect=violates("e_order")),
        variant("not deferred", defers=False, expect=violates("told_before_returned")),
    ]

    def setup(self) -> None:
        """Nothing has been called; the reference is a promise."""
        n = self.calls + 1  # the waiter makes one, too
        self.loop = KjLoop()
        self.fork = Fork(self.loop, branches=3)
        self.first, self.second, self.third = (self.fork.branch() for _ in range(3))
        self.branch = dict(
            zip(self.order.split(", "), [self.first, self.second, self.third], strict=True)
        )
        self.announced = boolean()
        self.noted = boolean()
        self.told = boolean()
        self.queue: Seq[Task] = seq(Task, capacity=n)
        self.was_queued = set_of(range(n))
        self.made = integer(0, lo=0, hi=n)
        self.idle = boolean()  # the caller waits for an event
        self.delivered = Log(range(n), capacity=n)

    # --- the reference ------------------------------------------------------------

    def make_call(self) -> None:
        """A call on the reference."""
        i = self.number()
        if self.noted:
            self.initiate(task_of(self.call, i))
        else:
            self.was_queued.add(i)
            self.queue.append(task_of(self.call, i))

    def number(self) -> int:
        """The number of a call that is made now."""
        self.made += 1
        return self.made - 1

    def initiate(self, task: Task) -> None:
        """Call the target."""
        if self.defers:
            self.loop.arm_breadth_first(task)
        else:
            self.loop.arm_depth_first(task)

    @action(actor="promise")
    def resolves(self) -> None:
        """The target becomes known; the loop hears of it from outside."""
        require(not self.announced)
        self.announced = True
        self.fork.fulfill()

    @process(on="loop", daemon=True)
    async def note(self) -> None:
        """New calls go straight to the target."""
        await self.branch["note"]
        self.noted = True

    @process(on="loop", daemon=True)
    async def forward(self) -> None:
        """Queued calls go to the target, in order."""
        await self.branch["forward"]
        for task in self.queue:
            self.initiate(task)
        self.queue.clear()

    @process(on="loop", daemon=True)
    async def tell(self) -> None:
        """whenMoreResolved(): who waits for it has the target now, and calls it."""
        await self.branch["tell"]
        self.told = True
        self.initiate(task_of(self.call, self.number()))

    # --- its users ----------------------------------------------------------------

    @process(on="loop")
    async def caller(self) -> None:
        """Makes all calls, in as many events as it likes."""
        for _ in range(self.calls):
            if choose([False, True], name="waits"):
                self.idle = True
                await park()
            self.make_call()

    @action(actor="outside")
    def event(self) -> None:
        """Something happens that makes the caller go on."""
        require(self.idle)
        self.idle = False
        self.loop.wake(task_of(self.caller))

    @process(each=lambda self: range(self.calls + 1), on="loop")
    async def call(self, i: int) -> None:
        """The call at the target; it returns at once."""
        await park()  # until it is dispatched
        self.delivered.append(i)

    # --- properties ---------------------------------------------------------------

    @invariant
    def told_before_returned(self) -> bool:
        """No queued call has returned while those who wait have not been told."""
        return self.told or not any(i in self.was_queued for i in self.delivered)

    @terminal
    def all_delivered(self) -> bool:
        """The only end: every call has been delivered."""
        return len(self.delivered) == self.calls + 1

    @reachable
    def some_queued_some_not(self) -> bool:
        """The interesting case: the reference resolves between two calls."""
        return len(self.delivered) == self.calls + 1 and 0 < len(self.was_queued) <= self.calls
