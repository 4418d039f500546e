"""The kernel under all loops: tasks, and how they are suspended and resumed.

The front end compiles these by name. Called outside a model's step they raise
Mistake.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Iterable
from typing import Any, NoReturn, TypeVar, cast

from ordercheck.language.domains import MOST_STARTS, Choice, Failure, few
from ordercheck.language.mistakes import Mistake
from ordercheck.language.runtime import Runtime, active

T = TypeVar("T")


class Task:
    """A value that stands for one process, or one member of a family of them."""


class Cancelled(Failure):
    """Raised in a free process that is cancelled, where it is suspended.

    `except Cancelled` catches it there. A task of a KJ loop is destroyed instead, which
    nothing catches. It is raised by `cancel` alone.
    """


def outside(name: str) -> NoReturn:
    """Raise the mistake of calling a step's primitive outside a step."""
    raise Mistake("E020", f"{name}() works in steps only", "this runs in set-up")


def _runtime(name: str) -> Runtime:
    return active() or outside(name)


class Suspension(Awaitable[None]):
    """What `await` ends a step at."""

    def __init__(self, name: str, condition: bool | Callable[[], bool] = True) -> None:
        self.name = name
        self.condition = condition

    def __await__(self) -> Generator[Any, Any, None]:
        """Suspend the task; it goes on once the condition holds."""
        runtime = _runtime(self.name)
        runtime.suspend(self.name)
        yield self
        holds = self.condition
        runtime.require(holds() if callable(holds) else holds)


def current() -> Task:
    """The task that runs."""
    return cast(Task, _runtime("current").current())


def task_of(process: Callable[..., Any], *member: Any) -> Task:
    """The task of a process (`task_of(self.hub)`), or of one member of a family."""
    return cast(Task, _runtime("task_of").task_of(process, member))


def on_loop() -> bool:
    """Whether the process that runs belongs to a loop: known when a coroutine is compiled."""
    return _runtime("on_loop").on_loop()


def park() -> Suspension:
    """Suspend until somebody resumes the task."""
    return Suspension("park")


def step() -> Suspension:
    """End the step here; the task may go on in any later step (free tasks only)."""
    return Suspension("step")


def until(condition: bool | Callable[[], bool]) -> Suspension:
    """Suspend until the condition holds (free tasks only); test and what follows are one step."""
    return Suspension("until", condition)


def resume(task: Task) -> None:
    """Run a task to its next suspension, now."""
    _runtime("resume").resume(task)


def restart(task: Task) -> None:
    """Put a task back before its first statement."""
    _runtime("restart").restart(task)


def cancel(task: Task) -> None:
    """End a task before its time, as its loop does that; one that is over is left alone.

    On a KJ loop the task is destroyed now: `finally` and `__aexit__` run in this step and
    may not suspend. A free process is raised Cancelled in its next step, which may suspend
    and may catch it; one that is parked, where it is resumed. A task that runs cannot be
    cancelled, by itself least of all.
    """
    _runtime("cancel").cancel(task)


def being_cancelled() -> bool:
    """Whether the task of a loop that runs is being destroyed, for `finally` to know.

    Known to be False when a coroutine is compiled that nothing cancels.
    """
    return _runtime("being_cancelled").being_cancelled()


def choose(options: Iterable[T], name: str = "") -> T:
    """One of several values: all are tried, and the trace shows which was taken.

    In set-up: an initial value that may be any of them. `name` is what the trace
    calls it; by default, the name that it is bound to.
    """
    runtime = active()
    if runtime is not None:
        return cast(T, runtime.choose(options))
    return cast(T, Choice(few(options, MOST_STARTS), lambda option: option))


def require(condition: object) -> None:
    """Unless the condition holds, this way of taking the step does not exist."""
    _runtime("require").require(condition)
