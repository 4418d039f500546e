"""Writes that are not one transaction: a check, an entity, an event, a fence, one after another.

A server that appends an event also notes things beside the log: the entity (a wait is completed, a
step is created), and the newest id, which fences are compared with. If these are separate writes,
something comes between them: another writer, or a crash. This model has each of the orders.

- "entity first": world-local. The entity is written, then the event: two files. After a crash in
  between, whoever tries again is told that it has been done.
- "checks first": the server looks whether the event is there, and appends later. Two ticks may both
  find that it is not (world-local, for step_created, wait_created, run_completed).
- "fence first", "event first": a payload's id is noted as the newest before its event is appended,
  or after. Before: a crash leaves an id that no log has, and every fenced write is refused for
  ever. After: the next tick's write passes with a fence that is old.

`in_between` are ticks that have written the first of two parts; `coming` is a caller's event whose
second part is still to be written.
"""

from models.workflow.run import Answer
from models.workflow.ticks import TicksModel
from ordercheck import (
    action,
    array,
    holds,
    integer,
    optional,
    param,
    require,
    set_of,
    step,
    variable,
    variant,
    violates,
)
from specs.event_log import EndsAsReplayed, NoCorruptedLog, NoEventTwice, NoStall

ORDERS = ["one transaction", "entity first", "checks first", "fence first", "event first"]


class StoredLog(TicksModel):
    """One run, on storage of several parts."""

    storage: str = param("one transaction", choices=ORDERS)
    bears_twice: bool = param(False, help="the same creation may stand in the log twice")

    specs = [NoCorruptedLog, EndsAsReplayed, NoEventTwice, NoStall]
    variants = [
        variant("one transaction", after="reload", shape="hook_or_timeout", expect=holds()),
        variant(
            "entity first",
            after="reload",
            storage="entity first",
            shape="two_sleeps",
            expect=holds(),
        ),
        variant(
            "entity first, crash",
            after="reload",
            storage="entity first",
            shape="two_sleeps",
            crashes=1,
            expect=violates("no_stall"),
        ),
        variant(
            "checks first",
            after="reload",
            storage="checks first",
            shape="two_sleeps",
            expect=violates("no_event_twice"),
        ),
        variant(
            "checks first, twice is borne",
            after="reload",
            storage="checks first",
            bears_twice=True,
            shape="two_sleeps",
            expect=violates("no_corrupted_log"),
        ),
        variant(
            "fence first",
            fence="event_id",
            storage="fence first",
            shape="hook_or_timeout",
            expect=holds(),
        ),
        variant(
            "fence first, crash",
            fence="event_id",
            storage="fence first",
            shape="hook_or_timeout",
            crashes=1,
            expect=violates("no_stall"),
        ),
        variant(
            "event first",
            fence="event_id",
            storage="event first",
            shape="hook_or_timeout",
            expect=violates("ends_as_replayed"),
        ),
    ]

    def setup(self) -> None:
        """Nothing is noted."""
        super().setup()
        self.wait_ends = frozenset(self.wait_completed.values())
        self.entities = set_of(self.events)  # "entity first": what has been noted beside the log
        self.in_between = array(bool, self.ticks, False)
        self.coming: str | None = variable(optional(self.events), None)
        self.ahead = integer(0, lo=-1, hi=1)  # the newest id noted, less that of the newest event

    def newest(self) -> int:
        """The newest id that has been noted."""
        return self.log.version() + self.ahead

    def check(self, me: int, event: str) -> Answer:
        """What the server says to a write."""
        answer = super().check(me, event)
        if answer == Answer.WRITTEN and event in self.entities:
            return Answer.EXISTS
        return answer

    async def put(self, me: int, event: str) -> Answer:
        """Write an event, in two steps where the storage has two."""
        entity_first = self.storage == "entity first" and event in self.wait_ends
        checks_first = self.storage == "checks first" and event not in self.wait_ends
        if not (entity_first or checks_first):
            return await super().put(me, event)
        answer = self.check(me, event)
        if answer == Answer.WRITTEN:
            if self.storage == "entity first":
                self.entities.add(event)
            self.in_between[me] = True
            await step()
            self.in_between[me] = False
            self.append(event)
        return answer

    def forget(self, me: int) -> None:
        """The end of a tick."""
        super().forget(me)
        self.in_between[me] = False

    def append_from_outside(self, event: str) -> None:
        """A caller's event: at once, or the first of its two parts."""
        require(self.coming is None)
        if self.storage == "fence first":
            self.ahead = 1
            self.coming = event
        elif self.storage == "event first":
            self.append(event)
            self.ahead = -1
            self.coming = event
        else:
            super().append_from_outside(event)

    @action(actor="caller")
    def second_part(self) -> None:
        """The event that was noted is appended, or the event that was appended is noted."""
        event = self.coming
        require(event is not None)
        if event is not None and self.storage == "fence first":
            self.append(event)
        self.coming = None
        self.ahead = 0
        self.schedule(-1)

    @action(actor="crash")
    def caller_is_lost(self) -> None:
        """A caller crashes between the two parts."""
        require(self.coming is not None and self.crashed < self.crashes)
        self.crashed += 1
        self.coming = None

    def may_repeat(self, event: str) -> bool:
        """Whether this event may stand in the log twice."""
        return super().may_repeat(event) or self.bears_twice

    def stalled(self) -> bool:
        """Whether nobody is about to do what is to be done, or is refused for ever."""
        if self.is_over():
            return False
        noted = any(event not in self.log for event in self.entities)
        if noted and not any(self.in_between):
            return True  # "already there", and it is not
        if self.ahead > 0 and self.coming is None:
            return True  # no snapshot is ever new enough
        return super().stalled()
