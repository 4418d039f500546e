"""Capability references on one loop, and between two vats (workerd, Cap'n Proto).

Calls on one reference are delivered in the order in which they were made: in one thread by
LocalClient::call(), which dispatches with evalLater (the tail of the loop's queue); between two
vats by a connection, which is FIFO, and whose receiver handles one message at a time, some turns
apart. A `PromisedReference` does not know its target yet
(QueuedClient): calls wait in it, and are forwarded in order. "The client, once the output gate is
open" is such a one.
"""

from ordercheck import (
    Component,
    Seq,
    Task,
    action,
    boolean,
    park,
    process,
    require,
    seq,
    task_of,
)
from ordercheck.library import KjLoop, Promise

MESSAGES = 16
"""More messages than there can be under way."""

TURNS = 5
"""Breadth-first turns from handling a message to handling the next, both there at once.

Measured with Cap'n Proto itself (tests/conformance/capnp/). They come of the kj::yield() at the
end of each round of RpcConnectionState::messageLoop(), and of receiveIncomingMessage(), which
begins with evalLater().
"""


class Connection(Component):
    """One direction of a connection between two vats: messages arrive in order, at any time."""

    between_vats = True

    def __init__(self, receiver: KjLoop) -> None:
        self.receiver = receiver
        self.wire: Seq[Task] = seq(Task, capacity=MESSAGES)
        self.arrived: Seq[Task] = seq(Task, capacity=MESSAGES)
        self.idle = boolean(True)

    def send(self, message: Task) -> None:
        """Put a message on the wire."""
        self.wire.append(message)

    @action(actor="network")
    def deliver(self) -> None:
        """The oldest message arrives; the receiver polls for it when it has nothing to do."""
        require(self.wire)
        self.arrived.append(self.wire.popleft())
        if self.idle:
            self.idle = False
            self.receiver.wake(task_of(self.message_loop))

    @process(on="receiver", daemon=True)
    async def message_loop(self) -> None:
        """RpcConnectionState::messageLoop(): what a message arms comes before the next message.

        Where no other one is there the loop polls, which it does when it has nothing else to do.
        """
        await park()
        while True:
            self.receiver.arm_depth_first(self.arrived.popleft())
            if self.arrived:
                for _ in range(TURNS):
                    await self.receiver.later()
            else:
                self.idle = True
                await park()


class Reference(Component):
    """A capability whose object is known: on this loop, or at the end of a connection."""

    def __init__(self, loop: KjLoop, connection: Connection | None) -> None:
        self.loop = loop
        self.connection = connection

    def call(self, message: Task) -> None:
        """Make a call."""
        self.forward(message)

    def forward(self, message: Task) -> None:
        """Send a call on its way."""
        if self.connection is not None:
            self.connection.send(message)
        else:
            self.loop.arm_breadth_first(message)  # LocalClient::call(): evalLater


class PromisedReference(Reference):
    """A promise for a capability (QueuedClient): calls wait in it until it resolves.

    `hops`: how many it takes more to go on than others who wait for `target` take.
    """

    def __init__(self, loop: KjLoop, connection: Connection | None, hops: int = 0) -> None:
        super().__init__(loop, connection)
        self.hops = hops
        self.target = Promise(loop)
        self.known = boolean()
        self.resolved = boolean()
        self.waiting: Seq[Task] = seq(Task, capacity=MESSAGES)

    def call(self, message: Task) -> None:
        """Make a call; it waits behind those that wait."""
        if self.resolved:
            self.forward(message)
        else:
            self.waiting.append(message)

    @process(on="loop", daemon=True)
    async def resolution(self) -> None:
        """Forwards what has waited, in order; what comes later goes straight through."""
        await self.target
        for _ in range(self.hops):
            await self.loop.later()
        self.resolved = True
        for message in self.waiting:
            self.forward(message)
        self.waiting.clear()

    @process(on="loop", daemon=True)
    async def fulfiller(self) -> None:
        """Fulfils the promise, in an event of the loop."""
        await park()
        self.target.fulfill()

    @action(actor="promise")
    def resolves(self) -> None:
        """What it is a promise for becomes known; the output gate opens."""
        require(not self.known)
        self.known = True
        self.loop.wake(task_of(self.fulfiller))
