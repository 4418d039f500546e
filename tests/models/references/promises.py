"""Two chained promises on a KJ loop: who waits goes depth-first, who comes later breadth-first."""

from collections.abc import Callable

from ordercheck import Model, boolean, choose, process, seq, terminal, until
from ordercheck.library import KjLoop, Promise, Rejected
from tests.models.references.explore import Reference


class Chain(Model):
    def setup(self) -> None:
        self.loop = KjLoop()
        self.first = Promise(self.loop, range(3))
        self.second = Promise(self.loop, range(3))
        self.log = seq(range(8), capacity=8)
        self.go = boolean()

    @process(each=range(2), on="loop")
    async def early(self, me: int) -> None:
        value = await self.first
        self.log.append(me)
        if me == 0:
            try:
                value = await self.second
                self.log.append(value + 2)
            except Rejected:
                self.log.append(5)

    @process(on="loop")
    async def settler(self) -> None:
        with self.second.resolver() as resolver:
            value = choose(range(3))
            self.first.fulfill(value)
            await self.loop.later()
            if value < 2:
                resolver.fulfill(value)
        self.go = True

    @process(on="loop")
    async def late(self) -> None:
        await self.loop.later()
        await self.first
        self.log.append(6)

    @process
    async def outside(self) -> None:
        await until(self.go)
        self.log.append(7)

    @terminal
    def over(self) -> bool:
        return len(self.log) == 5


class Expected(Reference):
    def setup(self) -> None:
        self.queue = ["early 0", "early 1", "settler", "late"]
        self.at = dict.fromkeys(self.queue, "start")
        self.status = {"first": "pending", "second": "pending"}
        self.waiters: dict[str, tuple[str, ...]] = {"first": (), "second": ()}
        self.value: int | None = None
        self.log, self.go, self.end = list[int](), False, False

    def actions(self) -> list[Callable[[], None]]:
        return [self.turn, self.outside]

    def outside(self) -> None:
        self.require(self.go and not self.end)
        self.log.append(7)
        self.end = True

    def settle(self, name: str, status: str) -> None:
        self.status[name] = status
        self.queue = [*self.waiters[name], *self.queue]
        self.waiters[name] = ()

    def wait(self, name: str, task: str) -> None:
        if self.status[name] == "pending":
            self.waiters[name] += (task,)
        else:
            self.queue.append(task)

    def turn(self) -> None:
        self.require(self.queue)
        task = self.queue.pop(0)
        at, self.at[task] = self.at[task], "finished"
        match task, at:
            case (("early 0" | "early 1"), "start"):
                self.at[task] = "first"
                self.wait("first", task)
            case (("early 0" | "early 1"), "first"):
                self.log.append(int(task[-1]))
                if task == "early 0":
                    self.at[task] = "second"
                    self.wait("second", task)
            case "early 0", "second":
                fulfilled = self.status["second"] == "fulfilled"
                self.log.append(2 + (self.value or 0) if fulfilled else 5)
            case "settler", "start":
                self.value = self.choose(range(3))
                self.at[task] = "later"
                self.queue.append(task)
                self.settle("first", "fulfilled")
            case "settler", "later":
                self.settle("second", "rejected" if self.value == 2 else "fulfilled")
                self.go = True
            case "late", "start":
                self.at[task] = "later"
                self.queue.append(task)
            case "late", "later":
                self.at[task] = "first"
                self.wait("first", task)
            case "late", "first":
                self.log.append(6)

    def terminal(self) -> bool:
        return len(self.log) == 5
