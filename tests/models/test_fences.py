"""Which writes need a fence: docs/systems.md's tables, searched for again."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import ordercheck
from models.event_log import EventLog
from models.workflow.run import SITES
from ordercheck.checking import Options
from ordercheck.checking.synthesis import Flags, synthesize
from ordercheck.checking.verdict import Verdict
from tests.models.stories import ending, violated

DOCS = Path(__file__).parents[2] / "docs" / "systems.md"
COLUMNS: dict[str, dict[str, Any]] = {
    "left": {},
    "middle": {"learns": "fenced writes"},
    "right": {"after": "reload", "replay": "barriers"},
}
"""Own events replayed, and which responses refresh the fence; or the log, read again."""
INLINE = "`hook_against_step`, inline"
QUICK = ("`loop`",)


def rows(cells: int, first: str) -> Iterator[list[str]]:
    """The rows of a table whose heading begins so, as lists of cells."""
    text = DOCS.read_text(encoding="utf-8")
    table = text[text.index(f"| {first} ") :].split("\n\n")[0]
    for line in table.splitlines()[2:]:
        row = [cell.strip() for cell in line.strip("|").split(" | ")]
        assert len(row) == cells, line
        yield row


def run(shape: str, column: str, sites: Flags) -> Verdict:
    """A verdict on a function, by its name in the tables, with these sites fenced."""
    return ordercheck.verify(
        EventLog,
        shape=shape.split("`")[1],
        inline=shape == INLINE,
        fence="event_id",
        on_conflict="replay",
        fenced_sites=sites,
        options=Options(),
        **COLUMNS[column],
    )


def sets_in(cell: str) -> set[Flags]:
    """The sets that a cell names."""
    return {frozenset(re.findall(r"`(\w+)`", part)) for part in cell.split("; or ")}


SETS = [
    pytest.param(
        shape := row[0].partition(": ")[2] or row[0],
        column,
        cell,
        id=f"{shape} {column}",
        marks=[] if shape in QUICK else [pytest.mark.slow],
    )
    for row in rows(4, "function | snapshot")
    for column, cell in zip(COLUMNS, row[1:], strict=True)
]


@pytest.mark.parametrize(("shape", "column", "cell"), SETS)
def test_the_smallest_sufficient_sets(shape: str, column: str, cell: str) -> None:
    found = synthesize(tuple(SITES), lambda sites: run(shape, column, sites))
    assert set(found.smallest) == sets_in(cell)


def test_one_site_less_goes_wrong_as_told() -> None:
    killed: set[tuple[str, str, Flags]] = set()
    for shape, fenced, columns, log in rows(4, "function | fenced"):
        sites = frozenset(re.findall(r"`(\w+)`", fenced))
        for column in columns.split(", "):
            verdict = run(shape, column, sites)
            assert violated(verdict) != []
            events = ast.literal_eval(ending(verdict)["log"])
            assert ", ".join(re.sub(r" \w+_(\d+)(\(.*\))?$", r" \1", e) for e in events) == log
            killed.add((shape, column, sites))
    needed = {
        (shape, column, chosen - {site})
        for shape, column, cell in (case.values for case in SETS)
        for chosen in sets_in(str(cell))
        for site in chosen
    }
    assert killed == needed
