"""Chains: promises that may be resolved with another promise, and follow it to the end."""

from __future__ import annotations

from types import NoneType
from typing import Any, TypeVar, cast, overload

from ordercheck.language import (
    Component,
    Failure,
    Loop,
    Task,
    being_cancelled,
    boolean,
    current,
    loop_of,
    on_loop,
    optional,
    park,
    process,
    task_of,
    until,
    variable,
)
from ordercheck.language.domains import Domain
from ordercheck.language.mistakes import Mistake
from ordercheck.library.js import JsLoop
from ordercheck.library.kj import KjLoop
from ordercheck.library.promise import Promise, Rejected, Status

T = TypeVar("T")


def checked_kj_or_js(given: Loop) -> Loop:
    """The loop, of one of the kinds whose promises can be followed and put together."""
    if not isinstance(given, KjLoop | JsLoop):
        raise Mistake(
            "E026",
            f"{given!r} is no KjLoop or JsLoop",
            "the loop itself, from set-up",
            "self.loop = KjLoop(), then Chain(self.loop)",
        )
    return given


class Chain(Promise[T]):
    """A promise that may be resolved with another one, which it then follows: `follow(other)`.

    On a KJ loop it is a promise for a promise (kj::_::ChainPromiseNode). It has an event
    of its own, armed depth-first when it is resolved; in its turn those who wait come to
    wait for the other promise itself, so that a chain of several costs nothing more when
    the last one settles. Who finds that one settled goes on breadth-first. A value or a
    failure counts as a promise that is settled already.

    In JavaScript it takes a microtask to look at the other promise, and one more when that
    one has settled, before those who wait for this one have theirs.

    Its event is a process, so chains are made in set-up, not in a pool.
    """

    @overload
    def __init__(
        self: Chain[None], loop: Loop, *, owner: Component | None = None, failures: Any = ...
    ) -> None: ...
    @overload
    def __init__(
        self,
        loop: Loop,
        domain: Domain[T] = ...,
        *,
        owner: Component | None = None,
        failures: Any = ...,
    ) -> None: ...
    @overload
    def __init__(
        self,
        loop: Loop,
        domain: Any = ...,
        *,
        owner: Component | None = None,
        failures: Any = ...,
    ) -> None: ...
    def __init__(
        self,
        loop: Loop,
        domain: Any = NoneType,
        *,
        owner: Component | None = None,
        failures: Any = NoneType,
    ) -> None:
        super().__init__(checked_kj_or_js(loop), domain, owner=owner, failures=failures)
        self.kj = loop if isinstance(loop, KjLoop) else None
        self.target: Promise[Any] | None = variable(optional(Promise), None)
        # KJ: the chain's event has had its turn, and what it leads to is known.
        self.looked = boolean()

    # --- resolving ------------------------------------------------------------------

    def follow(self, other: Promise[Any]) -> None:
        """Resolve it with another promise: it settles as that one does."""
        assert self.status == Status.PENDING, "a promise is settled twice"
        assert self.target is None, "a promise is settled twice"
        ahead: Promise[Any] | None = other
        while ahead is not None:
            assert ahead is not self, "a promise cannot follow itself"
            ahead = ahead.leads_to()
        self.target = other
        hub = task_of(self.hub)
        loop_of(hub).wake(hub)

    def fulfill(self, value: T = cast(T, None)) -> None:  # noqa: B008
        """Settle it with a value."""
        assert self.target is None, "a promise is settled twice"
        super().fulfill(value)

    def reject(self, failure: Failure | None = None) -> None:
        """Settle it with a failure, which is raised in whoever awaits it; or with Rejected."""
        assert self.target is None, "a promise is settled twice"
        super().reject(failure)

    def abandon(self) -> None:
        """Drop the resolving end: rejected, if it is pending and follows nothing."""
        if self.target is None:
            super().abandon()

    def _tell(self) -> None:
        if self.kj is not None:
            self.kj.wake(task_of(self.hub))
        else:
            super()._tell()

    @process(on="loop", daemon=True)
    async def hub(self) -> None:
        """The chain's event, or the job that looks at the other promise."""
        while True:
            await park()
            if self.kj is not None:
                self._move_on()
            elif self.target is not None:
                await self.target.settles()
                self._settle_as(self.target.end())

    def _move_on(self) -> None:
        """Let those who wait here wait for what this leads to."""
        self.looked = True
        for part in self._joins:
            self._hand_over(part.event())
        for task in self.waiters:
            self._hand_over(task)
        self.waiters.clear()

    def _hand_over(self, task: Task) -> None:
        end = self.end()
        if not end.has_come():
            end.take(task)
        elif self.kj is not None and loop_of(task) is self.kj:
            self.kj.arm_breadth_first(task)
        else:
            loop_of(task).wake(task)

    def _settle_as(self, end: Promise[Any]) -> None:
        """JavaScript: settle this one, as what it follows has."""
        self.looked = True
        self.failure = end.failure
        self.value = end.value
        self.status = end.status
        super()._tell()

    # --- awaiting -------------------------------------------------------------------

    def is_settled(self) -> bool:
        """Whether what it leads to has been fulfilled or rejected."""
        return self.end().status != Status.PENDING

    def has_failed(self) -> bool:
        """Whether what it leads to has been rejected."""
        return self.end().status == Status.REJECTED

    def leads_to(self) -> Promise[Any] | None:
        """The promise that it was resolved with; None where it was not."""
        return self.target

    def end(self) -> Promise[Any]:
        """What settles it: itself, or the end of what it follows, as far as is known."""
        end: Promise[Any] = self
        ahead = self.ahead()
        while ahead is not None:
            end = ahead
            ahead = ahead.ahead()
        return end

    def ahead(self) -> Promise[Any] | None:
        """What those who wait wait for instead, once its event has looked."""
        settled = self.status != Status.PENDING
        return self.target if self.looked and not settled else None

    def has_come(self) -> bool:
        """Whether who comes to await it need not wait."""
        if self.kj is not None:
            return self.looked and self.status != Status.PENDING
        return self.status != Status.PENDING

    async def settles(self) -> None:
        """Wait until what it leads to is settled."""
        if not on_loop():
            await until(self.is_settled())
        elif self.end().has_come():
            await loop_of(current()).settled()
        else:
            self.end().take(current())
            try:
                await park()
            finally:
                if being_cancelled():
                    self.end().forget(current())

    def result(self) -> T:
        """The value of what it leads to; raises what that was rejected with."""
        end = self.end()
        if self.target is not None:
            self.failure = end.failure
            self.value = end.value
        assert end.status != Status.PENDING, "the promise is not settled yet"
        if end.status == Status.REJECTED:
            if self.failure is not None:
                raise self.failure
            raise Rejected()
        return self.value
