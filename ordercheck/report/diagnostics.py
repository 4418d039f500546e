"""Diagnostics for a terminal, as rustc writes them: file, line, caret, what is wrong, help."""

from __future__ import annotations

import linecache
from collections.abc import Sequence

from ordercheck.ir.span import Diagnostic, Span
from ordercheck.report.style import Style
from ordercheck.report.text import clip, columns, counted, fold, printable, shown_path

LONGEST = 6
"""A span of more lines than this is shown by its first and its last two."""


def render_diagnostics(diagnostics: Sequence[Diagnostic], style: Style) -> str:
    """All of them, and how many they are. Ends in a newline."""
    blocks = [render_diagnostic(each, style) for each in diagnostics]
    if len(diagnostics) > 1:
        blocks.append(style.bad(counted(len(diagnostics), "error")) + "\n")
    return "\n".join(blocks)


def render_diagnostic(diagnostic: Diagnostic, style: Style) -> str:
    """One of them. A source that cannot be read is left out. Ends in a newline."""
    span = diagnostic.span
    quoted = _quotation(diagnostic, style)
    gutter = len(str(max(span.line, span.end_line))) if quoted else 1
    blank = " " * gutter
    lines = _headline(diagnostic, style)
    if span.file:
        where = shown_path(span.file)
        if span.line:
            where += f":{span.line}:{max(1, span.column)}"
        lines.append(f"{blank}{style.place('-->')} {where}")
    if quoted:
        lines.append(style.place(f"{blank} |"))
        for number, text in quoted:
            lines.append(f"{style.place(f'{number:>{gutter}} |')} {text}".rstrip())
    elif diagnostic.label:
        lines += _remark(blank, "note", diagnostic.label, style)
    if diagnostic.help:
        lines += _remark(blank, "help", diagnostic.help, style)
    for note in diagnostic.notes:
        lines += _remark(blank, "note", note, style)
    return "\n".join(lines) + "\n"


def _headline(diagnostic: Diagnostic, style: Style) -> list[str]:
    title = f"error[{diagnostic.code}]" if diagnostic.code else "error"
    first, *rest = fold(f"{title}: {printable(diagnostic.headline)}", style.width)
    start = min(len(title), len(first))
    return [style.bad(first[:start]) + style.bold(first[start:]), *map(style.bold, rest)]


def _remark(blank: str, kind: str, text: str, style: Style) -> list[str]:
    """`= help: …`; more lines of it stand below its first, as they are."""
    title = f"{blank} = {kind}: "
    lines: list[str] = []
    for line in text.rstrip("\n").split("\n"):
        room = style.width - len(title)
        # Code to paste keeps its indentation; only what is too wide is folded.
        lines += fold(printable(line), room)
    marked = f"{blank} {style.place('=')} {style.bold(kind)}: "
    return [(marked if k == 0 else " " * len(title)) + line for k, line in enumerate(lines)]


def _quotation(diagnostic: Diagnostic, style: Style) -> list[tuple[str, str]]:
    """Lines as (number or "", text), the caret among them; none without a source."""
    span = diagnostic.span
    if not span.file or span.line < 1 or not (rows := _sources(diagnostic)):
        return []
    if span.end_line > span.line:
        return _several_lines(span, rows, diagnostic.label, style)
    return _one_line(span, rows[0], diagnostic.label, style)


def _sources(diagnostic: Diagnostic) -> list[str]:
    """The lines of the diagnostic's span; none where the first of them cannot be read."""
    span = diagnostic.span
    if diagnostic.quoted:
        return diagnostic.quoted.split("\n")[span.line - 1 : span.end_line]
    if not linecache.getline(span.file, span.line):
        return []
    numbers = range(span.line, max(span.line, span.end_line) + 1)
    return [linecache.getline(span.file, number).rstrip("\r\n\f") for number in numbers]


def _one_line(span: Span, source: str, label: str, style: Style) -> list[tuple[str, str]]:
    start = min(max(span.column - 1, 0), len(source))
    end = min(max(span.end_column - 1, start), len(source))
    room = style.width - len(str(span.line)) - 3
    before = columns(printable(source[:start]))
    marked = max(1, columns(printable(source[:end])) - before)
    text, before, marked = _window(printable(source), before, marked, room, style.ellipsis)
    pointer = " " * before + style.bad("^" * marked)
    rows = [(str(span.line), text)]
    if not label:
        return [*rows, ("", pointer)]
    label = printable(label)
    if before + marked + 1 + columns(label) <= room:
        return [*rows, ("", f"{pointer} {style.bad(label)}")]
    rows.append(("", pointer))
    indent = min(before, max(0, room - 40))
    return rows + [("", " " * indent + style.bad(line)) for line in fold(label, room - indent)]


def _window(text: str, before: int, marked: int, room: int, mark: str) -> tuple[str, int, int]:
    """A line too wide for the terminal, cut to the part around what is marked."""
    if columns(text) <= room:
        return text, before, marked
    if before + marked <= room - columns(mark):
        return clip(text, room, mark), before, marked
    drop = max(0, min(before - 8, before + marked - room + 2 * columns(mark)))
    kept = 0
    while kept < len(text) and columns(text[:kept]) < drop:
        kept += 1
    before = before - columns(text[:kept]) + columns(mark)
    return clip(mark + text[kept:], room, mark), before, max(1, min(marked, room - before))


def _several_lines(
    span: Span, sources: list[str], label: str, style: Style
) -> list[tuple[str, str]]:
    numbers = list(range(span.line, span.end_line + 1))
    shown = numbers if len(numbers) <= LONGEST else [*numbers[:2], 0, *numbers[-2:]]
    room = style.width - len(str(span.end_line)) - 5
    rows: list[tuple[str, str]] = []
    for number in shown:
        if number == 0:
            rows.append(("", f"{style.bad('|')} {style.ellipsis}"))
            continue
        side = style.bad("/" if number == span.line else "|")
        text = clip(printable(sources[number - span.line]), room, style.ellipsis)
        rows.append((str(number), f"{side} {text}"))
    last = sources[-1]
    end = columns(printable(last[: max(0, span.end_column - 2)]))
    end = min(end, max(0, room - 1))
    pointer = style.bad("|" + "_" * (end + 1) + "^")
    label = printable(label)
    if end + 4 + columns(label) <= room:
        return [*rows, ("", f"{pointer} {style.bad(label)}".rstrip())]
    return [*rows, ("", pointer), *(("", style.bad(line)) for line in fold(label, room))]
