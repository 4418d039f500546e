"""Programs of KJ's coroutines, forks and continuations, as a model runs them and as libkj does."""

from __future__ import annotations

from typing import ClassVar

from ordercheck import (
    Array,
    Failure,
    array,
    being_cancelled,
    cancel,
    optional,
    process,
    recursive,
    spawn,
    task_of,
)
from ordercheck.library import Branch, Fork, KjLoop, Log, Promise, Rejected, Spawned, Tasks
from tests.loops.programs import CANCELLED, LEFT, NOTES, REJECTED, TASKS, note
from tests.loops.running import Programs

PLAIN, FORKS = 3, 2
CODES = {
    "yield": 1,
    "last": 1,
    "sleep": 1,
    "later": 1,
    "eager": 1,
    "spawn": TASKS,
    "call": TASKS,
    "join": TASKS,
    "await": PLAIN,
    "fork": FORKS,
    "branch": FORKS,
    "held": FORKS,
    "then": FORKS,
    "chain": FORKS,
    "set": PLAIN + FORKS,
    "reject": PLAIN + FORKS,
    "cancel": TASKS,
    "raise": 1,
}
"""The operations, and how many arguments each may have."""


class Oops(Failure):
    """What a coroutine throws."""


class KjPrograms(Programs):
    """A model of them. As with KJ's promises, each has one owner, who destroys it with himself."""

    codes = CODES
    loop_class: ClassVar[type[KjLoop]] = KjLoop

    def setup(self) -> None:
        self.load()
        self.loop = self.loop_class()
        self.plain = [Promise(self.loop) for _ in range(PLAIN)]
        self.taken = array(bool, PLAIN, False)
        self.forks = [Fork(self.loop, branches=24) for _ in range(FORKS)]
        self.held: Array[Branch | None] = array(optional(Branch), FORKS, None)
        self.calls = Tasks(16, on=self.loop)
        self.begun: Array[Spawned[None] | None] = array(optional(Spawned), TASKS, None)
        self.noted = Log(range(NOTES), capacity=60)

    @process(on="loop")
    async def main(self) -> None:
        await self.run(0)

    @recursive(depth=2)
    async def run(self, t: int) -> None:
        try:
            k = 0
            while k < len(self.script[t]):
                code, argument = self.script[t][k]
                try:
                    await self.operate(t, k, code, argument)
                    self.noted.append(note(t, k))
                except Rejected:
                    self.noted.append(note(t, k, REJECTED))
                except Oops:
                    self.noted.append(note(t, k, REJECTED))
                    if code == "raise":
                        raise
                k += 1
        finally:
            if being_cancelled():
                self.noted.append(note(t, 0, CANCELLED))

    async def operate(self, t: int, k: int, code: str, argument: int) -> None:
        if code == "yield":
            await self.loop.later()
        elif code == "last":
            await self.loop.last()
        elif code == "sleep":
            await self.loop.would_sleep()
        elif code == "later":
            await self.loop.later()
            self.noted.append(note(t, k, LEFT))
        elif code == "call":
            await self.loop.call(self.run(argument))
        elif code == "join":
            await self.join(t, argument)
        elif code == "await":
            if not self.taken[argument]:
                self.taken[argument] = True
                await self.plain[argument]
        elif code in ("fork", "held", "chain"):
            await self.forked(code, argument)
        elif code == "raise":
            raise Oops()
        else:
            self.act(t, k, code, argument)

    async def forked(self, code: str, n: int) -> None:
        if code == "held":
            branch = self.held[n]
            if branch is not None:
                self.held[n] = None
                await branch
        elif code == "chain":
            await self.chain(n)
        else:
            await self.forks[n]

    async def chain(self, n: int) -> None:
        """`addBranch().then(yield)`: a failure is a promise, too, and one that is settled."""
        try:
            await self.forks[n]
        except Rejected:
            await self.loop.settled()
            raise
        await self.loop.later()

    async def join(self, t: int, n: int) -> None:
        task = self.begun[n]
        if n > t and task is not None:
            self.begun[n] = None
            try:
                await task
            finally:
                if being_cancelled():
                    cancel(task_of(task.run))

    def act(self, t: int, k: int, code: str, argument: int) -> None:
        if code == "eager":
            spawn(self.calls, self.eager(t, k))
        elif code == "spawn":
            self.begun[argument] = spawn(self.calls, self.run(argument))
        elif code == "branch":
            if self.held[argument] is None:
                self.held[argument] = self.forks[argument].branch()
        elif code == "then":
            spawn(self.calls, self.then(t, k, argument))
        elif code == "cancel":
            task = self.begun[argument]
            if argument > t and task is not None:
                self.begun[argument] = None
                cancel(task_of(task.run))
        elif argument < PLAIN:
            self.settle(code, self.plain[argument])
        else:
            self.settle(code, self.forks[argument - PLAIN])

    def settle(self, code: str, promise: Promise[None]) -> None:
        if not promise.is_settled():
            if code == "set":
                promise.fulfill()
            else:
                promise.reject()

    async def eager(self, t: int, k: int) -> None:
        """`evalLater(note).eagerlyEvaluate()`."""
        await self.loop.later()
        self.noted.append(note(t, k, LEFT))

    async def then(self, t: int, k: int, n: int) -> None:
        """`addBranch().then(note, note).eagerlyEvaluate()`."""
        try:
            await self.forks[n]
            self.noted.append(note(t, k, LEFT))
        except Rejected:
            self.noted.append(note(t, k, LEFT))
