"""Pools of components that come and go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar, cast

from ordercheck.language.domains import checked_size
from ordercheck.language.mistakes import Mistake
from ordercheck.language.places.place import Place
from ordercheck.language.runtime import active

C_co = TypeVar("C_co", covariant=True)


class Pool(Place, Generic[C_co]):
    """Components that come and go: `new()` takes the lowest free one, fresh.

    One is free from the end of the step in which nothing live refers to it any more.
    """

    def __init__(self, make: Callable[[], C_co], capacity: int) -> None:
        super().__init__()
        self.make = make
        self.entries: list[C_co] = [make() for _ in range(capacity)]

    def new(self) -> C_co:
        """A fresh component; a model error when none is free."""
        runtime = active()
        if runtime is None:
            raise Mistake("E019", "pools give out components in steps only")
        return cast(C_co, runtime.new(self))

    def __len__(self) -> int:
        return len(self.entries)


def pool(make: Callable[[], C_co], capacity: int) -> Pool[C_co]:
    """`capacity` components to be had one by one with `new()`."""
    return Pool(make, checked_size(capacity))
