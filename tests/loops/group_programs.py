"""Programs of task groups, and what asyncio does with them for each order of cancelling."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Annotated

from ordercheck import Array, Range, array, integer, optional, recursive, spawn
from ordercheck.library import (
    AsyncioLoop,
    Clock,
    ExceptionGroup,
    Future,
    Log,
    Spawned,
    TaskGroup,
    Tasks,
)
from tests.loops.asyncio_programs import (
    CODES,
    FUTURES,
    AsyncioPrograms,
    Interpreter,
    RealOops,
    VirtualLoop,
    run_to_idle,
    running_loop,
)
from tests.loops.limited_programs import limit
from tests.loops.programs import GROUPS, LATE, NOTES, TASKS, Program, note
from tests.loops.running import Noted, Oops

GROUPED = {
    **{code: CODES[code] for code in ("next", "sleep", "spawn", "join", "await", "set", "drop")},
    "cancel": TASKS,
    "raise": 1,
    "child": TASKS,
    "group": TASKS,
    "uncancel": 1,
}
"""The operations, and how many arguments each may have."""


class Thrown(Oops):
    """What a task raises itself, and which it is."""

    task: Annotated[int, Range(0, TASKS - 1)]


class GroupPrograms(AsyncioPrograms):
    """A model of them."""

    codes = GROUPED

    def setup(self) -> None:
        self.load()
        self.clock = Clock(longest=3, sleepers=2 * TASKS)
        self.loop: AsyncioLoop = self.loop_class(clock=self.clock, timeouts=TASKS, requests=24)
        self.clock.idle = (self.loop,)
        self.futures = [Future(self.loop) for _ in range(FUTURES)]
        self.calls = Tasks(TASKS, on=self.loop)
        self.groups = [TaskGroup(self.loop, TASKS - 1) for _ in range(GROUPS)]
        self.used = integer(0, lo=0, hi=GROUPS)
        self.group_of: Array[int | None] = array(optional(range(GROUPS)), TASKS, None)
        self.begun: Array[Spawned[None] | None] = array(optional(Spawned), TASKS, None)
        self.noted = Log(range(NOTES), capacity=60)

    @recursive(depth=3)
    async def run(self, t: int) -> None:
        await self.perform(t)

    async def operate(self, t: int, k: int, code: str, argument: int) -> None:
        if code == "next":
            await self.loop.sleep(0)
        elif code == "sleep":
            await self.loop.sleep(argument + 1)
        elif code == "await":
            await self.futures[argument]
        elif code == "join":
            task = self.begun[argument]
            if argument > t and task is not None:
                await task
        elif code == "raise":
            raise Thrown(t)
        elif code in ("spawn", "child"):
            self.begin(t, code, argument)
        elif code == "uncancel":
            if self.loop.cancelling() > 0 and self.loop.uncancel() > 0:
                await self.loop.sleep(0)
        elif code == "group":
            await self.group(k, argument)
        else:
            self.settle(code, argument)

    def begin(self, t: int, code: str, argument: int) -> None:
        group = self.group_of[t]
        self.group_of[argument] = group
        if code == "spawn" or group is None:
            self.begun[argument] = spawn(self.calls, self.run(argument))
        else:
            self.begun[argument] = self.groups[group].create_task(self.run(argument))

    async def group(self, k: int, argument: int) -> None:
        number, units = self.used, limit(k, argument)
        self.used += 1
        self.group_of[argument] = number
        try:
            async with self.loop.timeout(units), self.groups[number]:
                await self.run(argument)
        except ExceptionGroup:
            for error in self.groups[number].errors:
                thrower = error.task if isinstance(error, Thrown) else 0
                self.noted.append(note(thrower, k, LATE))
            raise


# --- the real one ----------------------------------------------------------------------


class Orders:
    """Each way of making choices one after the other, by which run is made again and again."""

    def __init__(self) -> None:
        self.taken: list[int] = []
        self.among: list[int] = []
        self.made = 0
        self.over = False

    def choose(self, among: int) -> int:
        """One of so many, another one in each run until that is over."""
        if self.over:
            return 0
        if self.made == len(self.taken):
            self.taken.append(0)
            self.among.append(among)
        self.made += 1
        return self.taken[self.made - 1]

    def runs(self) -> Iterator[None]:
        """As many runs as there are ways."""
        while True:
            self.made = 0
            self.over = False
            yield
            while self.taken and self.taken[-1] == self.among[-1] - 1:
                self.taken.pop()
                self.among.pop()
            if not self.taken:
                return
            self.taken[-1] += 1


class Members(set[asyncio.Task[None]]):
    """The tasks of a group: a set that is gone through in an order that is chosen."""

    def __init__(self, orders: Orders) -> None:
        super().__init__()
        self.orders = orders
        self.added: list[asyncio.Task[None]] = []

    def add(self, task: asyncio.Task[None]) -> None:
        super().add(task)
        self.added.append(task)

    def __iter__(self) -> Iterator[asyncio.Task[None]]:
        left = [task for task in self.added if task in self and not task.done()]
        while left:
            yield left.pop(self.orders.choose(len(left)))


class RealThrown(RealOops):
    """What a task raises itself, and which it is."""

    def __init__(self, task: int = 0) -> None:
        self.task = task


class Closed(RealOops):
    """A group takes no more tasks."""


class GroupInterpreter(Interpreter):
    """Runs one program."""

    def __init__(self, program: Program, loop: VirtualLoop, orders: Orders) -> None:
        super().__init__(program, loop)
        self.orders = orders
        self.groups: dict[int, asyncio.TaskGroup] = {}
        self.group_of: dict[int, int | None] = {0: None}

    async def operate(self, t: int, k: int, code: str, argument: int) -> None:
        match code:
            case "raise":
                raise RealThrown(t)
            case "spawn" | "child":
                group = self.group_of[argument] = self.group_of[t]
                if code == "spawn" or group is None:
                    self.begin(argument)
                else:
                    self.create(self.groups[group], argument)
            case "uncancel":
                me = asyncio.current_task()
                assert me is not None
                if me.cancelling() > 0 and me.uncancel() > 0:
                    await asyncio.sleep(0)
            case "group":
                await self.group(k, argument)
            case _:
                await super().operate(t, k, code, argument)

    def create(self, group: asyncio.TaskGroup, argument: int) -> None:
        body = self.run(argument)
        try:
            self.begun[argument] = group.create_task(body)
        except RuntimeError as error:
            body.close()
            raise Closed from error

    async def group(self, k: int, argument: int) -> None:
        number, units = len(self.groups), limit(k, argument)
        self.group_of[argument] = number
        self.groups[number] = group = asyncio.TaskGroup()
        group._tasks = Members(self.orders)
        try:
            async with asyncio.timeout(units), group:
                await self.run(argument)
        except BaseExceptionGroup as errors:
            for error in errors.exceptions:
                thrower = error.task if isinstance(error, RealThrown) else 0
                self.noted.append(note(thrower, k, LATE))
            raise


def real(program: Program) -> set[Noted]:
    """What asyncio may do with a program, whichever tasks of a group are cancelled first."""
    found: set[Noted] = set()
    orders = Orders()
    for _ in orders.runs():
        with running_loop() as loop:
            interpreter = GroupInterpreter(program, loop, orders)
            interpreter.begin(0)
            run_to_idle(loop)
            found.add(tuple(interpreter.noted))
            orders.over = True
    return found
