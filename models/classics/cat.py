"""A cat hides in one of several boxes and moves to a neighbouring box every night.

Each day the observer looks into one box, sweeping to and fro over all but the first
and the last and pausing at each turn (tlaplus/Examples, Moving_Cat_Puzzle). Wherever
both begin, the cat is found in the end.
"""

from ordercheck import Model, action, choose, holds, param, reachable, require, variable, variant


class Cat(Model):
    """Where the cat is, which box is looked into, and the direction of the sweep."""

    boxes: int = param(5, lo=3, hi=12)
    variants = [
        variant("five boxes", expect=holds()),
        variant("six boxes", boxes=6, expect=holds()),
    ]

    def setup(self) -> None:
        """The cat, the observer and the direction may be any."""
        self.cat = choose(range(1, self.boxes + 1))
        self.seen = choose(range(2, self.boxes))
        self.way = variable([-1, 1], choose([-1, 1]))

    @action
    def night(self) -> None:
        """The cat moves to a neighbouring box, the observer goes on or turns."""
        to = choose([self.cat - 1, self.cat + 1])
        require(1 <= to <= self.boxes)
        self.cat = to
        if 2 <= self.seen + self.way < self.boxes:
            self.seen += self.way
        else:
            self.way = -self.way

    @reachable
    def found(self) -> bool:
        """The observer looks into the cat's box."""
        return self.cat == self.seen
