"""vercel/workflow PR 2113: the production log, event for event, its fix, and each switch."""

from __future__ import annotations

from typing import Any

import pytest

import ordercheck
from models.as_of import AsOf
from models.event_log import EventLog
from models.event_log_conflicts import ConflictingLog
from models.event_log_delivery import DeliveredLog
from models.event_log_guard import GuardedLog
from models.event_log_hooks import HookLog
from models.event_log_outside import OutsideLog
from models.event_log_storage import StoredLog
from models.step_executor import StepExecutor
from models.workflow.replay import RUN_FAILED
from models.workflow.run import SITES
from models.workflow.shapes import SHAPES
from ordercheck import Model, Outcome, Spec, Variant, Verdict
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


SLOW = {
    "reload",
    "reload, uneven",
    "guard",
    "4.8.9, uneven, steps fenced",
    "4.8.9, uneven, log order",
}
"""Variants that take seconds; `ordercheck verify models/` runs them, too."""
FAMILY: list[type[Model]] = [
    EventLog,
    ConflictingLog,
    DeliveredLog,
    GuardedLog,
    HookLog,
    OutsideLog,
    StoredLog,
    StepExecutor,
    AsOf,
]
CASES = [
    pytest.param(
        model,
        variant,
        id=f"{model.__name__}-{variant.name}",
        marks=[pytest.mark.slow] if variant.name in SLOW else [],
    )
    for model in FAMILY
    for variant in model.variants
]


@pytest.mark.parametrize(("model", "variant"), CASES)
def test_variants_come_out_as_expected(model: type[Model], variant: Variant) -> None:
    assert variant.expect is not None
    verdict = ordercheck.verify(model, options=QUICKLY, **variant.parameters)
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


OTHERS = ("unread_payload", "stress", "stress_3", "nested_races", "parallel_steps", "step_or_sleep")


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape not in OTHERS])
def test_one_tick_alone_needs_no_fence_unless_others_write(shape: str) -> None:
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
    verdict = ordercheck.verify(
        StoredLog,
        options=QUICKLY,
        after="reload",
        storage="entity first",
        crashes=1,
        shape="hook_or_timeout",
    )
    assert violated(verdict) == ["no_stall"]
    assert story(verdict)[-1] == "crash(0)"
    assert "wait_completed wait_1" in ending(verdict)["entities"]
    assert "wait_completed wait_1" not in ending(verdict)["log"]


def test_a_run_that_ends_has_ended_according_to_its_log() -> None:
    verdict = verify(shape="hook_or_timeout")
    assert violated(verdict) == ["ends_as_replayed"]
    assert ending(verdict)["log"] == str([*PRODUCTION_LOG[:-1], "run_completed"])


def test_a_payload_below_the_tail_is_seen_by_no_fence() -> None:
    verdict = ordercheck.verify(OutsideLog, options=QUICKLY, ids="minted")
    log = ending(verdict)["log"]
    assert log.index("hook_received") < log.index("wait_completed wait_1")
    told = story(verdict)
    assert told.index("mint_id('hook_0')") < told.index("commit('hook_0')")


@pytest.mark.parametrize("sleeps", ["two_sleeps", "three_sleeps"])
def test_each_following_wait_costs_one_reload_where_own_writes_are_not_learnt(sleeps: str) -> None:
    following = {"two_sleeps": 1, "three_sleeps": 2}[sleeps]
    for allowed in range(3):
        verdict = ordercheck.verify(
            ConflictingLog,
            options=QUICKLY,
            shape=sleeps,
            ticks=1,
            learns="nothing",
            allowed=allowed,
        )
        enough = allowed >= following
        assert violated(verdict) == ([] if enough else ["few_conflicts_with_oneself"])


@pytest.mark.parametrize("deliveries", [1, 2])
@pytest.mark.parametrize("reloads", [1, 2])
@pytest.mark.parametrize("payloads", [1, 2, 3])
def test_payloads_use_up_deliveries_times_reloads_and_one(
    deliveries: int, reloads: int, payloads: int
) -> None:
    verdict = ordercheck.verify(
        DeliveredLog,
        options=QUICKLY,
        shape="hook_or_timeout",
        ticks=1,
        fence="event_id",
        deliveries=deliveries,
        reloads=reloads,
        payloads=payloads,
    )
    failed = payloads >= deliveries * (reloads + 1)
    assert violated(verdict) == (["ends_as_replayed"] if failed else [])
    assert not failed or RUN_FAILED in ending(verdict)["log"]


@pytest.mark.parametrize("payloads", [0, 1, 2, 3])
def test_the_herd_is_as_large_as_the_payloads_are_many(payloads: int) -> None:
    for herd in (payloads, payloads + 1):
        verdict = ordercheck.verify(
            DeliveredLog,
            options=QUICKLY,
            shape="hook_or_timeout",
            ticks=1,
            fence="event_id",
            payloads=payloads,
            herd=herd,
        )
        small = herd > payloads or herd == 0  # 0: any number
        assert violated(verdict) == ([] if small else ["no_herd"])


@pytest.mark.parametrize("deliveries", [1, 2, 3])
def test_a_run_sleeps_as_often_as_its_one_message_is_delivered(deliveries: int) -> None:
    verdict = ordercheck.verify(
        DeliveredLog,
        options=QUICKLY,
        shape="naps",
        ticks=1,
        wakes="the same message",
        deliveries=deliveries,
    )
    assert ending(verdict)["log"].count("wait_completed") == deliveries - 1


def test_an_accepted_payload_behind_a_disposal_is_an_orphan() -> None:
    verdict = ordercheck.verify(HookLog, options=QUICKLY, storage="checks first")
    assert ending(verdict)["log"].endswith("'hook_disposed hook_0', 'hook_received hook_0']")


@pytest.mark.parametrize("retries", [0, 1, 2])
@pytest.mark.parametrize("late", [0, 1, 2])
@pytest.mark.parametrize("crashes", [0, 1])
def test_attempts_are_for_all_that_are_lost_or_late(retries: int, late: int, crashes: int) -> None:
    verdict = ordercheck.verify(
        StepExecutor,
        options=QUICKLY,
        max_retries=retries,
        late=late,
        crashes=crashes,
        deliveries=5,
        executors=3,
        idempotent=True,
    )
    enough = retries >= late + crashes
    assert violated(verdict) == ([] if enough else ["no_false_failure"])
