"""workerd's output gate: holds messages back until the writes before them are confirmed.

The real one (io/io-gate.h) joins each new lock with all that were taken before it: lockWhile()
is `lock_while`, wait() is `wait`. What comes of it is a line of locks and of those who wait,
in the order in which they came: whoever waits goes on when each lock ahead of him has been let
go, whatever comes behind him.
"""

from __future__ import annotations

from collections.abc import Coroutine
from enum import Enum
from typing import Annotated, Any, TypeVar

from ordercheck.language import (
    Component,
    Range,
    Seq,
    Task,
    array,
    being_cancelled,
    boolean,
    current,
    either,
    park,
    process,
    seq,
    struct,
    task_of,
)
from ordercheck.language.spawning import checked_loop
from ordercheck.library.gate import Broken
from ordercheck.library.kj import KjLoop
from ordercheck.library.promise import Promise

T = TypeVar("T")

LOCKS = 16
"""More locks than one gate can have at once."""


class Stage(Enum):
    """How far a write has come, by its lock."""

    FREE = 0
    PENDING = 1
    CONFIRMED = 2
    FAILED = 3


@struct
class Locked:
    """A place in the line: a lock."""

    number: Annotated[int, Range(0, LOCKS - 1)]


@struct
class Waiting:
    """A place in the line: one who waits for all locks ahead of him."""

    task: Task


class OutputGate(Component):
    """An actor's output gate: at most `locks` locks and `waiters` who wait at once.

    A lock that is let go without having been confirmed breaks the gate for good: whoever is
    behind it in the line, or comes later, is raised Broken once all ahead of him is over.
    """

    def __init__(self, loop: KjLoop, *, locks: int = 4, waiters: int = 8) -> None:
        if locks > LOCKS:
            raise ValueError(f"an output gate has at most {LOCKS} locks, not {locks}")
        checked_loop(loop, KjLoop)
        self.loop = loop
        self.stage = array(Stage, locks, Stage.FREE)
        self.line: Seq[Locked | Waiting] = seq(either(Locked, Waiting), locks + waiters)
        # A lock has failed; and it has come to the head of the line.
        self.failed = boolean()
        self.passed_failure = boolean()
        self.rejected: Seq[Task] = seq(Task)
        self.on_broken: Promise[None] = Promise(loop, failures=Broken)

    def is_broken(self) -> bool:
        """Whether a write has failed: the actor is to be shut down."""
        return self.failed

    # --- writes -------------------------------------------------------------------

    def lock(self) -> OutputLock:
        """A lock at the end of the line, taken now."""
        number = next(k for k in range(len(self.stage)) if self.stage[k] == Stage.FREE)
        self.stage[number] = Stage.PENDING
        self.line.append(Locked(number))
        return OutputLock(self, number)

    async def lock_while(self, write: Coroutine[Any, Any, T]) -> T:
        """lockWhile(): hold a lock until a write is over; one that fails, or is dropped, breaks.

        The lock is taken at once; an actor that does not wait for its writes spawns a
        coroutine that awaits this.
        """
        with self.lock() as lock:
            value = await write
            lock.confirm()
            return value

    def settle(self, number: int, stage: Stage) -> None:
        """A write is over: those who waited for nothing else go on next, in order."""
        self.stage[number] = stage
        if stage == Stage.FAILED and not self.failed:
            self.failed = True
            self.on_broken.reject(Broken())
        self.loop.wake(task_of(self.hub))

    # --- messages -----------------------------------------------------------------

    async def wait(self) -> None:
        """Go on when all writes made so far are confirmed; raises Broken where one has failed."""
        if not self.line:
            broken = self.passed_failure
            await self.loop.settled()
            if broken:
                raise Broken()
            return
        self.line.append(Waiting(current()))
        try:
            await park()
        finally:
            if being_cancelled():
                self._leave(current())
        if current() in self.rejected:
            self.rejected.remove(current())
            raise Broken()

    def _leave(self, task: Task) -> None:
        if Waiting(task) in self.line:
            self.line.remove(Waiting(task))
        elif task in self.rejected:
            self.rejected.remove(task)

    @process(on="loop", daemon=True)
    async def hub(self) -> None:
        """What is armed when a lock is let go: lets those go on who may."""
        while True:
            await park()
            while self.line and self._is_over(self.line[0]):
                match self.line.popleft():
                    case Locked(number=number):
                        if self.stage[number] == Stage.FAILED:
                            self.passed_failure = True
                        self.stage[number] = Stage.FREE
                    case Waiting(task=task):
                        if self.passed_failure:
                            self.rejected.append(task)
                        self.loop.wake(task)

    def _is_over(self, place: Locked | Waiting) -> bool:
        match place:
            case Locked(number=number):
                return self.stage[number] != Stage.PENDING
            case Waiting():
                return True


@struct
class OutputLock:
    """A lock of an output gate, to be let go by one of these; `with` fails it in the end."""

    gate: OutputGate
    number: Annotated[int, Range(0, LOCKS - 1)]

    def confirm(self) -> None:
        """The write is on disk."""
        self.gate.settle(self.number, Stage.CONFIRMED)

    def fail(self) -> None:
        """The write is lost: break the gate."""
        self.gate.settle(self.number, Stage.FAILED)

    def __enter__(self) -> OutputLock:
        """Own it for a block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Drop it: a write that is not confirmed by now has failed."""
        if self.gate.stage[self.number] == Stage.PENDING:
            self.fail()
