"""Any number of rounds: PR 2113's stress test, with eight of them, or with no end.

Ticks, fences and conflicts are those of models/event_log.py. But the log is not kept: what replay
can still tell of it is (models/workflow/folded.py), and that is a few states, however many rounds
and payloads there have been. Operations are called by their ranks among those that matter. A tick
keeps no snapshot either, since it never needs one that is not the log as it is: a write whose fence
is old is refused, whatever it was to be, and what has been decided is a list of events.

That this says the same as models/event_log.py is tested: the logs that the two can write, and their
verdicts, are the same for all functions small enough to compare.

- `state` is what the log comes to; `due` and `left` are what each tick is about to write.
- `fresh`: nobody else has written since the tick has loaded, so its fence is the newest id.
- `idle`: a tick still has waits to complete for which it does not matter whether that succeeds:
  somebody else has completed them, or they are abandoned (a timeout whose race is decided).
- `write_abandoned`: somebody writes about an abandoned operation. Nobody notices, except that the
  fences of all others are old now. That it may happen at any time is more than can happen.
- `decides_from_all` is what keeps logs whole, here: no tick decides from less than the log.

Bounded: `ticks` at work at once, and `crashes`. Not bounded: ticks, and payloads.
"""

from models.workflow.folded import Folded, folded_table
from models.workflow.shapes import LONG, SHAPES
from models.workflow.ticks import Afresh, Redelivered
from ordercheck import (
    Model,
    Set,
    action,
    array,
    boolean,
    choose,
    holds,
    integer,
    invariant,
    param,
    process,
    reachable,
    require,
    restart,
    set_of,
    step,
    task_of,
    until,
    variant,
    violates,
)
from specs.event_log import EndsAsReplayed, NoCorruptedLog, NoStall

BY_OTHERS = ("hook_received", "step_completed", "step_failed")
"""Events that no tick writes."""
FUNCTIONS = {**SHAPES, **LONG}


class RoundsLog(Model):
    """One run of a workflow function, however long."""

    shape: str = param("endless", choices=list(FUNCTIONS), help="the workflow function")
    ticks: int = param(2, lo=1, hi=5, help="how many ticks can be at work at once")
    unread: int = param(2, lo=1, hi=9, help="payloads told apart while nobody has read them")
    crashes: int = param(0, lo=0, hi=2, help="how many ticks crash")
    after: str = param("append_local", choices=["append_local", "reload"])
    fence: str = param("event_id", choices=["none", "event_id"], help="of wait_completed")
    on_conflict: str = param("retry", choices=["retry", "replay", "redeliver"])

    specs = [NoCorruptedLog, EndsAsReplayed, NoStall]
    deadlock = False
    variants = [
        variant("fenced", expect=holds()),
        variant("fenced, crash", ticks=3, crashes=1, expect=holds()),
        variant("fenced, afresh", ticks=3, on_conflict="replay", expect=holds()),
        variant("fenced, redelivered", ticks=3, on_conflict="redeliver", expect=holds()),
        variant("reload", ticks=3, after="reload", fence="none", expect=holds()),
        variant("no fence", fence="none", expect=violates("decides_from_all")),
        variant("eight rounds", shape="stress_8", unread=9, crashes=1, expect=holds()),
        variant("two rounds", shape="stress", unread=3, crashes=1, expect=holds()),
    ]

    def setup(self) -> None:
        """The run has been created, and the first tick is scheduled."""
        self.tabulate(folded_table(FUNCTIONS[self.shape], self.unread))
        self.state = integer(0, lo=0, hi=self.corrupt)
        self.over = boolean()
        self.elapsed = set_of(self.events)  # waits that are due, by their wait_completed
        self.scheduled = boolean(True)
        self.crashed = integer(0, lo=0, hi=self.crashes)
        self.busy = array(bool, self.ticks, False)
        self.fresh = array(bool, self.ticks, False)
        self.idle = array(bool, self.ticks, False)
        self.due = [set_of(self.events) for _ in range(self.ticks)]
        self.left = [set_of(self.events) for _ in range(self.ticks)]
        self.missed = boolean()

    def tabulate(self, table: Folded) -> None:
        """What replays come to, as constants."""
        self.corrupt = table.corrupt
        planned = [event for row in table.planned for event in row]
        self.events = list(dict.fromkeys([*table.events, *planned]))
        self.after_event = [
            {event: row.get(event, table.corrupt) for event in self.events} for row in table.after
        ]
        self.after_event.append(dict.fromkeys(self.events, table.corrupt))
        self.planned = [list(planned) for planned in table.planned] + [[]]
        self.pending = [list(pending) for pending in table.pending] + [[]]
        self.finished = [*table.finished, False]
        self.abandons = len(table.abandons) > 0
        self.abandons_waits = "wait" in table.abandons
        moves = list(dict.fromkeys(move for row in table.moves for move in row.values()))
        moves.append(())
        self.move = [
            {event: moves.index(row.get(event, ())) for event in self.events}
            for row in (*table.moves, {})
        ]
        self.renamed = [self.renaming(dict(move)) for move in moves]
        self.stays = [
            frozenset(event for event in self.events if event.split(" ", 1)[1] in dict(move))
            for move in moves
        ]
        self.others_events = [e for e in table.events if e.split(" ")[0] in BY_OTHERS]
        self.fitting = [
            [event for event in row if event in self.others_events] for row in (*table.after, {})
        ]
        self.hook_events = frozenset(e for e in self.events if e.startswith("hook_"))
        self.waits_known = frozenset(e for e in self.events if e.startswith("wait_"))
        self.waits = [e for e in self.events if e.startswith("wait_completed")]
        self.waits.sort(key=lambda event: int(event.partition("_")[2].partition("_")[2]))

    def renaming(self, move: dict[str, str]) -> dict[str, str]:
        """What events are called after a move; those that can be asked for then have a name."""
        renamed = {}
        for event in self.events:
            kind, of = event.split(" ", 1)
            later = f"{kind} {move.get(of, of)}"
            renamed[event] = later if later in self.events else event
        return renamed

    # --- the server ---------------------------------------------------------------

    def append(self, me: int, event: str) -> None:
        """Put an event at the end of the log: from now on operations are called otherwise."""
        move = self.move[self.state][event]
        self.state = self.after_event[self.state][event]
        self.elapsed.discard(event)
        self.rename(self.elapsed, move)
        for tick in range(self.ticks):
            if tick == me:
                self.due[tick].discard(event)
            else:
                self.fresh[tick] = False
            self.left[tick].discard(event)
            self.rename(self.left[tick], move)
            before = len(self.due[tick])
            self.rename(self.due[tick], move)
            if len(self.due[tick]) < before:
                self.idle[tick] = True

    def rename(self, events: Set[str], move: int) -> None:
        """Keep the events of operations that stay live, by their new names."""
        kept = [self.renamed[move][event] for event in events if event in self.stays[move]]
        events.clear()
        events.update(kept)

    def end_run(self, me: int) -> None:
        """The run is over: whatever is written from now on is refused, and nothing matters."""
        self.over = True
        self.scheduled = False
        self.elapsed.clear()
        for tick in range(self.ticks):
            if tick != me:
                restart(task_of(self.tick, tick))
                self.forget(tick)

    # --- a tick -------------------------------------------------------------------

    @process(each=lambda self: range(self.ticks), daemon=True)
    async def tick(self, me: int) -> None:
        """Takes messages of the queue."""
        while True:
            await until(self.scheduled and not self.over)
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
        self.fresh[me] = True

    def forget(self, me: int) -> None:
        """The end of a tick: nothing of it is left."""
        self.busy[me] = False
        self.fresh[me] = False
        self.idle[me] = False
        self.due[me].clear()
        self.left[me].clear()

    async def complete_waits(self, me: int) -> None:
        """Append wait_completed for each wait that is due, one after another."""
        self.due[me].clear()
        self.due[me].update(w for w in self.pending[self.state] if w in self.elapsed)
        self.idle[me] = self.may_have_abandoned()
        some = self.idle[me] or len(self.due[me]) > 0
        while self.due[me] or self.idle[me]:
            await step()
            if self.fence != "none" and not self.fresh[me]:
                await self.conflict(me)
            elif self.due[me]:
                self.append(me, next(wait for wait in self.waits if wait in self.due[me]))
            else:
                self.idle[me] = self.may_have_abandoned()
        if some and self.after == "reload":
            await step()
            self.load(me)

    def may_have_abandoned(self) -> bool:
        """Whether abandoned waits are due, too."""
        return self.abandons_waits and choose([False, True], name="abandoned waits are due")

    async def conflict(self, me: int) -> None:
        """What a tick does when a write is refused since its fence is old."""
        if self.on_conflict == "redeliver":
            raise Redelivered()
        await step()
        if self.on_conflict == "replay":
            raise Afresh()
        self.load(me)
        self.idle[me] = self.may_have_abandoned()

    async def go_on(self, me: int) -> None:
        """Replay; write what the function has called, or that it has returned."""
        state = self.state
        self.missed = not self.fresh[me]
        self.fresh[me] = False
        if self.finished[state]:
            await step()
            self.end_run(me)
            return
        self.left[me].update(self.planned[state])
        known = [*self.pending[state], *self.planned[state]]
        more = any(event in self.waits_known for event in known)
        while self.left[me]:
            await step()
            hooks = [event for event in self.left[me] if event in self.hook_events]
            if self.left[me]:
                self.append(me, choose(hooks or list(self.left[me]), name="writes"))
        if self.wakes(more):
            self.scheduled = True

    def wakes(self, more: bool) -> bool:
        """Whether a tick that suspends asks to be woken: if there are `more` waits to come."""
        return more or self.may_have_abandoned()

    @action(each=lambda self: range(self.ticks), actor="crash")
    def crash(self, tick: int) -> None:
        """A tick ends between two of its writes."""
        require(self.busy[tick] and self.crashed < self.crashes)
        self.crashed += 1
        restart(task_of(self.tick, tick))
        self.scheduled = True
        self.forget(tick)

    # --- everybody else -----------------------------------------------------------

    @action(each=lambda self: self.others_events, actor="others")
    def write(self, event: str) -> None:
        """resumeHook(), or a step executor: they show no fence, and wake a tick."""
        require(not self.over and event in self.fitting[self.state])
        self.append(-1, event)
        self.scheduled = True

    @action(each=lambda self: self.waits, actor="clock")
    def time_passes(self, wait: str) -> None:
        """A wait becomes due."""
        require(wait in self.pending[self.state] and wait not in self.elapsed)
        require(not self.over)
        self.elapsed.add(wait)

    @action(actor="others")
    def write_abandoned(self) -> None:
        """An event of an abandoned operation is written: by a tick that is due to, or by others."""
        require(self.abandons and not self.over)
        writer = choose(range(-1, self.ticks))
        require(writer < 0 or (self.idle[writer] and self.fresh[writer]))
        for tick in range(self.ticks):
            if tick != writer:
                self.fresh[tick] = False
        if choose([False, True], name="wakes a tick"):
            self.scheduled = True

    # --- properties ---------------------------------------------------------------

    @invariant
    def decides_from_all(self) -> bool:
        """Every tick that replays does so from the log as it is."""
        return not self.missed

    def log_replays(self) -> bool:
        """Whether each event of the log has its consumer."""
        return self.state != self.corrupt

    def ends_as_replayed(self) -> bool:
        """Whether a run that has ended has ended so according to its log."""
        return not self.over or self.finished[self.state]

    def stalled(self) -> bool:
        """Whether nobody is about to do what is to be done."""
        if self.over or self.scheduled or any(self.busy):
            return False
        state = self.state
        return self.finished[state] or len(self.planned[state]) + len(self.pending[state]) > 0

    @reachable
    def delivered_again(self) -> bool:
        """A message may be delivered again while its tick is at work."""
        return self.scheduled and any(self.busy)
