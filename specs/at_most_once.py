"""At most once: what must not be repeated is not repeated."""

from __future__ import annotations

from typing import Protocol

from ordercheck import Bag, Spec, invariant


class Doing(Protocol):
    """A model of work that is done."""

    @property
    def done(self) -> Bag[int]:
        """Each piece of work by its number, as often as it has been done."""


class AtMostOnce(Spec[Doing]):
    """No piece of work is done twice.

    For all pieces w: how often w has been done is at most 1. The smallest history that violates
    it: 0 is delivered, its lease ends, 0 is delivered again, both do it. Applies to effects
    that cannot be taken back: a step's charge of a credit card, a message that is sent. A queue
    alone never gives it: it takes a place that remembers, written in the same step as the effect.
    """

    @invariant
    def at_most_once(self, model: Doing) -> bool:
        """Nothing has been done twice."""
        return all(model.done.count(work) <= 1 for work in model.done)
