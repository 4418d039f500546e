"""Lamps that anybody may switch: nearly every step leads to a state that is known already."""

from ordercheck import Model, action, array, invariant, param


class Lights(Model):
    """A row of lamps."""

    lamps: int = param(6, lo=2, hi=28)

    def setup(self) -> None:
        """All are off."""
        self.lit = array(bool, self.lamps, False)

    @action(each=lambda self: range(self.lamps))
    def switch(self, lamp: int) -> None:
        """One lamp goes on, or off."""
        self.lit[lamp] = not self.lit[lamp]

    @invariant
    def sane(self) -> bool:
        """The first lamp is on or off."""
        return self.lit[0] or not self.lit[0]
