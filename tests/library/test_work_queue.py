"""WorkQueue: who gets a message, how often, and what becomes of those that nobody acknowledges."""

from __future__ import annotations

from typing import Any

import pytest

from ordercheck import Mistake, Model, Outcome, action, invariant, param, require, verify
from ordercheck.library import WorkQueue


class Hands(Model):
    """Two messages, and a pair of hands for each way of dealing with a delivery."""

    deliveries: int = param(2, lo=1, hi=3)
    late: int = param(1, lo=0, hi=3)
    gives_back: bool = param(True)
    deadlock = False

    def setup(self) -> None:
        self.queue = WorkQueue(("x", "y"), 2, deliveries=self.deliveries, late=self.late)
        for message in ("x", "y"):
            self.queue.send(message)

    @action
    def take(self) -> None:
        message, attempt = self.queue.take()
        assert message in ("x", "y")
        assert 1 <= attempt <= self.deliveries

    @action
    def acknowledge(self) -> None:
        require(self.queue.leased)
        for delivery in self.queue.leased:
            assert self.queue.acknowledge(delivery)
            assert not self.queue.acknowledge(delivery)

    @action
    def give_back(self) -> None:
        require(self.gives_back and self.queue.leased)
        for delivery in self.queue.leased:
            self.queue.give_back(delivery)

    @invariant
    def each_message_is_in_one_place(self) -> bool:
        queue = self.queue
        return all(
            sum(m == message for m, _ in queue.waiting)
            + sum(m == message for m, _ in queue.leased)
            + queue.dead.count(message)
            <= 1
            for message in ("x", "y")
        )

    @invariant
    def the_dead_are_those_delivered_too_often(self) -> bool:
        return not self.queue.dead or self.gives_back or self.late >= self.deliveries

    @invariant
    def nobody_is_delivered_more_often(self) -> bool:
        return all(attempt < self.deliveries for _, attempt in self.queue.waiting)


@pytest.mark.parametrize("deliveries", [1, 2, 3])
@pytest.mark.parametrize("late", [0, 2])
@pytest.mark.parametrize("gives_back", [False, True])
def test_it_keeps_its_promises(deliveries: int, late: int, gives_back: bool) -> None:
    parameters: dict[str, Any] = {"late": late, "gives_back": gives_back}
    assert verify(Hands, deliveries=deliveries, **parameters).outcome is Outcome.HOLDS


@pytest.mark.parametrize(("late", "dies"), [(0, False), (1, False), (2, True)])
def test_who_is_late_too_often_lets_it_die(late: int, dies: bool) -> None:
    verdict = verify(Hands, invariants=["not self.queue.dead"], late=late, gives_back=False)
    assert (verdict.outcome is Outcome.VIOLATED) == dies


def test_a_budget_is_a_number() -> None:
    with pytest.raises(Mistake):
        WorkQueue(("x",), 1, deliveries=1, late=-1)
