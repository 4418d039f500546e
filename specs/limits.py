"""What `wait_for`, `timeout` and `shield` of asyncio promise to whoever waits."""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from ordercheck import Spec, implies, invariant
from ordercheck.library import AsyncioLoop


class Outcome(Enum):
    """How a wait came out."""

    WAITING = 0
    VALUE = 1
    LATE = 2
    CANCELLED = 3


class Waiting(Protocol):
    """A model of one task that waits for another, with a limit of time or shielded."""

    @property
    def loop(self) -> AsyncioLoop:
        """The loop of both; where it is idle, whoever may go on has gone on."""

    @property
    def outcome(self) -> Outcome:
        """How the wait came out."""

    @property
    def was_asked(self) -> bool:
        """Whether anybody has asked the task that waits to end."""

    @property
    def is_late(self) -> bool:
        """Whether the time that it has is over."""

    @property
    def has_ended(self) -> bool:
        """Whether what it waits for is over, whichever way."""

    @property
    def was_cancelled(self) -> bool:
        """Whether what it waits for was raised CancelledError."""


class Limited(Spec[Waiting]):
    """A wait with a limit has one outcome, and there is a reason for it.

    In every state: TimeoutError only where the time is over, CancelledError only where somebody
    asked the one who waits to end, and once the wait is over, so is what was waited for.

    The smallest history that violates it: the time is over, TimeoutError is raised, and what was
    waited for takes another step. Applies to `wait_for`, and to `timeout` around an `await`.
    """

    @invariant
    def late_means_that_the_time_is_over(self, model: Waiting) -> bool:
        """TimeoutError is raised for one reason only."""
        return implies(model.outcome == Outcome.LATE, model.is_late)

    @invariant
    def cancelled_means_that_somebody_asked(self, model: Waiting) -> bool:
        """CancelledError is raised in who waits where somebody asked it to end."""
        return implies(model.outcome == Outcome.CANCELLED, model.was_asked)

    @invariant
    def nothing_goes_on(self, model: Waiting) -> bool:
        """What was waited for is over when the wait is."""
        return implies(model.outcome != Outcome.WAITING, model.has_ended)

    @invariant
    def nobody_is_cancelled_for_nothing(self, model: Waiting) -> bool:
        """What is waited for is cancelled where the time is over, or somebody asked."""
        return implies(model.was_cancelled, model.is_late or model.was_asked)


class Shielded(Spec[Waiting]):
    """What is shielded is not cancelled with who waits for it.

    In every state: what is shielded was not cancelled; who waits for it and was asked to end waits
    no more where the loop is idle, and has a value only where there is one. The smallest history
    that violates it: who waits is cancelled, and so is what it waits for. Applies to `shield` of
    asyncio, and to whatever is to outlive who asked for it.
    """

    @invariant
    def the_inner_one_goes_on(self, model: Waiting) -> bool:
        """It is never cancelled."""
        return not model.was_cancelled

    @invariant
    def cancelled_means_that_somebody_asked(self, model: Waiting) -> bool:
        """CancelledError is raised in who waits where somebody asked it to end."""
        return implies(model.outcome == Outcome.CANCELLED, model.was_asked)

    @invariant
    def who_is_asked_is_let_go(self, model: Waiting) -> bool:
        """Who waits and is asked to end does not wait for the end of what is shielded."""
        return implies(model.was_asked and model.loop.idle(), model.outcome != Outcome.WAITING)

    @invariant
    def a_value_means_that_it_has_come(self, model: Waiting) -> bool:
        """Who waits goes on with a value once what it waits for is over."""
        return implies(model.outcome == Outcome.VALUE, model.has_ended)
