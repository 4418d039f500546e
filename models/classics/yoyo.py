"""Yo-Yo: a network of any shape elects the node with the least number.

Santoro's algorithm, without pruning (tlaplus/Examples, YoYo). Links point from the lesser
to the greater node. Down: the least number seen goes along them. Up: each node says yes
to those who sent the least and no to others. Links of a no turn round, and the sources
become fewer until one is left.
"""

from enum import Enum
from typing import Annotated

from ordercheck import (
    Array,
    Model,
    Range,
    Set,
    action,
    array,
    holds,
    invariant,
    reachable,
    require,
    set_of,
    struct,
    subset,
    variant,
)

NODES = 5
LINKS = [(0, 1), (0, 4), (2, 3), (2, 4), (3, 4)]
Node = Annotated[int, Range(0, NODES - 1)]


class Phase(Enum):
    """What a node does next."""

    DOWN = "down"
    UP = "up"


@struct
class Least:
    """The least number that the sender has seen."""

    sender: Node
    number: Node


@struct
class Reply:
    """Whether it was the least of all that the sender of this heard."""

    sender: Node
    yes: bool


Message = Least | Reply


class YoYo(Model):
    """For each node: its phase, the links towards it and from it, its mail."""

    variants = [variant("five nodes", expect=holds())]

    def setup(self) -> None:
        """Each link points to the greater number."""
        self.phase = array(Phase, NODES, Phase.DOWN)
        self.sources: Array[frozenset[int]] = array(
            subset(range(NODES)),
            NODES,
            [frozenset(a for a, b in LINKS if b == x) for x in range(NODES)],
        )
        self.targets: Array[frozenset[int]] = array(
            subset(range(NODES)),
            NODES,
            [frozenset(b for a, b in LINKS if a == x) for x in range(NODES)],
        )
        self.mail: list[Set[Message]] = [set_of(Message) for _ in range(NODES)]

    @action(each=range(NODES))
    def down(self, me: int) -> None:
        """All sources have sent a number: pass the least on. A source of all begins."""
        require(self.phase[me] == Phase.DOWN)
        heard = [m for m in self.mail[me] if isinstance(m, Least)]
        require(not self.sources[me] or len(heard) == len(self.sources[me]))
        least = min([m.number for m in heard], default=me)
        for to in range(NODES):
            if to in self.targets[me]:
                self.mail[to].add(Least(me, least))
        self.phase[me] = Phase.UP

    @action(each=range(NODES))
    def up(self, me: int) -> None:
        """All targets have answered: answer the sources, and turn the links of a no."""
        require(self.phase[me] == Phase.UP)
        replies = [m for m in self.mail[me] if isinstance(m, Reply)]
        require(len(replies) == len(self.targets[me]))
        refused = frozenset(m.sender for m in replies if not m.yes)
        heard = [m for m in self.mail[me] if isinstance(m, Least) and m.sender in self.sources[me]]
        least = min([m.number for m in heard], default=me)
        kept = frozenset(m.sender for m in heard if m.number == least and not refused)
        for source in range(NODES):
            if source in self.sources[me]:
                self.mail[source].add(Reply(me, source in kept))
        turned = self.sources[me] - kept
        self.sources[me] = kept | refused
        self.targets[me] = (self.targets[me] - refused) | turned
        for reply in replies:
            self.mail[me].remove(reply)
        for number in heard:
            self.mail[me].remove(number)
        self.phase[me] = Phase.DOWN

    @invariant
    def links_agree(self) -> bool:
        """Both ends of a link agree on its direction, unless a no is on its way."""
        return all(
            (b in self.targets[a])
            == (
                a in self.sources[b]
                or (a in self.targets[b] and Reply(a, False) in self.mail[b])
                or Reply(b, False) in self.mail[a]
            )
            for a in range(NODES)
            for b in range(NODES)
        )

    @reachable
    def elected(self) -> bool:
        """The least node is the only source."""
        return all((not self.sources[x]) == (x == 0) for x in range(NODES))
