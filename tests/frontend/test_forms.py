"""Steps that use one of several components or places, which need not be alike."""

from __future__ import annotations

from typing import Any

import pytest

from ordercheck import (
    Component,
    Map,
    Model,
    Outcome,
    Seq,
    action,
    boolean,
    choose,
    integer,
    map_of,
    optional,
    param,
    process,
    require,
    seq,
    variable,
    verify,
)
from ordercheck.library import Channel

KINDS: dict[str, list[dict[str, Any]]] = {
    "alike": [{"capacity": 2}, {"capacity": 2}],
    "capacities": [{"capacity": 1}, {"capacity": 2}, {"capacity": 1}],
    "rendezvous": [{"capacity": 0}, {"capacity": 2}],
    "a queue and a bag": [{"capacity": 1}, {"capacity": 1, "reordering": True}],
    "budgets": [{"capacity": 1, "duplicating": 1}, {"capacity": 1}],
}


class Post(Component):
    """Takes one letter from each of its boxes."""

    def __init__(self, boxes: list[Channel[int]]) -> None:
        self.boxes = boxes
        self.got: Seq[int] = seq(range(5), capacity=len(boxes))

    @process
    async def carrier(self) -> None:
        for box in self.boxes:
            self.got.append(await box.receive())


class Town(Model):
    """A letter is put into each box, numbered in their order."""

    kind: str = param("alike", choices=list(KINDS))

    def setup(self) -> None:
        self.boxes = [Channel(range(5), **how) for how in KINDS[self.kind]]
        self.post = Post(self.boxes)

    @process
    async def writer(self) -> None:
        for number, box in enumerate(self.boxes):
            await box.send(number)


@pytest.mark.parametrize("kind", KINDS)
def test_a_loop_goes_over_channels_that_differ(kind: str) -> None:
    verdict = verify(Town, kind=kind, invariants=["list(self.post.got) == sorted(self.post.got)"])
    assert verdict.outcome is Outcome.HOLDS
    many = len(KINDS[kind])
    full = verify(Town, kind=kind, invariants=[f"len(self.post.got) < {many}"])
    assert full.outcome is Outcome.VIOLATED


class Tool(Component):
    """Something that may be at hand."""

    def __init__(self) -> None:
        self.size = 3
        self.used = boolean()

    def weight(self) -> int:
        return 2

    def use(self) -> None:
        self.used = True


class Hand(Model):
    """Holds a tool of one, or of two, or none: what it is asked is known of all of them."""

    deadlock = False
    asked: str = param("size", choices=["size", "weight", "use", "used", "set", "careful"])
    tools: int = param(1, lo=1, hi=2)
    empty: bool = param(True)

    def setup(self) -> None:
        self.tool: list[Tool] = [Tool() for _ in range(self.tools)]
        held = None if self.empty else self.tool[0]
        self.held: Tool | None = variable(optional(self.tool), held)
        self.n = integer(0, lo=0, hi=3)

    @action
    def look(self) -> None:
        if self.asked == "careful":
            self.n = self.held.size if self.held is not None else 1
            return
        assert self.n == 0 or self.held is not None, "what is not there was looked at"
        match self.asked:
            case "size":
                self.n = self.held.size  # type: ignore[union-attr]
            case "weight":
                self.n = self.held.weight()  # type: ignore[union-attr]
            case "use":
                self.held.use()  # type: ignore[union-attr]
            case "used":
                self.n = 3 if self.held.used else 2  # type: ignore[union-attr]
            case _:
                self.held.used = True  # type: ignore[union-attr]


@pytest.mark.parametrize("tools", [1, 2])
@pytest.mark.parametrize("asked", ["size", "weight", "use", "used", "set"])
def test_none_has_nothing_that_could_be_asked_for(asked: str, tools: int) -> None:
    verdict = verify(Hand, asked=asked, tools=tools)
    assert verdict.violations[0].name == "type"
    assert verdict.violations[0].steps == 1
    assert verdict.violations[0].error is not None
    assert verdict.violations[0].error.message == "None is no Tool"
    assert verify(Hand, asked=asked, tools=tools, empty=False).outcome is Outcome.HOLDS


@pytest.mark.parametrize("tools", [1, 2])
def test_who_has_looked_may_ask(tools: int) -> None:
    assert verify(Hand, asked="careful", tools=tools).outcome is Outcome.HOLDS


class Shelves(Model):
    """Two rows and two maps of different kinds, each changed by one name for both."""

    deadlock = False

    def setup(self) -> None:
        self.short: Seq[int] = seq(range(3), capacity=2, initial=[0, 1])
        self.long: Seq[int] = seq(range(3), capacity=4, initial=[0, 1, 2])
        self.few: Map[int, int] = map_of(range(2), range(3))
        self.many: Map[int, int] = map_of(range(4), range(3))
        self.done = boolean()

    @action
    def change(self) -> None:
        require(not self.done)
        self.done = True
        row = choose([self.short, self.long])
        names = choose([self.few, self.many])
        row[0] = 2
        del row[-1]
        row += [0]
        del row[:1]
        names[1] = 2
        names[1] -= 1


def test_a_name_for_places_of_several_kinds_changes_the_one_that_it_is() -> None:
    short = "list(self.short) in ([0, 1], [0])"
    long = "list(self.long) in ([0, 1, 2], [1, 0])"
    one = "not self.done or (len(self.short) == 1) != (len(self.long) == 2)"
    maps = "not self.done or (self.few.get(1) == 1 and not self.many) or self.many.get(1) == 1"
    verdict = verify(Shelves, invariants=[short, long, one, maps])
    assert verdict.outcome is Outcome.HOLDS
    assert verdict.states == 5


class Sorter(Model):
    """What is awaited in a change of one of two rows is awaited once."""

    def setup(self) -> None:
        self.short: Seq[int] = seq(range(3), capacity=2)
        self.long: Seq[int] = seq(range(3), capacity=3)
        self.way = Channel(range(3), capacity=1)

    @process
    async def sorter(self) -> None:
        row = choose([self.short, self.long])
        row += [await self.way.receive(), 1]
        row[await self.way.receive()] = 2
        row[0] = await self.way.receive()
        del row[: await self.way.receive()]
        assert list(row) == [1]

    @process
    async def feeder(self) -> None:
        for message in (0, 0, 2, 1):
            await self.way.send(message)


def test_what_is_awaited_in_such_a_change_is_awaited_once() -> None:
    both = ["not self.short or not self.long"]
    assert verify(Sorter, invariants=both).outcome is Outcome.HOLDS
