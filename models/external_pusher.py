"""Externals travel beside the calls that mention them (workerd PR 6724, PR 6607).

A call's parameters may hold an *external*: a stream, an abort signal, or a channel, which travels
as a token. The sender pushes it to the receiver's ExternalPusher and puts the capability that it
gets for it into the call; the receiver unwraps that capability. So two messages are under way, and
this model asks in which order they get there. models/external_return.py asks the same of results,
and models/external_session.py what becomes of several externals, of a second unwrap, of a cancelled
session.

What the parts stand for:

- models/externals/references.py has references and connections. The pusher is the target itself
  (JsRpcTarget implements ExternalPusher), or a second reference, which may still be a promise.
- `client` is the task that makes all calls without awaiting them; `serialising` is what goes on in
  the background for a token that cannot be had at once.
- `call` is JsRpcTargetBase::call(), with the `co_await kj::yield()` that it begins with, and the
  deserialisation of its parameters; `push` is a call of ExternalPusher at the server, which is the
  library's: `received`.
- A membrane wraps every capability that passes it; one that comes back through the same membrane is
  unwrapped, one that comes through another stays wrapped and is no external of anybody's. The
  membrane of old let one call() pass and then refused everything, late pushes too.

Left out: what a JavaScript task does between its calls (nothing is awaited there), flow control,
hibernation, and the hops of a session's set-up, which come before the first call.
"""

from models.externals.references import Connection, PromisedReference, Reference
from ordercheck import (
    Model,
    action,
    holds,
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
from ordercheck.library import ExternalPusher, KjLoop, Log, NotPushed, Promise, Rejected
from specs.e_order import EOrder
from specs.externals import EveryTokenReceived, NoFailedUnwrap


class ExternalCall(Model):
    """Calls on one stub, some with an external in their parameters."""

    calls: str = param(".x.", help="what is sent: . is a plain call, x one with an external")
    serialisation: str = param("push", choices=["inline", "wait", "iou", "push"])
    unwrap: str = param("waits", choices=["waits", "synchronous"])
    push_on: str = param("same", choices=["same", "second"], help="the reference that is pushed on")
    between: str = param("loop", choices=["loop", "network"])
    membrane: str = param("none", choices=["none", "same", "different", "one side", "one call"])
    iou_holds_session: bool = param(True, help="an IOU under way keeps the session alive")
    tokens_fail: bool = param(False, help="a token may turn out not to be had")

    specs = [EOrder, EveryTokenReceived, NoFailedUnwrap]
    variants = [
        variant("inline", serialisation="inline", expect=holds()),
        variant("wait", serialisation="wait", expect=violates("e_order")),
        variant(
            "wait, network",
            calls="x.",
            serialisation="wait",
            between="network",
            expect=violates("e_order"),
        ),
        variant("IOU", serialisation="iou", calls=".x.x", expect=holds()),
        variant("IOU, network", serialisation="iou", between="network", expect=holds()),
        variant("IOU, two references", serialisation="iou", push_on="second", expect=holds()),
        variant(
            "IOU, two references, network",
            serialisation="iou",
            push_on="second",
            between="network",
            expect=holds(),
        ),
        variant(
            "IOU, one-call membrane",
            serialisation="iou",
            membrane="one call",
            expect=violates("every_token_received"),
        ),
        variant(
            "IOU, two references, one-call membrane",
            serialisation="iou",
            push_on="second",
            membrane="one call",
            expect=violates("every_token_received"),
        ),
        variant(
            "IOU, session not held",
            serialisation="iou",
            iou_holds_session=False,
            expect=violates("every_token_received"),
        ),
        variant("IOU, tokens fail", serialisation="iou", tokens_fail=True, expect=holds()),
        variant(
            "push, sync",
            calls="..x.x.",
            unwrap="synchronous",
            membrane="same",
            expect=holds(),
        ),
        variant(
            "push, sync, network",
            unwrap="synchronous",
            membrane="same",
            between="network",
            expect=holds(),
        ),
        variant(
            "push, sync, two references",
            unwrap="synchronous",
            membrane="same",
            push_on="second",
            expect=violates("no_failed_unwrap"),
        ),
        variant(
            "push, sync, two membranes",
            unwrap="synchronous",
            membrane="different",
            expect=violates("no_failed_unwrap"),
        ),
        variant("push, two membranes", membrane="different", expect=violates("no_failed_unwrap")),
        variant(
            "push, membrane on one side",
            membrane="one side",
            expect=violates("no_failed_unwrap"),
        ),
        variant("push", calls="..x.x.", membrane="same", expect=holds()),
        variant("push, two references", membrane="same", push_on="second", expect=holds()),
        variant(
            "push, two references, network",
            membrane="same",
            push_on="second",
            between="network",
            expect=holds(),
        ),
    ]

    def setup(self) -> None:
        """Two vats, or one; the references; nothing is under way."""
        if set(self.calls) - set(".x"):
            raise ValueError(f"calls are made of . (plain) and x (external), not {self.calls!r}")
        if "x" not in self.calls:
            raise ValueError("calls without an external push nothing: put an x among them")
        self.n = len(self.calls)
        self.numbers = range(self.n)
        self.externals = [i for i in self.numbers if self.calls[i] == "x"]
        self.pushes = self.serialisation in ("push", "iou")
        self.delayed = self.serialisation in ("wait", "iou")
        self.remote = self.between != "loop"
        self.waits = self.unwrap == "waits"
        self.call_membrane = "" if self.membrane == "none" else "A"
        self.push_membrane = {"none": "", "different": "B", "one side": ""}.get(self.membrane, "A")

        self.client_loop = KjLoop()
        self.server_loop = KjLoop() if self.remote else self.client_loop
        self.to_server = Connection(self.server_loop) if self.remote else None
        self.stub = Reference(self.client_loop, self.to_server)
        # The target itself is the pusher (JsRpcTarget implements ExternalPusher), or another
        # reference is, which may still be a promise.
        second = self.push_on == "second"
        self.pusher = PromisedReference(self.client_loop, self.to_server) if second else self.stub

        self.asked = set_of(self.numbers)  # tokens that are wanted and cannot be had at once
        self.token = {i: Promise(self.client_loop) for i in self.externals}
        self.received = ExternalPusher(self.server_loop, self.n, membranes=["A", "B"])
        self.called = set_of(self.numbers)  # sessions whose one call has been made
        self.delivered = Log(self.numbers, capacity=self.n)
        self.unwrapped = set_of(self.numbers)
        self.failed = set_of(self.numbers)
        self.rejected = set_of(self.numbers)
        self.tokenless = set_of(self.numbers)  # those whose token could not be had

    # --- the sender's side --------------------------------------------------------

    @process(on="client_loop")
    async def client(self) -> None:
        """A task that makes all calls on one stub, and awaits none of them."""
        for i in self.numbers:
            external = self.calls[i] == "x"
            if external and self.serialisation == "push":
                self.pusher.call(task_of(self.push, i))
            if not external or self.serialisation != "wait":
                self.stub.call(task_of(self.call, i))
            if external and self.delayed:
                self.asked.add(i)
                self.client_loop.wake(task_of(self.serialising, i))

    @process(each=lambda self: self.externals, on="client_loop")
    async def serialising(self, i: int) -> None:
        """What goes on once the token is there: the call at last, or what the IOU is for."""
        await park()  # until the call is serialised
        try:
            await self.token[i]
        except Rejected:
            self.tokenless.add(i)
        if self.serialisation == "wait":
            self.stub.call(task_of(self.call, i))
        else:
            # pushDelayedChannelToken(); without a token the IOU's fulfiller is dropped, which
            # travels the same way.
            self.pusher.call(task_of(self.push, i))

    @action(each=lambda self: self.externals, actor="token service")
    def token_is_ready(self, i: int) -> None:
        """A token that could not be had at once arrives."""
        require(i in self.asked and not self.token[i].is_settled())
        self.token[i].fulfill()

    @action(each=lambda self: self.externals, actor="token service")
    def token_fails(self, i: int) -> None:
        """A token cannot be had, or the caller's context ends before it can."""
        require(self.tokens_fail and i in self.asked and not self.token[i].is_settled())
        self.token[i].reject()

    # --- the receiver's side ------------------------------------------------------

    @process(each=lambda self: self.externals, on="server_loop")
    async def push(self, i: int) -> None:
        """ExternalPusher, called at the server: notes what has been pushed."""
        await park()  # until it is dispatched, or arrives
        if self.remote:
            await self.server_loop.later()  # LocalClient::call(): evalLater
        if i in self.tokenless:
            self.received.refuse(i)
        elif (self.membrane == "one call" and i in self.called) or self.session_is_over():
            self.received.refuse(i)  # so the IOU is rejected
            self.rejected.add(i)
        else:
            self.received.push(i, self.push_membrane)

    def session_is_over(self) -> bool:
        """Whether the last capability between the two has been dropped: no IOU holds it."""
        return not self.iou_holds_session and len(self.delivered) == self.n

    @process(each=lambda self: self.numbers, on="server_loop")
    async def call(self, i: int) -> None:
        """JsRpcTargetBase::call(), and what the called function does."""
        await park()  # until it is dispatched, or arrives
        if self.remote:
            await self.server_loop.later()  # LocalClient::call(): evalLater
        self.called.add(i)
        await self.server_loop.later()  # co_await kj::yield(): one more turn for the push
        mentions = self.calls[i] == "x" and self.pushes
        if mentions and not self.waits:
            await self.unwrap_external(i)
            if i in self.failed:
                return  # the call fails, it is not delivered
        self.delivered.append(i)
        if mentions and self.waits:
            await self.unwrap_external(i)

    async def unwrap_external(self, i: int) -> None:
        """Take what has been pushed: at once, or wait first, as a stream does in its first read."""
        try:
            if self.waits:
                await self.received.unwrap(i, self.call_membrane)
            else:
                self.received.unwrap_now(i, self.call_membrane)
            self.unwrapped.add(i)
        except Rejected:
            self.unwrapped.add(i)  # every use of the channel rejects: nothing hangs
        except NotPushed:
            self.failed.add(i)  # "pushed external is not a byte stream"

    # --- properties ---------------------------------------------------------------

    @terminal
    def all_done(self) -> bool:
        """The only end: every call is delivered or has failed, every external is dealt with."""
        return all(i in self.delivered or i in self.failed for i in self.numbers) and (
            not self.pushes or all(i in self.unwrapped or i in self.failed for i in self.externals)
        )

    @reachable
    def some_run_ends(self) -> bool:
        """All calls can be delivered, and all externals unwrapped."""
        return len(self.delivered) == self.n
