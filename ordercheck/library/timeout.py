"""asyncio.timeout(): a block that is cancelled when its time is over (asyncio/timeouts.py)."""

from __future__ import annotations

from collections.abc import Coroutine
from enum import Enum
from typing import Any

from ordercheck.language import (
    Component,
    Failure,
    Task,
    current,
    integer,
    optional,
    resume,
    task_of,
    variable,
)
from ordercheck.library.callbacks import CallbackLoop, CancelledError

MOST = 2**16
"""More units than any clock waits for, and requests than are counted."""


class TimeoutError(Failure):
    """Raised where what was to come in time has not."""


class Stage(Enum):
    """What has become of a block."""

    CREATED = 0
    ENTERED = 1
    EXPIRING = 2
    EXPIRED = 3
    LEFT = 4


class Timeout(Component):
    """A limit of time for a block, `async with loop.timeout(3):`.

    When the time is over the task is cancelled. Where CancelledError then leaves the block,
    and nobody else has asked the task to end since it was entered, it becomes TimeoutError.
    """

    def __init__(self, loop: CallbackLoop) -> None:
        self.loop = loop
        self.owner: Task | None = variable(optional(Task), None)
        self.stage = variable(Stage, Stage.CREATED)
        # How much time there is from when it is entered; None: no limit.
        self.units: int | None = variable(optional(range(MOST)), None)
        # How many requests to end the task there were when it was entered.
        self.before: int = integer(0, lo=0, hi=MOST)

    def expired(self) -> bool:
        """Whether the time was over before the block was left."""
        return self.stage in (Stage.EXPIRING, Stage.EXPIRED)

    def reschedule(self, units: int | None) -> None:
        """Allow so much time from now on; None: any."""
        assert self.stage == Stage.ENTERED, "only a timeout that is running is rescheduled"
        self.loop.disarm(task_of(self.run))
        self._arm(units)

    def _arm(self, units: int | None) -> None:
        if units == 0:
            self.loop.ready.append(task_of(self.run))
        elif units is not None:
            self.loop.arm(task_of(self.run), units)

    async def run(self, body: Coroutine[Any, Any, None]) -> None:
        """The timer's callback; what leaves the block before that ends it."""
        await body
        if self.stage == Stage.ENTERED and self.owner is not None:
            self.stage = Stage.EXPIRING
            self.loop.cancel(self.owner)

    async def __aenter__(self) -> Timeout:
        """Set the timer."""
        assert self.stage == Stage.CREATED, "a timeout is entered twice"
        self.stage = Stage.ENTERED
        self.owner = current()
        self.before = self.loop.cancelling()
        self._arm(self.units)
        self.units = None
        return self

    async def __aexit__(self, kind: object, failure: object, trace: object) -> None:
        """Stop the timer; raises TimeoutError."""
        self.owner = None
        if self.stage == Stage.EXPIRING:
            self.stage = Stage.EXPIRED
            if self.loop.uncancel() <= self.before and isinstance(failure, CancelledError):
                raise TimeoutError()
        else:
            self.stage = Stage.LEFT
            self.loop.disarm(task_of(self.run))
            resume(task_of(self.run))
