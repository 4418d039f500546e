"""What a command is given to read: a file, or the standard input where that is named `-`."""

from __future__ import annotations

import linecache
import sys

from ordercheck.traces.foreign import decoded

DASH = "-"
"""How the standard input is named on the command line."""

STANDARD_INPUT = "standard input"
"""What it is called in answers and diagnostics."""


def called(path: str) -> str:
    """What to call it."""
    return STANDARD_INPUT if path == DASH else path


def given(path: str) -> tuple[str, str]:
    """What to call it, and its text; raises OSError, or Unreadable where it is no text."""
    name = called(path)
    if path != DASH:
        with open(path, "rb") as stream:
            return name, decoded(stream.read())
    if sys.stdin is None or sys.stdin.closed:
        raise OSError("it is closed")
    text = decoded(sys.stdin.buffer.read())
    # Diagnostics quote lines of files, which this is none of.
    linecache.cache[name] = len(text), None, [f"{line}\n" for line in text.split("\n")], name
    return name, text
