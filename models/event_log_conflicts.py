"""What a refused write is taken for, and what refusals cost.

A server that refuses a write because its fence is old says 409, as it does when the event is there
already. A client tells them apart by a typed code, or by a regular expression on the message, and
then one day the server words it otherwise. This model has what becomes of a fence conflict that is
mistaken. And it counts conflicts that were for nothing: nobody else has written since the tick has
loaded, but the tick has not learnt of its own write (the response lacks the event), and its next
one is refused.

- `mistaken`: "exists": the write is skipped, as if somebody else had completed the wait; "written":
  the tick goes on as if it had written it; "fails": it is reported as the run's failure, as
  USER_ERROR and WORLD_CONTRACT_ERROR were.
- `foreign` is whether somebody else has written since a tick has loaded; `spurious` counts its
  conflicts without that, up to one more than `allowed`.
- `reloads`: PR 2113 repeats a write up to 5 times, the current release 2 times; after that the
  queue delivers the tick's message again.
"""

from models.workflow.replay import RUN_FAILED
from models.workflow.run import Answer
from models.workflow.ticks import TicksModel
from ordercheck import array, holds, invariant, param, variant, violates


class ConflictingLog(TicksModel):
    """One run; ticks whose fenced writes are refused, now and then for nothing."""

    fence: str = param("event_id", choices=["event_id"])
    mistaken: str = param("no", choices=["no", "exists", "written", "fails"])
    allowed: int = param(0, lo=0, hi=3, help="conflicts of a tick with itself that are accepted")

    variants = [
        # What a conflict is taken for.
        variant("told apart", shape="hook_or_timeout", crashes=1, expect=holds()),
        variant("taken for done", shape="hook_or_timeout", mistaken="exists", expect=holds()),
        variant(
            "taken for done, two sleeps", shape="two_sleeps", mistaken="exists", expect=holds()
        ),
        variant(
            "taken for written",
            shape="hook_or_timeout",
            mistaken="written",
            expect=violates("ends_as_replayed"),
        ),
        variant(
            "taken for written, two sleeps",
            shape="two_sleeps",
            mistaken="written",
            learns="nothing",
            allowed=1,
            expect=violates("ends_as_replayed"),
        ),
        variant(
            "taken for a failure",
            shape="hook_or_deadline",
            mistaken="fails",
            expect=violates("ends_as_replayed"),
        ),
        # How often one writes in vain.
        variant("learns of own writes", shape="two_sleeps", expect=holds()),
        variant(
            "response without the event",
            shape="two_sleeps",
            learns="nothing",
            expect=violates("few_conflicts_with_oneself"),
        ),
        variant(
            "response without the event: one reload more",
            shape="two_sleeps",
            learns="nothing",
            allowed=1,
            expect=holds(),
        ),
        variant(
            "three sleeps: two reloads more",
            shape="three_sleeps",
            ticks=1,
            learns="nothing",
            allowed=2,
            expect=holds(),
        ),
        variant(
            "two reloads, then redelivered", shape="hook_or_timeout", reloads=2, expect=holds()
        ),
    ]

    def setup(self) -> None:
        """Nobody has written anything."""
        super().setup()
        self.foreign = array(bool, self.ticks, False)
        self.spurious = array(range(self.allowed + 2), self.ticks, 0)

    def load(self, me: int) -> None:
        """Read all events."""
        super().load(me)
        self.foreign[me] = False

    def forget(self, me: int) -> None:
        """The end of a tick."""
        super().forget(me)
        self.foreign[me] = False
        self.spurious[me] = 0

    def write(self, me: int, event: str) -> Answer:
        """Append an event for a tick; count what is refused for nothing."""
        answer = super().write(me, event)
        if answer == Answer.WRITTEN:
            self.others_have_news(me)
        elif answer == Answer.STALE and not self.foreign[me]:
            self.spurious[me] = min(self.spurious[me] + 1, self.allowed + 1)
        return answer

    def append_from_outside(self, event: str) -> None:
        """A payload, or a step's result."""
        super().append_from_outside(event)
        self.others_have_news(-1)

    def others_have_news(self, me: int) -> None:
        """Somebody has written."""
        for tick in range(self.ticks):
            if tick != me:
                self.foreign[tick] = self.busy[tick]

    async def put(self, me: int, event: str) -> Answer:
        """Write an event; a refusal may be mistaken for something else."""
        if self.mistaken == "no":
            return await super().put(me, event)
        answer = self.write(me, event)
        if answer == Answer.STALE:
            if self.mistaken == "fails":
                self.write(me, RUN_FAILED)
            return Answer.WRITTEN if self.mistaken == "written" else Answer.EXISTS
        return answer

    @invariant
    def few_conflicts_with_oneself(self) -> bool:
        """No tick is refused more often than is allowed when nobody else has written."""
        return all(count <= self.allowed for count in self.spurious)
