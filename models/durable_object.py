"""A Durable Object that counts: JavaScript in an isolate, in the event loop of KJ, behind a gate.

Each request reads the counter from storage, adds one and writes it back, with an `await`
at each of these. The isolate runs one task at a time; but between two awaits others
have their turn, and the update of one is lost. workerd's input gate keeps requests out
while storage is at work, so that plain code is right; a `fetch` lets them in again.
"""

from __future__ import annotations

from ordercheck import (
    Model,
    action,
    holds,
    integer,
    invariant,
    param,
    reachable,
    require,
    set_of,
    spawn,
    terminal,
    variant,
    violates,
)
from ordercheck.library import InputGate, JsLoop, KjLoop, Promise, Tasks


class DurableObject(Model):
    """Requests that come in at any time, and one that finds the counter as it was."""

    requests: int = param(2, lo=2, hi=4)
    gated: bool = param(True, help="whether an input gate holds requests back")
    fetches: bool = param(False, help="whether a request asks another server in between")
    variants = [
        variant("no gate", gated=False, expect=violates("no_update_lost")),
        variant("gate", requests=3, expect=holds()),
        variant("gate, and a fetch between", fetches=True, expect=violates("no_update_lost")),
    ]

    def setup(self) -> None:
        """An isolate in a KJ loop, its gate, and the counter on disk."""
        n = self.requests
        self.kj = KjLoop()
        self.js = JsLoop(host=self.kj)
        self.gate = InputGate(self.kj)
        self.handlers = Tasks(n, on=self.js)
        self.sent = integer(0, lo=0, hi=n)
        self.stored = integer(0, lo=0, hi=n)
        self.answered = integer(0, lo=0, hi=n)
        self.fetching = set_of(range(n))
        self.replies = [Promise(self.js) for _ in range(n)]

    @action
    def request(self) -> None:
        """A request comes in over the network."""
        require(self.sent < self.requests)
        spawn(self.handlers, self.handle(self.sent))
        self.sent += 1

    @action(each=lambda self: range(self.requests if self.fetches else 0))
    def reply(self, k: int) -> None:
        """The other server answers."""
        require(k in self.fetching)
        self.fetching.remove(k)
        self.replies[k].fulfill()

    async def handle(self, k: int) -> None:
        """async fetch(request)"""
        if not self.gated:
            await self.handle_event(k)
        elif not self.fetches:
            async with self.gate.lock():
                await self.handle_event(k)
        else:
            # The lock is let go while another server is asked, and the reply waits for one.
            async with self.gate.lock():
                found = await self.js.call(self.read())
                self.fetching.add(k)
            await self.replies[k]
            async with self.gate.lock():
                await self.js.call(self.write(found + 1))
        self.answered += 1

    async def handle_event(self, k: int) -> None:
        """const count = await storage.get("count"); await storage.put("count", count + 1)"""
        found = await self.js.call(self.read())
        if self.fetches:
            self.fetching.add(k)
            await self.replies[k]
        await self.js.call(self.write(found + 1))

    async def read(self) -> int:
        """storage.get(): an event of KJ's, once the disk has the value."""
        await self.kj.later()
        return self.stored

    async def write(self, value: int) -> None:
        """storage.put()"""
        await self.kj.later()
        self.stored = value

    @invariant
    def no_update_lost(self) -> bool:
        """Every request that was answered has been counted."""
        return self.answered <= self.stored

    @terminal
    def all_answered(self) -> bool:
        """Nothing is left to do."""
        return self.answered == self.requests

    @reachable
    def all_counted(self) -> bool:
        """All requests are answered, and all are counted."""
        return self.answered == self.requests == self.stored
