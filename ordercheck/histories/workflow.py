"""Logs of durable workflows that are replayed (vercel/workflow): built in, as `no_corrupted_log`.

Events have the kinds of the published SDK, `operation` (the correlation id of the step,
wait or hook), and `run`, if the file has several. What the program decided is not in a
log: which branch made an event is for a spec of one's own, by `decided`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from ordercheck.histories.constraints import Constraint
from ordercheck.histories.history import MISSING, History
from ordercheck.histories.logs import LogRule, LogSpec, cause, constraints_of, first, last, once
from ordercheck.histories.reading import ITSELF, Reading

ENDS = ("run_completed", "run_failed", "run_cancelled")
STEP_ENDS = ("step_completed", "step_failed")
STEPS = ("step_created", "step_started", "step_retrying", *STEP_ENDS)
WAITS = ("wait_created", "wait_completed")
HOOKS = ("hook_created", "hook_received", "hook_disposed")


class NoCorruptedLog(LogSpec):
    """Each event of a log finds its consumer when the log is replayed.

    Consumers are registered by what the replay does before: so an operation is created
    before it goes on, goes on before it ends, and ends once; and the run takes nothing more
    once it has ended, but for the ends of steps that were at work.
    """

    kinds: ClassVar[tuple[str, ...]] = (
        *("run_created", "run_started"),
        *(*STEPS, *WAITS, *HOOKS, *ENDS),
    )
    needs: ClassVar[tuple[str, ...]] = kinds
    reading: ClassVar[Reading] = Reading(
        kinds={"log": ITSELF, "events": ITSELF},
        fields=dict.fromkeys((*STEPS, *WAITS, *HOOKS), ("operation",)),
    )

    def constraints(self, history: History) -> Iterator[Constraint]:
        """The rules, for each run, if the file says which events are of which."""
        runs = any(event.get("run", MISSING) is not MISSING for event in history.events)
        for each in (*rules_of(("run",) if runs else ()), *self.rules):
            yield from constraints_of(each, history)


def rules_of(run: tuple[str, ...]) -> Sequence[LogRule]:
    """The rules of any log; `run` names the field that says which run's it is, if any does."""
    one = (*run, "operation")
    return (
        first("run_created", same=run),
        cause("step_created", STEPS[1:], same=one),
        cause("wait_created", "wait_completed", same=one),
        cause("hook_created", HOOKS[1:], same=one),
        # A second *_created replays as long as the operation has not ended.
        once("wait_completed", same=one),
        once(STEP_ENDS, same=one),
        once("hook_disposed", same=one),
        once(ENDS, same=run),
        last("wait_completed", same=one, others="wait_created"),
        last(STEP_ENDS, same=one, others=STEPS[:3]),
        last("hook_disposed", same=one, others=HOOKS[:2]),
        last(ENDS, same=run, others=("step_created", *WAITS, *HOOKS, "run_started")),
    )
