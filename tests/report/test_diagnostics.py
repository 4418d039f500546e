from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from ordercheck.ir.span import Diagnostic, Span
from ordercheck.report.diagnostics import render_diagnostic, render_diagnostics
from ordercheck.report.style import Style
from ordercheck.report.text import columns

SOURCE = """\
class RpcFetch(Model):
    def setup(self) -> None:
        self.waiting = seq(Call)
\tself.tabs\t= seq(\tCall)
        self.名前 = seq("日本語", Call)  # 注意
        self.word = choose(
            [
                "a",
                "b",
                "c",
                "d",
                "e",
            ]
        )
        self.pair = (
            1, 2)
        self.long = seq(Call, first=1, second=2, third=3, fourth=4, fifth=5, sixth=6, bad=7, g=8)
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "m.py").write_text(SOURCE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return "models/m.py"


def examples(file: str) -> dict[str, Diagnostic]:
    def at(line: int, column: int, end: int, end_line: int | None = None) -> Span:
        return Span(file, line, column, end_line or line, end)

    return {
        "one line": Diagnostic(
            "E012",
            "a sequence needs a capacity",
            at(3, 24, 33),
            "how many calls can wait at once?",
            "seq(Call, capacity=self.calls)",
        ),
        "tabs": Diagnostic("E012", "a sequence needs a capacity", at(4, 14, 24), "how many?"),
        "wide characters": Diagnostic("E012", "日本語 is not a domain", at(5, 25, 28), "a text"),
        "several lines": Diagnostic("E040", "too much to choose from", at(6, 21, 10, 14), "here"),
        "two lines": Diagnostic("E041", "not a pair", at(15, 21, 18, 16), "of what?"),
        "a long label": Diagnostic(
            "E042",
            "no capacity",
            at(3, 24, 33),
            "how many calls can wait at once before the sender has to wait for the receiver, "
            "which may never come?",
        ),
        "a long line": Diagnostic("E043", "unknown argument", at(17, 87, 92), "what is this?"),
        "beyond the end": Diagnostic("E044", "something is missing", at(1, 900, 901), "what?"),
        "no end": Diagnostic("E045", "no end is known", Span(file, 3, 24, 0, 0), "here"),
        "no such file": Diagnostic(
            "E001", "cannot read it", Span("gone.py", 3, 1, 3, 4), "which file?", "look at it"
        ),
        "a whole file": Diagnostic("E003", "there is no model here", Span(file, 0, 0, 0, 0)),
        "nowhere": Diagnostic("E905", "no model here has a variant 'x'", help="ordercheck show"),
        "notes": Diagnostic(
            "E020",
            "setup raised ZeroDivisionError: division by zero",
            at(3, 9, 33),
            notes=(
                "Traceback (most recent call last):\n"
                '  File "models/m.py", line 3, in setup\n'
                "    self.waiting = seq(Call)\n"
                "ZeroDivisionError: division by zero",
                "a second note",
            ),
            help="class A(Model):\n    def setup(self) -> None: ...",
        ),
    }


def test_diagnostics_read_well(file: str, golden: Callable[[str, str], None]) -> None:
    golden(
        "report/diagnostics.txt",
        "\n".join(
            f"# {name}\n{render_diagnostic(each, Style())}" for name, each in examples(file).items()
        ),
    )


def test_several_are_counted(file: str, golden: Callable[[str, str], None]) -> None:
    found = list(examples(file).values())[:2]
    golden("report/diagnostics_colour.txt", render_diagnostics(found, Style(colour=True)))


@pytest.mark.parametrize("width", [40, 60, 80])
def test_nothing_is_wider_than_the_terminal(file: str, width: int) -> None:
    text = render_diagnostics(list(examples(file).values()), Style(width=width))
    assert max(map(columns, text.split("\n"))) <= width


def test_a_caret_stands_below_what_it_points_at(file: str) -> None:
    text = render_diagnostic(examples(file)["one line"], Style())
    _, _, _, source, pointer = text.split("\n")[:5]
    marked = re.search(r"\^+", pointer)
    assert marked is not None
    assert source[marked.start() : marked.end()] == "seq(Call)"
