"""Externals travel beside the results that mention them (workerd PR 6607, PR 6724).

For results the pusher is the caller's own, one for each context, sent with the call. The receiver
of the call pushes what its result mentions, then returns. Unwrapping was synchronous, and failed
when the push was not there yet; on one loop it is not: a return fulfils the promise that the caller
waits for, which arms it depth-first, and so arrives a turn before a call that was sent ahead of it,
which is dispatched breadth-first. The caller made up for that with one extra turn. Production broke
it. This model asks what does; only waiting for the push is good against all of it.

- One extra turn is just enough on one loop. On a direct connection none is needed: messages arrive
  in order, and RpcConnectionState::messageLoop() yields between them, so the push is dispatched
  before the return is handled. Cap'n Proto itself does the same, with and without the membranes of
  a session (tests/conformance/capnp/): a network as such breaks nothing.
- Nor does a vat in between that forwards calls at once, or by an object of its own. If that takes
  some turns for a push (`proxy_hops`), the return leaves first: a turn has become an order of
  messages, and no number of turns at the far end makes up for it.
- If the vat in between introduces its neighbours to each other (three-party handoff:
  DeferredThirdPartyClient in rpc.c++), pushes take a connection of their own
  (`pusher="introduced"`), and nothing orders two connections. Of the causes that the model knows
  this is the one that is in the public code; what production had has not been published.
- So does a pusher that is a promise, and resolves late (`pusher="promised"`). The output gate does
  not (results are pushed at once, and returns wait for it), and would if pushes waited for it, too,
  and took a hop more to go on (`pusher="behind the gate"`, `gate_hops`).
- A pusher that is one hop further away than the return expects (`pusher_hops=2`): on one loop, *n*
  turns pay for *n* hops.

`forward_push` and `forward_return` are the vat in between; `push_result` is the ExternalPusher at
the client, `result` its caller, which has awaited the call (callImpl(), JsRpcPromise); `turns` is
what it added there until April 2026.
"""

from models.externals.references import Connection, PromisedReference, Reference
from ordercheck import (
    Model,
    holds,
    param,
    park,
    process,
    reachable,
    set_of,
    task_of,
    terminal,
    variant,
    violates,
)
from ordercheck.library import ExternalPusher, KjLoop, NotPushed, Promise
from specs.externals import NoFailedUnwrap


class ExternalReturn(Model):
    """Returns of several calls; each result mentions an external."""

    calls: int = param(1, lo=1, hi=3)
    unwrap: str = param("synchronous", choices=["waits", "synchronous"])
    between: str = param("loop", choices=["loop", "network", "proxy"])
    turns: int = param(1, lo=0, hi=3, help="what the caller waits before it unwraps results")
    pusher: str = param("known", choices=["known", "promised", "introduced", "behind the gate"])
    gate_hops: int = param(0, lo=0, hi=2, help="hops that a client behind the gate takes more")
    proxy_hops: int = param(0, lo=0, hi=6, help="turns that the proxy takes to pass a push on")
    pusher_hops: int = param(1, lo=1, hi=3, help="turns that a push takes at its destination")

    specs = [NoFailedUnwrap]
    variants = [
        variant("no turn", turns=0, expect=violates("no_failed_unwrap")),
        variant("one turn", calls=2, expect=holds()),
        variant("one turn, network", calls=2, between="network", expect=holds()),
        variant("no turn, network", turns=0, calls=2, between="network", expect=holds()),
        variant("one turn, proxy", calls=2, between="proxy", expect=holds()),
        variant("one turn, two hops", pusher_hops=2, expect=violates("no_failed_unwrap")),
        variant("two turns, two hops", turns=2, pusher_hops=2, expect=holds()),
        # A pusher that is reached by another way, or not ready when the return is.
        variant(
            "one turn, introduced, network",
            pusher="introduced",
            between="network",
            expect=violates("no_failed_unwrap"),
        ),
        variant(
            "three turns, introduced, network",
            pusher="introduced",
            turns=3,
            between="network",
            expect=violates("no_failed_unwrap"),
        ),
        variant(
            "one turn, promised pusher, network",
            pusher="promised",
            between="network",
            expect=violates("no_failed_unwrap"),
        ),
        variant(
            "one turn, gate, network", pusher="behind the gate", between="network", expect=holds()
        ),
        variant(
            "one turn, gate, a hop more, network",
            pusher="behind the gate",
            gate_hops=1,
            between="network",
            expect=violates("no_failed_unwrap"),
        ),
        variant(
            "three turns, gate, a hop more, network",
            pusher="behind the gate",
            gate_hops=1,
            turns=3,
            between="network",
            expect=violates("no_failed_unwrap"),
        ),
        # Waiting for the push.
        variant("waits", unwrap="waits", turns=0, calls=2, expect=holds()),
        variant("waits, network", unwrap="waits", turns=0, between="network", expect=holds()),
        variant(
            "waits, slow proxy",
            unwrap="waits",
            turns=0,
            between="proxy",
            proxy_hops=4,
            expect=holds(),
        ),
        variant(
            "waits, introduced, network",
            unwrap="waits",
            turns=0,
            pusher="introduced",
            between="network",
            expect=holds(),
        ),
        variant(
            "waits, promised pusher, network",
            unwrap="waits",
            turns=0,
            pusher="promised",
            between="network",
            expect=holds(),
        ),
        variant(
            "waits, gate, a hop more, network",
            unwrap="waits",
            turns=0,
            pusher="behind the gate",
            gate_hops=1,
            between="network",
            expect=holds(),
        ),
    ]

    def setup(self) -> None:
        """All calls have been delivered; nothing has been pushed or returned."""
        if self.pusher == "introduced" and self.between == "loop":
            raise ValueError("on one loop nobody introduces anybody: use between=network")
        self.numbers = range(self.calls)
        self.remote = self.between != "loop"
        self.proxied = self.between == "proxy"
        self.client_loop = KjLoop()
        self.server_loop = KjLoop() if self.remote else self.client_loop
        self.middle_loop = KjLoop() if self.proxied else self.client_loop
        self.to_client = Connection(self.client_loop) if self.remote else None
        self.to_middle = Connection(self.middle_loop) if self.proxied else None
        way = self.to_middle if self.proxied else self.to_client
        if self.pusher == "introduced":
            way = Connection(self.client_loop)
        self.caller_pusher: Reference
        self.gate: Promise[None] | None = None  # what returns wait for, too
        if self.pusher in ("known", "introduced"):
            self.caller_pusher = Reference(self.server_loop, way)
        else:
            self.caller_pusher = PromisedReference(self.server_loop, way, self.gate_hops)
            if self.pusher == "behind the gate":
                self.gate = self.caller_pusher.target
        self.received = ExternalPusher(self.client_loop, self.calls)
        self.unwrapped = set_of(self.numbers)
        self.failed = set_of(self.numbers)
        self.rejected = set_of(self.numbers)  # results have no IOUs: nothing is ever rejected

    @process(each=lambda self: self.numbers, on="server_loop")
    async def call(self, i: int) -> None:
        """JsRpcTargetBase::call(): pushes what the result mentions, then returns."""
        await self.server_loop.later()  # co_await kj::yield()
        if self.proxied and self.pusher != "introduced":
            self.caller_pusher.call(task_of(self.forward_push, i))
        else:
            self.caller_pusher.call(task_of(self.push_result, i))
        if self.gate is not None:
            await self.gate
        if self.to_middle is not None:
            self.to_middle.send(task_of(self.forward_return, i))
        elif self.to_client is not None:
            self.to_client.send(task_of(self.result, i))
        else:
            self.client_loop.wake(task_of(self.result, i))  # the promise is fulfilled

    # --- a vat in between ---------------------------------------------------------

    @process(each=lambda self: self.numbers, on="middle_loop")
    async def forward_push(self, i: int) -> None:
        """An object of its own is called, and passes the call on."""
        await park()  # until it arrives
        await self.middle_loop.later()  # LocalClient::call(): evalLater
        for _ in range(self.proxy_hops):
            await self.middle_loop.later()
        if self.to_client is not None:
            self.to_client.send(task_of(self.push_result, i))

    @process(each=lambda self: self.numbers, on="middle_loop")
    async def forward_return(self, i: int) -> None:
        """It passes the return on: the promise is fulfilled in this very turn."""
        await park()  # until it arrives
        if self.to_client is not None:
            self.to_client.send(task_of(self.result, i))

    # --- the client ---------------------------------------------------------------

    @process(each=lambda self: self.numbers, on="client_loop")
    async def push_result(self, i: int) -> None:
        """ExternalPusher, called at the client."""
        await park()  # until it is dispatched, or arrives
        if self.remote:
            await self.client_loop.later()  # LocalClient::call(): evalLater
        for _ in range(self.pusher_hops - 1):
            await self.client_loop.later()
        self.received.push(i)

    @process(each=lambda self: self.numbers, on="client_loop")
    async def result(self, i: int) -> None:
        """The caller, which has awaited the call."""
        await park()  # until the return arrives
        for _ in range(self.turns):
            await self.client_loop.later()  # the quirk: a return comes a turn too soon
        try:
            if self.unwrap == "waits":
                await self.received.unwrap(i)
            else:
                self.received.unwrap_now(i)
            self.unwrapped.add(i)
        except NotPushed:
            self.failed.add(i)  # "pushed external is not a byte stream"

    # --- properties ---------------------------------------------------------------

    @terminal
    def all_done(self) -> bool:
        """The only end: every external has been unwrapped, or could not be."""
        return all(i in self.unwrapped or i in self.failed for i in self.numbers)

    @reachable
    def all_unwrapped(self) -> bool:
        """All can be unwrapped."""
        return len(self.unwrapped) == self.calls
