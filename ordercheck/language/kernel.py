"""Event loops, as seen by the kernel: what a loop must be able to do."""

from __future__ import annotations

from ordercheck.language.model import Component
from ordercheck.language.runtime import active
from ordercheck.language.tasks import Task, outside


class Loop(Component):
    """Base of event loops. A root loop has a `@turn`; each turn is one step of the model."""

    def start(self, task: Task) -> None:
        """Take in a task of this loop that has not begun; called once, before any step."""
        raise NotImplementedError

    def wake(self, task: Task) -> None:
        """Let a parked task of this loop go on: called when what it waits for has come."""
        raise NotImplementedError

    def forget(self, task: Task) -> None:
        """Take a task of this loop that is gone out of the queues.

        A loop that does not say how has no cancellation.
        """
        raise NotImplementedError

    def idle(self) -> bool:
        """Whether nothing is queued."""
        raise NotImplementedError

    def run_one(self) -> None:
        """Run one event."""
        raise NotImplementedError


def run_to_idle(loop: Loop) -> None:
    """Run a loop's events until none is queued, now."""
    (active() or outside("run_to_idle")).run_to_idle(loop)
