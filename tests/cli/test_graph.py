"""`ordercheck graph`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ordercheck.cli import graphing
from ordercheck.cli.codes import BAD_INPUT, OK
from ordercheck.cli.main import run

Golden = Callable[[str, str], None]
CAPTURE = pytest.CaptureFixture[str]


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: CAPTURE) -> str:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("linecache.cache", {})
    for name in ("COLUMNS", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "pyproject.toml").write_text("")
    assert run(["new", "bank"]) == OK
    capsys.readouterr()
    return "bank.py"


def test_dot_on_standard_output(bank: str, capsys: CAPTURE, golden: Golden) -> None:
    assert run(["graph", bank]) == OK
    golden("cli/graph.dot", capsys.readouterr().out)


def test_groups(bank: str, capsys: CAPTURE, golden: Golden) -> None:
    assert run(["graph", bank, "--variant", "with a lock", "--group-by", "self.taken"]) == OK
    golden("cli/groups.dot", capsys.readouterr().out)


@pytest.mark.parametrize("name", ["g.svg", "g.dot", "g.gv", "g.json", "g.graphml"])
def test_the_name_says_what_to_write(bank: str, capsys: CAPTURE, name: str) -> None:
    assert run(["graph", bank, "-o", name]) == OK
    assert capsys.readouterr().out == f"Wrote {name}: 12 states and 14 steps.\n"
    begin = {"svg": "<svg", "json": "{", "graphml": "<graphml"}.get(name[2:], "digraph")
    assert Path(name).read_text().startswith(begin)


def test_ways_to_what_is_wrong(bank: str, capsys: CAPTURE) -> None:
    command = ["graph", bank, "--to", "nothing_lost", "-o", "g.json"]
    assert run(command) == OK
    every = json.loads(Path("g.json").read_text())["nodes"]
    assert run([*command, "--shortest"]) == OK
    few = json.loads(Path("g.json").read_text())["nodes"]
    assert max(node["level"] for node in few) == 5
    assert len(few) <= len(every) < 12
    assert {w for node in every for w in node["violates"]} == {"nothing_lost"}
    assert "of 12 states and 14 steps" in capsys.readouterr().out


def test_a_neighbourhood(bank: str, capsys: CAPTURE) -> None:
    near = ["graph", bank, "-o", "g.json", "--around"]
    assert run([*near, "0", "--distance", "0"]) == OK
    assert [node["id"] for node in json.loads(Path("g.json").read_text())["nodes"]] == [0]
    assert run([*near, "self.added == 2 and self.balance == 2"]) == OK
    states = [node["state"] for node in json.loads(Path("g.json").read_text())["nodes"]]
    assert all(int(state["added"]) >= 1 for state in states)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--group-by", "self.balanc"], "has no attribute balanc\n --> --group-by:1:1"),
        (["--group-by", "self.balance +"], "this is not an expression"),
        (["--to", "self.balance"], "is not a condition"),
        (
            ["--to", "self.balance == 7 and self.taken"],
            "in no state is this true: self.balance == 7 and self.taken",
        ),
        (["--to", "all_addd"], "did you mean all_added?"),
        (["--around", "99"], "there is no state 99"),
        (["--output", "g.png"], "the name g.png does not say what to write"),
        (["--output", "no/g.svg"], "cannot write no/g.svg"),
        (["--variant", "locked"], "BankModel has no variant"),
        (["--max-nodes", "5"], "a graph of 12 states is too large to draw: the most is 5"),
        (["--max-nodes", "1", "--group-by", "self.taken", "--set", "locked=true"], "of 2 groups"),
        (["--distance", "-1", "--around", "0"], "Invalid value for '--distance'"),
        (["--distance", "2"], "--distance is counted from the states of --around"),
        (["--shortest"], "--shortest is about the paths of --to"),
        (["--max-depth", "0"], "Invalid value for '--max-depth'"),
    ],
)
def test_bad_input(bank: str, capsys: CAPTURE, arguments: list[str], said: str) -> None:
    assert run(["graph", bank, *arguments]) == BAD_INPUT
    output = capsys.readouterr()
    assert said.replace("BankModel", "Bank") in output.err
    assert output.out == ""
    assert sorted(path.name for path in Path().iterdir() if path.suffix != ".py") == [
        *(["__pycache__"] if Path("__pycache__").exists() else []),
        "pyproject.toml",
    ]


def test_too_many_states(bank: str, capsys: CAPTURE, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphing, "MOST_STATES", 5)
    assert run(["graph", bank]) == BAD_INPUT
    assert "this graph has more than 5 states" in capsys.readouterr().err
    assert run(["graph", bank, "--max-states", "5", "-o", "g.dot"]) == OK
    told = "Wrote g.dot: 3 states and 2 steps, up to the limit of 5 states.\n"
    assert capsys.readouterr().out == told
    assert "(not explored further)" in Path("g.dot").read_text()


def test_engines_write_the_same(
    bank: str, capsys: CAPTURE, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERCHECK_CFLAGS", "-O0")
    cuts = ([], ["--to", "nothing_lost"], ["--around", "not self.taken", "--distance", "2"])
    for cut in cuts:
        written = set()
        for engine in ("interpreter", "native"):
            command = ["graph", bank, "--format", "json", "--engine", engine, *cut]
            assert run(command) == OK
            written.add(capsys.readouterr().out)
        assert len(written) == 1, cut


def test_a_part_is_cut_out_of_many_states(
    bank: str, capsys: CAPTURE, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphing, "MOST_STATES", 10)
    assert run(["graph", bank]) == BAD_INPUT
    assert "more than 10 states" in capsys.readouterr().err
    assert run(["graph", bank, "--around", "0", "-o", "g.svg"]) == OK
    assert "of 12 states and 14 steps" in capsys.readouterr().out


def test_without_a_compiler_the_interpreter_serves_and_a_line_says_so(
    bank: str, capsys: CAPTURE, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["graph", bank]) == OK
    drawn = capsys.readouterr()
    monkeypatch.setattr("ordercheck.checking.arrays.FEW_STATES", 2)
    monkeypatch.setenv("CC", "no-such-compiler")
    assert run(["graph", bank]) == OK
    told = capsys.readouterr()
    assert told.out == drawn.out
    assert drawn.err == ""
    assert told.err == (
        "note: interpreted, which is slow: there is no compiler 'no-such-compiler'\n"
    )
