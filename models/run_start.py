"""The first message of a run comes twice: which of the two ticks has started it? (Workflow SDK)

A tick begins by writing run_started. The first one to do so sets the run's `startedAt`, and that is
the seed of the ids of all operations (runWorkflow(): run, name, startedAt). Whoever comes later is
to be told the same `startedAt`; then all draw the same ids. A queue delivers at least once, so two
ticks may come to an unstarted run at the same time.

world-local looks at the run, and writes it later, with its own clock's `startedAt`; the last who
writes wins ("checks first"). Each of the two goes on with its own. So one of them creates
operations by ids that no later replay will draw: nobody takes their events, the log is corrupted;
and what was a step has been executed twice.

- `tick` is workflowEntrypoint() up to its first creations: run_started, replay, `*_created`.
- `ids`: "started at" as they are; "run" would draw them from the run's id alone.

Left out: everything that comes later (models/event_log.py has it).
"""

from ordercheck import (
    Model,
    bag_of,
    holds,
    integer,
    optional,
    param,
    process,
    reachable,
    set_of,
    step,
    variable,
    variant,
    violates,
)
from specs.at_most_once import AtMostOnce
from specs.event_log import NoCorruptedLog

OPERATION = 0
"""The first operation of the workflow, a step."""


class RunStart(Model):
    """A run that has been created, and ticks that come to it, each at its own time."""

    ticks: int = param(2, lo=1, hi=3)
    storage: str = param("checks first", choices=["one transaction", "checks first"])
    ids: str = param("started at", choices=["started at", "run"], help="what ids are drawn from")
    refused: bool = param(True, help="an operation that is there is not created again")

    specs = [NoCorruptedLog, AtMostOnce]
    variants = [
        variant("comes once", ticks=1, expect=holds()),
        variant("comes twice", expect=violates("no_corrupted_log")),
        variant("comes twice, one transaction", storage="one transaction", expect=holds()),
        variant("comes twice, ids of the run", ids="run", expect=holds()),
        variant(
            "ids of the run, bears twice", ids="run", refused=False, expect=violates("at_most_once")
        ),
    ]

    def setup(self) -> None:
        """Nobody has started the run."""
        times = range(self.ticks)
        self.now = integer(0, lo=0, hi=self.ticks)
        self.started_at: int | None = variable(optional(times), None)
        self.created = set_of(times)  # the seeds by which the first operation has been created
        self.done = bag_of([OPERATION], capacity=self.ticks)

    @process(each=lambda self: range(self.ticks))
    async def tick(self, k: int) -> None:
        """One delivery."""
        mine = self.now
        self.now += 1
        found = self.started_at
        if found is None:
            if self.storage == "checks first":
                await step()
            self.started_at = mine
            found = mine
        await step()
        seed = 0 if self.ids == "run" else found
        if not (self.refused and seed in self.created):
            self.created.add(seed)
            self.done.add(OPERATION)

    def log_replays(self) -> bool:
        """Whether a replay from now on draws the ids of all that has been created."""
        seed = 0 if self.ids == "run" else self.started_at
        return all(each == seed for each in self.created)

    @reachable
    def every_tick_has_come(self) -> bool:
        """All deliveries are dealt with."""
        return self.now == self.ticks and len(self.created) > 0
