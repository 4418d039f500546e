"""Ticks that decide from a log that others write to (vercel/workflow PR 2113).

A tick that writes an event and goes on as if that event came right after what it has read is wrong
if somebody else has written in between: it decides from a log that never was, and what it then
writes fits no replay. This is what corrupted 0.1 to 0.4 % of runs in production. The fix of PR 2113
sends the newest event id that the tick has seen with each wait_completed, and the server refuses it
when there is a newer one. The question here is which writes need that fence, and what a refused
write may do.

The steps are those of models/workflow/ticks.py, with its parameters. Models of one question each
have the rest: event_log_rounds.py (functions of any length), event_log_guard.py (the guard that is
documented today, the current release), event_log_outside.py (writers that are no ticks),
event_log_conflicts.py (what a conflict is taken for, and what it costs), event_log_storage.py
(writes that are not one transaction), event_log_hooks.py (hooks that are disposed of),
event_log_delivery.py (a bound on deliveries), step_executor.py (steps retried or run twice).
"""

from models.workflow.ticks import TicksModel
from ordercheck import holds, variant, violates


class EventLog(TicksModel):
    """One run of a workflow function, with PR 2113's fence or without."""

    variants = [
        # The bug, and its fix.
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
        # What a conflict leads to: time has passed, whatever the log says.
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
        # Steps that the tick executes itself: their results are one more own write.
        variant(
            "inline",
            inline=True,
            shape="hook_against_step",
            expect=violates("no_corrupted_log"),
        ),
        variant(
            "inline, result fenced",
            inline=True,
            shape="hook_against_step",
            fence="event_id",
            fenced_sites=frozenset({"step_completed"}),
            learns="fenced writes",
            expect=holds(),
        ),
        variant(
            "inline, gap hidden by step_created",
            inline=True,
            shape="hook_against_step",
            fence="event_id",
            fenced_sites=frozenset({"step_completed"}),
            expect=violates("no_corrupted_log"),
        ),
        variant(
            "inline, both fenced",
            inline=True,
            shape="hook_against_step",
            fence="event_id",
            fenced_sites=frozenset({"step_created", "step_completed"}),
            on_conflict="replay",
            expect=holds(),
        ),
        # A function that fails: run_failed is an end like the other.
        variant("failure", shape="hook_or_deadline", expect=violates("ends_as_replayed")),
        variant(
            "failure fenced",
            shape="hook_or_deadline",
            fence="event_id",
            fenced_sites=frozenset({"run_failed"}),
            on_conflict="replay",
            learns="fenced writes",
            expect=holds(),
        ),
        variant("failure, reload", shape="hook_or_deadline", after="reload", expect=holds()),
        variant("a step fails", shape="charge_or_cancel", after="reload", expect=holds()),
        # Decisions from the log, read again.
        variant("reload", after="reload", expect=holds()),
        variant("reload, uneven", after="reload", shape="uneven_branches", expect=holds()),
        variant(
            "reload, inline",
            after="reload",
            inline=True,
            shape="hook_against_step",
            expect=holds(),
        ),
    ]
