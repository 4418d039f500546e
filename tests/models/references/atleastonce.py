"""Queue with at-least-once delivery, crash of the worker, idempotency keys."""

from collections.abc import Callable
from functools import partial

from ordercheck import (
    Model,
    action,
    array,
    bag_of,
    choose,
    holds,
    integer,
    invariant,
    map_of,
    param,
    reachable,
    require,
    set_of,
    variant,
    violates,
)
from tests.models.references.explore import Reference


class Queue(Model):
    dedupe: bool = param(False)
    jobs: int = param(2, lo=1, hi=3)
    variants = [
        variant("plain", expect=violates("once")),
        variant("keys", dedupe=True, expect=holds()),
    ]
    deadlock = False

    def setup(self) -> None:
        self.ready = bag_of(range(self.jobs), capacity=self.jobs, initial=range(self.jobs))
        self.leased = map_of(range(2), range(self.jobs))  # worker -> job
        self.effects = array(range(3), self.jobs, 0)
        self.seen = set_of(range(self.jobs))
        self.crashes = integer(1, lo=0, hi=1)

    @action(each=range(2))
    def lease(self, w: int) -> None:
        require(w not in self.leased and self.ready)
        job: int = choose(self.ready)
        self.leased[w] = job
        self.ready.remove(job)

    @action(each=range(2))
    def work(self, w: int) -> None:
        job = self.leased.get(w)
        require(job is not None)
        assert job is not None
        if self.dedupe and job in self.seen:
            return
        self.seen.add(job)
        self.effects[job] += 1

    @action(each=range(2))
    def ack(self, w: int) -> None:
        require(w in self.leased)
        job = self.leased.pop(w)
        require(self.effects[job])

    @action
    def expire(self) -> None:
        require(self.leased)
        w, job = choose(self.leased.items())
        require(self.crashes > 0)
        self.crashes -= 1
        del self.leased[w]
        self.ready.add(job)

    @invariant
    def once(self) -> bool:
        return max(self.effects) <= 1

    @reachable
    def drained(self) -> bool:
        return not self.ready and not self.leased and self.crashes == 0


class Expected(Reference):
    invariants = ("once",)
    stops = True

    def __init__(self, dedupe: bool = False) -> None:
        super().__init__()
        self.dedupe = dedupe

    def setup(self) -> None:
        self.ready, self.leased = [0, 1], dict[int, int]()
        self.effects, self.seen, self.crashes = [0, 0], set[int](), 1

    def actions(self) -> list[Callable[[], None]]:
        kinds = (self.lease, self.work, self.ack)
        return [*(partial(kind, w) for kind in kinds for w in range(2)), self.expire]

    def lease(self, w: int) -> None:
        self.require(w not in self.leased)
        self.leased[w] = self.choose(self.ready)
        self.ready.remove(self.leased[w])

    def work(self, w: int) -> None:
        self.require(w in self.leased)
        job = self.leased[w]
        if not self.dedupe or job not in self.seen:
            self.seen |= {job}
            self.check(self.effects[job] < 2, "range")
            self.effects[job] += 1

    def ack(self, w: int) -> None:
        self.require(w in self.leased and self.effects[self.leased[w]])
        del self.leased[w]

    def expire(self) -> None:
        w = self.choose(sorted(self.leased))
        self.require(self.crashes)
        self.crashes -= 1
        self.ready = sorted([*self.ready, self.leased.pop(w)])

    def once(self) -> bool:
        return max(self.effects) <= 1
