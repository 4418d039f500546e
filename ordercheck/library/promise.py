"""Promises: a value that comes later, those who wait for it, and forks with ordered branches."""

from __future__ import annotations

from collections.abc import Generator
from enum import Enum
from types import NoneType
from typing import Annotated, Any, Generic, Protocol, TypeVar, cast, get_args, overload

from ordercheck.language import (
    Component,
    Failure,
    Loop,
    Range,
    Seq,
    Task,
    being_cancelled,
    boolean,
    current,
    loop_of,
    on_loop,
    optional,
    park,
    process,
    seq,
    struct,
    task_of,
    until,
    variable,
)
from ordercheck.language.domains import Domain, domain_name
from ordercheck.language.mistakes import Mistake
from ordercheck.library.kj import KjLoop

T = TypeVar("T")
V = TypeVar("V", contravariant=True)


class Rejected(Failure):
    """What was awaited has failed."""


def checked_failures(given: Any) -> Any:
    """What a promise may be rejected with; raises Mistake for what no step can raise."""
    for each in get_args(given) or (given,):
        if each is not NoneType and not (isinstance(each, type) and issubclass(each, Failure)):
            raise Mistake(
                "E024",
                f"{domain_name(each)} is no failure",
                "what is raised in whoever awaits it?",
                "classes derived from Failure: failures=Broken | Late",
            )
    return given


class Status(Enum):
    """How far a promise has come."""

    PENDING = 0
    FULFILLED = 1
    REJECTED = 2


class Resolver(Protocol[V]):
    """The end of a promise that settles it; `with` drops it at the end of the block."""

    def fulfill(self, value: V = ...) -> None:
        """Settle the promise with a value."""

    def reject(self, failure: Failure | None = ...) -> None:
        """Settle the promise with a failure: what is raised, instead of Rejected."""

    def __enter__(self) -> Resolver[V]:
        """Own this end for a block."""

    def __exit__(self, *_: object) -> None:
        """Drop it: a promise that is still pending is rejected."""


class Promise(Component, Generic[T]):
    """A promise of a value of `domain` (by default nothing but that something has happened).

    `await promise` gives the value, or raises what it was rejected with: one of `failures`
    (a class derived from Failure, or several), or else Rejected. On a loop, those who wait
    when it settles go on depth-first, in the order in which they came, and who comes later
    goes on breadth-first. Each who waits is woken as his own loop does that; a free process
    by taking a step. Settling twice is a model error. Where its `owner`, the component that
    has the resolving end, crashes, it is rejected.
    """

    between_vats = True

    @overload
    def __init__(
        self: Promise[None],
        loop: Loop | None = None,
        *,
        owner: Component | None = None,
        failures: Any = ...,
    ) -> None: ...
    @overload
    def __init__(
        self,
        loop: Loop | None = None,
        domain: Domain[T] = ...,
        *,
        owner: Component | None = None,
        failures: Any = ...,
    ) -> None: ...
    @overload
    def __init__(
        self,
        loop: Loop | None = None,
        domain: Any = ...,
        *,
        owner: Component | None = None,
        failures: Any = ...,
    ) -> None: ...
    def __init__(
        self,
        loop: Loop | None = None,
        domain: Any = NoneType,
        *,
        owner: Component | None = None,
        failures: Any = NoneType,
    ) -> None:
        self.loop = loop
        self.owner = owner
        self._domain, self._failures = domain, checked_failures(failures)
        self._joins: list[Any] = []  # those whom it tells, of what it is a part of
        self.status = variable(Status, Status.PENDING)
        self.value: T = variable(optional(domain), cast(T, None))
        self.failure: Failure | None = variable(optional(failures), None)
        self.waiters: Seq[Task] = seq(Task)

    def is_settled(self) -> bool:
        """Whether it has been fulfilled or rejected."""
        return self.status != Status.PENDING

    def has_failed(self) -> bool:
        """Whether it has been rejected."""
        return self.status == Status.REJECTED

    # --- settling -----------------------------------------------------------------

    def fulfill(self, value: T = cast(T, None)) -> None:  # noqa: B008
        """Settle it with a value."""
        assert self.status == Status.PENDING, "a promise is settled twice"
        self.status = Status.FULFILLED
        self.value = value
        self._tell()

    def reject(self, failure: Failure | None = None) -> None:
        """Settle it with a failure, which is raised in whoever awaits it; or with Rejected."""
        assert self.status == Status.PENDING, "a promise is settled twice"
        self.status = Status.REJECTED
        if failure is not None:
            self.failure = failure
        self._tell()

    def _tell(self) -> None:
        for part in self._joins:
            part.tell()
        for task in self.waiters:
            loop_of(task).wake(task)
        self.waiters.clear()

    def abandon(self) -> None:
        """Drop the resolving end, whose owner is no more: if still pending, it is rejected."""
        if self.status == Status.PENDING:
            self.reject()

    def forget(self, task: Task) -> None:
        """Wait no more for a task that was lost in a crash."""
        if task in self.waiters:
            self.waiters.remove(task)

    def leave(self, task: Task) -> bool:
        """Let a task of an AsyncioLoop go that is cancelled; whether this is not to wake it."""
        self.forget(task)
        return True

    def resolver(self) -> Resolver[T]:
        """The end that settles it, to be dropped: `with promise.resolver() as resolver:`."""
        return self

    def __enter__(self) -> Promise[T]:
        """Own the resolving end for a block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Drop the resolving end: a promise that is still pending is rejected."""
        self.abandon()

    # --- awaiting -----------------------------------------------------------------

    def __await__(self) -> Generator[Any, Any, T]:
        """The value; raises Rejected."""
        return self.wait().__await__()

    async def wait(self) -> T:
        """The value; raises what it was rejected with."""
        await self.settles()
        return self.result()

    async def settles(self) -> None:
        """Wait until it is settled, whichever way."""
        if not on_loop():
            await until(self.status != Status.PENDING)
        elif self.status != Status.PENDING:
            await loop_of(current()).settled()
        else:
            self.waiters.append(current())
            try:
                await loop_of(current()).waited(self)
            finally:
                if being_cancelled() and current() in self.waiters:
                    self.waiters.remove(current())

    def result(self) -> T:
        """The value of a settled promise; raises what it was rejected with."""
        assert self.status != Status.PENDING, "the promise is not settled yet"
        if self.status == Status.REJECTED:
            if self.failure is not None:
                raise self.failure
            raise Rejected()
        return self.value

    # --- following: a Chain leads to another promise ----------------------------------

    def leads_to(self) -> Promise[Any] | None:
        """The promise that it was resolved with; None where it was not."""
        return None

    def ahead(self) -> Promise[Any] | None:
        """What those who wait wait for instead."""
        return None

    def end(self) -> Promise[Any]:
        """The promise that settles it: itself, or what it follows, to its end."""
        return self

    def has_come(self) -> bool:
        """Whether who comes to await it need not wait."""
        return self.status != Status.PENDING

    def take(self, task: Task) -> None:
        """Let a parked task wait here, after those who do."""
        self.waiters.append(task)


class Fork(Promise[T]):
    """A promise that several await, each by a branch of its own (kj::ForkedPromise).

    When it settles, its hub is armed; the hub's turn arms the branches, depth-first, in
    the order in which they were *added*, whoever awaits which. At most `branches` are
    added before that. The hub is a process, so forks are made in set-up, not in a pool.
    """

    between_vats = False  # its branches go on in turns of its own loop

    @overload
    def __init__(
        self: Fork[None], loop: KjLoop, *, branches: int = 4, failures: Any = ...
    ) -> None: ...
    @overload
    def __init__(
        self, loop: KjLoop, domain: Domain[T] = ..., *, branches: int = 4, failures: Any = ...
    ) -> None: ...
    @overload
    def __init__(
        self, loop: KjLoop, domain: Any = ..., *, branches: int = 4, failures: Any = ...
    ) -> None: ...
    def __init__(
        self,
        loop: KjLoop,
        domain: Any = NoneType,
        *,
        branches: int = 4,
        failures: Any = NoneType,
    ) -> None:
        super().__init__(loop, domain, failures=failures)
        self.loop: KjLoop = loop
        self.ready = boolean()
        self.branches: Seq[Task | None] = seq(optional(Task), branches)

    def branch(self) -> Branch:
        """One more branch, after those that there are."""
        if self.ready:
            return Branch(self, 0)
        self.branches.append(None)
        return Branch(self, len(self.branches) - 1)

    def _tell(self) -> None:
        self.loop.wake(task_of(self.hub))

    def forget(self, task: Task) -> None:
        """Wait no more for a task that was lost in a crash, or cancelled: its branch is dropped."""
        if task in self.branches:
            self.branches[self.branches.index(task)] = None

    def has_come(self) -> bool:
        """Whether the hub has had its turn."""
        return self.ready

    def take(self, task: Task) -> None:
        """Let a parked task wait here, by a branch that is added now."""
        self.branches.append(task)

    @process(on="loop", daemon=True)
    async def hub(self) -> None:
        """Hands the result to the branches."""
        while True:
            await park()
            self.ready = True
            for task in self.branches:
                if task is not None:
                    self.loop.wake(task)
            self.branches.clear()

    async def settles(self) -> None:
        """Wait until it is settled, on a loop by a branch added now."""
        if not on_loop():
            await until(self.ready)
        else:
            await self.settles_at(self.branch())

    async def settles_at(self, branch: Branch) -> None:
        """Wait until it is settled, by a branch."""
        if not on_loop():
            await until(self.ready)
        elif self.ready:
            await self.loop.settled()
        else:
            self.branches[branch.number] = current()
            try:
                await park()
            finally:
                if being_cancelled() and not self.ready:
                    self.branches[branch.number] = None


@struct
class Branch:
    """One branch of a fork; who awaits it goes on when its turn among the branches has come."""

    fork: Fork[Any]
    number: Annotated[int, Range(0, 255)]

    def __await__(self) -> Generator[Any, Any, Any]:
        """The fork's value; raises Rejected."""
        return self.wait().__await__()

    async def wait(self) -> Any:
        """The fork's value; raises Rejected."""
        await self.fork.settles_at(self)
        return self.fork.result()
