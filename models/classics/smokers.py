"""Three smokers, each with plenty of one ingredient, and a dealer who offers the other two.

Patil's problem in its simplest form (tlaplus/Examples, CigaretteSmokers).
"""

from enum import Enum

from ordercheck import Model, action, choose, holds, invariant, require, set_of, variable, variant


class Ingredient(Enum):
    """What a cigarette is made of."""

    TOBACCO = "tobacco"
    PAPER = "paper"
    MATCHES = "matches"


class Smokers(Model):
    """Which ingredient the dealer's offer lacks, and who smokes: named by what each has."""

    variants = [variant("three smokers", expect=holds())]

    def setup(self) -> None:
        """The dealer has offered two ingredients, nobody smokes."""
        self.missing: Ingredient | None = variable(Ingredient | None, choose(list(Ingredient)))
        self.smoking = set_of(Ingredient)

    @action
    def start(self) -> None:
        """The smoker who has what is missing takes the offer."""
        require(self.missing is not None)
        if self.missing is not None:
            self.smoking.add(self.missing)
        self.missing = None

    @action
    def stop(self) -> None:
        """He has finished, and the dealer makes the next offer."""
        require(self.missing is None)
        self.smoking.clear()
        self.missing = choose(list(Ingredient), name="missing")

    @invariant
    def at_most_one(self) -> bool:
        """Nobody smokes beside another."""
        return len(self.smoking) <= 1
