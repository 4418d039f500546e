"""The input gate's contract holds for every small program, and notices what breaks it."""

from __future__ import annotations

from typing import Any

import pytest

from models.input_gate import InputGates
from ordercheck import Outcome, Task, Variant, verify
from ordercheck.checking.expectation import as_expected
from ordercheck.library import CriticalSection, InputGate, Lock
from ordercheck.library.gate import Stage


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


class Generous(InputGate):
    """A lock that is let go is handed to two."""

    def release_lock(self) -> None:
        """Hand the lock on, and another one."""
        self.locks -= 1
        if self.locks == 0 and self.waiters:
            self.locks = 1
            self.loop.wake(self.waiters.popleft())
            if self.waiters:
                self.locks = 2
                self.loop.wake(self.waiters.popleft())


class Clinging(CriticalSection):
    """A section that succeeds keeps those who wait at it."""

    def succeeded(self) -> Lock:
        """End it."""
        parent = self.lock_parent()
        parent.locks += self.locks
        self.locks = 0
        self.stage = Stage.REPARENTED
        return Lock(parent)


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
        (Generous, {"cancels": 0}, "one_at_a_time"),
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


@pytest.mark.parametrize("programs", ["locks", "sections", "failures", "nested"])
def test_one_task_alone(programs: str) -> None:
    assert verify(InputGates, tasks=1, programs=programs).outcome is Outcome.HOLDS


class WithClingingSections(InputGates):
    """The same programs, in sections that cling to those who wait."""

    def setup(self) -> None:
        """Other sections."""
        super().setup()
        self.sections = [Clinging(self.gate, 15) for _ in self.sections]


def test_a_section_that_keeps_its_waiters_is_noticed() -> None:
    verdict = verify(WithClingingSections, programs="sections", tasks=2, insiders=2, cancels=0)
    assert verdict.outcome is Outcome.VIOLATED
    assert verdict.violations[0].name.endswith("nobody_is_left_behind")
