"""Tasks that come and go: pools of them, and how a coroutine becomes one."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar, cast

from ordercheck.language.domains import checked_size
from ordercheck.language.kernel import Loop
from ordercheck.language.mistakes import Mistake
from ordercheck.language.places import Pool
from ordercheck.language.runtime import active
from ordercheck.language.tasks import outside

C_co = TypeVar("C_co", covariant=True)
T = TypeVar("T")
L = TypeVar("L", bound=Loop)


class TaskPool(Pool[C_co], Generic[C_co, T]):
    """A pool of components each of which has a task, all on one loop or on none.

    What an entry's task does is its method `async def run(self, body)`, where `body` is
    the coroutine that was spawned. An entry is free from the end of the step in which
    its task has finished and nothing live refers to it or to the task. A `daemon` may wait
    for ever without that being a deadlock.
    """

    def __init__(
        self, make: Callable[[], C_co], capacity: int, loop: Loop | None, daemon: bool = False
    ) -> None:
        super().__init__(make, checked_size(capacity, 1))
        self.loop = checked_loop(loop)
        self.daemon = daemon


class NoPool:
    """Stands for a pool of tasks that set-up has not asked for, and says how it would."""

    def __init__(self, headline: str, help: str) -> None:
        self.headline = headline
        self.help = help


def checked_loop(given: L | None, kind: type[Loop] = Loop) -> L | None:
    """The loop, or None for none; raises Mistake for anything else, or another kind of loop."""
    if given is not None and not isinstance(given, kind):
        raise Mistake(
            "E026",
            f"{given!r} is no {kind.__name__}",
            "the loop itself, from set-up",
            "self.loop = KjLoop(), then on=self.loop",
        )
    return given


def spawn(pool: TaskPool[C_co, T], body: Coroutine[Any, Any, T]) -> C_co:
    """Run a coroutine as a task of its own; a model error when no entry of the pool is free.

    On a loop the loop decides when it begins (`Loop.begin`); on none it may take its
    first step at any time.
    """
    return cast(C_co, (active() or outside("spawn")).spawn(pool, body))
