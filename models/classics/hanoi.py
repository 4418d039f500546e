"""The towers of Hanoi: move a tower, disk by disk, never a larger disk onto a smaller one.

As in the tutorials of mCRL2 and tlaplus/Examples (tower_of_hanoi): 3ⁿ states, and the
shortest solution takes 2ⁿ - 1 moves.
"""

from itertools import product

from ordercheck import Model, action, array, invariant, param, require, variant, violates

PEGS = 3


class Hanoi(Model):
    """The peg on which each disk is, the smallest disk first."""

    disks: int = param(5, lo=1, hi=12)
    variants = [
        variant("five disks", expect=violates("not_solved")),
    ]

    def setup(self) -> None:
        """The tower stands on the first peg."""
        self.peg = array(range(PEGS), self.disks, 0)

    @action(each=lambda self: product(range(self.disks), range(PEGS)))
    def move(self, disk: int, to: int) -> None:
        """No smaller disk is on it, and none is where it goes."""
        require(to != self.peg[disk])
        require(all(self.peg[d] not in (self.peg[disk], to) for d in range(disk)))
        self.peg[disk] = to

    @invariant
    def not_solved(self) -> bool:
        """The claim to be refuted."""
        return any(peg != PEGS - 1 for peg in self.peg)
