"""No truncation: what is taken for complete is whole."""

from __future__ import annotations

from typing import Protocol

from ordercheck import Spec, invariant


class Receiving(Protocol):
    """A model of something that is sent in parts, by somebody who may stop halfway."""

    @property
    def meant(self) -> int:
        """How many parts were to be sent."""

    @property
    def received(self) -> int:
        """How many have been received."""

    @property
    def taken_for_complete(self) -> bool:
        """Whether the receiver says that this was all."""


class NoTruncation(Spec[Receiving]):
    """A receiver takes for complete only what is.

    For all bodies b: taken_for_complete(b) implies received(b) = meant(b), in numbers of parts. The
    smallest history that violates it: a sender of one part fails before it sends it, the receiver
    reads the end. Applies to streams, uploads, and to whatever is read up to an end that a
    failure makes as well.
    """

    @invariant
    def no_truncation(self, model: Receiving) -> bool:
        """What is taken for complete lacks nothing."""
        return not model.taken_for_complete or model.received == model.meant
