"""No false failure: what has succeeded is not reported to have failed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from ordercheck import Bag, Spec, invariant


class Reporting(Protocol):
    """A model of work that is done and reported on, by its number."""

    @property
    def done(self) -> Bag[int]:
        """Work that has succeeded, as often as it has."""

    @property
    def reported_failed(self) -> Iterable[int]:
        """Work that those who wait for it are told has failed."""


class NoFalseFailure(Spec[Reporting]):
    """Who waits for work is not told that it has failed when it succeeds.

    For all pieces w: failed(w) is reported implies that w has not been done, now or later. The
    smallest history that violates it: 0 is at work, 0 is reported to have failed, 0 succeeds.
    Applies to whoever gives work up for lost while somebody may still be at it: retries,
    deadlines, leases.
    """

    @invariant
    def no_false_failure(self, model: Reporting) -> bool:
        """Nothing that is done is reported to have failed."""
        return all(work not in model.done for work in model.reported_failed)
