"""Two-phase commit: a transaction manager asks, and decides when all have answered.

Gray and Lamport, "Consensus on transaction commit" (tlaplus/Examples, TwoPhase, and
Stateright's 2pc). Messages are never lost and never disappear, so that all orders of
delivery are covered.
"""

from enum import Enum
from typing import Annotated

from ordercheck import (
    Model,
    Range,
    Set,
    action,
    array,
    holds,
    invariant,
    param,
    reachable,
    require,
    set_of,
    struct,
    variable,
    variant,
    violates,
)


class Manager(Enum):
    """How far a resource manager is."""

    WORKING = "working"
    PREPARED = "prepared"
    COMMITTED = "committed"
    ABORTED = "aborted"


class Decision(Enum):
    """What the transaction manager has decided."""

    NONE = "none"
    COMMIT = "commit"
    ABORT = "abort"


@struct
class Prepared:
    """A resource manager could commit."""

    rm: Annotated[int, Range(0, 9)]


@struct
class Commit:
    """Everybody is to commit."""


@struct
class Abort:
    """Everybody is to abort."""


Message = Prepared | Commit | Abort


class TwoPhase(Model):
    """Resource managers, the transaction manager, and all messages ever sent."""

    managers: int = param(3, lo=1, hi=10)
    enough: int = param(0, lo=0, hi=10, help="answers that the manager waits for; 0: all")
    variants = [
        variant("as published", expect=holds()),
        variant("hasty", enough=2, expect=violates("consistent")),
    ]

    def setup(self) -> None:
        """All are at work, nothing has been sent."""
        self.quota = self.enough or self.managers
        self.rm = array(Manager, self.managers, Manager.WORKING)
        self.decision = variable(Decision, Decision.NONE)
        self.answered = set_of(range(self.managers))
        self.sent: Set[Message] = set_of(Message)

    @action(actor="transaction manager")
    def commit(self) -> None:
        """Enough have answered."""
        require(self.decision == Decision.NONE and len(self.answered) >= self.quota)
        self.decision = Decision.COMMIT
        self.sent.add(Commit())

    @action(actor="transaction manager")
    def abort(self) -> None:
        """It may give up at any time."""
        require(self.decision == Decision.NONE)
        self.decision = Decision.ABORT
        self.sent.add(Abort())

    @action(each=lambda self: range(self.managers), actor="transaction manager")
    def receive_prepared(self, rm: int) -> None:
        """An answer arrives."""
        require(self.decision == Decision.NONE and Prepared(rm) in self.sent)
        self.answered.add(rm)

    @action(each=lambda self: range(self.managers), actor="manager")
    def prepare(self, rm: int) -> None:
        """A resource manager says that it could commit."""
        require(self.rm[rm] == Manager.WORKING)
        self.rm[rm] = Manager.PREPARED
        self.sent.add(Prepared(rm))

    @action(each=lambda self: range(self.managers), actor="manager")
    def give_up(self, rm: int) -> None:
        """As long as it has promised nothing, it may abort alone."""
        require(self.rm[rm] == Manager.WORKING)
        self.rm[rm] = Manager.ABORTED

    @action(each=lambda self: range(self.managers), actor="manager")
    def receive_commit(self, rm: int) -> None:
        """The decision arrives, perhaps not for the first time."""
        require(Commit() in self.sent)
        self.rm[rm] = Manager.COMMITTED

    @action(each=lambda self: range(self.managers), actor="manager")
    def receive_abort(self, rm: int) -> None:
        """The decision arrives, perhaps not for the first time."""
        require(Abort() in self.sent)
        self.rm[rm] = Manager.ABORTED

    @invariant
    def consistent(self) -> bool:
        """Nobody has committed where another has aborted."""
        return not (Manager.COMMITTED in self.rm and Manager.ABORTED in self.rm)

    @reachable
    def all_committed(self) -> bool:
        """A transaction can succeed."""
        return all(state == Manager.COMMITTED for state in self.rm)
