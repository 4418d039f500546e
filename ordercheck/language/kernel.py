"""Event loops, as seen by the kernel: what a loop must be able to do."""

from __future__ import annotations

from typing import Any, cast

from ordercheck.language.domains import Failure
from ordercheck.language.model import Component
from ordercheck.language.runtime import active
from ordercheck.language.tasks import Task, outside, park, resume


class Loop(Component):
    """Base of event loops. A root loop has a `@turn`; each turn is one step of the model.

    A nested loop has a `host`, in whose turns its tasks run; its own `@turn` is no step.
    """

    host: Loop | None = None
    cancellation: type[Failure] | None = None
    """What a task that is cancelled is raised; None where it is destroyed instead."""

    def start(self, task: Task) -> None:
        """Take in a task of this loop that has not begun; called once, before any step."""
        raise NotImplementedError

    def begin(self, task: Task) -> None:
        """Take in a task that has just been spawned: by default as one that has not begun."""
        self.start(task)

    def wake(self, task: Task) -> None:
        """Let a parked task of this loop go on: called when what it waits for has come."""
        raise NotImplementedError

    def ring(self, task: Task) -> None:
        """Let a parked task go on whose time has come, by a clock: by default as `wake`."""
        self.wake(task)

    def enter(self, task: Task) -> None:
        """Run a task of this loop, whose time has come in a turn of its host."""
        resume(task)

    async def settled(self) -> None:
        """What it costs a task of this loop to await what has come already."""
        raise NotImplementedError

    async def waited(self, awaited: Any) -> None:
        """Suspend a task of this loop that waits for something, until that has come."""
        await park()

    async def parked(self) -> None:
        """Suspend a task of this loop that waits for something that cannot be cancelled."""
        await park()

    def forget(self, task: Task) -> None:
        """Take a task of this loop that is gone out of the queues.

        A loop that does not say how has no cancellation, unless it has `cancel`.
        """
        raise NotImplementedError

    def cancel(self, task: Task) -> None:
        """Cancel a task of this loop, where that is by an exception: `cancellation`."""
        raise NotImplementedError

    def check(self) -> None:
        """Raise the `cancellation` of the task that runs, if it was cancelled."""
        raise NotImplementedError

    def idle(self) -> bool:
        """Whether nothing is queued."""
        raise NotImplementedError

    def run_one(self) -> None:
        """Run one event."""
        raise NotImplementedError


class Nowhere(Loop):
    """What `loop_of` gives, behind a model error, in a model that has no loop at all."""

    def begin(self, task: Task) -> None:
        """Never called."""

    def wake(self, task: Task) -> None:
        """Never called."""


NOWHERE = Nowhere()


def loop_of(task: Task) -> Loop:
    """The loop that a task is on; a model error for a task on none."""
    return cast(Loop, (active() or outside("loop_of")).loop_of(task))


def run_to_idle(loop: Loop) -> None:
    """Run a loop's events until none is queued, now."""
    (active() or outside("run_to_idle")).run_to_idle(loop)
