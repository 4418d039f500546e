"""Lambdas and methods that are passed to functions take with them what they are of."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ordercheck import Model, action, choose, integer, process, seq, step, verify
from ordercheck.checking import Options
from ordercheck.frontend import compile_model
from ordercheck.ir.span import BadInput

Change = Callable[[int], int]


class Passed(Model):
    """Lambdas that capture locals, members, places, loop variables and each other."""

    deadlock = False

    def setup(self) -> None:
        self.n = integer(1, lo=-40, hi=40)
        self.queue = seq(range(-40, 41), capacity=3)
        self.queues = [self.queue, seq(range(-40, 41), capacity=3)]

    def twice(self, f: Change, x: int) -> int:
        return f(f(x))

    def through(self, f: Change, x: int) -> int:
        return self.twice(lambda y: f(y) - x, x)

    def put(self, f: Change) -> None:
        self.n = max(-40, min(40, f(self.n)))

    @action(each=range(2))
    def add(self, k: int) -> None:
        n = self.n
        self.put(lambda x: x + n + k)
        n = choose([2, -2])
        self.put(lambda x: x + n)
        self.put(lambda x: (n := x - 1) + n)
        self.put(lambda x: x - n)

    @action
    def go_through(self) -> None:
        n = choose(range(3))
        m = self.twice(lambda x: x + n, 1)
        for k in range(2):
            m += self.twice(lambda x: x + k, n)  # noqa: B023
            m += self.through(lambda x: x - n + k, k)  # noqa: B023
        add = lambda x: x + m  # noqa: E731
        self.put(add)
        self.put(lambda x: add(add(x)))
        self.put(lambda x: sum(each + n for each in [x, m]))
        self.put([m, n, m].count)

    @action
    def look(self) -> None:
        k = choose(range(2))
        queue, first = self.queue, self.queues[k]
        if len(queue) < 3:
            queue.append(min(40, self.twice(lambda x: x + len(queue) + len(first), 3)))
        else:
            self.put(lambda x: queue.popleft())

    @process
    async def run(self) -> None:
        n = choose(range(2))
        await step()
        self.put(lambda x: x + n)
        for k in range(n + 1):
            await step()
            self.put(lambda x: x + n * k)  # noqa: B023


@pytest.mark.parametrize("engine", ["interpreter", "native"])
def test_engines_agree(engine: str) -> None:
    verdict = verify(Passed, options=Options(engine=engine))
    assert (verdict.states, verdict.transitions) == (10878, 107814)


class Refused(Model):
    def setup(self) -> None:
        self.n = integer(1, lo=0, hi=9)

    def put(self, f: Change) -> None:
        self.n = f(self.n)

    @action
    def unbound(self) -> None:
        if self.n == 1:
            k = 2
        self.put(lambda x: x + k)

    @action
    def bound_later(self) -> None:
        self.put(lambda x: x + later)
        later = 3
        self.n = later

    @action
    def changes(self) -> None:
        numbers = [1]
        self.put(lambda x: numbers.pop())

    @action
    def itself(self) -> None:
        again = lambda x: self.hand(again, x)  # noqa: E731
        self.put(again)

    def hand(self, f: Change, x: int) -> int:
        return f(x)

    @action
    def gives_a_method_away(self) -> None:
        numbers = [1]
        self.fill(numbers.append)
        self.n = len(numbers)

    def fill(self, add: Callable[[int], None]) -> None:
        numbers = [2, 3]
        add(4)
        self.n = len(numbers)

    @process
    async def awaits_who_has_a_method(self) -> None:
        numbers = [1]
        await self.fill_later(numbers.append)
        self.n = len(numbers)

    async def fill_later(self, add: Callable[[int], None]) -> None:
        numbers = [2, 3]
        await step()
        add(4)
        self.n = len(numbers)


def test_what_cannot_be_captured_is_refused() -> None:
    with pytest.raises(BadInput) as refused:
        compile_model(Refused, {})
    found = [(each.code, each.headline) for each in refused.value.diagnostics]
    assert found == [
        ("E040", "k may have no value here"),
        ("E040", "later may have no value here"),
        ("E064", "only a local list, set or dict can be changed here"),
        ("E083", "this lambda calls itself"),
        ("E064", "only a local list, set or dict can be changed here"),
        ("E064", "only a local list, set or dict can be changed here"),
    ]
