"""Messages on one way between two, and what they may rely on.

A connection of Cap'n Proto is FIFO: messages arrive in the order of sending, and none is lost
before one that arrives. All of E-order rests on that. A way that loses messages, repeats them or
lets them overtake each other is none; numbers that the receiver looks at give the order back, at
the price of what is late.

- `Channel` (ordercheck/library/channel.py) is the way, with what may go wrong on it.
- `numbered`: the receiver drops whatever is not newer than what he has.

Left out: repeating what has been lost (docs/library.md has a model of that), congestion.
"""

from ordercheck import Model, holds, param, process, reachable, seq, until, variant, violates
from ordercheck.library import Channel
from specs.fifo import Fifo


class OneWay(Model):
    """A sender, a way, a receiver."""

    messages: int = param(3, lo=1, hi=5)
    lossy: int = param(0, lo=0, hi=2)
    duplicating: int = param(0, lo=0, hi=2)
    reordering: int = param(0, lo=0, hi=2)
    numbered: bool = param(False, help="the receiver drops what is not newer")

    specs = [Fifo]
    deadlock = False
    variants = [
        variant("connection", expect=holds()),
        variant("lossy", lossy=1, expect=violates("fifo")),
        variant("duplicating", duplicating=1, expect=violates("fifo")),
        variant("reordering", reordering=1, expect=violates("fifo")),
        variant("duplicating, numbered", duplicating=2, numbered=True, expect=holds()),
        variant("reordering, numbered", reordering=1, numbered=True, expect=violates("fifo")),
    ]

    def setup(self) -> None:
        """Nothing is under way."""
        numbers = range(self.messages)
        self.way = Channel(
            numbers,
            capacity=self.messages,
            lossy=self.lossy,
            duplicating=self.duplicating,
            reordering=self.reordering,
        )
        self.sent = seq(numbers, capacity=self.messages)
        self.received = seq(numbers, capacity=2 * self.messages)

    @process
    async def sender(self) -> None:
        """Sends all messages."""
        for number in range(self.messages):
            await self.way.send(number)
            self.sent.append(number)

    @process(daemon=True)
    async def receiver(self) -> None:
        """Receives what comes."""
        while True:
            await until(self.way.can_receive())
            number = self.way.take()
            if not self.numbered or all(number > other for other in self.received):
                self.received.append(number)

    @reachable
    def all_received(self) -> bool:
        """Everything can arrive."""
        return len(self.received) == self.messages
