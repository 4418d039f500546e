"""What a body that begins with a suspension is, to the engines and to CPython."""

from __future__ import annotations

import pytest

from ordercheck import (
    Component,
    Model,
    array,
    boolean,
    choose,
    integer,
    param,
    process,
    step,
    struct,
    until,
)
from ordercheck.frontend import compile_model
from ordercheck.library import Channel
from tests.oracle.beginnings import begins_suspended
from tests.oracle.world import made, marked


@struct
class Nothing:
    """A context that does nothing."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass


SMALL = 1


async def paused() -> None:
    await step()


class Lock(Component):
    """Held by one, or by nobody."""

    def __init__(self, first: bool) -> None:
        self.first = first
        self.held = boolean(False)

    async def __aenter__(self) -> None:
        if self.first:
            await until(not self.held)
        self.held = True

    async def __aexit__(self, *_: object) -> None:
        self.held = False

    def __enter__(self) -> None:
        self.held = True

    def __exit__(self, *_: object) -> None:
        self.held = False


class Beginnings(Model):
    deadlock = False
    size: int = param(1, lo=0, hi=2)

    def setup(self) -> None:
        self.n = integer(0, lo=0, hi=3)
        self.way = Channel(range(2), capacity=self.size)
        self.ways = [Channel(range(2), capacity=1), Channel(range(2), capacity=1)]
        self.waiting = Lock(True)
        self.quick = Lock(False)
        self.nothing = Nothing()
        self.none = None
        self.cells = array(range(4), 4, 0)
        self.locks = [Lock(True)]

    async def helper(self) -> int:
        await step()
        return 1

    async def twice(self, n: int) -> int:
        await until(self.n == n)
        return n

    @process(daemon=True)
    async def receives_for_ever(self) -> None:
        while True:
            got = await self.way.receive()
            self.n = got

    @process
    async def receives_from_one_of_some(self) -> None:
        self.n = await self.ways[1].receive()

    @process
    async def compares(self) -> None:
        if self.size == 1:
            await step()
        else:
            self.n = 1

    @process
    async def compares_a_chain(self) -> None:
        if 0 < self.size <= 2 and self.size != 3:
            await step()

    @process
    async def in_a_lock_that_waits(self) -> None:
        async with self.waiting:
            self.n = 1

    @process
    async def in_a_lock_that_does_not(self) -> None:
        async with self.quick:
            await step()

    @process
    async def in_a_context(self) -> None:
        with self.quick:
            await step()

    @process
    async def in_two_locks(self) -> None:
        async with self.waiting, self.quick:
            self.n = 1

    @process
    async def in_nothing(self) -> None:
        with self.nothing:
            await step()

    @process
    async def in_nothing_named(self) -> None:
        with self.nothing as it:
            await step()
            self.n = 1 if it is None else 2

    @process
    async def asserts(self) -> None:
        assert self.n == 0
        await step()

    @process
    async def assigns(self) -> None:
        k = 1
        await step()
        self.n = k

    @process
    async def counts(self) -> None:
        for _ in range(2):
            await step()

    @process
    async def counts_constants(self) -> None:
        for way in self.ways:
            await way.receive()

    @process
    async def chooses(self) -> None:
        k = choose(range(2))
        await step()
        self.n = k

    @process
    async def helped(self) -> None:
        """With a docstring."""
        self.n = await self.helper()

    @process
    async def helped_with(self) -> None:
        self.n = await self.twice(2)

    @process
    async def helped_with_a_read(self) -> None:
        self.n = await self.twice(self.n)

    @process
    async def adds(self) -> None:
        self.n += await self.helper()

    @process
    async def adds_up(self) -> None:
        self.n = 1 + await self.helper()

    @process
    async def condition(self) -> None:
        if await self.helper() == 1:
            self.n = 1

    @process
    async def tries(self) -> None:
        try:
            await step()
        finally:
            self.n = 1

    @process
    async def for_ever(self) -> None:
        while self.size < 3:
            await step()

    @process(each=range(2))
    async def member(self, i: int) -> None:
        self.n = await self.twice(i)

    @process(each=range(2))
    async def member_tests(self, i: int) -> None:
        if i == 1:
            await step()

    @process(each=[1])
    async def only_member_tests(self, i: int) -> None:
        if i == 1:
            await step()

    async def optional(self, n: int | None, flag: bool = True) -> int:
        if n is None and flag:
            await step()
        return 1

    @process
    async def optional_none(self) -> None:
        self.n = await self.optional(None)

    @process
    async def optional_one(self) -> None:
        self.n = await self.optional(1)

    @process
    async def optional_flag(self) -> None:
        self.n = await self.optional(None, flag=False)

    @process
    async def settles_by_local(self) -> None:
        k = 1
        if k == 1:
            await step()

    @process
    async def tuple_of_reads(self) -> None:
        a, b = self.n, await self.helper()
        self.n = a + b

    @process
    async def asserted_constant(self) -> None:
        assert self.size < 3
        await step()

    @process
    async def if_else(self) -> None:
        self.n = (await self.helper()) if self.size else 2

    @process
    async def and_or(self) -> None:
        if self.size < 3 and await self.helper() == 1:
            self.n = 2

    @process
    async def passes(self) -> None:
        pass
        ...
        await step()

    @process
    async def for_over_awaited(self) -> None:
        for _ in range(await self.helper()):
            self.n = 1

    @process
    async def subscript_target(self) -> None:
        self.cells[self.n] = await self.helper()

    @process
    async def global_constant(self) -> None:
        if SMALL:
            await step()

    @process
    async def global_function(self) -> None:
        await paused()

    @process
    async def through_a_constant_place(self) -> None:
        await self.locks[0].__aenter__()

    @process
    async def never(self) -> None:
        while self.size == 5:
            self.n = 1
        await step()

    @process
    async def while_open(self) -> None:
        while self.n == 0:
            await step()

    @process
    async def walks(self) -> None:
        while (got := await self.way.receive()) == 0:
            self.n = got

    @process
    async def matches(self) -> None:
        match self.size:
            case 0:
                self.n = 1
            case _:
                await step()

    @process
    async def pair(self) -> None:
        a, b = await self.helper(), 2
        self.n = a + b

    @process
    async def annotated(self) -> None:
        a: int = await self.helper()
        self.n = a


@pytest.mark.parametrize("size", [0, 1])
def test_the_stepper_begins_where_the_engines_do(size: int) -> None:
    program = compile_model(Beginnings, {"size": size})
    engines = {each.name: each.begins is not None for each in program.coroutines}
    model = made(Beginnings, {"size": size})
    stepper = {name: begins_suspended(model, name, mark) for name, mark in marked(model).items()}
    assert stepper == engines
    assert len(set(engines.values())) == 2
