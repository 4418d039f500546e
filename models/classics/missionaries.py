"""Missionaries and cannibals cross a river in a boat that holds two.

On neither bank may missionaries be outnumbered by cannibals (tlaplus/Examples,
MissionariesAndCannibals). The counterexample is the way across.
"""

from enum import Enum
from itertools import combinations

from ordercheck import (
    Model,
    action,
    invariant,
    param,
    require,
    subset,
    variable,
    variant,
    violates,
)


class Bank(Enum):
    """Where the boat is."""

    EAST = "east"
    WEST = "west"


class Missionaries(Model):
    """Who is on the east bank, and where the boat is."""

    missionaries: int = param(3, lo=1, hi=4)
    cannibals: int = param(3, lo=1, hi=4)
    variants = [
        variant("three of each", expect=violates("somebody_east")),
    ]

    def setup(self) -> None:
        """Everybody is on the east bank, and so is the boat."""
        self.believers = frozenset(f"M{k}" for k in range(self.missionaries))
        self.heathens = frozenset(f"C{k}" for k in range(self.cannibals))
        people = sorted(self.believers | self.heathens)
        self.everybody = frozenset(people)
        self.crews = [frozenset(crew) for k in (1, 2) for crew in combinations(people, k)]
        self.boat = variable(Bank, Bank.EAST)
        self.east = variable(subset(people), self.everybody)

    def safe(self, group: frozenset[str]) -> bool:
        """Whether nobody is eaten in this group."""
        believers = len(group & self.believers)
        return believers == 0 or len(group & self.heathens) <= believers

    @action(each=lambda self: self.crews)
    def cross(self, crew: frozenset[str]) -> None:
        """One or two people row to the other bank."""
        if self.boat == Bank.EAST:
            require(crew <= self.east)
            self.east = self.east - crew
            self.boat = Bank.WEST
        else:
            require(not crew & self.east)
            self.east = self.east | crew
            self.boat = Bank.EAST
        require(self.safe(self.east) and self.safe(self.everybody - self.east))

    @invariant
    def somebody_east(self) -> bool:
        """The claim to be refuted."""
        return len(self.east) > 0
