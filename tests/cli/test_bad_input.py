"""Bad input of every kind: exit code 2, what is wrong in words, and nothing left behind."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ordercheck.cli.codes import BAD_INPUT, FAILED, OK
from ordercheck.cli.main import run

CAPTURE = pytest.CaptureFixture[str]

FILES = {
    "pyproject.toml": "",
    "no_model.py": "class A:\n    pass\n",
    "syntax.py": "class A(\n",
    "foreign.json": '{"results": []}',
    "a.py": "from ordercheck import Model\n\n\nclass M(Model):\n    pass\n",
    "set_up.py": """\
from ordercheck import Model, integer


def first(xs: list[int]) -> int:
    return xs[0]


class M(Model):
    def setup(self) -> None:
        self.n = integer(first([]), lo=0, hi=3)
""",
    "library.py": """\
from ordercheck import Model, seq


class M(Model):
    def setup(self) -> None:
        self.n = seq(bool, capacity=3, initial=7)
""",
    "ends.py": "raise SystemExit(0)\n",
    "deep.py": f"""\
from ordercheck import Model, integer, invariant


class M(Model):
    def setup(self) -> None:
        self.n = integer(0, lo=0, hi=3)

    @invariant
    def small(self) -> bool:
        return {" and ".join(["self.n < 4"] * 3000)}
""",
    "spec.py": """\
from typing import Protocol

from ordercheck import Spec, invariant


class Needs(Protocol):
    gone: int
    balance: int


class Order(Spec[Needs]):
    @invariant
    def small(self, model: Needs) -> bool:
        return model.gone == 0
""",
}

CASES = {
    "verify gone.py": "there is no file gone.py",
    "verify no_model.py": "there is no model in no_model.py",
    "verify bank.py:Gone": "there is no model Gone in bank.py",
    "verify two.py": "name",
    "show two.py": "two.py:Bank or two.py:Second",
    "ir two.py": "two.py:Bank or two.py:Second",
    "verify syntax.py": "syntax.py:1:8",
    "verify foreign.json": "foreign.json is not a Python file",
    "verify set_up.py": "IndexError: list index out of range",
    "verify library.py": "library.py:6",
    "verify ends.py": "it ends the program",
    "verify bank.py --set gone=1": "Bank has no parameter 'gone'",
    "verify bank.py --set clients=x": "a whole number is needed",
    "verify bank.py --set clients=1.5": "a whole number is needed",
    "verify bank.py --set clients=99999999999999999999": "it is at most 4",
    "verify bank.py --set locked=perhaps": "say true or false",
    "verify bank.py --variant gone": "no model here has a variant 'gone'",
    "verify bank.py --spec gone.py": "there is no file gone.py",
    "verify bank.py --spec bank.py": "there is no spec in bank.py",
    "verify bank.py --spec spec.py": "Bank lacks what Order needs: gone",
    "verify bank.py --invariant 1+": "this is not an expression",
    "verify bank.py --invariant x=1": "this is not an expression",
    "verify bank.py --invariant self.gone": "Bank has no attribute gone",
    "verify bank.py --show (": "this is not an expression",
    "verify bank.py --output gone/t.json": "cannot write gone/t.json",
    "verify bank.py --output folder": "it is a folder",
    "verify bank.py --output t.foo": "end it in .json",
    "verify bank.py --output t": "the name t does not say what to write",
    "verify bank.py --output ": "the file has no name",
    "simulate bank.py --output t.txt": "the name t.txt does not say what to write",
    "verify bank.py --invariant self.balance": "compare it: self.balance != 0",
    "verify bank.py --invariant None": "this is None",
    "verify bank.py --invariant ": "there is nothing in it",
    "verify bank.py --max-memory 1": "for gigabytes write 1G",
    "verify bank.py --max-memory 0": "the least is 64M",
    "verify bank.py --max-memory 63M": "the least is 64M",
    "verify bank.py --max-memory much": "is not a size",
    "verify deep.py": "nested too deeply, or has hundreds of parts",
    "verify ": "the file has no name",
    "replay ": "the file has no name",
    "conform bank.py ": "the file has no name",
    "verify bank.py --max-seconds nan": "'nan' is not a number of seconds",
    "verify bank.py --max-seconds 1e999": "is not a number of seconds",
    "verify a.py --checkpoint bank.py/saved": "not a directory",
    "verify bank.py --max-depth 0": "0 is not in the range",
    "verify bank.py --max-states 0": "0 is not in the range",
    "verify bank.py --max-states many": "'many' is not a valid integer",
    "verify bank.py --max-seconds 0": "0.0 is not in the range",
    "verify bank.py --variant": "--variant NAME ",
    "graph bank.py --to": "--to EXPR ",
    "graph bank.py --to ": "there is nothing in it",
    "graph bank.py --to nothing_lots": "did you mean nothing_lost?",
    "graph bank.py --to gone": "there are nothing_lost, all_added",
    "graph bank.py --to False": "in no state is this true: False",
    "graph bank.py --to self.balance==3": "--group-by 'self.balance'",
    "graph bank.py --to all_added --max-depth 2": "in no state is all_added true",
    "graph bank.py --set locked=true --to nothing_lost": "no state violates nothing_lost",
    "graph bank.py --to nothing_lost --around self.added<0": "in no state is this true",
    "graph bank.py --to 2 --around 6": "no path to the states of --to leads through",
    "--version=3": "does not take a value",
    "verify bank.py --json --markdown": "exclude each other",
    "verify bank.py --checkpoint saved --engine interpreter": "needs the native engine",
    "resume empty.json": "there is no checkpoint in it",
    "replay binary.json": "this file is no text: line 2 is not UTF-8",
    "verify binary.json": "models are written in UTF-8, which line 2 of this file is not",
    "simulate bank.py --runs 1000000000000000000000000000": "is not in the range",
    "simulate bank.py --only 1000000000000000000000000000": "is not in the range",
    "replay gone.json": "cannot read gone.json",
    "replay bank.py": "it is not JSON",
    "replay cut.json": "it was cut off",
    "replay empty.json": "this trace file is empty",
    "replay foreign.json": "it is the output of `verify --json`",
    "replay trace.json --model no_model.py": "there is no model in no_model.py",
    "replay trace.json --model gone.py": "the trace's model is not there",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: CAPTURE) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("linecache.cache", {})
    monkeypatch.setenv("COLUMNS", "200")
    for name, text in FILES.items():
        Path(name).write_text(text)
    Path("folder").mkdir()
    assert run(["new", "bank"]) == OK
    text = Path("bank.py").read_text()
    Path("two.py").write_text(text + text[text.index("class Bank") :].replace("Bank", "Second"))
    assert run(["verify", "bank.py", "--output", "trace.json", "--quiet"]) == OK
    trace = Path("trace.json").read_text()
    Path("cut.json").write_text(trace[: len(trace) // 2])
    Path("empty.json").write_text("")
    Path("binary.json").write_bytes(bytes(range(256)))
    capsys.readouterr()
    return tmp_path


def listing(folder: Path) -> list[tuple[str, bytes]]:
    """All files below a folder, apart from Python's own."""
    files = [file for file in sorted(folder.rglob("*")) if "__pycache__" not in file.parts]
    return [(str(file), file.read_bytes() if file.is_file() else b"") for file in files]


@pytest.mark.parametrize(("command", "words"), CASES.items(), ids=CASES)
def test_bad_input(command: str, words: str, folder: Path, capsys: CAPTURE) -> None:
    before = listing(folder)
    assert run(command.split(" ")) == BAD_INPUT
    told = capsys.readouterr()
    assert words in " ".join(told.err.split())
    assert "Traceback" not in told.err + told.out
    assert os.path.join("ordercheck", "frontend") not in told.err
    assert os.path.join("ordercheck", "language") not in told.err
    assert listing(folder) == before


def test_a_traceback_is_cut_to_the_authors_frames(folder: Path, capsys: CAPTURE) -> None:
    assert run(["verify", "set_up.py"]) == BAD_INPUT
    notes = [line for line in capsys.readouterr().err.splitlines() if "note:" in line]
    assert [note.split("note: ")[1] for note in notes] == [
        "set_up.py:10 in setup: self.n = integer(first([]), lo=0, hi=3)",
        "set_up.py:5 in first: return xs[0]",
    ]


def test_every_wrong_parameter_is_told(folder: Path, capsys: CAPTURE) -> None:
    arguments = ["--set", "clients=x", "--set", "gone=1", "--set", "locked=2"]
    assert run(["verify", "bank.py", *arguments]) == BAD_INPUT
    told = capsys.readouterr().err
    assert [word for word in ("clients=x", "'gone'", "locked=2") if word in told] == [
        "clients=x",
        "'gone'",
        "locked=2",
    ]


def test_what_is_wrong_is_in_the_json_too(folder: Path, capsys: CAPTURE) -> None:
    assert run(["verify", "set_up.py", "a.py", "--json"]) == BAD_INPUT
    data = json.loads(capsys.readouterr().out)
    assert [error["code"] for error in data["errors"]] == ["E008"]
    assert [result["model"] for result in data["results"]] == ["a.py:M"]


def test_a_file_that_cannot_be_written_stops_the_run(folder: Path, capsys: CAPTURE) -> None:
    assert run(["verify", "bank.py", "--set", "clients=2", "--output", "trace.json/t"]) == BAD_INPUT
    assert capsys.readouterr().out == ""
    assert run(["verify", "bank.py", "--set", "clients=2", "--output", "new.json", "-q"]) == FAILED
    assert json.loads(Path("new.json").read_text())


def test_what_is_no_file_is_not_replaced(folder: Path, capsys: CAPTURE) -> None:
    os.mkfifo("pipe.dot")
    reader = os.open("pipe.dot", os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert run(["graph", "bank.py", "--output", "pipe.dot"]) == OK
        assert os.read(reader, 14) == b"digraph states"
    finally:
        os.close(reader)
    os.symlink("real.dot", "link.dot")
    assert run(["graph", "bank.py", "--output", "link.dot"]) == OK
    assert Path("link.dot").is_symlink()
    assert Path("real.dot").is_file()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full device here")
def test_a_full_disk(folder: Path, capsys: CAPTURE) -> None:
    command = ["graph", "bank.py", "--format", "dot", "--output", "/dev/full"]
    assert run(command) == BAD_INPUT
    assert "cannot write /dev/full: no space left on device" in capsys.readouterr().err
