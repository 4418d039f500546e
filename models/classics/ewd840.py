"""Dijkstra's termination detection on a ring: has everybody stopped, for good?

EWD 840 (Dijkstra, Feijen, van Gasteren; tlaplus/Examples). A token goes round from the
last node to the first. A node that wakes one with a higher number turns black; a black
node blackens the token; a token that comes back white to a white, idle node 0 proves
that all are idle. Without the paint the proof is worth nothing.
"""

from ordercheck import (
    Model,
    action,
    array,
    boolean,
    choose,
    holds,
    integer,
    invariant,
    param,
    require,
    terminal,
    variant,
    violates,
)


class Ewd840(Model):
    """Who is active, who is black, where the token is and whether it is black."""

    nodes: int = param(3, lo=2, hi=6)
    paint: bool = param(True, help="a node that wakes a later one turns black")
    variants = [
        variant("three nodes", expect=holds()),
        variant("four nodes", nodes=4, expect=holds()),
        variant("unpainted", nodes=4, paint=False, expect=violates("lemma")),
    ]

    def setup(self) -> None:
        """Anything may be going on; the token is black, so nothing has been proved."""
        self.active = array(bool, self.nodes, [choose([False, True]) for _ in range(self.nodes)])
        self.black = array(bool, self.nodes, [choose([False, True]) for _ in range(self.nodes)])
        self.token = integer(choose(range(self.nodes)), lo=0, hi=self.nodes - 1)
        self.token_black = boolean(True)

    @action
    def start_probe(self) -> None:
        """The token has come back and proved nothing: node 0 sends it round again."""
        require(self.token == 0 and (self.token_black or self.black[0]))
        self.token = self.nodes - 1
        self.token_black = False
        self.black[0] = False

    @action
    def pass_token(self) -> None:
        """A node hands the token on once it is idle, or where the probe has failed anyhow."""
        at = self.token
        require(at != 0)
        require(not self.active[at] or self.black[at] or self.token_black)
        self.token = at - 1
        self.token_black = self.token_black or self.black[at]
        self.black[at] = False

    @action(
        each=lambda self: [(a, b) for a in range(self.nodes) for b in range(self.nodes) if a != b]
    )
    def wake(self, sender: int, to: int) -> None:
        """An active node sends work to another."""
        require(self.active[sender])
        self.active[to] = True
        if self.paint and to > sender:
            self.black[sender] = True

    @action(each=lambda self: range(self.nodes))
    def stop(self, node: int) -> None:
        """A node has no work left."""
        require(self.active[node])
        self.active[node] = False

    @terminal
    def detected(self) -> bool:
        """Node 0 knows that all have stopped."""
        return not (self.token != 0 or self.token_black or self.black[0] or self.active[0])

    @invariant
    def sound(self) -> bool:
        """What node 0 knows is true."""
        return not self.detected() or not any(self.active)

    @invariant
    def lemma(self) -> bool:
        """Dijkstra's: those whom the token has passed are idle, or somebody else is black."""
        return (
            self.token_black
            or any(self.black[: self.token + 1])
            or not any(self.active[self.token + 1 :])
        )
