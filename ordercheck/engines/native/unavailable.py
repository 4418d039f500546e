"""Why the native engine cannot be had; the interpreter can serve instead."""

from __future__ import annotations


class Unavailable(Exception):
    """The machine has no way to compile or to load C; the text says why, in half a line."""
