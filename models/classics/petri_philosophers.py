"""Dining philosophers who take one fork at a time, either first: they can starve together.

The net of the Model Checking Contest: 3ⁿ states, and just two without a way on.
"""

from ordercheck import Model, action, array, param, require, variant, violates


class PetriPhilosophers(Model):
    """Which fork is in whose hand; fork p lies between philosophers p - 1 and p."""

    philosophers: int = param(5, lo=2, hi=12)
    variants = [variant("five", expect=violates("deadlock"))]

    def setup(self) -> None:
        """All forks are on the table."""
        self.left = array(bool, self.philosophers, False)
        self.right = array(bool, self.philosophers, False)

    @action(each=lambda self: range(self.philosophers), actor="philosopher")
    def take_left(self, me: int) -> None:
        """The left fork is on the table."""
        require(not self.left[me] and not self.right[me - 1])
        self.left[me] = True

    @action(each=lambda self: range(self.philosophers), actor="philosopher")
    def take_right(self, me: int) -> None:
        """The right fork is on the table."""
        require(not self.right[me] and not self.left[(me + 1) % self.philosophers])
        self.right[me] = True

    @action(each=lambda self: range(self.philosophers), actor="philosopher")
    def put_down(self, me: int) -> None:
        """The meal is over."""
        require(self.left[me] and self.right[me])
        self.left[me] = False
        self.right[me] = False
