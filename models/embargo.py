"""A promise for an object of one's own: new calls must not overtake old ones (Cap'n Proto).

The vat `here` holds a promise that the vat `there` has made. Calls made on it go there and wait.
Then it resolves, to an object that is here: `there` says so (Resolve) and sends the old calls back,
and new calls can be local. A local call is faster than one that is still on its way back, so `here`
sends a *disembargo* after the old calls, the same way, and holds new ones until it is back.

What the parts stand for (capnp/rpc.c++):

- `Connection` (ordercheck/library/connection.py) is one of two vats: messages arrive in order, at
  any later time. `RemotePromise` is PromiseClient, `ExportedPromise` an entry of the other vat's
  table of exports, with resolveExportedPromise() and handleDisembargo().
- `promises` are what `there` has promised (QueuedClient). With `chain`, one resolves to the next,
  in any order of resolving; the first that is seen to lead here is told.
- `to`: what the last of them resolves to. "here" is the object; "promise here" is a promise of
  ours, which comes to stand for the object; "rejected here" is one that comes to stand for nothing;
  "nothing": it cannot be had; "there": an object of theirs.
- `pipelined`: the promise is the result of a call, `get`, that `here` makes first; the calls are
  sent without waiting for it. It resolves as that returns.
- `follows`: when a promise has resolved, calls from here go to what it has resolved to. Where they
  still go by the promise, each takes a turn there. rpc.c++ sends a disembargo back with evalLast,
  when nothing else is queued (`echo_last`).
- `references`: promises of the same object, called in turn. E-order is owed to each of them.

Found out: without a disembargo, E-order is violated. With one it holds, for several references, a
chain of promises, and a promise that is rejected while calls are held; but the disembargo must not
overtake calls either: sent back at once, it does so as soon as calls take two turns there
(`chain=1, follows=False, echo_last=False`); with evalLast, it does not ("by the promise").

A promise that resolves to one that is known already takes calls a turn that later ones are spared,
without any embargo: those are on the same connection, where nothing is thought to be overtaken
("chain, there"). Cap'n Proto does this (docs/findings/capnp-resolved-promises.md); what cures it
is to let calls go straight through a promise that is known ("chain, there, straight").
"""

from models.queued_client import Straight
from ordercheck import (
    Model,
    action,
    array,
    boolean,
    choose,
    ghost,
    holds,
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
    Connection,
    Export,
    ExportedPromise,
    KjLoop,
    LocalReference,
    Log,
    QueuedReference,
    Reference,
    Rejected,
    RemotePromise,
    RemoteReference,
)
from specs.e_order import EOrder
from specs.rejection import NothingAfterRejection


class Wires(Connection):
    """A connection of vats that may do without parts of the protocol."""

    def __init__(self, one: KjLoop, other: KjLoop, messages: int, model: "Embargo") -> None:
        super().__init__(one, other, messages=messages)
        self.model = model

    def imported(self, to: Reference, theirs: KjLoop) -> RemoteReference:
        """A new reference, for set-up."""
        if not to.is_promise():
            return super().imported(to, theirs)
        kind = Promised if self.model.disembargo else Unembargoed
        return kind(self, to, theirs, self.model)


class Promised(RemotePromise):
    """A reference to a promise at the other end."""

    def __init__(
        self, connection: Connection, to: Reference, theirs: KjLoop, model: "Embargo"
    ) -> None:
        self.model = model
        super().__init__(connection, to, theirs)

    def exported(self, theirs: KjLoop) -> Export:
        """What the other vat knows this by, for set-up."""
        kinds = {
            (True, True): ExportedPromise,
            (True, False): Hasty,
            (False, True): Stubborn,
            (False, False): StubbornHasty,
        }
        self.promised = kinds[self.model.follows, self.model.echo_last](self, theirs)
        return self.promised


class Unembargoed(Promised):
    """One for which nothing is held."""

    def needs_embargo(self, replacement: Reference, reflected: bool) -> bool:
        """Whether new calls have to wait."""
        return False


class Hasty(ExportedPromise):
    """An export that sends a Disembargo back at once."""

    async def quiet(self) -> None:
        """Wait for nobody."""


class Stubborn(ExportedPromise):
    """An export whose calls go by the promise, also when it has resolved."""

    def hook(self) -> Reference:
        """What calls from the other end go to."""
        return self.to


class StubbornHasty(Stubborn, Hasty):
    """Both."""


class Embargo(Model):
    """Calls on one promise, before and after it resolves to an object of the caller's vat."""

    calls: int = param(3, lo=1, hi=5, help="how many calls are made")
    references: int = param(1, lo=1, hi=2, help="promises of theirs for the same object")
    chain: int = param(0, lo=0, hi=2, help="promises of theirs that the first goes through")
    to: str = param("here", choices=["here", "promise here", "rejected here", "there", "nothing"])
    pipelined: bool = param(False, help="the promise is the result of a call made before")
    disembargo: bool = param(True, help="hold new calls until the old ones are known to be back")
    echo_last: bool = param(True, help="a disembargo is sent back when the loop is empty")
    follows: bool = param(True, help="calls go to what a promise has resolved to, not by it")
    straight: bool = param(False, help="the repair: no turn at a promise that is known")

    specs = [EOrder, NothingAfterRejection]
    variants = [
        variant("embargo", expect=holds()),
        variant("no embargo", disembargo=False, expect=violates("e_order")),
        variant("echoed at once", echo_last=False, expect=holds()),
        variant("by the promise", calls=2, chain=1, follows=False, expect=holds()),
        variant("pipelined", pipelined=True, expect=holds()),
        variant(
            "pipelined, no embargo", pipelined=True, disembargo=False, expect=violates("e_order")
        ),
        variant("two references", references=2, expect=holds()),
        variant("promise here", calls=2, to="promise here", expect=holds()),
        variant("chain, straight", calls=2, chain=1, straight=True, expect=holds()),
        variant("there", to="there", expect=holds()),
        variant("chain, there", calls=2, chain=1, to="there", expect=violates("e_order")),
        variant("chain, there, straight", chain=1, to="there", straight=True, expect=holds()),
        variant("nothing", to="nothing", expect=holds()),
        variant("nothing, no embargo", to="nothing", disembargo=False, expect=holds()),
        variant("chain, nothing", chain=1, to="nothing", expect=holds()),
        variant("rejected while held", calls=2, to="rejected here", expect=holds()),
    ]

    def setup(self) -> None:
        """Nothing has been called, nothing is known."""
        n = self.calls
        self.here = KjLoop()
        self.there = KjLoop()
        kind = Straight if self.straight else QueuedReference
        self.object = LocalReference(self.there if self.to == "there" else self.here)
        self.at = self.object.loop
        self.promise_here = QueuedReference(self.here)
        self.nothing = BrokenReference()
        self.getter = LocalReference(self.there)
        self.promises = [kind(self.there) for _ in range(self.chain + self.references)]
        self.wires = Wires(self.here, self.there, n + 4, self)
        self.gets = self.wires.reference(self.getter)
        self.stubs = [self.wires.reference(self.promises[k]) for k in range(self.references)]
        self.end: Reference = {
            "here": self.object,
            "there": self.object,
            "nothing": self.nothing,
        }.get(self.to, self.promise_here)
        # What `there` resolves its promises to: the next in the chain, the last one to the end.
        known = self.wires.reference(self.end) if self.end is not self.nothing else self.nothing
        end = self.end if self.to == "there" else known
        if self.to == "promise here":
            self.wires.reference(self.object)
        after = self.promises[self.references :]
        self.targets = [after[0] if after else end] * self.references
        self.targets += [*after[1:], end][: len(after)]
        self.resolving = array(bool, self.chain + 1, False)
        self.resolving_here = boolean(self.end is not self.promise_here)
        self.idle = boolean()  # the caller waits for an event
        self.held = ghost(boolean())  # some call has waited for a disembargo
        self.delivered = Log(range(n), capacity=n)
        self.others = Log(range(n), capacity=n)  # delivered, of the second reference
        self.rejected = Log(range(n), capacity=n)

    # --- here ---------------------------------------------------------------------

    @process(on="here")
    async def caller(self) -> None:
        """Makes all calls, in as many events as it likes."""
        if self.pipelined:
            self.gets.call(task_of(self.get))
        for i in range(self.calls):
            if choose([False, True], name="waits"):
                self.idle = True
                await park()
            self.stubs[i % self.references].call(task_of(self.call, i))

    @action(actor="outside")
    def event(self) -> None:
        """Something happens that makes the caller go on: a timer, a request, a response."""
        require(self.idle)
        self.idle = False
        self.here.wake(task_of(self.caller))

    @action(actor="promise")
    def resolves_here(self) -> None:
        """What our own promise stands for becomes known."""
        require(not self.resolving_here)
        self.resolving_here = True
        self.promise_here.resolve(self.object if self.to == "promise here" else self.nothing)

    @process(each=lambda self: range(self.calls), on="at")
    async def call(self, i: int) -> None:
        """One call, at the object."""
        try:
            await self.object.delivery(self.nothing)
            if self.references == 1 or i % 2 == 0:
                self.delivered.append(i)
            else:
                self.others.append(i)
        except Rejected:
            self.rejected.append(i)

    # --- there --------------------------------------------------------------------

    @action(each=lambda self: range(self.chain + 1), actor="promise")
    def resolves(self, k: int) -> None:
        """What one of their promises stands for becomes known; of several for one object, all."""
        require(not self.resolving[k] and not (self.pipelined and k == 0))
        self.resolving[k] = True
        if k == 0:
            for first in range(self.references):
                self.promises[first].resolve(self.targets[first])
        else:
            self.promises[self.references + k - 1].resolve(self.targets[self.references + k - 1])

    @process(on="there", daemon=True)
    async def get(self) -> None:
        """The call whose result is the promise; it returns at once."""
        await self.getter.delivery()
        self.promises[0].resolve(self.targets[0])

    # --- properties ---------------------------------------------------------------

    @invariant
    def others_in_order(self) -> bool:
        """E-order of the second reference."""
        return all(self.others[k] < self.others[k + 1] for k in range(len(self.others) - 1))

    @terminal
    def all_over(self) -> bool:
        """The only end: every call has been delivered, or rejected."""
        return self.over() == self.calls

    def over(self) -> int:
        """How many calls are."""
        return len(self.delivered) + len(self.others) + len(self.rejected)

    @reachable
    def some_run_ends(self) -> bool:
        """Calls do get delivered, or rejected."""
        return self.over() == self.calls
