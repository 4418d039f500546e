"""The documented guard, and what the current release does with it (@workflow/core 4.8.9).

The release line after PR 2113 has two defences: it decides from the log, read again after its own
writes, and it sends the time of its snapshot with each event (models/workflow/guard.py). The first
is enough where events take effect in the order of the log. The second has holes: events of one
millisecond, and events that do not move its marker (another tick's wait_completed, a step that has
failed). But 4.8.9 orders effects by barriers (`replay="barriers"`), where a later event can change
which branch goes on first; then decisions from a prefix of the log do not stand, and the guard does
not see what changes them: docs/findings/workflow-branches.md.

`withPreconditionRetry` is `on_conflict="retry"`: what was refused is written again after a reload.
"""

from models.workflow.guard import GuardModel
from models.workflow.run import SITES
from ordercheck import holds, variant, violates

EVERYWHERE = frozenset(SITES)


class GuardedLog(GuardModel):
    """One run; what its ticks write carries the time of their snapshots."""

    variants = [
        # The guard instead of PR 2113's fence.
        variant("guard", expect=holds()),
        variant("guard, one millisecond", ties=True, expect=violates("no_corrupted_log")),
        variant(
            "guard, two sleeps",
            fenced_sites=EVERYWHERE,
            shape="uneven_branches",
            expect=violates("no_corrupted_log"),
        ),
        variant(
            "guard, a step fails",
            fenced_sites=EVERYWHERE,
            shape="step_or_sleep",
            expect=violates("no_corrupted_log"),
        ),
        variant(
            "ids, a step fails",
            fence="event_id",
            shape="step_or_sleep",
            expect=holds(),
        ),
        # The current release.
        variant(
            "4.8.9",
            after="reload",
            replay="barriers",
            fenced_sites=EVERYWHERE,
            shape="hook_or_timeout",
            crashes=1,
            expect=holds(),
        ),
        variant(
            "4.8.9, uneven",
            after="reload",
            replay="barriers",
            fenced_sites=EVERYWHERE,
            shape="uneven_branches",
            expect=violates("no_corrupted_log"),
        ),
        variant(
            "4.8.9, nested race",
            after="reload",
            replay="barriers",
            fenced_sites=EVERYWHERE,
            shape="remind_or_give_up",
            payloads=0,
            expect=violates("no_corrupted_log"),
        ),
        variant(
            "4.8.9, unread",
            ticks=1,
            after="reload",
            replay="barriers",
            fenced_sites=EVERYWHERE,
            shape="unread_payload",
            expect=violates("no_corrupted_log"),
        ),
        # What would help it: ids instead of times, and a fresh replay after a conflict.
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
        variant(
            "4.8.9, uneven, log order",
            after="reload",
            fence="none",
            shape="uneven_branches",
            expect=holds(),
        ),
    ]
