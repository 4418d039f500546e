"""Lamport's "Teaching concurrency": each process writes x, then reads its neighbour's.

Process i sets x[i] to 1, then y[i] to x[i - 1]. When all have finished, some y is 1
(tlaplus/Examples, TeachingConcurrency): why, is what an invariant must say.
"""

from ordercheck import Model, array, holds, integer, invariant, param, process, step, variant


class TeachingConcurrency(Model):
    """What each process has written, and how many have finished."""

    processes: int = param(5, lo=1, hi=8)
    variants = [variant("five processes", expect=holds())]

    def setup(self) -> None:
        """All variables are 0."""
        self.x = array(range(2), self.processes, 0)
        self.y = array(range(2), self.processes, 0)
        self.finished = integer(0, lo=0, hi=self.processes)

    @process(each=lambda self: range(self.processes))
    async def worker(self, me: int) -> None:
        """Writes, then reads."""
        self.x[me] = 1
        await step()
        self.y[me] = self.x[me - 1]
        self.finished += 1

    @invariant
    def some_y(self) -> bool:
        """When all have finished, somebody has read a 1: he who read last."""
        return self.finished < self.processes or 1 in self.y
