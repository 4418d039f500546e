"""What runs a model's steps under Python itself, where something does.

Engines run what the front end made of a model. But its objects are real ones, so that
Python can run its methods and coroutines too: the primitives of steps, and the checks of
places and variables, then ask the runtime that is active. Without one this is set-up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol


class Misfit(Exception):
    """A place or variable is given what it cannot hold; `kind` is the model error's."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Runtime(Protocol):
    """What the primitives of steps do; each method is the primitive of its name."""

    def choose(self, options: Iterable[Any]) -> Any:
        """One of several values."""

    def require(self, condition: object) -> None:
        """Give this way of taking the step up, unless the condition holds."""

    def suspend(self, name: str) -> None:
        """The running task is about to suspend, in `park`, `step` or `until`."""

    def current(self) -> Any:
        """The task that runs."""

    def task_of(self, process: Callable[..., Any], member: tuple[Any, ...]) -> Any:
        """The task of a process, or of one member of a family."""

    def on_loop(self) -> bool:
        """Whether the task that runs belongs to a loop."""

    def loop_of(self, task: Any) -> Any:
        """The loop that a task is on."""

    def resume(self, task: Any) -> None:
        """Run a task to its next suspension."""

    def restart(self, task: Any) -> None:
        """Put a task back before its first statement."""

    def cancel(self, task: Any) -> None:
        """End a task before its time."""

    def being_cancelled(self) -> bool:
        """Whether the task that runs is being destroyed."""

    def run_to_idle(self, loop: Any) -> None:
        """Run a loop's events until none is queued."""

    def new(self, pool: Any) -> Any:
        """A fresh component of a pool."""

    def spawn(self, pool: Any, body: Any) -> Any:
        """A fresh component of a pool of tasks, whose task runs this coroutine."""


_active: ContextVar[Runtime | None] = ContextVar("runtime", default=None)


def active() -> Runtime | None:
    """The runtime that runs a step now; None in set-up."""
    return _active.get()


@contextmanager
def activated(runtime: Runtime | None) -> Iterator[None]:
    """Run steps on this runtime; with None, set-up."""
    token = _active.set(runtime)
    try:
        yield
    finally:
        _active.reset(token)
