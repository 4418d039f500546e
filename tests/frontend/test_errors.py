"""docs/errors.md is true and complete: each code has an example that fails, and a right one."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from ordercheck.cli.codes import BAD_INPUT
from ordercheck.cli.main import run
from ordercheck.frontend import compile_model, load_models
from ordercheck.ir.span import BadInput, Diagnostic, Span
from ordercheck.ir.validator import validate

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
SECTION = re.compile(r"^## (E\d{3}): (.+)$", re.MULTILINE)
EXAMPLE = re.compile(r"^```(python|console) (failing|fixed|prelude)\n(.*?)^```$", re.M | re.DOTALL)
MARK = re.compile(r"  # E\d{3}$")


def sections() -> Iterator[tuple[str, str, str, str]]:
    """Code, language, failing example, fixed example."""
    heads = list(SECTION.finditer(PAGE))
    for k, head in enumerate(heads):
        text = PAGE[head.end() : heads[k + 1].start() if k + 1 < len(heads) else len(PAGE)]
        found = {each[2]: (each[1], each[3]) for each in EXAMPLE.finditer(text)}
        assert set(found) == {"failing", "fixed"}, head[0]
        yield head[1], found["failing"][0], found["failing"][1], found["fixed"][1]


SECTIONS = list(sections())
PYTHON = [pytest.param(*s[:1], *s[2:], id=s[0]) for s in SECTIONS if s[1] == "python"]
CONSOLE = [pytest.param(*s[:1], *s[2:], id=s[0]) for s in SECTIONS if s[1] == "console"]
PRELUDE = next(each[3] for each in EXAMPLE.finditer(PAGE) if each[2] == "prelude")


def diagnostics(file: Path) -> tuple[Diagnostic, ...]:
    """What is wrong with the models of a file."""
    found: list[Diagnostic] = []
    try:
        for model in load_models(str(file)):
            try:
                validate(compile_model(model, {}))
            except BadInput as error:
                found += error.diagnostics
    except BadInput as error:
        return error.diagnostics
    return tuple(found)


def write(folder: Path, text: str) -> Path:
    file = folder / "m.py"
    file.write_text(PRELUDE + text, encoding="utf-8")
    return file


def test_every_code_has_a_section() -> None:
    used = {
        code
        for file in sorted((ROOT / "ordercheck").rglob("*.py"))
        for code in re.findall(r"\"(E\d{3})\"", file.read_text(encoding="utf-8"))
    }
    told = [section[0] for section in SECTIONS]
    assert told == sorted(told)
    assert set(told) == used


@pytest.mark.parametrize(("code", "failing", "fixed"), PYTHON)
def test_a_failing_example(code: str, failing: str, fixed: str, tmp_path: Path) -> None:
    file = write(tmp_path, failing)
    found = diagnostics(file)
    assert [each.code for each in found] == [code]
    lines = file.read_text(encoding="utf-8").splitlines()
    marked = [k for k, line in enumerate(lines, 1) if MARK.search(line)]
    if not marked:
        assert found[0].span.line == 0  # the whole file is meant
        return
    (span,) = (each.span for each in found)
    assert [span.line] == marked
    assert Path(span.file).resolve() == file.resolve()
    assert_within(span, MARK.sub("", lines[span.line - 1]))


def assert_within(span: Span, line: str) -> None:
    """A caret below the line stands below some of its text."""
    assert 1 <= span.column <= len(line)
    assert line[: span.column].strip()
    if span.end_line == span.line:
        assert span.column < span.end_column <= len(line) + 1


@pytest.mark.parametrize(("code", "failing", "fixed"), PYTHON)
def test_a_fixed_example(code: str, failing: str, fixed: str, tmp_path: Path) -> None:
    assert diagnostics(write(tmp_path, fixed)) == ()


HISTORIES = {
    "calls.jsonl": ['{"kind": "delivered", "call": 1}', '{"kind": "delivered", "call": 2}'],
    "cut.jsonl": ['{"kind": "delivered", "call"'],
    "twice.jsonl": ['{"id": 1, "kind": "delivered", "call": 1}', '{"id": 1, "kind": "sent"}'],
    "circle.jsonl": ['{"kind": "delivered", "call": 1, "after": "line 1"}'],
    "nameless.jsonl": ['{"kind": "cas", "value": 1}'],
}
ORDER = """\
from ordercheck.histories import OrderSpec, before, rule


class Answered(OrderSpec):
    def constraints(self, history):
        for event in history.of("answered"):
            yield rule("asked first", before(history.events[0], event))


class Broken(OrderSpec):
    def constraints(self, history):
        yield 3
"""


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the page's commands run in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("linecache.cache", {})
    (tmp_path / "pyproject.toml").write_text("")
    assert run(["new", "bank"]) == 0
    text = Path("bank.py").read_text()
    second = text[text.index("class Bank") :].replace("Bank", "Second")
    Path("two.py").write_text(f"{text}\n\n{second}")
    Path("changed.py").write_text(text.replace("seen + 1", "seen"))
    assert run(["verify", "bank.py", "--output", "trace.json", "--quiet"]) == 0
    for name, lines in HISTORIES.items():
        Path(name).write_text("".join(f"{line}\n" for line in lines))
    Path("order.py").write_text(ORDER)
    return tmp_path


@pytest.mark.parametrize(("code", "failing", "fixed"), CONSOLE)
def test_a_command(
    code: str, failing: str, fixed: str, bank: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(bank.iterdir())
    capsys.readouterr()
    assert run(shlex.split(failing)[2:]) == BAD_INPUT
    told = capsys.readouterr().err
    assert re.findall(r"error\[(E\d{3})\]", told) == [code]
    assert sorted(bank.iterdir()) == before
    assert run(shlex.split(fixed)[2:]) != BAD_INPUT


def test_all_independent_errors_are_told_in_order(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        """
class Part(Component):
    def __init__(self) -> None:
        self.n = integer(0, lo=0, hi=3)

    @action
    def wrong(self) -> None:
        self.n = None  # E068
        self.m = 1  # E078

    @process(on="gone")  # E026
    async def lost(self) -> None:
        pass


class M(Model):
    def setup(self) -> None:
        self.parts = [Part(), Part()]
        self.n = integer(0, lo=0, hi=3)

    @action(each=3)  # E025
    def family(self, k: int) -> None:
        pass

    @action
    def go(self) -> None:
        if self.n > 0:
            x = undefined  # E041
            self.n = x
        else:
            self.n = 1.5  # E044
        self.n == 1  # E074

    @process
    async def worker(self) -> None:
        await self.n  # E086
        try:
            self.n[0] = 1  # E052
        except Exception:  # E081
            pass

    @invariant
    def changes(self) -> bool:  # E089
        self.n = 0
        return True

    @invariant
    def small(self) -> bool:
        return self.n < "3"  # E049
""",
    )
    lines = file.read_text(encoding="utf-8").splitlines()
    expected = [(m[0][4:], k) for k, line in enumerate(lines, 1) if (m := MARK.search(line))]
    assert [(each.code, each.span.line) for each in diagnostics(file)] == expected


def test_mistakes_in_declarations_are_told_together(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        """
class M(Model):
    def setup(self) -> None:
        self.a = variable(str, "x")  # E024
        self.b = variable([1, 2], 3)  # E015
        self.c = set_of(int)  # E013
""",
    )
    found = [(each.code, each.span.line) for each in diagnostics(file)]
    first = PRELUDE.count("\n") + 4
    assert found == [("E024", first), ("E015", first + 1), ("E013", first + 2)]
