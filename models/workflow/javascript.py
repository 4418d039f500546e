"""As much of JavaScript's promises as a workflow function can tell: jobs, timers, `await`.

Every `then` and `await` costs what ECMA-262 says, counted in jobs (microtasks), since the order in
which branches go on depends on it. There are no rejections: operations of the workflows
modelled here do not fail.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Coroutine, Generator, Iterable
from typing import Any

Job = Callable[[], None]
Async = Coroutine["Promise", Any, Any]


class Host:
    """The queues of jobs and of timers: all jobs run before the next timer does."""

    def __init__(self) -> None:
        self.jobs: deque[Job] = deque()
        self.timers: deque[Job] = deque()

    def turn(self) -> bool:
        """Run all jobs, or one timer if there is no job; False if there is neither."""
        if not self.jobs:
            if not self.timers:
                return False
            self.timers.popleft()()
        while self.jobs:
            self.jobs.popleft()()
        return True

    def set_timeout(self, job: Job) -> None:
        """setTimeout(job, 0)."""
        self.timers.append(job)

    def promise(self) -> Promise:
        """A new promise, to be settled by its `resolve`."""
        return Promise(self)

    def call(self, coroutine: Async) -> Promise:
        """Call an async function: it runs to its first `await` at once."""
        result = Promise(self)
        self._go_on(coroutine, result, None)
        return result

    def _go_on(self, coroutine: Async, result: Promise, value: Any) -> None:
        try:
            awaited = coroutine.send(value)
        except StopIteration as end:
            result.resolve(end.value)
            return
        awaited.react(lambda value: self._go_on(coroutine, result, value))

    def all(self, promises: Iterable[Promise]) -> Promise:
        """Promise.all."""
        result = Promise(self)
        waiting = list(promises)
        values: list[Any] = [None] * len(waiting)
        left = [len(waiting)]

        def element(index: int) -> Callable[[Any], None]:
            def settle(value: Any) -> None:
                values[index] = value
                left[0] -= 1
                if left[0] == 0:
                    result.resolve(tuple(values))

            return settle

        if not waiting:
            result.resolve(())
        for index, promise in enumerate(waiting):
            promise.then(element(index))
        return result

    def race(self, promises: Iterable[Promise]) -> Promise:
        """Promise.race."""
        result = Promise(self)
        for promise in promises:
            promise.react(result.resolve)
        return result


class Promise:
    """A native promise. `await promise` in an async function costs one job."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.resolved = False  # its fate is known: settled, or following another promise
        self.settled = False
        self.value: Any = None
        self.reactions: list[Callable[[Any], None]] = []

    def __await__(self) -> Generator[Promise, Any, Any]:
        """The value."""
        return (yield self)

    def resolve(self, value: Any = None) -> None:
        """Settle it, or let it follow another promise; later calls do nothing."""
        if self.resolved:
            return
        self.resolved = True
        if isinstance(value, Promise):
            # NewPromiseResolveThenableJob: one job until it is asked, one until it answers.
            self.host.jobs.append(lambda: value.react(self._settle))
        else:
            self._settle(value)

    def _settle(self, value: Any) -> None:
        self.settled, self.value = True, value
        for reaction in self.reactions:
            self._schedule(reaction)
        self.reactions.clear()

    def _schedule(self, reaction: Callable[[Any], None]) -> None:
        value = self.value
        self.host.jobs.append(lambda: reaction(value))

    def react(self, reaction: Callable[[Any], None]) -> None:
        """Run it in a job of its own, once this is settled."""
        if self.settled:
            self._schedule(reaction)
        else:
            self.reactions.append(reaction)

    def then(self, handler: Callable[[Any], Any]) -> Promise:
        """`promise.then(handler)`: a promise for what the handler returns."""
        derived = Promise(self.host)
        self.react(lambda value: derived.resolve(handler(value)))
        return derived
