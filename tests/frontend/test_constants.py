"""Constants of set-up that steps read: lists of tuples that differ in length."""

from __future__ import annotations

from typing import Any

from ordercheck import Model, action, boolean, integer, reachable, require, verify
from ordercheck.checking import Options
from ordercheck.checking.verdict import Outcome


class Plans(Model):
    """Goes on by the length of the plan that it has come to: 1, 2, 4, 5, 7, 8, and so on."""

    deadlock = False

    def setup(self) -> None:
        self.plans = [("a",) * (i % 3) for i in range(6)]
        self.at = integer(1, lo=0, hi=8)

    @action
    def go(self) -> None:
        require(self.at < 8)
        self.at = self.at + len(self.plans[self.at % 6])

    @reachable
    def went_by_lengths(self) -> bool:
        return self.at == 8

    @reachable
    def was_at_a_plan_of_two(self) -> bool:
        return len(self.plans[self.at % 6]) == 2 and self.plans[self.at % 6] == ("a", "a")


def test_tuples_of_different_lengths_in_one_list() -> None:
    verdict = verify(Plans, options=Options(engine="interpreter"))
    assert verdict.outcome is Outcome.HOLDS
    assert verdict.states == 6


class Mixed(Model):
    """Hands equal constants of different types to one function."""

    deadlock = False

    def setup(self) -> None:
        self.number = integer(0, lo=0, hi=9)
        self.truth = boolean(False)
        self.numbers, self.truths = (1, 2), (True, 2)
        self.inside = frozenset({(1,)}), frozenset({(True,)})

    def first(self, items: tuple[Any, ...]) -> Any:
        return items[0]

    def only(self, items: frozenset[tuple[Any, ...]]) -> Any:
        return min(item[0] for item in items)

    @action
    def of_numbers(self) -> None:
        self.number = self.first(self.numbers) + self.only(self.inside[0])

    @action
    def of_truths(self) -> None:
        self.truth = self.first(self.truths) and self.only(self.inside[1])

    @reachable
    def both(self) -> bool:
        return self.number == 2 and self.truth


def test_true_is_not_the_constant_1() -> None:
    verdict = verify(Mixed, options=Options(engine="interpreter"))
    assert verdict.outcome is Outcome.HOLDS
    assert verdict.states == 4
