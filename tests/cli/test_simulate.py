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


def test_engines_print_the_same(capsys: CAPTURE, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERCHECK_CFLAGS", "-O0")
    said = set()
    for engine in (["interpreter"], ["native"], ["native", "--workers", "3"]):
        arguments = ["simulate", "bank.py", "--runs", "300", "--seed", "5", "--engine", *engine]
        assert run(arguments) == FAILED
        said.add(capsys.readouterr().out)
    assert len(said) == 1


def test_many_runs_are_left_to_c_and_without_a_compiler_to_nobody(
    capsys: CAPTURE, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ordercheck.checking.simulation.FEW_STEPS", 10)
    monkeypatch.setenv("ORDERCHECK_CFLAGS", "-O0")
    many = ["simulate", "bank.py", "--variant", "with a lock", "--runs", "50"]
    assert run(many) == OK
    by_c = capsys.readouterr().out
    monkeypatch.setenv("CC", "no-such-compiler")
    assert run(many) == OK
    note = "interpreted, which is slow: there is no compiler 'no-such-compiler'"
    interpreted = capsys.readouterr().out
    assert note in interpreted
    assert [line for line in interpreted.splitlines() if line not in by_c.splitlines()] == [note]
    assert run([*many, "--engine", "native"]) == BAD_INPUT
    assert "E930" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--runs", "0"], "Invalid value for '--runs'"),
        (["--steps", "0"], "Invalid value for '--steps'"),
        (["--steps", "1000001"], "Invalid value for '--steps'"),
        (["--engine", "z3"], "Invalid value for '--engine'"),
        (["--workers", "0"], "Invalid value for '--workers'"),
        (["--max-memory", "1K"], "is too little"),
        (["--seed", "x"], "Invalid value for '--seed'"),
        (["--traces", "bank.py/no"], "cannot write bank.py/no"),
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
