"""No lost work: what was accepted is done, or somebody will still do it."""

from __future__ import annotations

from typing import Protocol

from ordercheck import Spec, invariant


class Accepting(Protocol):
    """A model that accepts work and does it later."""

    def lost(self) -> bool:
        """Whether there is a piece of work that is not done and that nobody will do."""


class NoLostWork(Spec[Accepting]):
    """Work that was accepted is done, at work, or still to be delivered.

    For all pieces w: accepted(w) implies done(w), or w is in the queue or in somebody's hands.
    The smallest history that violates it: 0 is delivered and acknowledged, its consumer
    crashes before he has done it. Applies to every queue that says "accepted": this is what
    "at least once" means, as a statement about single moments.
    """

    @invariant
    def no_lost_work(self, model: Accepting) -> bool:
        """Nothing that was accepted has got lost."""
        return not model.lost()
