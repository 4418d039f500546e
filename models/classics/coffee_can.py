"""Dijkstra's coffee can: take two beans, put one back, until one is left.

Two of one colour: a black one goes back; two of different colours: the white one
(tlaplus/Examples, CoffeeCan). The last bean is white just if the whites were odd.
"""

from ordercheck import (
    Model,
    action,
    choose,
    holds,
    integer,
    param,
    require,
    step_invariant,
    variant,
)


class CoffeeCan(Model):
    """How many beans of each colour are in the can, for every first filling."""

    beans: int = param(20, lo=1, hi=1000, help="how many beans the can holds at most")
    variants = [
        variant("a hundred beans", beans=100, expect=holds()),
    ]

    def setup(self) -> None:
        """Any number of beans of each colour, one at least."""
        limit = self.beans
        start = choose(
            [(b, w) for b in range(limit + 1) for w in range(limit + 1) if 1 <= b + w <= limit],
        )
        self.black = integer(start[0], lo=0, hi=limit)
        self.white = integer(start[1], lo=0, hi=limit)

    @action
    def two_white(self) -> None:
        """Two white beans are taken: a black one goes back."""
        require(self.white >= 2)
        self.white -= 2
        self.black += 1

    @action
    def two_black(self) -> None:
        """Two black beans are taken: one of them goes back."""
        require(self.black >= 2)
        self.black -= 1

    @action
    def one_of_each(self) -> None:
        """One of each is taken: the white one goes back."""
        require(self.black >= 1 and self.white >= 1)
        self.black -= 1

    @action
    def stop(self) -> None:
        """One bean is left, for ever."""
        require(self.black + self.white == 1)

    @step_invariant
    def parity(self, before: "CoffeeCan") -> bool:
        """Whites are odd for ever, or even for ever."""
        return self.white % 2 == before.white % 2
