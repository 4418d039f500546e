"""A family without members may be about collections that are empty, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from ordercheck.checking import check
from ordercheck.checking.verdict import Outcome
from ordercheck.frontend import compile_model, load_models
from ordercheck.ir.validator import validate

MODEL = """
from ordercheck import Component, Model, integer, process
from ordercheck.library import KjLoop, Promise


class Counter(Component):
    def __init__(self) -> None:
        self.n = integer(0, lo=0, hi=3)

    def more(self, by: int) -> int:
        self.n = self.n + by
        return self.n


class Members(Model):
    deadlock = False

    def setup(self) -> None:
        self.loop = KjLoop()
        self.token = {i: Promise(self.loop) for i in range({size})}
        self.counter = {i: Counter() for i in range({size})}
        self.listed = [Counter() for _ in range({size})]
        self.n = integer(0, lo=0, hi=3)

    @process(each=lambda self: list(self.token), on="loop")
    async def member(self, i: int) -> None:
        {statement}
"""


@pytest.mark.parametrize("size", [0, 2])
@pytest.mark.parametrize(
    "statement",
    [
        "await self.token[i]",
        "self.token[i].fulfill(None)",
        "self.n = self.counter[i].n",
        "self.counter[i].n = 1",
        "self.counter[i].n += 1",
        "self.listed[i].n = 1",
        "self.counter[i].more(1)",
        "self.n = self.counter[i].more(1)",
        "self.n = self.counter[i].more(by=1) + self.listed[i].more(1)",
        "for c in self.listed: c.n = 1",
        "self.n = sum(c.more(0) for c in self.listed)",
    ],
)
def test_a_family_with_members_and_without(statement: str, size: int, tmp_path: Path) -> None:
    file = tmp_path / "members.py"
    file.write_text(MODEL.replace("{statement}", statement).replace("{size}", str(size)))
    model = next(m for m in load_models(str(file)) if m.__name__ == "Members")
    program = compile_model(model, {})
    validate(program)
    assert len(program.tasks) == size
    assert check(program).outcome is Outcome.HOLDS
