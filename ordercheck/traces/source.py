"""The model's source, as far as it can still be read."""

from __future__ import annotations

import ast
import linecache
import os
import re
import textwrap
from functools import cache

from ordercheck.ir.span import Span

MOST = 12
"""Lines of a long stretch that are quoted: as many of its beginning as of its end."""

FARTHEST = 60
"""Lines above a statement in which its function's head is looked for."""

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def text_at(span: Span) -> str:
    """The lines of a span without their common indentation; "" if there is no such file."""
    return _shown(_lines(span))


def claim_at(span: Span) -> str:
    """The same of a property's definition, with no more of its docstring than the first line."""
    return _shown(_without_docstring(_lines(span)))


def _lines(span: Span) -> list[str]:
    if not span.file or span.line < 1:
        return []
    last = max(span.line, span.end_line)
    return [linecache.getline(span.file, k).rstrip() for k in range(span.line, last + 1)]


def _without_docstring(lines: list[str]) -> list[str]:
    """Of a docstring of several lines only the first is left."""
    try:
        (definition,) = ast.parse(textwrap.dedent("\n".join(lines))).body
    except (SyntaxError, ValueError):
        return lines
    if not isinstance(definition, ast.FunctionDef) or not ast.get_docstring(definition):
        return lines
    first, last = definition.body[0].lineno - 1, definition.body[0].end_lineno or 0
    if last - first < 2:
        return lines
    text = (ast.get_docstring(definition) or "").split("\n", 1)[0]
    margin = lines[first][: len(lines[first]) - len(lines[first].lstrip())]
    return [*lines[:first], f'{margin}"""{text}"""', *lines[last:]]


def _shown(lines: list[str]) -> str:
    if len(lines) > MOST:
        # What a function returns stands at its end, what it is called at its beginning.
        margin = len(lines[1]) - len(lines[1].lstrip())
        lines = [*lines[: MOST // 2], " " * margin + "...", *lines[-MOST // 2 :]]
    margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return "\n".join(line[margin:] for line in lines).rstrip()


def definition_of(name: str, span: Span) -> Span:
    """The whole function of that name that a span stands in; else that span."""
    begin = re.compile(rf"\s*(async\s+)?def\s+{re.escape(name)}\b") if name else None
    if begin is None or not span.file:
        return span
    for line in range(span.line, max(0, span.line - FARTHEST), -1):
        if begin.match(linecache.getline(span.file, line)):
            return Span(span.file, line, 1, _end_of_block(span.file, line), 1)
    return span


def function_at(span: Span) -> Span:
    """The innermost function that a line stands in, as far as is known; else that line."""
    head = re.compile(r"\s*(async\s+)?def\s+\w+")
    margin = _margin(linecache.getline(span.file, span.line))
    for line in range(span.line, max(0, span.line - FARTHEST), -1):
        text = linecache.getline(span.file, line)
        if head.match(text) and (line == span.line or _margin(text) < margin):
            last = _end_of_block(span.file, line)
            if last >= span.line:
                return Span(span.file, line, 1, last, 1)
    return span


def _margin(line: str) -> int:
    return len(line) - len(line.lstrip())


def is_inside(inner: Span, outer: Span) -> bool:
    """Whether a span begins within the lines of another."""
    return inner.file == outer.file and outer.line <= inner.line <= outer.end_line


def _end_of_block(file: str, first: int) -> int:
    """The last line that is indented below line `first`, and not blank."""
    head = linecache.getline(file, first)
    margin = len(head) - len(head.lstrip())
    last = first
    for line in range(first + 1, first + FARTHEST):
        text = linecache.getline(file, line)
        if not text.strip():
            if not text:
                break
            continue
        if len(text) - len(text.lstrip()) <= margin and not text.lstrip().startswith(")"):
            break
        last = line
    return last


def line_at(span: Span) -> str:
    """The first line of a span, stripped."""
    return linecache.getline(span.file, span.line).strip() if span.file and span.line > 0 else ""


def statement_at(span: Span) -> str:
    """A simple statement in one line; of a compound one the first line."""
    first = line_at(span)
    text = " ".join(text_at(span).split())
    if not first.endswith("(") or not text.endswith(")"):
        return first
    return re.sub(r",? \)", ")", text.replace("( ", "("))


def is_own(span: Span) -> bool:
    """Whether this is the author's code, not ordercheck's library."""
    return bool(span.file) and _is_own_file(span.file)


@cache
def _is_own_file(file: str) -> bool:
    return not os.path.abspath(file).startswith(_PACKAGE)


def for_targets(span: Span) -> list[str]:
    """What the `for`s of a comprehension at a span bind, in order, as written."""
    text = " ".join(text_at(span).split())
    return re.findall(r"\bfor ([^()]*?) in\b", text)
