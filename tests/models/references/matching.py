"""Tuples of many lengths taken apart by patterns, and several initial values that depend."""

from collections.abc import Callable

from ordercheck import Model, action, choose, integer, listing, pair, variable
from tests.models.references.explore import Reference


class Matching(Model):
    deadlock = False

    def setup(self) -> None:
        start = choose([(0, "a"), (3, "b"), (3, "a")])
        self.tagged: tuple[int, str] = variable(pair(range(4), ["a", "b"]), start)
        self.items: tuple[int, ...] = variable(listing(range(3), 3), ())
        self.k = integer(start[0], lo=0, hi=4)

    @action
    def tag(self) -> None:
        match self.tagged:
            case (0, "a"):
                self.tagged = (1, "b")
            case (n, "b") if n < 3:
                self.tagged = (n + 1, "b")
            case (3, s):
                self.tagged = (0, s)
            case (n, _):
                self.tagged = (n - 1, "a")

    @action
    def grow(self) -> None:
        match self.items:
            case ():
                self.items = (choose(range(3)),)
            case (x,):
                self.items = (x, 2 - x)
            case (x, y):
                self.items = (y, x, y)
            case (0, _, z):
                self.items = ()
                self.k = z
            case _:
                self.items = self.items[1:]

    @action
    def both(self) -> None:
        match (self.k, self.items):
            case (0 | 1, ()):
                self.k = 3
            case (k, (x, _)) if k == x:
                self.k = 4
            case _:
                pass


class Expected(Reference):
    stops = True

    def setup(self) -> None:
        number, tag = self.choose([(0, "a"), (3, "b"), (3, "a")])
        self.number, self.tag, self.k = number, tag, number
        self.items: tuple[int, ...] = ()

    def actions(self) -> list[Callable[[], None]]:
        return [self.retag, self.grow, self.both]

    def retag(self) -> None:
        if self.number == 3:
            self.number = 0
        elif self.tag == "a" and self.number:
            self.number -= 1
        else:
            self.number, self.tag = self.number + 1, "b"

    def grow(self) -> None:
        items = self.items
        if len(items) == 0:
            self.items = (self.choose(range(3)),)
        elif len(items) == 1:
            self.items = (items[0], 2 - items[0])
        elif len(items) == 2:
            self.items = (items[1], items[0], items[1])
        elif items[0] == 0:
            self.items, self.k = (), items[2]
        else:
            self.items = items[1:]

    def both(self) -> None:
        if not self.items:
            self.k = 3 if self.k < 2 else self.k
        elif len(self.items) == 2 and self.items[0] == self.k:
            self.k = 4
