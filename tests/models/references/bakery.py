"""Lamport's bakery with reads one at a time."""

from ordercheck import Model, array, invariant, process, set_of, step, until
from tests.models.references.explore import Reference, Thread


class Bakery(Model):
    def setup(self) -> None:
        self.n = 2
        self.choosing = array(bool, self.n, False)
        self.number = array(range(6), self.n, 0)
        self.cs = set_of(range(self.n))

    @process(each=lambda self: range(self.n))
    async def customer(self, i: int) -> None:
        for _ in range(2):
            self.choosing[i] = True
            await step()
            highest = 0
            for j in range(self.n):
                highest = max(highest, self.number[j])
                await step()
            self.number[i] = highest + 1
            await step()
            self.choosing[i] = False
            for j in range(self.n):
                if j == i:
                    continue
                await until(not self.choosing[j])
                await until(self.number[j] == 0 or (self.number[i], i) < (self.number[j], j))
            self.cs.add(i)
            await step()
            self.cs.remove(i)
            self.number[i] = 0

    @invariant
    def mutex(self) -> bool:
        return len(self.cs) <= 1


class Expected(Reference):
    invariants = ("mutex",)

    def setup(self) -> None:
        self.choosing, self.number, self.cs = [False] * 2, [0] * 2, set[int]()

    def threads(self) -> list[Thread]:
        return [self.customer(0), self.customer(1)]

    def customer(self, i: int) -> Thread:
        yield ("new",)
        o = 1 - i
        for turn in range(2):
            self.choosing[i] = True
            yield "choosing", turn
            highest = 0
            for j in range(2):
                highest = max(highest, self.number[j])
                yield "reading", turn, j, highest
            self.number[i] = highest + 1
            yield "numbered", turn
            self.choosing[i] = False
            yield "door", turn, lambda: not self.choosing[o]
            yield "queue", turn, lambda: not 0 < self.number[o] <= self.number[i] - (i < o)
            self.cs |= {i}
            yield "inside", turn
            self.cs -= {i}
            self.number[i] = 0

    def mutex(self) -> bool:
        return len(self.cs) < 2
