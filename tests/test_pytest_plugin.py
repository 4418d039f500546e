"""The pytest plugin, as suites that use it and suites that do not see it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ordercheck.cli.main import run

Golden = Callable[[str, str], None]
ROOT = Path(__file__).parent.parent

BROKEN = """\
from ordercheck import Model, integer, invariant

class Broken(Model):
    def setup(self) -> None:
        self.a = integer(0, lo=0, hi=1)

    @invariant
    def good(self) -> bool:
        return self.b == 0
"""


@pytest.fixture
def suite(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("linecache.cache", {})
    Path("models").mkdir()
    Path("pyproject.toml").touch()
    monkeypatch.chdir("models")
    assert run(["new", "bank"]) == 0
    Path("test_bank.py").unlink()
    monkeypatch.chdir("..")
    Path("test_own.py").write_text("def test_own():\n    pass\n")
    capsys.readouterr()
    return tmp_path


def collected(suite: Path, *arguments: str, ini: str = "") -> tuple[int, str]:
    """The exit code and the output of pytest in a folder."""
    (suite / "pyproject.toml").write_text(f"[tool.pytest.ini_options]\n{ini}")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "ordercheck.pytest_plugin", "-rA", *arguments],
        cwd=suite,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout


def passed(output: str) -> list[str]:
    return re.findall(r"^PASSED (.*)$", output, re.MULTILINE)


BOTH = ["models/bank.py::Bank[as written]", "models/bank.py::Bank[with a lock]"]


def test_suites_that_do_not_ask_are_left_alone(suite: Path) -> None:
    code, output = collected(suite)
    assert (code, passed(output)) == (0, ["test_own.py::test_own"])
    program = (
        "import sys, ordercheck.pytest_plugin;"
        "print([m for m in sys.modules if m.startswith('ordercheck.')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, encoding="utf-8", cwd=ROOT, check=True
    )
    assert done.stdout == "['ordercheck.pytest_plugin']\n"


@pytest.mark.parametrize(
    ("arguments", "ini", "names"),
    [
        (["--ordercheck", "models"], "", BOTH),
        (["--ordercheck", "models/bank.py"], "", BOTH),
        (["--ordercheck"], "", [*BOTH, "test_own.py::test_own"]),
        ([], 'ordercheck_models = ["models/*.py"]', [*BOTH, "test_own.py::test_own"]),
        (["-k", "lock"], 'ordercheck_models = ["models/*.py"]', BOTH[1:]),
        ([], 'ordercheck_models = ["other/*.py"]', ["test_own.py::test_own"]),
    ],
)
def test_variants_are_tests(suite: Path, arguments: list[str], ini: str, names: list[str]) -> None:
    code, output = collected(suite, *arguments, ini=ini)
    assert code == 0, output
    assert sorted(passed(output)) == names


def test_a_failure_shows_its_trace(suite: Path, golden: Golden) -> None:
    file = suite / "models" / "bank.py"
    file.write_text(file.read_text().replace('violates("nothing_lost")', "holds()"))
    code, output = collected(suite, "--ordercheck", "models")
    assert code == 1
    shown = output[output.index("____ Bank") :]
    golden("report/pytest.txt", re.sub(r"\n=+ .*", "\n", shown, flags=re.DOTALL))


def test_what_holds_though_it_should_not_fails(suite: Path) -> None:
    file = suite / "models" / "bank.py"
    file.write_text(file.read_text().replace("expect=holds()", 'expect=violates("nothing_lost")'))
    code, output = collected(suite, "--ordercheck", "models")
    assert code == 1
    assert "Bank[with a lock]: holds; expected: violates nothing_lost" in output
    assert "It was expected to be violated, and holds." in output


def test_inconclusive_fails_and_says_why(suite: Path) -> None:
    code, output = collected(
        suite, "--ordercheck", "models", "-k", "lock", ini='ordercheck_max_states = "3"'
    )
    assert code == 1
    assert "The search was stopped early: 3 states." in output


def test_mistakes_in_models_are_diagnostics(suite: Path) -> None:
    (suite / "models" / "broken.py").write_text(BROKEN)
    (suite / "models" / "worse.py").write_text(BROKEN.replace("import Model", "import Model,,"))
    code, output = collected(suite, "--ordercheck", "models/broken.py")
    assert code == 1
    assert "error[E056]: Broken has no attribute b" in output
    assert "Traceback" not in output
    # Text that is no Python defines no model; a pattern that names the file insists.
    code, output = collected(suite, "models/worse.py", ini='ordercheck_models = ["models/*.py"]')
    assert code == 2
    assert "error[E" in output
    assert "Traceback" not in output


def test_models_without_variants_must_hold(suite: Path) -> None:
    text = (suite / "models" / "bank.py").read_text()
    start, end = text.index("    variants = ["), text.index("    def setup")
    (suite / "models" / "plain.py").write_text(text[:start] + text[end:])
    code, output = collected(suite, "--ordercheck", "models/plain.py")
    assert code == 1
    assert "Bank: violates nothing_lost; expected: holds" in output


SCENARIOS = """
    @scenario
    def taken(self, run: Run) -> None:
        run.steps("client(0)", "client(0)")
        assert self.balance == 1

    @scenario
    def stuck(self, run: Run) -> None:
        run.steps("client(0)", "client(0)", "client(0)")
"""


def test_scenarios_are_tests(suite: Path) -> None:
    file = suite / "models" / "bank.py"
    text = file.read_text().replace("    Model,\n", "    Model,\n    Run,\n    scenario,\n", 1)
    file.write_text(text + SCENARIOS)
    code, output = collected(suite, "--ordercheck", "models")
    assert code == 1
    assert sorted(passed(output)) == ["models/bank.py::Bank.taken", *BOTH]
    assert "error: client(0) is not possible here" in output
    assert "after 2 steps" in output
    assert "possible here: client(1)" in output
