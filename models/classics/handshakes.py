"""The alternating bit protocol as in process algebra: hand-shakes instead of queues.

Sender, receiver, and between them two channels with room for one message each, which
may damage what they carry (mCRL2's abp). Each process is a state and the hand-shakes
in which it can take part.
"""

from enum import Enum
from typing import Annotated

from ordercheck import (
    Model,
    Range,
    action,
    choose,
    holds,
    reachable,
    require,
    struct,
    variable,
    variant,
)

Data = Annotated[int, Range(0, 1)]


@struct
class Read:
    """The sender waits for data from outside, to be sent with this bit."""

    bit: bool


@struct
class Send:
    """The sender has a message to hand to the channel."""

    bit: bool
    data: Data


@struct
class AwaitAnswer:
    """The sender has sent a message and waits for its acknowledgement."""

    bit: bool
    data: Data


@struct
class Wait:
    """The receiver waits for a message with this bit."""

    bit: bool


@struct
class Deliver:
    """The receiver has something to deliver."""

    bit: bool
    data: Data


@struct
class Confirm:
    """The receiver has delivered and has to say so."""

    bit: bool


@struct
class Answer:
    """The receiver has got something useless and has to say so."""

    bit: bool


@struct
class Frame:
    """Data with its bit."""

    bit: bool
    data: Data


class Damaged(Enum):
    """What is left of a message or of an acknowledgement that was damaged."""

    DAMAGED = "damaged"


@struct
class Moving:
    """A message on its way."""

    frame: Frame


@struct
class Arrived:
    """A message at the end of its way."""

    frame: Frame | Damaged


@struct
class AnswerMoving:
    """An acknowledgement on its way."""

    bit: bool


@struct
class AnswerArrived:
    """An acknowledgement at the end of its way."""

    bit: bool | Damaged


class Handshakes(Model):
    """What sender, message channel, receiver and acknowledgement channel are about."""

    variants = [variant("two values", expect=holds())]

    def setup(self) -> None:
        """The sender reads, the receiver waits, the channels are empty."""
        self.sender: Read | Send | AwaitAnswer = variable(Read | Send | AwaitAnswer, Read(True))
        self.receiver: Wait | Deliver | Confirm | Answer = variable(
            Wait | Deliver | Confirm | Answer, Wait(True)
        )
        self.message: Moving | Arrived | None = variable(Moving | Arrived | None, None)
        self.answer: AnswerMoving | AnswerArrived | None = variable(
            AnswerMoving | AnswerArrived | None, None
        )

    @action(each=range(2), actor="sender")
    def read(self, data: int) -> None:
        """Data comes from outside."""
        match self.sender:
            case Read(bit):
                self.sender = Send(bit, data)
            case _:
                require(False)

    @action(actor="sender")
    def hand_over(self) -> None:
        """Sender and channel shake hands."""
        require(self.message is None)
        match self.sender:
            case Send(bit, data):
                self.sender = AwaitAnswer(bit, data)
                self.message = Moving(Frame(bit, data))
            case _:
                require(False)

    @action(actor="channel")
    def carry(self) -> None:
        """The message arrives, or what is left of it."""
        match self.message:
            case Moving(frame):
                damaged = choose([False, True])
                self.message = Arrived(Damaged.DAMAGED if damaged else frame)
            case _:
                require(False)

    @action(actor="receiver")
    def receive(self) -> None:
        """Channel and receiver shake hands."""
        match self.message, self.receiver:
            case Arrived(Frame(bit, data)), Wait(expected) if bit == expected:
                self.receiver = Deliver(bit, data)
            case Arrived(_), Wait(expected):
                self.receiver = Answer(not expected)
            case _:
                require(False)
        self.message = None

    @action(actor="receiver")
    def deliver(self) -> None:
        """The data goes outside."""
        match self.receiver:
            case Deliver(bit, _):
                self.receiver = Confirm(bit)
            case _:
                require(False)

    @action(actor="receiver")
    def acknowledge(self) -> None:
        """Receiver and acknowledgement channel shake hands."""
        require(self.answer is None)
        match self.receiver:
            case Answer(bit) | Confirm(bit):
                self.receiver = Wait(not bit)
                self.answer = AnswerMoving(bit)
            case _:
                require(False)

    @action(actor="channel")
    def carry_answer(self) -> None:
        """The acknowledgement arrives, or what is left of it."""
        match self.answer:
            case AnswerMoving(bit):
                damaged = choose([False, True])
                self.answer = AnswerArrived(Damaged.DAMAGED if damaged else bit)
            case _:
                require(False)

    @action(actor="sender")
    def receive_answer(self) -> None:
        """Acknowledgement channel and sender shake hands."""
        match self.answer, self.sender:
            case AnswerArrived(got), AwaitAnswer(bit, data):
                self.sender = Read(not bit) if got == bit else Send(bit, data)
            case _:
                require(False)
        self.answer = None

    @reachable
    def next_message(self) -> bool:
        """The first message is through, the next one is delivered."""
        return self.receiver == Deliver(False, 1)
