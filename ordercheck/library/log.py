"""A log: what happened, in the order in which it happened."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Generic, TypeVar, overload

from ordercheck.language import Component, Seq, seq
from ordercheck.language.domains import Domain

T = TypeVar("T")


class Log(Component, Generic[T]):
    """A list that only grows, to at most `capacity` entries; more are a model error."""

    _told: ClassVar[tuple[str, ...]] = ("entries",)

    @overload
    def __init__(self, domain: Domain[T], capacity: int) -> None: ...
    @overload
    def __init__(self, domain: Any, capacity: int) -> None: ...
    def __init__(self, domain: Any, capacity: int) -> None:
        self.entries: Seq[T] = seq(domain, capacity)

    def append(self, entry: T) -> None:
        """Put an entry at the end."""
        self.entries.append(entry)

    def __len__(self) -> int:
        return len(self.entries)

    def __getitem__(self, index: int) -> T:
        """The index-th entry; negative ones count from the end."""
        return self.entries[index]

    def __iter__(self) -> Iterator[T]:
        """The entries, oldest first."""
        return iter(self.entries)

    def __contains__(self, entry: object) -> bool:
        return entry in self.entries

    def index(self, entry: T) -> int:
        """Where an entry stands first; a model error where it does not."""
        return self.entries.index(entry)
