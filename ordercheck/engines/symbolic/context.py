"""What the execution of one step is told and tells: errors, choices, what is possible at all."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import z3

from ordercheck.engines.symbolic.bits import FALSE, TRUE, Bit, Term
from ordercheck.engines.symbolic.clock import Clock
from ordercheck.engines.symbolic.frames import Frame
from ordercheck.engines.symbolic.numbers import Int, from_vector
from ordercheck.ir.nodes import Coroutine, Function, Program
from ordercheck.ir.record import dataclass
from ordercheck.ir.span import NOWHERE, Span

UNWOUND = "unwound"
"""The kind of a path in a loop that was not followed to its end: what it does is not known."""

ROUNDS = 64
"""Rounds of a loop in one step that are followed, where no end can be shown before."""

PATIENCE = 300
"""Milliseconds to find out whether a path is possible."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A model error of a kind, or UNSOUND or UNWOUND: when, and where in the model."""

    condition: Bit
    kind: str
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Choice:
    """The variable of one `choose`: it takes a place among the options."""

    variable: Term
    options: int


class Unsupported(Exception):
    """Something in the program that cannot be put into terms of z3: why, and where it stands."""

    def __init__(self, reason: str, span: Span = NOWHERE) -> None:
        super().__init__(reason)
        self.reason = reason
        self.span = span


@dataclasses.dataclass(slots=True)
class Context:
    """For the execution of one step, or of a property.

    `prefix` begins the names of choices; the same names serve steps that exclude each
    other.
    """

    program: Program
    functions: Mapping[str, Function]
    feasible: Feasibility
    clock: Clock
    prefix: str = "choice"
    troubles: list[Trouble] = dataclasses.field(default_factory=list)
    choices: list[Choice] = dataclasses.field(default_factory=list)

    def fail(self, frame: Frame, condition: Bit, kind: str, span: Span) -> None:
        """End the paths of a frame for which the condition is true in a model error."""
        if condition is FALSE:
            return
        here = frame.guard & condition
        if here is not FALSE:
            self.troubles.append(Trouble(here, kind, span))
            frame.require(~condition)

    def give_up(self, frame: Frame, span: Span) -> None:
        """Note that what a frame does further is not followed."""
        self.troubles.append(Trouble(frame.guard, UNWOUND, span))

    def choose(self, options: int) -> Int:
        """A number below `options` that anybody may choose."""
        width = max(1, (options - 1).bit_length())
        name = f"{self.prefix}.{len(self.choices)}.{width}"
        variable = z3.BitVec(name, width)
        self.choices.append(Choice(variable, options))
        return from_vector(z3.ZeroExt(1, variable), 0, options - 1)

    def coroutine(self, task: int) -> tuple[Coroutine, int]:
        """A task's coroutine, and which of its members it is."""
        info = self.program.tasks[task]
        return self.program.coroutines[info.coroutine], info.member


class Feasibility:
    """Asks z3 whether a path is possible in any state that fits the slots' types."""

    def __init__(self, assumptions: Sequence[Term]) -> None:
        """Given what is known of every state."""
        self._assumptions = assumptions
        self._solver: Term = None
        self._known: dict[Bit, bool] = {TRUE: True, FALSE: False}

    def __call__(self, bit: Bit) -> bool:
        """Whether it can be true; also True where that is not found out in time."""
        known = self._known.get(bit)
        if known is None:
            if self._solver is None:
                self._solver = z3.SolverFor("QF_FD")
                self._solver.set("timeout", PATIENCE)
                self._solver.add(*self._assumptions)
            known = self._known[bit] = self._solver.check(bit.term) != z3.unsat
        return known
