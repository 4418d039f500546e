"""Guess x and y with a·x + b·y = c modulo 256, one increment at a time.

A state space whose size everybody knows, 256², from Stateright's tests. That
2x + 4y = 7 has no solution takes looking at every pair.
"""

from ordercheck import Model, action, holds, integer, invariant, param, variant, violates

MODULUS = 256


class LinearEquation(Model):
    """The present guess."""

    a: int = param(2, lo=0, hi=MODULUS - 1)
    b: int = param(10, lo=0, hi=MODULUS - 1)
    c: int = param(14, lo=0, hi=MODULUS - 1)
    variants = [
        variant("has a solution", expect=violates("unsolved")),
        variant("has none", a=2, b=4, c=7, expect=holds()),
    ]

    def setup(self) -> None:
        """Begin with 0, 0."""
        self.x = integer(0, lo=0, hi=MODULUS - 1)
        self.y = integer(0, lo=0, hi=MODULUS - 1)

    @action
    def more_x(self) -> None:
        """Guess the next x."""
        self.x = (self.x + 1) % MODULUS

    @action
    def more_y(self) -> None:
        """Guess the next y."""
        self.y = (self.y + 1) % MODULUS

    @invariant
    def unsolved(self) -> bool:
        """The claim to be refuted."""
        return (self.a * self.x + self.b * self.y) % MODULUS != self.c
