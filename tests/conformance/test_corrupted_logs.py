"""The logs that the model says the current release corrupts, written and refused by that release.

Ticks of @workflow/core on @workflow/world-local were held up between deciding and writing, by
workflow/two_ticks.mjs.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from models.event_log import EventLog
from models.workflow.replay import Order
from models.workflow.shapes import SHAPES
from models.workflow.table import replay_of
from ordercheck import verify
from ordercheck.checking import Options

RECORDED = Path(__file__).parent / "workflow" / "corrupted-4.8.9.jsonl"
RUNS: list[dict[str, Any]] = [json.loads(line) for line in RECORDED.read_text().splitlines()]
IDS = [run["shape"] for run in RUNS]
TICKS = {"uneven_branches": 2, "unread_payload": 1}
"""How many have to be at work at once."""


def log_of(run: dict[str, Any]) -> list[str]:
    """What was written, up to the first event that no replay takes."""
    log: list[str] = []
    for _, event, *refused in run["history"]:
        if refused or event.startswith(("run_", "step_started")):
            continue
        log.append(event)
        replay = replay_of(SHAPES[run["shape"]], Order.BARRIERS, log)
        replay.settle()
        if replay.diverged:
            break
    return log


def test_each_workflow_is_recorded() -> None:
    assert sorted(IDS) == sorted(TICKS)


@pytest.mark.parametrize("run", RUNS, ids=IDS)
def test_the_real_run_failed(run: dict[str, Any]) -> None:
    assert (run["status"], run["error"]) == ("failed", "CORRUPTED_EVENT_LOG")


@pytest.mark.parametrize("run", RUNS, ids=IDS)
def test_its_log_diverges_at_a_step_that_a_stale_replay_planned(run: dict[str, Any]) -> None:
    log = log_of(run)
    assert log[-1].startswith("step_created")
    planned = [
        replay_of(SHAPES[run["shape"]], Order.BARRIERS, log[:length]) for length in range(len(log))
    ]
    for replay in planned:
        replay.settle()
    assert not any(replay.diverged for replay in planned)
    assert log[-1] in {event for replay in planned for event in replay.planned()}
    assert log[-1] not in planned[-1].planned()


@pytest.mark.parametrize("run", RUNS, ids=IDS)
def test_the_model_writes_it(run: dict[str, Any]) -> None:
    never = f"list(self.log) != {log_of(run)!r}"
    verdict = verify(
        EventLog,
        invariants=[never],
        options=Options(continue_=True, engine="interpreter", traces=False),
        shape=run["shape"],
        ticks=TICKS[run["shape"]],
        after="reload",
        replay="barriers",
    )
    assert never in [violation.name for violation in verdict.violations]
