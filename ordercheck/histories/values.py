"""Values as JSON has them: true is not 1, though for Python, and for its dicts, it is."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any, Generic, TypeVar

T = TypeVar("T")

Value = Any
"""What a field holds, so that it can be compared and hashed: JSON's values, lists as tuples,
objects as tuples of (name, value) in order of name."""

_TRUTHS = {True: object(), False: object()}
"""What stands for a truth value in a key: equal to nothing else."""


def same(left: Value, right: Value) -> bool:
    """Whether two values are equal."""
    return bool(_key(left) == _key(right))


class ByValue(MutableMapping[Value, T], Generic[T]):
    """A dict by values. It gives its keys back as they were when they were first put in."""

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        self._entries: dict[Value, tuple[Value, T]] = {}

    def __getitem__(self, value: Value) -> T:
        """What is there for a value; KeyError where nothing is."""
        return self._entries[_key(value)][1]

    def __setitem__(self, value: Value, entry: T) -> None:
        """Put it there."""
        key = _key(value)
        first, _ = self._entries.get(key, (value, None))
        self._entries[key] = first, entry

    def __delitem__(self, value: Value) -> None:
        """Take away what is there."""
        del self._entries[_key(value)]

    def __iter__(self) -> Iterator[Value]:
        """The values, in the order in which they came."""
        return (value for value, _ in self._entries.values())

    def __len__(self) -> int:
        """How many there are."""
        return len(self._entries)


def _key(value: Value) -> Value:
    """What is equal, for Python, where the values are."""
    if isinstance(value, tuple):
        return tuple(map(_key, value))
    return _TRUTHS[value] if isinstance(value, bool) else value
