"""Ticks that replay a workflow from its event log, two at a time (vercel/workflow PR 2113).

A workflow is re-executed from its log at each *tick*. Ticks are delivered at least once, so two may
be at work on one run; payloads come from outside at any moment. A tick that writes an event and
goes on as if that event came right after what it has read is wrong if somebody else has written in
between: it decides from a log that never was, and what it then writes fits no replay.

What the parts stand for:

- `tick` is `workflowEntrypoint`: load all events; for each wait that is due and not completed, one
  after another, append wait_completed; replay; write what the function has called in the
  meantime, in parallel; schedule the next tick.
- Replay is the real consumer algorithm, run on a real function: models/workflow/ has both, and
  tabulates what replays come to, so that a tick's replay is a look-up. `shape` names the function.
- `write` is the server: it checks the fence and what may not repeat, and appends. An event's id is
  its place in the log. `fence`: "event_id" is PR 2113's (the newest id that the writer has
  seen), "timestamp" the guard that is documented today (the milliseconds of the newest event that
  it has loaded, against those of the newest payload or step result).
- `resume_hook` is `resumeHook`, `execute` a step executor, `time_passes` the clock, with waits
  due in any order; the tick reads it once, when it loads.
- `crash` ends a tick between any two of its writes; its message is delivered again.

Left out: pages, encryption, step_started and retries of steps, hooks that are disposed of, failures
of the function, a bound on deliveries and on retries. Waits are as long as they like, so all
orders of parallel sleeps are covered. docs/systems.md tells what was found out.
"""

from enum import Enum

from models.workflow.replay import RUN_COMPLETED, Order
from models.workflow.shapes import SHAPES
from models.workflow.table import table_of
from ordercheck import (
    Failure,
    Model,
    Seq,
    action,
    array,
    boolean,
    choose,
    holds,
    integer,
    param,
    process,
    reachable,
    require,
    restart,
    seq,
    set_of,
    step,
    task_of,
    until,
    variant,
    violates,
)
from specs.event_log import EndsAsReplayed, NoCorruptedLog, NoEventTwice, NoLostSignal, NoStall

SITES = ["wait_completed", "step_created", "wait_created", "hook_created", "run_completed"]
"""Kinds of events that a tick writes, and that a fence can go with."""


class Answer(Enum):
    """What the server says to a write."""

    WRITTEN = "201"
    EXISTS = "409, already there"
    STALE = "409, the fence is old"
    OVER = "410, the run has ended"


class Afresh(Failure):
    """The tick begins again, with what is in the log now."""


class Redelivered(Failure):
    """The tick gives up: the queue delivers its message again."""


class EventLog(Model):
    """One run: its log, the ticks at work on it, what is scheduled."""

    shape: str = param("hook_or_sleep", choices=list(SHAPES), help="the workflow function")
    ticks: int = param(2, lo=1, hi=3, help="how many ticks can be at work at once")
    payloads: int = param(1, lo=0, hi=3, help="how often each hook is resumed")
    crashes: int = param(0, lo=0, hi=2, help="how many ticks crash")
    after: str = param(
        "append_local",
        choices=["append_local", "reload"],
        help="what is replayed after own writes: the snapshot and them, or the log, read again",
    )
    replay: str = param(
        "log_order", choices=["log_order", "barriers"], help="how events take effect"
    )
    fence: str = param("none", choices=["none", "event_id", "timestamp"])
    fenced_sites: frozenset[str] = param(
        frozenset({"wait_completed"}), choices=SITES, help="events that are written with the fence"
    )
    on_conflict: str = param("retry", choices=["retry", "replay", "redeliver"])
    learns: str = param(
        "every write",
        choices=["every write", "fenced writes", "nothing"],
        help="own writes after which the fence is the id in the response",
    )
    told_apart: bool = param(True, help="an old fence is told from what is there already")
    ties: bool = param(False, help="two events may fall into one millisecond")
    ids: str = param("commit", choices=["commit", "minted"], help="when a payload gets its id")
    resume_fenced: bool = param(False, help="resumeHook() is fenced, too")
    storage: str = param("one transaction", choices=["one transaction", "entity first"])

    specs = [NoCorruptedLog, EndsAsReplayed, NoEventTwice, NoLostSignal, NoStall]
    deadlock = False
    variants = [
        # The bug of PR 2113, and its fix.
        variant("4.2.4", expect=violates("no_corrupted_log")),
        variant("4.2.4, timeout", shape="hook_or_timeout", expect=violates("ends_as_replayed")),
        variant("fenced", fence="event_id", expect=holds()),
        variant(
            "fenced, crash", fence="event_id", shape="hook_or_timeout", crashes=1, expect=holds()
        ),
        variant("fenced, two sleeps", fence="event_id", shape="two_sleeps", expect=holds()),
        variant(
            "a path without the fence",
            fence="event_id",
            fenced_sites=frozenset(),
            expect=violates("no_corrupted_log"),
        ),
        variant(
            "resumeHook fenced",
            fence="event_id",
            resume_fenced=True,
            expect=violates("no_lost_signal"),
        ),
        variant(
            "ids before commit",
            fence="event_id",
            ids="minted",
            expect=violates("no_corrupted_log"),
        ),
        # What a conflict leads to.
        variant(
            "conflict: afresh",
            fence="event_id",
            shape="hook_or_timeout",
            on_conflict="replay",
            expect=holds(),
        ),
        variant(
            "conflict: redelivered",
            fence="event_id",
            shape="hook_or_timeout",
            on_conflict="redeliver",
            expect=holds(),
        ),
        variant(
            "conflict: taken for done",
            fence="event_id",
            shape="hook_or_timeout",
            told_apart=False,
            expect=holds(),
        ),
        variant(
            "conflict with oneself",
            fence="event_id",
            shape="two_sleeps",
            learns="nothing",
            expect=holds(),
        ),
        # Another site: the end of the run, which a replay has decided.
        variant(
            "end fenced",
            fence="event_id",
            fenced_sites=frozenset({"run_completed"}),
            shape="hook_or_timeout",
            on_conflict="replay",
            learns="fenced writes",
            expect=holds(),
        ),
        variant(
            "end fenced, gap hidden",
            fence="event_id",
            fenced_sites=frozenset({"run_completed"}),
            shape="hook_or_timeout",
            on_conflict="replay",
            expect=violates("ends_as_replayed"),
        ),
        variant(
            "end fenced, written again",
            fence="event_id",
            fenced_sites=frozenset({"run_completed"}),
            shape="hook_or_timeout",
            learns="fenced writes",
            expect=violates("ends_as_replayed"),
        ),
        # The guard that is documented today.
        variant("guard", fence="timestamp", expect=holds()),
        variant(
            "guard, one millisecond",
            fence="timestamp",
            ties=True,
            expect=violates("no_corrupted_log"),
        ),
        variant(
            "guard, two sleeps",
            fence="timestamp",
            fenced_sites=frozenset(SITES),
            shape="uneven_branches",
            expect=violates("no_corrupted_log"),
        ),
        # Decisions from the log, read again.
        variant("reload", after="reload", expect=holds()),
        variant("reload, uneven", after="reload", shape="uneven_branches", expect=holds()),
        variant(
            "4.8.9",
            after="reload",
            replay="barriers",
            fence="timestamp",
            fenced_sites=frozenset(SITES),
            shape="hook_or_timeout",
            expect=holds(),
        ),
        variant(
            "4.8.9, uneven",
            after="reload",
            replay="barriers",
            fence="timestamp",
            fenced_sites=frozenset(SITES),
            shape="uneven_branches",
            expect=violates("no_corrupted_log"),
        ),
        variant(
            "4.8.9, unread",
            ticks=1,
            after="reload",
            replay="barriers",
            fence="timestamp",
            fenced_sites=frozenset(SITES),
            shape="unread_payload",
            expect=violates("no_corrupted_log"),
        ),
        variant(
            "4.8.9, uneven, steps fenced",
            after="reload",
            replay="barriers",
            fence="event_id",
            fenced_sites=frozenset({"step_created"}),
            on_conflict="replay",
            shape="uneven_branches",
            expect=holds(),
        ),
        # world-local: an entity and its event are two files.
        variant(
            "world-local",
            after="reload",
            storage="entity first",
            shape="hook_or_timeout",
            expect=holds(),
        ),
        variant(
            "world-local, crash",
            after="reload",
            storage="entity first",
            crashes=1,
            expect=violates("no_stall"),
        ),
    ]

    def setup(self) -> None:
        """The run has been created, and its first tick is scheduled."""
        table = table_of(SHAPES[self.shape], Order(self.replay), self.payloads)
        self.table = list(table.after)
        self.start, self.corrupt = table.start, table.corrupt
        self.planned = [list(planned) for planned in table.planned]
        self.finished = list(table.finished)
        self.events = list(table.events)
        self.waits = self.named("wait")
        self.hooks = self.named("hook")
        self.steps = self.named("step")
        self.wait_created = {wait: f"wait_created {wait}" for wait in self.waits}
        self.wait_completed = {wait: f"wait_completed {wait}" for wait in self.waits}
        self.hook_created = {hook: f"hook_created {hook}" for hook in self.hooks}
        self.hook_received = {hook: f"hook_received {hook}" for hook in self.hooks}
        self.step_created = {name: f"step_created {name}" for name in self.steps}
        self.step_completed = {name: f"step_completed {name}" for name in self.steps}
        self.hook_events = frozenset(self.hook_created.values())
        self.wait_ends = frozenset(self.wait_completed.values())
        self.repeats = frozenset(self.hook_received.values())
        sites = self.fenced_sites
        self.fenced = frozenset(e for e in self.events if e.partition(" ")[0] in sites)
        size = len(self.events) + len(self.hooks) * self.payloads

        self.log: Seq[str] = seq(self.events, capacity=size)
        # What the fence is compared with: the newest id, or a time in milliseconds.
        self.newest = integer(0, lo=0, hi=size)
        self.marker = integer(0, lo=0, hi=size)
        self.minted: Seq[int] = seq(range(size + 1), capacity=1)  # a payload's place, not yet taken
        self.entities = set_of(self.events)  # "entity first": what has been noted beside the log
        self.elapsed = set_of(self.events)  # waits that are due, by their wait_created
        self.scheduled = boolean(True)
        self.refused = integer(0, lo=0, hi=1)
        self.crashed = integer(0, lo=0, hi=self.crashes)
        self.busy = array(bool, self.ticks, False)
        # What a tick knows: its own copy of the log, and what it shows as its fence.
        self.views = [seq(self.events, capacity=size) for _ in range(self.ticks)]
        self.known = array(range(size + 1), self.ticks, 0)
        self.noted = array(bool, self.ticks, False)  # has written an entity, not its event

    def named(self, kind: str) -> list[str]:
        """The operations of a kind that some replay calls, by their correlation ids."""
        prefix = f"{kind}_created "
        return [event.removeprefix(prefix) for event in self.events if event.startswith(prefix)]

    # --- the server ---------------------------------------------------------------

    def write(self, me: int, event: str) -> Answer:
        """Append an event for a tick: one transaction."""
        answer = self.check(me, event)
        if answer == Answer.WRITTEN:
            self.append(event)
            self.learn(me, event)
        return answer

    def check(self, me: int, event: str) -> Answer:
        """What the server says to a write."""
        if RUN_COMPLETED in self.log:
            return Answer.OVER
        if event in self.fenced and self.is_stale(me):
            return Answer.STALE
        if event in self.log or event in self.entities:
            return Answer.EXISTS
        return Answer.WRITTEN

    def is_stale(self, me: int) -> bool:
        """Whether the fence that a tick shows is older than what it is compared with."""
        if self.fence == "event_id":
            return self.known[me] < self.newest
        return self.fence == "timestamp" and self.known[me] < self.marker

    def append(self, event: str) -> None:
        """Put an event at the end of the log, with a new id, now or in the same millisecond."""
        self.log.append(event)
        if self.fence == "event_id":
            self.newest += 1
        if self.fence == "timestamp" and not (self.ties and choose([False, True], name="tied")):
            self.newest += 1

    def learn(self, me: int, event: str) -> None:
        """The response tells a tick the id of what it has written."""
        fenced = event in self.fenced
        if self.fence != "none" and (
            self.learns == "every write" or (self.learns == "fenced writes" and fenced)
        ):
            self.known[me] = self.newest

    # --- a tick -------------------------------------------------------------------

    @process(each=lambda self: range(self.ticks), daemon=True)
    async def tick(self, me: int) -> None:
        """Takes messages of the queue, which may deliver each of them again."""
        while True:
            await until(self.scheduled and RUN_COMPLETED not in self.log)
            self.scheduled = choose([False, True], name="delivered again")
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
                done = True
            except Afresh:
                pass
            except Redelivered:
                self.scheduled = True
                done = True

    def load(self, me: int) -> None:
        """Read all events."""
        self.views[me].clear()
        self.views[me].extend(self.log)
        if self.fence != "none":
            self.known[me] = self.newest

    def forget(self, me: int) -> None:
        """The end of a tick: nothing of it is left."""
        self.busy[me] = False
        self.noted[me] = False
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
                if answer == Answer.WRITTEN and self.after == "append_local":
                    self.views[me].append(self.wait_completed[wait])
        if due and self.after == "reload":
            await step()
            self.load(me)

    async def put(self, me: int, event: str) -> Answer:
        """Write an event; if the fence is old, do what `on_conflict` says."""
        if self.storage == "entity first" and event in self.wait_ends:
            return await self.put_entity_first(me, event)
        answer = self.write(me, event)
        while answer == Answer.STALE and self.told_apart:
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

    async def put_entity_first(self, me: int, event: str) -> Answer:
        """What world-local does: note that the wait is completed, then write the event."""
        answer = self.check(me, event)
        if answer == Answer.WRITTEN:
            self.entities.add(event)
            self.noted[me] = True
            await step()
            self.noted[me] = False
            self.append(event)
        return answer

    async def go_on(self, me: int) -> None:
        """Replay; then write what the function has called, or that it has returned."""
        state = self.replayed(list(self.views[me]))
        if self.finished[state]:
            await step()
            await self.put(me, RUN_COMPLETED)
            return
        left = self.planned[state]
        known = [*self.views[me], *left]
        more = any(self.pending(wait, known) for wait in self.waits)
        while left:
            await step()
            hooks = [event for event in left if event in self.hook_events]  # before all else
            event = choose(hooks or left, name="writes")
            left = [other for other in left if other != event]
            await self.put(me, event)
        if more:
            self.scheduled = True  # for the time when the next wait is due

    def pending(self, wait: str, events: list[str]) -> bool:
        """Whether a wait has been created, and not been completed."""
        return self.wait_created[wait] in events and self.wait_completed[wait] not in events

    def replayed(self, events: list[str]) -> int:
        """What a replay of these events comes to: a state of the table."""
        state = self.start
        for event in events:
            state = self.table[state][event]
        return state

    # --- everybody else -----------------------------------------------------------

    @action(each=lambda self: self.hooks, actor="caller")
    def resume_hook(self, hook: str) -> None:
        """resumeHook(): a payload from outside, at any moment."""
        require(self.ids == "commit" and self.can_resume(hook))
        if self.resume_fenced and choose([False, True], name="has not seen the newest event"):
            self.refused = 1
            return
        self.append(self.hook_received[hook])
        self.marker = self.newest if self.fence == "timestamp" else 0
        self.scheduled = True

    @action(each=lambda self: self.hooks, actor="caller")
    def mint_id(self, hook: str) -> None:
        """resumeHook() where ids are made first: a place in the log, taken later."""
        require(self.ids == "minted" and self.can_resume(hook) and not self.minted)
        self.minted.append(len(self.log))

    @action(each=lambda self: self.hooks, actor="caller")
    def commit(self, hook: str) -> None:
        """The payload arrives at its place, perhaps below events that are there already."""
        require(self.minted and RUN_COMPLETED not in self.log)
        place = self.minted.popleft()
        if self.fence == "event_id" and place == len(self.log):
            self.newest += 1
        self.log.insert(place, self.hook_received[hook])
        self.scheduled = True

    def can_resume(self, hook: str) -> bool:
        """Whether a hook is there, and a payload left."""
        return (
            self.hook_created[hook] in self.log
            and RUN_COMPLETED not in self.log
            and self.log.count(self.hook_received[hook]) < self.payloads
        )

    @action(each=lambda self: self.steps, actor="step executor")
    def execute(self, name: str) -> None:
        """A step has been executed."""
        require(self.step_created[name] in self.log and self.step_completed[name] not in self.log)
        require(RUN_COMPLETED not in self.log)
        self.append(self.step_completed[name])
        self.marker = self.newest if self.fence == "timestamp" else 0
        self.scheduled = True

    @action(each=lambda self: self.waits, actor="clock")
    def time_passes(self, wait: str) -> None:
        """A wait becomes due."""
        require(self.wait_created[wait] in self.log)
        require(self.wait_created[wait] not in self.elapsed)
        self.elapsed.add(self.wait_created[wait])

    @action(each=lambda self: range(self.ticks), actor="crash")
    def crash(self, tick: int) -> None:
        """A tick ends between two of its writes; the queue delivers its message again."""
        require(self.busy[tick] and self.crashed < self.crashes)
        self.crashed += 1
        restart(task_of(self.tick, tick))
        self.forget(tick)
        self.scheduled = True

    # --- properties ---------------------------------------------------------------

    def log_replays(self) -> bool:
        """Whether each event of the log has its consumer."""
        return self.replayed(list(self.log)) != self.corrupt

    def ends_as_replayed(self) -> bool:
        """Whether a run that is said to be completed is completed according to its log."""
        return RUN_COMPLETED not in self.log or self.finished[self.replayed(list(self.log))]

    def may_repeat(self, event: str) -> bool:
        """Whether this event may stand in a log twice."""
        return event in self.repeats

    def views_are_prefixes(self) -> bool:
        """Whether what each tick would replay is how the log begins."""
        return all(list(view) == list(self.log[: len(view)]) for view in self.views)

    def stalled(self) -> bool:
        """Whether nobody is about to do what is to be done."""
        if RUN_COMPLETED in self.log:
            return False
        if self.entities and not any(self.noted):
            # Whoever tries to write it is told that it has been written.
            return any(event not in self.log for event in self.entities)
        if self.scheduled or any(self.busy):
            return False
        log = list(self.log)
        state = self.replayed(log)
        return (
            self.finished[state]
            or len(self.planned[state]) > 0
            or any(self.pending(wait, log) for wait in self.waits)
        )

    @reachable
    def completed(self) -> bool:
        """A run can end."""
        return RUN_COMPLETED in self.log
