"""Transaction commit, the problem: all resource managers commit, or none does.

What two-phase commit and Paxos commit solve, with no protocol yet (Gray and Lamport,
"Consensus on transaction commit"; tlaplus/Examples, TCommit).
"""

from enum import Enum

from ordercheck import Model, action, array, holds, invariant, param, require, terminal, variant


class State(Enum):
    """How far one resource manager is."""

    WORKING = "working"
    PREPARED = "prepared"
    COMMITTED = "committed"
    ABORTED = "aborted"


class TransactionCommit(Model):
    """The state of each resource manager."""

    managers: int = param(3, lo=1, hi=6)
    variants = [variant("three managers", expect=holds())]

    def setup(self) -> None:
        """All are at work."""
        self.state = array(State, self.managers, State.WORKING)

    @action(each=lambda self: range(self.managers))
    def prepare(self, rm: int) -> None:
        """A manager could commit."""
        require(self.state[rm] == State.WORKING)
        self.state[rm] = State.PREPARED

    @action(each=lambda self: range(self.managers))
    def commit(self, rm: int) -> None:
        """A manager commits: everybody could."""
        require(self.state[rm] == State.PREPARED)
        require(all(s in (State.PREPARED, State.COMMITTED) for s in self.state))
        self.state[rm] = State.COMMITTED

    @action(each=lambda self: range(self.managers))
    def abort(self, rm: int) -> None:
        """A manager gives up: nobody has committed."""
        require(self.state[rm] in (State.WORKING, State.PREPARED))
        require(State.COMMITTED not in self.state)
        self.state[rm] = State.ABORTED

    @invariant
    def consistent(self) -> bool:
        """Nobody has committed where another has aborted."""
        return not (State.COMMITTED in self.state and State.ABORTED in self.state)

    @terminal
    def decided(self) -> bool:
        """All have decided."""
        return all(s in (State.COMMITTED, State.ABORTED) for s in self.state)
