"""Readers and writers, served in the order in which they asked.

Many may read at once, one alone may write (tlaplus/Examples, ReadersWriters).
"""

from enum import Enum

from ordercheck import (
    Model,
    Seq,
    action,
    holds,
    invariant,
    pair,
    param,
    reachable,
    require,
    seq,
    set_of,
    variant,
)


class Kind(Enum):
    """What somebody asks for."""

    READ = "read"
    WRITE = "write"


class ReadersWriters(Model):
    """Who reads, who writes, and the queue."""

    actors: int = param(2, lo=1, hi=4)
    variants = [variant("two actors", expect=holds())]

    def setup(self) -> None:
        """Nobody has asked. One may have asked for both."""
        everyone = range(self.actors)
        self.readers = set_of(everyone)
        self.writers = set_of(everyone)
        self.queue: Seq[tuple[Kind, int]] = seq(pair(Kind, everyone), capacity=2 * self.actors)

    @action(each=lambda self: range(self.actors), actor="actor")
    def ask_to_read(self, me: int) -> None:
        """Queue up as a reader."""
        require((Kind.READ, me) not in self.queue)
        self.queue.append((Kind.READ, me))

    @action(each=lambda self: range(self.actors), actor="actor")
    def ask_to_write(self, me: int) -> None:
        """Queue up as a writer."""
        require((Kind.WRITE, me) not in self.queue)
        self.queue.append((Kind.WRITE, me))

    @action(actor="lock")
    def serve(self) -> None:
        """Let the first of the queue in, if it can go in beside those inside."""
        require(self.queue and not self.writers)
        kind, who = self.queue.popleft()
        if kind == Kind.READ:
            self.readers.add(who)
        else:
            require(not self.readers)
            self.writers.add(who)

    @action(each=lambda self: range(self.actors), actor="actor")
    def leave(self, me: int) -> None:
        """Whoever is inside may go."""
        require(me in self.readers or me in self.writers)
        self.readers.discard(me)
        self.writers.discard(me)

    @invariant
    def exclusive(self) -> bool:
        """Who writes is alone."""
        return len(self.writers) <= 1 and not (self.readers and self.writers)

    @reachable
    def together(self) -> bool:
        """Two read at once."""
        return self.actors < 2 or len(self.readers) >= 2
