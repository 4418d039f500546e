"""`ordercheck synthesize`: what may be asked for, and what is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ordercheck.cli.main import run

MODEL = '''
"""A door with three locks."""

from enum import Enum

from ordercheck import Model, action, boolean, integer, invariant, param


class Lock(Enum):
    TOP = 0
    MIDDLE = 1
    BOTTOM = 2


class Door(Model):
    locked: frozenset[Lock] = param(frozenset(), choices=Lock)
    guarded: bool = param(False)
    ajar: bool = param(True)
    doors: int = param(1, lo=1, hi=3)

    def setup(self) -> None:
        self.open = boolean()
        self.knocks = integer(0, lo=0, hi=2)

    @action
    def knock(self) -> None:
        self.knocks = (self.knocks + 1) % 3

    @action
    def push(self) -> None:
        shut = Lock.TOP in self.locked and Lock.BOTTOM in self.locked or not self.ajar
        if not (shut and self.guarded) and self.doors < 3:
            self.open = True

    @invariant
    def closed(self) -> bool:
        return not self.open
'''


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("pyproject.toml").touch()
    Path("door.py").write_text(MODEL)


def command(*over: str) -> list[str]:
    words = ["synthesize", "door.py"]
    for each in over:
        words += ["--over", each]
    return words


def test_members_of_a_set_truths_and_values_are_flags(
    capsys: pytest.CaptureFixture[str], golden: Callable[[str, str], None]
) -> None:
    over = ("locked", "guarded", "ajar", "doors=3")
    assert run([*command(*over), "--traces", "none"]) == 0
    golden("cli/synthesize.txt", capsys.readouterr().out)
    assert run([*command(*over), "--traces", "none", "--exhaustive"]) == 0
    told = capsys.readouterr().out
    assert "64 runs, for 64 sets" in told


def test_not_even_all_are_enough(
    capsys: pytest.CaptureFixture[str], golden: Callable[[str, str], None]
) -> None:
    assert run(command("locked")) == 1
    golden("cli/synthesize_none.txt", capsys.readouterr().out)


def test_nothing_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*command("locked"), "--set", "doors=3"]) == 0
    assert "Nothing is needed" in capsys.readouterr().out


def test_a_limit_leaves_it_open(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*command("locked"), "--set", "doors=3", "--max-states", "2"]) == 3
    assert "With TOP + MIDDLE + BOTTOM set the run is inconclusive" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("over", "told"),
    [
        ("lcoked", "has no parameter 'lcoked'"),
        ("doors", "say which value to try: --over doors=VALUE"),
        ("doors=9", "at most 3"),
    ],
)
def test_bad_flags(over: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command(over)) == 2
    assert told in capsys.readouterr().err


def test_a_flag_that_is_set_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*command("guarded"), "--set", "guarded=yes"]) == 2
    assert "leave one of them out" in capsys.readouterr().err


def test_two_flags_of_one_parameter(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command("doors=2", "doors=3")) == 2
    assert "one flag only" in capsys.readouterr().err
