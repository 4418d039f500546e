"""Die Hard: measure four gallons with a jug of three and a jug of five.

The film's riddle, as in tlaplus/Examples (DieHard). A puzzle is checked by claiming
that it has no solution: the counterexample is the solution, and the shortest one.
"""

from ordercheck import Model, action, integer, invariant, param, variant, violates

SMALL, BIG = 3, 5


class DieHard(Model):
    """Two jugs, a fountain, and no measure marks."""

    goal: int = param(4, lo=0, hi=BIG, help="how many gallons the big jug shall hold")
    variants = [
        variant("four gallons", expect=violates("not_solved")),
    ]

    def setup(self) -> None:
        """Both jugs are empty."""
        self.small = integer(0, lo=0, hi=SMALL)
        self.big = integer(0, lo=0, hi=BIG)

    @action
    def fill_small(self) -> None:
        """At the fountain."""
        self.small = SMALL

    @action
    def fill_big(self) -> None:
        """At the fountain."""
        self.big = BIG

    @action
    def empty_small(self) -> None:
        """Onto the ground."""
        self.small = 0

    @action
    def empty_big(self) -> None:
        """Onto the ground."""
        self.big = 0

    @action
    def small_to_big(self) -> None:
        """Until one is empty or the other is full."""
        amount = min(self.small, BIG - self.big)
        self.small -= amount
        self.big += amount

    @action
    def big_to_small(self) -> None:
        """Until one is empty or the other is full."""
        amount = min(self.big, SMALL - self.small)
        self.big -= amount
        self.small += amount

    @invariant
    def not_solved(self) -> bool:
        """The claim to be refuted."""
        return self.big != self.goal
