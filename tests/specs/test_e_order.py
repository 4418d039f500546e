"""EOrder on small logs, and on models that lack what it needs."""

from __future__ import annotations

import pytest

from ordercheck import Model, Outcome, action, require, seq, set_of, verify
from ordercheck.ir.span import BadInput
from specs.e_order import EOrder


class Delivery(Model):
    """Four calls are delivered in any order, some of them never."""

    deadlock = False

    def setup(self) -> None:
        self.delivered = seq(range(4), capacity=4)

    @action(each=range(4))
    def deliver(self, call: int) -> None:
        require(all(call > other for other in self.delivered))
        self.delivered.append(call)


class Disordered(Delivery):
    @action
    def swap(self) -> None:
        require(len(self.delivered) == 2)
        self.delivered.insert(0, self.delivered.pop())


class Lacking(Model):
    deadlock = False

    def setup(self) -> None:
        self.arrived = set_of(range(2))

    @action
    def arrive(self) -> None:
        self.arrived.add(0)


def test_increasing_logs_are_in_order_with_or_without_gaps() -> None:
    verdict = verify(Delivery, specs=[EOrder])
    assert verdict.outcome is Outcome.HOLDS
    assert verdict.states == 2**4


def test_a_later_call_before_an_earlier_one_is_not() -> None:
    verdict = verify(Disordered, specs=[EOrder])
    assert [violation.name for violation in verdict.violations] == ["e_order"]
    assert verdict.violations[0].steps == 3


def test_a_model_without_deliveries_is_refused() -> None:
    with pytest.raises(BadInput) as refused:
        verify(Lacking, specs=[EOrder])
    assert "delivered" in str(refused.value)
