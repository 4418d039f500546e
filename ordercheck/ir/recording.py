"""What happened inside one transition, event by event: what the reference engine records on replay.

Plain data at the bottom of the arrows: `engines` make it, `traces` tell it.
"""

from __future__ import annotations

from ordercheck.ir.nodes import Wait
from ordercheck.ir.record import dataclass
from ordercheck.ir.span import Span
from ordercheck.ir.types import Type, Value


@dataclass(frozen=True, slots=True)
class Ran:
    """A statement is about to run."""

    span: Span


@dataclass(frozen=True, slots=True)
class Stored:
    """A slot was written, perhaps with the value that it had already."""

    slot: int
    before: Value
    after: Value
    span: Span


@dataclass(frozen=True, slots=True)
class Called:
    """A function begins; `span` is the function's own."""

    function: str
    arguments: tuple[Value, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Resumed:
    """A task begins to run, from where it was suspended."""

    task: int
    span: Span


@dataclass(frozen=True, slots=True)
class Suspended:
    """The running task stops at a suspension; `span` is the suspension's."""

    task: int
    wait: Wait
    span: Span


@dataclass(frozen=True, slots=True)
class Finished:
    """The running task is over."""

    task: int
    span: Span


@dataclass(frozen=True, slots=True)
class Chosen:
    """A Choose took `value`, the `index`-th of `options`, the distinct values offered."""

    label: str
    index: int
    value: Value
    options: tuple[Value, ...]
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Erred:
    """The model misbehaved: the last event of its recording."""

    kind: str
    message: str
    span: Span


Event = Ran | Stored | Called | Resumed | Suspended | Finished | Chosen | Erred


@dataclass(frozen=True, slots=True)
class Recording:
    """One transition, replayed.

    `label` is (step, binding, choices), step -1 for an initial state. `before` is the
    state before (for an initial state: Program.initial), `after` the state after, None
    where the step ended in a model error.
    """

    label: tuple[int, int, tuple[int, ...]]
    before: tuple[Value, ...]
    after: tuple[Value, ...] | None
    events: tuple[Event, ...]

    @property
    def error(self) -> Erred | None:
        """The model error that ended the step, if one did."""
        last = self.events[-1] if self.events else None
        return last if isinstance(last, Erred) else None

    @property
    def choices(self) -> tuple[Chosen, ...]:
        """The choices made, in order."""
        return tuple(event for event in self.events if isinstance(event, Chosen))


@dataclass(frozen=True, slots=True)
class Refused:
    """A binding of a step that is not possible in a state: where all that ran of it stands.

    The last of `ran` is what stopped it: a require that failed, a choice among nothing.
    """

    step: int
    binding: int
    ran: tuple[Span, ...]
