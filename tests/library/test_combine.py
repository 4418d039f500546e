"""Promises made of promises: who decides, and the turns that it costs."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Annotated, Any

import pytest

from ordercheck import (
    Failure,
    Model,
    Outcome,
    Range,
    action,
    choose,
    integer,
    invariant,
    param,
    process,
    reachable,
    require,
    spawn,
    terminal,
    verify,
)
from ordercheck.ir.span import BadInput
from ordercheck.library import (
    Fork,
    Joins,
    JsLoop,
    KjLoop,
    Log,
    Promise,
    Rejected,
    Tasks,
    all_of,
    any_of,
    race,
)
from tests.library.orders import orders


def decided(how: str, order: tuple[tuple[int, bool], ...]) -> str:
    """What comes of parts that are fulfilled (or not) in this order: the value, or a failure."""
    if how == "all":
        return "done" if all(yes for _, yes in order) else "failed"
    if how == "race":
        first, yes = order[0]
        return str(first) if yes else "failed"
    return next((str(part) for part, yes in order if yes), "failed")


class Deciding(Model):
    """Two parts settle in any order, each well or ill; somebody awaits the whole."""

    how: str = param("all", choices=["all", "race", "any"])

    def setup(self) -> None:
        self.loop = KjLoop()
        self.parts = [Promise(self.loop, range(2)) for _ in range(2)]
        self.all = all_of(*self.parts)
        self.race = race(*self.parts)
        self.any = any_of(*self.parts)
        orders = [((0, 1), yes) for yes in product((True, False), repeat=2)]
        orders += [((1, 0), yes) for yes in product((True, False), repeat=2)]
        cases = []
        for parts, well in orders:
            expected = decided(self.how, tuple(zip(parts, well, strict=True)))
            cases.append((parts, well, expected))
        case = choose(cases)
        self.order, self.well, self.expected = case[0], case[1], case[2]
        self.found = Log(("0", "1", "done", "failed"), capacity=1)

    @process(on="loop")
    async def waiter(self) -> None:
        try:
            if self.how == "all":
                await self.all
                self.found.append("done")
            elif self.how == "race":
                self.found.append("0" if await self.race == 0 else "1")
            else:
                self.found.append("0" if await self.any == 0 else "1")
        except Rejected:
            self.found.append("failed")

    @process(on="loop")
    async def settler(self) -> None:
        together = choose((True, False))
        for k in range(2):
            part = self.order[k]
            if self.well[k]:
                self.parts[part].fulfill(part)
            else:
                self.parts[part].reject()
            if not together:
                await self.loop.last()

    @invariant
    def as_decided(self) -> bool:
        return len(self.found) == 0 or self.found[0] == self.expected

    @reachable
    def came(self) -> bool:
        return len(self.found) == 1


@pytest.mark.parametrize("how", ["all", "race", "any"])
def test_who_decides(how: str) -> None:
    assert verify(Deciding, how=how).outcome is Outcome.HOLDS


class Turns(Model):
    """The waiter goes on in the second turn after the last part has settled, before the queue."""

    def setup(self) -> None:
        self.loop = KjLoop()
        self.one, self.two = Promise(self.loop), Promise(self.loop)
        self.both = all_of(self.one, self.two)
        self.seen = Log(("direct", "both", "queued"), capacity=3)

    @process(on="loop")
    async def waiter(self) -> None:
        await self.both
        self.seen.append("both")

    @process(on="loop")
    async def direct(self) -> None:
        await self.two
        self.seen.append("direct")

    @process(on="loop")
    async def settler(self) -> None:
        self.one.fulfill()
        self.two.fulfill()

    @process(on="loop")
    async def queued(self) -> None:
        self.seen.append("queued")

    @invariant
    def depth_first(self) -> bool:
        # Events after settler: the parts' two, then direct's; the second of the parts arms the
        # waiter, which goes before direct.
        expected = ("both", "direct", "queued")
        return all(self.seen[k] == expected[k] for k in range(len(self.seen)))

    @reachable
    def all_seen(self) -> bool:
        return len(self.seen) == 3


def test_turns() -> None:
    assert verify(Turns).outcome is Outcome.HOLDS


def test_only_promises_of_one_loop_are_put_together() -> None:
    class Apart(Model):
        def setup(self) -> None:
            self.both = all_of(Promise(KjLoop()), Promise(KjLoop()))

    class Forked(Model):
        def setup(self) -> None:
            self.loop = KjLoop()
            self.both = race(Fork(self.loop), Fork(self.loop))

    for model in (Apart, Forked):
        with pytest.raises(BadInput) as caught:
            verify(model)
        assert [each.code for each in caught.value.diagnostics] == ["E008"]


class Oops(Failure):
    """What parts are rejected with."""

    code: Annotated[int, Range(0, 7)]


class InAStep(Model):
    """Put together in a step, of parts that have settled: as libkj does it (chains.c++)."""

    def setup(self) -> None:
        self.loop = KjLoop()
        self.parts = [Promise(self.loop, range(4)) for _ in range(2)]
        self.joins = Joins(self.loop, capacity=1, parts=2)
        self.calls = Tasks(1, on=self.loop)
        self.said = Log(range(20), capacity=4)

    @process(on="loop")
    async def maker(self) -> None:
        self.said.append(10)
        self.parts[0].fulfill(1)
        self.parts[1].fulfill(2)
        await self.joins.all_of(self.parts[0], self.parts[1])
        self.said.append(self.parts[0].result() + self.parts[1].result())

    @process(each=(11, 12), on="loop")
    async def queued(self, n: int) -> None:
        self.said.append(n)


def test_what_is_put_together_in_a_step_goes_on_as_in_libkj() -> None:
    assert orders(InAStep, "said") == {(10, 11, 12, 3)}


class Everywhere(Model):
    """Three parts settle in any order, well or ill; what comes of them, on each kind of loop."""

    how: str = param("all", choices=["all", "race", "any"])
    on: str = param("kj", choices=["kj", "js", "nested", "free"])
    made: str = param("set-up", choices=["set-up", "step"])

    def setup(self) -> None:
        self.kj = KjLoop()
        self.js = JsLoop(host=self.kj) if self.on == "nested" else JsLoop()
        loop = {"kj": self.kj, "js": self.js, "nested": self.js, "free": None}[self.on]
        self.parts = [Promise(loop, range(3), failures=Oops) for _ in range(3)]
        ways: dict[str, Callable[..., Promise[Any]]] = {"all": all_of, "race": race, "any": any_of}
        self.whole = ways[self.how](*self.parts)
        if loop is not None:
            self.loop = loop
            self.joins = Joins(loop, range(3), failures=Oops, capacity=1, parts=3)
            self.calls = Tasks(1, on=loop)
        self.settled = Log([(k, well) for k in range(3) for well in (False, True)], capacity=3)
        self.found = Log(range(20), capacity=1)

    async def listen(self) -> None:
        try:
            if self.made == "set-up":
                value = await self.whole
            elif self.how == "all":
                value = await self.joins.all_of(*self.parts)
            elif self.how == "race":
                value = await self.joins.race(*self.parts)
            else:
                value = await self.joins.any_of(*self.parts)
            self.found.append(9 if value is None else value)
        except Oops as oops:
            self.found.append(10 + oops.code)
        except Rejected:
            self.found.append(19)

    @process
    async def starter(self) -> None:
        if self.on == "free":
            await self.listen()
        else:
            spawn(self.calls, self.listen())

    @action(each=range(3))
    def settle(self, k: int) -> None:
        require(not self.parts[k].is_settled())
        if choose([False, True], name="well"):
            self.parts[k].fulfill(k)
            self.settled.append((k, True))
        else:
            self.parts[k].reject(Oops(k))
            self.settled.append((k, False))

    @invariant
    def as_it_must(self) -> bool:
        if len(self.found) == 0:
            return True
        first = [k if well else 10 + k for k, well in self.settled]
        ill = [k for k, well in self.settled if not well]
        well = [k for k, well in self.settled if well]
        if self.how == "all" and not ill:
            return len(self.settled) == 3 and self.found[0] == 9
        if self.how == "all" and self.on == "kj":
            return len(self.settled) == 3 and self.found[0] == 10 + min(ill)
        if self.how == "all":
            return self.found[0] - 10 in ill
        if self.how == "race":
            return self.found[0] in first
        if well:
            return self.found[0] in well
        return len(ill) == 3 and self.found[0] == 19

    @reachable
    def well(self) -> bool:
        return len(self.found) == 1 and self.found[0] < 10

    @reachable
    def ill(self) -> bool:
        return len(self.found) == 1 and self.found[0] >= 10

    @terminal
    def all_settled(self) -> bool:
        return len(self.settled) == 3


WAYS = [
    (how, on, made)
    for how in ("all", "race", "any")
    for on in ("kj", "js", "nested", "free")
    for made in ("set-up", "step")
    if (on, made) != ("free", "step")
]


@pytest.mark.parametrize(("how", "on", "made"), WAYS)
def test_on_each_kind_of_loop(how: str, on: str, made: str) -> None:
    assert verify(Everywhere, how=how, on=on, made=made).outcome is Outcome.HOLDS


class First(Model):
    """What is on no loop is decided in the step that settles the first part."""

    def setup(self) -> None:
        self.one, self.two = Promise(None, range(2)), Promise(None, range(2))
        self.first = race(self.one, self.two)

    @process
    async def settler(self) -> None:
        if choose([False, True]):
            self.one.fulfill(0)
            assert self.first.is_settled()
            self.two.fulfill(1)
        else:
            self.two.fulfill(1)
            assert self.first.is_settled()
            self.one.fulfill(0)
        assert self.first.result() == (0 if self.first.value == 0 else 1)

    @reachable
    def either(self) -> bool:
        return self.first.is_settled() and self.first.value == 1


def test_on_no_loop_the_first_decides_at_once() -> None:
    assert verify(First).outcome is Outcome.HOLDS


class Again(Model):
    """A race that is over leaves a reaction to the part that is pending, and so the whole."""

    parts: int = param(4)
    capacity: int = param(2)

    def setup(self) -> None:
        self.loop = JsLoop()
        self.never = Promise(self.loop, range(2))
        self.given = Promise(self.loop, range(2))
        self.joins = Joins(self.loop, range(2), capacity=self.capacity, parts=self.parts)
        self.rounds = integer(0, lo=0, hi=2)

    @process(on="loop")
    async def main(self) -> None:
        self.given.fulfill(1)
        while self.rounds < 2:
            assert await self.joins.race(self.never, self.given) == 1
            self.rounds += 1

    @reachable
    def all_rounds(self) -> bool:
        return self.rounds == 2


def test_a_race_that_is_over_leaves_its_reactions() -> None:
    assert verify(Again).outcome is Outcome.HOLDS
    assert verify(Again, parts=3).violations[0].name == "pool"
    assert verify(Again, capacity=1).violations[0].name == "pool"


def test_joins_are_of_a_loop() -> None:
    class Free(Model):
        def setup(self) -> None:
            self.joins = Joins(None)  # type: ignore[call-overload]

    with pytest.raises(BadInput) as caught:
        verify(Free)
    assert [each.code for each in caught.value.diagnostics] == ["E026"]
