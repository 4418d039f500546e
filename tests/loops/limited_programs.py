"""Programs that wait with limits of time, and shield what they wait for."""

from __future__ import annotations

import asyncio

from ordercheck import Array, array, optional, recursive, spawn
from ordercheck.library import (
    AsyncioLoop,
    Clock,
    Future,
    Log,
    Spawned,
    Tasks,
    Timeout,
)
from tests.loops.asyncio_programs import (
    CODES,
    FUTURES,
    AsyncioPrograms,
    Interpreter,
    VirtualLoop,
)
from tests.loops.programs import NOTES, TASKS, Program
from tests.loops.running import Oops

LIMITED = {
    **{
        code: CODES[code]
        for code in ("next", "sleep", "spawn", "join", "await", "set", "reject", "drop")
    },
    "cancel": TASKS,
    "raise": 1,
    "within": TASKS,
    "allow": TASKS,
    "wait": FUTURES,
    "wait task": TASKS,
    "shield": FUTURES,
    "shield task": TASKS,
    "wait shield": TASKS,
    "uncancel": 1,
}
"""The operations, and how many arguments each may have."""


def limit(k: int, argument: int) -> int | None:
    """The time that an operation allows; None: any."""
    units = (k + argument) % 4
    return units if units < 3 else None


class LimitedPrograms(AsyncioPrograms):
    """A model of them."""

    codes = LIMITED

    def setup(self) -> None:
        self.load()
        self.clock = Clock(longest=3, sleepers=4 * TASKS)
        self.loop: AsyncioLoop = self.loop_class(
            clock=self.clock, timeouts=TASKS, shields=8, requests=24
        )
        self.clock.idle = (self.loop,)
        self.futures = [Future(self.loop) for _ in range(FUTURES)]
        self.calls = Tasks(TASKS, on=self.loop)
        self.begun: Array[Spawned[None] | None] = array(optional(Spawned), TASKS, None)
        self.limits: Array[Timeout | None] = array(optional(Timeout), TASKS, None)
        self.noted = Log(range(NOTES), capacity=40)

    @recursive(depth=3)
    async def run(self, t: int) -> None:
        await self.perform(t)

    async def operate(self, t: int, k: int, code: str, argument: int) -> None:
        units = limit(k, argument)
        if code == "next":
            await self.loop.sleep(0)
        elif code == "sleep":
            await self.loop.sleep(argument + 1)
        elif code == "spawn":
            self.begun[argument] = spawn(self.calls, self.run(argument))
        elif code == "raise":
            raise Oops()
        elif code == "await":
            await self.futures[argument]
        elif code == "within":
            async with self.loop.timeout(units) as limit_of_block:
                self.limits[argument] = limit_of_block
                await self.run(argument)
        elif code == "allow":
            self.allow(t, units)
        elif code == "wait":
            await self.loop.wait_for(self.futures[argument], units)
        elif code == "shield":
            await self.loop.shield(self.futures[argument])
        elif code == "uncancel":
            if self.loop.cancelling() > 0 and self.loop.uncancel() > 0:
                await self.loop.sleep(0)
        elif code in ("join", "wait task", "shield task", "wait shield"):
            await self.join(t, code, argument, units)
        else:
            self.settle(code, argument)

    async def join(self, t: int, code: str, argument: int, units: int | None) -> None:
        task = self.begun[argument]
        if argument > t and task is not None:
            if code == "join":
                await task
            elif code == "wait task":
                await self.loop.wait_for(task, units)
            elif code == "shield task":
                await self.loop.shield(task)
            else:
                await self.loop.wait_for(self.loop.shield(task), units)

    def allow(self, t: int, units: int | None) -> None:
        timeout = self.limits[t]
        if timeout is not None and not timeout.expired():
            timeout.reschedule(units)


class LimitedInterpreter(Interpreter):
    """Runs one program."""

    def __init__(self, program: Program, loop: VirtualLoop) -> None:
        super().__init__(program, loop)
        self.limits: dict[int, asyncio.Timeout] = {}

    async def operate(self, t: int, k: int, code: str, argument: int) -> None:
        units = limit(k, argument)
        task = self.begun.get(argument) if argument > t else None
        match code:
            case "within":
                async with asyncio.timeout(units) as limit_of_block:
                    self.limits[argument] = limit_of_block
                    await self.run(argument)
            case "allow" if t in self.limits and not self.limits[t].expired():
                until = None if units is None else self.loop.time() + units
                self.limits[t].reschedule(until)
            case "wait":
                await asyncio.wait_for(self.futures[argument], units)
            case "shield":
                await asyncio.shield(self.futures[argument])
            case "wait task" if task is not None:
                await asyncio.wait_for(task, units)
            case "shield task" if task is not None:
                await asyncio.shield(task)
            case "wait shield" if task is not None:
                await asyncio.wait_for(asyncio.shield(task), units)
            case "uncancel":
                me = asyncio.current_task()
                assert me is not None
                if me.cancelling() > 0 and me.uncancel() > 0:
                    await asyncio.sleep(0)
            case _:
                await super().operate(t, k, code, argument)
