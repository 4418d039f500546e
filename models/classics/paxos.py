"""Paxos: acceptors agree on one value although messages are late and anybody may propose.

Single-decree, without leaders or learners, as in Lamport's specification
(tlaplus/Examples, Paxos). Messages stay for ever, so that any order of delivery, and any
loss, is covered. With quorums that need not overlap, two values can be chosen.
"""

from itertools import combinations, product

from ordercheck import (
    Array,
    Model,
    Set,
    action,
    array,
    choose,
    holds,
    invariant,
    optional,
    pair,
    param,
    reachable,
    require,
    set_of,
    variant,
    violates,
)

Vote = tuple[int, int]
"""The ballot, the value."""


class Paxos(Model):
    """What each acceptor has promised and voted for, and all messages ever sent."""

    acceptors: int = param(3, lo=1, hi=4)
    values: int = param(2, lo=1, hi=3)
    ballots: int = param(2, lo=1, hi=4)
    quorum: int = param(0, lo=0, hi=4, help="how many acceptors make a quorum; 0: a majority")
    variants = [
        variant("one acceptor", acceptors=1, values=1, expect=holds()),
        variant("three acceptors", expect=holds()),
        variant("quorums of one", quorum=1, expect=violates("agreement")),
    ]

    def setup(self) -> None:
        """Nobody has promised or sent anything."""
        size = self.quorum or self.acceptors // 2 + 1
        self.quorums = list(combinations(range(self.acceptors), size))
        acceptors, ballots, values = range(self.acceptors), range(self.ballots), range(self.values)
        vote = optional(pair(ballots, values))
        self.promised = array(range(-1, self.ballots), self.acceptors, -1)
        self.vote: Array[Vote | None] = array(vote, self.acceptors, None)
        self.prepares = set_of(ballots)
        self.promises: Set[tuple[int, int, Vote | None]] = set_of(pair(acceptors, ballots, vote))
        self.proposals: Set[Vote] = set_of(pair(ballots, values))
        self.votes: Set[tuple[int, int, int]] = set_of(pair(acceptors, ballots, values))

    @action(each=lambda self: range(self.ballots), actor="proposer")
    def prepare(self, ballot: int) -> None:
        """Phase 1a: ask for promises, perhaps once more."""
        self.prepares.add(ballot)

    @action(
        each=lambda self: product(range(self.acceptors), range(self.ballots)),
        actor="acceptor",
    )
    def promise(self, me: int, ballot: int) -> None:
        """Phase 1b: promise to ignore older ballots, and tell the last vote."""
        require(ballot in self.prepares and ballot > self.promised[me])
        self.promised[me] = ballot
        self.promises.add((me, ballot, self.vote[me]))

    @action(each=lambda self: product(range(self.ballots), self.quorums), actor="proposer")
    def propose(self, ballot: int, quorum: tuple[int, ...]) -> None:
        """Phase 2a: propose the newest vote that the quorum tells of; if none, any value."""
        require(not any(known == ballot for known, _ in self.proposals))
        told = [(who, vote) for who, b, vote in self.promises if b == ballot and who in quorum]
        require(len(told) == len(quorum))
        votes = [(who, vote) for who, vote in told if vote is not None]
        if votes:
            newest = max(vote[0] for _, vote in votes)
            witness = choose([(who, vote) for who, vote in votes if vote[0] == newest])
            value = witness[1][1]
        else:
            value = choose(range(self.values))
        self.proposals.add((ballot, value))

    @action(
        each=lambda self: product(range(self.acceptors), range(self.ballots), range(self.values)),
        actor="acceptor",
    )
    def accept(self, me: int, ballot: int, value: int) -> None:
        """Phase 2b: vote for a proposal that no promise forbids, perhaps once more."""
        require((ballot, value) in self.proposals and ballot >= self.promised[me])
        self.promised[me] = ballot
        self.vote[me] = (ballot, value)
        self.votes.add((me, ballot, value))

    def chosen(self, value: int) -> bool:
        """Whether a quorum has voted for the value in one ballot."""
        return any(
            all((who, ballot, value) in self.votes for who in quorum)
            for ballot in range(self.ballots)
            for quorum in self.quorums
        )

    @invariant
    def agreement(self) -> bool:
        """At most one value is chosen."""
        return sum(self.chosen(value) for value in range(self.values)) <= 1

    @reachable
    def progress(self) -> bool:
        """A value can be chosen."""
        return self.chosen(0)
