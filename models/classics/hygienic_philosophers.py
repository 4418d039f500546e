"""Philosophers who dine hygienically: a fork is cleaned when it is handed over.

Chandy and Misra, "The drinking philosophers problem"; tlaplus/Examples
(DiningPhilosophers). Fork p lies between philosophers p - 1 and p. Who holds a dirty fork hands
it, clean, to the neighbour; who eats makes both dirty. Nobody starves, nobody waits in
a circle.
"""

from ordercheck import (
    Array,
    Model,
    array,
    holds,
    invariant,
    pair,
    param,
    process,
    step,
    variant,
)

Fork = tuple[int, bool]
"""Who holds it, and whether it is clean."""


class HygienicPhilosophers(Model):
    """The forks, who is hungry, who eats."""

    philosophers: int = param(5, lo=2, hi=7)
    variants = [
        variant("three", philosophers=3, expect=holds()),
        variant("five", expect=holds()),
    ]

    def setup(self) -> None:
        """Each holds a dirty fork, but for one who has two and one who has none."""
        n = self.philosophers
        self.fork: Array[Fork] = array(
            pair(range(n), bool), n, [(0 if f == 1 else f, False) for f in range(n)]
        )
        self.hungry = array(bool, n, True)
        self.eating = array(bool, n, False)

    @process(each=lambda self: range(self.philosophers))
    async def philosopher(self, me: int) -> None:
        """Hands over a dirty fork, then eats or thinks if it can."""
        while True:
            await step()
            left, right = me, (me + 1) % self.philosophers
            if self.fork[left] == (me, False):
                self.fork[left] = ((me - 1) % self.philosophers, True)
            elif self.fork[right] == (me, False):
                self.fork[right] = ((me + 1) % self.philosophers, True)
            if not self.hungry[me]:
                await step()
                self.hungry[me] = True
            elif self.fork[left] == (me, True) and self.fork[right] == (me, True):
                self.eating[me] = True
                await step()
                self.eating[me] = False
                self.hungry[me] = False
                self.soil(left)
                self.soil(right)

    def soil(self, fork: int) -> None:
        """After a meal the fork is dirty."""
        self.fork[fork] = (self.fork[fork][0], False)

    @invariant
    def neighbours_take_turns(self) -> bool:
        """No two neighbours eat at once."""
        n = self.philosophers
        return not any(self.eating[p] and self.eating[(p + 1) % n] for p in range(n))
