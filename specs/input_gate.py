"""What workerd's input gate promises to those who come to it (io/io-gate.h)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ordercheck import Seq, Spec, Task, implies, invariant, step_invariant
from ordercheck.library import CriticalSection, KjLoop
from ordercheck.library.gate import Gate


class Gated(Protocol):
    """A model of tasks that come to one gate and to critical sections in it."""

    @property
    def gate(self) -> Gate:
        """The gate around everything."""

    @property
    def sections(self) -> Sequence[CriticalSection]:
        """All critical sections that there can be."""

    @property
    def intruders(self) -> int:
        """How often somebody was let in while another was inside, or a section was running."""

    @property
    def late(self) -> int:
        """How often somebody was let in who came when the gate was broken already."""

    @property
    def gone(self) -> Sequence[Task]:
        """Who was cancelled."""

    @property
    def loop(self) -> KjLoop:
        """The loop that all of them are on; where it is idle, nobody is inside any more."""


def gates(model: Gated) -> list[Gate]:
    """The gate and its sections."""
    return [model.gate, *model.sections]


def is_waiting(task: Task, model: Gated) -> bool:
    """Whether a task is among the waiters of some gate."""
    return any(task in gate.waiters for gate in gates(model))


def is_served(task: Task, model: Gated) -> bool:
    """Whether a task that was among the waiters has been handed a lock."""
    return not is_waiting(task, model) and task not in model.gone and not model.gate.broken


def in_order(waiters: Seq[Task], model: Gated) -> bool:
    """Whether those who were served of a queue are those at its head."""
    return not any(
        is_waiting(waiters[k], model) and is_served(waiters[j], model)
        for j in range(len(waiters))
        for k in range(j)
    )


class InputGateContract(Spec[Gated]):
    """Who is let in, when, and what becomes of everybody else (gate safety).

    For all tasks a, b: inside(a) and inside(b) implies a = b, or both are in one section; who
    waits at one list is served in the order of coming, sections before others; when all is
    over, no lock is held; once a section has failed, nobody is let in. The smallest history
    that violates it: a is let in, b is let in. Applies to gates, mutexes and semaphores that
    hand their locks on.
    """

    @invariant
    def one_at_a_time(self, model: Gated) -> bool:
        """Nobody is let in while another is inside, or while a section runs that is not theirs."""
        return model.intruders == 0

    @step_invariant
    def first_come_first_served(self, model: Gated, before: Gated) -> bool:
        """Of two who wait at the gate, the second is not served before the first."""
        return in_order(before.gate.waiters, model)

    @step_invariant
    def children_first(self, model: Gated, before: Gated) -> bool:
        """While a section waits to start, nobody else who waits at the gate is served."""
        return not any(
            child in model.gate.waiting_children and is_served(task, model)
            for child in before.gate.waiting_children
            for task in before.gate.waiters
        )

    @invariant
    def nobody_waits_at_an_open_gate(self, model: Gated) -> bool:
        """Where somebody waits, somebody holds a lock."""
        return all(
            implies(gate.locks == 0, not gate.waiters and not gate.waiting_children)
            for gate in gates(model)
        )

    @invariant
    def nobody_is_left_behind(self, model: Gated) -> bool:
        """A section that has succeeded keeps neither waiters nor locks."""
        return all(
            implies(
                section.is_reparented(),
                section.locks == 0 and not section.waiters and not section.waiting_children,
            )
            for section in model.sections
        )

    @invariant
    def a_broken_gate_rejects_everybody(self, model: Gated) -> bool:
        """Nobody waits at a broken gate, and nobody who comes later is let in."""
        return model.late == 0 and implies(
            model.gate.broken, all(not gate.waiters for gate in gates(model))
        )

    @invariant
    def all_comes_back(self, model: Gated) -> bool:
        """When nobody is inside any more no lock is held, unless the gate is broken."""
        return implies(model.loop.idle() and not model.gate.broken, model.gate.locks == 0)
