"""Hooks that are disposed of while somebody is sending to them.

A workflow reads what it needs from a hook, disposes of it and goes on. The tick writes
hook_disposed, after which the replay has no consumer for the hook's payloads any more; a payload
behind it is an orphan, and the log is corrupted. So a server must not append hook_received once
hook_disposed is there, in one step with looking. world-local looks first, and appends later: a
payload that is sent in the moment of the disposal is acknowledged, and the run is lost
(docs/findings/workflow-disposal.md).

- `resume_hook` is `resumeHook`, where looking and appending are one step; `look` and `append_later`
  are the two parts of it where they are not (`storage="checks first"`).
- `looked` are hooks whose payload has been accepted and not been written yet. A caller who comes
  after the disposal is told HookNotFoundError, and has lost nothing.
"""

from models.workflow.ticks import TicksModel
from ordercheck import action, holds, param, require, set_of, variant, violates


class HookLog(TicksModel):
    """One run with a hook that it disposes of, and callers who go on sending."""

    shape: str = param("one_payload", choices=["one_payload", "payload_or_sleep"])
    payloads: int = param(2, lo=1, hi=4)
    storage: str = param("one transaction", choices=["one transaction", "checks first"])

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
    ]

    def setup(self) -> None:
        """Nobody has looked."""
        super().setup()
        self.looked = set_of(self.hooks)

    def can_resume(self, hook: str) -> bool:
        """Whether resumeHook() looks and appends in one step now."""
        return self.storage == "one transaction" and super().can_resume(hook)

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
