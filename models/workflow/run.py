"""One run of a workflow: its log, the server that writes it, and whatever is not a tick.

What the parts stand for:

- `log` is append-only; ids are ULIDs, and their order is that of the log, so an event's id is its
  place.
- `check` and `write` are the server: they look at the fence and at what may not repeat, and append,
  in one step. The fence is PR 2113's: the newest id that the writer has seen against the newest
  there is.
- Replay is the real consumer algorithm, run on a real function: models/workflow/replay.py has it,
  models/workflow/shapes.py the functions, and models/workflow/table.py tabulates what replays come
  to, so that a replay is a look-up. `shape` names the function.
- `resume_hook` is `resumeHook`, `execute` a step executor, `time_passes` the clock, with waits due
  in any order: waits are as long as they like.

Left out: pages, encryption, and whatever an event holds besides its kind and its operation.
"""

from abc import ABC
from enum import Enum

from models.workflow.replay import RUN_COMPLETED, RUN_FAILED, Order
from models.workflow.shapes import SHAPES
from models.workflow.table import Table, table_of
from ordercheck import Model, action, array, choose, param, reachable, require, set_of
from ordercheck.library import SharedLog

SITES = [
    "wait_completed",
    "step_created",
    "wait_created",
    "hook_created",
    "hook_disposed",
    "step_completed",
    "run_completed",
    "run_failed",
]
"""Kinds of events that a tick writes, and that a fence can go with; step_completed: inline."""


class Answer(Enum):
    """What the server says to a write."""

    WRITTEN = "201"
    EXISTS = "409, already there"
    STALE = "409, the fence is old"
    OVER = "410, the run has ended"


class RunModel(Model, ABC):
    """A run, and those who write to its log; `ticks` of them at once."""

    shape: str = param("hook_or_sleep", choices=list(SHAPES), help="the workflow function")
    ticks: int = param(2, lo=1, hi=3, help="how many ticks can be at work at once")
    payloads: int = param(1, lo=0, hi=10, help="how often each hook is resumed")
    inline: bool = param(False, help="ticks execute the steps that they create")
    replay: str = param(
        "log_order", choices=["log_order", "barriers"], help="how events take effect"
    )
    fence: str = param("none", choices=["none", "event_id"])
    fenced_sites: frozenset[str] = param(
        frozenset({"wait_completed"}), choices=SITES, help="events that are written with the fence"
    )
    learns: str = param(
        "every write",
        choices=["every write", "fenced writes", "nothing"],
        help="own writes after which the fence is the id in the response",
    )

    deadlock = False

    def setup(self) -> None:
        """The run has been created."""
        self.tabulate(table_of(SHAPES[self.shape], Order(self.replay), self.payloads))
        self.log = SharedLog(self.events, capacity=self.longest)
        self.elapsed = set_of(self.events)  # waits that are due, by their wait_created
        self.known = array(range(self.longest + 1), self.ticks, 0)  # what ticks show as their fence

    def tabulate(self, table: Table) -> None:
        """What replays come to, and the events of each kind, as constants."""
        self.table = list(table.after)
        self.start, self.corrupt = table.start, table.corrupt
        self.planned = [list(planned) for planned in table.planned]
        self.finished, self.failed = list(table.finished), list(table.failed)
        self.events = list(table.events)
        self.ends = [event for event in self.events if event in (RUN_COMPLETED, RUN_FAILED)]
        self.waits = self.named("wait")
        self.hooks = self.named("hook")
        self.steps = self.named("step")
        self.wait_created = {wait: f"wait_created {wait}" for wait in self.waits}
        self.wait_completed = {wait: f"wait_completed {wait}" for wait in self.waits}
        self.hook_created = {hook: f"hook_created {hook}" for hook in self.hooks}
        self.hook_received = {hook: f"hook_received {hook}" for hook in self.hooks}
        self.hook_disposed = {hook: f"hook_disposed {hook}" for hook in self.hooks}
        self.step_created = {name: f"step_created {name}" for name in self.steps}
        self.step_completed = {name: f"step_completed {name}" for name in self.steps}
        self.step_failed = {name: f"step_failed {name}" for name in self.steps}
        self.may_fail = [name for name in self.steps if self.step_failed[name] in self.events]
        self.hook_events = frozenset([*self.hook_created.values(), *self.hook_disposed.values()])
        sites = self.fenced_sites
        self.fenced = frozenset(e for e in self.events if e.partition(" ")[0] in sites)
        self.longest = len(self.events) + len(self.hooks) * self.payloads

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
        if self.is_over():
            return Answer.OVER
        if event in self.fenced and self.is_stale(me):
            return Answer.STALE
        if event in self.log:
            return Answer.EXISTS
        return Answer.WRITTEN

    def is_stale(self, me: int) -> bool:
        """Whether the fence that a tick shows is older than what it is compared with."""
        return self.fence != "none" and self.known[me] < self.newest()

    def newest(self) -> int:
        """The newest id that the server has noted."""
        return self.log.version()

    def stamp(self) -> int:
        """The id of the newest event: what comes with a snapshot, and with a response."""
        return self.log.version()

    def append(self, event: str) -> None:
        """Put an event at the end of the log."""
        self.log.append(event)

    def learn(self, me: int, event: str) -> None:
        """The response tells a tick the id of what it has written."""
        fenced = event in self.fenced
        if self.fence != "none" and (
            self.learns == "every write" or (self.learns == "fenced writes" and fenced)
        ):
            self.known[me] = self.stamp()

    def is_over(self) -> bool:
        """Whether the run has ended."""
        return any(end in self.log for end in self.ends)

    # --- what a log comes to --------------------------------------------------------

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
        require(self.can_resume(hook))
        self.append_from_outside(self.hook_received[hook])

    def can_resume(self, hook: str) -> bool:
        """Whether a hook is there, and a payload left."""
        return (
            self.hook_created[hook] in self.log
            and not self.is_over()
            and self.hook_disposed[hook] not in self.log
            and self.log.entries.count(self.hook_received[hook]) < self.payloads
        )

    @action(each=lambda self: self.steps, actor="step executor")
    def execute(self, name: str) -> None:
        """A step has been executed, with whatever came out."""
        require(not self.inline and not self.is_over() and self.is_open(name))
        fails = name in self.may_fail and choose([False, True], name="fails")
        self.append_from_outside(self.step_failed[name] if fails else self.step_completed[name])

    def is_open(self, name: str) -> bool:
        """Whether a step has been created, and has neither completed nor failed."""
        over = self.step_completed[name] in self.log or (
            name in self.may_fail and self.step_failed[name] in self.log
        )
        return self.step_created[name] in self.log and not over

    def append_from_outside(self, event: str) -> None:
        """Who is no tick has loaded nothing, shows no fence, and wakes a tick."""
        self.append(event)
        self.schedule(-1)

    @action(each=lambda self: self.waits, actor="clock")
    def time_passes(self, wait: str) -> None:
        """A wait becomes due."""
        require(self.wait_created[wait] in self.log)
        require(self.wait_created[wait] not in self.elapsed)
        self.elapsed.add(self.wait_created[wait])

    def schedule(self, me: int) -> None:
        """A tick is to come: for what has happened, or for the time when the next wait is due."""

    # --- properties ---------------------------------------------------------------

    def log_replays(self) -> bool:
        """Whether each event of the log has its consumer."""
        return self.replayed(list(self.log)) != self.corrupt

    def ends_as_replayed(self) -> bool:
        """Whether a run that has ended has ended so according to its log."""
        state = self.replayed(list(self.log))
        completes = self.finished[state] and not self.failed[state]
        return (RUN_COMPLETED not in self.log or completes) and (
            RUN_FAILED not in self.log or self.failed[state]
        )

    def may_repeat(self, event: str) -> bool:
        """Whether this event may stand in the log twice."""
        return event in self.hook_received.values()

    @reachable
    def completed(self) -> bool:
        """A run can end."""
        return self.is_over()
