"""Objects that are compared by identity, in sets that have one order in each process."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import ClassVar


class Numbered:
    """An object whose hash is a number of its own, given when it is first put in a set or a dict.

    Python's own hash is the object's address, so that a set of them would have another order
    in each process, and with it what set-up makes of the set.
    """

    __slots__ = ("_number",)
    # Evaluated with the annotations of models: `count[int]` would fail, and take theirs with it.
    _numbers: ClassVar[Iterator[int]] = count()

    def __hash__(self) -> int:
        try:
            return self._number
        except AttributeError:
            self._number: int = next(self._numbers)
            return self._number
