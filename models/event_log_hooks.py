"""Hooks that are disposed of: while somebody is sending to them, and to be created again.

A workflow reads what it needs from a hook, disposes of it and goes on. The tick writes
hook_disposed, after which the replay has no consumer for the hook's events any more; whatever of it
stands behind that is an orphan, and the log is corrupted. And the hook's token is free: whoever
creates a hook with it then shall have it. Three things go wrong with the published packages:

- world-local looks whether a hook is there, and appends later. A payload that is sent in the moment
  of the disposal is acknowledged, and the run is lost (docs/findings/workflow-disposal.md).
- world-local refuses a second hook_created as long as the first one's claim to the token is there,
  and the disposal removes it. A tick that comes too late creates the hook again, behind its
  disposal, and the run is lost (docs/findings/workflow-hook-again.md).
- A tick writes all hook_created before all hook_disposed. A function that disposes of a hook and
  creates another one with its token conflicts with itself (docs/findings/workflow-own-token.md).

What the parts stand for:

- `resume_hook` is `resumeHook`, where looking and appending are one step; `look` and `append_later`
  are the two parts of it where they are not (`storage="checks first"`).
- `looked` are hooks whose payload has been accepted and not been written yet. A caller who comes
  after the disposal is told HookNotFoundError, and has lost nothing.
- `storage="claims"`: a second hook_created is refused only while the hook is there.
- `hooks_written` is `handleSuspension`: in which order a tick writes the events of hooks. All hooks
  of the functions here have one token; who does not get it has hook_conflict in the log.
"""

from models.workflow.run import Answer
from models.workflow.ticks import TicksModel
from ordercheck import action, holds, invariant, param, require, set_of, variant, violates


class HookLog(TicksModel):
    """One run with hooks that it disposes of, and callers who go on sending."""

    shape: str = param("one_payload", choices=["one_payload", "payload_or_sleep", "one_token"])
    payloads: int = param(2, lo=1, hi=4)
    storage: str = param("one transaction", choices=["one transaction", "checks first", "claims"])
    hooks_written: str = param(
        "creations first",
        choices=["creations first", "as called"],
        help="in which order a tick writes the events of hooks",
    )

    variants = [
        variant("one transaction", crashes=1, expect=holds()),
        variant("checks first", storage="checks first", expect=violates("no_corrupted_log")),
        variant(
            "checks first, fence",
            storage="checks first",
            fence="event_id",
            fenced_sites=frozenset({"hook_disposed"}),
            on_conflict="replay",
            expect=violates("no_corrupted_log"),
        ),
        variant(
            "4.8.9, checks first",
            after="reload",
            replay="barriers",
            storage="checks first",
            expect=violates("no_corrupted_log"),
        ),
        variant("race, one transaction", shape="payload_or_sleep", payloads=1, expect=holds()),
        variant(
            "4.8.9, race, one transaction",
            shape="payload_or_sleep",
            payloads=1,
            after="reload",
            replay="barriers",
            expect=holds(),
        ),
        # A tick that is late creates the hook again.
        variant(
            "4.8.9, claims",
            after="reload",
            replay="barriers",
            storage="claims",
            expect=violates("no_corrupted_log"),
        ),
        variant(
            "claims, one tick",
            ticks=1,
            after="reload",
            replay="barriers",
            storage="claims",
            expect=holds(),
        ),
        variant(
            "claims, fence",
            after="reload",
            replay="barriers",
            storage="claims",
            fence="event_id",
            fenced_sites=frozenset({"hook_created"}),
            on_conflict="replay",
            expect=holds(),
        ),
        # The token of a hook that the function has disposed of.
        variant(
            "4.8.9, one token",
            shape="one_token",
            ticks=1,
            payloads=1,
            after="reload",
            replay="barriers",
            expect=violates("own_token_is_free"),
        ),
        variant(
            "one token, as called",
            shape="one_token",
            payloads=1,
            after="reload",
            replay="barriers",
            hooks_written="as called",
            crashes=1,
            expect=holds(),
        ),
    ]

    def setup(self) -> None:
        """Nobody has looked."""
        super().setup()
        self.looked = set_of(self.hooks)
        self.hook_of = {event: hook for hook, event in self.hook_created.items()}
        self.conflicts = [event for event in self.events if event.startswith("hook_conflict")]
        self.conflict = {f"hook_created {e.partition(' ')[2]}": e for e in self.conflicts}

    # --- the server ---------------------------------------------------------------

    def check(self, me: int, event: str) -> Answer:
        """What the server says to a write."""
        answer = super().check(me, event)
        if answer == Answer.EXISTS and self.storage == "claims" and event in self.hook_of:
            return Answer.EXISTS if self.is_there(self.hook_of[event]) else Answer.WRITTEN
        return answer

    def append(self, event: str) -> None:
        """Put an event at the end of the log; hook_conflict for a hook that lacks the token."""
        if event in self.conflict and any(self.is_there(hook) for hook in self.hooks):
            super().append(self.conflict[event])
        else:
            super().append(event)

    def is_there(self, hook: str) -> bool:
        """Whether a hook has the token now."""
        return self.hook_created[hook] in self.log and self.hook_disposed[hook] not in self.log

    # --- a tick -------------------------------------------------------------------

    def next_of(self, left: list[str]) -> list[str]:
        """What may be written next: events of hooks before all else, in an order of their own."""
        if self.hooks_written == "creations first":
            return [event for event in left if event in self.hook_of] or super().next_of(left)
        hooks = [event for event in left if event in self.hook_events]
        return hooks[:1] or left

    # --- callers ------------------------------------------------------------------

    def can_resume(self, hook: str) -> bool:
        """Whether resumeHook() looks and appends in one step now."""
        return self.storage != "checks first" and super().can_resume(hook)

    @action(each=lambda self: self.hooks, actor="caller")
    def look(self, hook: str) -> None:
        """resumeHook() finds the hook; the event is still to be written."""
        require(self.storage == "checks first" and hook not in self.looked)
        require(super().can_resume(hook))
        self.looked.add(hook)

    @action(each=lambda self: self.hooks, actor="caller")
    def append_later(self, hook: str) -> None:
        """The event is written, whatever has become of the hook."""
        require(hook in self.looked and not self.is_over())
        self.looked.remove(hook)
        self.append_from_outside(self.hook_received[hook])

    # --- properties ---------------------------------------------------------------

    @invariant
    def own_token_is_free(self) -> bool:
        """No hook is refused the token of another that the same function has disposed of."""
        return not any(conflict in self.log for conflict in self.conflicts)
