"""Mistakes in a model's set-up: raised where they are made, shown by the front end."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from types import CodeType, FrameType

PACKAGE = f"{Path(__file__).resolve().parent.parent}{os.sep}"
"""The folder of ordercheck's own code, whose frames no author wants to see."""

STANDARD = os.path.dirname(os.__file__) + os.sep
"""The folder of Python's own library, whose frames no author wants to see either."""

CALLED = (f"{PACKAGE}language{os.sep}", f"{PACKAGE}library{os.sep}", f"{PACKAGE}__init__.py", "<")
"""What authors call; everything else of ours calls them."""


@dataclass(frozen=True, slots=True)
class Location:
    """A stretch of source, lines and columns from 1; the end column is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


class Mistake(Exception):
    """What an author got wrong in set-up: what, what to ask at the caret, what would be right.

    `code` is the diagnostic's, as in docs/errors.md; `at` is where, by default the
    nearest line of the author's that is running.
    """

    def __init__(
        self, code: str, headline: str, label: str = "", help: str = "", at: Location | None = None
    ) -> None:
        super().__init__(headline)
        self.code = code
        self.headline = headline
        self.label = label
        self.help = help
        self.at = at or here()


def here() -> Location | None:
    """The expression of the author's that is being evaluated now; None when there is none."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith((*CALLED, STANDARD)):
        if frame.f_code.co_name == "<module>":
            return None  # what the library declares is nobody's who imports it
        frame = frame.f_back
    if frame is None or frame.f_code.co_filename.startswith(PACKAGE):
        return None
    return locate(frame.f_code, frame.f_lasti)


def locate(code: CodeType, instruction: int) -> Location | None:
    """The source of one instruction (an offset into the byte code)."""
    return _locate(code.co_filename, code, instruction)


# By the file's name, too: the code of two copies of a file is equal.
@lru_cache(maxsize=4096)
def _locate(file: str, code: CodeType, instruction: int) -> Location | None:
    positions = islice(code.co_positions(), instruction // 2, None)
    line, end_line, column, end_column = next(positions, (None,) * 4)
    if line is None:
        return None
    return Location(file, line, (column or 0) + 1, end_line or line, (end_column or 0) + 1)
