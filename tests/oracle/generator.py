"""Random models, as source text: mostly well typed, so that most of them compile.

A Writer draws one decision after another from a Source; the first option of each is the
simplest, so that Hypothesis shrinks towards short programs. The places are always the
same ones, of which a program declares those that it uses.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from hypothesis import strategies as st


class Source(Protocol):
    """Where decisions come from."""

    def below(self, count: int) -> int:
        """A number from 0 to count - 1."""


@dataclass
class Seeded:
    """Decisions of a random generator."""

    rng: random.Random

    def below(self, count: int) -> int:
        """A number from 0 to count - 1."""
        return self.rng.randrange(count)


@dataclass
class Drawn:
    """Decisions of Hypothesis."""

    draw: Callable[[st.SearchStrategy[int]], int]

    def below(self, count: int) -> int:
        """A number from 0 to count - 1."""
        return self.draw(st.integers(0, count - 1)) if count > 1 else 0


HEAD = '''"""A random model."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import Annotated

from ordercheck import (
    Cancelled, Component, Failure, Model, Range, Task, action, array, bag_of, being_cancelled,
    boolean, cancel, choose, crashing, current, durable,
    integer, invariant, listing, map_of, on_loop, optional, pair, park, pool, process, require,
    reachable, seq, set_of, step, struct, subset, task_of, terminal, until, variable,
)
from ordercheck import ghost, recursive
from ordercheck.library import Channel, Fork, InputGate, KjLoop, Log, Promise, Rejected


class Color(Enum):
    RED = "red"
    GREEN = "green"
    BLUE = "blue"


@struct
class Point:
    x: Annotated[int, Range(0, 7)]
    on: bool

    def moved(self, by: int) -> Point:
        return replace(self, x=(self.x + by) % 8)


@struct
class Paint:
    color: Color


class Oops(Failure):
    code: Annotated[int, Range(-99, 99)]


class Late(Failure):
    pass


def clamp(n: int) -> int:
    if n < 0:
        return 0
    return n if n <= 3 else 3


def first_over(items: tuple[int, ...], least: int) -> int:
    for k, item in enumerate(items):
        if item > least:
            return k
    return len(items)


@recursive(depth=4)
def halves(n: int) -> int:
    return 0 if n < 1 else 1 + halves(n // 2)


class Cell(Component):
    def __init__(self, number: int) -> None:
        self.number = number
        self.n = integer(number, lo=0, hi=7)
        self.kept = seq(range(8), capacity=3)
        self.depth = integer(0, lo=0, hi=3)

    def bump(self) -> int:
        self.n = (self.n + 1) % 8
        return self.n

    def keep(self, value: int) -> None:
        if value < 0:
            raise Oops(value)
        self.kept.append(value % 8)

    def take(self) -> int:
        if not self.kept:
            raise Late()
        return self.kept.popleft()

    def __enter__(self) -> Cell:
        self.depth += 1
        return self

    def __exit__(self, *_: object) -> None:
        self.depth -= 1


class Sly(Cell):
    def bump(self) -> int:
        self.n = (self.n + 3) % 8
        return self.n

    def take(self) -> int:
        if self.kept:
            return self.kept.pop()
        raise Oops(self.number)


class Vat(Component):
    def __init__(self) -> None:
        self.loop = KjLoop()
        self.kept = durable(integer(0, lo=0, hi=7))
        self.saved = durable(seq(range(8), capacity=3))
        self.fresh = integer(1, lo=0, hi=7)
        self.queue = seq(range(8), capacity=2)
        self.promise = Promise(self.loop, range(8))

    @process(on="loop")
    async def serve(self) -> None:
        self.fresh = (self.fresh + self.kept) % 8
        try:
            await self.loop.later()
            self.kept = await self.promise
            if len(self.saved) < 3:
                self.saved.append(self.kept)
        except Rejected:
            self.kept = 0
        finally:
            self.fresh = 7
        await self.loop.later()
        self.queue.append(self.kept)

    @process(on="loop", daemon=True)
    async def parked(self) -> None:
        await park()
        self.fresh = 0

    @process
    async def free(self) -> None:
        count = self.fresh
        await step()
        self.fresh = (self.fresh + count) % 8

    @action
    def act(self) -> None:
        require(self.fresh < 3)
        self.fresh += 1


class Node(Component):
    def __init__(self) -> None:
        self.mark = integer(0, lo=0, hi=7)
        self.after: Node | None = variable(optional(Node), None)

'''

PLACES = {
    "n": "integer(0, lo=0, hi=7)",
    "m": "integer(1, lo=-4, hi=11)",
    "flag": "boolean()",
    "color": "variable(Color, Color.RED)",
    "opt": "variable(optional(range(4)), None)",
    "point": "variable(Point, Point(1, False))",
    "msg": "variable(Point | Paint, Paint(Color.GREEN))",
    "two": "variable(pair(range(4), bool), (0, True))",
    "row": "variable(listing(range(8), 3), ())",
    "few": "variable(subset(range(4)), frozenset())",
    "word": 'variable(["no", "yes", "maybe"], "no")',
    "start": "choose([2, 0, 3])",
    "arr": "array(range(8), 3, 0)",
    "colors": "array(Color, 2, [Color.BLUE, Color.RED])",
    "q": "seq(range(8), capacity=4)",
    "msgs": "seq(Point | Paint, capacity=2)",
    "s": "set_of(range(4), {1})",
    "cs": "set_of(Color)",
    "map": "map_of(range(4), range(8), {1: 2})",
    "bag": "bag_of(range(4), capacity=3, initial=[2])",
    "log": "Log(range(8), capacity=6)",
    "cell": "Cell(3)",
    "cells": "[Cell(0), Sly(1)]",
    "picked": "variable(optional(Cell), None)",
    "seqs": "[seq(range(8), capacity=2) for _ in range(2)]",
    "nodes": "pool(Node, capacity=3)",
    "node": "variable(optional(Node), None)",
    "loop": "KjLoop()",
    "promise": "Promise(self.loop, range(8))",
    "fork": "Fork(self.loop, range(8), branches=3)",
    "news": "Promise(None, range(8))",
    "vat": "crashing(Vat())",
    "mortal": "crashing(Vat(), times=1, restarts=False)",
    "brittle": "crashing([Cell(1), Cell(2)], times=2)",
    "owed": "Promise(None, range(8), owner=self.mortal)",
    "gate": "InputGate(self.loop)",
    "line": "Channel(range(8), capacity=2, lossy=1, reordering=1)",
    "post": 'Channel(range(4), capacity=2, duplicating=1, when_full="drop")',
    "heap": "Channel(range(4), capacity=2, reordering=True)",
    "trail": "ghost(integer(0, lo=0, hi=9))",
}
"""What a program may use, in the order of declaration."""

NEEDS = {
    "promise": ("loop",),
    "fork": ("loop",),
    "gate": ("loop",),
    "picked": ("cell",),
    "node": ("nodes",),
    "owed": ("mortal",),
}

CRASHING = [
    "self.n = self.vat.kept",
    "self.n = self.vat.fresh",
    "self.vat.promise.fulfill(self.n)",
    "self.vat.promise.reject()",
    "self.vat.loop.wake(task_of(self.vat.parked))",
    "self.n = self.mortal.fresh",
    "self.owed.fulfill(self.n)",
    "self.mortal.queue.clear()",
    "self.brittle[self.n % 2].keep(self.n)",
    "self.n = self.brittle[0].bump()",
]
"""Statements about what may crash."""

CHANNELS = ["line", "post", "heap"]

INT, BOOL, COLOR, OPT, POINT, MSG, ROW, FEW, LIST, CELL = (
    "int", "bool", "color", "opt", "point", "msg", "row", "few", "list", "cell",
)  # fmt: skip


@dataclass
class Writer:
    """Writes one program."""

    source: Source
    lines: list[str] = field(default_factory=list)
    indent: int = 2
    locals: dict[str, str] = field(default_factory=dict)
    counter: int = 0
    effects: bool = True
    suspends: bool = False
    loop: bool = False
    in_loop: int = 0
    catching: int = 0
    final: int = 0
    budget: int = 40
    helping: bool = False
    tasks: list[str] = field(default_factory=list)

    # --- decisions -------------------------------------------------------------------

    def below(self, count: int) -> int:
        """A number from 0 to count - 1."""
        return self.source.below(count)

    def chance(self, of: int) -> bool:
        """True once in so many times."""
        return self.below(of) == of - 1

    def pick(self, options: list[str]) -> str:
        """One of several texts."""
        return options[self.below(len(options))]

    def fresh(self, hint: str = "v") -> str:
        """A name that nothing has."""
        self.counter += 1
        return f"{hint}{self.counter}"

    @property
    def choosing(self) -> bool:
        """Whether there may be a choice: not where many rounds would make very many."""
        return self.effects and not self.in_loop and not self.helping

    def known(self, kind: str) -> list[str]:
        """The locals of a kind."""
        return [name for name, each in self.locals.items() if each == kind]

    # --- expressions -----------------------------------------------------------------

    def expr(self, kind: str, depth: int = 2) -> str:
        """An expression of a kind."""
        simple, compound = getattr(self, f"_{kind}")(depth)
        options = [*self.known(kind), *simple]
        if depth <= 0 or not compound or not self.chance(2):
            return self.pick(options)
        return str(compound[self.below(len(compound))]())

    def small(self) -> str:
        """An integer from 0 to 3."""
        return f"{self.expr(INT, 1)} % 4" if self.chance(2) else str(self.below(4))

    def _int(self, depth: int) -> tuple[list[str], list[Callable[[], str]]]:
        def e() -> str:
            return self.expr(INT, depth - 1)

        def b() -> str:
            return self.expr(BOOL, depth - 1)

        simple = ["0", "1", "2", "3", "self.n", "self.m", "self.start", "self.point.x"]
        simple += ["len(self.q)", "self.two[0]", "self.cell.n", "len(self.log)"]
        compound: list[Callable[[], str]] = [
            lambda: f"({e()} + {e()})",
            lambda: f"({e()} - {e()})",
            lambda: f"({e()} * {self.small()})",
            lambda: f"({e()} // {self.pick(['2', '3', '-2', e()])})",
            lambda: f"({e()} % {self.pick(['3', '4', '-3', e()])})",
            lambda: f"-{e()}",
            lambda: f"abs({e()})",
            lambda: f"min({e()}, {e()})",
            lambda: f"max({e()}, {e()}, {e()})",
            lambda: f"({e()} if {b()} else {e()})",
            lambda: f"self.arr[{self.small()} % 3]",
            lambda: f"self.arr[-{self.small()}]",
            lambda: f"(self.q[{self.pick(['0', '-1', e()])}] if self.q else {e()})",
            lambda: f"self.map.get({e()}, {e()})",
            lambda: f"(self.map[{self.small()}] if {self.small()} in self.map else 1)",
            lambda: "sum(self.arr)",
            lambda: f"sum({self.over('self.q', INT, INT)})",
            lambda: f"len([{self.over('self.arr', INT, BOOL)}])",
            lambda: f"next(({self.over('self.s', INT, INT)}), {e()})",
            lambda: f"max(self.q, default={e()})",
            lambda: f"sorted(self.arr, key=lambda z: -z)[{self.below(3)}]",
            lambda: f"sorted(self.arr)[-{1 + self.below(3)}]",
            lambda: f"self.bag.count({self.small()})",
            lambda: "len(self.bag)",
            lambda: "len(self.row)",
            lambda: f"len({self.expr(FEW, depth - 1)})",
            lambda: f"len(self.{self.pick(CHANNELS)})",
            lambda: f"halves({e()} % 8)",
            lambda: f"divmod({e()}, {self.pick(['3', '-3', e()])})[{self.below(2)}]",
            lambda: f"self.cells[{self.small()} % 2].n",
            lambda: f"self.cells[{self.small()} % 2].number",
            lambda: f"clamp({e()})",
            lambda: f"first_over(tuple(self.arr), {e()})",
            lambda: f"int({b()})",
            lambda: f"(self.opt if self.opt is not None else {e()})",
            lambda: "(self.msg.x if isinstance(self.msg, Point) else 1)",
            lambda: f"self.double({e()})",
            lambda: f"self.seqs[{self.small()} % 2].count({e()})",
            lambda: "sum(a * b for a, b in zip(self.arr, self.q))",
            lambda: "sum(k * z for k, z in enumerate(self.row))",
            lambda: f"self.expect({b()})",
            lambda: f"{self.expr(POINT, depth - 1)}.x",
        ]
        if self.effects:
            compound += [
                lambda: "self.bump()",
                lambda: "(self.n + self.bump() * 2 + self.n)",
                lambda: f"self.cells[{self.small()} % 2].bump()",
                lambda: f"(self.q.popleft() if self.q else {e()})",
                lambda: "(self.q.pop() if len(self.q) > 1 else 0)",
                lambda: f"self.map.pop({self.small()}, {e()})",
                lambda: "(self.bump() if self.flag and self.bump() > 2 else self.n)",
                lambda: f"sum(self.bump() for z in self.arr if z < {e()})",
            ]
        if self.choosing:
            compound += [
                lambda: f"choose(range({2 + self.below(2)}))",
                lambda: "(choose(self.s) if self.s else 0)",
                lambda: f"choose([{e()}, {e()}])",
            ]
        return simple, compound

    def _bool(self, depth: int) -> tuple[list[str], list[Callable[[], str]]]:
        def e() -> str:
            return self.expr(INT, depth - 1)

        def b() -> str:
            return self.expr(BOOL, depth - 1)

        simple = ["True", "False", "self.flag", "self.n > 1", "self.two[1]", "self.point.on"]
        simple += ["self.opt is None", "self.color == Color.RED", 'self.word == "yes"']
        compound: list[Callable[[], str]] = [
            lambda: f"{e()} {self.pick(['<', '<=', '==', '!=', '>', '>='])} {e()}",
            lambda: f"{e()} <= {e()} < {e()}",
            lambda: f"({b()} and {b()})",
            lambda: f"({b()} or {b()})",
            lambda: f"(not {b()})",
            lambda: f"{e()} in self.q",
            lambda: f"{e()} not in self.s",
            lambda: f"{e()} in ({e()}, {e()})",
            lambda: f"{self.small()} in self.map",
            lambda: f"{e()} in range({e()}, 4)",
            lambda: f"any({self.over('self.arr', INT, BOOL)})",
            lambda: f"all({self.over('self.q', INT, BOOL)})",
            lambda: f"{self.expr(COLOR, 1)} {self.pick(['==', '!=', 'is'])} {self.expr(COLOR, 1)}",
            lambda: f"{self.expr(COLOR, 1)} in self.cs",
            lambda: "isinstance(self.msg, Paint)",
            lambda: f"self.msg == {self.expr(MSG, 1)}",
            lambda: f"{self.expr(FEW, 1)} <= {self.expr(FEW, 1)}",
            lambda: f"{self.expr(FEW, 1)} == {self.expr(FEW, 1)}",
            lambda: f"{self.small()} in {self.expr(FEW, 1)}",
            lambda: f"(self.opt is not None and self.opt > {e()})",
            lambda: f"{self.expr(ROW, 1)} == {self.expr(ROW, 1)}",
            lambda: f"bool({e()})",
            lambda: "self.promise.is_settled()",
            lambda: f"self.{self.pick(CHANNELS)}.{self.pick(['can_send', 'can_receive'])}()",
            lambda: "(self.picked is not None and self.picked.n > 1)",
            lambda: "self.picked is None",
            lambda: f"{self.expr(CELL, 1)} == self.picked",
            lambda: "(self.node is not None and self.node.mark > 2)",
            lambda: f"{self.expr(POINT, 1)} == {self.expr(POINT, 1)}",
            lambda: f"all(a <= b for a in self.s for b in self.arr if {b()})",
        ]
        if self.effects:
            compound += [
                lambda: f"({b()} and self.bump() > 2)",
                lambda: f"({b()} or self.bump() > 2)",
                lambda: "(1 < self.bump() < 5)",
                lambda: f"any(self.bump() > {self.small()} for z in self.arr)",
            ]
        if self.choosing:
            compound.append(lambda: "choose([False, True])")
            compound.append(lambda: f"self.{self.pick(CHANNELS)}.offer({self.small()})")
        return simple, compound

    def over(self, place: str, kind: str, result: str) -> str:
        """`result for x in place if …`."""
        name = self.fresh("x")
        saved, effects = dict(self.locals), self.effects
        self.locals[name], self.effects = kind, False
        item = self.expr(result, 1)
        test = f" if {self.expr(BOOL, 1)}" if self.chance(2) else ""
        self.locals, self.effects = saved, effects
        return f"{item} for {name} in {place}{test}"

    def _color(self, depth: int) -> tuple[list[str], list[Callable[[], str]]]:
        compound: list[Callable[[], str]] = [
            lambda: f"self.colors[{self.small()} % 2]",
            lambda: f"({self.expr(COLOR, 0)} if {self.expr(BOOL, 1)} else {self.expr(COLOR, 0)})",
            lambda: "(self.msg.color if isinstance(self.msg, Paint) else Color.RED)",
            lambda: "self.next_color(self.color)",
        ]
        if self.choosing:
            compound += [lambda: "choose(Color)", lambda: "choose([self.color, Color.BLUE])"]
        return ["Color.RED", "Color.GREEN", "Color.BLUE", "self.color"], compound

    def _opt(self, depth: int) -> tuple[list[str], list[Callable[[], str]]]:
        return ["None", "self.opt", "1"], [
            lambda: f"({self.small()} if {self.expr(BOOL, 1)} else None)",
            lambda: f"next((z for z in self.s if z > {self.small()}), None)",
        ]

    def _point(self, depth: int) -> tuple[list[str], list[Callable[[], str]]]:
        return ["self.point", "Point(2, True)"], [
            lambda: f"Point({self.expr(INT, 1)} % 8, {self.expr(BOOL, 1)})",
            lambda: f"Point(on={self.expr(BOOL, 1)}, x={self.small()})",
            lambda: f"replace(self.point, x={self.small()})",
            lambda: f"self.point.moved({self.expr(INT, 1)})",
            lambda: f"({self.expr(POINT, 0)} if {self.expr(BOOL, 1)} else self.point)",
        ]

    def _msg(self, depth: int) -> tuple[list[str], list[Callable[[], str]]]:
        return ["self.msg", "Paint(Color.RED)", "Point(0, False)"], [
            lambda: f"Paint({self.expr(COLOR, 1)})",
            lambda: self.expr(POINT, 1),
            lambda: f"(self.point if {self.expr(BOOL, 1)} else self.msg)",
        ]

    def _row(self, depth: int) -> tuple[list[str], list[Callable[[], str]]]:
        return ["self.row", "()", "(1, 2)"], [
            lambda: f"({self.small()}, {self.small()})",
            lambda: "tuple(self.q)[:3]",
            lambda: f"tuple({self.over('self.arr', INT, INT)})",
            lambda: "tuple(sorted(self.s))[1:]",
            lambda: f"self.row[{self.pick(['1:', ':2', '::-1', '-2:', '::2'])}]",
            lambda: "tuple(reversed(self.row))",
            lambda: "tuple(self.map.values())[:3]",
            lambda: f"(*self.row[:2], {self.small()})",
            lambda: "tuple(z for z in self.bag)",
        ]

    def _few(self, depth: int) -> tuple[list[str], list[Callable[[], str]]]:
        return ["self.few", "frozenset()", "frozenset({1, 2})"], [
            lambda: f"(self.few | {{{self.small()}}})",
            lambda: f"(self.few & {self.expr(FEW, 0)})",
            lambda: f"({self.expr(FEW, 0)} - {{{self.small()}}})",
            lambda: "frozenset(self.s)",
            lambda: "frozenset(z % 4 for z in self.q)",
            lambda: "(self.s | {0})",
            lambda: "frozenset({z: z for z in range(3)})",
        ]

    def _cell(self, depth: int) -> tuple[list[str], list[Callable[[], str]]]:
        compound: list[Callable[[], str]] = [
            lambda: f"self.cells[{self.small()} % 2]",
            lambda: f"(self.cell if {self.expr(BOOL, 1)} else self.cells[0])",
        ]
        if self.choosing:
            compound.append(lambda: "choose(self.cells)")
        return ["self.cell", "self.cells[1]"], compound

    # --- statements ------------------------------------------------------------------

    def line(self, text: str) -> None:
        """Write a line."""
        self.lines.append("    " * self.indent + text)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """An indented block with locals of its own."""
        self.line(head)
        self.indent += 1
        saved, before = dict(self.locals), len(self.lines)
        yield
        if len(self.lines) == before:
            self.line("pass")
        self.indent -= 1
        self.locals = saved

    def body(self, most: int = 4) -> None:
        """Some statements."""
        for _ in range(1 + self.below(most)):
            if self.budget <= 0:
                return
            if self.lines and re.match(r"\s*(return|break|continue|raise)\b", self.lines[-1]):
                return
            self.budget -= 1
            self.statement()

    def statement(self) -> None:
        """One statement."""
        ways: list[Callable[[], None]] = [self._store, self._store, self._change, self._change]
        ways += [self._ordered]
        ways += [self._local, self._local, self._call]
        if self.indent < 6:
            ways += [self._if, self._if, self._for, self._while, self._match, self._try, self._with]
        ways += [self._assert, self._leave]
        if self.suspends and not self.final:
            ways += [self._await] * 4
        ways[self.below(len(ways))]()

    def _store(self) -> None:
        e = self.expr
        options: list[Callable[[], str]] = [
            lambda: f"self.n = {e(INT)} % 8",
            lambda: f"self.n = {e(INT)}",
            lambda: f"self.m {self.pick(['+=', '-=', '*='])} {self.small()}",
            lambda: f"self.m = clamp({e(INT)})",
            lambda: f"self.flag = {e(BOOL)}",
            lambda: f"self.color = {e(COLOR)}",
            lambda: f"self.opt = {e(OPT)}",
            lambda: f"self.point = {e(POINT)}",
            lambda: f"self.msg = {e(MSG)}",
            lambda: f"self.two = ({self.small()}, {e(BOOL)})",
            lambda: f"self.row = {e(ROW)}",
            lambda: f"self.few = {e(FEW)}",
            lambda: f'self.word = "maybe" if {e(BOOL)} else "yes"',
            lambda: f"self.arr[{self.pick(['0', '-1', '1', self.small()])}] = {e(INT)} % 8",
            lambda: f"self.arr[{self.small()} % 3] += 1",
            lambda: "self.arr[self.bump() % 3] += 1",
            lambda: f"self.arr[self.bump() % 3] = self.bump() % {self.pick(['8', '4'])}",
            lambda: f"self.colors[{self.small()} % 2] = {e(COLOR)}",
            lambda: "self.arr[0], self.arr[1] = self.arr[1], self.arr[0]",
            lambda: f"self.n, self.m = {self.small()}, self.n",
            lambda: f"self.cells[{self.small()} % 2].n = {e(INT)} % 8",
            lambda: f"self.cell.n = self.m = {self.small()}",
            lambda: f"self.picked = {self.pick(['None', e(CELL)])}",
            lambda: f"self.map[{self.small()}] = {e(INT)} % 8",
            lambda: f"self.start = {self.small()}",
        ]
        self.line(options[self.below(len(options))]())

    def _ordered(self) -> None:
        """What depends on the order of evaluation, or on what is evaluated at all."""
        e, few = self.expr, self.small
        options: list[Callable[[], str]] = [
            lambda: "self.m = clamp(self.n - self.bump() + 2)",
            lambda: "self.row = (self.n, self.bump(), self.n)",
            lambda: "self.m = self.weigh(self.n, self.bump(), self.n)",
            lambda: f"self.flag = {e(BOOL, 1)} and self.bump() > 2",
            lambda: f"self.flag = {e(BOOL, 1)} or self.bump() < 6",
            lambda: "self.flag = self.n < self.bump() <= self.n",
            lambda: f"self.arr[self.n % 3] = self.n if self.bump() > {few()} else self.bump()",
            lambda: "self.n -= self.bump() - self.n",
            lambda: "self.arr[self.bump() % 3] += self.bump() % 2",
            lambda: "self.map[self.n % 4] = self.bump()",
            lambda: "self.row = (self.cell.n, self.cell.bump(), self.cell.n)",
            lambda: f"self.m = clamp(self.n if self.bump() > {few()} else -self.n)",
            lambda: "self.point = Point(self.n, self.bump() > self.n)",
            lambda: "self.row = tuple([self.n, self.bump()])",
            lambda: f"self.flag = not (self.bump() > {few()} and self.bump() > {few()})",
            lambda: "self.m = clamp(max(self.n, self.bump()) - min(self.n, self.bump()))",
        ]
        self.line(options[self.below(len(options))]())

    def _change(self) -> None:
        e = self.expr
        options: list[Callable[[], str]] = [
            lambda: f"self.q.append({e(INT)} % 8)",
            lambda: f"self.q.insert({e(INT, 1)}, {self.small()})",
            lambda: f"self.q.extend({e(ROW)})",
            lambda: "self.q.clear()",
            lambda: f"self.q[{self.pick(['0', '-1', self.small()])}] = {self.small()}",
            lambda: f"del self.q[{self.pick(['0', '-1', self.small()])}]",
            lambda: f"self.q.remove({self.small()})",
            lambda: f"self.s.{self.pick(['add', 'discard', 'remove'])}({self.small()})",
            lambda: f"self.s.update({e(FEW)})",
            lambda: "self.s.clear()",
            lambda: f"self.cs.{self.pick(['add', 'discard'])}({e(COLOR)})",
            lambda: f"self.map.pop({self.small()}, 0)",
            lambda: f"self.bag.{self.pick(['add', 'remove'])}({self.small()})",
            lambda: f"self.msgs.append({e(MSG)})",
            lambda: f"self.log.append({e(INT)} % 8)",
            lambda: f"self.seqs[{self.small()} % 2].append({self.small()})",
            lambda: f"self.s.difference_update({e(FEW)})",
            lambda: f"self.s ^= {e(FEW)}",
            lambda: f"self.map.setdefault({self.small()}, {self.small()})",
            lambda: f"self.map.update({{{self.small()}: {self.small()}, 2: 1}})",
            lambda: f"del self.q[{self.pick(['', '1', '-2'])}:{self.pick(['', '2', '-1', '1'])}]",
            lambda: "self.trail = min(9, self.trail + 1)",
        ]
        if self.choosing:
            options += [
                lambda: f"self.{self.pick(CHANNELS)}.put({self.small()})",
                lambda: f"self.n = self.{self.pick(CHANNELS)}.take()",
                lambda: f"self.opt = self.{self.pick(CHANNELS[1:])}.poll()",
            ]
        text = options[self.below(len(options))]()
        guards = {
            "self.q.append": "len(self.q) < 4",
            "self.q.insert": "len(self.q) < 4",
            "self.q[": "len(self.q) > 3",
            "del self.q": "len(self.q) > 3",
            "self.bag.add": "len(self.bag) < 3",
            "self.msgs.append": "len(self.msgs) < 2",
            "self.log.append": "len(self.log) < 6",
        }
        guard = next((g for start, g in guards.items() if text.startswith(start)), "")
        if guard and not self.chance(4):
            with self.block(f"if {guard}:"):
                self.line(text)
        else:
            self.line(text)

    def _local(self) -> None:
        kinds = [INT, INT, INT, BOOL, COLOR, OPT, POINT, ROW, FEW, CELL, MSG]
        kind = self.pick(kinds)
        if self.chance(6):
            name, other = self.fresh(), self.fresh()
            self.line(f"{name}, {other} = {self.expr(INT, 1)}, {self.expr(INT, 1)}")
            self.locals |= {name: INT, other: INT}
            return
        if self.chance(8):
            name, rest = self.fresh(), self.fresh("xs")
            head = self.pick([f"{name}, *{rest}", f"*{rest}, {name}"])
            with self.block("if self.q:"):
                self.line(f"{head} = {self.pick(['self.q', 'self.arr', '(self.n, 1, 2)'])}")
                self.line(f"self.m = clamp(sum({rest}) - {name})")
            return
        if self.chance(8):
            name = self.fresh("xs")
            self.line(f"{name} = [{self.small()}, {self.small()}]")
            self.line(
                f"{name}.{self.pick(['append', 'remove'])}({self.small()})"
                if self.chance(3)
                else f"{name}.append({self.expr(INT, 1)})"
            )
            self.line(f"self.m = clamp(sum({name}) - {name}[{self.pick(['0', '-1'])}])")
            return
        known = [n for n in self.known(kind) if n.startswith("v")]
        name = self.pick(known) if known and self.chance(2) else self.fresh()
        value = self.expr(kind)
        if kind == INT:
            value = f"({value}) % {self.pick(['8', '5', '16'])}"
        if kind == OPT and value == "None":
            value = "self.opt"
        self.line(f"{name} = {value}")
        self.locals[name] = kind

    def _call(self) -> None:
        cell = self.expr(CELL, 1)
        options = [
            "self.bump()",
            "self.grow()" if self.helping else f"self.touch({self.expr(INT, 1)})",
            f"{cell}.bump()",
            "self.grow()",
        ]
        if self.chance(8):
            options = [self.pick(CRASHING)]
        elif self.tasks and self.effects and not self.helping and self.chance(2):
            options = [f"cancel({self.pick(self.tasks)})"]
        elif self.catching or self.chance(6):
            options += [f"self.risky({self.expr(INT, 1)})"] * 3
            options += [f"{cell}.keep({self.expr(INT, 1)})", f"self.n = {cell}.take()"]
        self.line(self.pick(options))

    def _if(self) -> None:
        with self.block(f"if {self.expr(BOOL)}:"):
            self.body(3)
        if self.chance(3):
            with self.block(f"elif {self.expr(BOOL)}:"):
                self.body(2)
        if self.chance(2):
            with self.block("else:"):
                self.body(3)

    def _for(self) -> None:
        name, other = self.fresh("k"), self.fresh("k")
        heads = [
            (f"for {name} in range({1 + self.below(3)}):", {name: INT}),
            (f"for {name} in self.q:", {name: INT}),
            (f"for {name} in self.s:", {name: INT}),
            (f"for {name} in self.arr:", {name: INT}),
            (f"for {name}, {other} in enumerate(self.arr):", {name: INT, other: INT}),
            (f"for {name}, {other} in self.map.items():", {name: INT, other: INT}),
            (f"for {name} in sorted(self.q):", {name: INT}),
            (f"for {name} in reversed(self.row):", {name: INT}),
            (f"for {name} in Color:", {name: COLOR}),
            (f"for {name} in self.cells:", {name: CELL}),
            (f"for {name}, {other} in zip(self.q, self.arr):", {name: INT, other: INT}),
            (f"for {name} in range({self.small()}, -2, -1):", {name: INT}),
            (f"for {name} in [z + 1 for z in self.row]:", {name: INT}),
        ]
        head, bound = heads[self.below(len(heads))]
        with self.block(head):
            self.locals |= bound
            self._inside_loop(3)
        self._otherwise()

    def _otherwise(self) -> None:
        """Perhaps an else after a loop."""
        if self.chance(4):
            with self.block("else:"):
                self.body(2)

    def _inside_loop(self, most: int) -> None:
        self.in_loop += 1
        self.body(most)
        self.in_loop -= 1

    def _while(self) -> None:
        name = self.fresh("w")
        self.line(f"{name} = 0")
        with self.block(f"while {name} < {1 + self.below(3)}:"):
            self.line(f"{name} += 1")
            self.locals[name] = INT
            self._inside_loop(3)
        self._otherwise()

    def _match(self) -> None:
        a, b = self.fresh("c"), self.fresh("c")
        ways: list[tuple[str, list[tuple[str, dict[str, str]]]]] = [
            (
                self.pick(["self.msg", self.expr(MSG, 1)]),
                [
                    (f"case Point(x={a}, on=True):", {a: INT}),
                    (f"case Point({a}, {b}) if {a} > 1:", {a: INT, b: BOOL}),
                    ("case Point():", {}),
                    (f"case Paint(color={a}):", {a: COLOR}),
                ],
            ),
            (
                self.expr(COLOR, 1),
                [("case Color.RED if self.n > 1:", {}), ("case Color.GREEN | Color.RED:", {})],
            ),
            ("self.opt", [("case None:", {}), ("case 1 | 2:", {}), (f"case {a}:", {a: INT})]),
            (
                f"({self.expr(INT, 1)} % 3, {self.expr(BOOL, 1)})",
                [("case (0, True):", {}), (f"case ({a}, False):", {a: INT}), ("case _:", {})],
            ),
            (f"{self.expr(INT, 1)}", [("case 0:", {}), (f"case {a} if {a} > 2:", {a: INT})]),
        ]
        subject, cases = ways[self.below(len(ways))]
        self.line(f"match {subject}:")
        self.indent += 1
        taken = [case for case in cases if not self.chance(4)] or cases[:1]
        for head, bound in taken:
            with self.block(head):
                self.locals |= bound
                self.body(2)
        self.indent -= 1

    def _try(self) -> None:
        final = self.chance(2)
        handled = self.chance(4) is False or not final
        self.catching += handled
        with self.block("try:"):
            self.body(3)
            if self.chance(2):
                self.line(f"self.risky({self.expr(INT, 1)})")
            elif self.chance(2) and not self._left():
                self.body(1)
        self.catching -= handled
        if handled:
            name = self.fresh("e")
            heads = [f"except Oops as {name}:", "except (Oops, Late):", "except Late:"]
            if self.tasks and self.suspends and not self.loop:
                heads += ["except Cancelled:"] * 2
            head = self.pick(heads)
            with self.block(head):
                if "Oops as" in head:
                    self.line(f"self.m = clamp({name}.code)")
                self.body(2)
                if self.chance(5) and not self._left():
                    self.line("raise")
            if head.startswith("except Late") and self.chance(2):
                with self.block("except Oops:"):
                    self.body(2)
            if self.chance(5):
                with self.block("else:"):
                    self.body(1)
        if final:
            self.final += not self.chance(3)
            saved, self.in_loop = self.in_loop, 0
            final_was = self.final
            with self.block("finally:"):
                self.line(f"self.m = clamp(self.m + {self.below(3)})")
                self.body(2)
            self.final = 0 if final_was == self.final and not self._nested_final else self.final
            self.in_loop = saved

    @property
    def _nested_final(self) -> bool:
        return False

    def _left(self, indent: int | None = None) -> bool:
        """Whether the last line leaves; with an indentation, whether one there does."""
        space = r"\s*" if indent is None else "    " * indent
        return bool(re.match(rf"{space}(return|break|continue|raise)\b", self.lines[-1]))

    def _with(self) -> None:
        if self.suspends and self.loop and self.chance(2) and not self.final:
            with self.block("async with self.gate.lock():"):
                self.body(2)
            return
        target = self.pick(["self.cell", "self.cells[0]"])
        with self.block(f"with {target}:"):
            self.body(3)

    def _assert(self) -> None:
        test = self.expr(BOOL)
        self.line(
            f"assert {test} or {self.expr(BOOL, 1)} or self.n < 6, {self.pick(['None', '1'])}"
            if not self.chance(6)
            else f"assert {test}"
        )
        self.lines[-1] = self.lines[-1].replace(", None", "").replace(", 1", ', "no"')

    def _leave(self) -> None:
        options = [f"raise Oops({self.small()})" if self.catching else "self.grow()"]
        if self.in_loop:
            options += ["break", "continue"] * 2
        if not self.final:
            options += ["return"] if self.chance(3) else []
            options += [f"require({self.expr(BOOL)})"]
        self.line(self.pick(options))

    def _await(self) -> None:
        if self.loop:
            options = ["await self.loop.later()"] * 2 + ["await self.loop.last()"]
            if not self.helping:
                options += ["await self.hop()", f"self.n = await self.wait_for({self.small()})"]
            options += ["self.n = await self.promise", "self.m = await self.fork"]
            options += self._messages()
            options += ["await park()"] * 2
            options += ["if not self.promise.is_settled():\n{}self.promise.fulfill(self.n)"]
            options += ["if not self.fork.is_settled():\n{}self.fork.fulfill(self.n)"]
            options += ["if not self.promise.is_settled():\n{}self.promise.reject()"]
        else:
            options = ["await step()"] * 3
            options += [f"await until({self._condition()})"] * 3
            if not self.helping:
                options += ["await self.pause()", f"self.n = await self.slow({self.small()})"]
            options += ["self.n = await self.news"]
            options += self._messages()
            options += ["if not self.news.is_settled():\n{}self.news.fulfill(self.n)"]
        text = self.pick(options)
        if "await self.promise" in text or "await self.fork" in text or "await self.news" in text:
            with self.block("try:"):
                self.line(text)
            with self.block("except Rejected:"):
                self.body(1)
            return
        for part in text.replace("{}", "    ").split("\n"):
            self.line(part)

    def _messages(self) -> list[str]:
        """Sending and receiving: what goes wrong in it is a choice."""
        if not self.choosing:
            return []
        name = self.pick(CHANNELS)
        return [f"await self.{name}.send({self.small()})", f"self.n = await self.{name}.receive()"]

    def _condition(self) -> str:
        effects, self.effects = self.effects, False
        found = self.pick([f"{self.expr(BOOL)} or {self.expr(BOOL)}", self.expr(BOOL)])
        self.effects = effects
        return found

    # --- members ---------------------------------------------------------------------

    def member(self, decorator: str, head: str, first: dict[str, str]) -> None:
        """A method with a random body."""
        self.lines.append("")
        self.indent = 1
        if decorator:
            self.line(decorator)
        self.line(head)
        self.indent = 2
        self.locals = dict(first)
        self.in_loop = self.catching = self.final = 0
        self.budget = 14

    def action(self, k: int) -> None:
        """An action, or a family."""
        self.suspends = self.loop = False
        if self.chance(2):
            each = self.pick(
                ["range(2)", "lambda self: range(2)", "Color", "[(0, True), (2, False)]"]
            )
            kinds = {"C": {"i": COLOR}, "[": {"i": INT, "b": BOOL}}.get(each[0], {"i": INT})
            names = ", ".join(kinds)
            self.member(f"@action(each={each})", f"def act{k}(self, {names}) -> None:", kinds)
        else:
            self.member("@action", f"def act{k}(self) -> None:", {})
        if self.chance(3):
            effects, self.effects = self.effects, False
            self.line(f"require({self.expr(BOOL)})")
            self.effects = effects
        self.body(5)

    def process(self, k: int, loop: bool, family: bool) -> None:
        """A process, free or on the loop."""
        self.suspends, self.loop = True, loop
        on = 'on="loop"' if loop else ""
        parts = [part for part in (on, "daemon=True" if self.chance(5) else "") if part]
        if not loop and self.chance(4):
            parts += [self.pick(["crashes=1", "crashes=2", "crashes=1, restarts=False"])]
        if family:
            parts.append("each=range(2)")
        decorator = f"@process({', '.join(parts)})" if parts else "@process"
        head = f"async def run{k}(self{', i: int' if family else ''}) -> None:"
        self.member(decorator, head, {"i": INT} if family else {})
        self.budget = 20
        # What set-up settles may fold away before a first suspension: begin without doubt.
        suspensions = ["await park()"] if loop else ["await step()", "await until(self.n < 6)"]
        self.line(self.pick([*suspensions, "self.m = clamp(self.n)", "self.bump()"]))
        if self.chance(3):
            with self.block("while True:"):
                self.body(4)  # with no `continue`, which might go round for ever
                if not self._left(self.indent):
                    self.line("await self.loop.later()" if loop else "await step()")
        else:
            self.body(6)

    def helpers(self) -> None:
        """Methods that everything else may call, and not one another."""
        self.helping = True
        self.suspends = self.loop = False
        self.member("", "def touch(self, a: int) -> None:", {"a": INT})
        self.budget = 5
        self.body(3)
        self.lines += HELPERS.splitlines()
        self.suspends = True
        for name, loop in (("pause", False), ("hop", True)):
            self.member("", f"async def {name}(self) -> None:", {})
            self.loop, self.budget = loop, 5
            self.body(3)
        for name, loop in (("slow", False), ("wait_for", True)):
            self.member("", f"async def {name}(self, a: int) -> int:", {"a": INT})
            self.loop, self.budget = loop, 5
            start = len(self.lines)
            self.body(3)
            for k in range(start, len(self.lines)):
                self.lines[k] = re.sub(r"\breturn$", "return a", self.lines[k])
            if not (self._left() and self.lines[-1].startswith(" " * 8 + "return")):
                self.indent = 2
                self.line(f"return ({self.expr(INT)}) % 8")

        self.helping = False

    def properties(self) -> None:
        """Claims, which are compared and not checked."""
        self.suspends, self.effects = False, False
        for k in range(2):
            self.member("@reachable", f"def property{k}(self) -> bool:", {})
            self.line(f"return {self.expr(BOOL, 3)}")

    def program(self) -> str:
        """The whole text."""
        loops = self.below(3)
        frees = self.below(3)
        families = [self.chance(3) for _ in range(loops + frees)]
        if self.chance(3):
            self._name_tasks(families)
        self.helpers()
        actions = self.below(4) if loops + frees else 1 + self.below(3)
        for k in range(actions):
            self.action(k)
        for k in range(frees + loops):
            self.process(k, k >= frees, families[k])
        if loops:
            self.lines += WAKER.splitlines()
        self.properties()
        return self._assembled()

    def _name_tasks(self, families: list[bool]) -> None:
        """The processes that may be cancelled, as expressions."""
        for k, family in enumerate(families):
            members = [", 0", ", 1", ", self.n % 2"] if family else [""]
            self.tasks += [f"task_of(self.run{k}{member})" for member in members]

    def _assembled(self) -> str:
        text = "\n".join(self.lines)
        text = _without_unused(text)
        used = [n for n in PLACES if re.search(rf"self\.{n}\b", text)]
        for name in list(used):
            used += NEEDS.get(name, ())
        setup = [f"        self.{n} = {v}" for n, v in PLACES.items() if n in used]
        head = "class Random(Model):\n    def setup(self) -> None:\n"
        return HEAD + "\n" + head + "\n".join(setup or ["        pass"]) + "\n" + text + "\n"


HELPERS = """
    def bump(self) -> int:
        self.n = (self.n + 1) % 8
        return self.n

    def double(self, a: int) -> int:
        return a * 2

    def weigh(self, a: int, b: int, c: int) -> int:
        return (a * 4 + b * 2 + c) % 11

    def expect(self, yes: bool) -> int:
        return 3 if yes else self.m

    def next_color(self, c: Color) -> Color:
        return Color.GREEN if c == Color.RED else Color.BLUE if c == Color.GREEN else Color.RED

    def risky(self, a: int) -> None:
        self.flag = not self.flag
        if a > 2:
            raise Oops(a)
        if a < 1:
            raise Late()
        self.n = a

    def grow(self) -> None:
        if self.node is None or self.node.mark < 4:
            made = self.nodes.new()
            made.mark = 1 if self.node is None else self.node.mark + 1
            self.node = made
        else:
            self.node = None"""

WAKER = """
    @action
    def wake_up(self) -> None:
        self.loop.wake(task_of(self.loop_daemon))

    @process(on="loop", daemon=True)
    async def loop_daemon(self) -> None:
        while True:
            await park()
            self.flag = not self.flag
            if not self.promise.is_settled():
                self.promise.fulfill(self.n)"""


def _without_unused(text: str) -> str:
    """The members without helpers that nothing calls."""
    while True:
        parts = re.split(r"\n(?=    (?:@|(?:async )?def ))", text)
        kept: list[str] = []
        decorated = False
        for part in parts:
            found = re.search(r"def (\w+)\(", part)
            marked = decorated or part.lstrip().startswith("@")
            decorated = part.lstrip().startswith("@") and found is None
            name = found.group(1) if found else ""
            others = text.replace(part, "")
            if marked or not name or re.search(rf"self\.{name}\b", others):
                kept.append(part)
        shorter = "\n".join(kept)
        if shorter == text:
            return text
        text = shorter


@st.composite
def programs(draw: Callable[[st.SearchStrategy[int]], int]) -> str:
    """Random models."""
    return Writer(Drawn(draw)).program()


def program(seed: int) -> str:
    """The random model of a seed."""
    return Writer(Seeded(random.Random(seed))).program()
