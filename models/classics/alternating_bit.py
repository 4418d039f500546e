"""The alternating bit protocol over channels that lose messages.

One bit, sent along with the data and sent back as an acknowledgement, is enough to
make a lossy channel reliable (Bartlett, Scantlebury, Wilkinson, 1969; Lamport's version
in tlaplus/Examples, SpecifyingSystems/TLC).
"""

from ordercheck import (
    Model,
    Seq,
    action,
    choose,
    constraint,
    holds,
    integer,
    pair,
    param,
    reachable,
    require,
    seq,
    variant,
)

Message = tuple[int, int]
"""The bit, the data."""


class AlternatingBit(Model):
    """The two channels, the bits of both ends, what was sent last and what received."""

    data: int = param(2, lo=1, hi=4, help="how many different messages there are")
    room: int = param(2, lo=1, hi=4, help="messages in a channel: longer ones are not explored")
    variants = [variant("two messages", expect=holds())]

    def setup(self) -> None:
        """Nothing is under way; the bits agree."""
        bit = choose([0, 1])
        self.sender_bit = integer(bit, lo=0, hi=1)
        self.acknowledged = integer(bit, lo=0, hi=1)
        self.receiver_bit = integer(bit, lo=0, hi=1)
        self.sent = choose(range(self.data))
        self.received = choose(range(self.data))
        # One more than is explored: a constraint is about states, a capacity about steps.
        self.messages: Seq[Message] = seq(pair(range(2), range(self.data)), capacity=self.room + 1)
        self.answers = seq(range(2), capacity=self.room + 1)

    @action(each=lambda self: range(self.data), actor="sender")
    def send(self, data: int) -> None:
        """The last message has been acknowledged: send another."""
        require(self.sender_bit == self.acknowledged)
        self.sender_bit = 1 - self.sender_bit
        self.sent = data
        self.messages.append((self.sender_bit, data))

    @action(actor="sender")
    def send_again(self) -> None:
        """The last message has not been acknowledged: send it again."""
        require(self.sender_bit != self.acknowledged)
        self.messages.append((self.sender_bit, self.sent))

    @action(actor="receiver")
    def receive(self) -> None:
        """Take a message, whatever it is."""
        require(self.messages)
        self.receiver_bit, self.received = self.messages.popleft()

    @action(actor="receiver")
    def acknowledge(self) -> None:
        """Say which bit came last."""
        self.answers.append(self.receiver_bit)

    @action(actor="sender")
    def receive_acknowledgement(self) -> None:
        """Hear which bit came last."""
        require(self.answers)
        self.acknowledged = self.answers.popleft()

    @action(actor="channel")
    def lose_message(self) -> None:
        """Any one message."""
        position = choose(range(len(self.messages)))
        del self.messages[position]

    @action(actor="channel")
    def lose_answer(self) -> None:
        """Any one acknowledgement."""
        position = choose(range(len(self.answers)))
        del self.answers[position]

    @constraint
    def short(self) -> bool:
        """Only short channels are explored."""
        return len(self.messages) <= self.room and len(self.answers) <= self.room

    @reachable
    def delivered(self) -> bool:
        """What was sent has arrived, and the sender has not heard yet."""
        return self.sender_bit != self.acknowledged and self.received == self.sent
