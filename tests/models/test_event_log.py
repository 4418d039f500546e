"""vercel/workflow PR 2113: the production log, event for event, its fix, and each switch."""

from __future__ import annotations

from typing import Any

import pytest

import ordercheck
from models.event_log import SITES, EventLog
from models.workflow.shapes import SHAPES
from ordercheck import Outcome, Spec, Variant, Verdict
from ordercheck.checking import Options
from specs.event_log import SnapshotIsPrefix
from tests.models.stories import ending, story, violated

PRODUCTION_LOG = [
    "hook_created hook_0",
    "wait_created wait_1",
    "hook_received hook_0",
    "wait_completed wait_1",
    "wait_created wait_2",
]
FENCED: dict[str, Any] = {"fence": "event_id"}
CURRENT: dict[str, Any] = {"after": "reload", "replay": "barriers"}
QUICKLY = Options(engine="interpreter")
"""Models of this size take less time than compiling them."""
STEPS = frozenset({"step_created"})


def verify(specs: list[type[Spec[Any]]] | None = None, **parameters: Any) -> Verdict:
    """A verdict on the event log."""
    return ordercheck.verify(EventLog, specs=specs or [], options=QUICKLY, **parameters)


@pytest.mark.parametrize("variant", EventLog.variants, ids=lambda variant: variant.name)
def test_variants_come_out_as_expected(variant: Variant) -> None:
    assert variant.expect is not None
    verdict = verify(**variant.parameters)
    assert violated(verdict) == ([] if variant.expect.holds else [variant.expect.property])


def test_the_production_log() -> None:
    verdict = verify()
    assert ending(verdict)["log"] == str(PRODUCTION_LOG)
    assert story(verdict) == [
        "tick(0)",
        "tick(0)",
        "tick(0)",
        "time_passes('wait_1')",
        "tick(0)",  # loads: a snapshot without the payload
        "resume_hook('hook_0')",
        "tick(0)",  # wait_completed: the sleep has won, as far as this tick knows
        "tick(0)",
    ]


def test_what_the_tick_replayed_was_no_prefix_of_the_log() -> None:
    verdict = verify(specs=[SnapshotIsPrefix])
    assert violated(verdict) == ["snapshot_is_prefix"]
    assert ending(verdict)["log"] == str(PRODUCTION_LOG[:-1])
    assert ending(verdict)["views[0]"] == str([*PRODUCTION_LOG[:2], PRODUCTION_LOG[3]])


@pytest.mark.parametrize("parameters", [FENCED, {"after": "reload"}], ids=["fenced", "reload"])
def test_with_the_fence_or_with_reloads_it_is_one(parameters: dict[str, Any]) -> None:
    verdict = verify(specs=[SnapshotIsPrefix], shape="hook_or_timeout", crashes=1, **parameters)
    assert verdict.outcome is Outcome.HOLDS


@pytest.mark.parametrize("shape", [s for s in SHAPES if s not in ("unread_payload", "stress")])
def test_one_tick_alone_needs_no_fence_unless_payloads_come(shape: str) -> None:
    verdict = verify(shape=shape, ticks=1, payloads=0)
    assert "no_corrupted_log" not in violated(verdict)


def test_the_current_release_corrupts_a_log() -> None:
    verdict = verify(shape="uneven_branches", **CURRENT)
    assert violated(verdict) == ["no_corrupted_log"]
    assert ending(verdict)["log"] == str(
        [
            "wait_created wait_0",
            "wait_created wait_1",
            "wait_completed wait_0",
            "wait_completed wait_1",
            "step_created step_2(slow)",
        ]
    )
    told = story(verdict)
    assert told.index("tick(1)") > told.index("time_passes('wait_0')")
    assert told[-1] == "tick(0)"


@pytest.mark.parametrize(
    ("sites", "on_conflict", "holds"),
    [
        (STEPS, "redeliver", True),
        (STEPS, "retry", False),
        (frozenset(SITES) - STEPS, "replay", False),
    ],
    ids=["steps, redelivered", "steps, written again", "all but steps"],
)
def test_a_stale_decision_is_fenced_where_it_is_written(
    sites: frozenset[str], on_conflict: str, holds: bool
) -> None:
    verdict = verify(
        shape="uneven_branches",
        fenced_sites=sites,
        on_conflict=on_conflict,
        **CURRENT,
        **FENCED,
    )
    assert violated(verdict) == ([] if holds else ["no_corrupted_log"])


def test_a_crash_between_entity_and_event_is_never_made_good() -> None:
    verdict = verify(after="reload", storage="entity first", crashes=1, shape="hook_or_timeout")
    assert violated(verdict) == ["no_stall"]
    assert story(verdict)[-1] == "crash(0)"
    assert "wait_completed wait_1" in ending(verdict)["entities"]
    assert "wait_completed wait_1" not in ending(verdict)["log"]


def test_a_run_that_ends_has_ended_according_to_its_log() -> None:
    verdict = verify(shape="hook_or_timeout")
    assert violated(verdict) == ["ends_as_replayed"]
    assert ending(verdict)["log"] == str([*PRODUCTION_LOG[:-1], "run_completed"])
