"""`ordercheck prove`, and `verify --engine z3`: exit codes, and what is said."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ordercheck.cli.codes import BAD_INPUT, FAILED, INCONCLUSIVE, OK
from ordercheck.cli.main import run

CLASSICS = str(Path(__file__).parents[2] / "models" / "classics")

STEPPING = """
from ordercheck import Model, action, integer, invariant


class Stepping(Model):
    def setup(self) -> None:
        self.n = integer(0, lo=0, hi=499)

    @action
    def go_on(self) -> None:
        self.n = (self.n + 2) % 500

    @invariant
    def never_seven(self) -> bool:
        return self.n != 7
"""


@pytest.fixture
def stepping(tmp_path: Path) -> str:
    (tmp_path / "pyproject.toml").touch()
    file = tmp_path / "stepping.py"
    file.write_text(STEPPING)
    return str(file)


def test_a_proof(stepping: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["prove", stepping, "--invariant", "self.n % 2 == 0"]) == OK
    told = capsys.readouterr().out
    assert "pass never_seven      holds at every depth (k = 1)" in told
    assert "all of it holds at every depth." in told


def test_no_proof_shows_why_and_says_that_this_is_no_run(
    stepping: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["prove", stepping, "--depth", "1"]) == INCONCLUSIVE
    told = capsys.readouterr().out
    assert "open never_seven  not proved" in told
    assert "This is not a run of the model" in told
    assert "n  5 → 7" in told


def test_what_is_assumed_is_told(stepping: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["prove", stepping, "--assuming", "self.n % 2 == 0"]) == OK
    told = " ".join(capsys.readouterr().out.split())
    assert "given that self.n % 2 == 0" in told
    assert "is true in the first 5 levels; beyond that it is taken for granted" in told


def test_an_assumption_that_a_run_breaks(stepping: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["prove", stepping, "--assuming", "self.n < 4"]) == FAILED
    assert "After 2 steps, self.n < 4 is false: n is 4." in capsys.readouterr().out


def test_what_is_assumed_and_false_proves_nothing(
    stepping: str, capsys: pytest.CaptureFixture[str], golden: Callable[[str, str], None]
) -> None:
    assert run(["prove", stepping, "--assuming", "self.n == 7"]) == FAILED
    told = capsys.readouterr().out.replace(stepping, "stepping.py")
    golden("cli/prove_assuming.txt", re.sub(r"\d+\.\d\d s", "0.00 s", told))
    assert run(["prove", stepping, "--assuming", "self.n < 4", "--traces", "none"]) == FAILED
    told = capsys.readouterr().out
    assert "pass" not in told
    assert "self.n < 4 is not true after 2 steps" in told


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("((", "this is not an expression"),
        ("self.n", "it is neither true nor false"),
        ("self.gone == 1", "has no attribute gone"),
        ("self.n  <  9", "to be proved, and to be taken for granted"),
    ],
)
def test_a_mistake_in_what_is_assumed_is_told_as_such(
    text: str, words: str, stepping: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["prove", stepping, "--invariant", "self.n < 9", "--assuming", text]
    assert run(command) == BAD_INPUT
    told = capsys.readouterr().err
    assert words in told
    assert "--> --assuming" in told
    assert "--> --invariant" not in told


def test_a_mistake_beside_what_is_assumed(
    stepping: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["prove", stepping, "--invariant", "self.gone", "--assuming", "self.n < 9"]
    assert run(command) == BAD_INPUT
    assert "--> --invariant:1:1" in capsys.readouterr().err


def test_a_violation_is_a_trace(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["prove", f"{CLASSICS}/two_flags.py"]) == FAILED
    told = capsys.readouterr().out
    assert "FAIL no deadlock" in told
    assert "The beginning" in told


@pytest.mark.parametrize("depth", ["0", "-3", "many"])
@pytest.mark.parametrize("command", [["prove"], ["verify", "--engine", "z3"]])
def test_a_depth_that_is_none(command: list[str], depth: str) -> None:
    assert run([*command, f"{CLASSICS}/two_flags.py", "--depth", depth]) == BAD_INPUT


def test_a_bounded_search_says_how_far_it_went(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["verify", f"{CLASSICS}/mutex_machine.py", "--engine", "z3", "--depth", "4"]
    assert run(command) == INCONCLUSIVE
    told = capsys.readouterr().out
    assert "holds up to" in told
    assert "z3 looked at all paths of at most 3 steps" in told
    assert "--engine z3 --depth 8" in told


def test_a_bounded_search_that_is_complete(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["verify", f"{CLASSICS}/transaction_commit.py", "--engine", "z3", "--depth", "12"]
    assert run(command) == OK


def test_time_runs_out(capsys: pytest.CaptureFixture[str]) -> None:
    file = f"{CLASSICS}/lamport_mutex.py"
    command = ["verify", file, "--engine", "z3", "--max-seconds", "0.5", "--set", "latest=6"]
    assert run(command) == INCONCLUSIVE
    assert "stopped early: 0.5 seconds" in capsys.readouterr().out
    assert run(["prove", file, "--max-seconds", "0.5"]) == INCONCLUSIVE


def test_help_does_not_import_z3() -> None:
    code = (
        "import sys; from ordercheck.cli.main import run;"
        "run(['--help']); run(['verify', '--help']); run(['prove', '--help']);"
        "sys.exit('z3' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0
