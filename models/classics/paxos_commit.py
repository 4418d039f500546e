"""Paxos commit: transaction commit that no single crash can block.

Gray and Lamport, "Consensus on transaction commit" (tlaplus/Examples, PaxosCommit): each
resource manager's answer is decided by a Paxos of its own. The manager is the proposer
of ballot 0; leaders take over in later ballots, and propose to abort where they know
of nothing.
"""

from enum import Enum
from itertools import combinations, product

from ordercheck import (
    Array,
    Model,
    Set,
    action,
    array,
    holds,
    invariant,
    optional,
    pair,
    param,
    reachable,
    require,
    set_of,
    variable,
    variant,
)


class Manager(Enum):
    """How far a resource manager is."""

    WORKING = "working"
    PREPARED = "prepared"
    COMMITTED = "committed"
    ABORTED = "aborted"


class Answer(Enum):
    """What is decided for one manager."""

    PREPARED = "prepared"
    ABORTED = "aborted"


Vote = tuple[int, Answer]
"""The ballot, the answer."""


class PaxosCommit(Model):
    """The managers, each acceptor's part in each manager's Paxos, and all messages ever sent."""

    managers: int = param(1, lo=1, hi=3)
    acceptors: int = param(3, lo=1, hi=5)
    ballots: int = param(2, lo=1, hi=3)
    variants = [variant("one manager", expect=holds())]

    def setup(self) -> None:
        """All are at work, nothing has been sent."""
        managers, acceptors = range(self.managers), range(self.acceptors)
        ballots = range(self.ballots)
        vote = optional(pair(ballots, Answer))
        instances = self.managers * self.acceptors
        self.majorities = list(combinations(acceptors, self.acceptors // 2 + 1))
        self.rm = array(Manager, self.managers, Manager.WORKING)
        # One item an instance and acceptor, see at().
        self.promised = array(ballots, instances, 0)
        self.vote: Array[Vote | None] = array(vote, instances, None)
        self.prepares: Set[tuple[int, int]] = set_of(pair(managers, ballots))
        self.promises: Set[tuple[int, int, int, Vote | None]] = set_of(
            pair(managers, acceptors, ballots, vote)
        )
        self.proposals: Set[tuple[int, int, Answer]] = set_of(pair(managers, ballots, Answer))
        self.votes: Set[tuple[int, int, int, Answer]] = set_of(
            pair(managers, acceptors, ballots, Answer)
        )
        self.commit_sent = variable(bool, False)
        self.abort_sent = variable(bool, False)

    def at(self, rm: int, acceptor: int) -> int:
        """Where an acceptor's part in a manager's Paxos is kept."""
        return rm * self.acceptors + acceptor

    @action(each=lambda self: range(self.managers), actor="manager")
    def prepare(self, rm: int) -> None:
        """A manager could commit, and proposes to say so in ballot 0."""
        require(self.rm[rm] == Manager.WORKING)
        self.rm[rm] = Manager.PREPARED
        self.proposals.add((rm, 0, Answer.PREPARED))

    @action(each=lambda self: range(self.managers), actor="manager")
    def give_up(self, rm: int) -> None:
        """A manager cannot commit, and proposes to say so in ballot 0."""
        require(self.rm[rm] == Manager.WORKING)
        self.rm[rm] = Manager.ABORTED
        self.proposals.add((rm, 0, Answer.ABORTED))

    @action(each=lambda self: range(self.managers), actor="manager")
    def receive_commit(self, rm: int) -> None:
        """The decision arrives, perhaps not for the first time."""
        require(self.commit_sent)
        self.rm[rm] = Manager.COMMITTED

    @action(each=lambda self: range(self.managers), actor="manager")
    def receive_abort(self, rm: int) -> None:
        """The decision arrives, perhaps not for the first time."""
        require(self.abort_sent)
        self.rm[rm] = Manager.ABORTED

    @action(each=lambda self: product(range(self.managers), range(1, self.ballots)), actor="leader")
    def ask(self, rm: int, ballot: int) -> None:
        """Phase 1a: a leader takes over, perhaps once more."""
        self.prepares.add((rm, ballot))

    @action(
        each=lambda self: product(
            range(self.managers), range(self.acceptors), range(1, self.ballots)
        ),
        actor="acceptor",
    )
    def promise(self, rm: int, me: int, ballot: int) -> None:
        """Phase 1b: promise to ignore older ballots, and tell the last vote."""
        require((rm, ballot) in self.prepares and self.promised[self.at(rm, me)] < ballot)
        self.promised[self.at(rm, me)] = ballot
        self.promises.add((rm, me, ballot, self.vote[self.at(rm, me)]))

    @action(
        each=lambda self: product(range(self.managers), range(1, self.ballots), self.majorities),
        actor="leader",
    )
    def propose(self, rm: int, ballot: int, majority: tuple[int, ...]) -> None:
        """Phase 2a: propose the newest vote that a majority tells of; if none, to abort."""
        require(not any(m == rm and b == ballot for m, b, _ in self.proposals))
        told = [
            vote for m, who, b, vote in self.promises if m == rm and b == ballot and who in majority
        ]
        require(len(told) == len(majority))
        newest = -1
        answer = Answer.ABORTED
        for vote in told:
            if vote is not None and vote[0] > newest:
                newest, answer = vote
        self.proposals.add((rm, ballot, answer))

    @action(
        each=lambda self: product(
            range(self.managers), range(self.acceptors), range(self.ballots), Answer
        ),
        actor="acceptor",
    )
    def accept(self, rm: int, me: int, ballot: int, answer: Answer) -> None:
        """Phase 2b: vote for a proposal that no promise forbids, perhaps once more."""
        require((rm, ballot, answer) in self.proposals)
        require(self.promised[self.at(rm, me)] <= ballot)
        self.promised[self.at(rm, me)] = ballot
        self.vote[self.at(rm, me)] = (ballot, answer)
        self.votes.add((rm, me, ballot, answer))

    def decided(self, rm: int, answer: Answer) -> bool:
        """Whether a majority has voted for the answer in one ballot."""
        return any(
            all((rm, who, ballot, answer) in self.votes for who in majority)
            for ballot in range(self.ballots)
            for majority in self.majorities
        )

    @action(actor="leader")
    def commit(self) -> None:
        """All managers have prepared."""
        require(all(self.decided(rm, Answer.PREPARED) for rm in range(self.managers)))
        self.commit_sent = True

    @action(actor="leader")
    def abort(self) -> None:
        """Some manager has not."""
        require(any(self.decided(rm, Answer.ABORTED) for rm in range(self.managers)))
        self.abort_sent = True

    @invariant
    def consistent(self) -> bool:
        """Nobody has committed where another has aborted."""
        return not (Manager.COMMITTED in self.rm and Manager.ABORTED in self.rm)

    @reachable
    def all_committed(self) -> bool:
        """A transaction can succeed."""
        return all(state == Manager.COMMITTED for state in self.rm)
