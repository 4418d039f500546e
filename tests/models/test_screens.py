"""Every counterexample of the models fits on one screen, as `ordercheck verify` tells it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ordercheck.cli.codes import OK
from ordercheck.cli.folders import defines_model
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


QUICK = ("embargo.py", "lease.py", "hanoi.py")
"""Files with traces that verify in no time; all the others are slow."""
FILES = [
    pytest.param(path, id=path.stem, marks=[] if path.name in QUICK else [pytest.mark.slow])
    for path in sorted(MODELS.rglob("*.py"))
    if defines_model(str(path))
]


@pytest.mark.parametrize("path", FILES)
def test_traces_fit_on_a_screen(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    taken = screens(capsys, path)
    assert taken or path.name not in QUICK
    assert {title: lines for title, lines in taken.items() if lines > LINES} == {}
