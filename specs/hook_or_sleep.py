"""Logs of a workflow in which a hook races a sleep (vercel/workflow PR 2113)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ordercheck.histories import decided, where
from ordercheck.histories.logs import LogRule
from ordercheck.histories.workflow import NoCorruptedLog

SLEPT = where("wait_completed", operation="wait_1")
"""The sleep of the race is over."""


class HookOrSleep(NoCorruptedLog):
    """`Promise.race([hook, sleep])`; when the sleep wins, two parallel sleeps more, else a step.

    The consumers of a branch's events are registered only when the race has been decided
    for that branch, and replay decides it by what comes first in the log.
    """

    rules: ClassVar[Sequence[LogRule]] = (
        decided(where("wait_created", operation="wait_2"), by=SLEPT, against="hook_received"),
        decided(where("wait_created", operation="wait_3"), by=SLEPT, against="hook_received"),
        decided("step_created", by="hook_received", against=SLEPT),
    )
