"""workerd's output gate: an actor goes on while its writes are under way, and nobody can tell.

Code in an actor does not wait for its writes. It may send messages at once; the gate holds each
of them until the writes made before it are confirmed, so that nobody ever hears of what may still
be lost. A write that fails breaks the gate: what was sent after it never leaves, and the actor is
to be shut down.

What the parts stand for (src/workerd):

- `OutputGate` (ordercheck/library/output_gate.py) is io/io-gate.h; `store` is one flush of
  io/actor-cache.c++, `storage` the disk: it confirms writes in any order, unless `in_order`.
- `send` is a call on a stub in api/worker-rpc.c++: it replaces the client by a promise for it,
  "once the gate is open" (IoContext::waitForOutputLocksIfNecessary()), so that a call made while
  the gate is closed is one queued on a promise of its own, and so is the next.
- `actor` writes and sends in any order, in as many events as it likes.

Found out: messages keep their order although each waits on its own promise. Those whom the gate
lets go are armed depth-first, so that nobody comes between: even a sender that looks whether the
gate is open, and then goes at once, overtakes nobody ("looks first"). That is lost as soon as those
who have waited take a hop more ("looks first, a hop"); it takes that everybody waits, if only for
a turn at an open gate, to be safe against that ("a hop").
"""

from ordercheck import (
    Array,
    Model,
    action,
    array,
    boolean,
    choose,
    holds,
    integer,
    optional,
    param,
    park,
    process,
    reachable,
    require,
    set_of,
    spawn,
    task_of,
    variant,
    violates,
)
from ordercheck.library import Broken, KjLoop, Log, OutputGate, Promise, Spawned, Tasks
from specs.e_order import EOrder
from specs.output_gate import OutputGateContract


class OutputGates(Model):
    """An actor that writes and sends, and the storage behind it."""

    acts: int = param(4, lo=1, hi=6, help="how often the actor writes or sends")
    failures: int = param(0, lo=0, hi=2, help="how many writes are lost")
    cancels: int = param(0, lo=0, hi=1, help="how many writes are dropped before they are over")
    in_order: bool = param(False, help="storage confirms the oldest write first")
    sends: str = param("waits", choices=["waits", "looks first", "at once"])
    hops: int = param(0, lo=0, hi=2, help="turns that a message takes after it has waited")

    specs = [OutputGateContract, EOrder]
    deadlock = False
    variants = [
        variant("gate", expect=holds()),
        variant("gate, five acts, in order", acts=5, in_order=True, expect=holds()),
        variant("a write fails", failures=1, expect=holds()),
        variant("two writes fail", acts=3, failures=2, expect=holds()),
        variant("a write is dropped", cancels=1, expect=holds()),
        variant("no gate", acts=2, sends="at once", expect=violates("nothing_leaves_early")),
        variant("looks first", sends="looks first", expect=holds()),
        variant("looks first, a hop", sends="looks first", hops=1, expect=violates("e_order")),
        variant("a hop", hops=1, expect=holds()),
    ]

    def setup(self) -> None:
        """Nothing has been written or sent."""
        n = self.acts
        self.loop = KjLoop()
        self.gate = OutputGate(self.loop, locks=n, waiters=n)
        self.writes = Tasks(n, on=self.loop)
        self.flushes: Array[Spawned[None] | None] = array(optional(Spawned), n, None)
        self.messages = Tasks(n, on=self.loop)
        self.stored = [Promise(self.loop) for _ in range(n)]
        self.written = integer(0, lo=0, hi=n)
        self.confirmed = set_of(range(n))
        self.failed = set_of(range(n))
        self.sent = integer(0, lo=0, hi=n)
        self.writes_before = array(range(n + 1), n, 0)
        self.delivered = Log(range(n), capacity=n)
        self.rejected = set_of(range(n))
        self.failures_left = integer(self.failures, lo=0, hi=self.failures)
        self.drops_left = integer(self.cancels, lo=0, hi=self.cancels)
        self.idle = boolean()  # the actor waits for an event

    # --- the actor ----------------------------------------------------------------

    @process(on="loop")
    async def actor(self) -> None:
        """Writes and sends, in as many events as it likes."""
        for _ in range(self.acts):
            if choose([False, True], name="waits"):
                self.idle = True
                await park()
            if choose([False, True], name="writes"):
                self.flushes[self.written] = spawn(self.writes, self.write(self.written))
                self.written += 1
            else:
                self.writes_before[self.sent] = self.written
                spawn(self.messages, self.send(self.sent))
                self.sent += 1

    @action(actor="outside")
    def event(self) -> None:
        """Something happens that makes the actor go on."""
        require(self.idle)
        self.idle = False
        self.loop.wake(task_of(self.actor))

    async def write(self, w: int) -> None:
        """One write, which the actor does not wait for."""
        await self.gate.lock_while(self.store(w))

    async def store(self, w: int) -> None:
        """One write, until it is confirmed."""
        await self.stored[w]
        self.confirmed.add(w)

    async def send(self, m: int) -> None:
        """One message, until it leaves."""
        try:
            if self.sends == "waits" or (self.sends == "looks first" and self.gate.line):
                await self.gate.wait()
                for _ in range(self.hops):
                    await self.loop.later()
            self.delivered.append(m)
        except Broken:
            self.rejected.add(m)

    # --- storage ------------------------------------------------------------------

    @action(each=lambda self: range(self.acts), actor="storage")
    def confirms(self, w: int) -> None:
        """A write is on disk."""
        self.next(w)
        self.stored[w].fulfill()

    @action(each=lambda self: range(self.acts), actor="storage")
    def fails(self, w: int) -> None:
        """A write is lost."""
        require(self.failures_left > 0)
        self.next(w)
        self.failures_left -= 1
        self.failed.add(w)
        self.stored[w].reject()

    @action(each=lambda self: range(self.acts), actor="storage")
    def drops(self, w: int) -> None:
        """A write is cancelled before it is over."""
        require(self.drops_left > 0)
        self.next(w)
        flush = self.flushes[w]
        require(flush is not None and not flush.is_settled())
        self.drops_left -= 1
        self.failed.add(w)
        if flush is not None:
            flush.cancel()

    def next(self, w: int) -> None:
        """Whether this write is the next to be over."""
        require(w < self.written and w not in self.failed and not self.stored[w].is_settled())
        require(not self.in_order or all(self.is_over(k) for k in range(w)))

    def is_over(self, w: int) -> bool:
        """Whether a write is confirmed or lost."""
        return w in self.failed or self.stored[w].is_settled()

    # --- properties ---------------------------------------------------------------

    @reachable
    def one_leaves_while_a_later_write_is_under_way(self) -> bool:
        """A message is not held by writes that were made after it."""
        return len(self.delivered) > 0 and self.written > len(self.confirmed)

    @reachable
    def two_wait(self) -> bool:
        """The interesting case: two messages wait for different writes."""
        return self.sent == 2 and self.writes_before[0] < self.writes_before[1]
