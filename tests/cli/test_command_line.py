"""The command line as a user meets it: exit codes, what is written where, and nothing half-done."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ordercheck import __version__
from ordercheck.cli import main as entry
from ordercheck.cli.codes import BAD_INPUT, DEFECT, OK
from ordercheck.cli.main import COMMANDS, run
from ordercheck.cli.output import write_whole
from ordercheck.ir.span import BadInput
from ordercheck.traces.json import TraceFile, write_trace
from tests.report import examples

Golden = Callable[[str, str], None]
ROOT = str(Path(__file__).resolve().parents[2])


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("COLUMNS", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def shell(command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": ROOT}
    return subprocess.run(
        command, shell=True, capture_output=True, text=True, check=False, env=environment
    )


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help(name: str, capsys: pytest.CaptureFixture[str], golden: Golden) -> None:
    assert run([name, "--help"] if name else ["--help"]) == OK
    golden(f"cli/help{'_' if name else ''}{name}.txt", capsys.readouterr().out)


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from ordercheck.cli.main import run; run(['--help']); run(['verify', '-h']);"
        "heavy = {'networkx', 'z3', 'rich', 'ordercheck.frontend', 'ordercheck.checking'};"
        "sys.exit(' '.join(heavy & set(sys.modules)) or 0)"
    )
    done = shell(f'{sys.executable} -c "{code}"')
    assert (done.returncode, done.stderr) == (0, "")


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == OK
    assert capsys.readouterr().out == f"ordercheck {__version__}\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == OK
    assert "_ORDERCHECK_COMPLETE" in capsys.readouterr().out


def test_completion_knows_models_and_variants(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["new", "first"]) == OK
    capsys.readouterr()
    monkeypatch.setenv("_ORDERCHECK_COMPLETE", "bash_complete")
    for words, found in [
        ("ordercheck verify first.py:", "first.py:First"),
        ("ordercheck verify first.py --variant ", "with a lock"),
    ]:
        monkeypatch.setenv("COMP_WORDS", words)
        monkeypatch.setenv("COMP_CWORD", str(words.count(" ")))
        with pytest.raises(SystemExit):
            run([])
        assert found in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["verify"],
        ["verify", "m.py", "--set", "calls"],
        ["verify", "m.py", "--max-states", "0"],
        ["verify", "m.py", "--max-memory", "much"],
        ["verify", "m.py", "--engine", "magic"],
        ["first.py"],
        ["replay", "gone.json"],
        ["replay", "."],
        ["new", "2nd"],
        ["new", "class"],
        ["new", "no/such/folder"],
    ],
)
def test_bad_input(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == BAD_INPUT
    told = capsys.readouterr()
    assert told.out == ""
    assert "Traceback" not in told.err
    assert told.err


@pytest.mark.parametrize("text", ["", "{", "[]", "\x00", '{"what": "trace"}'])
def test_foreign_trace_files(text: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "t.json").write_text(text)
    assert run(["replay", "t.json"]) == BAD_INPUT
    assert "error[E902]" in capsys.readouterr().err


def test_a_trace_of_a_model_that_is_gone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "t.json").write_text(write_trace(TraceFile(examples.rpc_fetch(), "0.1.0")))
    assert run(["replay", "t.json"]) == BAD_INPUT
    assert "the trace's model is not there" in capsys.readouterr().err


def test_new_overwrites_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "test_first.py").write_text("mine")
    assert run(["new", "first"]) == BAD_INPUT
    assert os.listdir(folder) == ["test_first.py"]
    assert (folder / "test_first.py").read_text() == "mine"


def test_files_are_written_whole(folder: Path) -> None:
    write_whole("a.txt", "one")
    write_whole("a.txt", "two")
    assert (folder / "a.txt").read_text() == "two"
    assert os.listdir(folder) == ["a.txt"]
    with pytest.raises(BadInput):
        write_whole("no/such/a.txt", "three")


def test_a_defect_leaves_a_report(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a broken pass")

    monkeypatch.setattr(entry.cli, "main", broken)
    assert run(["verify", "a model.py"]) == DEFECT
    told = capsys.readouterr().err
    assert "a broken pass" in told
    assert "Traceback" not in told
    (name,) = os.listdir(folder)
    assert str(folder / name) in told
    report = (folder / name).read_text()
    assert "ordercheck verify 'a model.py'" in report
    assert "RuntimeError: a broken pass" in report
    assert __version__ in report


def test_a_reader_who_goes_away_is_no_defect() -> None:
    done = shell(f"{sys.executable} -m ordercheck verify --help | true")
    assert done.stderr == ""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full device here")
@pytest.mark.parametrize("command", ["verify bank.py", "show bank.py", "--help", "--version"])
def test_output_that_cannot_be_written(command: str, folder: Path) -> None:
    assert run(["new", "bank"]) == OK
    done = shell(f"{sys.executable} -m ordercheck {command} > /dev/full")
    assert done.returncode == BAD_INPUT
    assert done.stderr == "error: the output cannot be written: no space left on device\n"
    assert not list(folder.glob("ordercheck-defect*"))


def test_nobody_reads_the_output(folder: Path) -> None:
    assert run(["new", "bank"]) == OK
    ordercheck = f"{sys.executable} -m ordercheck"
    # What is read first is as much as there is: the next part of it finds nobody.
    done = shell(f"bash -c '({ordercheck} verify bank.py; echo $? >&2) | sleep 0'")
    assert done.stderr in ("141\n", "0\n")
    for closed in (">&-", "2>&-", ">&- 2>&-"):
        assert shell(f"{ordercheck} verify bank.py {closed}").returncode == OK
        assert shell(f"{ordercheck} verify gone.py {closed}").returncode == BAD_INPUT
    assert not list(folder.glob("ordercheck-defect*"))
