"""The lost update: threads that read a counter, then write what they read plus one.

The smallest race there is (stateright/stateright, examples/increment.rs).
"""

from ordercheck import Model, array, integer, invariant, param, process, step, variant, violates


class LostUpdate(Model):
    """The counter, what each thread has in its register, how many threads have finished."""

    threads: int = param(2, lo=1, hi=5)
    variants = [
        variant("one thread", threads=1),
        variant("two threads", expect=violates("every_update_counts")),
    ]

    def setup(self) -> None:
        """Nobody has begun."""
        self.counter = integer(0, lo=0, hi=self.threads)
        self.register = array(range(self.threads + 1), self.threads, 0)
        self.finished = integer(0, lo=0, hi=self.threads)

    @process(each=lambda self: range(self.threads))
    async def thread(self, me: int) -> None:
        """Increments the counter, once."""
        self.register[me] = self.counter
        await step()
        self.counter = self.register[me] + 1
        self.finished += 1

    @invariant
    def every_update_counts(self) -> bool:
        """The counter says how many have finished."""
        return self.counter == self.finished
