"""A lock by test-and-set: look whether it is free and take it, in one step."""

from ordercheck import (
    Model,
    boolean,
    holds,
    invariant,
    param,
    process,
    reachable,
    set_of,
    step,
    until,
    variant,
)


class SpinLock(Model):
    """Whether the lock is free, and who is inside."""

    threads: int = param(2, lo=1, hi=6)
    variants = [variant("two threads", expect=holds())]

    def setup(self) -> None:
        """The lock is free."""
        self.free = boolean(True)
        self.inside = set_of(range(self.threads))

    @process(each=lambda self: range(self.threads))
    async def thread(self, me: int) -> None:
        """Wants to get in, again and again."""
        while True:
            await step()  # busy elsewhere
            await until(self.free)
            self.free = False
            self.inside.add(me)
            await step()  # busy inside
            await step()
            self.inside.remove(me)
            self.free = True

    @invariant
    def mutual_exclusion(self) -> bool:
        """Never two inside."""
        return len(self.inside) <= 1

    @reachable
    def last_inside(self) -> bool:
        """Each gets in, also the last."""
        return self.threads - 1 in self.inside
