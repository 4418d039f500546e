"""Messages that drive a run: how many there are, and how often one may be delivered.

A tick that suspends on sleeps asks to be woken when the next is due. Every payload and every step
result sends a message of its own; each of those ticks finds the same sleep pending, and asks to be
woken, too. So messages add up, and all of them are delivered when the sleep is over: the herd.

A message that is delivered more than `deliveries` times fails the run (MAX_DELIVERIES_EXCEEDED; 48
in the SDK), so that no run fails for ever. But what counts as a delivery? On Vercel a tick that is
to be woken sends a new message, which begins at 1. world-local delivers the *same* message again
and counts on: a run that sleeps more often than that is failed, although nothing has gone wrong
(docs/findings/workflow-deliveries.md). And where fence conflicts are left to the queue, payloads
that come at the wrong moments use the deliveries up: `deliveries` times `reloads` + 1 of them.

- `WorkQueue` (ordercheck/library/work_queue.py) is the queue. `sleeping` are messages that are to
  be delivered when a wait is due; `wakes` says what they are.
- `work` begins with the check of `metadata.attempt`; run_failed is written without a fence.
"""

from models.workflow.replay import RUN_FAILED
from models.workflow.table import Table
from models.workflow.ticks import TicksModel
from ordercheck import (
    action,
    array,
    bag_of,
    choose,
    holds,
    invariant,
    param,
    require,
    variant,
    violates,
)
from ordercheck.library import WorkQueue
from specs.event_log import EndsAsReplayed, NoCorruptedLog, NoEventTwice, NoStall

TICK = 0
"""What every message says: something has happened, look at the log."""


class DeliveredLog(TicksModel):
    """One run, and the messages that drive it."""

    deliveries: int = param(2, lo=1, hi=5, help="deliveries of a message before the run is failed")
    wakes: str = param("a new message", choices=["a new message", "the same message"])
    herd: int = param(0, lo=0, hi=6, help="how many messages may wait for one sleep; 0: any")

    specs = [NoCorruptedLog, EndsAsReplayed, NoEventTwice, NoStall]
    variants = [
        variant("sleeps, new messages", shape="naps", ticks=1, expect=holds()),
        variant(
            "sleeps, the same message",
            shape="naps",
            ticks=1,
            wakes="the same message",
            expect=violates("ends_as_replayed"),
        ),
        variant("a crash", shape="naps", ticks=1, crashes=1, expect=holds()),
        variant(
            "two crashes, used up",
            shape="naps",
            ticks=1,
            crashes=2,
            expect=violates("ends_as_replayed"),
        ),
        variant(
            "payloads, redelivered",
            shape="hook_or_timeout",
            ticks=1,
            fence="event_id",
            on_conflict="redeliver",
            payloads=2,
            expect=violates("ends_as_replayed"),
        ),
        variant(
            "payloads, tried again in place",
            shape="hook_or_timeout",
            ticks=1,
            fence="event_id",
            payloads=2,
            expect=holds(),
        ),
        variant(
            "payloads, one reload",
            shape="hook_or_timeout",
            ticks=1,
            fence="event_id",
            reloads=1,
            payloads=2,
            expect=holds(),
        ),
        variant(
            "payloads, one reload, one delivery",
            shape="hook_or_timeout",
            ticks=1,
            fence="event_id",
            reloads=1,
            deliveries=1,
            payloads=2,
            expect=violates("ends_as_replayed"),
        ),
        # All of them wait for one sleep: the first message, and one for each payload.
        variant(
            "the herd",
            shape="hook_or_timeout",
            ticks=1,
            fence="event_id",
            payloads=2,
            herd=2,
            expect=violates("no_herd"),
        ),
        variant(
            "the herd is no larger",
            shape="hook_or_timeout",
            ticks=1,
            fence="event_id",
            payloads=2,
            herd=3,
            expect=holds(),
        ),
        variant("two ticks", shape="hook_or_timeout", fence="event_id", crashes=1, expect=holds()),
    ]

    def tabulate(self, table: Table) -> None:
        """Any run may be failed."""
        super().tabulate(table)
        if RUN_FAILED not in self.events:
            self.events.append(RUN_FAILED)
            self.ends.append(RUN_FAILED)
            self.table = [{**row, RUN_FAILED: state} for state, row in enumerate(self.table)]
            self.longest += 1

    def setup(self) -> None:
        """One message."""
        super().setup()
        # One for the start, one for each payload and step result; crashes add none.
        most = 1 + len(self.hooks) * self.payloads + len(self.steps)
        self.queue = WorkQueue([TICK], capacity=most, deliveries=self.deliveries + 1)
        self.sleeping = bag_of(range(self.deliveries + 2), capacity=most)  # delivered so often
        self.attempt = array(range(self.deliveries + 2), self.ticks, 0)  # 0: holds no message
        self.queue.send(TICK)

    # --- the queue ----------------------------------------------------------------

    def can_receive(self) -> bool:
        """Whether a message waits for a tick."""
        return self.queue.can_receive()

    def receive(self, me: int) -> None:
        """Take a message."""
        self.attempt[me] = self.queue.take()[1]

    def schedule(self, me: int) -> None:
        """Something has happened; or a tick asks to be woken when the next wait is due."""
        if me < 0:
            self.queue.send(TICK)
        elif self.wakes == "the same message":
            self.sleeping.add(self.attempt[me])
            self.acknowledge(me)
        else:
            self.sleeping.add(0)

    def acknowledge(self, me: int) -> None:
        """The tick is over."""
        if self.attempt[me] > 0:
            self.queue.acknowledge((TICK, self.attempt[me]))
            self.attempt[me] = 0

    def give_back(self, me: int) -> None:
        """The tick has failed, or is lost."""
        self.queue.give_back((TICK, self.attempt[me]))
        self.attempt[me] = 0

    @action(actor="queue")
    def wake(self) -> None:
        """A message is delivered again since a wait is due."""
        require(
            any(self.wait_created[w] in self.elapsed and self.is_pending(w) for w in self.waits)
        )
        attempt = choose(self.sleeping, name="delivered so often")
        self.sleeping.remove(attempt)
        self.queue.waiting.add((TICK, attempt))

    def is_pending(self, wait: str) -> bool:
        """Whether a wait is not completed; where all are, nothing has to be delivered any more."""
        return self.wait_completed[wait] not in self.log

    def is_driven(self) -> bool:
        """Whether a tick is at work or to come."""
        return self.messages() > 0

    def messages(self) -> int:
        """How many messages there are."""
        return len(self.queue.waiting) + len(self.queue.leased) + len(self.sleeping)

    # --- a tick -------------------------------------------------------------------

    async def work(self, me: int) -> None:
        """workflowEntrypoint(), which looks first how often its message has been delivered."""
        if self.attempt[me] > self.deliveries:
            self.append(RUN_FAILED)
            self.acknowledge(me)
        else:
            await super().work(me)

    @invariant
    def no_herd(self) -> bool:
        """No more messages than are bearable will come at once when a sleep is over."""
        return self.herd == 0 or len(self.sleeping) <= self.herd
