"""Who writes to the log without being a tick: callers of resumeHook, and step executors.

They decide nothing from the log, so they have no snapshot, and show no fence. Two things can be
done wrong with them. To fence them all the same: then a signal is refused because of an unrelated
write. And to give their event an id before it is committed: then it lands *below* events that are
there already, in a place that a tick has passed. No fence on the tick's side can see that, neither
of ids nor of times, since the payload comes when the tick has decided.

- `mint_id` and `commit` are `resumeHook` where the id is minted on entry (`ids="minted"`).
- `resume_fenced`: resumeHook shows the newest id that it has heard of, and may be refused.
"""

from models.workflow.guard import GuardModel
from ordercheck import Seq, action, choose, holds, integer, param, require, seq, variant, violates
from specs.event_log import EndsAsReplayed, NoCorruptedLog, NoLostSignal, NoStall


class OutsideLog(GuardModel):
    """One run, and callers whose events get their ids at different times."""

    fence: str = param("event_id", choices=["none", "event_id", "timestamp"])
    ids: str = param("commit", choices=["commit", "minted"], help="when a payload gets its id")
    resume_fenced: bool = param(False, help="resumeHook() is fenced, too")

    specs = [NoCorruptedLog, EndsAsReplayed, NoLostSignal, NoStall]
    variants = [
        variant("ids at commit", shape="hook_or_timeout", crashes=1, expect=holds()),
        variant("ids before commit", ids="minted", expect=violates("no_corrupted_log")),
        variant(
            "ids before commit, guard",
            ids="minted",
            fence="timestamp",
            expect=violates("no_corrupted_log"),
        ),
        variant(
            "ids before commit, reload",
            ids="minted",
            after="reload",
            expect=violates("no_corrupted_log"),
        ),
        variant("resumeHook fenced", resume_fenced=True, expect=violates("no_lost_signal")),
    ]

    def setup(self) -> None:
        """Nothing is minted, nobody has been refused."""
        super().setup()
        self.minted: Seq[int] = seq(range(self.longest + 1), capacity=1)  # a place, not yet taken
        self.refused = integer(0, lo=0, hi=1)

    def can_resume(self, hook: str) -> bool:
        """Whether resumeHook() writes at once."""
        return self.ids == "commit" and super().can_resume(hook)

    def append_from_outside(self, event: str) -> None:
        """Append, unless a fence that is not needed refuses it."""
        if self.resume_fenced and choose([False, True], name="has not seen the newest event"):
            self.refused = 1
        else:
            super().append_from_outside(event)

    @action(each=lambda self: self.hooks, actor="caller")
    def mint_id(self, hook: str) -> None:
        """resumeHook() where ids are made first: a place in the log, taken later."""
        require(self.ids == "minted" and not self.minted and super().can_resume(hook))
        self.minted.append(self.log.version())

    @action(each=lambda self: self.hooks, actor="caller")
    def commit(self, hook: str) -> None:
        """The payload arrives at its place, perhaps below events that are there already."""
        require(self.minted and not self.is_over())
        place = self.minted.popleft()
        self.log.entries.insert(place, self.hook_received[hook])
        if self.fence == "timestamp":
            self.marker = max(self.marker, place)
        self.schedule(-1)
