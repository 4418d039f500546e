"""What every engine gives back: labels, transitions and model errors."""

from __future__ import annotations

from ordercheck.ir.record import dataclass, field
from ordercheck.ir.span import NOWHERE, Span
from ordercheck.ir.types import Value

State = tuple[Value, ...]
"""The values of all slots."""


@dataclass(frozen=True, slots=True, order=True)
class Label:
    """Which transition: indices into Program.steps and its bindings, then for each Choose met,
    in order, the index of the value taken among the distinct ones offered.

    An initial state's label has step -1 and binding 0.
    """

    step: int
    binding: int
    choices: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelError:
    """The model misbehaved in a step: which rule, in words with the values, and where."""

    kind: str
    message: str
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Transition:
    """One way of taking a step, and where it leads."""

    label: Label
    target: State | ModelError
