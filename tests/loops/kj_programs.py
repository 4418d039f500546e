"""Programs of KJ's coroutines, forks, chains and joins, as a model runs them and as libkj does."""

from __future__ import annotations

from typing import ClassVar

from ordercheck import (
    Array,
    array,
    being_cancelled,
    cancel,
    optional,
    recursive,
    spawn,
    task_of,
)
from ordercheck.library import (
    Branch,
    Chain,
    Fork,
    KjLoop,
    Log,
    Promise,
    Rejected,
    Spawned,
    Tasks,
    all_of,
    any_of,
    race,
)
from tests.loops.programs import CANCELLED, LEFT, NOTES, TASKS, note
from tests.loops.running import Oops, Programs

PLAIN, FORKS, JOINED, CHAINS = 3, 2, 3, 2
PARTS = 2 * JOINED
"""Of what is joined, as KJ's exclusiveJoin, joinPromises and raceSuccessful do it."""

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
    "joined": JOINED,
    "chained": CHAINS,
    "follow": CHAINS,
    "ready": CHAINS,
    "broken": CHAINS,
    "fork": FORKS,
    "branch": FORKS,
    "held": FORKS,
    "then": FORKS,
    "chain": FORKS,
    "set": PLAIN,
    "reject": PLAIN,
    "setfork": FORKS,
    "rejectfork": FORKS,
    "setpart": PARTS,
    "rejectpart": PARTS,
    "cancel": TASKS,
    "raise": 1,
}
"""The operations, and how many arguments each may have."""


class KjPrograms(Programs):
    """A model of them. As with KJ's promises, each has one owner, who destroys it with himself."""

    codes = CODES
    loop_class: ClassVar[type[KjLoop]] = KjLoop

    def setup(self) -> None:
        self.load()
        self.loop = self.loop_class()
        self.plain = [Promise(self.loop) for _ in range(PLAIN)]
        self.parts = [Promise(self.loop) for _ in range(PARTS)]
        one, two, three, four, five, six = self.parts
        joined = [race(one, two), all_of(three, four), any_of(five, six)]
        self.chains = [Chain(self.loop) for _ in range(CHAINS)]
        self.resolved = array(bool, CHAINS, False)
        self.owned = [*self.plain, *joined, *self.chains]
        self.taken = array(bool, PLAIN + JOINED + CHAINS, False)
        self.forks = [Fork(self.loop, branches=24) for _ in range(FORKS)]
        self.held: Array[Branch | None] = array(optional(Branch), FORKS, None)
        self.calls = Tasks(16, on=self.loop)
        self.begun: Array[Spawned[None] | None] = array(optional(Spawned), TASKS, None)
        self.noted = Log(range(NOTES), capacity=60)

    @recursive(depth=2)
    async def run(self, t: int) -> None:
        try:
            await self.perform(t)
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
            await self.take(argument)
        elif code == "joined":
            await self.take(PLAIN + argument)
        elif code == "chained":
            await self.take(PLAIN + JOINED + argument)
        elif code in ("fork", "held", "chain"):
            await self.forked(code, argument)
        elif code == "raise":
            raise Oops()
        else:
            self.act(t, k, code, argument)

    async def take(self, n: int) -> None:
        """Await what only one can await."""
        if not self.taken[n]:
            self.taken[n] = True
            await self.owned[n]

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
        elif code in ("follow", "ready", "broken"):
            self.resolve(code, argument)
        elif code in ("set", "reject"):
            self.settle(code == "set", self.plain[argument])
        elif code in ("setfork", "rejectfork"):
            self.settle(code == "setfork", self.forks[argument])
        else:
            self.settle(code == "setpart", self.parts[argument])

    def resolve(self, code: str, n: int) -> None:
        """Resolve a promise for a promise: with another, one that is settled, a failure."""
        if not self.resolved[n]:
            if code == "ready":
                self.chains[n].fulfill()
                self.resolved[n] = True
            elif code == "broken":
                self.chains[n].reject()
                self.resolved[n] = True
            elif not self.taken[n]:
                self.taken[n] = True
                self.chains[n].follow(self.plain[n])
                self.resolved[n] = True

    def settle(self, fulfilled: bool, promise: Promise[None]) -> None:
        if not promise.is_settled():
            if fulfilled:
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
