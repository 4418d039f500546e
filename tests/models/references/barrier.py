"""A sense-reversing barrier; while with else; augmented on arrays; bool arithmetic."""

from ordercheck import Model, array, boolean, integer, invariant, process, step, until
from tests.models.references.explore import Reference, Thread


class Barrier(Model):
    def setup(self) -> None:
        self.n = 3
        self.count = integer(self.n, lo=0, hi=self.n)
        self.sense = boolean(False)
        self.phase = array(range(3), self.n, 0)

    @process(each=range(3))
    async def worker(self, me: int) -> None:
        local = False
        rounds = 2
        while rounds:
            rounds -= 1
            self.phase[me] += 1
            await step()
            local = not local
            self.count -= 1
            if self.count == 0:
                self.count = self.n
                self.sense = local
            else:
                await until(self.sense == local)
        assert self.phase[me] == 2

    @invariant
    def close(self) -> bool:
        return max(self.phase) - min(self.phase) <= 1


class Expected(Reference):
    invariants = ("close",)

    def setup(self) -> None:
        self.count, self.sense, self.phase = 3, False, [0, 0, 0]

    def threads(self) -> list[Thread]:
        return [self.worker(me) for me in range(3)]

    def worker(self, me: int) -> Thread:
        yield ("new",)
        for sense in (True, False):
            self.phase[me] += 1
            yield "arrives", sense
            self.count -= 1
            if self.count:
                yield "waits", sense, lambda sense=sense: self.sense == sense
            else:
                self.count, self.sense = 3, sense

    def close(self) -> bool:
        return max(self.phase) - min(self.phase) <= 1
