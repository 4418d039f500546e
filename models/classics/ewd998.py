"""Safra's termination detection on a ring: like EWD 840, but messages take time.

EWD 998 (tlaplus/Examples). Each node counts what it sends less what it receives; the
token adds these up as it goes round. Node 0 knows that all is over when everything is
white and the sum is 0. A node that receives turns black, since the token may have
passed before: without the paint the sum can be 0 by accident.
"""

from ordercheck import (
    Model,
    action,
    array,
    boolean,
    choose,
    constraint,
    holds,
    integer,
    invariant,
    param,
    require,
    variant,
    violates,
)


class Ewd998(Model):
    """Each node's state, the messages under way to it, and the token."""

    nodes: int = param(2, lo=2, hi=4)
    limit: int = param(3, lo=1, hi=5, help="counters stay below this")
    paint: bool = param(True, help="a node that receives turns black")
    variants = [
        variant("two nodes", expect=holds()),
        variant("three nodes, unpainted", nodes=3, paint=False, expect=violates("sound")),
    ]

    def setup(self) -> None:
        """Anybody may be active; nothing is under way; nothing has been proved."""
        n, most = self.nodes, self.limit * self.nodes
        self.active = array(bool, n, [choose([False, True]) for _ in range(n)])
        self.black = array(bool, n, True)
        self.counter = array(range(-most, self.limit + 1), n, 0)
        self.pending = array(range(most + 1), n, 0)
        self.token = integer(0, lo=0, hi=n - 1)
        self.token_sum = integer(0, lo=-n * most, hi=n * most)
        self.token_black = boolean(True)

    @action(
        each=lambda self: [(a, b) for a in range(self.nodes) for b in range(self.nodes) if a != b]
    )
    def send(self, sender: int, to: int) -> None:
        """An active node sends work to another."""
        require(self.active[sender])
        self.counter[sender] += 1
        self.pending[to] += 1

    @action(each=lambda self: range(self.nodes))
    def receive(self, node: int) -> None:
        """Work arrives, and wakes."""
        require(self.pending[node] > 0)
        self.pending[node] -= 1
        self.counter[node] -= 1
        self.active[node] = True
        if self.paint:
            self.black[node] = True

    @action(each=lambda self: range(self.nodes))
    def stop(self, node: int) -> None:
        """A node has no work left, or had none."""
        self.active[node] = False

    @action
    def pass_token(self) -> None:
        """An idle node adds its count and hands the token on."""
        at = self.token
        require(at > 0 and not self.active[at])
        self.token = at - 1
        self.token_sum += self.counter[at]
        self.token_black = self.token_black or self.black[at]
        self.black[at] = False

    @action
    def start_probe(self) -> None:
        """The token has come back and proved nothing: node 0 sends it round again."""
        require(self.token == 0)
        require(self.token_black or self.black[0] or self.token_sum + self.counter[0] != 0)
        self.token = self.nodes - 1
        self.token_sum = 0
        self.token_black = False
        self.black[0] = False

    @constraint
    def bounded(self) -> bool:
        """Only small counters are explored."""
        return max(self.counter) < self.limit

    def detected(self) -> bool:
        """Whether node 0 knows that all is over."""
        white = not self.token_black and not self.black[0]
        total = self.token_sum + self.counter[0]
        return self.token == 0 and white and not self.active[0] and total == 0

    @invariant
    def sound(self) -> bool:
        """What node 0 knows is true: nobody is active, nothing is under way."""
        return not self.detected() or not (any(self.active) or any(self.pending))

    @invariant
    def counted(self) -> bool:
        """The counters say how much is under way."""
        return sum(self.counter) == sum(self.pending)
