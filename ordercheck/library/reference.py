"""References to capabilities, on which calls keep their order (capnp/capability.c++).

A call is a task: of the loop that the object is on, parked until the object has the call. Who
makes a call hands its task to a reference, which passes it on; what the task does when it goes
on is what the call does there.

    self.stub.call(task_of(self.hello, 3))     # wherever the call is made

    @process(each=range(5), on="loop")
    async def hello(self, i: int) -> None:
        await self.target.delivery()           # until the object has it
        ...

Left out: streaming calls, which block those behind them; shortened paths of local objects.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from ordercheck.language import (
    Component,
    Seq,
    Task,
    being_cancelled,
    boolean,
    current,
    loop_of,
    optional,
    park,
    process,
    seq,
    task_of,
    variable,
)
from ordercheck.language.spawning import checked_loop
from ordercheck.library.kj import KjLoop
from ordercheck.library.promise import Promise, Rejected

BRANCHES = ("note", "forward", "tell")
"""What is done when a promise for a capability resolves, in this order."""


class Listener(Protocol):
    """What waits for a promise to resolve, from the beginning."""

    def listener(self) -> Task:
        """Its task, which is parked until then."""
        ...


class Reference(Component):
    """What calls are made on (capnp::ClientHook): to an object, or to a promise for one."""

    def call(self, task: Task) -> None:
        """Make a call: its task goes on when the object has it, or when it is rejected."""
        at: Reference | None = self
        while at is not None:
            at = at.accept(task)

    def accept(self, task: Task) -> Reference | None:
        """Take a call; what passes it on in this very turn says to which reference."""
        raise NotImplementedError

    def is_broken(self) -> bool:
        """Whether it rejects every call: isError()."""
        return False

    def is_promise(self) -> bool:
        """Whether it may come to stand for another: whether whenMoreResolved() gives something."""
        return self.is_promised()

    async def when_resolved(self) -> None:
        """whenMoreResolved(): wait until it is known what this stands for."""
        await self.is_told()

    def get_resolved(self) -> Reference | None:
        """getResolved(): what it is known to stand for; None where it is not known, or itself."""
        return self.noted_as()

    def innermost(self) -> Reference:
        """What it stands for in the end, as far as is known."""
        end: Reference = self
        ahead = self.get_resolved()
        while ahead is not None:
            end = ahead
            ahead = ahead.get_resolved()
        return end

    # --- seen by a connection -----------------------------------------------------

    def exported_as(self) -> Any:
        """What the vat that it is in, at the other end of a connection, has exported it as."""
        return None

    def must_embargo(self, called: bool) -> bool:
        """Whether a remote promise that resolved to this holds new calls, if it was `called`."""
        return called

    # --- seen by a membrane, which looks through itself for these -------------------

    def is_promised(self) -> bool:
        """Whether this itself is a promise."""
        return False

    async def is_told(self) -> None:
        """Wait until it is known what this itself was a promise for."""

    def noted_as(self) -> Reference | None:
        """What this itself is known to be a promise for."""
        return None

    def within(self) -> Reference | None:
        """What a membrane has wrapped in this."""
        return None

    def look(self) -> None:
        """Note what a wrapper stands for by now."""

    def unwrapped(self, membrane: Component, reverse: bool) -> Reference | None:
        """What a wrapper that crosses its own membrane back is; None for everything else."""
        return None

    # --- the call's own side ------------------------------------------------------

    async def delivery(self, broken: BrokenReference | None = None) -> None:
        """Wait, as the task of a call, until the object has it; raises Rejected.

        It does so where the call has come to `broken` instead. To be awaited on any
        reference of the task's own vat that the call goes through, and first of all: a
        task that has not begun when its call comes would miss it.
        """
        try:
            await park()
        finally:
            self.ended(current())
            if broken is not None and being_cancelled():
                broken.has_rejected(current())
        if broken is not None and broken.has_rejected(current()):
            raise Rejected()

    def passes_through(self) -> Reference | None:
        """Where calls made here go next, as far as is known."""
        return self.get_resolved()

    def forget(self, task: Task) -> None:
        """Let go of a call that the object has, or that is cancelled before it has."""

    def ended(self, task: Task) -> None:
        """Let everything that a call has gone through let go of it."""
        at: Reference | None = self
        while at is not None:
            at.forget(task)
            at = at.passes_through()


class LocalReference(Reference):
    """An object on this loop: a call is dispatched by an event of its own (LocalClient).

    The event is queued breadth-first, behind whatever has been queued before the call
    (evalLater), so no call has an effect before whoever made it goes on.
    """

    def __init__(self, loop: KjLoop) -> None:
        checked_loop(loop, KjLoop)
        self.loop = loop

    def accept(self, task: Task) -> Reference | None:
        """Queue the call's own event."""
        self.loop.arm_breadth_first(task)
        return None

    def forget(self, task: Task) -> None:
        """Disarm the event of a call that is cancelled before this has it."""
        self.loop.forget(task)


class BrokenReference(Reference):
    """No object: every call is rejected, in the order of calls (newBrokenCap()).

    It is a value more than an object: of no vat, and the same in all of them. Its news
    travels by no connection.
    """

    between_vats = True

    def __init__(self) -> None:
        self.rejected: Seq[Task] = seq(Task)

    def accept(self, task: Task) -> Reference | None:
        """Reject the call."""
        self.rejected.append(task)
        loop_of(task).wake(task)
        return None

    def is_broken(self) -> bool:
        """It is."""
        return True

    def must_embargo(self, called: bool) -> bool:
        """No: there is no object at which one call could come before another."""
        return False

    def has_rejected(self, task: Task) -> bool:
        """Whether a call has been rejected; says so once."""
        if task not in self.rejected:
            return False
        self.rejected.remove(task)
        return True


class QueuedReference(Reference):
    """A promise for a capability: calls are queued until `resolve` says for which (QueuedClient).

    One fork has three branches, and their order carries the guarantees: *note* what it
    stands for; *forward* the queued calls; *tell* who waits for the resolution. So queued
    calls are made before any call of somebody who has been told. A call that comes later
    takes one turn, breadth-first: it waits on what is settled already. Another `order` of
    branches is for models that ask what that is good for. What cannot be had is resolved
    with a BrokenReference.
    """

    def __init__(self, loop: KjLoop, *, order: Sequence[str] = BRANCHES) -> None:
        checked_loop(loop, KjLoop)
        self.loop = loop
        if sorted(order) != sorted(BRANCHES):
            raise ValueError(f"the branches are {', '.join(BRANCHES)}, not {', '.join(order)}")
        self.order = tuple(order)
        self.target: Reference | None = variable(optional(Reference), None)
        self.noted = boolean()
        self.forwarded = boolean()
        # Before: calls that wait for the resolution. After: those whose turn comes, with
        # `late` itself in the place of one that was cancelled.
        self.queue: Seq[Task] = seq(Task)
        self.told = Promise(loop)
        self._listeners: list[Listener] = []  # who waits for it from the beginning

    def resolve(self, target: Reference) -> None:
        """Say what it stands for; once only."""
        assert self.target is None, "a promise is resolved twice"
        assert target is not self, "a promise cannot stand for itself"
        self.target = target
        self.loop.wake(task_of(self.hub))

    def accept(self, task: Task) -> Reference | None:
        """Queue a call, or give it a turn of its own."""
        self.queue.append(task)
        if self.forwarded:
            self.loop.arm_again(task_of(self.late))
        return None

    def pass_on(self, task: Task) -> None:
        """Make a call on what it stands for."""
        assert self.target is not None
        self.target.call(task)

    @process(on="loop", daemon=True)
    async def hub(self) -> None:
        """The fork of the promise: arms its branches, in the order in which they were added."""
        await park()  # until it is resolved
        for name in self.order:
            if name == "note":
                self.loop.wake(task_of(self.note))
            elif name == "forward":
                self.loop.wake(task_of(self.forward))
            else:
                self.loop.wake(task_of(self.tell))

    @process(on="loop", daemon=True)
    async def note(self) -> None:
        """selfResolutionOp: others can see what it stands for."""
        await park()
        self.noted = True

    @process(on="loop", daemon=True)
    async def forward(self) -> None:
        """promiseForCallForwarding: make all queued calls, in order."""
        await park()
        self.forwarded = True
        for task in self.queue:
            self.pass_on(task)
        self.queue.clear()

    @process(on="loop", daemon=True)
    async def late(self) -> None:
        """A call that came after those that were queued."""
        while True:
            await park()
            task = self.queue.popleft()
            if task != current():
                self.pass_on(task)

    @process(on="loop", daemon=True)
    async def tell(self) -> None:
        """promiseForClientResolution: let go on who waits for the resolution."""
        await park()
        for each in self._listeners:
            self.loop.wake(each.listener())
        self.told.fulfill()

    def is_promised(self) -> bool:
        """It is one."""
        return True

    async def is_told(self) -> None:
        """Wait until it is known what it stands for."""
        await self.told

    def noted_as(self) -> Reference | None:
        """What it stands for, once that is noted."""
        return self.target if self.noted else None

    def forget(self, task: Task) -> None:
        """Let go of a queued call."""
        if task in self.queue:
            if self.forwarded:
                self.queue[self.queue.index(task)] = task_of(self.late)
            else:
                self.queue.remove(task)
