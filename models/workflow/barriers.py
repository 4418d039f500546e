"""The barriers by which 4.8.9 orders what events do (`private.js`).

A payload, a wait or a step result that has been taken takes effect when those before it in the log
have, *except* that waits do not wait for waits, and that a step result does not wait for what is
behind a payload that nobody has read.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.workflow.javascript import Host, Promise


@dataclass(eq=False)
class Barrier:
    """A taken event whose effect is still to come."""

    kind: str
    delivered: Promise
    armed: bool = True


DEFER_BEHIND = {
    "hook": ("hook", "wait", "step"),
    "wait": ("hook", "step"),
    "step": ("wait", "hook", "step"),
}
"""Earlier events of these kinds take effect first."""


class Barriers:
    """Orders effects by position in the log; `awaitEarlierDeliveries` and its neighbours."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.entries: dict[int, Barrier] = {}
        self.position = 0
        self.hydrating = 0
        self.polling = False

    def register(self, kind: str, armed: bool = True) -> int:
        """An event has been taken; until `deliver`, later ones wait for it. Its position."""
        self.position += 1
        self.entries[self.position] = Barrier(kind, self.host.promise(), armed)
        if not self.polling:
            self.polling = True
            self.host.set_timeout(self._poll)
        return self.position

    def deliver(self, position: int) -> None:
        """The event takes effect now."""
        entry = self.entries.pop(position, None)
        if entry is not None:
            entry.delivered.resolve()

    async def earlier(self, position: int, kind: str) -> None:
        """Wait until earlier events, those that matter, have taken effect."""
        earlier = [
            entry.delivered
            for index, entry in self.entries.items()
            if index < position
            and entry.kind in DEFER_BEHIND[kind]
            and (kind != "step" or self._comes_by_itself(index))
        ]
        if earlier:
            await self.host.all(earlier)
            pause = self.host.promise()
            self.host.set_timeout(pause.resolve)
            await pause

    def _comes_by_itself(self, index: int) -> bool:
        entry = self.entries[index]
        if not entry.armed:
            return False
        return entry.kind == "step" or all(
            self._comes_by_itself(other)
            for other, before in self.entries.items()
            if other < index and before.kind in DEFER_BEHIND[entry.kind]
        )

    def _idle(self) -> bool:
        return self.hydrating == 0 and not any(map(self._comes_by_itself, self.entries))

    def _poll(self) -> None:
        """The safety net: when nothing moves, the oldest barrier falls (an unread payload's)."""
        if not self.entries:
            self.polling = False
            return
        while self.entries and self._idle():
            self.deliver(min(self.entries))
        self.host.set_timeout(self._poll)
