"""workerd issue 6561: what the model says of every order of calls, against what was observed.

Observed on warm objects, in production and in every run of the binary (releases up to
2026-11-17): calls of one kind arrive in order, of a mixture all fetches arrive in send
order, then all RPCs in send order.
"""

from __future__ import annotations

from itertools import product
from typing import Any, ClassVar

import pytest

from models.rpc_fetch import RpcFetch
from ordercheck import Outcome, Spec, Variant, invariant, park, process, verify
from ordercheck.checking.expectation import as_expected
from ordercheck.library import Fork

WORDS = ["".join(word) for n in range(1, 4) for word in product("rf", repeat=n)]


class Observed(RpcFetch):
    """The same model, held against the table of what the warm object delivers."""

    specs: ClassVar[list[type[Spec[Any]]]] = []

    @invariant
    def fetches_then_rpcs(self) -> bool:
        fetches = [i for i in range(self.n) if self.word[i] == "f"]
        rpcs = [i for i in range(self.n) if self.word[i] == "r"]
        arrive = fetches + rpcs
        return all(self.delivered[k] == arrive[k] for k in range(len(self.delivered)))


class InOrder(RpcFetch):
    """The same model, held against the order of sending."""

    specs: ClassVar[list[type[Spec[Any]]]] = []

    @invariant
    def as_sent(self) -> bool:
        return all(self.delivered[k] == k for k in range(len(self.delivered)))


class WithTheFork(Observed):
    """The same model with the depth-first hops of an RPC that it leaves out."""

    def setup(self) -> None:
        super().setup()
        self.capability = [Fork(self.loop, branches=1) for _ in range(self.n)]

    @process(each=lambda self: range(self.n), on="loop")
    async def rpc(self, i: int) -> None:
        await park()
        self.capability[i].fulfill()

    @process(each=lambda self: range(self.n), on="loop")
    async def queued_call(self, i: int) -> None:
        await self.capability[i]
        await self.loop.later()
        await self.loop.later()
        async with self.gate.lock():
            self.delivered.append(i)


@pytest.mark.parametrize("variant", RpcFetch.variants, ids=lambda variant: variant.name)
def test_variants_come_out_as_expected(variant: Variant) -> None:
    verdict = verify(RpcFetch, **variant.parameters)
    assert variant.expect is not None
    assert as_expected(verdict, variant.expect.holds, variant.expect.property)
    if not variant.parameters.get("cold"):
        found = [violation.name for violation in verdict.violations]
        assert found == ([] if variant.expect.holds else ["e_order"])


@pytest.mark.parametrize("word", WORDS)
def test_violated_exactly_by_an_rpc_before_a_fetch(word: str) -> None:
    verdict = verify(RpcFetch, pattern=word)
    if "rf" in word:
        assert verdict.outcome is Outcome.VIOLATED
        assert [violation.name for violation in verdict.violations] == ["e_order"]
    else:
        assert verdict.outcome is Outcome.HOLDS


@pytest.mark.parametrize("calls", range(1, 7))
def test_every_word_is_delivered_as_observed(calls: int) -> None:
    verdict = verify(Observed, calls=calls)
    assert verdict.outcome is Outcome.HOLDS
    assert verdict.initial == verdict.stuck == 2**calls


@pytest.mark.parametrize("calls", range(1, 7))
def test_a_reserved_place_keeps_every_word_in_order(calls: int) -> None:
    verdict = verify(InOrder, calls=calls, reserve=True)
    assert verdict.outcome is Outcome.HOLDS
    assert verdict.initial == verdict.stuck == 2**calls


@pytest.mark.parametrize(("yields", "defers"), [(False, True), (True, False)])
def test_one_breadth_first_hop_is_enough(yields: bool, defers: bool) -> None:
    verdict = verify(Observed, calls=5, yields=yields, defers=defers)
    assert verdict.outcome is Outcome.HOLDS


def test_without_both_hops_every_word_is_in_order() -> None:
    verdict = verify(InOrder, calls=5, yields=False, defers=False)
    assert verdict.outcome is Outcome.HOLDS


def test_depth_first_hops_change_nothing() -> None:
    verdict = verify(WithTheFork, calls=4)
    assert verdict.outcome is Outcome.HOLDS
    assert verdict.initial == verdict.stuck == 2**4
