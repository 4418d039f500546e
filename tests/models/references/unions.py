"""Unions of structs, taken apart by nested patterns and guards."""

from collections.abc import Callable
from typing import Annotated

from ordercheck import Model, Range, action, choose, invariant, require, set_of, struct, variable
from tests.models.references.explore import Reference


@struct
class Leaf:
    v: Annotated[int, Range(0, 2)]


@struct
class Pair:
    left: Leaf
    right: Leaf | None


@struct
class Nil:
    pass


Node = Leaf | Pair | Nil


class Tree(Model):
    deadlock = False

    def setup(self) -> None:
        self.n: Node = variable(Node, Nil())
        self.hist = set_of([0, 1, 2, 3, 4, 5])

    @action
    def grow(self) -> None:
        match self.n:
            case Nil():
                self.n = Leaf(choose(range(3)))
            case Leaf(v=0) as leaf:
                self.n = Pair(leaf, None)
            case Leaf(v) if v > 1:
                self.n = Pair(Leaf(v - 1), Leaf(v))
            case Pair(Leaf(a), Leaf(b)) if a < b:
                self.n = Pair(Leaf(b), Leaf(a))
            case Pair(left=Leaf(v=x), right=None):
                self.n = Pair(Leaf(x + 1), Leaf(x))
            case Pair(_, Leaf(0 | 1 as k)):
                self.n = Leaf(k)
            case Leaf():
                self.n = Nil()
            case _:
                require(False)
        self.hist.add(self.size(self.n))

    def size(self, n: Node) -> int:
        match n:
            case Leaf(v):
                return v
            case Pair(left, right):
                return self.size_of(left) + (self.size_of(right) if right is not None else 0)
            case Nil():
                return 0

    def size_of(self, leaf: Leaf) -> int:
        return leaf.v + 1

    @invariant
    def small(self) -> bool:
        return 5 not in self.hist


class Expected(Reference):
    """A leaf is (v,), a pair (l, r), with None for no r."""

    invariants = ("small",)
    stops = True

    def setup(self) -> None:
        self.n: tuple[int | None, ...] = ()
        self.hist = set[int]()

    def actions(self) -> list[Callable[[], None]]:
        return [self.grow]

    def grow(self) -> None:
        n = self.n
        pair = len(n) == 2
        if n == ():
            self.n = (self.choose(range(3)),)
        elif n == (0,):
            self.n = (0, None)
        elif n == (2,):
            self.n = (1, 2)
        elif n == (1,):
            self.n = ()
        elif pair and n[1] is not None and n[0] is not None and n[0] < n[1]:
            self.n = (n[1], n[0])
        elif pair and n[1] is None and n[0] is not None:
            self.n = (n[0] + 1, n[0])
        elif pair and n[1] in (0, 1):
            self.n = (n[1],)
        else:
            self.require(False)
        size = sum(v + (len(self.n) == 2) for v in self.n if v is not None)
        self.hist |= {size}

    def small(self) -> bool:
        return 5 not in self.hist
