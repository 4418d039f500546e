"""Two processes raise a flag and wait for the other's to be down: safe, but they can get stuck.

What Peterson's algorithm begins with, and why it needs more.
"""

from ordercheck import (
    Model,
    array,
    invariant,
    process,
    set_of,
    step,
    until,
    variant,
    violates,
)


class TwoFlags(Model):
    """The flags, and who is inside."""

    variants = [variant("two processes", expect=violates("deadlock"))]

    def setup(self) -> None:
        """Both flags are down."""
        self.flag = array(bool, 2, False)
        self.inside = set_of(range(2))

    @process(each=range(2))
    async def contender(self, me: int) -> None:
        """Wants to get in, again and again."""
        while True:
            await step()  # busy elsewhere
            self.flag[me] = True
            await until(not self.flag[1 - me])
            self.inside.add(me)
            await step()  # busy inside
            self.inside.remove(me)
            self.flag[me] = False

    @invariant
    def mutual_exclusion(self) -> bool:
        """Never both inside."""
        return len(self.inside) <= 1
