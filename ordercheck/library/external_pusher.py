"""Where externals arrive that messages mention: workerd's io/external-pusher.c++.

`push` is pushByteStream(), pushAbortSignal() or pushDelayedChannelToken(), received: the external
is put into a CapabilityServerSet, and the capability for it settles. `unwrap` is unwrapStream() and
its like, as they are now: they wait for the capability (getLocalServer()). `unwrap_now` is what
they did before that, and what fails when the push has not been received yet.
"""

from __future__ import annotations

from collections.abc import Sequence

from ordercheck.language import Component, Failure, array, set_of
from ordercheck.language.spawning import checked_loop
from ordercheck.library.kj import KjLoop
from ordercheck.library.promise import Promise


class NotPushed(Failure):
    """There is nothing to unwrap: "pushed external is not a byte stream"."""


class Consumed(Failure):
    """It has been unwrapped before: "pushed byte stream has already been consumed"."""


class ExternalPusher(Component):
    """A receiver's pusher, for at most `externals` of them, which have numbers.

    How pushes travel is up to the model. An external that has passed one of the `membranes` is
    found only by a message that has passed the same one: its capability comes back unwrapped, that
    of another stays wrapped. The empty text is no membrane.
    """

    def __init__(self, loop: KjLoop, externals: int, *, membranes: Sequence[str] = ()) -> None:
        checked_loop(loop, KjLoop)
        self.loop = loop
        self.pushed = [Promise(loop) for _ in range(externals)]
        self.wrapped = array(["", *membranes], externals, "")
        self.consumed = set_of(range(externals))

    # --- pushes -------------------------------------------------------------------

    def push(self, external: int, membrane: str = "") -> None:
        """An external is received: those who wait for it go on."""
        self.wrapped[external] = membrane
        self.pushed[external].fulfill()

    def refuse(self, external: int) -> None:
        """It never will be: there is no token, its session is over, or a membrane refuses it."""
        self.pushed[external].reject()

    def is_settled(self, external: int) -> bool:
        """Whether an external has been received, or refused."""
        return self.pushed[external].is_settled()

    # --- messages that mention them -----------------------------------------------

    async def unwrap(self, external: int, membrane: str = "") -> None:
        """Wait for an external and take it; raises Rejected, and what `unwrap_now` raises."""
        await self.pushed[external]
        self.unwrap_now(external, membrane)

    def unwrap_now(self, external: int, membrane: str = "") -> None:
        """Take an external that must be there; raises NotPushed, Consumed, or Rejected."""
        if not self.is_settled(external) or self.wrapped[external] != membrane:
            raise NotPushed()
        self.pushed[external].result()
        if external in self.consumed:
            raise Consumed()
        self.consumed.add(external)
