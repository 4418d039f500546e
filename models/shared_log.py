"""Writers who decide from what they have read, and the log that they all append to.

Each writer reads the log, decides from what it says, and appends what he has decided. If somebody
else appends in between, he has decided from what is no longer so. With compare-and-set (append, if
the log is still as I have read it) he learns of it, reads what is new and decides again, so that
every entry follows from all before it. A writer who appends without the condition decides wrongly
himself; for those who compare, his entry is one more that they have to read.

- `SharedLog` (ordercheck/library/shared_log.py) is the log. An entry says who wrote it, and how
  many entries he had read.
- `writer` reads, decides and appends, until he has done it; `compares` of them append on condition.

Left out: what is decided, and a bound on how often one tries.
"""

from ordercheck import (
    Model,
    holds,
    invariant,
    pair,
    param,
    process,
    reachable,
    step,
    variant,
    violates,
)
from ordercheck.library import SharedLog


class Writers(Model):
    """A log, and those who append to it, once each."""

    writers: int = param(3, lo=1, hi=4)
    compares: int = param(3, lo=0, hi=4, help="how many of them append on condition")

    variants = [
        variant("compare and set", expect=holds()),
        variant("one does not", compares=2, expect=violates("decided_from_all")),
        variant("nobody does", compares=0, expect=violates("decided_from_all")),
        variant("one alone", writers=1, compares=0, expect=holds()),
    ]

    def setup(self) -> None:
        """Nothing has been written."""
        entry = pair(range(self.writers), range(self.writers))
        self.log = SharedLog(entry, capacity=self.writers)

    @process(each=lambda self: range(self.writers))
    async def writer(self, me: int) -> None:
        """Reads, decides, appends; begins again if the log has changed."""
        done = False
        while not done:
            await step()
            read = self.log.version()
            await step()
            if me < self.compares:
                done = self.log.append_if((me, read), read)
            else:
                self.log.append((me, read))
                done = True

    @invariant
    def decided_from_all(self) -> bool:
        """Entry k was decided from all k entries before it."""
        return all(self.log[k][1] == k for k in range(len(self.log)))

    @invariant
    def who_compares_decides_from_all(self) -> bool:
        """The same for those who compare, whatever others do."""
        return all(
            self.log[k][0] >= self.compares or self.log[k][1] == k for k in range(len(self.log))
        )

    @reachable
    def all_have_written(self) -> bool:
        """Everybody comes to his turn."""
        return len(self.log) == self.writers
