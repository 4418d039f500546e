"""Raft's election: terms, votes, frozensets, struct messages in a Set."""

from collections.abc import Callable
from enum import Enum
from functools import partial
from typing import Annotated

from ordercheck import (
    Model,
    Range,
    Set,
    action,
    array,
    choose,
    constraint,
    invariant,
    reachable,
    require,
    set_of,
    step_invariant,
    struct,
    subset,
)
from tests.models.references.explore import Reference

T = Annotated[int, Range(0, 3)]
S = Annotated[int, Range(0, 2)]


class Role(Enum):
    FOLLOWER = "f"
    CANDIDATE = "c"
    LEADER = "l"


@struct
class Ask:
    term: T
    who: S


@struct
class Grant:
    term: T
    voter: S
    to: S


class Raft(Model):
    deadlock = False

    def setup(self) -> None:
        self.role = array(Role, 3, Role.FOLLOWER)
        self.term = array(range(4), 3, 0)
        self.voted = array([None, 0, 1, 2], 3, None)
        self.votes = array(subset(range(3)), 3, frozenset())
        self.net: Set[Ask | Grant] = set_of(Ask | Grant)

    @constraint
    def few_terms(self) -> bool:
        return max(self.term) <= 2

    def see(self, i: int, term: int) -> None:
        if term > self.term[i]:
            self.term[i] = term
            self.role[i] = Role.FOLLOWER
            self.voted[i] = None
            self.votes[i] = frozenset()

    @action(each=range(2))
    def timeout(self, i: int) -> None:
        require(self.role[i] != Role.LEADER and self.term[i] < 3)
        self.term[i] += 1
        self.role[i] = Role.CANDIDATE
        self.voted[i] = i
        self.votes[i] = frozenset({i})
        self.net.add(Ask(self.term[i], i))

    @action(each=range(3))
    def vote(self, i: int) -> None:
        ask = choose([m for m in self.net if isinstance(m, Ask) and m.who != i])
        self.see(i, ask.term)
        require(ask.term == self.term[i])
        require(self.voted[i] is None or self.voted[i] == ask.who)
        self.voted[i] = ask.who
        self.net.add(Grant(ask.term, i, ask.who))

    @action(each=range(2))
    def count(self, i: int) -> None:
        m = choose(self.net)
        match m:
            case Grant(term, voter, to=who) if (
                who == i and term == self.term[i] and self.role[i] is Role.CANDIDATE
            ):
                self.votes[i] |= {voter}
            case _:
                require(False)
        if len(self.votes[i]) >= 2:
            self.role[i] = Role.LEADER
            self.votes[i] = frozenset()

    @invariant
    def one_leader(self) -> bool:
        leaders = [self.term[i] for i in range(3) if self.role[i] == Role.LEADER]
        return len(leaders) == len(set(leaders))

    @step_invariant
    def terms_grow(self, before: "Raft") -> bool:
        return all(a <= b for a, b in zip(before.term, self.term, strict=True))

    @reachable
    def second_leads(self) -> bool:
        return self.role[1] == Role.LEADER and self.term[1] == 2


class Expected(Reference):
    invariants = ("one_leader",)
    stops = True

    def setup(self) -> None:
        self.role, self.term = ["f"] * 3, [0] * 3
        self.voted: list[int | None] = [None] * 3
        self.votes = [frozenset[int]()] * 3
        self.net = set[tuple[int, ...]]()  # (term, who) asks, (term, voter, to) grants

    def actions(self) -> list[Callable[[], None]]:
        return [
            *(partial(self.timeout, i) for i in range(2)),
            *(partial(self.vote, i) for i in range(3)),
            *(partial(self.count, i) for i in range(2)),
        ]

    def timeout(self, i: int) -> None:
        self.require(self.role[i] != "l" and self.term[i] < 3)
        self.term[i] += 1
        self.role[i], self.voted[i], self.votes[i] = "c", i, frozenset({i})
        self.net |= {(self.term[i], i)}

    def vote(self, i: int) -> None:
        term, who = self.choose(sorted(m for m in self.net if len(m) == 2 and m[1] != i))
        if term > self.term[i]:
            self.term[i], self.role[i], self.voted[i] = term, "f", None
            self.votes[i] = frozenset()
        self.require(term == self.term[i] and self.voted[i] in (None, who))
        self.voted[i] = who
        self.net |= {(term, i, who)}

    def count(self, i: int) -> None:
        grants = sorted(m for m in self.net if len(m) == 3)
        term, voter, who = self.choose(grants)
        self.require(who == i and term == self.term[i] and self.role[i] == "c")
        self.votes[i] |= {voter}
        if len(self.votes[i]) > 1:
            self.role[i], self.votes[i] = "l", frozenset()

    def constraint(self) -> bool:
        return max(self.term) < 3

    def one_leader(self) -> bool:
        terms = [t for t, r in zip(self.term, self.role, strict=True) if r == "l"]
        return len(terms) == len(set(terms))
