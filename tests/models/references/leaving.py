"""Ways out of a try in a loop, each through a finally that suspends."""

from ordercheck import Model, array, integer, process, step
from tests.models.references.explore import Reference, Thread


class Leaving(Model):
    def setup(self) -> None:
        self.clock = integer(0, lo=0, hi=2)
        self.cleanups = integer(0, lo=0, hi=6)
        self.results = array(range(10), 2, 9)

    @process
    async def ticker(self) -> None:
        for _ in range(2):
            await step()
            self.clock += 1

    async def search(self) -> int:
        for k in range(3):
            try:
                await step()
                if self.clock == k:
                    return k
                if self.clock > k + 1:
                    break
                if k == 1:
                    continue
            finally:
                self.cleanups += 1
                await step()
        return 5

    @process(each=range(2))
    async def searcher(self, me: int) -> None:
        found = await self.search()
        self.results[me] = found


class Expected(Reference):
    def setup(self) -> None:
        self.clock, self.cleanups, self.results = 0, 0, [9, 9]

    def threads(self) -> list[Thread]:
        return [self.ticker(), self.searcher(0), self.searcher(1)]

    def ticker(self) -> Thread:
        yield ("new",)
        for k in range(2):
            yield "tick", k
            self.clock += 1

    def searcher(self, me: int) -> Thread:
        yield ("new",)
        for k in range(3):
            yield "looks", k
            out = "return" if self.clock == k else "break" if self.clock > k + 1 else "on"
            self.cleanups += 1
            yield "cleans", out, k if out != "break" else None
            if out == "return":
                self.results[me] = k
                return
            if out == "break":
                break
        self.results[me] = 5
