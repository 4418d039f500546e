"""Every counterexample of the models fits on one screen, as `ordercheck verify` tells it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ordercheck.cli.codes import OK
from ordercheck.cli.main import run
from ordercheck.cli.output import LINES

MODELS = Path(__file__).parents[2] / "models"
RULE = "─" * 80


def screens(capsys: pytest.CaptureFixture[str], *files: Path) -> dict[str, int]:
    """How many lines each trace takes, with its heading, by what the heading says first."""
    assert run(["verify", *map(str, files), "--traces", "all"]) == OK
    told = re.split(r"\n\d+ of \d+ runs as expected|\nNext: ", capsys.readouterr().out)[0]
    found = [part.strip("\n").split("\n") for part in told.split(RULE)[1:]]
    return {part[0]: 1 + len(part) for part in found}


@pytest.mark.parametrize("name", ["embargo.py", "lease.py", "classics/hanoi.py"])
def test_traces_fit_on_a_screen(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    taken = screens(capsys, MODELS / name)
    assert taken
    assert {title: lines for title, lines in taken.items() if lines > LINES} == {}


@pytest.mark.slow
def test_all_traces_fit_on_a_screen(capsys: pytest.CaptureFixture[str]) -> None:
    taken = screens(capsys, MODELS)
    assert len(taken) > 50
    assert {title: lines for title, lines in taken.items() if lines > LINES} == {}
