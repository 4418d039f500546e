"""E-order: calls made on one reference are delivered in the order in which they were made."""

from __future__ import annotations

from typing import Protocol

from ordercheck import Spec, invariant


class Deliveries(Protocol):
    """A log of numbers, such as a Log or a Seq."""

    def __len__(self) -> int:
        """How many calls have been delivered."""

    def __getitem__(self, index: int, /) -> int:
        """The number of a delivered call."""


class Delivers(Protocol):
    """A model of one reference: its calls are numbered in the order in which they are made."""

    @property
    def delivered(self) -> Deliveries:
        """The calls that have been delivered, in the order in which they were."""


class EOrder(Spec[Delivers]):
    """What a Cap'n Proto reference promises (capnproto.org/rpc.html).

    For all calls a, b on the reference: made(a) < made(b) and both delivered implies
    delivered(a) < delivered(b). Calls are numbered as they were made, so their log is to
    be increasing, and neighbours are enough to tell. The smallest history that violates
    it: made 0, 1; delivered [1, 0]. Order is kept for each reference, not between
    references. A call that is never delivered (it failed, it was cancelled) violates
    nothing; one that is delivered twice does. Of a record: `ordercheck check-trace e_order`.
    """

    @invariant
    def e_order(self, model: Delivers) -> bool:
        """No call is delivered before one made earlier on its reference."""
        log = model.delivered
        return all(log[k] < log[k + 1] for k in range(len(log) - 1))
