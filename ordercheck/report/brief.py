"""The steps of a long trace, in a line or two each: who acts, at which line, and what changes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ordercheck.ir.record import dataclass
from ordercheck.report.items import elide_items, fold_items
from ordercheck.report.rhymes import as_one, first_to_last
from ordercheck.report.starting import starting_values
from ordercheck.report.style import Style
from ordercheck.report.text import clip, columns, elide, pad, printable
from ordercheck.traces.sequence import actors_of, in_order_of_interest, is_part, short, taken, told
from ordercheck.traces.trace import Trace, TraceStep

MOST_LINES = 3
"""Lines that what happens in one step may take."""
WIDEST = 0.55
"""The part of a line that who acts may take, where what happens stands beside it."""
LONGEST_TURN = 14
SHORT = 8
"""Columns of a value that may stand in a text by accident."""


@dataclass(frozen=True, slots=True)
class _Row:
    number: str
    turn: str
    line: str
    title: str
    parts: tuple[str, ...]
    fails: bool = False

    @property
    def told(self) -> str:
        """What happens, in one line."""
        return ", ".join(self.parts)


@dataclass(frozen=True, slots=True)
class _Table:
    """Columns of numbers, of whose turn it is (0: nobody's), of lines, and of who acts.

    `room` is for who acts and what happens.
    """

    number: int
    turn: int
    line: int
    who: int
    room: int

    @classmethod
    def of(cls, rows: Sequence[_Row], style: Style) -> _Table:
        """For these rows."""
        number = max(len("step"), *(columns(row.number) for row in rows))
        turn = max(columns(row.turn) for row in rows)
        line = max(len("line"), *(columns(row.line) for row in rows))
        room = style.width - number - (turn + 2 if turn else 0) - 2 - line - 2
        who = min(max(columns(row.title) for row in rows), int(WIDEST * room))
        return cls(number, turn, line, who, room)

    def gutter(self, number: str, turn: str, line: str) -> str:
        """What stands before who acts."""
        whose = f"{pad(turn, self.turn)}  " if self.turn else ""
        return f"{number:>{self.number}}  {whose}{line:>{self.line}}  "


LEAST = 10
"""Columns beside who acts in which something can be said."""


def render_brief(trace: Trace, style: Style, most: int = MOST_LINES, together: bool = False) -> str:
    """The steps below a heading, each followed by at most so many lines. Ends in a newline.

    With none, a step says only what fits beside who acts. `together`: steps one after the
    other that differ in a word of what is told are told as one; the last is not.
    """
    loops = {step.loop for step in trace.steps if step.loop}
    rows = [_row(trace, k, len(loops) > 1, style) for k in range(1, len(trace.steps))]
    if together:
        rows = [*_together(rows[:-1]), *rows[-1:]]
    rows = [_beginning(trace), *rows]
    table = _Table.of(rows, style)
    lines = [style.dim(table.gutter("step", "", "line").rstrip())]
    for row in rows:
        lines += _told_row(row, table, most, style)
    return "\n".join(lines) + "\n"


def _together(rows: Sequence[_Row]) -> list[_Row]:
    """As few rows, each for as many steps that differ in a word as there are."""
    found: list[_Row] = []
    group: list[_Row] = []
    for row in rows:
        one = _as_one([*group, row])
        if one is None:
            group, one = [row], row
        else:
            found[-1:] = []
            group.append(row)
        found.append(one)
    return found


def _as_one(rows: Sequence[_Row]) -> _Row | None:
    """The row of several steps; None where they have too little in common."""
    first, *rest = rows
    if len({(len(row.parts), row.line, row.turn.rpartition(" ")[0]) for row in rows}) > 1:
        return None
    title = as_one([row.title for row in rows])
    parts = [as_one(part) for part in zip(*(row.parts for row in rows), strict=True)]
    if not rest or title is None or None in parts or any(row.fails for row in rows):
        return None
    told = tuple(part for part in parts if part is not None)
    number = f"{first.number}-{rest[-1].number}"
    turn = first_to_last(first.turn, rest[-1].turn)
    return _Row(number, turn, first.line, title, told)


def _told_row(row: _Row, table: _Table, most: int, style: Style) -> list[str]:
    """Who acts, and what happens: beside it if there is room for all of it, else below."""
    gutter = table.gutter(row.number, row.turn, row.line)
    who = elide(row.title, table.room, style.ellipsis)
    paint = style.bad if row.fails else style.name if row.number == "0" else str
    if columns(who) <= table.who and columns(row.told) <= table.room - table.who - 2:
        blanks = " " * (table.who - columns(who) + 2)
        return [f"{gutter}{paint(who)}{blanks}{row.told}".rstrip()]
    if not most and row.number != "0":
        blanks = " " * (max(0, table.who - columns(who)) + 2)
        room = table.room - columns(who) - len(blanks)
        told = clip(row.told, room, style.ellipsis) if room >= LEAST else ""
        return [f"{gutter}{paint(who)}{blanks}{told}".rstrip()]
    below = _folded(row, table.room - 2, max(1, most), style) if row.told else []
    return [f"{gutter}{paint(who)}", *(" " * (columns(gutter) + 2) + each for each in below)]


def _folded(row: _Row, room: int, most: int, style: Style) -> list[str]:
    """The first parts that fit into so many lines: what interests most comes first."""
    if len(row.parts) == 1:
        return fold_items(elide_items(row.told, room * (most - 1) or room, style.ellipsis), room)
    for count in range(len(row.parts), 0, -1):
        more = [style.ellipsis] if count < len(row.parts) else []
        lines = _lines([*row.parts[:count], *more], room)
        if len(lines) <= most:
            return lines
    return [elide_items(row.parts[0], room - 2, style.ellipsis) + f" {style.ellipsis}"]


def _lines(parts: Sequence[str], room: int) -> list[str]:
    """The parts side by side, in lines that end between them where they can."""
    lines: list[str] = []
    for part in (*(f"{each}," for each in parts[:-1]), parts[-1]):
        if lines and columns(lines[-1]) + 1 + columns(part) <= room:
            lines[-1] += f" {part}"
        else:
            lines += fold_items(part, room)
    return lines


def _beginning(trace: Trace) -> _Row:
    """Step 0: what was chosen, and the places that a reader will see changing."""
    single, others = starting_values(trace, hidden=False)
    values = (*single, *others, *trace.steps[0].watched)
    told = tuple(printable(f"{path} = {value}") for path, value in values)
    return _Row("0", "", "", "The beginning", told)


def _row(trace: Trace, number: int, several: bool, style: Style) -> _Row:
    step, previous = trace.steps[number], trace.steps[number - 1]
    turn = ""
    if step.turn:
        turn = clip(f"{step.loop} {step.turn}", LONGEST_TURN) if several else f"turn {step.turn}"
    line = str(step.source.line) if step.source.file else ""
    if step.error:
        return _Row(str(number), turn, line, f"{step.actor} fails", (printable(step.error),), True)
    parts = tuple(
        elide_items(printable(part), style.width - 10, style.ellipsis)
        for part in _told(trace, step, previous)
    )
    if not parts and not taken(step):
        # Nothing that a reader sees has changed: the statement itself must do.
        room = style.width - 30
        parts = (clip(printable(short(step.source_text, comment=True)), room, style.ellipsis),)
    return _Row(str(number), turn, line, printable(_title(step, style)), parts)


def _title(step: TraceStep, style: Style) -> str:
    """Who does it, and by which action, or how that goes on."""
    if step.phrase:
        # Where it stops is told by the line of its next step, and by --long.
        return f"{step.actor} {re.sub(r' at line [0-9]+', '', step.phrase)}"
    who = (
        step.action if step.nobodys or step.action == step.actor else f"{step.actor}: {step.action}"
    )
    return f"{who} {style.dash} {what}" if (what := taken(step)) else who


def _told(trace: Trace, step: TraceStep, previous: TraceStep) -> Iterator[str]:
    """What happens in a step, in parts that are to stand beside each other."""
    read = [path for path, _ in trace.because]
    changes = in_order_of_interest(step, read)
    changed = [told(change) for change in changes] if not taken(step) else []
    same = [m.text for m in step.moments if m.kind == "same" and _is_read(m.text, read)]
    for name, value in step.choices:
        if len(value) < SHORT or not any(value in text for text in changed):
            yield f"chosen: {name} = {value}"
    yield from changed
    # More of them mean little: a step that resets everything, say.
    if len(same) == 1:
        yield f"{same[0]} as before"
    known = dict(previous.watched)
    yield from (f"{text} = {value}" for text, value in step.watched if known.get(text) != value)
    yield from (_then(step, actor) for actor in actors_of(step)[1:])


def _then(step: TraceStep, actor: str) -> str:
    """What somebody else does whom the step's actor has set going."""
    kinds = ("resume", "suspend", "finish")
    words = [m.text for m in step.moments if m.actor == actor and m.kind in kinds]
    return f"then {actor} {', and '.join(dict.fromkeys((words[0], words[-1])))}"


def _is_read(text: str, read: Sequence[str]) -> bool:
    return any(is_part(text.split(" ", 1)[0], path) for path in read)
