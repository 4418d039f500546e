"""Peterson's algorithm: mutual exclusion of two processes with three shared variables.

Each raises its flag, then gives way to the other, then waits (G. L. Peterson, 1981).
Each write is a step of its own, since the hardware does them one by one. With the two
writes exchanged, which looks harmless, both can be inside.
"""

from ordercheck import (
    Model,
    array,
    holds,
    integer,
    invariant,
    param,
    process,
    reachable,
    set_of,
    step,
    until,
    variant,
    violates,
)


class Peterson(Model):
    """The flags, whose turn it is, and who is inside."""

    turn_first: bool = param(False, help="give way before raising the flag: a bug")
    variants = [
        variant("as published", expect=holds()),
        variant("turn first", turn_first=True, expect=violates("mutual_exclusion")),
    ]

    def setup(self) -> None:
        """Both are elsewhere."""
        self.flag = array(bool, 2, False)
        self.turn = integer(0, lo=0, hi=1)
        self.inside = set_of(range(2))

    @process(each=range(2))
    async def contender(self, me: int) -> None:
        """Wants to get in, again and again."""
        while True:
            await step()  # busy elsewhere
            await step()
            self.write(me, first=True)
            await step()
            self.write(me, first=False)
            await until(not self.flag[1 - me] or self.turn == me)
            self.inside.add(me)
            await step()  # busy inside
            await step()
            self.inside.remove(me)
            self.flag[me] = False

    def write(self, me: int, first: bool) -> None:
        """One of the two writes before the wait."""
        if first != self.turn_first:
            self.flag[me] = True
        else:
            self.turn = 1 - me

    @invariant
    def mutual_exclusion(self) -> bool:
        """Never both inside."""
        return len(self.inside) <= 1

    @reachable
    def second_inside(self) -> bool:
        """It gets in as well."""
        return 1 in self.inside
