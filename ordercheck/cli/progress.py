"""How far a long run has come, on standard error, where that is a terminal."""

from __future__ import annotations

import os
import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.status import Status

PATIENCE = 0.5
"""Seconds before anything is shown."""
PACE = 0.1
"""Seconds between two updates."""


class Progress:
    """A context in which `update` may be called as often as one likes."""

    def __init__(self, model: str, variant: str, quiet: bool = False) -> None:
        """Of a run; nothing is shown if it is to be `quiet`."""
        self.title = f"{model}, {variant}" if variant else model
        self.shown = sys.stderr.isatty() and not quiet and os.environ.get("TERM") != "dumb"
        self.started = self.last = time.monotonic()
        self.status: Status | None = None

    def __enter__(self) -> Progress:
        """Itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the line away."""
        if self.status is not None:
            self.status.stop()

    def update(self, states: int, depth: int, frontier: int, note: str = "") -> None:
        """What is known: distinct states, finished levels, states not yet expanded, and a note."""
        now = time.monotonic()
        if not self.shown or now - self.started < PATIENCE or now - self.last < PACE:
            return
        self.last = now
        seconds = now - self.started
        pace = f"{states / seconds:,.0f} a second"
        text = f"{self.title}: {states:,} states ({pace}), level {depth}, {frontier:,} to go"
        text += f", {note}" if note else ""
        if self.status is None:
            # rich costs a tenth of a second to import: only a run that is long anyway pays it.
            from rich.console import Console
            from rich.status import Status

            self.status = Status(text, console=Console(stderr=True))
            self.status.start()
        self.status.update(text)
