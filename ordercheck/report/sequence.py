"""A sequence diagram in characters: time runs down, one lifeline an actor."""

from __future__ import annotations

from ordercheck.report.style import Style
from ordercheck.report.text import clip, columns, elide, fold, printable
from ordercheck.traces.sequence import Diagram, Row, diagram
from ordercheck.traces.trace import Trace

NARROWEST = 9
"""Columns from one lifeline to the next, at least."""
WIDEST = 26
MOST_HEADINGS = 3
"""Rows that the names of the lifelines may take."""
MOST_IDLE = 6


class _Canvas:
    """One line of the picture: cells that text is written over, wide characters in two."""

    def __init__(self, width: int) -> None:
        self.cells = [" "] * width

    def write(self, start: int, text: str) -> None:
        place = start
        for character in text:
            wide = columns(character)
            if wide == 0 or place < 0 or place + wide > len(self.cells):
                continue
            self.cells[place] = character
            for k in range(1, wide):
                self.cells[place + k] = ""
            place += wide

    def __str__(self) -> str:
        return "".join(self.cells).rstrip()


class _Layout:
    """Where the gutter ends and the lifelines stand."""

    def __init__(self, picture: Diagram, style: Style) -> None:
        self.style = style
        loops = {row.loop for row in picture.rows if row.loop}
        self.only = len(loops) == 1
        last = max((row.step for row in picture.rows), default=0)
        self.number = max(4, len(str(last)))
        widest = max((columns(self.turn(row)) for row in picture.rows), default=0)
        self.gutter = self.number + (widest + 2 if widest else 0) + 2
        self.turns = widest
        lanes = max(1, len(picture.lanes))
        spacing = (style.width - self.gutter) // lanes
        self.spacing = max(NARROWEST, min(WIDEST, spacing))

    def lane(self, k: int) -> int:
        return self.gutter + k * self.spacing

    def turn(self, row: Row) -> str:
        if not row.turn or not row.step:
            return ""
        return f"turn {row.turn}" if self.only else clip(f"{row.loop} {row.turn}", 14)


def render_sequence(trace: Trace, style: Style) -> str:
    """The whole diagram with its heading and its footnotes; "" where nobody does anything."""
    room = style.width - 16
    picture = diagram(trace, max(2, room // NARROWEST))
    if not picture.rows:
        return ""
    layout = _Layout(picture, style)
    lines = ["Who did what, from top to bottom:", "", *_heading(picture, layout)]
    over: set[int] = set()
    for row in picture.rows:
        text = str(_row(row, picture, layout, over))
        lines.append(style.bad(text) if row.fails else text)
        if row.ends:
            over.add(row.lane if row.target is None else row.target)
    if notes := _footnotes(picture, layout, style):
        lines += ["", *notes]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _heading(picture: Diagram, layout: _Layout) -> list[str]:
    """Names above their lifelines; in several rows, by turns, where they are long."""
    longest = max(columns(printable(name)) for name in picture.lanes)
    rows = min(MOST_HEADINGS, len(picture.lanes), -(-(longest + 2) // layout.spacing))
    lines: list[str] = []
    for row in range(rows):
        named_later = {k for k in range(len(picture.lanes)) if k % rows >= row}
        canvas = _lifelines(picture, layout, named_later)
        if row == rows - 1:
            canvas.write(0, "step".rjust(layout.number))
        for k in range(row, len(picture.lanes), rows):
            end = min(layout.style.width, layout.lane(k) + rows * layout.spacing - 2)
            name = elide(printable(picture.lanes[k]), end - layout.lane(k), layout.style.ellipsis)
            canvas.write(layout.lane(k), name)
        lines.append(layout.style.bold(str(canvas)))
    return [*lines, str(_lifelines(picture, layout, set()))]


def _lifelines(picture: Diagram, layout: _Layout, over: set[int]) -> _Canvas:
    canvas = _Canvas(layout.style.width)
    for k in range(len(picture.lanes)):
        if k not in over:
            canvas.write(layout.lane(k), layout.style.bar)
    return canvas


def _row(row: Row, picture: Diagram, layout: _Layout, over: set[int]) -> _Canvas:
    style = layout.style
    canvas = _lifelines(picture, layout, over)
    if row.step:
        canvas.write(0, str(row.step).rjust(layout.number))
        canvas.write(layout.number + 2, layout.turn(row))
    text = printable(row.text)
    if row.ends:
        text = f"{text} (ends)" if text else "(ends)"
    if row.fails:
        text = f"{text} (fails)" if text else "(fails)"
    place = layout.lane(row.lane)
    if row.target is None or row.target == row.lane:
        canvas.write(place, style.dot)
        _remark(canvas, place, text, layout)
        return canvas
    end = layout.lane(row.target)
    low, high = sorted((place, end))
    canvas.write(low + 1, style.rule * (high - low - 1))
    canvas.write(place, style.dot)
    if style.unicode:
        canvas.write(end, "▶" if end > place else "◀")
    else:
        canvas.write(end, ">" if end > place else "<")
    _remark(canvas, high, text or "goes on", layout)
    return canvas


def _remark(canvas: _Canvas, place: int, text: str, layout: _Layout) -> None:
    """Text right of a mark; left of it where only there is room, over other lifelines at need."""
    style = layout.style
    right = style.width - place - 2
    left = place - 1 - layout.gutter
    if columns(text) > right and left > right:
        shown = clip(text, left, style.ellipsis)
        canvas.write(place - 1 - columns(shown), shown)
    else:
        canvas.write(place + 2, clip(text, right, style.ellipsis))


def _footnotes(picture: Diagram, layout: _Layout, style: Style) -> list[str]:
    notes: list[str] = []
    if picture.merged:
        notes.append(f"Sharing the last line: {', '.join(picture.merged)}.")
    if picture.idle:
        more = len(picture.idle) - MOST_IDLE
        names = ", ".join(picture.idle[:MOST_IDLE]) + (f" and {more} more" if more > 0 else "")
        notes.append(f"Doing nothing in this run: {names}.")
    return [line for note in notes for line in fold(printable(note), style.width)]
