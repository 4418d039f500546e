"""Promised channels, queued clients and embargoes: when waiting calls keep their place."""

from __future__ import annotations

import pytest

from models.embargo import Embargo
from models.promised_channel import PromisedChannel
from models.queued_client import ORDERS, QueuedClient
from ordercheck import Outcome, Variant, verify
from ordercheck.language import Model
from tests.models.stories import ending, story, violated

MODELS: list[type[Model]] = [PromisedChannel, QueuedClient, Embargo]
VARIANTS = [(model, variant) for model in MODELS for variant in model.variants]


@pytest.mark.parametrize(
    ("model", "variant"), [pytest.param(m, v, id=f"{m.__name__}-{v.name}") for m, v in VARIANTS]
)
def test_variants_come_out_as_expected(model: type[Model], variant: Variant) -> None:
    assert variant.expect is not None
    verdict = verify(model, **variant.parameters)
    assert violated(verdict) == ([] if variant.expect.holds else [variant.expect.property])


@pytest.mark.parametrize("depth_first", [False, True])
@pytest.mark.parametrize("waiting", range(3))
@pytest.mark.parametrize("direct", range(3))
def test_order_needs_depth_first_and_no_more_hops(
    depth_first: bool, waiting: int, direct: int
) -> None:
    verdict = verify(
        PromisedChannel, depth_first=depth_first, waiting_hops=waiting, direct_hops=direct
    )
    # Arming breadth-first is one hop to the tail of the queue; so is each hop after it.
    late = waiting + (not depth_first)
    assert violated(verdict) == (["e_order"] if late > direct else [])


def test_breadth_first_an_event_in_the_queue_makes_its_call_first() -> None:
    verdict = verify(PromisedChannel, depth_first=False, calls=2)
    told = story(verdict)
    assert told[-4:] == ["stages[0].hub", "caller", "call(1)", "call(0)"]
    assert ending(verdict)["delivered"] == "[1, 0]"


def test_a_call_is_made_here_while_an_old_one_is_on_its_way_back() -> None:
    verdict = verify(Embargo, disembargo=False, calls=2)
    told = story(verdict)
    assert told.index("at_promise(0)") < told.index("resolve_here") < told.index("call(1)")
    assert ending(verdict)["delivered"] == "[1, 0]"


@pytest.mark.parametrize("hops", range(3))
@pytest.mark.parametrize("echo_last", [False, True])
def test_a_disembargo_must_not_overtake_either(hops: int, echo_last: bool) -> None:
    verdict = verify(Embargo, calls=2, hops=hops, echo_last=echo_last)
    holds = echo_last or hops == 0
    assert verdict.outcome is (Outcome.HOLDS if holds else Outcome.VIOLATED)


@pytest.mark.parametrize("order", ORDERS)
def test_queued_calls_are_forwarded_before_anybody_is_told(order: str) -> None:
    early = order.index("forward") < order.index("tell")
    assert violated(verify(QueuedClient, order=order)) == ([] if early else ["e_order"])
    hasty = verify(QueuedClient, order=order, defers=False)
    assert violated(hasty) == ["told_before_returned" if early else "e_order"]


def test_who_is_told_too_early_overtakes_the_queue() -> None:
    verdict = verify(QueuedClient, calls=1, order="note, tell, forward")
    assert ending(verdict)["delivered"] == "[1, 0]"


def test_not_deferred_a_call_returns_before_its_waiters_know() -> None:
    verdict = verify(QueuedClient, calls=1, defers=False)
    assert ending(verdict)["delivered"] == "[0]"
    assert ending(verdict)["told"] == "False"
    assert "tell" not in story(verdict)[-2:]
