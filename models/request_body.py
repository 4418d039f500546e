"""The body of a request whose sender fails halfway: who hears of it, and when (workerd, KJ HTTP).

A Worker calls another one, or a Durable Object, with fetch() and a stream as the body. Within a
process that is a pipe of KJ's: newOneWayPipe() in HttpClientAdapter::request(), kj/compat/http.c++.
A KJ output stream has no end(): who drops its end of the pipe makes an end of file at the other
one. A stream that fails is dropped as well, so the receiver reads the same, takes what it has for
the whole body, and answers; the sender's fetch() succeeds.

That is known elsewhere. Bodies of *responses* hold their end back until the service's own promise
is there (DelayedEofInputStream), and it rejects if the source has failed. Streams in *RPCs* have an
explicit end() (ExplicitEndInputPipeAdapter in workerd's external-pusher.c++). Where the length is
known, the pipe notices itself. Bodies of requests of unknown length have none of that; this model
says what each would do.

- `sender` is the source of the body, and whoever pumps it into the pipe; it may fail before each
  part, and before the end. Its `outcome` is known some turns after the pipe has been dropped.
- `receiver` reads up to the end of file, as `request.text()` does.

Found out: looking at the outcome is good only if one waits for it. Who looks once, at the end of
file ("looks once"), comes too soon, since the end of file arms the reader before anything else.

Left out: bytes, back pressure, a receiver that stops reading.
"""

from ordercheck import (
    Model,
    boolean,
    choose,
    holds,
    integer,
    param,
    park,
    process,
    reachable,
    task_of,
    terminal,
    variant,
    violates,
)
from ordercheck.library import KjLoop, Promise, Rejected
from specs.no_truncation import NoTruncation


class RequestBody(Model):
    """One body in parts, through one pipe."""

    parts: int = param(2, lo=0, hi=4)
    end: str = param(
        "end of file",
        choices=["end of file", "end()", "held back", "looks once", "length"],
        help="what the receiver takes for the end of the body",
    )
    turns: int = param(1, lo=0, hi=3, help="from dropping the pipe until the outcome is known")

    specs = [NoTruncation]
    variants = [
        variant("requests", expect=violates("no_truncation")),
        variant("responses", end="held back", expect=holds()),
        variant("streams in RPCs", end="end()", expect=holds()),
        variant("length known", end="length", expect=holds()),
        variant("looks once", end="looks once", expect=violates("no_truncation")),
        variant("looks once, no turn", end="looks once", turns=0, expect=holds()),
    ]

    def setup(self) -> None:
        """Nothing has been sent."""
        self.loop = KjLoop()
        self.meant = self.parts
        self.in_pipe = integer(0, lo=0, hi=self.parts)
        self.dropped = boolean()  # the sender's end of the pipe
        self.ended = boolean()  # end() has been called
        self.outcome = Promise(self.loop)
        self.failed = boolean()
        self.reading = boolean()  # the receiver waits for the pipe
        self.received = integer(0, lo=0, hi=self.parts)
        self.taken_for_complete = boolean()
        self.refused = boolean()  # the receiver has been told that the body broke off

    @process(on="loop")
    async def sender(self) -> None:
        """Write all parts, unless the source fails; then drop the pipe."""
        for _ in range(self.parts):
            if choose([False, True], name="fails"):
                self.failed = True
                break
            self.in_pipe += 1
            self.wake_receiver()
            await self.loop.later()
        self.ended = not self.failed
        self.dropped = True  # all that a pipe without end() tells
        self.wake_receiver()
        for _ in range(self.turns):
            await self.loop.later()
        if self.failed:
            self.outcome.reject()
        else:
            self.outcome.fulfill()

    def wake_receiver(self) -> None:
        """There is something to read, or nothing will be any more."""
        if self.reading:
            self.reading = False
            self.loop.wake(task_of(self.receiver))

    @process(on="loop")
    async def receiver(self) -> None:
        """Read up to the end of file, and take that for the end, or not."""
        while self.in_pipe > 0 or not self.dropped:
            if self.in_pipe > 0:
                self.in_pipe -= 1
                self.received += 1
            else:
                self.reading = True
                await park()
        if await self.is_complete():
            self.taken_for_complete = True
        else:
            self.refused = True

    async def is_complete(self) -> bool:
        """Whether the end of file is the end of the body."""
        match self.end:
            case "end()":
                return self.ended
            case "length":
                return self.received == self.meant
            case "looks once":
                return not (self.outcome.is_settled() and self.failed)
            case "held back":
                try:
                    await self.outcome
                except Rejected:
                    return False
        return True

    # --- properties ---------------------------------------------------------------

    @terminal
    def both_know(self) -> bool:
        """The only end: the receiver has a body, or knows that it has none."""
        return self.taken_for_complete or self.refused

    @reachable
    def a_whole_body(self) -> bool:
        """Bodies do arrive."""
        return self.taken_for_complete and not self.failed
