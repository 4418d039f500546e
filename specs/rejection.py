"""Rejection: what a reference cannot deliver it rejects, in order; nothing behind gets through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ordercheck import Spec, invariant


class Rejecting(Protocol):
    """A model of one reference: its calls are numbered in the order in which they are made."""

    @property
    def delivered(self) -> Sequence[int]:
        """The calls that have been delivered, in the order in which they were."""

    @property
    def rejected(self) -> Sequence[int]:
        """The calls that have been rejected, in the order in which they were."""


class NothingAfterRejection(Spec[Rejecting]):
    """A reference that breaks delivers nothing from then on.

    For all calls a, b on the reference: rejected(a) and made(a) < made(b) implies not
    delivered(b), nor is a itself. The smallest history that violates it: made 0, 1; rejected 0;
    delivered 1. Applies to promises that are rejected, revoked membranes, lost connections. That
    no call is forgotten is left to the search for deadlocks: its task waits for ever.
    """

    @invariant
    def nothing_after_rejection(self, model: Rejecting) -> bool:
        """No call is delivered that is rejected, or was made after one that is."""
        return all(d < r for d in model.delivered for r in model.rejected)


class RejectedInOrder(Spec[Rejecting]):
    """A reference that breaks rejects its calls in the order in which they were made, once each.

    For all calls a, b on the reference: made(a) < made(b) and both rejected implies
    rejected(a) < rejected(b). The smallest history that violates it: made 0, 1; rejected [1, 0].
    Applies to references within a vat. Between vats Cap'n Proto does not promise it: a call
    is rejected at home at once, while the rejection of an earlier one is on its way back.
    """

    @invariant
    def rejected_in_order(self, model: Rejecting) -> bool:
        """Rejections come in the order of calls, once each."""
        log = model.rejected
        return all(log[k] < log[k + 1] for k in range(len(log) - 1))
