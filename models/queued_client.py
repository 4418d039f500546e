"""A promise for a capability: what its three branches do, and in which order (Cap'n Proto).

As long as a reference is a promise, calls on it are queued (QueuedClient). When it resolves, three
things are to be done, by three branches of one fork: *note* the target; *forward* the queued calls,
in order; *tell* those who wait for the resolution, who then have the target itself. Branches run in
the order in which they were added, one turn each, and nothing comes between. That order carries two
promises:

- E-order: a queued call is initiated before any call that is made by somebody who has been told.
- No queued call returns before those who wait have been told (`told_before_returned`): who sees the
  answer may rely on the resolution.

What the parts stand for (capnp/capability.c++):

- `QueuedReference` (ordercheck/library/reference.py) is QueuedClient, and has the branches; `order`
  is the order in which they are added. `LocalReference` is LocalClient; `defers`: it puts the
  dispatch off with evalLater.
- `caller` makes calls in as many events as it likes; `waiter` is somebody who awaits
  whenMoreResolved() and makes a call on what comes of it.
- `call` is a call at the target, and its return.
- `to`: what the promise resolves to. "another promise" may have resolved before or resolves later.
- `ends`: the waiter calls what the promise leads to in the end, as far as that is known
  (getResolved()), and not just what it was resolved with. So does rpc.c++ when it has told the
  other vat.

Found out, for all six orders: E-order holds just where *forward* comes before *tell*; *note* may
stand anywhere, since nothing runs between the branches. Without the deferral, a queued call returns
in the turn after *forward*, before *tell*, in each of the orders that keep E-order: it is needed.

A call on a promise that is known already takes a turn (it waits for the fork like any other), and
so does a queued call that is forwarded to such a one. Who looks through the promise to its end does
not, and overtakes: E-order is violated ("another promise, its end"), also by Cap'n Proto itself
(docs/findings/capnp-resolved-promises.md). It holds if calls go straight to the target as soon as
that is noted ("another promise, its end, straight").
"""

from itertools import permutations

from ordercheck import (
    Model,
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
    set_of,
    task_of,
    terminal,
    variant,
    violates,
)
from ordercheck.library import (
    BrokenReference,
    KjLoop,
    LocalReference,
    Log,
    QueuedReference,
    Reference,
    Rejected,
)
from specs.e_order import EOrder
from specs.rejection import NothingAfterRejection, RejectedInOrder

ORDERS = [", ".join(order) for order in permutations(["note", "forward", "tell"])]


class Undeferred(LocalReference):
    """An object to which calls are dispatched without evalLater."""

    def accept(self, task: Task) -> Reference | None:
        """Dispatch a call."""
        self.loop.arm_depth_first(task)
        return None


class Straight(QueuedReference):
    """A promise through which calls go at once when it is known what it stands for."""

    def accept(self, task: Task) -> Reference | None:
        """Queue a call, or pass it on in this turn."""
        return self.target if self.noted else super().accept(task)


class QueuedClient(Model):
    """Calls on one promised reference, by somebody who does not wait and by somebody who does."""

    calls: int = param(3, lo=1, hi=6, help="how many calls the caller makes")
    order: str = param("note, forward, tell", choices=ORDERS, help="how the branches are added")
    defers: bool = param(True, help="LocalClient::call() defers the dispatch with evalLater")
    to: str = param("object", choices=["object", "another promise", "nothing"])
    ends: bool = param(False, help="who is told looks through promises that are known")
    straight: bool = param(False, help="the repair: no turn at a promise that is known")

    specs = [EOrder, NothingAfterRejection, RejectedInOrder]
    variants = [
        variant("note, forward, tell", expect=holds()),
        variant("forward, note, tell", order="forward, note, tell", expect=holds()),
        variant("forward, tell, note", order="forward, tell, note", expect=holds()),
        variant("note, tell, forward", order="note, tell, forward", expect=violates("e_order")),
        variant("tell, note, forward", order="tell, note, forward", expect=violates("e_order")),
        variant("tell, forward, note", order="tell, forward, note", expect=violates("e_order")),
        variant("not deferred", defers=False, expect=violates("told_before_returned")),
        variant("nothing", to="nothing", expect=holds()),
        variant("another promise", to="another promise", expect=holds()),
        variant(
            "another promise, its end",
            to="another promise",
            ends=True,
            expect=violates("e_order"),
        ),
        variant("straight", straight=True, expect=holds()),
        variant(
            "another promise, its end, straight",
            to="another promise",
            ends=True,
            straight=True,
            expect=holds(),
        ),
    ]

    def setup(self) -> None:
        """Nothing has been called; the reference is a promise."""
        n = self.calls + 1  # the waiter makes one, too
        self.loop = KjLoop()
        kind = Straight if self.straight else QueuedReference
        self.object = LocalReference(self.loop) if self.defers else Undeferred(self.loop)
        self.nothing = BrokenReference()
        self.promise = kind(self.loop, order=self.order.split(", "))
        self.another = kind(self.loop)
        ends = {"object": self.object, "another promise": self.another, "nothing": self.nothing}
        self.target: Reference = ends[self.to]
        self.resolving = boolean()
        self.resolving_another = boolean(self.to != "another promise")
        self.told = boolean()
        self.was_queued = set_of(range(n))
        self.made = integer(0, lo=0, hi=n)
        self.idle = boolean()  # the caller waits for an event
        self.delivered = Log(range(n), capacity=n)
        self.rejected = Log(range(n), capacity=n)

    # --- the promise --------------------------------------------------------------

    @action(actor="promise")
    def resolves(self) -> None:
        """The target becomes known; the loop hears of it from outside."""
        require(not self.resolving)
        self.resolving = True
        self.promise.resolve(self.target)

    @action(actor="promise")
    def resolves_another(self) -> None:
        """What the other promise stands for becomes known."""
        require(not self.resolving_another)
        self.resolving_another = True
        self.another.resolve(self.object)

    # --- its users ----------------------------------------------------------------

    def make_call(self, on: Reference) -> None:
        """A call on a reference."""
        i = self.made
        self.made += 1
        if not self.promise.forwarded:
            self.was_queued.add(i)
        on.call(task_of(self.call, i))

    @process(on="loop")
    async def caller(self) -> None:
        """Makes all calls, in as many events as it likes."""
        for _ in range(self.calls):
            if choose([False, True], name="waits"):
                self.idle = True
                await park()
            self.make_call(self.promise)

    @process(on="loop")
    async def waiter(self) -> None:
        """whenMoreResolved(): who waits for it has the target now, and calls it."""
        await self.promise.when_resolved()
        self.told = True
        self.make_call(self.target.innermost() if self.ends else self.target)

    @action(actor="outside")
    def event(self) -> None:
        """Something happens that makes the caller go on."""
        require(self.idle)
        self.idle = False
        self.loop.wake(task_of(self.caller))

    @process(each=lambda self: range(self.calls + 1), on="loop")
    async def call(self, i: int) -> None:
        """The call at the target; it returns at once."""
        try:
            await self.object.delivery(self.nothing)
            self.delivered.append(i)
        except Rejected:
            self.rejected.append(i)

    # --- properties ---------------------------------------------------------------

    @invariant
    def told_before_returned(self) -> bool:
        """No queued call has returned while those who wait have not been told."""
        return self.told or not any(i in self.was_queued for i in self.delivered)

    @terminal
    def all_over(self) -> bool:
        """The only end: every call has been delivered, or rejected."""
        return len(self.delivered) + len(self.rejected) == self.calls + 1

    @reachable
    def some_queued_some_not(self) -> bool:
        """The interesting case: the reference resolves between two calls."""
        over = len(self.delivered) + len(self.rejected) == self.calls + 1
        return over and 0 < len(self.was_queued) <= self.calls
