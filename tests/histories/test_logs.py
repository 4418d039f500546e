"""Rules of event logs, one by one, and the logs of PR 2113."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordercheck.cli.codes import FAILED, OK
from ordercheck.cli.main import run
from ordercheck.histories.judging import Consistent, Contradiction, judge
from ordercheck.histories.logs import (
    LogRule,
    LogSpec,
    cause,
    constraints_of,
    decided,
    first,
    last,
    once,
    where,
)
from ordercheck.ir.span import BadInput
from specs.hook_or_sleep import HookOrSleep
from tests.histories.histories import contradicting, holds, recorded

ROOT = Path(__file__).parents[2]
IN_ORDER = {"history": 1, "ordered_by": ["line"]}


def log(*words: str) -> list[dict[str, Any]]:
    """Events such as "wait_created wait_1", in this order."""
    split = (word.split(" ") for word in words)
    return [
        IN_ORDER,
        *({"kind": k[0], **dict(zip(["operation"], k[1:], strict=False))} for k in split),
    ]


def wrong(rules: Sequence[LogRule], *words: str) -> list[str]:
    """The events that contradict the rules, if any do."""
    history = recorded(*log(*words))
    found = judge(history, [each for r in rules for each in constraints_of(r, history)])
    if isinstance(found, Consistent):
        return []
    assert isinstance(found, Contradiction)
    assert found.is_smallest
    return [f"{event.kind} {event.get('operation', '')}".strip() for event in found.events]


def test_cause() -> None:
    rules = [cause("made", "done", same="operation")]
    assert wrong(rules, "made a", "done a", "done a") == []
    assert wrong(rules, "made a", "done b") == ["done b"]
    assert wrong(rules, "done a", "made a") == ["done a", "made a"]
    assert wrong(rules, "made b", "done a", "made a", "made a") == ["done a", "made a", "made a"]


def test_once() -> None:
    assert wrong([once("done", same="operation")], "done a", "done b") == []
    assert wrong([once(("done", "failed"))], "done a", "x", "failed b") == ["done a", "failed b"]


def test_first_and_last() -> None:
    assert wrong([first("start", same="operation")], "x b", "start a", "x a") == []
    assert wrong([first("start", same="operation")], "x a", "start a") == ["x a", "start a"]
    assert wrong([last("end")], "x a", "end", "y") == ["end", "y"]
    assert wrong([last("end", others="x")], "end", "y") == []


RACE = [decided(where("more"), by="slept", against="called")]


def test_decided() -> None:
    assert wrong(RACE, "slept", "called", "more") == []
    assert wrong(RACE, "slept", "more") == []
    assert wrong(RACE, "called", "slept", "more") == ["called", "slept", "more"]
    assert wrong(RACE, "more", "slept") == ["more", "slept"]
    assert wrong(RACE, "called", "more") == ["more"]
    assert wrong(RACE, "called", "slept") == []


@given(st.lists(st.sampled_from(["slept", "called", "more"]), min_size=1, max_size=6))
def test_a_branch_is_taken_by_what_comes_first(words: list[str]) -> None:
    races = [word for word in words if word != "more"]
    decisions = [k for k, word in enumerate(words) if word == "slept"]
    fits = "more" not in words or (
        bool(decisions) and races[0] == "slept" and decisions[0] < words.index("more")
    )
    assert (wrong(RACE, *words) == []) is fits


def test_an_event_without_the_field_is_refused() -> None:
    with pytest.raises(BadInput) as refused:
        wrong([once("done", same="operation")], "done a", "done")
    assert [each.code for each in refused.value.diagnostics] == ["E943"]


GOOD = [
    "run_created",
    "hook_created h",
    "wait_created w",
    "hook_received h",
    "hook_received h",
    "wait_completed w",
    "step_created s",
    "step_started s",
    "step_retrying s",
    "step_started s",
    "step_completed s",
    "step_created t",
    "hook_disposed h",
    "run_completed",
    "step_completed t",
]


def test_a_log_that_replays() -> None:
    assert holds("no_corrupted_log", *log(*GOOD))
    for count in range(1, len(GOOD)):
        assert holds("no_corrupted_log", *log(*GOOD[:count]))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["wait_completed w"], [1]),
        (["wait_created w", "wait_completed w", "wait_completed w"], [2, 3]),
        (["wait_created w", "wait_created w", "wait_completed w"], []),
        (["wait_created w", "wait_completed w", "wait_created w"], [2, 3]),
        (["hook_created h", "hook_disposed h", "hook_received h"], [2, 3]),
        (["step_created s", "step_completed s", "step_failed s"], [2, 3]),
        (["step_created s", "step_completed s", "step_started s"], [2, 3]),
        (["run_completed", "wait_created w"], [1, 2]),
        (["run_completed", "run_failed"], [1, 2]),
        (["wait_created w", "run_created"], [1, 2]),
    ],
)
def test_logs_that_do_not(words: list[str], found: list[int]) -> None:
    if not found:
        assert holds("no_corrupted_log", *log(*words))
        return
    # The first line of the file is no event.
    assert contradicting("no_corrupted_log", *log(*words)) == [f"line {k + 1}" for k in found]


def test_runs_are_told_apart() -> None:
    events = [
        {**each, "run": run} for run in "ab" for each in log("run_created", "run_completed")[1:]
    ]
    assert holds("no_corrupted_log", IN_ORDER, *events)
    assert not holds("no_corrupted_log", IN_ORDER, *events, events[0])


PRODUCTION = [
    "hook_created hook_0",
    "wait_created wait_1",
    "hook_received hook_0",
    "wait_completed wait_1",
    "wait_created wait_2",
    "wait_created wait_3",
]


def test_the_log_that_production_saw() -> None:
    history = recorded(*log(*PRODUCTION))
    found = judge(history, HookOrSleep().constraints(history))
    assert isinstance(found, Contradiction)
    assert found.is_smallest
    assert [e.where for e in found.events] == ["line 4", "line 5", "line 6"]
    swapped = [*PRODUCTION[:2], PRODUCTION[3], PRODUCTION[2], *PRODUCTION[4:]]
    fine = recorded(*log(*swapped))
    assert isinstance(judge(fine, HookOrSleep().constraints(fine)), Consistent)


def test_the_log_that_the_model_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    model = ROOT / "models" / "event_log.py"
    assert (
        run(["verify", f"{model}", "--set", "shape=hook_or_sleep", "-o", "t.json", "-q"]) == FAILED
    )
    assert run(["check-trace", "no_corrupted_log", "t.json"]) == OK
    capsys.readouterr()
    spec = ROOT / "specs" / "hook_or_sleep.py"
    assert run(["check-trace", f"{spec}", "t.json", "--json"]) == FAILED
    found = json.loads(capsys.readouterr().out)["contradicting"]
    assert [event["kind"] for event in found] == ["hook_received", "wait_completed", "wait_created"]


def test_a_log_whose_order_is_not_known_may_have_been_fine() -> None:
    """Two events in the same millisecond: either may have been first."""
    times = [1, 2, 5, 5, 7, 7]
    events = [
        {**each, "at": at, "actor": f"tick {k}"}
        for k, (each, at) in enumerate(zip(log(*PRODUCTION)[1:], times, strict=True))
    ]
    history = recorded(*events)
    assert isinstance(judge(history, HookOrSleep().constraints(history)), Consistent)


def test_rules_of_ones_own() -> None:
    class Mine(LogSpec):
        rules = (once("done"), cause("made", "done"))

    history = recorded(*log("made", "done", "done"))
    found = judge(history, Mine().constraints(history))
    assert isinstance(found, Contradiction)
    assert [reason.words for reason in found.reasons] == ["there is one done for each log"]
