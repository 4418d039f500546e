"""Counterexamples of the models of event logs, played by the published packages.

workflow/two_ticks.mjs delivers messages to the real workflowEntrypoint on world-local, holds an
actor up between deciding and writing, or kills it between two files, and lets virtual time
pass. runs-RELEASE.jsonl has what came out, guarded-RELEASE.jsonl what came out with the guard
that @workflow/world documents; the same is run again here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from models.event_log import EventLog
from models.event_log_guard import GuardedLog
from models.event_log_outside import OutsideLog
from models.event_log_storage import StoredLog
from models.run_start import RunStart
from models.workflow.replay import Order
from models.workflow.shapes import SHAPES
from models.workflow.table import replay_of
from ordercheck import verify
from ordercheck.checking import Options
from ordercheck.language import Model
from tests.conformance.packages import installed
from tests.conformance.workflow.record import HERE, NotReplayed, run_node
from tests.models.stories import violated

Run = dict[str, Any]
RUNS: dict[str, dict[str, Run]] = {
    path.stem.removeprefix("runs-"): {
        run["shape"]: run for run in map(json.loads, path.read_text().splitlines())
    }
    for path in sorted(HERE.glob("runs-*.jsonl"))
}
PLAYED = [(release, shape) for release, runs in RUNS.items() for shape in runs]

CURRENT: dict[str, Any] = {"after": "reload", "replay": "barriers"}
WRITTEN_BY: dict[str, tuple[type[Model], dict[str, Any]]] = {
    "uneven_branches": (EventLog, {"shape": "uneven_branches", "ticks": 2, **CURRENT}),
    "remind_or_give_up": (
        EventLog,
        {"shape": "remind_or_give_up", "ticks": 2, "payloads": 0, **CURRENT},
    ),
    "unread_payload": (EventLog, {"shape": "unread_payload", "ticks": 1, **CURRENT}),
    "late_payload": (
        OutsideLog,
        {"shape": "hook_or_sleep", "ids": "minted", "fence": "none", "ticks": 1, **CURRENT},
    ),
    "hook_or_sleep": (EventLog, {"shape": "hook_or_sleep", "ticks": 1}),
    "hook_or_timeout": (EventLog, {"shape": "hook_or_timeout", "ticks": 1}),
    "hook_or_deadline": (EventLog, {"shape": "hook_or_deadline", "ticks": 1}),
}
"""Which model writes the log of a run."""
ORDERS = {"4.2.4": Order.LOG, "4.8.9": Order.BARRIERS}
ENDED = {"hook_or_timeout": ("completed", ""), "hook_or_deadline": ("failed", "USER_ERROR")}
"""Runs that end, with their status, and otherwise than a replay of their log does."""
CORRUPTED = [each for each in PLAYED if each[1] in WRITTEN_BY and each[1] not in ENDED]
CRASHED = ["crash_created", "crash_completed"]
STARTED_TWICE = "start_twice"
GUARDED: dict[str, Run] = {
    run["shape"]: run
    for run in map(json.loads, (HERE / "guarded-4.8.9.jsonl").read_text("utf-8").splitlines())
}
GUARDED_BY = {
    "uneven_branches": "4.8.9, uneven",
    "unread_payload": "4.8.9, unread",
    "remind_or_give_up": "4.8.9, nested race",
}
"""Which variant of the guard's model each of them shows."""
CODES = {"4.2.4": "RUNTIME_ERROR", "4.8.9": "CORRUPTED_EVENT_LOG"}
"""What a lost run fails with; 4.2.4 has no code for it yet."""


def log_of(run: Run) -> list[str]:
    """The run's log as far as the model knows it: without events of the run and starts of steps."""
    return [e for e in run["log"] if not e.startswith(("run_", "step_started"))]


def replays(release: str, shape: str, log: list[str]) -> bool:
    """Whether the model's replay takes every event of a log."""
    replay = replay_of(SHAPES[WRITTEN_BY[shape][1]["shape"]], ORDERS[release], log)
    replay.settle()
    return not replay.diverged


def planned(release: str, shape: str, log: list[str]) -> set[str]:
    """What the model's replay of a log wants to be created."""
    replay = replay_of(SHAPES[WRITTEN_BY[shape][1]["shape"]], ORDERS[release], log)
    replay.settle()
    return set(replay.planned())


def test_all_are_recorded() -> None:
    assert sorted(shape for _, shape in PLAYED) == sorted(
        [*WRITTEN_BY, *CRASHED, *[STARTED_TWICE] * 2]
    )
    assert sorted(GUARDED) == sorted(GUARDED_BY)


# --- what came out ---------------------------------------------------------------------


@pytest.mark.parametrize(("release", "shape"), CORRUPTED)
def test_the_real_run_failed(release: str, shape: str) -> None:
    run = RUNS[release][shape]
    assert (run["status"], run["error"]) == ("failed", CODES[release])


@pytest.mark.parametrize(("release", "shape"), CORRUPTED)
def test_its_log_does_not_replay(release: str, shape: str) -> None:
    log = log_of(RUNS[release][shape])
    lengths = [n for n in range(1, len(log) + 1) if not replays(release, shape, log[:n])]
    assert lengths, "the model takes this log"
    wrong = log[lengths[0] - 1]
    assert "_created" in wrong, "what is refused is what a replay of another log had planned"
    without = [log[: lengths[0] - 1], [e for e in log if not e.startswith("hook_received")]]
    earlier = [part[:n] for part in without for n in range(len(part))]
    assert any(wrong in planned(release, shape, part) for part in earlier)
    assert wrong not in planned(release, shape, without[0])


@pytest.mark.parametrize("shape", ENDED)
def test_a_run_may_end_as_no_replay_of_its_log_does(shape: str) -> None:
    run = RUNS["4.2.4"][shape]
    assert (run["status"], run["error"]) == ENDED[shape]
    assert run["log"][-1] == f"run_{run['status']}"
    assert planned("4.2.4", shape, log_of(run)) == {"step_created step_2(handle)"}


@pytest.mark.parametrize("release", RUNS)
def test_a_run_that_is_started_twice_is_lost(release: str) -> None:
    run = RUNS[release][STARTED_TWICE]
    assert (run["status"], run["error"]) == ("failed", CODES[release])
    assert run["log"].count("run_started") == 2
    # One sleep, and two ids for it: the second is the one that replays draw.
    assert {"wait_created wait_0", "wait_created wait_1"} < set(run["log"])
    assert violated(verify(RunStart)) == ["no_corrupted_log"]


@pytest.mark.parametrize("shape", GUARDED)
def test_the_documented_guard_does_not_save_it(shape: str) -> None:
    run, without = GUARDED[shape], RUNS["4.8.9"][shape]
    assert (run["status"], run["error"]) == ("failed", "CORRUPTED_EVENT_LOG")
    assert run["log"] == without["log"]
    # wait_completed moves no marker; where one moves, the write is repeated as it is.
    refused = [entry[1] for entry in run["history"] if entry[2:] == ["PreconditionFailedError"]]
    assert refused == {"unread_payload": ["step_created step_3(after sleep)"]}.get(shape, [])
    (found,) = [each for each in GuardedLog.variants if each.name == GUARDED_BY[shape]]
    assert found.expect is not None
    assert found.expect.property == "no_corrupted_log"


@pytest.mark.parametrize("shape", CRASHED)
def test_after_a_crash_between_the_files_nothing_goes_on(shape: str) -> None:
    run = RUNS["4.8.9"][shape]
    event = f"wait_{shape.removeprefix('crash_')} wait_0"
    killed = run["history"].index(["", "killed"])
    later = run["history"][killed + 1 :]
    refused = [entry for entry in later if entry[1] != "run_started"]
    assert len(refused) == 8
    assert all(entry[1:] == [event, "EntityConflictError"] for entry in refused)
    assert event not in run["log"]
    assert run["status"] == "running"
    assert run["waits"] == ["waiting" if shape == "crash_created" else "completed"]


# --- the models ------------------------------------------------------------------------


def writes(model: type[Model], log: list[str], parameters: dict[str, Any]) -> bool:
    """Whether a model writes this log."""
    never = f"list(self.log.entries) != {log!r}"
    options = Options(continue_=True, engine="interpreter", traces=False)
    verdict = verify(model, invariants=[never], options=options, **parameters)
    return never in [violation.name for violation in verdict.violations]


@pytest.mark.parametrize(("release", "shape"), [each for each in PLAYED if each[1] in WRITTEN_BY])
def test_the_model_writes_the_log(release: str, shape: str) -> None:
    model, parameters = WRITTEN_BY[shape]
    log = log_of(RUNS[release][shape])
    if shape not in ENDED:
        longest = next(n for n in range(len(log) + 1) if not replays(release, shape, log[:n]))
        log = log[:longest]
    assert writes(model, log, parameters)


def test_the_model_stalls_after_a_crash_between_the_files() -> None:
    variant: dict[str, Any] = {
        "after": "reload",
        "storage": "entity first",
        "crashes": 1,
        "shape": "two_sleeps",
    }
    verdict = verify(StoredLog, options=Options(continue_=True, engine="interpreter"), **variant)
    assert "no_stall" in [violation.name for violation in verdict.violations]


# --- live ------------------------------------------------------------------------------


LIVE = [
    *(pytest.param([r, shape], RUNS[r][shape], id=f"{r}-{shape}") for r, shape in PLAYED),
    *(
        pytest.param(["4.8.9", shape, "guarded"], run, id=f"4.8.9-{shape}-guarded")
        for shape, run in GUARDED.items()
    ),
]


@pytest.mark.parametrize(("asked", "run"), LIVE)
def test_the_release_does_what_is_recorded(asked: list[str], run: Run) -> None:
    release, *arguments = asked
    (found,) = run_node("two_ticks.mjs", str(installed(f"workflow-{release}")), *arguments)
    # Within a tick, events are written in parallel.
    assert sorted(found["history"]) == sorted(run["history"])
    assert sorted(found["log"]) == sorted(run["log"])
    assert [found[key] for key in ("status", "error", "waits")] == [
        run[key] for key in ("status", "error", "waits")
    ]


def test_a_folder_without_packages(tmp_path: Path) -> None:
    with pytest.raises(NotReplayed, match="Cannot find module"):
        run_node("two_ticks.mjs", str(tmp_path), "late_payload")
