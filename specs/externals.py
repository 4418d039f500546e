"""Externals: what is pushed to a receiver arrives there, and can be unwrapped when it is needed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from ordercheck import Spec, invariant


class Receives(Protocol):
    """A model of externals that are numbered like the messages that mention them."""

    @property
    def rejected(self) -> Iterable[int]:
        """Externals that the sender had, and that the receiver was refused."""

    @property
    def failed(self) -> Iterable[int]:
        """Externals whose capability the receiver could not unwrap."""


class EveryTokenReceived(Spec[Receives]):
    """A token that exists reaches the receiver.

    For all externals x: sent(x) implies not rejected(x). The smallest history that
    violates it: the IOU for 0 is sent, the token for 0 is made, the IOU for 0 is
    rejected. A token that could not be made violates nothing: its IOU is to be rejected.
    Applies to whatever is promised in one message and sent in another.
    """

    @invariant
    def every_token_received(self, model: Receives) -> bool:
        """No IOU whose token was made is rejected."""
        return not any(True for _ in model.rejected)


class NoFailedUnwrap(Spec[Receives]):
    """A capability that stands for an external can be unwrapped when its message is read.

    For all externals x: mentioned(x) and read implies unwrapped(x), at once or after a
    wait. The smallest history that violates it: the message that mentions 0 is read, the
    push of 0 arrives ("pushed external is not a byte stream"). Applies to references in one
    message to what another one brings: streams, abort signals, tokens.
    """

    @invariant
    def no_failed_unwrap(self, model: Receives) -> bool:
        """No unwrap has failed."""
        return not any(True for _ in model.failed)
