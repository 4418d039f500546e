"""Channels: messages on their way, which may be lost, come twice, or overtake each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Generic, TypeVar, cast, overload

from ordercheck.language import (
    Bag,
    Component,
    Mistake,
    Seq,
    Task,
    bag_of,
    being_cancelled,
    choose,
    current,
    integer,
    loop_of,
    on_loop,
    park,
    require,
    resume,
    seq,
    until,
)
from ordercheck.language.domains import Domain, checked_size

T = TypeVar("T")

WHEN_FULL = ("wait", "drop", "error")
"""What becomes of a message for which there is no room."""

Budget = bool | int
"""How often something may happen: never, any number of times, or at most so many times."""


class Fault(Component):
    """Something that may go wrong, as often as its budget allows.

    Only a budget that is a number is state: what is left of it.
    """

    _told: ClassVar[tuple[str, ...]] = ("left",)

    def __init__(self, budget: Budget, name: str) -> None:
        if not isinstance(budget, int) or budget < 0:
            raise Mistake(
                "E034",
                f"{name}={budget!r} is no budget",
                "how often may this happen?",
                f"{name}=2: at most twice; {name}=True: any number of times",
            )
        self.budget = budget
        if not isinstance(budget, bool):
            self.left = integer(budget, lo=0, hi=budget)

    def may_happen(self) -> bool:
        """Whether it may happen now."""
        return self.budget if isinstance(self.budget, bool) else self.left > 0

    def happens(self) -> None:
        """Note that it happens."""
        if not isinstance(self.budget, bool):
            self.left -= 1


class Channel(Component, Generic[T]):
    """Messages of `domain` on their way, at most `capacity` of them, first in, first out.

    A channel has any number of senders and receivers: free processes, tasks of any loop,
    and actions, which do not wait. What may go wrong is declared, each with a budget
    (True: any number of times; 2: at most twice): `lossy`, a message is sent and never
    arrives; `duplicating`, one is received and comes again; `reordering`, one is received
    before others that were sent earlier. `when_full` says what becomes of a message for
    which there is no room: its sender waits, it is dropped, or it is a model error.

    With capacity 0 sender and receiver, which must then be free processes, meet in one
    step: it runs the receiver up to its next suspension, and then the sender.
    """

    # Each fault is decided where that costs least: loss when a message is sent, once for each
    # message instead of in every state that has it; the others when one is received, so that
    # no state has a second copy, or an order other than that of sending. What can be
    # observed, what is sent and in which order it is received, is the same as where a
    # network does all this in steps of its own (tests/library/test_channel.py compares).

    _told: ClassVar[tuple[str, ...]] = ("messages", "losses", "duplicates", "overtakings")
    between_vats = True

    @overload
    def __init__(
        self,
        domain: Domain[T],
        capacity: int,
        *,
        lossy: Budget = ...,
        duplicating: Budget = ...,
        reordering: Budget = ...,
        when_full: str = ...,
    ) -> None: ...
    @overload
    def __init__(
        self,
        domain: Any,
        capacity: int,
        *,
        lossy: Budget = ...,
        duplicating: Budget = ...,
        reordering: Budget = ...,
        when_full: str = ...,
    ) -> None: ...
    def __init__(
        self,
        domain: Any,
        capacity: int,
        *,
        lossy: Budget = False,
        duplicating: Budget = False,
        reordering: Budget = False,
        when_full: str = "wait",
    ) -> None:
        self.capacity = checked_size(capacity)
        self.losses = Fault(lossy, "lossy")
        self.duplicates = Fault(duplicating, "duplicating")
        self.overtakings = Fault(reordering, "reordering")
        self.when_full = when_full
        self._check_kind(any((lossy, duplicating, reordering)))
        # Where any message may come next, the order of sending is no part of the state.
        self.unordered = reordering is True
        self.messages: Seq[T] = (
            cast("Seq[T]", bag_of(domain, capacity))
            if self.unordered
            else seq(domain, max(1, capacity))
        )
        # Tasks of loops that wait, and the receivers of a rendezvous.
        self.receivers: Seq[Task] = seq(Task)
        self.senders: Seq[Task] = seq(Task)

    def _check_kind(self, faulty: bool) -> None:
        if self.when_full not in WHEN_FULL:
            raise Mistake(
                "E034",
                f"when_full={self.when_full!r} is not known",
                "what becomes of a message for which there is no room?",
                'when_full="wait", "drop" or "error"',
            )
        if self.capacity == 0 and (faulty or self.when_full != "wait"):
            raise Mistake(
                "E034",
                "a channel of capacity 0 has nothing on the way",
                "who meets loses nothing, and has nothing to drop",
                "Channel(domain, capacity=1, …)",
            )

    # --- what can be seen -----------------------------------------------------------

    def __len__(self) -> int:
        return len(self.messages)

    def __iter__(self) -> Iterator[T]:
        """The messages on their way: in the order of sending, or of the domain if unordered."""
        return iter(self.messages)

    def can_send(self) -> bool:
        """Whether a message can be sent without waiting."""
        if self.capacity == 0:
            return len(self.receivers) > 0
        return self.when_full != "wait" or len(self.messages) < self.capacity

    def can_receive(self) -> bool:
        """Whether there is a message to be received."""
        return len(self.messages) > 0

    # --- waiting --------------------------------------------------------------------

    async def send(self, message: T) -> None:
        """Send a message, once there is room.

        A free process suspends first; sending and what follows are one step. A task of a
        loop sends at once where it can, and goes on as one that awaits a settled promise.
        """
        if self.capacity == 0:
            assert not on_loop(), "who meets is on no loop: give the channel a capacity"
            if not on_loop():
                await self._meet(message)
        elif not on_loop():
            await until(self.can_send())
            self._send(message)
        elif self.can_send():
            self._send(message)
            await loop_of(current()).settled()
        else:
            while not self.can_send():
                await self._wait(self.senders)
            self._send(message)

    async def receive(self) -> T:
        """The next message, once there is one.

        A free process suspends first; receiving and what follows are one step. A task of a
        loop goes on as one that awaits a promise: settled, if a message is there already.
        """
        if self.capacity == 0:
            assert not on_loop(), "who meets is on no loop: give the channel a capacity"
            self.receivers.append(current())
            await park()
        elif not on_loop():
            await until(self.can_receive())
        else:
            if self.can_receive():
                await loop_of(current()).settled()
            while not self.can_receive():
                await self._wait(self.receivers)
        return self._receive()

    async def _wait(self, waiting: Seq[Task]) -> None:
        """Wait to be woken; whoever is cancelled after that hands it on."""
        waiting.append(current())
        try:
            await loop_of(current()).parked()
        finally:
            if being_cancelled():
                if current() in waiting:
                    waiting.remove(current())
                else:
                    self._wake(waiting)

    def _wake(self, waiting: Seq[Task]) -> None:
        if waiting:
            task = waiting.popleft()
            loop_of(task).wake(task)

    # --- without waiting --------------------------------------------------------------

    def put(self, message: T) -> None:
        """Send a message now: an action that cannot, because there is no room, is not possible."""
        require(self.offer(message))

    def take(self) -> T:
        """The next message, now: an action is not possible while there is none."""
        require(self.can_receive())
        return self._receive()

    def offer(self, message: T) -> bool:
        """Send a message if there is room for it; whether there was."""
        if self.capacity == 0:
            return self._hand_over(message)
        if not self.can_send():
            return False
        self._send(message)
        return True

    def poll(self) -> T | None:
        """The next message; None where there is none."""
        return self._receive() if self.can_receive() else None

    # --- sending and receiving --------------------------------------------------------

    def _send(self, message: T) -> None:
        if self.when_full == "drop" and len(self.messages) == self.capacity:
            choose([True], name="dropped")
            return
        if self.losses.may_happen() and choose([False, True], name="lost"):
            self.losses.happens()
            return
        if self.unordered:
            cast("Bag[T]", self.messages).add(message)
        else:
            self.messages.append(message)
        self._wake(self.receivers)

    def _receive(self) -> T:
        return self._any() if self.unordered else self._at(self._place())

    def _any(self) -> T:
        bag = cast("Bag[T]", self.messages)
        message = choose(bag, name="message")
        if not self._comes_again():
            bag.remove(message)
            self._wake(self.senders)
        return message

    def _place(self) -> int:
        """Which message comes next: how many it overtakes."""
        if len(self.messages) == 1 or not self.overtakings.may_happen():
            return 0
        place = choose(range(len(self.messages)), name="overtaken")
        if place > 0:
            self.overtakings.happens()
        return place

    def _at(self, place: int) -> T:
        message = self.messages[place]
        if not self._comes_again():
            del self.messages[place]
            self._wake(self.senders)
        return message

    def _comes_again(self) -> bool:
        if self.duplicates.may_happen() and choose([False, True], name="duplicated"):
            self.duplicates.happens()
            self._wake(self.receivers)
            return True
        return False

    # --- rendezvous -------------------------------------------------------------------

    async def _meet(self, message: T) -> None:
        met = False
        while not met:
            await until(len(self.receivers) > 0)
            met = self._hand_over(message)

    def _hand_over(self, message: T) -> bool:
        """Whether somebody takes the message: a receiver that was cancelled goes on without."""
        while self.receivers:
            self.messages.append(message)
            resume(self.receivers.popleft())
            if not self.messages:
                return True
            self.messages.clear()
        return False
