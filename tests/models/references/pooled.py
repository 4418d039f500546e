"""Jobs out of a pool, worked at in turn: entries are free again once nobody knows them."""

from collections.abc import Callable

from ordercheck import (
    Component,
    Model,
    action,
    choose,
    integer,
    invariant,
    optional,
    pool,
    require,
    seq,
    variable,
)
from tests.models.references.explore import Reference


class Job(Component):
    def __init__(self) -> None:
        self.left = integer(2, lo=0, hi=2)
        self.owner = integer(0, lo=0, hi=1)

    def work(self) -> None:
        self.left -= 1


class Jobs(Model):
    deadlock = False

    def setup(self) -> None:
        self.jobs = pool(Job, capacity=2)
        self.queue = seq(Job, capacity=3)
        self.favourite: Job | None = variable(optional(Job), None)

    @action
    def submit(self) -> None:
        job = self.jobs.new()
        job.owner = choose(range(2))
        self.queue.append(job)

    @action
    def work(self) -> None:
        require(self.queue)
        job = self.queue.popleft()
        job.work()
        if job.left:
            self.queue.append(job)
        elif job is self.favourite:
            assert job.owner == 0
            self.favourite = None

    @action
    def like(self) -> None:
        require(self.favourite is None and self.queue)
        self.favourite = choose([job for job in self.queue if job.owner == 0])

    @action
    def give(self) -> None:
        require(self.favourite is not None and self.favourite.owner == 0)
        assert self.favourite is not None
        self.favourite.owner = 1

    @invariant
    def begun(self) -> bool:
        return all(job.left > 0 for job in self.queue)


class Expected(Reference):
    invariants = ("begun",)
    stops = True

    def setup(self) -> None:
        self.slots: list[tuple[int, int] | None] = [None, None]  # left, owner
        self.queue, self.favourite = list[int](), -1

    def actions(self) -> list[Callable[[], None]]:
        return [self.submit, self.work, self.like, self.give]

    def submit(self) -> None:
        owner = self.choose((0, 1)) if None in self.slots else 0
        self.check(None in self.slots, "pool")
        slot = self.slots.index(None)
        self.slots[slot] = (2, owner)
        self.queue.append(slot)

    def work(self) -> None:
        self.require(self.queue)
        slot = self.queue.pop(0)
        left, owner = self.slots[slot] or (0, 0)
        if left == 2:
            self.slots[slot] = (1, owner)
            self.queue.append(slot)
            return
        if slot == self.favourite:
            self.check(owner == 0)
            self.favourite = -1
        self.slots[slot] = None

    def like(self) -> None:
        self.require(self.favourite < 0)
        self.favourite = self.choose(s for s in self.queue if (self.slots[s] or (0, 1))[1] == 0)

    def give(self) -> None:
        self.require(self.favourite >= 0)
        left, owner = self.slots[self.favourite] or (0, 1)
        self.require(owner == 0)
        self.slots[self.favourite] = (left, 1)

    def begun(self) -> bool:
        return True
