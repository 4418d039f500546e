"""Pools of tasks, loops and spawns that cannot be: an error with its code, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from ordercheck.frontend import compile_model, load_models
from ordercheck.ir.span import BadInput

MODEL = """
from ordercheck import *
from ordercheck.library import *

class M(Model):
    def setup(self) -> None:
        self.loop = KjLoop()
        self.calls = Tasks(2, on=self.loop)
        {setup}

    @process(on="loop")
    async def main(self) -> None:
        {statement}

    async def bare(self) -> None: ...

    async def given(self, *rest: int) -> None: ...

    async def told(self, what: object) -> None: ...

    async def number(self) -> int:
        return 1
"""


def codes(folder: Path, setup: str = "pass", statement: str = "pass") -> list[str]:
    file = folder / "m.py"
    (folder / "pyproject.toml").touch()
    file.write_text(MODEL.format(setup=setup, statement=statement), encoding="utf-8")
    try:
        for model in load_models(str(file)):
            compile_model(model, {})
    except BadInput as error:
        return [each.code for each in error.diagnostics if each.span.line > 0]
    return []


@pytest.mark.parametrize(
    ("setup", "code"),
    [
        ("Tasks(0)", "E012"),
        ("Tasks(-1)", "E012"),
        ('Tasks("x")', "E012"),
        ("Tasks(2, on=3)", "E026"),
        ("JsLoop(host=3)", "E026"),
        ("JsLoop(host=JsLoop())", "E026"),
    ],
)
def test_set_up(setup: str, code: str, tmp_path: Path) -> None:
    assert codes(tmp_path, setup=f"self.more = {setup}") == [code]


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("spawn(self.loop, self.bare())", "E098"),
        ("spawn(self.calls, self.bare)", "E098"),
        ("spawn(self.calls, step())", "E098"),
        ("spawn(self.calls, self.given(1, 2))", "E098"),
        ("spawn(self.calls, self.told(self.bare))", "E098"),
        ("spawn(self.calls)", "E055"),
        ("self.calls.new()", "E056"),
    ],
)
def test_steps(statement: str, code: str, tmp_path: Path) -> None:
    assert codes(tmp_path, statement=statement) == [code]


def test_a_result_that_does_not_fit_the_pool(tmp_path: Path) -> None:
    assert len(codes(tmp_path, statement="spawn(self.calls, self.number())")) == 1


def test_nothing_is_wrong_with_the_rest(tmp_path: Path) -> None:
    assert codes(tmp_path, statement="await spawn(self.calls, self.bare())") == []
