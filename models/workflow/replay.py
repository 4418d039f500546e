"""How the Workflow SDK replays a workflow function from its event log.

`Replay` is `runWorkflow` with its `EventsConsumer`, read from the published `@workflow/core`. The
function runs; each operation that it calls draws the next ordinal for its correlation id and
registers a consumer; events are offered in log order. A consumer that is registered takes its event
at once. Otherwise what was taken is given time to take effect (jobs, then timers, until nothing is
left); an event that still has no consumer is an orphan, and the replay has diverged.

How a taken event takes effect is told apart by `Order`:

- LOG: each event on its own, in log order, before the next is offered. So does 4.2.4.
- BARRIERS: as 4.8.9 does, with the barriers of its `private.js`. Events that follow each other and
  have consumers are taken in one go, and their effects are ordered by barriers: a payload, a wait
  or a step result waits for those before it in the log, *except* that waits do not wait for waits,
  and that a step result does not wait for what is behind a payload that nobody has read.

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

from models.workflow.javascript import Async, Host, Promise

RUN_COMPLETED = "run_completed"
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


@dataclass(eq=False)
class Barrier:
    """A taken event whose effect is still to come."""

    kind: str
    delivered: Promise
    armed: bool = True


DEFER_BEHIND = {
    "hook": ("hook", "wait", "step"),
    "wait": ("hook", "step"),
    "step": ("wait", "hook", "step"),
}
"""Earlier events of these kinds take effect first."""


class Barriers:
    """Orders effects by position in the log; `awaitEarlierDeliveries` and its neighbours."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.entries: dict[int, Barrier] = {}
        self.position = 0
        self.hydrating = 0
        self.polling = False

    def register(self, kind: str, armed: bool = True) -> int:
        """An event has been taken; until `deliver`, later ones wait for it. Its position."""
        self.position += 1
        self.entries[self.position] = Barrier(kind, self.host.promise(), armed)
        if not self.polling:
            self.polling = True
            self.host.set_timeout(self._poll)
        return self.position

    def deliver(self, position: int) -> None:
        """The event takes effect now."""
        entry = self.entries.pop(position, None)
        if entry is not None:
            entry.delivered.resolve()

    async def earlier(self, position: int, kind: str) -> None:
        """Wait until earlier events, those that matter, have taken effect."""
        earlier = [
            entry.delivered
            for index, entry in self.entries.items()
            if index < position
            and entry.kind in DEFER_BEHIND[kind]
            and (kind != "step" or self._comes_by_itself(index))
        ]
        if earlier:
            await self.host.all(earlier)
            pause = self.host.promise()
            self.host.set_timeout(pause.resolve)
            await pause

    def _comes_by_itself(self, index: int) -> bool:
        entry = self.entries[index]
        if not entry.armed:
            return False
        return entry.kind == "step" or all(
            self._comes_by_itself(other)
            for other, before in self.entries.items()
            if other < index and before.kind in DEFER_BEHIND[entry.kind]
        )

    def _idle(self) -> bool:
        return self.hydrating == 0 and not any(map(self._comes_by_itself, self.entries))

    def _poll(self) -> None:
        """The safety net: when nothing moves, the oldest barrier falls (an unread payload's)."""
        if not self.entries:
            self.polling = False
            return
        while self.entries and self._idle():
            self.deliver(min(self.entries))
        self.host.set_timeout(self._poll)


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
            self.operation.done = True
            self.run.consumers.remove(self)
            self.run.effect(self.operation.kind, self.promise)
        else:
            self.run.diverged = True


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
        else:
            self.run.diverged = True

    def receive(self) -> Promise:
        """`await hook`: the hook is a thenable, which costs a promise of its own."""
        outer = self.run.host.promise()

        def ask() -> None:
            if self.unread:
                payload = self.unread.pop(0)
                self.run.claim(payload).then(outer.resolve)
            else:
                self.waiting.append(self.run.host.promise())
                self.waiting[-1].then(outer.resolve)

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
        self.result = self.host.call(workflow(self))
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

    def step(self, name: str) -> Promise:
        """A call of a function with "use step"."""
        consumer = Consumer(self, self._operation("step", f"({name})"))
        self.consumers.append(consumer)
        return consumer.promise

    def hook(self) -> Hook:
        """`createHook()`."""
        hook = Hook(self, self._operation("hook"))
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

    def offer(self, event: str) -> None:
        """The next event of the log."""
        while not (self.finished or self.diverged):
            consumer = self.consumer_of(event)
            if consumer is not None:
                consumer.take(event)
                break
            if not self.host.turn():
                self.diverged = True  # an orphan
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
        """Events to be written on suspension: operations that the log does not have."""
        return tuple(
            f"{operation.kind}_created {operation.identifier}"
            for operation in self.operations
            if not operation.created and not operation.done
        )

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
