"""How an attempt at a step ends, and the choices that it makes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ordercheck.engines.transition import ModelError
from ordercheck.ir.types import (
    Value,
)


class Halt(Exception):
    """The attempt at a step is over; the model's own handlers must not see it."""


class Disabled(Halt):
    """A Require failed, or there was nothing to choose from: no transition."""


class Failure(Halt):
    """A model error."""

    def __init__(self, error: ModelError) -> None:
        """Carry the error to whoever attempted the step."""
        super().__init__(error.message)
        self.error = error


class Raised(Exception):
    """An exception of the model: a struct's value, raised at a site."""

    def __init__(self, value: Value, site: int) -> None:
        """Carry the value; the site is that of the raise."""
        super().__init__()
        self.value = value
        self.site = site


SOME = 64
"""Combinations of choices that are tried before somebody may look at the clock."""


def unwatched() -> None:
    """Nobody looks: as many as there are."""


class Choices:
    """The choices of one attempt: a script to follow, then first options.

    `more` goes through all combinations, depth-first, in order, by trying the step
    again with a longer or a later script. `watch` is called now and then on the way,
    since there may be more of them than anybody can wait for; what it raises ends it.
    """

    __slots__ = ("_fresh", "_options", "_position", "_taken", "_tried", "watch")

    def __init__(self) -> None:
        """Begin with no script."""
        self._taken: list[int] = []
        # Of each choice taken, what there was to choose from; () until it is known.
        self._options: list[tuple[Value, ...]] = []
        self._position = 0
        self._fresh = True
        self._tried = 0
        self.watch: Callable[[], None] = unwatched

    def begin(self, script: Iterable[int] = ()) -> None:
        """Forget all; take the choices in `script` first."""
        self._taken = list(script)
        self._options = [()] * len(self._taken)
        self._position = 0
        self._fresh = True

    def more(self) -> bool:
        """Go to the next combination, the first after `begin`; False when there is none."""
        self._position = 0
        if self._fresh:
            self._fresh = False
            return True
        self._tried += 1
        if self._tried % SOME == 0:
            self.watch()
        while self._taken:
            self._taken[-1] += 1
            if self._taken[-1] < len(self._options[-1]):
                return True
            self._taken.pop()
            self._options.pop()
        return False

    def choose(self, options: Iterable[Value]) -> Value:
        """The option for this combination, of the distinct ones in order.

        Raises IndexError if the script takes one that is not there.
        """
        position = self._position
        # The same choices so far: the same options as in the combination before.
        distinct = self._options[position] if position < len(self._taken) else ()
        if not distinct:
            distinct = tuple(dict.fromkeys(options))
            if position < len(self._taken):
                self._options[position] = distinct
            elif distinct:
                self._taken.append(0)
                self._options.append(distinct)
            else:
                raise Disabled
        self._position = position + 1
        return distinct[self._taken[position]]

    def picks(self) -> tuple[int, ...]:
        """The choices made so far in this attempt."""
        return tuple(self._taken[: self._position])
