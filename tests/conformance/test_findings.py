"""What the models say goes wrong in published packages was seen there: docs/findings/.

The scripts in workflow/ made the records; each names its releases, and is run here again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from models.event_log_delivery import DeliveredLog
from models.event_log_hooks import HookLog
from models.step_executor import StepExecutor
from ordercheck import verify
from ordercheck.checking import Options
from tests.conformance.packages import installed
from tests.conformance.workflow.record import run_node
from tests.models.stories import ending, violated

RECORDED = Path(__file__).parent / "workflow"
QUICKLY = Options(engine="interpreter")
MOST = 48
"""MAX_QUEUE_DELIVERIES of @workflow/core."""


def runs(name: str) -> list[dict[str, Any]]:
    """A record, a run a line."""
    return [json.loads(line) for line in (RECORDED / name).read_text("utf-8").splitlines()]


def test_the_accepted_payload_stands_where_the_model_puts_it() -> None:
    (run,) = runs("disposal-4.4.1.jsonl")
    assert run["acknowledged"] is True
    assert (run["status"], run["error"]) == ("failed", "CORRUPTED_EVENT_LOG")
    verdict = verify(
        HookLog, options=QUICKLY, after="reload", replay="barriers", storage="checks first"
    )
    model = [
        event.partition(" ")[0] for event in json.loads(ending(verdict)["log"].replace("'", '"'))
    ]
    real = [event for event in run["log"] if not event.startswith("run_")]
    assert real[: len(model)] == model
    assert model[-2:] == ["hook_disposed", "hook_received"]


TOKENS = {run["scenario"]: run for run in runs("hook-tokens-4.8.9.jsonl")}


def hook_log(**parameters: Any) -> list[str]:
    """The log of the model's counterexample, for the current release."""
    verdict = verify(
        HookLog, options=QUICKLY, after="reload", replay="barriers", payloads=1, **parameters
    )
    log: list[str] = json.loads(ending(verdict)["log"].replace("'", '"'))
    return log


def test_a_hook_conflicts_with_its_own_function_as_in_the_model() -> None:
    run = TOKENS["own_token"]
    assert (run["error"], run["conflicts_with_itself"]) == ("USER_ERROR", True)
    model = hook_log(shape="one_token", ticks=1)
    assert model[-1] == "hook_conflict hook_1"
    assert run["log"][2 : 2 + len(model)] == model
    assert TOKENS["apart"]["status"] == "completed"


def test_a_hook_is_created_behind_its_disposal_as_in_the_model() -> None:
    run = TOKENS["hook_again"]
    assert (run["status"], run["error"]) == ("failed", "CORRUPTED_EVENT_LOG")
    model = hook_log(storage="claims")
    assert model[-2:] == ["hook_disposed hook_0", "hook_created hook_0"]
    assert [event for event in run["log"] if "hook" in event] == model


@pytest.mark.parametrize("run", runs("deliveries-4.4.1.jsonl"), ids=lambda run: str(run["rounds"]))
def test_a_run_sleeps_as_often_as_its_message_may_be_delivered(run: dict[str, Any]) -> None:
    assert run["slept"] == min(run["rounds"], MOST - 1)
    fails = run["rounds"] >= MOST
    assert run["error"] == ("MAX_DELIVERIES_EXCEEDED" if fails else "")
    # The same rule, in the model: three sleeps, of which one less than `deliveries` come to pass.
    for deliveries in (1, 2, 3, 4):
        verdict = verify(
            DeliveredLog,
            options=QUICKLY,
            shape="naps",
            ticks=1,
            wakes="the same message",
            deliveries=deliveries,
        )
        assert violated(verdict) == (["ends_as_replayed"] if deliveries <= 3 else [])
        if deliveries <= 3:
            assert ending(verdict)["log"].count("wait_completed") == deliveries - 1


@pytest.mark.parametrize("run", runs("step-twice-4.8.9.jsonl"), ids=lambda run: str(run["retries"]))
def test_a_step_runs_twice_or_is_said_to_have_failed(run: dict[str, Any]) -> None:
    verdict = verify(StepExecutor, options=QUICKLY, late=1, max_retries=run["retries"])
    if run["retries"]:
        assert (run["ran"], run["succeeded"], run["status"]) == (2, 2, "completed")
        assert violated(verdict) == ["at_most_once"]
    else:
        assert (run["ran"], run["succeeded"], run["error"]) == (1, 1, "USER_ERROR")
        assert violated(verdict) == ["no_false_failure"]
        steps = [event for event in run["log"] if event.startswith("step_")][1:]
        assert ending(verdict)["log"] == str(steps)


# --- live ------------------------------------------------------------------------------


def live(script: str, *arguments: object) -> list[dict[str, Any]]:
    """What a script writes of the current release."""
    return run_node(script, str(installed("workflow-4.8.9")), *map(str, arguments))


def test_the_release_still_accepts_the_payload() -> None:
    assert live("disposal.mjs") == runs("disposal-4.4.1.jsonl")


@pytest.mark.parametrize("scenario", TOKENS)
def test_the_release_still_uses_tokens_so(scenario: str) -> None:
    assert live("hook_tokens.mjs", scenario) == [TOKENS[scenario]]


@pytest.mark.parametrize("run", runs("step-twice-4.8.9.jsonl"), ids=lambda run: str(run["retries"]))
def test_the_release_still_does_a_step_so(run: dict[str, Any]) -> None:
    assert live("step_twice.mjs", run["retries"]) == [run]


@pytest.mark.slow
@pytest.mark.parametrize("run", runs("deliveries-4.4.1.jsonl"), ids=lambda run: str(run["rounds"]))
def test_the_release_still_sleeps_so_often(run: dict[str, Any]) -> None:
    assert live("many_sleeps.mjs", run["rounds"]) == [run]
