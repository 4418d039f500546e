"""Every counterexample of the models fits on one screen, as `ordercheck verify` tells it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ordercheck.cli.codes import OK
from ordercheck.cli.folders import defines_model
from ordercheck.cli.main import run
from ordercheck.cli.output import LINES
from tests.models import test_classics as classics

MODELS = Path(__file__).parents[2] / "models"
RULE = "─" * 80
WIDTH = 120
FRAME = 25
"""Lines around the steps of a trace that is too long for a screen whatever is left out."""
LARGEST = 1_000
PUBLISHED = [
    case for case in classics.CASES if case.figures.violated and case.figures.states <= LARGEST
]
"""The classics of which something is false, at published parameters, but for the largest."""


def screens(capsys: pytest.CaptureFixture[str], *files: Path) -> dict[str, int]:
    """How many lines each trace takes, with its heading, by what the heading says first."""
    assert run(["verify", *map(str, files), "--traces", "all"]) == OK
    return traces_in(capsys.readouterr().out)


def traces_in(out: str) -> dict[str, int]:
    """The same of what a command has written."""
    told = re.split(r"\n\d+ of \d+ runs as expected|\nNext: ", out)[0]
    found = [part.strip("\n").split("\n") for part in told.split(RULE)[1:]]
    assert all(len(line) <= WIDTH for part in found for line in part)
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


@pytest.mark.parametrize("case", PUBLISHED, ids=lambda case: case.name)
def test_traces_of_classics_fit_on_a_screen(
    case: classics.Case, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = [f"--set={name}={value}" for name, value in case.parameters.items()]
    run(["verify", str(MODELS / "classics" / f"{case.model}.py"), "--traces", "all", *settings])
    taken = traces_in(capsys.readouterr().out)
    assert taken
    # A line for each step, the claim and what makes it false: no trace of 31 steps takes more.
    most = max(LINES, max(case.figures.violated.values()) + FRAME)
    assert {title: lines for title, lines in taken.items() if lines > most} == {}


@pytest.mark.slow
def test_a_long_trace_that_goes_in_rounds_fits_on_a_screen(
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings = ["--set=producers=4", "--set=consumers=3", "--set=capacity=3"]
    run(["verify", str(MODELS / "classics" / "blocking_queue.py"), *settings])
    ((_, lines),) = traces_in(capsys.readouterr().out).items()
    assert lines <= LINES
