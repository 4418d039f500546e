"""A model with everything that a script can speak of, and its scenarios."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

from ordercheck import (
    Model,
    Range,
    Run,
    Seq,
    action,
    array,
    bag_of,
    choose,
    map_of,
    optional,
    param,
    process,
    require,
    scenario,
    seq,
    set_of,
    step,
    struct,
    variable,
)
from ordercheck.library import KjLoop, Log


class Color(Enum):
    """What things are painted with."""

    RED = 1
    BLUE = 2


@struct
class Thing:
    """Something that is painted."""

    color: Color
    size: Annotated[int, Range(0, 3)]


class Workshop(Model):
    """Calls on a loop, a free process, and actions with choices."""

    deadlock = False
    calls: int = param(2, lo=1, hi=4)

    def setup(self) -> None:
        self.loop = KjLoop()
        self.delivered = Log(range(self.calls), capacity=4)
        self.thing: Thing | None = variable(optional(Thing), None)
        self.word = choose(["rf", "fr"])
        self.few = set_of(range(3), {1})
        self.sizes = map_of(Color, range(4))
        self.counts = bag_of(range(3), capacity=3)
        self.grid = array(range(9), 2, 0)
        self.pair = variable([(0, "a"), (1, "b")], (0, "a"))
        self.rows: Seq[tuple[int, ...]] = seq([(0, 1), (1, 0)], capacity=2)

    @process(each=lambda self: range(self.calls), on="loop")
    async def call(self, k: int) -> None:
        if k == 0:
            await self.loop.later()
        self.delivered.append(k)

    @process
    async def clerk(self) -> None:
        await step()
        self.counts.add(2)
        self.counts.add(0)
        self.grid[1] = 5
        await step()
        self.rows.append((1, 0))
        self.pair = (1, "b")

    @action
    def paint(self) -> None:
        require(self.thing is None)
        self.thing = Thing(choose(Color, name="color"), choose(range(2), name="size"))
        self.sizes[self.thing.color] = self.thing.size

    @action(each=range(2))
    def check(self, least: int) -> None:
        require(self.thing is not None)
        assert self.thing is not None
        assert self.thing.size >= least, "too small"

    @action
    def twice(self) -> None:
        first = choose(range(3), name="k")
        second = choose(range(3), name="k")
        self.grid[0] = 3 * first + second

    @scenario
    def overtaking(self, run: Run) -> None:
        """The second call is delivered before the first one."""
        run.start(word="fr")
        assert self.word == "fr"
        assert list(self.loop.queue) == ["call(0)", "call(1)"]
        run.steps("call(0)", "call(1)")
        assert list(self.delivered) == [1]
        run.step("loop")
        assert list(self.delivered) == [1, 0]
        assert not run.can("loop.turn")

    @scenario(calls=1)
    def all_kinds_of_values(self, run: Run) -> None:
        run.start(word="rf")
        run.step("paint", color=Color.BLUE, size=1)
        assert self.thing == Thing(Color.BLUE, 1)
        assert self.sizes.items() == [(Color.BLUE, 1)]
        run.steps("clerk", "clerk")
        assert list(self.counts) == [0, 2]
        assert list(self.grid) == [0, 5]
        assert list(self.rows) == [(1, 0)]
        assert self.pair == (1, "b")
        assert 1 in self.few
        assert len(self.few) == 1
        run.step("twice", k=[2, 1])
        assert self.grid[0] == 7
        assert run.enabled() == ["check(0)", "check(1)", "twice", "call(0)"]

    @scenario
    def errors_are_looked_at(self, run: Run) -> None:
        run.start(word="rf")
        run.step("paint", color="Color.RED", size=0)
        run.fails("check(1)", "assert")
        run.fails("check(1)")
        run.step("check(0)")
        assert not run.can("paint")
        assert run.can("twice", k=[0, 2])
        assert not run.can("twice", k=[0, 3])
