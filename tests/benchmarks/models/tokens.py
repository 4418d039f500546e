"""Wide states: tokens that walk round a ring of many cells, each of which counts in a byte."""

from typing import Annotated

from ordercheck import Model, Range, action, array, invariant, param, require, variable

Count = Annotated[int, Range(0, 255)]


class Tokens(Model):
    """All tokens are put into the first cell; then each step takes one of them one cell on."""

    cells: int = param(8, lo=2, hi=100)
    tokens: int = param(2, lo=1, hi=6)

    def setup(self) -> None:
        """The ring is empty."""
        self.count = array(Count, self.cells, 0)
        self.begun = variable(bool, False)

    @action
    def begin(self) -> None:
        """All tokens are put into the first cell."""
        require(not self.begun)
        self.begun = True
        self.count[0] = self.tokens

    @action(each=lambda self: range(self.cells))
    def step(self, cell: int) -> None:
        """One token leaves a cell for the next."""
        require(self.count[cell] > 0)
        self.count[cell] -= 1
        self.count[(cell + 1) % self.cells] += 1

    @invariant
    def bounded(self) -> bool:
        """The first cell never has more than there are."""
        return self.count[0] <= self.tokens
