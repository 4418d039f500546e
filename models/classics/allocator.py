"""An allocator of resources: clients ask for some, get some of them, give some back.

Merz's simple allocator (tlaplus/Examples, allocator): safe, yet two clients may each wait
for what the other has.
"""

from collections.abc import Iterable
from itertools import chain, combinations

from ordercheck import (
    Array,
    Model,
    action,
    array,
    choose,
    holds,
    invariant,
    param,
    reachable,
    require,
    subset,
    variant,
)


def bundles(items: Iterable[int]) -> list[frozenset[int]]:
    """All sets of one or more of the items."""
    known = list(items)
    chosen = chain.from_iterable(combinations(known, k) for k in range(1, len(known) + 1))
    return [frozenset(bundle) for bundle in chosen]


class Allocator(Model):
    """What each client still wants, and what it has."""

    clients: int = param(3, lo=1, hi=4)
    resources: int = param(2, lo=1, hi=3)
    variants = [variant("three clients, two resources", expect=holds())]

    def setup(self) -> None:
        """Nobody wants or has anything."""
        nothing: frozenset[int] = frozenset()
        self.all = frozenset(range(self.resources))
        self.bundles = bundles(range(self.resources))
        some = subset(range(self.resources))
        self.wanted: Array[frozenset[int]] = array(some, self.clients, nothing)
        self.held: Array[frozenset[int]] = array(some, self.clients, nothing)

    @action(each=lambda self: range(self.clients), actor="client")
    def ask(self, c: int) -> None:
        """A client that is content asks for several at once."""
        require(not self.wanted[c] and not self.held[c])
        self.wanted[c] = choose(self.bundles, name="what")

    @action(each=lambda self: range(self.clients), actor="allocator")
    def allocate(self, c: int) -> None:
        """Some of what a client wants is free: it gets some of that."""
        free = frozenset(
            r
            for r in range(self.resources)
            if not any(r in self.held[d] for d in range(self.clients))
        )
        what = choose([b for b in self.bundles if b <= free and b <= self.wanted[c]])
        self.wanted[c] = self.wanted[c] - what
        self.held[c] = self.held[c] | what

    @action(each=lambda self: range(self.clients), actor="client")
    def give_back(self, c: int) -> None:
        """A client gives back some of what it has."""
        what = choose([b for b in self.bundles if b <= self.held[c]])
        self.held[c] = self.held[c] - what

    @invariant
    def exclusive(self) -> bool:
        """No resource has two holders."""
        n = self.clients
        return not any(self.held[a] & self.held[b] for a in range(n) for b in range(a))

    @reachable
    def circle(self) -> bool:
        """The danger: somebody has one and wants another, and nothing is free."""
        return sum(len(held) for held in self.held) == self.resources and all(
            self.wanted[c] or not self.held[c] for c in range(self.clients)
        )
