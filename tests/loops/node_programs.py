"""Programs of async functions of JavaScript, as a model runs them and as node does."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from ordercheck import Array, array, optional, recursive, spawn
from ordercheck.library import (
    Chain,
    JsLoop,
    Log,
    Rejected,
    Spawned,
    Tasks,
    all_of,
    any_of,
    race,
)
from tests.loops.programs import LEFT, LENGTH, NOTES, TASKS, Program, note
from tests.loops.running import Noted, Oops, Programs

PROMISES = 3
CODES = {
    "microtask": 1,
    "macrotask": 1,
    "immediate": 1,
    "spawn": TASKS,
    "call": TASKS,
    "join": TASKS,
    "await": PROMISES,
    "joined": 3,
    "given": PROMISES,
    "then": PROMISES,
    "link": PROMISES - 1,
    "set": PROMISES,
    "reject": PROMISES,
    "raise": 1,
}
"""The operations, and how many arguments each may have."""


class NodePrograms(Programs):
    """A model of them."""

    codes = CODES
    loop_class: ClassVar[type[JsLoop]] = JsLoop

    def setup(self) -> None:
        self.load()
        self.loop = self.loop_class()
        self.promises = [Chain(self.loop) for _ in range(PROMISES)]
        one, two, three = self.promises
        self.joined = [race(one, two), all_of(two, three), any_of(one, three)]
        self.resolved = array(bool, PROMISES, False)
        self.calls = Tasks(16, on=self.loop)
        self.begun: Array[Spawned[None] | None] = array(optional(Spawned), TASKS, None)
        self.noted = Log(range(NOTES), capacity=48)

    @recursive(depth=2)
    async def run(self, t: int) -> None:
        await self.perform(t)

    async def operate(self, t: int, k: int, code: str, argument: int) -> None:
        if code == "microtask":
            await self.loop.microtask()
        elif code == "macrotask":
            await self.loop.macrotask()
        elif code == "immediate":
            await self.loop.immediate()
        elif code == "spawn":
            self.begun[argument] = spawn(self.calls, self.run(argument))
        elif code == "call":
            await self.loop.call(self.run(argument))
        elif code == "join":
            task = self.begun[argument]
            if argument > t and task is not None:
                await task
        elif code == "await":
            await self.promises[argument]
        elif code == "joined":
            await self.joined[argument]
        elif code == "given":
            await self.loop.call(self.given(argument))
        elif code == "then":
            spawn(self.calls, self.then(t, k, argument))
        elif code == "raise":
            raise Oops()
        elif not self.resolved[argument]:
            self.resolved[argument] = True
            if code == "link":
                self.promises[argument].follow(self.promises[argument + 1])
            elif code == "set":
                self.promises[argument].fulfill()
            else:
                self.promises[argument].reject()

    async def given(self, n: int) -> None:
        """`async () => promise`."""
        return await self.loop.follow(self.promises[n])

    async def then(self, t: int, k: int, n: int) -> None:
        """What `.then(f, f)` adds."""
        try:
            await self.promises[n]
            self.noted.append(note(t, k, LEFT))
        except Rejected:
            self.noted.append(note(t, k, LEFT))


def real(programs: Sequence[Program]) -> list[Noted]:
    """What node does with programs."""
    given = {
        "programs": [program.scripts for program in programs],
        "tasks": TASKS,
        "length": LENGTH,
        "promises": PROMISES,
    }
    driver = Path(__file__).parent / "driver.mjs"
    run = subprocess.run(
        ["node", driver], input=json.dumps(given), capture_output=True, encoding="utf-8", check=True
    )
    return [tuple(noted) for noted in json.loads(run.stdout)]
