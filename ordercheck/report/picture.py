"""A state graph as boxes and arrows with their texts; `dot` and `svg` draw them.

A box says only what differs between the states that are drawn: what is the same in all
of them is in the picture's title.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ordercheck.ir.nodes import Program
from ordercheck.report.text import counted, elide, printable
from ordercheck.traces.places import View

if TYPE_CHECKING:
    import networkx

    StateGraph = networkx.MultiDiGraph[int]

WIDEST = 36
"""Columns of a line in a box or beside an arrow."""
MOST_LINES = 8
MOST_LABELS = 3

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Box:
    """A state or a group of them. `details` is all that is known of it, for a tooltip."""

    number: int
    lines: tuple[str, ...]
    details: str
    initial: bool = False
    wrong: bool = False
    cut: bool = False
    level: int = 1


@dataclass(frozen=True, slots=True)
class Arrow:
    """All steps from one box to another."""

    source: int
    target: int
    lines: tuple[str, ...]
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """What is to be drawn, each box before the arrows; both in order of number."""

    title: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def picture(graph: StateGraph, program: Program, title: str = "") -> Picture:
    """Boxes and arrows for a graph of states, or of groups of them (`checking.cuts.grouped`)."""
    nodes: list[tuple[int, dict[str, Any]]] = list(graph.nodes.items())
    are_groups = any("key" in data for _, data in nodes)
    boxes = _groups(nodes) if are_groups else _states(nodes, View(program))
    return Picture(printable(title), tuple(boxes), tuple(_arrows(graph)))


# --- boxes --------------------------------------------------------------------------


def _groups(nodes: Sequence[tuple[int, dict[str, Any]]]) -> Iterator[Box]:
    for number, data in nodes:
        inside = f", {counted(data['inside'], 'step')} inside" if data["inside"] else ""
        lines = [data["key"], counted(data["count"], "state") + inside, *_marks(data)]
        yield _box(number, lines, "\n".join(lines), data)


def _states(nodes: Sequence[tuple[int, dict[str, Any]]], view: View) -> Iterator[Box]:
    # A library's own place that is all of a component, as a Log's is, goes by the model's name.
    hidden = {p.path for p in view.places if p.hidden and "." in p.path}
    told = {number: _told(data, view) for number, data in nodes}
    values: dict[str, set[str]] = {}
    for pairs in told.values():
        for path, text in pairs:
            values.setdefault(path, set()).add(text)
    # A local that only some states have differs, too.
    everywhere = [path for path in values if all(path in dict(pairs) for pairs in told.values())]
    same = {path for path in everywhere if len(values[path]) == 1}
    shown = [path for path in values if path not in same and path not in hidden]
    # Two boxes that look the same say nothing; then a library's own places must tell.
    if not shown:
        shown = [path for path in values if path not in same]
    for number, data in nodes:
        own = [f"{path}{text}" for path, text in told[number] if path in shown]
        more = len(own) - MOST_LINES
        lines = [*own[: MOST_LINES - 1], f"and {more + 1} more"] if more > 0 else own
        all_ = "\n".join(f"{path}{text}" for path, text in told[number])
        lines = [f"#{number}", *lines, *_marks(data)]
        yield _box(number, lines, "\n".join((f"#{number}", all_, *_marks(data))), data)


def _told(data: dict[str, Any], view: View) -> Pairs:
    """Every place and every process, with a text that reads well right after its name."""
    places = ((path, f" = {text}") for path, text in view.state(data["raw"]))
    tasks = ((f"{name}:", f" {where}") for name, where in data["at"].items())
    return (*places, *tasks)


def _marks(data: dict[str, Any]) -> list[str]:
    """What is special about a state, in words: a picture must do without colour."""
    marks = [f"✗ {name}" for name in data["violates"]]
    marks += ["outside the constraint"] if data["cut"] else []
    marks += ["(not explored further)"] if not data.get("expanded", True) and not marks else []
    marks += ["the end"] if data["stuck"] and "deadlock" not in data["violates"] else []
    return marks


def _box(number: int, lines: Sequence[str], details: str, data: dict[str, Any]) -> Box:
    return Box(
        number,
        tuple(elide(printable(line), WIDEST) for line in lines),
        "\n".join(map(printable, details.split("\n"))),
        data["initial"],
        bool(data["violates"]),
        data["cut"],
        data["level"],
    )


# --- arrows -------------------------------------------------------------------------


def _arrows(graph: StateGraph) -> Iterator[Arrow]:
    """One arrow for each pair of boxes, however many steps it stands for."""
    between: dict[tuple[int, int], dict[str, bool]] = {}
    for source, target, data in graph.edges(data=True):
        labels = between.setdefault((source, target), {})
        text = _label(data)
        labels[text] = labels.get(text, False) or bool(data["violates"])
    for (source, target), labels in sorted(between.items()):
        lines = [elide(printable(text), WIDEST) for text in labels]
        more = len(lines) - MOST_LABELS
        if more > 0:
            lines = [*lines[: MOST_LABELS - 1], f"and {more + 1} more"]
        yield Arrow(source, target, tuple(lines), any(labels.values()))


def _label(data: dict[str, Any]) -> str:
    text = str(data["action"])
    if data["choices"]:
        text += f" [{', '.join(f'{name} = {value}' for name, value in data['choices'])}]"
    if data.get("count", 1) > 1:
        text += f" ×{data['count']}"
    return text + "".join(f" ✗ {name}" for name in data["violates"])
