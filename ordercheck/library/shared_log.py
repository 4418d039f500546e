"""A log that several append to, on condition that they have read all of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from ordercheck.library.log import Log

T = TypeVar("T")


class SharedLog(Log[T]):
    """An append-only log with compare-and-set, as databases and event stores have it.

    Its version is how many entries there are. Whoever has read it up to some version can
    append on condition that nobody has appended since; comparing and appending are one
    step. Appending without a condition makes the conditions of others fail all the same.
    """

    def version(self) -> int:
        """How many entries there are: what `append_if` is told after reading all of them."""
        return len(self.entries)

    def append_if(self, entry: T, version: int) -> bool:
        """Put an entry at the end if that is where `version` was read; whether it was."""
        if version != len(self.entries):
            return False
        self.entries.append(entry)
        return True

    def since(self, version: int) -> list[T]:
        """The entries that were appended after this version, oldest first."""
        return list(self.entries[version:])

    def begins_with(self, entries: Sequence[T]) -> bool:
        """Whether these are the oldest entries, in their order: a snapshot, however old."""
        return list(self.entries[: len(entries)]) == list(entries)
