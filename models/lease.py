"""A lock with a lease: who has it may write until its time is over, as two clocks tell it.

The holder must be the first to believe that the lease is over. It is not where it counts
from the answer, which has been on its way, nor where the clocks drift apart; a fencing
token, a number that the storage compares, makes up for both.
"""

from __future__ import annotations

from ordercheck import (
    Model,
    array,
    boolean,
    holds,
    integer,
    invariant,
    optional,
    param,
    process,
    reachable,
    step,
    terminal,
    until,
    variable,
    variant,
    violates,
)
from ordercheck.library import Clock, Timer


class Lease(Model):
    """Two clients that take the lock in turn, a server that grants it, and storage."""

    term: int = param(2, lo=1, hi=4)
    early: bool = param(True, help="whether clients count from their request, not the answer")
    drift: bool = param(False, help="whether each client has a clock of its own")
    fenced: bool = param(False, help="whether storage refuses tokens older than it has seen")
    variants = [
        variant("counted from the request", expect=holds()),
        variant("counted from the answer", early=False, expect=violates("one_writer")),
        variant("clocks that drift", drift=True, expect=violates("one_writer")),
        variant("fenced", drift=True, early=False, fenced=True, expect=holds()),
    ]

    def setup(self) -> None:
        """The clocks, who has the lock, and what storage has seen."""
        self.clock = Clock(self.term)
        clocks = [Clock(self.term) if self.drift else self.clock for _ in range(2)]
        self.granted = Timer(self.clock)
        self.believed = [Timer(clock) for clock in clocks]
        self.asking = array(bool, 2, False)
        self.holder: int | None = variable(optional(range(2)), None)
        self.grants = integer(0, lo=0, hi=2)
        self.token = array(range(3), 2, 0)
        self.newest = integer(0, lo=0, hi=2)
        self.overtaken = boolean()

    @process(daemon=True)
    async def server(self) -> None:
        """Grant the lock to whoever asks, once nobody's lease runs."""
        while True:
            await until(any(self.asking) and not self.granted.is_running())
            self.holder = 0 if self.asking[0] else 1
            self.asking[self.holder] = False
            self.grants += 1
            self.granted.set(self.term)

    @process(each=range(2))
    async def client(self, me: int) -> None:
        """Ask, wait for the answer, and write if the lease is still one's own."""
        self.asking[me] = True
        if self.early:
            self.believed[me].set(self.term)
        await until(self.holder == me)
        self.token[me] = self.grants
        if not self.early:
            self.believed[me].set(self.term)
        await step()
        if self.believed[me].is_running():
            self.write(self.token[me])

    def write(self, token: int) -> None:
        """Write, with a token; an older one than the newest is refused where it is fenced."""
        if token < self.newest:
            self.overtaken = self.overtaken or not self.fenced
        else:
            self.newest = token

    @invariant
    def one_writer(self) -> bool:
        """Nothing is written under an older lease than the last."""
        return not self.overtaken

    @terminal
    def over(self) -> bool:
        """A client may be too late to write at all."""
        return True

    @reachable
    def both_write(self) -> bool:
        """The second client writes, too."""
        return self.newest == 2
