"""workerd PR 6724: the table of its discussion, and what the counterexamples tell."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from models.external_pusher import ExternalCall
from models.external_return import ExternalReturn
from models.external_session import ExternalSession
from ordercheck import Model, Outcome, Variant, invariant, verify
from ordercheck.ir.span import BadInput
from tests.models.stories import ending, story, violated

WORDS = [word for n in (1, 2, 3) for word in map("".join, product(".x", repeat=n)) if "x" in word]
PUSHED: dict[str, Any] = {"membrane": "same"}
CASES: list[Any] = [
    pytest.param(model, variant, id=f"{model.__name__}-{variant.name}")
    for model in (ExternalCall, ExternalReturn, ExternalSession)
    for variant in model.variants
]


class AlwaysInTime(ExternalCall):
    """A claim that is false wherever waiting for the push is of any use."""

    @invariant
    def pushed_before_read(self) -> bool:
        return all(
            self.received.is_settled(i) or i not in self.delivered or i in self.failed
            for i in self.externals
        )


@pytest.mark.parametrize(("model", "variant"), CASES)
def test_variants_come_out_as_expected(model: type[Model], variant: Variant) -> None:
    assert variant.expect is not None
    verdict = verify(model, **variant.parameters)
    assert violated(verdict) == ([] if variant.expect.holds else [variant.expect.property])


@pytest.mark.parametrize("word", WORDS)
def test_waiting_while_serialising_breaks_the_order_of_every_call_behind(word: str) -> None:
    verdict = verify(ExternalCall, calls=word, serialisation="wait")
    assert violated(verdict) == (["e_order"] if "x." in word or "xx" in word else [])


@pytest.mark.parametrize("word", ["x.", "xx", ".x.x"])
@pytest.mark.parametrize("between", ["loop", "network"])
@pytest.mark.parametrize("push_on", ["same", "second"])
def test_an_iou_breaks_nothing(word: str, between: str, push_on: str) -> None:
    verdict = verify(
        ExternalCall, calls=word, serialisation="iou", between=between, push_on=push_on
    )
    assert verdict.outcome is Outcome.HOLDS


def test_a_call_that_waits_is_overtaken() -> None:
    verdict = verify(ExternalCall, serialisation="wait")
    assert story(verdict)[:3] == ["client", "token_is_ready(1)", "serialising(1)"]
    assert ending(verdict)["delivered"] == "[0, 2, 1]"


def test_the_late_push_is_what_a_membrane_for_one_call_refuses() -> None:
    verdict = verify(ExternalCall, calls="x", serialisation="iou", membrane="one call")
    told = story(verdict)
    assert told.index("call(0)") < told.index("push(0)")
    assert ending(verdict)["delivered"] == "[0]"
    assert ending(verdict)["rejected"] == "{0}"


def test_a_return_passes_its_push_in_the_vat_between() -> None:
    verdict = verify(ExternalReturn, between="proxy", proxy_hops=4)
    told = story(verdict)
    assert told.index("forward_push(0)") < told.index("forward_return(0)") < told.index("result(0)")
    assert ending(verdict)["to_client.wire"] == "[]"  # only the return has left that vat
    assert "push_result(0)" not in told


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("hops", range(1, 4))
def test_each_turn_makes_up_for_one_hop(turns: int, hops: int) -> None:
    verdict = verify(ExternalReturn, turns=turns, pusher_hops=hops)
    assert violated(verdict) == ([] if turns >= hops else ["no_failed_unwrap"])


NEVER: list[dict[str, Any]] = [
    {"between": "proxy", "proxy_hops": 4},
    {"between": "network", "pusher": "introduced"},
    {"between": "network", "pusher": "promised"},
    {"between": "network", "pusher": "behind the gate", "gate_hops": 1},
]


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("parameters", NEVER, ids=["proxy", "introduced", "promised", "gate"])
def test_no_turns_make_up_for_an_order_of_messages(turns: int, parameters: dict[str, Any]) -> None:
    assert violated(verify(ExternalReturn, turns=turns, **parameters)) == ["no_failed_unwrap"]
    waiting = verify(ExternalReturn, turns=turns, unwrap="waits", **parameters)
    assert waiting.outcome is Outcome.HOLDS


@pytest.mark.parametrize("turns", range(3))
@pytest.mark.parametrize("between", ["network", "proxy"])
def test_a_connection_breaks_nothing_as_such(between: str, turns: int) -> None:
    assert verify(ExternalReturn, between=between, turns=turns).outcome is Outcome.HOLDS


@pytest.mark.parametrize("hops", range(3))
@pytest.mark.parametrize("turns", range(4))
def test_on_one_loop_each_hop_behind_the_gate_is_a_turn_as_well(hops: int, turns: int) -> None:
    verdict = verify(ExternalReturn, pusher="behind the gate", gate_hops=hops, turns=turns)
    assert violated(verdict) == ([] if turns >= hops + 1 else ["no_failed_unwrap"])


@pytest.mark.parametrize("between", ["loop", "network"])
def test_the_yield_before_a_call_is_not_needed_by_those_who_wait(between: str) -> None:
    verdict = verify(AlwaysInTime, push_on="second", between=between, **PUSHED)
    assert violated(verdict) == ["pushed_before_read"]


@pytest.mark.parametrize("between", ["loop", "network"])
def test_on_one_reference_the_push_is_always_in_time(between: str) -> None:
    verdict = verify(AlwaysInTime, calls="..x.x.", between=between, **PUSHED)
    assert verdict.outcome is Outcome.HOLDS


def test_tokens_that_fail_leave_nothing_hanging() -> None:
    verdict = verify(ExternalCall, serialisation="iou", calls="xx", tokens_fail=True)
    assert verdict.outcome is Outcome.HOLDS
    assert verdict.stuck > 1


def test_nobody_is_introduced_on_one_loop() -> None:
    with pytest.raises(BadInput, match="between=network"):
        verify(ExternalReturn, pusher="introduced")


@pytest.mark.parametrize(("calls", "words"), [("..y", "'..y'"), ("..", "put an x")])
def test_what_cannot_be_sent_is_refused(calls: str, words: str) -> None:
    with pytest.raises(BadInput) as refused:
        verify(ExternalCall, calls=calls)
    assert words in str(refused.value)
