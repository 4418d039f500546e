"""Dekker's algorithm."""

from ordercheck import Model, array, integer, invariant, process, step, until, variable
from tests.models.references.explore import Reference, Thread


class Dekker(Model):
    def setup(self) -> None:
        self.want = array(bool, 2, False)
        self.turn: int = variable(range(2), 0)
        self.inside = integer(0, lo=0, hi=2)

    @process(each=range(2))
    async def p(self, me: int) -> None:
        other = 1 - me
        while True:
            await step()
            self.want[me] = True
            await step()
            while self.want[other]:
                await step()
                if self.turn != me:
                    self.want[me] = False
                    await until(self.turn == me)
                    self.want[me] = True
                    await step()
            self.inside += 1
            await step()
            self.inside -= 1
            self.turn = other
            await step()
            self.want[me] = False

    @invariant
    def mutex(self) -> bool:
        return self.inside <= 1


class Expected(Reference):
    invariants = ("mutex",)

    def setup(self) -> None:
        self.want, self.turn, self.inside = [False, False], 0, 0

    def threads(self) -> list[Thread]:
        return [self.p(0), self.p(1)]

    def p(self, me: int) -> Thread:
        other = 1 - me
        yield ("new",)
        while True:
            yield ("idle",)
            self.want[me] = True
            yield ("wanting",)
            while self.want[other]:
                yield ("polite",)
                if self.turn != me:
                    self.want[me] = False
                    yield "waiting", lambda: self.turn == me
                    self.want[me] = True
                    yield ("again",)
            self.inside += 1
            yield ("critical",)
            self.inside -= 1
            self.turn = other
            yield ("leaving",)
            self.want[me] = False

    def mutex(self) -> bool:
        return self.inside <= 1
