"""How the Workflow SDK replays a workflow function from its event log.

`Replay` is `runWorkflow` with its `EventsConsumer`, read from the published `@workflow/core`. The
function runs; each operation that it calls draws the next ordinal for its correlation id and
registers a consumer; events are offered in log order. A consumer that is registered takes its event
at once. Otherwise what was taken is given time to take effect (jobs, then timers, until nothing is
left); an event that still has no consumer is an orphan, and the replay has diverged.

How a taken event takes effect is told apart by `Order`:

- LOG: each event on its own, in log order, before the next is offered. So does 4.2.4.
- BARRIERS: as 4.8.9 does. Events that follow each other and have consumers are taken in one go, and
  their effects are ordered by barriers (models/workflow/barriers.py).

Both releases were fed thousands of logs, those that fit and those that do not: they plan, end and
diverge as this does. One thing is told apart by `compares_names`: 4.2.4 takes the events of a step
for those of another step with the same ordinal, and does not notice.

An event is written as in a log: "wait_completed wait_1", "step_created step_2(charge)".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from models.workflow.barriers import Barriers
from models.workflow.javascript import Async, Host, Promise

RUN_COMPLETED = "run_completed"
RUN_FAILED = "run_failed"
FAILED = "failed"
"""What a step that has failed gives, and what a function that fails returns: a rejection takes as
many jobs as a value does, where it is awaited at once."""
HYDRATION = 3
"""Jobs that it takes to deserialise a payload or a result."""


class Order(Enum):
    """How events take effect."""

    LOG = "log_order"
    BARRIERS = "barriers"


class Workflow(Protocol):
    """A workflow function: what it may do stands in `Replay`. Its `await`s end statements."""

    @property
    def __name__(self) -> str:
        """Its name."""

    def __hash__(self) -> int: ...

    def __call__(self, run: Replay, /) -> Async:
        """Run."""


@dataclass
class Operation:
    """An entry of the invocations queue: called by the function, perhaps created in the log."""

    kind: str
    identifier: str
    created: bool = False
    done: bool = False
    may_fail: bool = False
    disposable: bool = False
    disposed_before: int | None = None  # how many operations had been called then
    token: str = ""


def correlation_id(event: str) -> str:
    """Which operation an event is about: "step_2" of "step_created step_2(charge)"."""
    return event.partition("(")[0].rpartition(" ")[2]


class Consumer:
    """Takes the events of one operation."""

    def __init__(self, run: Replay, operation: Operation) -> None:
        self.run = run
        self.operation = operation
        self.promise = run.host.promise()

    def take(self, event: str) -> None:
        """Take an event of this operation; what does not fit diverges."""
        if not self.run.compares_names:
            event = f"{event.partition(' ')[0]} {self.operation.identifier}"
        if event == f"{self.operation.kind}_created {self.operation.identifier}":
            self.operation.created = True
        elif event == f"{self.operation.kind}_completed {self.operation.identifier}":
            self._finish()
            self.run.effect(self.operation.kind, self.promise)
        elif event == f"step_failed {self.operation.identifier}":
            self._finish()
            self.run.failure(self.promise)
        else:
            self.run.diverged = True

    def _finish(self) -> None:
        self.operation.done = True
        self.run.consumers.remove(self)


@dataclass(eq=False)
class Payload:
    """A payload that came before somebody asked for it."""

    position: int
    hydrated: Promise


class Hook(Consumer):
    """A hook: each `receive` is a promise for the next payload."""

    def __init__(self, run: Replay, operation: Operation) -> None:
        super().__init__(run, operation)
        self.waiting: list[Promise] = []
        self.unread: list[Payload] = []
        self.received = 0
        self.conflicts = False

    def take(self, event: str) -> None:
        """Take an event of this hook: a payload goes to who waits longest, or waits itself."""
        if event == f"hook_created {self.operation.identifier}":
            self.operation.created = True
        elif event == f"hook_received {self.operation.identifier}":
            self.received += 1
            if self.waiting:
                self.run.effect("hook", self.waiting.pop(0))
            else:
                self.unread.append(self.run.buffer())
        elif event == f"hook_conflict {self.operation.identifier}":
            self.conflicts = self.operation.done = True  # there is nothing to dispose of
            for asked in self.waiting:
                self.run.refusal(asked)
            self.waiting.clear()
        elif event == f"hook_disposed {self.operation.identifier}":
            self._finish()  # a payload behind it has no consumer any more
            if self.run.order is Order.LOG:
                # It is taken in the tick of what led to it, before the function disposes: no-op.
                self.run.suspends = False
        else:
            self.run.diverged = True

    def dispose(self) -> None:
        """`hook.dispose()`: nobody reads payloads any more; hook_disposed is to be written."""
        if not self.operation.done:
            self.operation.disposed_before = len(self.run.operations)
            self.run.suspends = self.run.suspends or bool(self.waiting)
            self.waiting.clear()

    def receive(self) -> Promise:
        """`await hook`: the hook is a thenable, which costs a promise of its own."""
        outer = self.run.host.promise()

        def ask() -> None:
            if self.unread:
                payload = self.unread.pop(0)
                self.run.claim(payload).then(outer.resolve)
                return
            asked = self.run.host.promise()
            asked.then(outer.resolve)
            if self.conflicts:
                self.run.refusal(asked)
            else:
                self.waiting.append(asked)

        self.run.host.jobs.append(ask)
        return outer


class Replay:
    """One replay of a workflow function; `offer` its events one by one, then `settle` it."""

    def __init__(self, workflow: Workflow, order: Order, *, compares_names: bool = True) -> None:
        self.host = Host()
        self.order = order
        self.compares_names = compares_names
        self.barriers = Barriers(self.host)
        self.queue = self.host.promise()  # the promise queue: hydrations, one after another
        self.queue.resolve()
        self.operations: list[Operation] = []
        self.consumers: list[Consumer] = []
        self.diverged = False
        # Disposing of a hook that is being read suspends the function once nothing moves,
        # whatever is left of the log: an orphan behind it goes unnoticed.
        self.suspends = False
        self.suspended = False
        self.result = self.host.call(workflow(self))
        self.host.turn()  # the function's own jobs, before the first event is offered
        if order is Order.LOG:
            self.settle()

    # --- what a workflow function calls -------------------------------------------

    def sleep(self) -> Promise:
        """`sleep(…)`: an async function that returns what another one returns: a promise."""
        consumer = Consumer(self, self._operation("wait"))
        self.consumers.append(consumer)
        inner, outer = self.host.promise(), self.host.promise()
        inner.resolve(consumer.promise)
        outer.resolve(inner)
        return outer

    def step(self, name: str, *, may_fail: bool = False) -> Promise:
        """A call of a function with "use step"; gives FAILED if that has failed for good."""
        consumer = Consumer(self, self._operation("step", f"({name})"))
        consumer.operation.may_fail = may_fail
        self.consumers.append(consumer)
        return consumer.promise

    def hook(self, *, disposable: bool = False, token: str = "") -> Hook:
        """`createHook()`; of one that is `disposable` the function disposes at some time.

        Hooks that share a `token` may conflict; an empty one is a token of its own.
        """
        hook = Hook(self, self._operation("hook"))
        hook.operation.disposable = disposable
        hook.operation.token = token
        self.consumers.append(hook)
        return hook

    def race(self, *promises: Promise) -> Promise:
        """`Promise.race([…])`."""
        return self.host.race(promises)

    def all(self, *promises: Promise) -> Promise:
        """`Promise.all([…])`."""
        return self.host.all(promises)

    def branch(self, coroutine: Async) -> Promise:
        """A call of an async function of the workflow's own."""
        return self.host.call(coroutine)

    def _operation(self, kind: str, name: str = "") -> Operation:
        # The seeded sequence of ulids: the n-th operation draws ordinal n, whatever its kind.
        operation = Operation(kind, f"{kind}_{len(self.operations)}{name}")
        self.operations.append(operation)
        return operation

    # --- events -------------------------------------------------------------------

    @property
    def finished(self) -> bool:
        """Whether the function has returned: what comes after that is not looked at."""
        return self.result.settled

    @property
    def hangs(self) -> bool:
        """Whether it reads a disposed hook: nobody is left to say that it is suspended."""
        return not (self.finished or self.diverged or self.suspends or self.consumers)

    @property
    def failed(self) -> bool:
        """Whether it has returned by failing."""
        return self.finished and self.result.value == FAILED

    def offer(self, event: str) -> None:
        """The next event of the log."""
        while not (self.finished or self.diverged or self.suspended):
            consumer = self.consumer_of(event)
            if consumer is not None:
                consumer.take(event)
                break
            if not self.host.turn():
                self.suspended = self.suspends
                self.diverged = not self.suspends  # an orphan
        if self.order is Order.LOG:
            self.settle()

    def consumer_of(self, event: str) -> Consumer | None:
        """Whose correlation id the event carries; a step's name is not part of that."""
        for consumer in self.consumers:
            if correlation_id(consumer.operation.identifier) == correlation_id(event):
                return consumer
        return None

    def settle(self) -> None:
        """The end of the log: let everything take effect."""
        while self.host.turn():
            pass

    def planned(self) -> tuple[str, ...]:
        """Events to be written on suspension, in the order of the function's calls."""
        calls: list[tuple[int, str]] = []
        for ordinal, operation in enumerate(self.operations):
            if operation.done:
                continue
            if not operation.created:
                calls.append((ordinal, f"{operation.kind}_created {operation.identifier}"))
            if operation.disposed_before is not None:
                before = operation.disposed_before - 1
                calls.append((before, f"hook_disposed {operation.identifier}"))
        return tuple(event for _, event in sorted(calls, key=lambda call: call[0]))

    # --- effects ------------------------------------------------------------------

    def effect(self, kind: str, promise: Promise) -> None:
        """Resolve a promise of the function's, when its turn has come."""
        if self.order is Order.LOG:
            self.host.jobs.append(promise.resolve)
            return
        position = self.barriers.register(kind)
        earlier = self.host.call(self.barriers.earlier(position, kind))

        def deliver(_: object) -> None:
            self.barriers.deliver(position)
            promise.resolve()

        if kind == "wait":
            self.queue.then(lambda _: earlier).then(deliver)
        else:
            self._hydrate(lambda: earlier.react(deliver))

    def failure(self, promise: Promise) -> None:
        """Reject a promise of the function's; what is thrown need not be deserialised."""
        if self.order is Order.LOG:
            self.host.jobs.append(lambda: promise.resolve(FAILED))
            return
        position = self.barriers.register("step")
        earlier = self.host.call(self.barriers.earlier(position, "step"))

        def deliver(_: object) -> None:
            self.barriers.deliver(position)
            promise.resolve(FAILED)

        self.queue = self.queue.then(lambda _: earlier.react(deliver))

    def refusal(self, promise: Promise) -> None:
        """Reject who asks for a payload of a hook whose token is not its own."""
        if self.order is Order.LOG:
            self.host.jobs.append(lambda: promise.resolve(FAILED))
        else:
            self.queue = self.queue.then(lambda _: promise.resolve(FAILED))

    def buffer(self) -> Payload:
        """A payload that nobody waits for is hydrated, and kept."""
        hydrated = self.host.promise()
        if self.order is Order.LOG:
            hydrated.resolve()
            return Payload(0, hydrated)
        position = self.barriers.register("hook", armed=False)
        self._hydrate(hydrated.resolve)
        return Payload(position, hydrated)

    def claim(self, payload: Payload) -> Promise:
        """Somebody asks for a payload that has been buffered."""
        if self.order is Order.LOG:
            return payload.hydrated
        position = payload.position
        if position in self.barriers.entries:
            self.barriers.entries[position].armed = True

        def earlier(_: object) -> Promise:
            return self.host.call(self.barriers.earlier(position, "hook"))

        return payload.hydrated.then(earlier).then(lambda _: self.barriers.deliver(position))

    def _hydrate(self, then: Callable[[], Any]) -> None:
        self.barriers.hydrating += 1

        async def hydrate() -> None:
            for _ in range(HYDRATION):
                job = self.host.promise()
                job.resolve()
                await job
            self.barriers.hydrating -= 1
            then()

        self.queue = self.queue.then(lambda _: self.host.call(hydrate()))
