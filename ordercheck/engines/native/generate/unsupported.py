"""What the native engine cannot do."""

from __future__ import annotations

from ordercheck.ir.span import NOWHERE, Span


class Unsupported(Exception):
    """A program that only the interpreter can run; `reason` completes "the native engine …"."""

    def __init__(self, reason: str, span: Span = NOWHERE) -> None:
        """Say why, and where the model asks for it."""
        super().__init__(reason)
        self.reason = reason
        self.span = span
