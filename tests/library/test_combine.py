"""Promises made of promises: who decides, and the turns that it costs."""

from __future__ import annotations

from itertools import product

import pytest

from ordercheck import Model, Outcome, choose, invariant, param, process, reachable, verify
from ordercheck.ir.span import BadInput
from ordercheck.library import Fork, KjLoop, Log, Promise, Rejected, all_of, any_of, race


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
