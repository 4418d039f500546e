"""RPCs mixed with fetches on one Durable Object stub arrive out of order (workerd issue 6561).

A Worker calls a Durable Object that is running, through one stub, in one task and without
awaiting: some calls are fetches, some are RPCs. A fetch comes to the object's input gate in the
first turn after it was made. An RPC comes there two turns of the event loop later, and both of
those turns go to the back of the queue: LocalClient::call() defers the dispatch (evalLater) and
JsRpcTargetBase::call() begins with `co_await kj::yield()`. So every fetch made in the same task
overtakes every RPC made before it. Calls of one kind take the same way and stay in order, which
hid the bug.

Removing the yield alone does not help ("no yield"): the deferral is enough to let the fetches
through first. Only without both is an RPC as fast as a fetch ("neither hop"), and Cap'n Proto needs
the deferral: no call may return before those who wait for its capability know that it has resolved.
What helps is to take the place at the gate when the RPC is *delivered*, before the session is set
up, and to hand the lock to its call when that gets there ("reserved").

An RPC that passes a stream or an abort signal takes the same way: the external is pushed ahead of
it on the same reference, and the call does not wait for it on its way to the gate.

The hops of an RPC that are left out (its session fulfils the promised capability; the fork of
that promise wakes the queued call) are depth-first: they run before anything else does, so they
cannot change an order.

While the object starts ("cold"), releases from 2026-10-14 on break the order of fetches, too: those
made before the first RPC arrive after those made later, and before the RPCs. The hypothesis here:
calls made at first wait behind the promise of the start, and the first RPC opens a way past it, for
itself and for every call after it. It predicts what those releases do with all words of up to 6
calls (the releases up to 2026-10-13 treat a cold object like a running one). Reserving the place
does not cure that; it takes that nobody goes past the promise ("cold, no bypass").
"""

from itertools import product

from ordercheck import (
    Model,
    choose,
    holds,
    invariant,
    param,
    park,
    process,
    reachable,
    task_of,
    terminal,
    variant,
    violates,
)
from ordercheck.library import Fork, InputGate, KjLoop, Log
from specs.e_order import EOrder


class RpcFetch(Model):
    """One task's calls on one stub of a warm object, as far as their delivery."""

    calls: int = param(4, lo=1, hi=8, help="how many calls one task makes without awaiting")
    pattern: str = param("", help="the calls in order, such as rfrf; empty: all orders of `calls`")
    letters: str = param("rf", choices=["rf", "rfsa"], help="s, a: RPCs with a stream, a signal")
    reserve: bool = param(False, help="the fix: take the place at the gate on delivery")
    yields: bool = param(True, help="JsRpcTargetBase::call() begins with co_await kj::yield()")
    defers: bool = param(True, help="LocalClient::call() defers the dispatch with evalLater")
    cold: bool = param(False, help="the object is not running yet: calls wait for it to start")
    bypass: bool = param(True, help="from the first RPC on, no call waits for the start")

    specs = [EOrder]
    variants = [
        variant("as shipped", calls=2, expect=violates("e_order")),
        variant("with a stream", pattern="srrf", expect=violates("e_order")),
        variant("streams and signals", pattern="srsarra", expect=holds()),
        variant("RPC only", pattern="rrrrrrrr", expect=holds()),
        variant("fetch only", pattern="ffffffff", expect=holds()),
        variant("fetch first", pattern="ffffrrrr", expect=holds()),
        variant("no yield", calls=2, yields=False, expect=violates("e_order")),
        variant("neither hop", calls=5, yields=False, defers=False, expect=holds()),
        variant("reserved", calls=6, reserve=True, expect=holds()),
        variant("cold", calls=3, cold=True, expect=violates("each_kind_in_order")),
        variant("cold, RPC only", pattern="rrrrrr", cold=True, expect=holds()),
        variant("cold, reserved", calls=3, cold=True, reserve=True, expect=violates("e_order")),
        variant("cold, no bypass", calls=6, cold=True, bypass=False, reserve=True, expect=holds()),
    ]

    def setup(self) -> None:
        """A loop, the object's gate, and the order of the calls."""
        if set(self.pattern) - set("rfsa"):
            raise ValueError(f"a pattern is made of r, s, a (RPC), f (fetch), not {self.pattern!r}")
        every = map("".join, product(self.letters, repeat=self.calls))
        self.n = len(self.pattern) or self.calls
        self.word = choose([self.pattern] if self.pattern else every)  # f: a fetch; else an RPC
        self.loop = KjLoop()
        self.gate = InputGate(self.loop)
        self.delivered = Log(range(self.n), capacity=self.n)
        self.started = Fork(self.loop, branches=self.n)

    @process(on="loop")
    async def start(self) -> None:
        """The object's start, where it is cold."""
        await park()  # until the first startRequest()
        self.started.fulfill()

    @process(on="loop")
    async def sender(self) -> None:
        """The Worker's task: makes all calls, awaits none."""
        if self.cold:
            self.loop.wake(task_of(self.start))
        for i in range(self.n):
            if self.word[i] == "f":
                self.loop.wake(task_of(self.fetch, i))
            else:
                self.loop.wake(task_of(self.rpc, i))

    @process(each=lambda self: range(self.n), on="loop")
    async def fetch(self, i: int) -> None:
        """WorkerEntrypoint::request()."""
        await park()  # until startRequest()
        if self.waits(i):
            await self.started
        async with self.gate.lock():  # InputGate::wait()
            self.delivered.append(i)

    @process(each=lambda self: range(self.n), on="loop")
    async def rpc(self, i: int) -> None:
        """JsRpcSessionCustomEvent::run(), and the call that the session is for."""
        await park()  # until startRequest()
        if self.waits(i):
            await self.started
        place = self.gate.reserve() if self.reserve else None  # right after delivered()
        if self.defers:
            await self.loop.later()  # LocalClient::call(): evalLater
        if self.yields:
            await self.loop.later()  # JsRpcTargetBase::call(): yield
        async with self.gate.lock(place):  # InputGate::wait()
            self.delivered.append(i)

    def waits(self, i: int) -> bool:
        """Whether this call waits behind the promise of the object's start."""
        return self.cold and not (self.bypass and any(self.word[k] != "f" for k in range(i + 1)))

    @terminal
    def all_delivered(self) -> bool:
        """The only end: every call has been delivered."""
        return len(self.delivered) == self.n

    @reachable
    def some_run_ends(self) -> bool:
        """Calls do get delivered."""
        return len(self.delivered) == self.n

    @invariant
    def each_kind_in_order(self) -> bool:
        """Calls of one kind take the same way: fetches never overtake fetches, nor RPCs RPCs."""
        log = self.delivered
        return all(
            log[a] < log[b] or (self.word[log[a]] == "f") != (self.word[log[b]] == "f")
            for b in range(len(log))
            for a in range(b)
        )
