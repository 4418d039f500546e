"""What a model means does not depend on how Python hashes texts and objects, which is by chance."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import get_type_hints

from ordercheck.language import Component, Model, Seq, seq
from ordercheck.language.domains import few, in_fixed_order

MODEL = '''
"""Sets of texts and of components, in all places where their order counts."""

from ordercheck import Component, Model, action, choose, integer, reachable, subset, variable

NAMES = {"ada", "bob", "cyd", "dan", "eve", "fay", "gus"}


class Box(Component):
    """Where a coat is."""

    def __init__(self) -> None:
        """Empty."""
        self.coats = integer(0, lo=0, hi=7)


class Guests(Model):
    """Who has come."""

    def setup(self) -> None:
        """Nobody yet."""
        self.last = variable(NAMES, "ada")
        self.guests = variable(subset(NAMES), frozenset())
        self.pairs = variable(subset({(a, b) for a in NAMES for b in (1, 2)}), frozenset())
        self.boxes = {name: Box() for name in sorted(NAMES)}
        self.free = set(self.boxes.values())
        self.in_line = list(self.free)
        self.best = variable(self.free, self.boxes["eve"])

    @action(each=NAMES)
    def come(self, name: str) -> None:
        """One more."""
        self.guests = self.guests | {name}
        self.last = name

    @action
    def draw(self) -> None:
        """Somebody, and the first who has not come."""
        self.last = choose(NAMES)
        for name in NAMES:
            if name not in self.guests:
                self.guests = self.guests | {name}
                break

    @action(each=lambda self: self.free)
    def fill(self, box: Box) -> None:
        """A box of their own choice, and one for each."""
        box.coats = 1
        choose(self.free).coats = 2
        for each in (*self.free, *self.in_line):
            self.best = each

    @action
    def call(self) -> None:
        """All of them."""
        for name in list(NAMES):
            self.last = name
        for name in self.guests:
            self.last = name

    @reachable
    def three(self) -> bool:
        """Three are there."""
        return len(self.guests) == 3
'''


def output(seed: int, *arguments: str) -> str:
    """What a command prints in a process whose hashes are those of a seed."""
    done = subprocess.run(
        [sys.executable, "-m", "ordercheck", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": str(seed)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_model_is_the_same_in_each_process(tmp_path: Path) -> None:
    model = tmp_path / "guests.py"
    model.write_text(MODEL, encoding="utf-8")
    assert len({output(seed, "ir", str(model)) for seed in (1, 2, 3)}) == 1


class Colour(Enum):
    RED = 1
    BLUE = 2


@dataclass(frozen=True)
class Point:
    x: int
    names: frozenset[str]


def test_members_of_a_set_have_an_order_of_their_own() -> None:
    assert few({"b", "c", "a"}) == ("a", "b", "c")
    assert few(["b", "c", "a"]) == ("b", "c", "a")
    assert in_fixed_order({3, True, -1}) == (-1, True, 3)
    assert in_fixed_order({Colour.RED, Colour.BLUE}) == (Colour.BLUE, Colour.RED)
    assert in_fixed_order({("b", 1), ("a", 2)}) == (("a", 2), ("b", 1))
    ab, c = frozenset("ab"), frozenset("c")
    assert in_fixed_order({c, ab}) == (ab, c)
    assert in_fixed_order({Point(1, c), Point(1, ab)}) == (Point(1, ab), Point(1, c))
    assert in_fixed_order({None, "a", 1}) == (None, 1, "a")
    assert in_fixed_order({Point, Colour, output}) == (Colour, Point, output)


def test_components_and_places_are_in_the_order_in_which_they_were_put_into_a_set() -> None:
    last_first = [Component() for _ in range(100)][::-1]
    assert in_fixed_order(set(last_first)) == tuple(last_first)
    assert in_fixed_order({(each,) for each in last_first}) == tuple((x,) for x in last_first)
    places: list[Seq[bool]] = [seq(bool, capacity=1) for _ in range(100)][::-1]
    assert in_fixed_order(set(places)) == tuple(places)
    assert few(set(places[1:]) - {places[50]}) == (*places[1:50], *places[51:])


def test_annotations_of_all_that_a_model_derives_from_can_be_evaluated() -> None:
    for owner in (Model, Component, Seq):
        assert get_type_hints(owner)
