"""The model's source, as far as it can still be read."""

from __future__ import annotations

import linecache
import os
from functools import cache

from ordercheck.ir.span import Span

MOST = 12
"""Lines of a long stretch that are quoted."""

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def text_at(span: Span) -> str:
    """The lines of a span without their common indentation; "" if there is no such file."""
    if not span.file or span.line < 1:
        return ""
    last = max(span.line, min(span.end_line, span.line + MOST - 1))
    lines = [linecache.getline(span.file, k).rstrip() for k in range(span.line, last + 1)]
    margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return "\n".join(line[margin:] for line in lines).rstrip()


def line_at(span: Span) -> str:
    """The first line of a span, stripped."""
    return linecache.getline(span.file, span.line).strip() if span.file and span.line > 0 else ""


def is_own(span: Span) -> bool:
    """Whether this is the author's code, not ordercheck's library."""
    return bool(span.file) and _is_own_file(span.file)


@cache
def _is_own_file(file: str) -> bool:
    return not os.path.abspath(file).startswith(_PACKAGE)
