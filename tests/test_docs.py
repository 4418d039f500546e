"""The documentation is true: its models are verified, its commands print what it shows.

A ```python block is compiled as Python; one that defines a Model is verified, in all
its variants. One with a file name after `python` is written to a folder, the same for
all pages, in which the ```console blocks run. A line that begins with `$ ordercheck` is
run and compared with the lines below it, up to the next command; durations are masked,
and a line with nothing but `…` stands for any number of lines. With --update-golden
the output is written into the page instead.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ordercheck import language
from ordercheck.language.planned import PLANNED

ROOT = Path(__file__).parent.parent
GENERATED = {"errors.md"}
"""Pages that other tests make and check."""
PAGES = [
    ROOT / "README.md",
    *(page for page in sorted((ROOT / "docs").rglob("*.md")) if page.name not in GENERATED),
]
FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ (.*)$", re.MULTILINE)
DURATION = re.compile(r"\b(\d+ h )?(\d+ m )?\d+(\.\d+)? (ms|s)\b")
LINK = re.compile(r"\]\(([^)#\s]+?)(?:#[^)]*)?\)")
PLACE = re.compile(r"\]\(([^)#\s:]*)#([^)]+)\)")
"""A link to a heading: the page, if it is another one, and the heading's name."""


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the file name given, its text, and where that begins."""

    page: Path
    language: str
    file: str
    text: str
    start: int

    @property
    def line(self) -> int:
        """The line on which the text begins."""
        return self.page.read_text(encoding="utf-8").count("\n", 0, self.start) + 1


def blocks(page: Path, language: str) -> Iterator[Block]:
    """The blocks of one language on a page."""
    for found in FENCE.finditer(page.read_text(encoding="utf-8")):
        if found[1] == language:
            yield Block(page, found[1], found[2] or "", found[3], found.start(3))


def identity(block: Block) -> str:
    """A name for a block in the test's report."""
    return f"{block.page.name}:{block.line}"


PYTHON = [block for page in PAGES for block in blocks(page, "python")]
FILES = [*PYTHON, *(block for page in PAGES for block in blocks(page, "json"))]
CONSOLE = [page for page in PAGES if any(blocks(page, "console"))]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all files that the pages give, beside our models and specs."""
    made = tmp_path_factory.mktemp("docs")
    for name in ("models", "specs"):
        shutil.copytree(ROOT / name, made / name, ignore=shutil.ignore_patterns("__pycache__"))
    (made / "pyproject.toml").touch()  # imports are resolved from here
    for block in FILES:
        if block.file:
            assert not (made / block.file).exists(), f"{block.file} is there twice"
            (made / block.file).write_text(block.text, encoding="utf-8")
    return made


def ordercheck(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run `ordercheck` as from a terminal of 80 columns, without colour."""
    program = "from ordercheck.cli.main import main; main()"
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=folder,
        env={**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("block", PYTHON, ids=identity)
def test_python(block: Block, folder: Path, tmp_path: Path) -> None:
    compile(block.text, identity(block), "exec")
    if "(Model)" not in block.text or "import" not in block.text:
        return
    path = folder / block.file if block.file else tmp_path / "model.py"
    path.write_text(block.text, encoding="utf-8")
    done = ordercheck(["verify", "--traces", "none", str(path)], folder)
    expects_nothing = "variants = " not in block.text
    assert done.returncode in ((0, 1) if expects_nothing else (0,)), done.stdout


@pytest.mark.slow
def test_models_are_typed(folder: Path) -> None:
    files = [block.file for block in PYTHON if block.file]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", *files],
        cwd=folder,
        env={**os.environ, "MYPYPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout


def masked(text: str) -> list[str]:
    """The lines of an output, without what differs from run to run."""
    lines = [line.rstrip() for line in text.strip("\n").split("\n")]
    # A table's last column is right-aligned, so its width depends on the durations.
    return [re.sub(r" +(<time>)", r" \1", DURATION.sub("<time>", line)) for line in lines]


def agrees(shown: list[str], printed: list[str]) -> bool:
    """Whether what is shown is what was printed, `…` standing for any lines."""
    if not shown:
        return not printed
    if shown[0].strip() == "…":
        return any(agrees(shown[1:], printed[k:]) for k in range(len(printed) + 1))
    return bool(printed) and shown[0] == printed[0] and agrees(shown[1:], printed[1:])


@pytest.mark.parametrize("page", CONSOLE, ids=lambda page: page.name)
def test_console(page: Path, folder: Path, request: pytest.FixtureRequest) -> None:
    update = request.config.getoption("--update-golden")
    text = page.read_text(encoding="utf-8")
    for block in reversed(list(blocks(page, "console"))):
        _, *parts = COMMAND.split(block.text)
        fresh = []
        for command, shown in zip(parts[::2], parts[1::2], strict=True):
            program, *arguments = shlex.split(command)
            assert program == "ordercheck", f"{identity(block)}: what is {program}?"
            printed = ordercheck(arguments, folder).stdout
            same = agrees(masked(shown), masked(printed))
            assert update or same, f"{identity(block)}: $ {command} prints\n{printed}"
            kept = shown.strip("\n") if same else printed.strip("\n").replace("\u00a0", " ")
            fresh.append(f"$ {command}\n{kept}\n" if kept else f"$ {command}\n")
        end = block.start + len(block.text)
        text = text[: block.start] + "".join(fresh) + text[end:]
    if update:
        page.write_text(text, encoding="utf-8")


def test_the_reference_is_complete() -> None:
    reference = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
    names = [*language.__all__, *PLANNED]
    assert [name for name in names if not re.search(rf"`[^`\n]*\b{name}\b", reference)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    targets = [t for t in LINK.findall(text) if not t.startswith(("http:", "https:"))]
    assert [target for target in targets if not (page.parent / target).exists()] == []


def headings(page: Path) -> set[str]:
    """What a page's headings are called in links."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    found = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in found}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_to_headings(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    places = [
        (page.parent / name if name else page, anchor) for name, anchor in PLACE.findall(text)
    ]
    assert [(str(of), anchor) for of, anchor in places if anchor not in headings(of)] == []
