"""Szymanski's algorithm with atomic waits."""

from ordercheck import Model, array, invariant, process, step, until
from tests.models.references.explore import Reference, Thread


class Szymanski(Model):
    def setup(self) -> None:
        self.flag = array(range(5), 3, 0)

    @process(each=range(3))
    async def p(self, i: int) -> None:
        while True:
            await step()
            self.flag[i] = 1
            await until(all(f < 3 for f in self.flag))
            self.flag[i] = 3
            await step()
            if any(f == 1 for j, f in enumerate(self.flag) if j != i):
                self.flag[i] = 2
                await until(4 in self.flag)
            self.flag[i] = 4
            await until(all(self.flag[j] < 2 for j in range(i)))
            await step()  # critical
            await until(all(self.flag[j] < 2 or self.flag[j] > 3 for j in range(i + 1, 3)))
            self.flag[i] = 0

    @invariant
    def some(self) -> bool:
        return sum(1 for f in self.flag if f == 4) <= 3


class Expected(Reference):
    invariants = ("some",)

    def setup(self) -> None:
        self.flag = [0, 0, 0]

    def threads(self) -> list[Thread]:
        return [self.p(i) for i in range(3)]

    def p(self, i: int) -> Thread:
        flag = self.flag
        while True:
            yield ("idle",)
            flag[i] = 1
            yield "door", lambda: max(flag) < 3
            flag[i] = 3
            yield ("in",)
            if 1 in flag[:i] + flag[i + 1 :]:
                flag[i] = 2
                yield "room", lambda: 4 in flag
            flag[i] = 4
            yield "line", lambda: all(f in (0, 1) for f in flag[:i])
            yield ("critical",)
            yield "out", lambda: not {2, 3} & set(flag[i + 1 :])
            flag[i] = 0

    def some(self) -> bool:
        return True
