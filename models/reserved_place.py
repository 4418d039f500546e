"""What the repair of workerd issue 6561 must mind: a place at the gate that nobody comes to claim.

models/rpc_fetch.py shows that E-order is kept if a session takes its place at the input gate when
it is delivered, and its first call claims that later. The gate serves places in their order,
claimed or not. So while a place is served and not claimed, everybody behind it waits. This model
asks when that goes well.

- A session that dies before its first call must give its place back ("dies"): kept, it closes the
  object for good ("dies, place kept").
- A session that carries several calls has a place for the first. The others queue at the gate
  like anybody, behind it, so they stay in order ("several calls").
- A session must not be opened ahead of its first call. If that call is only made when a call behind
  it has returned, both wait for ever ("opened early"); without the repair they do not ("opened
  early, no place"). JavaScript opens a session with its call, in one task; whatever else opens
  sessions, such as a pool that keeps them ready, must not reserve.

What the parts stand for: `session` is JsRpcSessionCustomEvent::run(), with `place` taken right
after delivered(), and its calls, JsRpcTargetBase::call(), which claim it in ctx.run(). `dies` is
its cancellation by the client, or by a client's context that ends: it destroys the session's object
at any moment, and with that its place.

Left out: fetches (models/rpc_fetch.py has them), critical sections, a gate that breaks
(models/input_gate.py).
"""

from ordercheck import (
    Model,
    action,
    boolean,
    cancel,
    holds,
    implies,
    integer,
    invariant,
    param,
    process,
    reachable,
    require,
    set_of,
    task_of,
    variant,
    violates,
)
from ordercheck.library import InputGate, KjLoop, Log, Promise
from specs.e_order import EOrder


class ReservedPlace(Model):
    """Sessions on one stub, each with its place at the object's gate."""

    sessions: int = param(3, lo=1, hi=4)
    calls: int = param(1, lo=1, hi=2, help="how many calls each session carries")
    reserve: bool = param(True, help="the repair: take the place at the gate on delivery")
    deaths: int = param(0, lo=0, hi=3, help="how many sessions are cancelled, at any moment")
    gives_back: bool = param(True, help="a session that is destroyed drops its place")
    opened_early: bool = param(False, help="the first session calls when the last has returned")

    specs = [EOrder]
    variants = [
        variant("reserved", expect=holds()),
        variant("several calls", calls=2, expect=holds()),
        variant("dies", calls=2, deaths=2, expect=holds()),
        variant("dies, place kept", deaths=1, gives_back=False, expect=violates("deadlock")),
        variant("opened early", opened_early=True, expect=violates("deadlock")),
        variant("opened early, no place", opened_early=True, reserve=False, expect=holds()),
    ]

    def setup(self) -> None:
        """The gate is open; all sessions are about to be delivered."""
        if self.opened_early and self.sessions < 2:
            raise ValueError("a session that waits for one behind it takes two sessions")
        self.numbers = range(self.sessions)
        self.loop = KjLoop()
        self.gate = InputGate(self.loop)
        self.returned = Promise(self.loop)  # the last session's first call has returned
        # First calls by their numbers, in the order in which they are made: the one of a session
        # that is opened early is made last.
        self.delivered = Log(range(self.sessions + 1), capacity=self.sessions)
        self.again = set_of(self.numbers)  # sessions of which a later call has been delivered
        self.too_soon = boolean()  # one before the session's first call
        self.over = set_of(self.numbers)
        self.died = integer(0, lo=0, hi=self.deaths)

    @process(each=lambda self: self.numbers, on="loop")
    async def session(self, i: int) -> None:
        """One session: its place, its set-up, its calls."""
        place = self.gate.reserve() if self.reserve else None
        try:
            await self.loop.later()  # LocalClient::call(): evalLater
            await self.loop.later()  # JsRpcTargetBase::call(): yield
            if self.opened_early and i == 0:
                await self.returned
            async with self.gate.lock(place):
                self.delivered.append(self.number(i))
                if i == self.sessions - 1:
                    self.returned.fulfill()
            if self.calls == 2:
                async with self.gate.lock():
                    self.too_soon = self.too_soon or self.number(i) not in self.delivered
                    self.again.add(i)
        finally:
            self.over.add(i)
            if place is not None and self.gives_back:
                place.release()

    def number(self, i: int) -> int:
        """The place of a session's first call among all that are made."""
        return self.sessions if self.opened_early and i == 0 else i

    @action(each=lambda self: self.numbers, actor="client")
    def dies(self, i: int) -> None:
        """The session is cancelled."""
        require(self.died < self.deaths and i not in self.over)
        self.died += 1
        cancel(task_of(self.session, i))

    # --- properties ---------------------------------------------------------------

    @invariant
    def every_place_comes_back(self) -> bool:
        """When all sessions are over the gate is open."""
        return implies(len(self.over) == self.sessions, self.gate.locks == 0)

    @invariant
    def each_session_in_order(self) -> bool:
        """No session's later call is delivered before its first."""
        return not self.too_soon

    @reachable
    def all_delivered(self) -> bool:
        """Every session can make its calls."""
        return len(self.delivered) == self.sessions
