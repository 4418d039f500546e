"""Several externals in one call, a stream that is unwrapped twice, a session that is cancelled.

The pushes of a call travel ahead of it (models/external_pusher.py asks whether they arrive in time;
here unwrapping waits). Each external must reach the one who unwraps *its* capability, in whatever
order the pushes come; a stream has one reader, so who unwraps it again is refused, without harm to
the first; and a session that is cancelled with pushes in flight must not leave anybody waiting.

- `push` is a call of ExternalPusher. Tokens that are had later push later, in any order
  (`delayed`).
- `reader` is whoever unwraps an external, `readers` of them for each.
- `matched`: the push for "the capability" in the message; or, a mistake, "the order" of arrival.
- `second`: who unwraps again is "refused" ("stream has already been unwrapped"), or, a mistake,
  "shares" the stream.
- `cancel` ends the session: pushes that have not arrived never do. What they were to fulfil is
  "dropped", and so rejected, or, a mistake, "kept", by somebody who outlives the session.
"""

from ordercheck import (
    Model,
    action,
    array,
    boolean,
    holds,
    invariant,
    param,
    park,
    process,
    reachable,
    require,
    seq,
    task_of,
    terminal,
    variant,
    violates,
)
from ordercheck.library import KjLoop, Promise, Rejected


class ExternalSession(Model):
    """One call with several externals, each read by one or by two."""

    externals: int = param(2, lo=1, hi=3)
    readers: int = param(1, lo=1, hi=2, help="how many unwrap each external")
    delayed: bool = param(False, help="pushes come when their tokens are there, in any order")
    cancels: bool = param(False, help="the session may be cancelled")
    matched: str = param("the capability", choices=["the capability", "the order"])
    second: str = param("refused", choices=["refused", "shares"])
    in_flight: str = param("dropped", choices=["dropped", "kept"])

    variants = [
        variant("several", externals=3, expect=holds()),
        variant("several, delayed", externals=3, delayed=True, expect=holds()),
        variant(
            "matched by order, delayed",
            delayed=True,
            matched="the order",
            expect=violates("each_gets_its_own"),
        ),
        variant("matched by order", matched="the order", expect=holds()),
        variant("unwrapped twice", readers=2, delayed=True, expect=holds()),
        variant(
            "unwrapped twice, shared", readers=2, second="shares", expect=violates("one_reader")
        ),
        variant("cancelled", readers=2, delayed=True, cancels=True, expect=holds()),
        variant(
            "cancelled, kept",
            delayed=True,
            cancels=True,
            in_flight="kept",
            expect=violates("deadlock"),
        ),
    ]

    def setup(self) -> None:
        """The call and its pushes are under way."""
        self.numbers = range(self.externals)
        self.pairs = [(i, k) for i in self.numbers for k in range(self.readers)]
        self.loop = KjLoop()
        self.pushed = [Promise(self.loop, self.numbers) for _ in self.numbers]
        self.arrived = seq(self.numbers, capacity=self.externals)
        self.reading = array(range(self.readers + 1), self.externals, 0)  # who holds the stream
        self.wrong = boolean()  # somebody has got another one's external
        self.told = array(range(self.readers + 1), self.externals, 0)  # who has an answer
        self.over = boolean()

    @process(each=lambda self: self.numbers, on="loop", daemon=True)
    async def push(self, i: int) -> None:
        """ExternalPusher: an external arrives, and whoever waits for it gets it."""
        if self.delayed:
            await park()  # until the token is there
        place = i if self.matched == "the capability" else len(self.arrived)
        self.arrived.append(i)
        if not self.pushed[place].is_settled():
            self.pushed[place].fulfill(i)

    @action(each=lambda self: self.numbers, actor="token service")
    def token_is_ready(self, i: int) -> None:
        """A delayed push is made."""
        require(self.delayed and not self.over and i not in self.arrived)
        self.loop.wake(task_of(self.push, i))

    @process(each=lambda self: self.pairs, on="loop")
    async def reader(self, who: tuple[int, int]) -> None:
        """Unwraps an external: waits for it, and takes it if nobody else has."""
        try:
            got = await self.pushed[who[0]]
            if got != who[0]:
                self.wrong = True
            if self.reading[who[0]] == 0 or self.second == "shares":
                self.reading[who[0]] += 1
        except Rejected:
            pass  # every use of it rejects
        self.told[who[0]] += 1

    @action(actor="session")
    def cancel(self) -> None:
        """The session ends: what has not arrived never does."""
        require(self.cancels and not self.over)
        self.over = True
        if self.in_flight == "dropped":
            for promise in self.pushed:
                if not promise.is_settled():
                    promise.reject()

    # --- properties ---------------------------------------------------------------

    @invariant
    def each_gets_its_own(self) -> bool:
        """Nobody is given an external that another capability stands for."""
        return not self.wrong

    @invariant
    def one_reader(self) -> bool:
        """No stream is read by two."""
        return all(count <= 1 for count in self.reading)

    @terminal
    def all_told(self) -> bool:
        """The only end: everybody who unwraps has the external or has been refused."""
        return all(count == self.readers for count in self.told)

    @reachable
    def all_read(self) -> bool:
        """Every external can be read."""
        return all(count == 1 for count in self.reading)
