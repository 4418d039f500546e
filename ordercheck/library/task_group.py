"""asyncio.TaskGroup: tasks that end together (asyncio/taskgroups.py)."""

from __future__ import annotations

from collections.abc import Coroutine
from enum import Enum
from types import NoneType
from typing import Any, Generic, TypeVar, overload

from ordercheck.language import (
    Component,
    Failure,
    Seq,
    Task,
    TaskPool,
    boolean,
    choose,
    current,
    optional,
    park,
    seq,
    spawn,
    task_of,
    variable,
)
from ordercheck.language.domains import Domain
from ordercheck.language.spawning import checked_loop
from ordercheck.library.aio import AsyncioLoop
from ordercheck.library.callbacks import CancelledError
from ordercheck.library.spawn import AsyncioTask

T = TypeVar("T")


class ExceptionGroup(Failure):
    """Raised by a task group in which something has failed; the group's `errors` say what."""


class TaskGroupClosed(Failure):
    """Raised where a task is to be created in a group that is not entered, or shuts down."""


class Stage(Enum):
    """How far a group has come."""

    OUTSIDE = 0
    INSIDE = 1
    LEAVING = 2


class TaskGroup(Component, Generic[T]):
    """A group of at most `capacity` tasks, for one `async with` block after the other.

    The block is left when each of its tasks is over. Where one fails, or the block does, or
    who runs it is cancelled, the others are cancelled, in any order: CPython goes by
    addresses there. Then ExceptionGroup is raised, and `errors` has what they raised, in the
    order in which they ended, and last what the block did. `domain` has what tasks return.
    """

    apart = True  # each has a pool of its own

    @overload
    def __init__(self: TaskGroup[None], loop: AsyncioLoop, capacity: int) -> None: ...
    @overload
    def __init__(self, loop: AsyncioLoop, capacity: int, domain: Domain[T]) -> None: ...
    @overload
    def __init__(self, loop: AsyncioLoop, capacity: int, domain: Any) -> None: ...
    def __init__(self, loop: AsyncioLoop, capacity: int, domain: Any = NoneType) -> None:
        self.loop = loop
        self.pool: TaskPool[GroupTask[T], T] = TaskPool(
            lambda: GroupTask(self, domain), capacity, checked_loop(loop, AsyncioLoop)
        )
        self.stage = variable(Stage, Stage.OUTSIDE)
        self.parent: Task | None = variable(optional(Task), None)
        # The tasks whose end the group has not been told.
        self.tasks: Seq[GroupTask[T]] = seq(GroupTask, capacity)
        self.errors: Seq[Failure] = seq(Failure, capacity + 1)
        self.aborting = boolean()
        # Whether the group itself has cancelled its parent.
        self.has_asked = boolean()

    def create_task(self, body: Coroutine[Any, Any, T]) -> GroupTask[T]:
        """Begin a task in this group; raises TaskGroupClosed."""
        if self.aborting or (self.stage != Stage.INSIDE and not self.tasks):
            raise TaskGroupClosed()
        task = spawn(self.pool, body)
        self.tasks.append(task)
        return task

    def told(self, task: GroupTask[T]) -> None:
        """The callback of a task that is over."""
        self.tasks.remove(task)
        if self.stage == Stage.LEAVING and not self.tasks and self.parent is not None:
            self.loop.release(self.parent)
        failure = task.failure
        if failure is not None and not isinstance(failure, CancelledError):
            self.errors.append(failure)
            if not self.aborting and not self.has_asked and self.parent is not None:
                self._abort()
                self.has_asked = True
                self.loop.cancel(self.parent)

    def _abort(self) -> None:
        self.aborting = True
        todo = [task for task in self.tasks if not task.is_settled()]
        while todo:
            place = choose(range(len(todo)), name="cancelled next")
            todo.pop(place).cancel()

    async def __aenter__(self) -> TaskGroup[T]:
        """Begin the group, which has no tasks yet."""
        assert self.stage == Stage.OUTSIDE, "the group is entered twice"
        self.stage = Stage.INSIDE
        self.parent = current()
        self.errors.clear()
        return self

    async def __aexit__(self, kind: object, failure: Failure | None, trace: object) -> None:
        """Wait until each task is over; raises ExceptionGroup."""
        self.stage = Stage.LEAVING
        is_cancelled = isinstance(failure, CancelledError)
        if self.has_asked:
            self.loop.withdraw(current())
        if failure is not None and not self.aborting:
            self._abort()
        while self.tasks:
            self.loop.held.append(current())
            try:
                await self.loop.hold()
            except CancelledError:
                if not self.aborting:
                    is_cancelled = True
                    self._abort()
        self.stage = Stage.OUTSIDE
        self.parent = None
        self.aborting = False
        self.has_asked = False
        if is_cancelled and not self.errors:
            raise CancelledError()
        if failure is not None and not isinstance(failure, CancelledError):
            self.errors.append(failure)
        if self.errors:
            raise ExceptionGroup()


class GroupTask(AsyncioTask[T]):
    """A task of a group, which is told of its end before anybody else."""

    def __init__(self, group: TaskGroup[T], domain: Any) -> None:
        super().__init__(group.loop, domain)
        self.group = group

    def _tell(self) -> None:
        self.on.ready.append(task_of(self.run))
        super()._tell()

    async def run(self, body: Coroutine[Any, Any, T]) -> None:
        """What the task does, then the news of it; and the group's callback."""
        await super().run(body)
        await park()
        self.group.told(self)
