"""Places by other names: a local name for a place is the place, however it came about."""

from collections.abc import Callable

from ordercheck import Model, Seq, action, choose, integer, require, seq
from tests.models.references.explore import Reference


class Aliases(Model):
    deadlock = False

    def setup(self) -> None:
        self.a = seq(range(2), capacity=2, initial=[0])
        self.b = seq(range(2), capacity=2, initial=[0, 1])
        self.both = [self.a, self.b]
        self.turn = integer(0, lo=0, hi=1)

    def fuller(self) -> Seq[int]:
        if len(self.a) > len(self.b):
            return self.a
        return self.b

    @action
    def chosen(self) -> None:
        q = choose([q for q in self.both if q])
        q.pop()

    @action
    def first_that(self) -> None:
        require(any(len(q) == 2 for q in self.both))
        q = next(q for q in self.both if len(q) == 2)
        q[0] = 1 - q[0]

    @action
    def each_in_a_tuple(self) -> None:
        require(self.turn)
        for q in (self.b, self.a):
            if q:
                q.popleft()
                break
        self.turn -= 1

    @action
    def swapped(self) -> None:
        q = self.a if self.turn == 0 else self.b
        r = self.b if q is self.a else self.a
        require(q and len(r) < 2)
        r.insert(0, q.pop())
        self.turn = 1 - self.turn

    @action
    def returned(self) -> None:
        q = self.fuller()
        require(len(q) < 2)
        q.append(choose((0, 1)))


class Expected(Reference):
    stops = True

    def setup(self) -> None:
        self.q, self.turn = [[0], [0, 1]], 0

    def actions(self) -> list[Callable[[], None]]:
        return [self.chosen, self.first, self.each, self.swapped, self.returned]

    def chosen(self) -> None:
        self.q[self.choose(k for k in (0, 1) if self.q[k])].pop()

    def first(self) -> None:
        full = [k for k in (0, 1) if len(self.q[k]) == 2]
        self.require(full)
        self.q[full[0]][0] ^= 1

    def each(self) -> None:
        self.require(self.turn)
        del self.q[1 if self.q[1] else 0][:1]
        self.turn = 0

    def swapped(self) -> None:
        source, sink = self.q[self.turn], self.q[1 - self.turn]
        self.require(source and len(sink) < 2)
        sink[:] = [source.pop(), *sink]
        self.turn ^= 1

    def returned(self) -> None:
        k = 0 if len(self.q[0]) > len(self.q[1]) else 1
        self.require(len(self.q[k]) < 2)
        self.q[k].append(self.choose((0, 1)))
