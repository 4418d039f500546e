"""Work from a queue that delivers at least once (SQS, Vercel's queues, workflow messages).

A message stays in the queue until its consumer acknowledges it. A consumer may crash, or work
longer than the queue waits; then somebody else gets the message, perhaps while the first is still
at work. So nothing is lost, as long as one acknowledges after the work and not before, and crashes
do not use up the deliveries; and nothing is done only once, unless who does it looks whether it has
been done, and does it, in one step.

- `WorkQueue` (ordercheck/library/work_queue.py) is the queue, with its bound on `deliveries`.
- `consumer` takes a message, does the work, acknowledges it; with `acknowledges="before"`, as
  auto-acknowledging clients do, he acknowledges first.
- `remembers`: with "apart" he looks whether the work has been done, and does it in a later step;
  "with the effect" is both in one, as a database does it with a unique key.

Left out: what the work is, delays before a message comes again, order of messages (there is none).
"""

from ordercheck import (
    Model,
    action,
    array,
    bag_of,
    holds,
    integer,
    optional,
    pair,
    param,
    process,
    reachable,
    require,
    restart,
    step,
    task_of,
    variant,
    violates,
)
from ordercheck.library import WorkQueue
from specs.at_most_once import AtMostOnce
from specs.no_lost_work import NoLostWork


class Work(Model):
    """Pieces of work, the queue that they are in, consumers that do them."""

    pieces: int = param(2, lo=1, hi=4)
    consumers: int = param(2, lo=1, hi=3)
    deliveries: int = param(3, lo=1, hi=6, help="how often a message is delivered at most")
    late: int = param(0, lo=0, hi=3, help="how often a consumer takes longer than its lease")
    crashes: int = param(0, lo=0, hi=3, help="how many consumers crash")
    acknowledges: str = param("after", choices=["before", "after"])
    remembers: str = param("nothing", choices=["nothing", "apart", "with the effect"])

    specs = [AtMostOnce, NoLostWork]
    deadlock = False
    variants = [
        variant("nothing goes wrong", expect=holds()),
        variant("late", late=1, expect=violates("at_most_once")),
        variant("crash", crashes=1, expect=violates("at_most_once")),
        variant("late, looks first", late=1, remembers="apart", expect=violates("at_most_once")),
        variant(
            "late and crash, one step",
            late=1,
            crashes=1,
            deliveries=5,
            remembers="with the effect",
            expect=holds(),
        ),
        variant(
            "acknowledged before",
            crashes=1,
            acknowledges="before",
            remembers="with the effect",
            expect=violates("no_lost_work"),
        ),
        variant(
            "late, deliveries used up",
            late=2,
            deliveries=2,
            remembers="with the effect",
            expect=holds(),
        ),
        variant(
            "crashes, deliveries used up",
            crashes=2,
            deliveries=2,
            remembers="with the effect",
            expect=violates("no_lost_work"),
        ),
    ]

    def setup(self) -> None:
        """All work is in the queue."""
        numbers = range(self.pieces)
        self.queue = WorkQueue(
            numbers, capacity=self.pieces, deliveries=self.deliveries, late=self.late
        )
        for number in numbers:
            self.queue.send(number)
        self.at = array(optional(pair(numbers, range(self.deliveries + 1))), self.consumers, None)
        self.crashed = integer(0, lo=0, hi=self.crashes)
        # Done twice is once too often; how much more does not matter.
        self.done = bag_of(numbers, capacity=2 * self.pieces)

    @process(each=lambda self: range(self.consumers), daemon=True)
    async def consumer(self, me: int) -> None:
        """Takes messages, one after another."""
        while True:
            delivery = await self.queue.receive()
            piece = delivery[0]
            self.at[me] = delivery
            if self.acknowledges == "before":
                self.queue.acknowledge(delivery)
            await step()
            known = piece in self.done
            if self.remembers == "apart":
                await step()
            if self.remembers == "nothing" or not known:
                self.done.add(piece)
            await step()
            if self.acknowledges == "after":
                self.queue.acknowledge(delivery)
            self.at[me] = None

    @action(each=lambda self: range(self.consumers), actor="crash")
    def crash(self, consumer: int) -> None:
        """A consumer is lost; in time the queue delivers again what he has not acknowledged."""
        delivery = self.at[consumer]
        require(delivery is not None and self.crashed < self.crashes)
        self.crashed += 1
        if delivery is not None:
            self.queue.give_back(delivery)
        self.at[consumer] = None
        restart(task_of(self.consumer, consumer))

    def lost(self) -> bool:
        """Whether there is a piece of work that is not done and that nobody will do."""
        there = [*self.queue.waiting, *self.queue.leased, *self.at]
        left = frozenset(delivery[0] for delivery in there if delivery is not None)
        return any(piece not in self.done and piece not in left for piece in range(self.pieces))

    @reachable
    def all_done(self) -> bool:
        """Everything can be done."""
        return all(piece in self.done for piece in range(self.pieces))
