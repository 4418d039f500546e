"""FIFO: what is sent on one way arrives in the order in which it was sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ordercheck import Spec, invariant


class Carrying(Protocol):
    """A model of one way between two: what was sent on it, and what has arrived."""

    @property
    def sent(self) -> Sequence[int]:
        """What was sent, oldest first."""

    @property
    def received(self) -> Sequence[int]:
        """What has arrived, in the order in which it did."""


class Fifo(Spec[Carrying]):
    """First in, first out, and nothing lost before something that arrives.

    What has been received is a prefix of what has been sent. The smallest history that violates
    it: sent 0, 1; received [1]. Applies to the connections between two vats, to which
    Cap'n Proto owes E-order; a stronger claim than E-order, which allows calls to be lost.
    """

    @invariant
    def fifo(self, model: Carrying) -> bool:
        """What has been received is how what was sent begins."""
        received = model.received
        return list(model.sent[: len(received)]) == list(received)
