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
WINDOW = 2.0
"""Seconds over which a pace is measured at least."""


class Progress:
    """A context in which `update` may be called as often as one likes."""

    def __init__(self, model: str, variant: str, quiet: bool = False) -> None:
        """Of a run; nothing is shown if it is to be `quiet`."""
        self.title = f"{model}, {variant}" if variant else model
        self.shown = sys.stderr.isatty() and not quiet and os.environ.get("TERM") != "dumb"
        self.started = self.last = time.monotonic()
        self.marks = [(self.started, 0)]
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
        if self._is_due():
            pace = f"{self._pace(states):,.0f} a second"
            text = f"{states:,} states ({pace}), level {depth}, {frontier:,} to go"
            self._show(text, note)

    def update_runs(self, runs: int, steps: int, states: int, note: str = "") -> None:
        """What is known of random runs: how many, their steps, distinct states, and a note."""
        if self._is_due():
            pace = f"{self._pace(steps):,.0f} a second"
            self._show(f"{runs:,} runs, {steps:,} steps ({pace}), {states:,} states", note)

    def update_files(self, files: int, models: int) -> None:
        """What is known of a search for models: how many files were gone through, how many are."""
        if self._is_due():
            self._show(f"{files:,} files, {models:,} of them with models", "")

    def _is_due(self) -> bool:
        now = time.monotonic()
        if not self.shown or now - self.started < PATIENCE or now - self.last < PACE:
            return False
        self.last = now
        return True

    def _pace(self, count: int) -> float:
        """What was done in a second, lately."""
        if count < self.marks[-1][1]:  # another engine has begun anew
            self.marks = [(self.last, count)]
        while len(self.marks) > 1 and self.last - self.marks[1][0] >= WINDOW:
            del self.marks[0]
        self.marks.append((self.last, count))
        (since, before), (now, _) = self.marks[0], self.marks[-1]
        return (count - before) / (now - since) if now > since else 0.0

    def _show(self, text: str, note: str) -> None:
        text = f"{self.title}: {text}" + (f", {note}" if note else "")
        if self.status is None:
            # rich costs a tenth of a second to import: only a run that is long anyway pays it.
            from rich.console import Console
            from rich.status import Status

            self.status = Status(text, console=Console(stderr=True))
            self.status.start()
        self.status.update(text)
