"""A fence for writers who have read nothing: the time at which they began (`asOfTimestamp`).

Ticks show the newest event id of their snapshot. A writer without a snapshot shows its own time
instead, and the server fences it at the highest id strictly before that: it is refused if the log
has an event of that time or later. The claim was that this never refuses a first writer, one since
whose beginning nobody has written. It is true as long as no two things happen in one millisecond
and there is one clock. With an event in the same millisecond before it, a first writer is refused;
fenced at "up to that time" instead, one is let pass although somebody has written since. A clock
that is slow makes the first mistake, one that is fast by two milliseconds the second.

- `append` is anybody who writes, and wins; its id is the server's time.
- `begin` and `write` are the writer without a snapshot; `skew` is his clock, less the server's.
- `others` counts who has written since he began.
"""

from ordercheck import (
    Model,
    action,
    boolean,
    choose,
    holds,
    integer,
    invariant,
    optional,
    param,
    reachable,
    require,
    variable,
    variant,
    violates,
)

LONGEST = 6
"""Milliseconds; all that matters is the order of four things."""


class AsOf(Model):
    """A clock, the time of the newest event, and one writer who shows when he began."""

    ties: bool = param(False, help="two things may happen in one millisecond")
    skew: int = param(0, lo=-2, hi=2, help="the writer's clock, less the server's")
    fenced_at: str = param("before", choices=["before", "up to"], help="his time")

    deadlock = False
    variants = [
        variant("before", expect=holds()),
        variant("before, one millisecond", ties=True, expect=violates("first_writer_is_let_pass")),
        variant(
            "up to, one millisecond",
            ties=True,
            fenced_at="up to",
            expect=violates("later_writer_is_refused"),
        ),
        variant("slow clock", skew=-1, expect=violates("first_writer_is_let_pass")),
        variant("fast clock", skew=2, expect=violates("later_writer_is_refused")),
    ]

    def setup(self) -> None:
        """One event is there, since the run has been created."""
        self.now = integer(1, lo=0, hi=LONGEST)
        self.newest = integer(0, lo=0, hi=LONGEST)
        self.began: int | None = variable(optional(range(-2, LONGEST + 3)), None)
        self.others = integer(0, lo=0, hi=1)
        self.passed = boolean()
        self.refused = boolean()

    def pass_time(self) -> None:
        """What happens next happens later; or perhaps in the same millisecond."""
        if not (self.ties and choose([False, True], name="in the same millisecond")):
            self.now += 1

    @action(actor="anybody")
    def append(self) -> None:
        """Somebody writes."""
        require(self.now < LONGEST and not self.passed and not self.refused)
        self.newest = self.now
        self.others = 1 if self.began is not None else 0
        self.pass_time()

    @action(actor="writer")
    def begin(self) -> None:
        """The writer looks at his clock."""
        require(self.began is None and self.now < LONGEST)
        self.began = self.now + self.skew
        self.pass_time()

    @action(actor="writer")
    def write(self) -> None:
        """He writes; the server compares."""
        began = self.began
        require(began is not None and not self.passed and not self.refused)
        if began is not None:
            fence = began - 1 if self.fenced_at == "before" else began
            self.passed = self.newest <= fence
            self.refused = not self.passed

    @invariant
    def first_writer_is_let_pass(self) -> bool:
        """Nobody is refused unless somebody has written since he began."""
        return not self.refused or self.others > 0

    @invariant
    def later_writer_is_refused(self) -> bool:
        """Nobody is let pass if somebody has written since he began."""
        return not self.passed or self.others == 0

    @reachable
    def refused_at_times(self) -> bool:
        """He may come too late."""
        return self.refused

    @reachable
    def let_pass_at_times(self) -> bool:
        """He may be the first."""
        return self.passed
