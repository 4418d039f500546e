"""An interpreter that gives up where a step has more ways than anybody could wait for.

Random programs choose inside loops: a loop that goes round 10,000 times, and chooses each time,
ends in 2^10,000 ways, and no engine has come to the last of them yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest

from ordercheck.engines.interpreter import runtime
from ordercheck.ir.types import Value

MOST = 2_000
"""Choices in all the ways of a step."""


class TooManyWays(Exception):
    """The step has more ways than are looked at."""


class Counted(runtime.Choices):
    """Choices that are counted from `begin`."""

    __slots__ = ("_made",)

    def begin(self, script: Iterable[int] = ()) -> None:
        """As any other's."""
        super().begin(script)
        self._made = 0

    def choose(self, options: Iterable[Value]) -> Value:
        """As any other's; raises TooManyWays."""
        self._made += 1
        if self._made > MOST:
            raise TooManyWays
        return super().choose(options)


@contextmanager
def patience() -> Iterator[None]:
    """Machines that are made in here raise TooManyWays."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runtime, "Choices", Counted)
        yield
