"""A machine that lets clients into one critical section: who waits, who is done, is there one in?

A B machine from LTSmin's tests, which gives operations and their guards.
"""

from ordercheck import Model, action, boolean, holds, integer, invariant, param, require, variant


class MutexMachine(Model):
    """Clients are only counted."""

    clients: int = param(2, lo=1, hi=20)
    variants = [variant("two clients", expect=holds())]

    def setup(self) -> None:
        """All wait."""
        self.busy = boolean()
        self.waiting = integer(self.clients, lo=0, hi=self.clients)
        self.finished = integer(0, lo=0, hi=self.clients)

    @action
    def enter(self) -> None:
        """One that waits goes in."""
        require(not self.busy and self.waiting > 0)
        self.busy = True
        self.waiting -= 1

    @action
    def work(self) -> None:
        """The one that is in does something there."""
        require(self.busy)

    @action
    def finish(self) -> None:
        """The one that is in has finished."""
        require(self.busy)
        self.busy = False
        self.finished += 1

    @action
    def leave(self) -> None:
        """Whoever may be in goes away, and is seen no more."""
        self.busy = False

    @action
    def restart(self) -> None:
        """One that has finished waits again."""
        require(self.finished > 0)
        self.finished -= 1
        self.waiting += 1

    @invariant
    def counted(self) -> bool:
        """Nobody is counted twice."""
        return self.waiting + self.finished + self.busy <= self.clients
