"""What the library cannot do as set-up made it is refused where the author asks for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ordercheck import verify
from ordercheck.checking.verdict import Outcome
from ordercheck.frontend import compile_model, load_models
from ordercheck.ir.span import BadInput, Diagnostic

MODEL = """\
from ordercheck import *
from ordercheck.library import *


class M(Model):
    def setup(self) -> None:
        self.n = integer(0, lo=0, hi=3)
        self.loop = {loop}
        self.future = Future(self.loop, range(3)) if isinstance(self.loop, AsyncioLoop) else None
        self.meetings = [Channel(range(3), capacity=k) for k in range(2)]

    @process(on="loop")
    async def run(self) -> None:
        {statement}

    @process(daemon=True)
    async def send(self) -> None:
        await self.meetings[1].send(2)
"""


def model(tmp_path: Path, loop: str, statement: str) -> Path:
    file = tmp_path / "m.py"
    file.write_text(MODEL.format(loop=loop, statement=statement), encoding="utf-8")
    return file


def refused(file: Path) -> tuple[Diagnostic, ...]:
    with pytest.raises(BadInput) as error:
        compile_model(load_models(str(file))[0], {})
    return error.value.diagnostics


NO_CLOCK = "this loop has no clock"


@pytest.mark.parametrize(
    ("loop", "statement", "headline", "help"),
    [
        ("AsyncioLoop()", "await self.loop.sleep(2)", NO_CLOCK, "AsyncioLoop(clock="),
        ("AsyncioLoop()", "await self.loop.wait_for(self.future, 2)", NO_CLOCK, "AsyncioLoop(c"),
        ("JsLoop()", "await self.loop.sleep(2)", NO_CLOCK, "JsLoop(clock="),
        ("AsyncioLoop()", "self.n = self.loop.cancelling()", "this loop counts no", "AsyncioLoop"),
    ],
)
def test_one_error_at_the_authors_line(
    loop: str, statement: str, headline: str, help: str, tmp_path: Path
) -> None:
    file = model(tmp_path, loop, statement)
    (only,) = refused(file)
    assert only.code == "E104"
    assert only.headline.startswith(headline)
    assert only.help.startswith(help)
    assert only.span.file == str(file)
    line = file.read_text(encoding="utf-8").splitlines()[only.span.line - 1]
    assert line.strip() == statement


def test_a_limit_that_is_never_set_needs_no_clock(tmp_path: Path) -> None:
    file = model(tmp_path, "AsyncioLoop()", "await self.loop.sleep(0)")
    assert verify(load_models(str(file))[0]).outcome is Outcome.HOLDS


def test_where_the_state_says_who_is_asked_it_fails_there(tmp_path: Path) -> None:
    file = model(tmp_path, "KjLoop()", "self.n = await choose(self.meetings).receive()")
    verdict = verify(load_models(str(file))[0])
    assert [each.name for each in verdict.violations] == ["assert"]
