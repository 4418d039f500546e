"""Entries of pools: when they are free again."""

from __future__ import annotations

from ordercheck import Component, Model, Outcome, integer, pool, process, step, verify


class Job(Component):
    """Something that comes and goes."""

    def __init__(self) -> None:
        self.done = integer(0, lo=0, hi=1)


class Dropped(Model):
    """One job after another, each forgotten before the next; two exist at a time at most."""

    def setup(self) -> None:
        self.jobs = pool(Job, capacity=2)

    @process
    async def once(self) -> None:
        await step()
        job = self.jobs.new()
        await step()
        job.done = 1

    @process
    async def again(self) -> None:
        for _ in range(3):
            job = self.jobs.new()
            await step()
            job.done = 1
            await step()


class DroppedInParts(Model):
    """The same with the job as one part of a tuple, and with a place of the job's."""

    def setup(self) -> None:
        self.jobs = pool(Job, capacity=1)

    @process
    async def again(self) -> None:
        for k in range(3):
            both = (self.jobs.new(), k)
            await step()
            both[0].done = 1
            await step()


def test_a_dead_local_holds_no_entry() -> None:
    # The value that it holds instead must not be an entry of the pool either.
    assert verify(Dropped).outcome is Outcome.HOLDS
    assert verify(DroppedInParts).outcome is Outcome.HOLDS
