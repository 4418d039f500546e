"""Ghosts are written by steps, and read by properties only."""

from __future__ import annotations

from pathlib import Path

import pytest

from ordercheck.checking import check
from ordercheck.checking.verdict import Outcome
from ordercheck.frontend import compile_model, load_models
from ordercheck.ir.span import BadInput

MODEL = """
from ordercheck import *
from ordercheck.library import KjLoop


def over(n: int) -> bool:
    return n > 1


class Part(Component):
    def __init__(self) -> None:
        self.hits = ghost(integer(0, lo=0, hi=9))
        self.k = integer(0, lo=0, hi=9)

    def hit(self) -> int:
        self.hits = min(9, self.hits + 1)
        return self.k

    @property
    def many(self) -> bool:
        return self.hits > 1


class M(Model):
    deadlock = False

    def setup(self) -> None:
        self.n = integer(0, lo=0, hi=9)
        self.g = ghost(integer(0, lo=0, hi=9))
        self.most = ghost(integer(0, lo=0, hi=9))
        self.past = ghost(seq(range(10), capacity=3))
        self.tally = ghost(array(range(9), 2, 0))
        self.parts = [Part(), Part()]
        self.part = Part()

    def read(self) -> int:
        return self.g + 1

    def compare(self) -> bool:
        if self.g > self.n:
            return True
        return False

    def put(self, k: int) -> None:
        self.n = k

    def note(self, k: int) -> None:
        self.most = k

{member}

    @invariant
    def small(self) -> bool:
        return self.g <= 9 and self.compare() <= True and not self.part.many and over(self.n) < 2
"""

ACTION = "    @action\n    def go(self) -> None:\n        {}"
PROCESS = "    @process\n    async def go(self) -> None:\n        await step()\n        {}"

FINE = [
    "self.g = self.n",
    "self.g = min(9, self.g + 1)",
    "self.g += self.n",
    "self.most = max(self.most, self.g)",
    "kept = self.g; self.most = kept",
    "self.most, self.g = self.g, self.most",
    "self.g = self.read() % 10",
    "self.g = 1 if self.g > 0 else 2",
    "self.g = sum(k for k in self.past if k > self.g) % 10",
    "self.past.append(self.n)",
    "self.past.clear()",
    "self.past.popleft()",
    "self.tally[self.n % 2] += 1",
    "self.tally[self.g % 2] = 1",
    "self.n = self.part.hit()",
    "self.n = choose(self.parts).hit()",
    "history = self.past; history.append(1)",
]
WRONG = [
    "self.n = self.g",
    "self.n += self.g",
    "if self.g > 1: self.n = 2",
    "if self.compare(): self.n = 2",
    "self.n = self.read() % 10",
    "self.n = 1 if self.part.many else 0",
    "kept = self.g; self.n = kept",
    "self.n = self.n if over(self.g) else 0",
    "self.n = self.past.popleft()",
    "self.n = len(self.past)",
    "for k in self.past: self.n = k",
    "for k in range(self.g): self.n = k",
    "while self.n < self.g: self.n += 1",
    "require(self.g > 1)",
    "assert self.g < 9",
    "self.n = choose(range(self.g + 1))",
    "self.put(self.g)",
    "self.note(self.g)",
    "self.parts[self.g % 2].k = 1",
    "self.n = self.tally[0]",
    "self.n = sum(self.tally)",
    "self.n = choose(self.parts).hits",
    "match self.g:\\n            case 1: self.n = 2",
    "history = self.past; self.n = history[0]",
]


def compiled(member: str, folder: Path) -> tuple[str, ...]:
    file = folder / "m.py"
    file.write_text(MODEL.replace("{member}", member))
    (model,) = load_models(str(file))
    try:
        program = compile_model(model, {})
    except BadInput as error:
        lines = file.read_text().splitlines()
        return tuple(
            f"{d.code}: {lines[d.span.line - 1][d.span.column - 1 : d.span.end_column - 1]}"
            for d in error.diagnostics
        )
    assert check(program).outcome in (Outcome.HOLDS, Outcome.VIOLATED)
    return ()


@pytest.mark.parametrize("statement", FINE)
def test_steps_write_ghosts(statement: str, tmp_path: Path) -> None:
    assert compiled(ACTION.format(statement), tmp_path) == ()
    suspending = PROCESS.format(statement)
    assert compiled(suspending, tmp_path) == ()


@pytest.mark.parametrize("statement", [each.replace("\\n", "\n") for each in WRONG])
def test_steps_read_no_ghosts(statement: str, tmp_path: Path) -> None:
    (found,) = compiled(ACTION.format(statement), tmp_path)
    assert found.startswith("E085: ")
    assert found[6:] in statement or found[6:] in ("self.g", "self.hits")  # or inside a helper
    suspending = PROCESS.format(statement)
    assert compiled(suspending, tmp_path) == (found,)


def test_the_condition_of_until_is_no_property(tmp_path: Path) -> None:
    member = "    @process\n    async def go(self) -> None:\n        await until(self.g > 1)"
    assert compiled(member, tmp_path) == ("E085: self.g",)


def test_what_lives_across_a_suspension_is_followed(tmp_path: Path) -> None:
    member = """
    @process
    async def go(self) -> None:
        kept = self.g
        await step()
        if kept:
            await step()
        self.n = 1
"""
    assert compiled(member, tmp_path) == ("E085: self.g",)


def test_each_read_is_told_once(tmp_path: Path) -> None:
    member = """
    @action(each=range(2))
    def go(self, k: int) -> None:
        if self.compare():
            self.n = self.g

    @action
    def again(self) -> None:
        require(self.compare())
        self.n = self.most
"""
    assert compiled(member, tmp_path) == ("E085: self.g", "E085: self.g", "E085: self.most")
