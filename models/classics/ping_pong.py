"""Two actors count the messages that they send to and fro, over a network that loses none.

From Stateright's tests. Counting never ends; the constraint says how far it is followed.
"""

from typing import Annotated

from ordercheck import (
    Model,
    Range,
    action,
    constraint,
    holds,
    integer,
    invariant,
    param,
    require,
    struct,
    variable,
    variant,
)

Number = Annotated[int, Range(0, 31)]


@struct
class Ping:
    """To the second actor."""

    number: Number


@struct
class Pong:
    """Back to the first."""

    number: Number


class PingPong(Model):
    """What each actor has counted, and the one message under way."""

    top: int = param(5, lo=1, hi=30, help="how far to count")
    variants = [variant("up to five", expect=holds())]

    def setup(self) -> None:
        """The first ping is under way."""
        self.pings = integer(0, lo=0, hi=self.top + 1)
        self.pongs = integer(0, lo=0, hi=self.top + 1)
        self.message: Ping | Pong = variable(Ping | Pong, Ping(0))

    @action(actor="second")
    def answer(self) -> None:
        """The second actor gets the ping that it waits for."""
        match self.message:
            case Ping(number):
                require(number == self.pongs)
                self.pongs += 1
                self.message = Pong(number)
            case _:
                require(False)

    @action(actor="first")
    def go_on(self) -> None:
        """The first actor gets the pong that it waits for."""
        match self.message:
            case Pong(number):
                require(number == self.pings)
                self.pings += 1
                self.message = Ping(number + 1)
            case _:
                require(False)

    @constraint
    def within(self) -> bool:
        """Nothing is explored beyond the top."""
        return max(self.pings, self.pongs) <= self.top

    @invariant
    def in_step(self) -> bool:
        """Neither is ahead by more than one."""
        return abs(self.pings - self.pongs) <= 1
