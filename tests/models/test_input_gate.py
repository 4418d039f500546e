"""The input gate's contract holds for every small program, and notices what breaks it."""

from __future__ import annotations

from typing import Any

import pytest

from models.input_gate import InputGates
from ordercheck import Outcome, Task, Variant, verify
from ordercheck.checking.expectation import as_expected
from ordercheck.library import InputGate


@pytest.mark.parametrize("variant", InputGates.variants, ids=lambda variant: variant.name)
def test_variants(variant: Variant) -> None:
    expect = variant.expect
    assert expect is not None
    assert as_expected(verify(InputGates, **variant.parameters), expect.holds, expect.property)


class Leaky(InputGate):
    """A waiter that is cancelled keeps the lock that it was handed."""

    def leave(self, task: Task) -> None:
        """Leave the queue."""
        if task in self.waiters:
            self.waiters.remove(task)


class Crowded(InputGate):
    """A waiter that is cancelled stays in the queue."""

    def leave(self, task: Task) -> None:
        """Give back a lock."""
        if task not in self.waiters:
            self.release_lock()


class Hasty(InputGate):
    """A waiter that is cancelled passes a lock on, whether it had one or not."""

    def leave(self, task: Task) -> None:
        """Leave the queue, and let somebody in."""
        if task in self.waiters:
            self.waiters.remove(task)
        self.release_lock()


class Unfair(InputGate):
    """The newest waiter is served first."""

    def release_lock(self) -> None:
        """Hand the lock on."""
        self.locks -= 1
        if self.locks == 0 and self.waiters:
            self.locks = 1
            self.loop.wake(self.waiters.pop())


class Forgetful(InputGate):
    """A lock that is let go is handed to nobody."""

    def release_lock(self) -> None:
        """Let the lock go."""
        self.locks -= 1


class Lenient(InputGate):
    """A gate that is broken goes on letting waiters in."""

    def set_broken(self) -> None:
        """Break."""
        self.broken = True


class Sectarian(InputGate):
    """Sections that are ready to start wait until nobody else does."""

    def release_lock(self) -> None:
        """Hand the lock on."""
        self.locks -= 1
        if self.locks == 0 and self.waiters:
            self.locks = 1
            self.loop.wake(self.waiters.popleft())
        elif self.locks == 0 and self.waiting_children:
            self.locks = 1
            self.loop.wake(self.waiting_children.popleft())


@pytest.mark.parametrize(
    ("gate", "parameters", "name"),
    [
        (Leaky, {}, "all_comes_back"),
        (Crowded, {}, "task"),
        (Hasty, {}, "assert"),
        (Unfair, {"cancels": 0}, "first_come_first_served"),
        (Forgetful, {"cancels": 0}, "nobody_waits_at_an_open_gate"),
        (Lenient, {"programs": "failures", "tasks": 2}, "a_broken_gate_rejects_everybody"),
        (Sectarian, {"programs": "sections", "cancels": 0}, "children_first"),
    ],
)
def test_what_breaks_the_gate_is_noticed(
    gate: type[InputGate], parameters: dict[str, Any], name: str
) -> None:
    class Broken(InputGates):
        def make_gate(self) -> InputGate:
            """The wrong one."""
            return gate(self.loop)

    verdict = verify(Broken, **parameters)
    assert verdict.outcome is Outcome.VIOLATED
    assert verdict.violations[0].name.endswith(name)
