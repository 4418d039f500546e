"""Connections of two vats, and references to what is at their other end (capnp/rpc.c++).

Messages arrive in the order in which they were sent, at any later time. A promise that resolves
to something on this side of the connection is *embargoed*: calls sent before are still on their
way there and back, and a Disembargo is sent after them; new calls are held until it is back.
Promised results of calls, on which one calls before they are there (pipelining), are promises
at the other end like any other: a Return says what they stand for, as a Resolve does.

Left out: a third vat, reference counts, streaming, lost connections.
"""

from __future__ import annotations

from ordercheck.language import (
    Component,
    Mistake,
    Seq,
    Task,
    action,
    boolean,
    current,
    either,
    integer,
    loop_of,
    optional,
    park,
    process,
    require,
    seq,
    struct,
    task_of,
    variable,
)
from ordercheck.library.kj import KjLoop
from ordercheck.library.promise import Promise
from ordercheck.library.reference import QueuedReference, Reference

MESSAGES = 16
"""More messages than are on their way in one direction at once, unless one says so."""


class Connection(Component):
    """A connection of two vats: one way in each direction, and what is known across it."""

    between_vats = True

    def __init__(self, one: KjLoop, other: KjLoop, *, messages: int = MESSAGES) -> None:
        self.ends = (one, other)
        self.to_one = Way(one, messages)
        self.to_other = Way(other, messages)
        self.imports: list[RemoteReference] = []

    def reference(self, to: Reference) -> RemoteReference:
        """The reference by which the other vat knows something, in set-up; always the same one."""
        found = next((each for each in self.imports if each.to is to), None)
        if found is not None:
            return found
        theirs = getattr(to, "loop", None)
        if not isinstance(theirs, KjLoop) or theirs not in self.ends or to.exported_as():
            raise Mistake(
                "E103",
                "this is not at an end of the connection",
                "an object or a promise of one of its two loops",
                "Connection(here, there).reference(LocalReference(there))",
            )
        made = self.imported(to, theirs)
        self.imports.append(made)
        return made

    def imported(self, to: Reference, theirs: KjLoop) -> RemoteReference:
        """A new reference, for set-up: of another class, where a model asks what comes of it."""
        return (RemotePromise if to.is_promise() else RemoteReference)(self, to, theirs)

    def other_end(self, loop: KjLoop) -> KjLoop:
        """The loop at the other end."""
        return self.ends[1] if loop is self.ends[0] else self.ends[0]

    def away_from(self, loop: KjLoop) -> Way:
        """The way from one of the two vats to the other."""
        return self.to_other if loop is self.ends[0] else self.to_one

    def send(self, task: Task) -> None:
        """Any other message, such as a return: a task goes on when it arrives."""
        loop = loop_of(task)
        way = self.to_one if loop is self.ends[0] else self.to_other
        way.send(Other(task))


class RemoteReference(Reference):
    """An object at the other end of a connection (ImportClient): calls are sent there."""

    def __init__(self, connection: Connection, to: Reference, theirs: KjLoop) -> None:
        self.loop = connection.other_end(theirs)
        self.to = to
        self.connection = connection
        self.way = connection.away_from(self.loop)
        self.export: Export = self.exported(theirs)

    def exported(self, theirs: KjLoop) -> Export:
        """What the other vat knows this by, for set-up."""
        return Export(self, theirs)

    def accept(self, task: Task) -> Reference | None:
        """Send a call."""
        self.way.send(Call(self.export, task))
        return None

    def resolve(self, replacement: Reference, reflected: bool) -> None:
        """Hear what a promise stands for: nobody is told so of an object."""

    def lift(self) -> None:
        """Hear that a Disembargo is back: none is sent for an object."""

    def exported_as(self) -> Export | None:
        """What the vat at the other end has exported it as."""
        return self.export

    def must_embargo(self, called: bool) -> bool:
        """No: calls made from now on take the way that those before have taken."""
        return False


class RemotePromise(RemoteReference):
    """A promise at the other end of a connection (PromiseClient).

    Calls are sent there until a Resolve comes. If that leads back to this vat, and calls have
    been sent, new calls are held until a Disembargo is back.
    """

    def __init__(self, connection: Connection, to: Reference, theirs: KjLoop) -> None:
        super().__init__(connection, to, theirs)
        self.called = boolean()  # receivedCall
        self.resolution: Reference | None = variable(optional(Reference), None)
        self.embargo = QueuedReference(self.loop)
        self.replacement: Reference | None = variable(optional(Reference), None)
        self.told = Promise(self.loop)

    def exported(self, theirs: KjLoop) -> Export:
        """What the other vat knows this by, for set-up."""
        self.promised = ExportedPromise(self, theirs)
        return self.promised

    def accept(self, task: Task) -> Reference | None:
        """Send a call there, or pass it on."""
        if self.resolution is not None:
            return self.resolution
        self.called = True
        self.way.send(Call(self.export, task))
        return None

    def resolve(self, replacement: Reference, reflected: bool) -> None:
        """PromiseClient::resolve(), when a Resolve has come.

        `reflected`: the other vat took it for something of this one's, which in the meantime
        has come to lead there again (RequireEmbargoWrapper).
        """
        if self.needs_embargo(replacement, reflected):
            self.replacement = replacement
            self.way.send(Disembargo(self.promised))
            self.resolution = self.embargo
        else:
            self.resolution = replacement
        self.told.fulfill()

    def needs_embargo(self, replacement: Reference, reflected: bool) -> bool:
        """Whether calls made from now on might overtake those that went there."""
        return replacement.must_embargo(self.called) or reflected

    def lift(self) -> None:
        """The Disembargo is back: let calls go to what this stands for."""
        assert self.replacement is not None
        self.embargo.resolve(self.replacement)

    def must_embargo(self, called: bool) -> bool:
        """Not yet: if this one resolves to something here, it has to."""
        self.called = self.called or called
        return False

    def is_promised(self) -> bool:
        """It is one."""
        return True

    async def is_told(self) -> None:
        """Wait until it is known what it stands for."""
        await self.told

    def noted_as(self) -> Reference | None:
        """What it stands for, once that is known."""
        return self.resolution


class Export(Component):
    """What the other vat knows an object by: an entry of the table of exports."""

    def __init__(self, known_as: RemoteReference, loop: KjLoop) -> None:
        self.loop = loop
        self.known_as = known_as
        self.connection = known_as.connection
        self.way = self.connection.away_from(loop)
        self.to = known_as.to

    def hook(self) -> Reference:
        """What calls from the other end go to."""
        return self.to

    def disembargo(self) -> None:
        """A Disembargo has come: none does for an object."""


class ExportedPromise(Export):
    """What the other vat knows a promise by.

    Once that has resolved, calls from the other end go to what it has resolved to and to
    nothing else, even if that resolves in turn (the Tribble 4-way race).
    """

    def __init__(self, known_as: RemotePromise, loop: KjLoop) -> None:
        super().__init__(known_as, loop)
        self.promise = known_as
        self.now: Reference = variable(Reference, known_as.to)
        self.listens = isinstance(known_as.to, QueuedReference)
        if isinstance(known_as.to, QueuedReference):
            known_as.to._listeners.append(self)

    def hook(self) -> Reference:
        """What calls from the other end go to now."""
        return self.now

    @process(on="loop", daemon=True)
    async def resolve_exported(self) -> None:
        """resolveExportedPromise(): tell the other vat what a promise stands for."""
        if self.listens:
            await park()
        else:
            await self.now.when_resolved()
        self.now = self.now.innermost()
        while not self.tell():
            await self.now.when_resolved()
            self.now = self.now.innermost()

    def listener(self) -> Task:
        """Who waits for the promise."""
        return task_of(self.resolve_exported)

    def tell(self) -> bool:
        """Send a Resolve; not if this is to stand for one more promise that nobody there knows."""
        theirs = self.now.exported_as()
        ours = next((each for each in self.connection.imports if each.to is self.now), None)
        if theirs is not None:
            self.way.send(Reflected(self.promise, theirs))
        elif ours is not None:
            self.way.send(Resolved(self.promise, ours))
        elif self.now.is_promise():
            return False
        else:
            assert self.now.is_broken(), "give the other vat a reference: connection.reference(…)"
            self.way.send(Resolved(self.promise, self.now))
        return True

    def disembargo(self) -> None:
        """A Disembargo has come."""
        self.loop.wake(task_of(self.echo))

    @process(on="loop", daemon=True)
    async def echo(self) -> None:
        """handleDisembargo(): send it back after all calls that are on their way here."""
        await park()  # until it arrives
        if self.now.is_promise():
            await self.now.when_resolved()
        await self.quiet()
        self.way.send(Disembargoed(self.promise))

    async def quiet(self) -> None:
        """Let all calls that are in the loop go first: yieldUntilQueueEmpty()."""
        await self.loop.last()


@struct
class Call:
    """A call on what the receiver has exported."""

    target: Export
    task: Task


@struct
class Resolved:
    """A promise of the sender's stands for something of the sender's, or for nothing."""

    promise: RemoteReference
    to: Reference


@struct
class Reflected:
    """A promise of the sender's stands for something of the receiver's (receiverHosted)."""

    promise: RemoteReference
    to: Export


@struct
class Disembargo:
    """senderLoopback: to be sent back after all calls that went there before."""

    target: Export


@struct
class Disembargoed:
    """receiverLoopback: all calls are back."""

    promise: RemoteReference


@struct
class Other:
    """Anything else: a task goes on."""

    task: Task


Message = Call | Resolved | Reflected | Disembargo | Disembargoed | Other


class Way(Component):
    """One direction of a connection."""

    between_vats = True

    def __init__(self, receiver: KjLoop, messages: int) -> None:
        self.receiver = receiver
        kinds = either(Call, Resolved, Reflected, Disembargo, Disembargoed, Other)
        self.messages: Seq[Message] = seq(kinds, messages)
        # How many have arrived, and wait for the receiver's next turns.
        self.arrived = integer(0, lo=0, hi=messages)

    def send(self, message: Message) -> None:
        """Send a message."""
        self.messages.append(message)

    @action(actor="network")
    def deliver(self) -> None:
        """The oldest message arrives."""
        require(self.arrived < len(self.messages))
        self.arrived += 1
        self.receiver.post(task_of(self.message_loop))

    @process(on="receiver", daemon=True)
    async def message_loop(self) -> None:
        """messageLoop(): handle messages, the next one after all that is queued by then.

        One turn between two messages is the least that there can be; Cap'n Proto takes five
        by now (tests/conformance/capnp), and calls must not be so slow that they need them.
        """
        while True:
            await park()
            self.arrived -= 1
            self.handle(self.messages.popleft())
            if self.arrived > 0:
                self.receiver.arm_breadth_first(current())

    def handle(self, message: Message) -> None:
        """handleMessage()."""
        match message:
            case Call(target=target, task=call):
                if target.loop is self.receiver:
                    target.hook().call(call)
            case Resolved(promise=promise, to=theirs):
                if promise.loop is self.receiver:
                    promise.resolve(theirs, False)
            case Reflected(promise=back, to=ours):
                if back.loop is self.receiver and ours.loop is self.receiver:
                    back.resolve(ours.hook(), ours.hook().exported_as() is not None)
            case Disembargo(target=embargoed):
                if embargoed.loop is self.receiver:
                    embargoed.disembargo()
            case Disembargoed(promise=held):
                if held.loop is self.receiver:
                    held.lift()
            case Other(task=task):
                loop_of(task).wake(task)
