"""What a terminal can show: colour or not, box drawing or ASCII, and how wide it is."""

from __future__ import annotations

import os
from typing import TextIO

from ordercheck.ir.record import dataclass

_PROBE = "→…│┼─●▶◀"


@dataclass(frozen=True, slots=True)
class Style:
    """How to write. Whatever is rendered takes one, so that output depends on nothing else."""

    colour: bool = False
    unicode: bool = True
    width: int = 80

    @property
    def arrow(self) -> str:
        """Between what was and what is."""
        return "→" if self.unicode else "->"

    @property
    def ellipsis(self) -> str:
        """In place of what was cut out."""
        return "…" if self.unicode else "..."

    @property
    def dash(self) -> str:
        """Before what explains the words in front of it."""
        return "—" if self.unicode else "-"

    @property
    def bar(self) -> str:
        """A lifeline, or the line beside a quotation."""
        return "│" if self.unicode else "|"

    @property
    def rule(self) -> str:
        """A piece of a horizontal line."""
        return "─" if self.unicode else "-"

    @property
    def dot(self) -> str:
        """Where a lifeline does something."""
        return "●" if self.unicode else "*"

    def bold(self, text: str) -> str:
        """What to read first."""
        return self._sgr("1", text)

    def dim(self, text: str) -> str:
        """What can be skipped."""
        return self._sgr("2", text)

    def bad(self, text: str) -> str:
        """What is wrong."""
        return self._sgr("1;31", text)

    def good(self, text: str) -> str:
        """What is as it should be."""
        return self._sgr("32", text)

    def open(self, text: str) -> str:
        """What is not known."""
        return self._sgr("33", text)

    def place(self, text: str) -> str:
        """Where something stands in a file."""
        return self._sgr("36", text)

    def name(self, text: str) -> str:
        """Who acts."""
        return self._sgr("1;34", text)

    def _sgr(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and text else text


def style_of(stream: TextIO, *, plain: bool = False) -> Style:
    """What `stream` can show; `plain`: without colour, whatever it can.

    Respects NO_COLOR (https://no-color.org), FORCE_COLOR, TERM=dumb and COLUMNS.
    """
    terminal = stream.isatty()
    wanted = bool(os.environ.get("FORCE_COLOR")) or (terminal and os.environ.get("TERM") != "dumb")
    size = _columns() if terminal or "COLUMNS" in os.environ else 80
    return Style(
        colour=wanted and not plain and not os.environ.get("NO_COLOR"),
        unicode=_can_encode(stream.encoding),
        width=max(40, min(size, 120)),
    )


def _columns() -> int:
    import shutil  # brings three compressors

    return shutil.get_terminal_size((80, 24)).columns


def _can_encode(encoding: str | None) -> bool:
    try:
        _PROBE.encode(encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True
