"""`verify` runs a model's scenarios after its variants."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from ordercheck.cli.codes import BAD_INPUT, FAILED, OK
from ordercheck.cli.main import run

Golden = Callable[[str, str], None]
CAPTURE = pytest.CaptureFixture[str]

MODEL = """
from ordercheck import Model, Run, action, choose, holds, integer, invariant, scenario, variant


class Jugs(Model):
    deadlock = False
    variants = [variant("small", expect=holds())]

    def setup(self) -> None:
        self.n = integer(0, lo=0, hi=3)

    @action
    def fill(self) -> None:
        self.n = choose(range(3), name="litres")

    @action(each=[1, 2])
    def take(self, k: int) -> None:
        self.n -= min(k, self.n)

    @invariant
    def small(self) -> bool:
        return self.n < 3

    @scenario
    def filled(self, run: Run) -> None:
        run.step("fill", litres=2)
        run.step("take(1)")
        assert self.n == 1
"""
FAILING = """
    @scenario
    def overfilled(self, run: Run) -> None:
        run.step("fill", litres=2)
        run.step("fill", litres=3)

    @scenario
    def emptied(self, run: Run) -> None:
        run.step("fill", litres=2)
        run.step("take(1)")
        assert self.n == 0
"""
WRONG = """
    @scenario
    def misspelt(self, run: Run) -> None:
        run.step("take")
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("linecache.cache", {})
    for name in ("COLUMNS", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    Path("pyproject.toml").write_text("")
    return tmp_path


def test_scenarios_that_go_as_scripted(capsys: CAPTURE) -> None:
    Path("jugs.py").write_text(MODEL)
    assert run(["verify", "jugs.py"]) == OK
    said = capsys.readouterr().out
    assert "pass filled        2" in said
    assert "1 of 1 scenario as scripted." in said


def test_scenarios_that_do_not(capsys: CAPTURE, golden: Golden) -> None:
    Path("jugs.py").write_text(MODEL + FAILING)
    assert run(["verify", "jugs.py"]) == FAILED
    golden("cli/scenarios.txt", re.sub(r"\d+\.\d\d s", "0.00 s", capsys.readouterr().out))


def test_quiet_tells_those_that_fail(capsys: CAPTURE) -> None:
    Path("jugs.py").write_text(MODEL + FAILING)
    assert run(["verify", "--quiet", "jugs.py"]) == FAILED
    said = capsys.readouterr().out
    assert "overfilled" in said
    assert "filled (" not in said
    assert "pass" not in said


def test_one_configuration_is_no_scenario(capsys: CAPTURE) -> None:
    Path("jugs.py").write_text(MODEL + FAILING)
    assert run(["verify", "jugs.py", "--variant", "small"]) == OK
    assert "scenario" not in capsys.readouterr().out


def test_a_step_that_there_is_not_is_bad_input(capsys: CAPTURE) -> None:
    Path("jugs.py").write_text(MODEL + WRONG)
    assert run(["verify", "jugs.py"]) == BAD_INPUT
    said = capsys.readouterr()
    assert "error[E035]: the model has no step 'take'" in said.err
    assert "Traceback" not in said.out + said.err


def test_json(capsys: CAPTURE) -> None:
    Path("jugs.py").write_text(MODEL + FAILING)
    assert run(["verify", "--json", "jugs.py"]) == FAILED
    first, second, third = json.loads(capsys.readouterr().out)["scenarios"]
    assert (first["scenario"], first["as_scripted"], first["failure"]) == ("filled", True, None)
    assert first["steps"] == ["fill", "take(1)"]
    assert second["failure"]["headline"] == "fill is not possible with litres = 3"
    assert third["as_scripted"] is False
    assert third["failure"]["source"]["line"] == 39


def test_markdown(capsys: CAPTURE) -> None:
    Path("jugs.py").write_text(MODEL + FAILING)
    assert run(["verify", "--markdown", "jugs.py"]) == FAILED
    said = capsys.readouterr().out
    assert "- ✅ scenario filled\n" in said
    assert "- ❌ scenario emptied: emptied: an assertion fails (`jugs.py:39`)" in said
