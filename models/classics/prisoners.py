"""Prisoners are led, one at a time, to a room with one lamp, and may set it.

One of them counts: he alone turns the lamp off. Once he knows that all have been there
he says so, and they are free (tlaplus/Examples, Prisoners_Single_Switch).
"""

from ordercheck import (
    Model,
    action,
    array,
    boolean,
    choose,
    holds,
    integer,
    invariant,
    param,
    reachable,
    set_of,
    variable,
    variant,
)

COUNTER = 0


class Prisoners(Model):
    """The counter's count, how often each other has signalled, the lamp, who has been there."""

    prisoners: int = param(3, lo=2, hi=6)
    lamp_unknown: bool = param(False, help="nobody knows whether the lamp is on at first")
    variants = [
        variant("the lamp is off", expect=holds()),
        variant("nobody knows the lamp", lamp_unknown=True, expect=holds()),
    ]

    def setup(self) -> None:
        """Where the lamp may be on at first, each signals twice, so that it does not matter."""
        others = self.prisoners - 1
        self.signals_each = 2 if self.lamp_unknown else 1
        self.goal = 2 * others + 1 if self.lamp_unknown else self.prisoners
        self.lamp = variable(bool, choose([False, True]) if self.lamp_unknown else False)
        self.count = integer(1, lo=1, hi=2 * self.prisoners)
        self.signals = array(range(self.signals_each + 1), self.prisoners, 0)
        self.announced = boolean()
        self.visitors = set_of(range(self.prisoners))

    @action(each=lambda self: range(self.prisoners), actor="prisoner")
    def visit(self, who: int) -> None:
        """One prisoner is in the room."""
        self.visitors.add(who)
        if who == COUNTER:
            if self.lamp:
                self.count += 1
                self.lamp = False
            self.announced = self.count >= self.goal
        elif not self.lamp and self.signals[who] < self.signals_each:
            self.signals[who] += 1
            self.lamp = True

    @invariant
    def announced_rightly(self) -> bool:
        """He who says that all have been there is right."""
        return not self.announced or len(self.visitors) == self.prisoners

    @reachable
    def free(self) -> bool:
        """It does come to that."""
        return self.announced
