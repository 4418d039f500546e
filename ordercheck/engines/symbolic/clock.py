"""How much time is left."""

from __future__ import annotations

from time import perf_counter


class OutOfTime(Exception):
    """There is no time left, or z3 gives up; the argument says which."""


class Clock:
    """Counts from when it is made; asked wherever something may take long."""

    def __init__(self, seconds: float | None = None) -> None:
        """With so much time; None for as long as it takes."""
        self.seconds = seconds
        self._end = None if seconds is None else perf_counter() + seconds

    def milliseconds(self) -> int | None:
        """What is left; raises OutOfTime where there is nothing."""
        if self._end is None:
            return None
        left = self._end - perf_counter()
        if left <= 0:
            raise OutOfTime(f"{self.seconds:g} seconds")
        return max(1, int(left * 1000))
