"""A compare-and-swap log: two writers append with retry; nested loops, continue, else."""

from ordercheck import Model, array, invariant, process, seq, step
from tests.models.references.explore import Reference, Thread


class CasLog(Model):
    def setup(self) -> None:
        self.log = seq(range(4), capacity=4)
        self.tries = array(range(4), 2, 0)

    def cas(self, expected: int, value: int) -> bool:
        if len(self.log) != expected:
            return False
        self.log.append(value)
        return True

    @process(each=range(2))
    async def writer(self, me: int) -> None:
        for k in range(2):
            for _ in range(3):
                seen = len(self.log)
                await step()
                if self.cas(seen, 2 * me + k):
                    break
                self.tries[me] += 1
                continue
            await step()

    @invariant
    def each_in_order(self) -> bool:
        return all(
            self.log.index(2 * me) < self.log.index(2 * me + 1)
            for me in range(2)
            if 2 * me in self.log and 2 * me + 1 in self.log
        )

    @invariant
    def no_duplicates(self) -> bool:
        return len(set(self.log)) == len(self.log)


class Expected(Reference):
    invariants = ("each_in_order", "no_duplicates")

    def setup(self) -> None:
        self.log, self.tries = list[int](), [0, 0]

    def threads(self) -> list[Thread]:
        return [self.writer(0), self.writer(1)]

    def writer(self, me: int) -> Thread:
        yield ("new",)
        for k in range(2):
            for attempt in range(3):
                seen = len(self.log)
                yield "try", k, attempt, seen
                if len(self.log) == seen:
                    self.log.append(2 * me + k)
                    break
                self.tries[me] += 1
            yield "pause", k

    def each_in_order(self) -> bool:
        return all(
            a < b or a // 2 != b // 2 for i, a in enumerate(self.log) for b in self.log[i + 1 :]
        )

    def no_duplicates(self) -> bool:
        return len(set(self.log)) == len(self.log)
