"""The fence that is documented today: milliseconds instead of ids.

Each event that a tick creates carries the milliseconds of the newest event that the tick has
loaded. The server keeps a *marker*, the milliseconds of the newest payload or step result that was
created without such a stamp, and refuses what is strictly older. Failures of steps, and whatever
other ticks write, do not move the marker. Time passes with each event, or (`ties`) perhaps not.
"""

from abc import ABC

from models.workflow.ticks import TicksModel
from ordercheck import choose, integer, param


class GuardModel(TicksModel, ABC):
    """Ticks whose fence may be a time."""

    fence: str = param("timestamp", choices=["none", "event_id", "timestamp"])
    ties: bool = param(False, help="two events may fall into one millisecond")

    def setup(self) -> None:
        """The clock is at 0; no payload has come."""
        super().setup()
        self.time = integer(0, lo=0, hi=self.longest)
        self.marker = integer(0, lo=0, hi=self.longest)
        moving = ("hook_received", "step_completed")
        self.moving = frozenset(e for e in self.events if e.partition(" ")[0] in moving)

    def stamp(self) -> int:
        """What a tick learns with a snapshot: a time, or an id."""
        return self.time if self.fence == "timestamp" else super().stamp()

    def is_stale(self, me: int) -> bool:
        """Whether the server refuses what a tick writes with its fence."""
        if self.fence == "timestamp":
            return self.known[me] < self.marker
        return super().is_stale(me)

    def append(self, event: str) -> None:
        """Put an event at the end, in a millisecond of its own or not."""
        super().append(event)
        if self.fence == "timestamp" and not (self.ties and choose([False, True], name="tied")):
            self.time += 1

    def append_from_outside(self, event: str) -> None:
        """An event without a stamp: it moves the marker, if it is of the right kind."""
        super().append_from_outside(event)
        if self.fence == "timestamp" and event in self.moving:
            self.marker = self.time
