"""Ticks that replay a workflow from its event log: what the models of event logs share.

A workflow is re-executed from its log at each *tick*. Ticks are delivered at least once, so several
may be at work on one run; payloads come from outside at any moment (models/workflow/run.py); ticks
crash. A tick that has ended is forgotten, so their number is not bounded.

What the parts stand for:

- `tick` is `workflowEntrypoint`: load all events; for each wait that is due and not completed, one
  after another, append wait_completed; replay; write what the function has called in the meantime,
  in parallel; schedule the next tick. It reads the clock once, when it has loaded.
- `put` is what a client does with a refused write.
- `scheduled` is the queue: messages say nothing but that there is something to do, so only whether
  there is one matters (models/event_log_delivery.py counts them).
- `crash` ends a tick between any two of its writes; its message is delivered again.
"""

from abc import ABC

from models.workflow.replay import RUN_COMPLETED, RUN_FAILED
from models.workflow.run import Answer, RunModel
from ordercheck import (
    Failure,
    action,
    array,
    boolean,
    choose,
    integer,
    param,
    process,
    require,
    restart,
    seq,
    step,
    task_of,
    until,
)
from specs.event_log import EndsAsReplayed, NoCorruptedLog, NoStall


class Afresh(Failure):
    """The tick begins again, with what is in the log now."""


class Redelivered(Failure):
    """The tick gives up: the queue delivers its message again."""


class TicksModel(RunModel, ABC):
    """A run, and the ticks at work on it."""

    crashes: int = param(0, lo=0, hi=2, help="how many ticks crash")
    after: str = param(
        "append_local",
        choices=["append_local", "reload"],
        help="what is replayed after own writes: the snapshot and them, or the log, read again",
    )
    on_conflict: str = param("retry", choices=["retry", "replay", "redeliver"])
    reloads: int = param(0, lo=0, hi=5, help="how often a write is tried again; 0: for ever")

    specs = [NoCorruptedLog, EndsAsReplayed, NoStall]

    def setup(self) -> None:
        """The first tick is scheduled."""
        super().setup()
        self.scheduled = boolean(True)
        self.crashed = integer(0, lo=0, hi=self.crashes)
        self.busy = array(bool, self.ticks, False)
        # What ticks have read: their own copies of the log.
        self.views = [seq(self.events, capacity=self.longest) for _ in range(self.ticks)]

    # --- the queue ----------------------------------------------------------------

    def can_receive(self) -> bool:
        """Whether a message waits for a tick."""
        return self.scheduled

    def receive(self, me: int) -> None:
        """Take a message; it may be delivered again at any time."""
        self.scheduled = choose([False, True], name="delivered again")

    def schedule(self, me: int) -> None:
        """A tick is to come: for what has happened, or for the time when the next wait is due."""
        self.scheduled = True

    def acknowledge(self, me: int) -> None:
        """The tick is over."""

    def give_back(self, me: int) -> None:
        """The tick has failed, or is lost: its message is delivered again."""
        self.scheduled = True

    def is_driven(self) -> bool:
        """Whether a tick is at work or to come."""
        return self.scheduled or any(self.busy)

    # --- a tick -------------------------------------------------------------------

    @process(each=lambda self: range(self.ticks), daemon=True)
    async def tick(self, me: int) -> None:
        """Takes messages of the queue."""
        while True:
            await until(self.can_receive() and not self.is_over())
            self.receive(me)
            self.busy[me] = True
            await self.work(me)
            self.forget(me)

    async def work(self, me: int) -> None:
        """workflowEntrypoint()."""
        done = False
        while not done:
            self.load(me)
            try:
                await self.complete_waits(me)
                await self.go_on(me)
                self.acknowledge(me)
                done = True
            except Afresh:
                pass
            except Redelivered:
                self.give_back(me)
                done = True

    def load(self, me: int) -> None:
        """Read all events."""
        self.views[me].clear()
        self.views[me].extend(self.log.since(0))
        if self.fence != "none":
            self.known[me] = self.stamp()

    def forget(self, me: int) -> None:
        """The end of a tick: nothing of it is left."""
        self.busy[me] = False
        self.views[me].clear()
        self.known[me] = 0

    async def complete_waits(self, me: int) -> None:
        """Append wait_completed for each wait that is due, one after another."""
        view = list(self.views[me])
        due = frozenset(
            wait
            for wait in self.waits
            if self.wait_created[wait] in self.elapsed and self.pending(wait, view)
        )
        for wait in self.waits:
            if wait in due:
                await step()
                answer = await self.put(me, self.wait_completed[wait])
                if self.takes_for_completed(answer) and self.after == "append_local":
                    self.views[me].append(self.wait_completed[wait])
        if due and self.after == "reload":
            await step()
            self.load(me)

    def takes_for_completed(self, answer: Answer) -> bool:
        """Whether a tick goes on as if it had written wait_completed itself."""
        return answer == Answer.WRITTEN

    async def put(self, me: int, event: str) -> Answer:
        """Write an event; if the fence is old, do what `on_conflict` says."""
        if self.reloads > 0:
            return await self.put_with_patience(me, event)
        answer = self.write(me, event)
        while answer == Answer.STALE:
            if self.on_conflict == "redeliver":
                raise Redelivered()
            await step()
            self.load(me)
            if self.on_conflict == "replay":
                raise Afresh()
            if event in self.log:
                return Answer.EXISTS  # somebody else has written it meanwhile
            await step()
            answer = self.write(me, event)
        return answer

    async def put_with_patience(self, me: int, event: str) -> Answer:
        """Write an event; after `reloads` conflicts leave it to the queue."""
        answer = self.write(me, event)
        for _ in range(self.reloads):
            if answer == Answer.STALE:
                await step()
                self.load(me)
                await step()
                answer = self.write(me, event)
        if answer == Answer.STALE:
            raise Redelivered()
        return answer

    async def go_on(self, me: int) -> None:
        """Replay; write what the function has called, or that it has returned."""
        again = True
        while again:
            again = False
            state = self.replayed(list(self.views[me]))
            if self.finished[state]:
                await step()
                await self.put(me, RUN_FAILED if self.failed[state] else RUN_COMPLETED)
                return
            left = self.planned[state]
            known = [*self.views[me], *left]
            more = any(self.pending(wait, known) for wait in self.waits)
            while left:
                await step()
                event = choose(self.next_of(left), name="writes")
                left = [other for other in left if other != event]
                answer = await self.put(me, event)
                if self.inline and answer == Answer.WRITTEN:
                    again = await self.execute_inline(me, event) or again
            if more:
                self.schedule(me)
            if self.inline and again and self.after == "reload":
                await step()
                self.load(me)

    def next_of(self, left: list[str]) -> list[str]:
        """What may be written next: events of hooks before all else."""
        hooks = [event for event in left if event in self.hook_events]
        return hooks or left

    async def execute_inline(self, me: int, created: str) -> bool:
        """Execute a step that this tick has created, and append its result; whether it was one."""
        self.note_own(me, created)
        for name in self.steps:
            if self.step_created[name] == created:
                await step()
                await self.put(me, self.step_completed[name])
                self.note_own(me, self.step_completed[name])
                return True
        return False

    def note_own(self, me: int, event: str) -> None:
        """With `append_local`, a tick goes on as if what it writes came after its snapshot."""
        if self.after == "append_local":
            self.views[me].append(event)

    @action(each=lambda self: range(self.ticks), actor="crash")
    def crash(self, tick: int) -> None:
        """A tick ends between two of its writes."""
        require(self.busy[tick] and self.crashed < self.crashes)
        self.crashed += 1
        restart(task_of(self.tick, tick))
        self.give_back(tick)
        self.forget(tick)

    # --- properties ---------------------------------------------------------------

    def views_are_prefixes(self) -> bool:
        """Whether what each tick would replay is how the log begins."""
        return all(self.log.begins_with(list(view)) for view in self.views)

    def stalled(self) -> bool:
        """Whether nobody is about to do what is to be done."""
        if self.is_over() or self.is_driven():
            return False
        log = list(self.log)
        state = self.replayed(log)
        return (
            self.finished[state]
            or len(self.planned[state]) > 0
            or any(self.pending(wait, log) for wait in self.waits)
        )
