"""Programs of tasks of asyncio, as a model runs them and as asyncio does."""

from __future__ import annotations

import asyncio
import builtins
import contextlib
from collections.abc import Iterator
from selectors import DefaultSelector, SelectorKey
from typing import ClassVar

from ordercheck import (
    Array,
    array,
    cancel,
    optional,
    recursive,
    spawn,
    task_of,
)
from ordercheck.library import (
    AsyncioLoop,
    CancelledError,
    Clock,
    ExceptionGroup,
    Future,
    Log,
    Rejected,
    Spawned,
    TaskGroupClosed,
    Tasks,
    TimeoutError,
)
from tests.loops.programs import CANCELLED, LATE, NOTES, REJECTED, TASKS, Program, note
from tests.loops.running import Noted, Oops, Programs

FUTURES = 3
CODES = {
    "next": 1,
    "sleep": 3,
    "spawn": TASKS,
    "call": TASKS,
    "join": TASKS,
    "await": FUTURES,
    "set": FUTURES,
    "reject": FUTURES,
    "drop": FUTURES,
    "cancel": TASKS,
    "gather": 4,
    "gather all": 4,
    "raise": 1,
}
"""The operations, and how many arguments each may have."""


class AsyncioPrograms(Programs):
    """A model of them."""

    codes = CODES
    loop_class: ClassVar[type[AsyncioLoop]] = AsyncioLoop

    def setup(self) -> None:
        self.load()
        self.clock = Clock(longest=3)
        self.loop = self.loop_class(clock=self.clock)
        self.clock.idle = (self.loop,)
        self.futures = [Future(self.loop) for _ in range(FUTURES)]
        self.calls = Tasks(TASKS, on=self.loop)
        self.begun: Array[Spawned[None] | None] = array(optional(Spawned), TASKS, None)
        self.noted = Log(range(NOTES), capacity=40)

    @recursive(depth=2)
    async def run(self, t: int) -> None:
        await self.perform(t)

    async def perform(self, t: int) -> None:
        k = 0
        while k < len(self.script[t]):
            code, argument = self.script[t][k]
            try:
                await self.operate(t, k, code, argument)
                self.noted.append(note(t, k))
            except (Rejected, TaskGroupClosed):
                self.noted.append(note(t, k, REJECTED))
            except Oops:
                self.noted.append(note(t, k, REJECTED))
                if code == "raise":
                    raise
            except ExceptionGroup:
                self.noted.append(note(t, k, REJECTED))
                if t > 0 and not self.stubborn[t]:
                    raise
            except TimeoutError:
                self.noted.append(note(t, k, LATE))
            except CancelledError:
                self.noted.append(note(t, k, CANCELLED))
                if not self.stubborn[t]:
                    raise
            k += 1

    async def operate(self, t: int, k: int, code: str, argument: int) -> None:
        if code == "next":
            await self.loop.sleep(0)
        elif code == "sleep":
            await self.loop.sleep(argument + 1)
        elif code == "spawn":
            self.begun[argument] = spawn(self.calls, self.run(argument))
        elif code == "call":
            await self.run(argument)
        elif code == "join":
            task = self.begun[argument]
            if argument > t and task is not None:
                await task
        elif code == "await":
            await self.futures[argument]
        elif code in ("gather", "gather all"):
            await self.gather(t, argument, code == "gather all")
        elif code == "raise":
            raise Oops()
        else:
            self.settle(code, argument)

    def settle(self, code: str, argument: int) -> None:
        if code == "cancel":
            task = self.begun[argument]
            if argument == 0:
                cancel(task_of(self.main))
            elif task is not None:
                task.cancel()
        elif code == "drop":
            self.futures[argument].cancel()
        elif not self.futures[argument].is_settled():
            if code == "set":
                self.futures[argument].fulfill()
            else:
                self.futures[argument].reject()

    async def gather(self, t: int, argument: int, whole: bool) -> None:
        one, two, futures = self.begun[1], self.begun[2], self.futures
        gather = self.loop.gather
        if argument == 0:
            await gather((futures[0], futures[1]), return_exceptions=whole)
        elif argument == 1:
            await gather((futures[1], futures[2], futures[1]), return_exceptions=whole)
        elif one is not None and t == 0:
            if argument == 2:
                await gather((futures[2], one), return_exceptions=whole)
            elif two is not None:
                await gather((two, one, futures[0]), return_exceptions=whole)


# --- the real one ----------------------------------------------------------------------


class Idle(Exception):
    """Nothing is queued, and nobody sleeps."""


class VirtualTime(DefaultSelector):
    """Polls without waiting; what would be waited for passes at once, in whole units."""

    units = 0

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        if timeout is None:
            raise Idle
        if timeout > 0:
            self.units += max(1, round(timeout))
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """CPython's own loop; but its clock stands still while it is busy.

    Nearly: each look at the clock comes a little later than all before, so that timers
    that are due in the same unit go off in the order in which they were set.
    """

    def __init__(self) -> None:
        self.virtual = VirtualTime()
        super().__init__(self.virtual)
        self.looks = 0
        self._clock_resolution = 1e-3

    def time(self) -> float:
        self.looks += 1
        return self.virtual.units + self.looks * 1e-7


class RealOops(Exception):
    """What a task raises, and what a future is rejected with."""


class Interpreter:
    """Runs one program."""

    def __init__(self, program: Program, loop: VirtualLoop) -> None:
        self.program = program
        self.futures = [loop.create_future() for _ in range(FUTURES)]
        self.begun: dict[int, asyncio.Task[None]] = {}
        self.noted: list[int] = []
        self.loop = loop

    def begin(self, t: int) -> None:
        self.begun[t] = self.loop.create_task(self.run(t))

    async def run(self, t: int) -> None:
        for k, (code, argument) in enumerate(self.program.scripts[t]):
            try:
                await self.operate(t, k, code, argument)
                self.noted.append(note(t, k))
            except RealOops:
                self.noted.append(note(t, k, REJECTED))
                if code == "raise":
                    raise
            except BaseExceptionGroup:
                self.noted.append(note(t, k, REJECTED))
                if t > 0 and not self.program.stubborn[t]:
                    raise
            except builtins.TimeoutError:
                self.noted.append(note(t, k, LATE))
            except asyncio.CancelledError:
                self.noted.append(note(t, k, CANCELLED))
                if not self.program.stubborn[t]:
                    raise

    async def operate(self, t: int, k: int, code: str, argument: int) -> None:
        match code:
            case "next":
                await asyncio.sleep(0)
            case "sleep":
                await asyncio.sleep(argument + 1)
            case "spawn":
                self.begin(argument)
            case "call":
                await self.run(argument)
            case "join" if argument > t and argument in self.begun:
                await self.begun[argument]
            case "await":
                await self.futures[argument]
            case "gather":
                await asyncio.gather(*self.gathered(t, argument))
            case "gather all":
                await asyncio.gather(*self.gathered(t, argument), return_exceptions=True)
            case "raise":
                raise RealOops
            case "cancel" if argument in self.begun:
                self.begun[argument].cancel()
            case "drop":
                self.futures[argument].cancel()
            case "set" if not self.futures[argument].done():
                self.futures[argument].set_result(None)
            case "reject" if not self.futures[argument].done():
                self.futures[argument].set_exception(RealOops())

    def gathered(self, t: int, argument: int) -> list[asyncio.Future[None]]:
        futures, one, two = self.futures, self.begun.get(1), self.begun.get(2)
        match argument:
            case 0:
                return [futures[0], futures[1]]
            case 1:
                return [futures[1], futures[2], futures[1]]
            case 2 if one is not None and t == 0:
                return [futures[2], one]
            case 3 if one is not None and two is not None and t == 0:
                return [two, one, futures[0]]
        return []


def real(program: Program, kind: type[Interpreter] = Interpreter) -> Noted:
    """What asyncio does with a program."""
    with running_loop() as loop:
        interpreter = kind(program, loop)
        interpreter.begin(0)
        run_to_idle(loop)
        return tuple(interpreter.noted)


@contextlib.contextmanager
def running_loop() -> Iterator[VirtualLoop]:
    """A loop, and the end of what still waits there."""
    loop = VirtualLoop()
    loop.set_exception_handler(lambda loop, context: None)
    try:
        yield loop
        while stuck := asyncio.all_tasks(loop):
            for task in stuck:
                task.cancel()
            run_to_idle(loop)
    finally:
        loop.close()


def run_to_idle(loop: VirtualLoop) -> None:
    """Let everything be done that can be."""
    with contextlib.suppress(Idle):
        loop.run_forever()
