"""Gossip: how many calls until everybody knows all secrets?

Each caller and whom she calls share all that both know (the gossiping girls of mCRL2's
tutorial). The counterexample is a shortest round of calls: 2n - 4 of them from n = 4 on.
"""

from itertools import permutations

from ordercheck import (
    Array,
    Model,
    action,
    array,
    invariant,
    param,
    require,
    subset,
    variant,
    violates,
)


class Gossip(Model):
    """Which secrets each girl knows."""

    girls: int = param(4, lo=2, hi=5)
    variants = [variant("four girls", expect=violates("not_done"))]

    def setup(self) -> None:
        """Each knows her own."""
        everyone = range(self.girls)
        self.all = frozenset(everyone)
        self.knows: Array[frozenset[int]] = array(
            subset(everyone), self.girls, [frozenset({girl}) for girl in everyone]
        )

    @action(each=lambda self: permutations(range(self.girls), 2))
    def call(self, caller: int, called: int) -> None:
        """Both know afterwards what either knew."""
        both = self.knows[caller] | self.knows[called]
        self.knows[caller] = both
        self.knows[called] = both

    @action
    def all_done(self) -> None:
        """Nothing is left to be said."""
        require(all(secrets == self.all for secrets in self.knows))

    @invariant
    def not_done(self) -> bool:
        """The claim to be refuted."""
        return any(secrets != self.all for secrets in self.knows)
