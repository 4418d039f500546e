"""Membranes: calls that cross one, and whether any of them overtakes another (Cap'n Proto).

A membrane lies between those inside and those outside. A reference that crosses it is wrapped;
calls on the wrapper pass through unless the policy sends them elsewhere, and are rejected once the
membrane is revoked. A reference that comes back is unwrapped. None of this may change the order of
calls on one reference (E-order).

What the parts stand for (capnp/membrane.c++):

- `Membrane`, `MembraneReference` (ordercheck/library/membrane.py) are MembranePolicy and
  MembraneHook. `stub` is a wrapper of what is inside, of which `caller` is outside.
- `inside`: what it wraps. "object"; "promise": one that comes to stand for the object; "ours": one
  that comes to stand for an object of the caller's side, which has crossed before.
- `Policy.inbound` is inboundCall(): `redirects` calls to another object. `resolves_first` is
  shouldResolveBeforeRedirecting(): such a call waits as long as the target is a promise.
- `looks`: somebody asks what the wrapper stands for by now (getResolved()), as rpc.c++ does when
  the reference is sent in a message.
- `waiter` waits for the resolution and makes a call then (whenMoreResolved()).
- `revocation` is onRevoked(), in a turn of its own.

Found out: calls that pass keep their order, and so do rejections; a reference that comes back is
the one that went in. Order is lost in three ways. A wrapper that has been looked at sends calls
past the promise that earlier ones are still passing ("promise, looked at"; so does Cap'n Proto,
docs/findings/capnp-resolved-promises.md); it takes a promise that calls go straight through when
it is known ("promise, looked at, straight"). A policy that redirects some calls sends them past
those that are queued ("promise, some redirected"), or behind those made later, if they wait
("promise, some redirected, resolved first"). If all are redirected, and wait, then who was told of
the resolution before they began to wait overtakes them ("promise, all redirected, waiter"): they
wait among those who are told, and are not forwarded before.
"""

from models.queued_client import Straight
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
    Membrane,
    MembraneReference,
    QueuedReference,
    Reference,
    Rejected,
)
from specs.e_order import EOrder
from specs.rejection import NothingAfterRejection, RejectedInOrder


class Policy(Membrane):
    """A membrane that may send calls elsewhere."""

    def __init__(self, model: "Membranes") -> None:
        super().__init__(
            model.loop, model.nothing, resolves_first=model.resolves_first, calls=model.calls + 1
        )
        self.model = model

    def inbound(self, task: Task, target: Reference) -> Reference | None:
        """inboundCall(): where a call from outside is to go instead."""
        return self.model.elsewhere if self.model.is_redirected(task) else None


class Membranes(Model):
    """Calls on one wrapped reference."""

    calls: int = param(3, lo=1, hi=5, help="how many calls the caller makes")
    inside: str = param("promise", choices=["object", "promise", "ours"])
    redirects: str = param("none", choices=["none", "some", "all"])
    resolves_first: bool = param(False, help="calls wait for a promise before being redirected")
    looks: bool = param(False, help="what the wrapper stands for is asked between calls")
    waits: bool = param(False, help="somebody waits for the resolution, and calls then")
    revokes: bool = param(False, help="the membrane may be revoked")
    straight: bool = param(False, help="the repair: no turn at a promise that is known")

    specs = [EOrder, NothingAfterRejection, RejectedInOrder]
    variants = [
        variant("object", inside="object", expect=holds()),
        variant("promise", expect=holds()),
        variant("promise, waiter", waits=True, expect=holds()),
        variant("promise, looked at", looks=True, expect=violates("e_order")),
        variant("promise, looked at, straight", looks=True, straight=True, expect=holds()),
        variant("comes back", inside="ours", waits=True, expect=holds()),
        variant(
            "comes back, looked at, straight",
            inside="ours",
            looks=True,
            straight=True,
            expect=holds(),
        ),
        variant("object, revoked", inside="object", revokes=True, expect=holds()),
        variant("promise, revoked", revokes=True, expect=holds()),
        variant("object, some redirected", inside="object", redirects="some", expect=holds()),
        variant("promise, some redirected", redirects="some", expect=violates("e_order")),
        variant(
            "promise, some redirected, resolved first",
            redirects="some",
            resolves_first=True,
            expect=violates("e_order"),
        ),
        variant("promise, all redirected", redirects="all", resolves_first=True, expect=holds()),
        variant(
            "promise, all redirected, waiter",
            redirects="all",
            resolves_first=True,
            waits=True,
            expect=violates("e_order"),
        ),
        variant(
            "promise, all redirected, revoked",
            redirects="all",
            resolves_first=True,
            revokes=True,
            expect=holds(),
        ),
    ]

    def setup(self) -> None:
        """Nothing has been called; the membrane is in place."""
        n = self.calls + 1  # the waiter makes one, too
        self.loop = KjLoop()
        self.object = LocalReference(self.loop)
        self.elsewhere = LocalReference(self.loop)
        self.nothing = BrokenReference()
        self.promise = (Straight if self.straight else QueuedReference)(self.loop)
        self.membrane = Policy(self)
        # The caller's own object, as those inside know it.
        self.ours = MembraneReference(self.membrane, self.elsewhere, reverse=True)
        self.target = self.ours if self.inside == "ours" else self.object
        inner = self.object if self.inside == "object" else self.promise
        self.stub = MembraneReference(self.membrane, inner)
        self.made = integer(0, lo=0, hi=n)
        self.resolving = boolean(self.inside == "object")
        self.revoking = boolean()
        self.idle = boolean()  # the caller waits for an event
        self.delivered = Log(range(n), capacity=n)
        self.rejected = Log(range(n), capacity=n)

    def is_redirected(self, task: Task) -> bool:
        """The policy: which calls go elsewhere."""
        if self.redirects == "some":
            return task == task_of(self.call, 1)
        return self.redirects == "all"

    # --- outside ------------------------------------------------------------------

    def make_call(self) -> None:
        """A call on the wrapper."""
        i = self.made
        self.made += 1
        self.stub.call(task_of(self.call, i))

    @process(on="loop")
    async def caller(self) -> None:
        """Makes all calls, in as many events as it likes."""
        for _ in range(self.calls):
            if choose([False, True], name="waits"):
                self.idle = True
                await park()
            if self.looks and choose([False, True], name="looks"):
                self.stub.get_resolved()
            self.make_call()

    @process(on="loop")
    async def waiter(self) -> None:
        """Makes one call when it is known what the wrapper stands for."""
        if self.waits:
            await self.stub.when_resolved()
            self.make_call()

    @action(actor="outside")
    def event(self) -> None:
        """Something happens that makes the caller go on."""
        require(self.idle)
        self.idle = False
        self.loop.wake(task_of(self.caller))

    @process(each=lambda self: range(self.calls + self.waits), on="loop")
    async def call(self, i: int) -> None:
        """A call, at whatever object it has come to."""
        try:
            await self.stub.delivery(self.nothing)
            self.delivered.append(i)
        except Rejected:
            self.rejected.append(i)

    # --- inside, and the membrane -------------------------------------------------

    @action(actor="promise")
    def resolves(self) -> None:
        """What the promise stands for becomes known."""
        require(not self.resolving)
        self.resolving = True
        self.promise.resolve(self.target)

    @action(actor="policy")
    def revoke(self) -> None:
        """Somebody decides to revoke the membrane; the loop hears of it from outside."""
        require(self.revokes and not self.revoking)
        self.revoking = True
        self.loop.wake(task_of(self.revocation))

    @process(on="loop", daemon=True)
    async def revocation(self) -> None:
        """onRevoked() rejects."""
        await park()  # until it is decided
        self.membrane.revoke()

    # --- properties ---------------------------------------------------------------

    @invariant
    def comes_back_as_it_was(self) -> bool:
        """What goes in and comes out again is not wrapped."""
        known = self.stub.resolved
        if known is None:
            return True
        if self.inside == "ours":
            return known is self.elsewhere
        return known is not self.object

    @terminal
    def all_over(self) -> bool:
        """The only end: every call has been delivered, or rejected."""
        return len(self.delivered) + len(self.rejected) == self.calls + self.waits

    @reachable
    def some_run_ends(self) -> bool:
        """All calls can be delivered."""
        return len(self.delivered) == self.calls + self.waits
