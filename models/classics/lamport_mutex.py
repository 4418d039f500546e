"""Lamport's mutual exclusion by logical clocks, over channels that keep order.

"Time, clocks, and the ordering of events in a distributed system" (CACM 1978;
tlaplus/Examples, lamport_mutex). Everybody is told of each request, acknowledges it, and
the oldest one by the clocks goes in. The channels' order is what makes it right.
"""

from typing import Annotated

from ordercheck import (
    Model,
    Range,
    Seq,
    action,
    array,
    constraint,
    holds,
    invariant,
    param,
    reachable,
    require,
    seq,
    set_of,
    struct,
    variant,
)

Time = Annotated[int, Range(0, 15)]


@struct
class Request:
    """I want to go in, and asked at this time."""

    time: Time


@struct
class Acknowledge:
    """I know."""


@struct
class Release:
    """I have come out."""


Message = Request | Acknowledge | Release


class LamportMutex(Model):
    """Clocks, what each knows of all requests, acknowledgements, channels, who is inside."""

    processes: int = param(2, lo=2, hi=4)
    latest: int = param(4, lo=1, hi=14, help="how far clocks are followed")
    variants = [variant("two processes", expect=holds())]

    def setup(self) -> None:
        """Nobody has asked."""
        everyone = range(self.processes)
        times = range(self.latest + 2)
        self.clock = array(times, self.processes, 1)
        # requests[p][q]: the time of q's request as p knows it, 0 for none.
        self.requests = [array(times, self.processes, 0) for _ in everyone]
        self.acknowledged = [set_of(everyone) for _ in everyone]
        self.channel: list[list[Seq[Message]]] = [
            [seq(Message, capacity=3) for _ in everyone] for _ in everyone
        ]
        self.inside = set_of(everyone)

    def broadcast(self, me: int, message: Message) -> None:
        """Send a message to all others."""
        for other in range(self.processes):
            if other != me:
                self.channel[me][other].append(message)

    @action(each=lambda self: range(self.processes))
    def ask(self, me: int) -> None:
        """Ask everybody, with the time."""
        require(self.requests[me][me] == 0)
        self.requests[me][me] = self.clock[me]
        self.acknowledged[me].clear()
        self.acknowledged[me].add(me)
        self.broadcast(me, Request(self.clock[me]))

    @action(each=lambda self: range(self.processes))
    def enter(self, me: int) -> None:
        """All know, and nobody asked before me."""
        require(len(self.acknowledged[me]) == self.processes)
        known = self.requests[me]
        require(
            all(
                known[q] == 0 or (known[me], me) < (known[q], q)
                for q in range(self.processes)
                if q != me
            )
        )
        self.inside.add(me)

    @action(each=lambda self: range(self.processes))
    def leave(self, me: int) -> None:
        """Come out and say so."""
        require(me in self.inside)
        self.inside.remove(me)
        self.requests[me][me] = 0
        self.acknowledged[me].clear()
        self.broadcast(me, Release())

    @action(
        each=lambda self: [
            (me, other)
            for me in range(self.processes)
            for other in range(self.processes)
            if me != other
        ]
    )
    def receive(self, me: int, other: int) -> None:
        """Take the next message of another, and answer a request."""
        require(self.channel[other][me])
        match self.channel[other][me].popleft():
            case Request(time):
                self.requests[me][other] = time
                self.clock[me] = max(time, self.clock[me]) + 1
                self.channel[me][other].append(Acknowledge())
            case Acknowledge():
                self.acknowledged[me].add(other)
            case Release():
                self.requests[me][other] = 0

    @constraint
    def early(self) -> bool:
        """Only small clocks are explored."""
        return max(self.clock) <= self.latest

    @invariant
    def mutual_exclusion(self) -> bool:
        """Never two inside."""
        return len(self.inside) <= 1

    @reachable
    def last_inside(self) -> bool:
        """Each gets in, also the last."""
        return self.processes - 1 in self.inside
