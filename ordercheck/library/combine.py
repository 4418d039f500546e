"""Promises made of promises: all of them, the first that settles, the first that is fulfilled.

As in KJ, each part has an event of its own, which is armed when the part settles; its turn
arms those who wait for the whole. So whoever awaits `all_of(a, b)` goes on two turns after
the last of them has settled.
"""

from __future__ import annotations

from typing import Any, TypeVar

from ordercheck.language import either, integer, park, process
from ordercheck.library.kj import KjLoop
from ordercheck.library.promise import Fork, Promise, Status

T = TypeVar("T")


class Joined(Promise[T]):
    """A promise that its parts settle; made in set-up, where its parts are pending."""

    def __init__(self, parts: tuple[Promise[Any], ...], domain: Any) -> None:
        loop = parts[0].loop if parts else None
        if not isinstance(loop, KjLoop) or any(part.loop is not loop for part in parts):
            raise ValueError("promises that are put together are of one KjLoop")
        if any(isinstance(part, Fork) for part in parts):
            raise ValueError("a fork is awaited by its branches: put together what it forks")
        super().__init__(loop, domain)
        self.loop: KjLoop = loop
        self.parts = list(parts)
        self.open = integer(len(parts), lo=0, hi=len(parts))
        for k, part in enumerate(parts):
            part._joins.append((self, k))

    @process(each=lambda self: range(len(self.parts)), on="loop", daemon=True)
    async def branch(self, k: int) -> None:
        """The event of one part."""
        await park()
        self.open -= 1
        self.has_settled(self.parts[k])

    def has_settled(self, part: Promise[Any]) -> None:
        """Settle the whole, if this part decides it."""
        raise NotImplementedError


class AllOf(Joined[None]):
    """Settled when each part is: rejected if one was."""

    def has_settled(self, part: Promise[Any]) -> None:
        """Count it; the last one decides."""
        if self.open == 0:
            if any(each.status == Status.REJECTED for each in self.parts):
                self.reject()
            else:
                self.fulfill()


class Race(Joined[T]):
    """Settled as the first part is."""

    def has_settled(self, part: Promise[Any]) -> None:
        """The first one decides."""
        if self.status == Status.PENDING:
            if part.status == Status.REJECTED:
                self.reject()
            else:
                self.fulfill(part.value)


class AnyOf(Joined[T]):
    """Fulfilled as the first part that is; rejected when all are."""

    def has_settled(self, part: Promise[Any]) -> None:
        """The first that is fulfilled decides, or else the last."""
        if self.status == Status.PENDING:
            if part.status == Status.FULFILLED:
                self.fulfill(part.value)
            elif self.open == 0:
                self.reject()


def all_of(*parts: Promise[Any]) -> AllOf:
    """Settled when each of these is, for set-up: kj::joinPromises(); values are in the parts."""
    return AllOf(parts, type(None))


def race(*parts: Promise[T]) -> Race[T]:
    """Settled as the first of these is, for set-up: kj::Promise::exclusiveJoin()."""
    return Race(parts, _domain(parts))


def any_of(*parts: Promise[T]) -> AnyOf[T]:
    """Fulfilled as the first of these that is, for set-up; rejected when all are."""
    return AnyOf(parts, _domain(parts))


def _domain(parts: tuple[Promise[Any], ...]) -> Any:
    domains = [part._domain for part in parts]
    distinct = [each for k, each in enumerate(domains) if each not in domains[:k]]
    return distinct[0] if len(distinct) == 1 else either(*distinct)
