"""Promises made of promises: all of them, the first that settles, the first that is fulfilled.

Each part has an event of its own in KJ, and a reaction in JavaScript: what waits for the part
to settle, and then settles the whole if that decides it. So whoever awaits `all_of(a, b)` goes
on two turns, or two microtasks, after the last of them has settled. Parts that are on no loop
settle the whole at once.

`all_of`, `race` and `any_of` are made in set-up. `Joins` has those that steps make.
"""

from __future__ import annotations

from enum import Enum
from types import NoneType
from typing import Any, Generic, TypeVar, overload

from ordercheck.language import (
    Component,
    Loop,
    Pool,
    Task,
    either,
    integer,
    loop_of,
    park,
    pool,
    process,
    spawn,
    task_of,
    variable,
)
from ordercheck.language.domains import Domain
from ordercheck.library.chain import checked_kj_or_js
from ordercheck.library.js import JsLoop
from ordercheck.library.kj import KjLoop
from ordercheck.library.promise import Fork, Promise, Status
from ordercheck.library.spawn import Tasks

T = TypeVar("T")


class How(Enum):
    """What decides."""

    ALL = "all"
    RACE = "race"
    ANY = "any"


class Joint(Promise[T]):
    """A promise that its parts settle, `size` of them at most; it counts them."""

    how: How

    def __init__(self, loop: Loop | None, domain: Any, failures: Any, size: int) -> None:
        super().__init__(loop, domain, failures=failures)
        # kj::joinPromises() waits for all parts, and then rejects as the first of its list
        # that was rejected; Promise.all() rejects as soon as one is.
        self.waits_for_all = isinstance(loop, KjLoop)
        self.size = size
        self.open = integer(size, lo=0, hi=size)
        self.rejected: int = integer(size, lo=0, hi=size)

    def count(self, k: int, part: Promise[Any]) -> None:
        """The k-th part has settled, and perhaps decides."""
        self.open -= 1
        if self.status == Status.PENDING:
            if self.how == How.ALL:
                self._all(k, part.end())
            elif self.how == How.RACE:
                self._first(part.end())
            else:
                self._any(part.end())

    def _all(self, k: int, part: Promise[Any]) -> None:
        if part.status == Status.REJECTED and k < self.rejected:
            self.rejected = k
            self.failure = part.failure
        if self.rejected < self.size and (self.open == 0 or not self.waits_for_all):
            self.reject()
        elif self.open == 0:
            self.fulfill()

    def _first(self, part: Promise[Any]) -> None:
        if part.status == Status.REJECTED:
            self.reject(part.failure)
        else:
            self.fulfill(part.value)

    def _any(self, part: Promise[Any]) -> None:
        if part.status == Status.FULFILLED:
            self.fulfill(part.value)
        elif self.open == 0:
            self.reject()


# --- in set-up -------------------------------------------------------------------------


class Joined(Joint[T]):
    """A promise of parts that are known in set-up, where they are pending."""

    def __init__(self, parts: tuple[Promise[Any], ...], domain: Any) -> None:
        loop = parts[0].loop if parts else None
        apart = any(part.loop is not loop for part in parts)
        if not parts or apart or not isinstance(loop, KjLoop | JsLoop | NoneType):
            raise ValueError("promises that are put together are of one loop of KJ or JavaScript")
        if any(isinstance(part, Fork) for part in parts):
            raise ValueError("a fork is awaited by its branches: put together what it forks")
        super().__init__(loop, domain, _joined([part._failures for part in parts]), len(parts))
        self.parts = list(parts)
        kind = Part if loop is None else PartOnLoop
        self.events = [kind(self, k) for k in range(len(parts))]
        for part, event in zip(parts, self.events, strict=True):
            part._joins.append(event)


class Part(Component):
    """What notes that a part has settled; on no loop it does so at once."""

    between_vats = True

    def __init__(self, whole: Joined[Any], number: int) -> None:
        self.whole = whole
        self.number = number

    def tell(self) -> None:
        """The part has settled."""
        self.has_settled()

    def has_settled(self) -> None:
        """Count it."""
        self.whole.count(self.number, self.whole.parts[self.number])


class PartOnLoop(Part):
    """The event of a part, or its reaction."""

    def __init__(self, whole: Joined[Any], number: int) -> None:
        super().__init__(whole, number)
        self.loop = whole.loop

    def event(self) -> Task:
        """What goes on when the part has settled."""
        return task_of(self.branch)

    def tell(self) -> None:
        """The part has settled."""
        event = self.event()
        loop_of(event).wake(event)

    @process(on="loop", daemon=True)
    async def branch(self) -> None:
        """The event of one part."""
        await park()
        self.has_settled()


class AllOf(Joined[None]):
    """Settled when each part is: rejected if one was."""

    how = How.ALL


class Race(Joined[T]):
    """Settled as the first part is."""

    how = How.RACE


class AnyOf(Joined[T]):
    """Fulfilled as the first part that is; rejected when all are."""

    how = How.ANY


def all_of(*parts: Promise[Any]) -> AllOf:
    """Settled when each of these is, for set-up: kj::joinPromises(), Promise.all()."""
    return AllOf(parts, NoneType)


def race(*parts: Promise[T]) -> Race[T]:
    """Settled as the first of these is, for set-up: exclusiveJoin(), Promise.race()."""
    return Race(parts, _joined([part._domain for part in parts]))


def any_of(*parts: Promise[T]) -> AnyOf[T]:
    """Fulfilled as the first of these that is, for set-up; rejected when all are: Promise.any()."""
    return AnyOf(parts, _joined([part._domain for part in parts]))


def _joined(domains: list[Any]) -> Any:
    distinct = [each for k, each in enumerate(domains) if each not in domains[:k]]
    return distinct[0] if len(distinct) == 1 else either(*distinct)


# --- in steps --------------------------------------------------------------------------


class Whole(Joint[T]):
    """A promise of parts that a step has put together."""

    def __init__(self, loop: Loop, domain: Any, failures: Any, size: int) -> None:
        super().__init__(loop, domain, failures, size)
        self.how = variable(How, How.ALL)


class Joins(Component, Generic[T]):
    """Promises that steps make of promises: at most `capacity` at once, of `parts` in all.

    For steps of one KjLoop or JsLoop. Parts may be settled already, and may be of any
    class: each is awaited by a task of its own, in the order in which they are given.
    `domain` and `failures` are what `race` and `any_of` may come to. One that is settled
    stays in use as long as a part of it is pending.
    """

    @overload
    def __init__(
        self: Joins[None], loop: Loop, *, capacity: int = 2, parts: int = 4, failures: Any = ...
    ) -> None: ...
    @overload
    def __init__(
        self,
        loop: Loop,
        domain: Domain[T] = ...,
        *,
        capacity: int = 2,
        parts: int = 4,
        failures: Any = ...,
    ) -> None: ...
    @overload
    def __init__(
        self,
        loop: Loop,
        domain: Any = ...,
        *,
        capacity: int = 2,
        parts: int = 4,
        failures: Any = ...,
    ) -> None: ...
    def __init__(
        self,
        loop: Loop,
        domain: Any = NoneType,
        *,
        capacity: int = 2,
        parts: int = 4,
        failures: Any = NoneType,
    ) -> None:
        self.loop = checked_kj_or_js(loop)
        self.wholes: Pool[Whole[T]] = pool(lambda: Whole(loop, domain, failures, parts), capacity)
        self.reactions = Tasks(parts, on=loop, daemon=True)

    def all_of(self, *parts: Promise[Any]) -> Whole[T]:
        """Settled when each of these is: kj::joinPromises(), Promise.all()."""
        return self._of(How.ALL, parts)

    def race(self, *parts: Promise[Any]) -> Whole[T]:
        """Settled as the first of these is: exclusiveJoin(), Promise.race()."""
        return self._of(How.RACE, parts)

    def any_of(self, *parts: Promise[Any]) -> Whole[T]:
        """Fulfilled as the first of these that is, rejected when all are: Promise.any()."""
        return self._of(How.ANY, parts)

    def _of(self, how: How, parts: tuple[Promise[Any], ...]) -> Whole[T]:
        whole = self.wholes.new()
        whole.how = how
        whole.open = len(parts)
        for k, part in enumerate(parts):
            spawn(self.reactions, self._reaction(whole, k, part))
        return whole

    async def _reaction(self, whole: Whole[T], k: int, part: Promise[Any]) -> None:
        await part.settles()
        whole.count(k, part)
