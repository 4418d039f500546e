"""A linearizable memory, as an interface: processors ask, the memory does it, and answers.

Lamport, "Specifying Systems", chapter 5 (tlaplus/Examples, SpecifyingSystems): each
request takes effect at one moment between its call and its return.
"""

from enum import Enum
from typing import Annotated

from ordercheck import (
    Array,
    Model,
    Range,
    action,
    array,
    choose,
    holds,
    invariant,
    pair,
    reachable,
    require,
    struct,
    variable,
    variant,
)

PROCESSORS, ADDRESSES, VALUES = 2, 3, 2
Address = Annotated[int, Range(0, ADDRESSES - 1)]
Item = Annotated[int, Range(0, VALUES - 1)]


@struct
class Read:
    """What is at this address?"""

    address: Address


@struct
class Write:
    """Put this value there."""

    address: Address
    value: Item


@struct
class Value:
    """It is this."""

    value: Item


@struct
class Written:
    """It is done."""


Request = Read | Write
Reply = Value | Written
REQUESTS = [Read(a) for a in range(ADDRESSES)] + [
    Write(a, v) for a in range(ADDRESSES) for v in range(VALUES)
]


class Control(Enum):
    """How far a processor's request is."""

    READY = "ready"
    BUSY = "busy"
    DONE = "done"


class Memory(Model):
    """The last message on the interface, the memory, and each processor's request."""

    variants = [variant("two processors", expect=holds())]

    def setup(self) -> None:
        """The memory holds anything, nobody has asked."""
        self.wire: tuple[int, Request | Reply] = variable(
            pair(range(PROCESSORS), Read | Write | Value | Written), (0, Written())
        )
        self.memory = array(
            range(VALUES), ADDRESSES, [choose(range(VALUES)) for _ in range(ADDRESSES)]
        )
        self.control = array(Control, PROCESSORS, Control.READY)
        self.buffer: Array[Request | Reply] = array(
            Read | Write | Value | Written, PROCESSORS, Written()
        )

    @action(each=range(PROCESSORS), actor="processor")
    def ask(self, p: int) -> None:
        """A processor asks for anything."""
        require(self.control[p] == Control.READY)
        request = choose(REQUESTS)
        self.control[p] = Control.BUSY
        self.buffer[p] = request
        self.wire = (p, request)

    @action(each=range(PROCESSORS), actor="memory")
    def do(self, p: int) -> None:
        """The moment at which the request takes effect."""
        require(self.control[p] == Control.BUSY)
        match self.buffer[p]:
            case Read(address):
                self.buffer[p] = Value(self.memory[address])
            case Write(address, value):
                self.memory[address] = value
                self.buffer[p] = Written()
            case _:
                require(False)
        self.control[p] = Control.DONE

    @action(each=range(PROCESSORS), actor="memory")
    def reply(self, p: int) -> None:
        """The processor hears of it."""
        require(self.control[p] == Control.DONE)
        self.control[p] = Control.READY
        self.wire = (p, self.buffer[p])

    @invariant
    def requests_while_busy(self) -> bool:
        """A processor's buffer holds a request just while it is busy."""
        return all(
            isinstance(self.buffer[p], (Read, Write)) == (self.control[p] == Control.BUSY)
            for p in range(PROCESSORS)
        )

    @reachable
    def all_busy(self) -> bool:
        """Requests overlap."""
        return all(control == Control.BUSY for control in self.control)
