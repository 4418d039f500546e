"""`ordercheck export`, `verify --markdown` and what `verify --output` writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ordercheck.cli.codes import BAD_INPUT, OK
from ordercheck.cli.main import run
from tests.cli.test_graph import bank  # noqa: F401  (a fixture)

CAPTURE = pytest.CaptureFixture[str]
BEGINNINGS = {"t.itf.json": '{\n  "#meta"', "t.mmd": "sequenceDiagram", "t.md": "**After"}


@pytest.fixture
def trace(bank: str, capsys: CAPTURE) -> str:  # noqa: F811
    assert run(["verify", bank, "--quiet", "--variant", "as written", "-o", "t.json"]) == OK
    capsys.readouterr()
    return "t.json"


@pytest.mark.parametrize("name", BEGINNINGS)
def test_export_writes_what_verify_writes(trace: str, name: str, capsys: CAPTURE) -> None:
    assert run(["export", trace, "--output", name]) == OK
    assert capsys.readouterr().out == f"Wrote {name}.\n"
    exported = Path(name).read_text(encoding="utf-8")
    assert exported.startswith(BEGINNINGS[name])
    assert run(["verify", "bank.py", "--quiet", "-o", name]) == OK
    assert Path(name).read_text(encoding="utf-8") == exported


def test_markdown_instead(bank: str, capsys: CAPTURE) -> None:  # noqa: F811
    assert run(["verify", bank, "--markdown"]) == OK
    text = capsys.readouterr().out
    assert text.startswith("### ordercheck: 2 of 2 runs as expected\n")
    assert text.count("<details>") == text.count("</details>") == 1


def test_a_changed_model_has_no_typed_values(trace: str, capsys: CAPTURE) -> None:
    text = Path("bank.py").read_text()
    Path("bank.py").write_text(text.replace("seen + 1", "seen + 2").replace("hi=self", "hi=9+self"))
    assert run(["export", trace, "--format", "itf"]) == BAD_INPUT
    error = capsys.readouterr().err
    assert "the model no longer does what this trace tells" in error
    assert run(["export", trace, "--format", "mermaid"]) == OK


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["t.json"], "say what to write"),
        (["t.json", "-o", "t.txt"], "the name t.txt does not say what to write"),
        (["t.json", "-o", "no/t.mmd"], "cannot write no/t.mmd"),
        (["none.json", "--format", "itf"], "cannot read none.json"),
        (["bank.py", "--format", "mermaid"], "not a trace of ordercheck's"),
        (["t.json", "--format", "itf", "--model", "none.py"], "none.py"),
    ],
)
def test_bad_input(trace: str, capsys: CAPTURE, arguments: list[str], said: str) -> None:
    assert run(["export", *arguments]) == BAD_INPUT
    assert said in capsys.readouterr().err
    assert not Path("t.txt").exists()


def test_cut_off_files(trace: str, capsys: CAPTURE) -> None:
    text = Path(trace).read_text()
    Path(trace).write_text(text[: len(text) // 2])
    assert run(["export", trace, "--format", "itf"]) == BAD_INPUT
    data = json.loads(text)
    data["steps"][1]["label"]["step"] = 99
    Path(trace).write_text(json.dumps(data))
    assert run(["export", trace, "--format", "itf"]) == BAD_INPUT
    capsys.readouterr()
