"""`ordercheck simulate`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ordercheck.cli.codes import BAD_INPUT, FAILED, OK
from ordercheck.cli.main import run
from tests.cli.test_graph import bank  # noqa: F401  (a fixture)

Golden = Callable[[str, str], None]
CAPTURE = pytest.CaptureFixture[str]
pytestmark = pytest.mark.usefixtures("bank")


def test_a_run_goes_wrong(capsys: CAPTURE, golden: Golden) -> None:
    assert run(["simulate", "bank.py", "--runs", "20", "--seed", "3"]) == FAILED
    golden("cli/simulate.txt", capsys.readouterr().out)


def test_nothing_found_proves_nothing(capsys: CAPTURE, golden: Golden) -> None:
    assert run(["simulate", "bank.py", "--variant", "with a lock", "--runs", "20"]) == OK
    golden("cli/simulate_locked.txt", capsys.readouterr().out)


def test_one_run_again(capsys: CAPTURE) -> None:
    assert run(["simulate", "bank.py", "--seed", "3", "-o", "all.json"]) == FAILED
    said = capsys.readouterr().out
    number = said.split("--only ")[1].split()[0]
    assert run(["simulate", "bank.py", "--seed", "3", "--only", number, "-o", "one.json"]) == FAILED
    assert Path("all.json").read_text() == Path("one.json").read_text()


def test_every_run_is_kept_and_replayed(capsys: CAPTURE) -> None:
    assert run(["simulate", "bank.py", "--runs", "10", "--traces", "kept"]) == FAILED
    names = sorted(path.name for path in Path("kept").iterdir())
    assert names == [f"run-{k:02}.json" for k in range(1, 11)]
    kinds = set()
    for name in names:
        kinds.add(json.loads((Path("kept") / name).read_text())["kind"])
        assert run(["replay", f"kept/{name}"]) == OK
    assert kinds == {"run", "invariant"}
    assert run(["export", "kept/run-01.json", "--format", "itf"]) == OK
    capsys.readouterr()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--runs", "0"], "Invalid value for '--runs'"),
        (["--steps", "0"], "Invalid value for '--steps'"),
        (["--seed", "x"], "Invalid value for '--seed'"),
        (["--traces", "bank.py/no"], "cannot write to bank.py/no"),
        (["--output", "no/t.json"], "cannot write no/t.json"),
        (["--variant", "no"], "Bank has no variant 'no'"),
        (["--set", "clients=99"], "clients"),
    ],
)
def test_bad_input(capsys: CAPTURE, arguments: list[str], said: str) -> None:
    assert run(["simulate", "bank.py", *arguments]) == BAD_INPUT
    output = capsys.readouterr()
    assert said in output.err
    assert output.out == ""
