"""Programs: places, steps and properties around all the rest."""

from __future__ import annotations

from enum import Enum

from ordercheck.ir.nodes.coroutines import Coroutine, TaskInfo
from ordercheck.ir.nodes.expressions import Local
from ordercheck.ir.nodes.statements import Body, Function
from ordercheck.ir.record import dataclass
from ordercheck.ir.span import NOWHERE, Span
from ordercheck.ir.types import ArrayShape, Type, Value


@dataclass(frozen=True, slots=True)
class Place:
    """A variable, collection or array of the model, for printing and for addresses.

    `path` is how the model says it: `gate.waiters`, `nodes[1].clock`. Slots `slot`
    to `slot + size` are its. `hidden`: a library's own, left out of traces unless
    it changes nothing else. `ghost`: no step reads it. `argument`: what spawned tasks were
    given, left out of traces always.
    """

    path: str
    slot: int
    kind: Type | ArrayShape
    span: Span = NOWHERE
    hidden: bool = False
    ghost: bool = False
    argument: bool = False

    @property
    def size(self) -> int:
        """Slots that it takes."""
        return self.kind.size if isinstance(self.kind, ArrayShape) else 1


@dataclass(frozen=True, slots=True)
class Pool:
    """Components that come and go: entry k is in use while slot `used + k` is true.

    `slots` are each entry's own; those of an entry that is not in use hold their
    initial values. An entry is free from the end of the step in which nothing live
    refers to it any more. Where there are `tasks`, one an entry, they are finished at the
    beginning, and an entry is not free before its task has finished.
    """

    path: str
    entries: tuple[int, ...]
    used: int
    slots: tuple[tuple[int, ...], ...]
    tasks: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Component:
    """An object with state of its own; component 0 is the model, with path ''.

    `pooled` names the pool that it is an entry of.
    """

    path: str
    class_name: str
    pooled: str | None = None


class StepKind(Enum):
    """What a step is, and so what its label's actor is."""

    ACTION = "action"
    PROCESS = "process"
    TURN = "turn"  # one event of a loop


@dataclass(frozen=True, slots=True)
class Step:
    """A family of transitions: one attempt for each binding, in this order.

    The bindings' values are bound to `parameters` and `body` runs; each
    combination of its choices that no Require refuses is a transition. `actors` has
    one entry a binding: whose lifeline the transition is on. For a PROCESS the
    parameter is the task, one binding a task, and `body` resumes it.
    """

    name: str
    kind: StepKind
    parameters: tuple[Local, ...]
    bindings: tuple[tuple[Value, ...], ...]
    actors: tuple[str, ...]
    body: Body
    span: Span = NOWHERE
    point: int | None = None


class PropertyKind(Enum):
    """What is claimed of a property's function."""

    INVARIANT = "invariant"  # true in each state
    STEP_INVARIANT = "step invariant"  # true of each transition; Load(old=True) reads before
    REACHABLE = "reachable"  # true in some state
    CONSTRAINT = "constraint"  # states where it is false are not expanded
    TERMINAL = "terminal"  # states where it is true may have no step


@dataclass(frozen=True, slots=True)
class Property:
    """A claim: a pure function without parameters, returning a bool.

    `antecedents` are pure functions, one for each `implies(a, b)` or `not a or b`
    that the body recognisably is, with the text of `a`: where none was ever true the
    claim is vacuous.
    """

    name: str
    kind: PropertyKind
    function: str
    text: str = ""
    antecedents: tuple[tuple[str, str], ...] = ()
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class CoverPoint:
    """Something that a run may or may not reach: "step", "guard" or "antecedent"."""

    kind: str
    name: str
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Program:
    """A whole model with its parameters set: what every engine takes.

    `initial` gives each slot's value before `init` runs; `init` then makes the
    initial states, one for each combination of its choices. `functions` are in the
    order of their definition; a function calls only those before it, or itself
    through Resume. `clean` is run at the end of every step and of `init`: it frees
    pool entries. `parameters` are texts, for people. `watches` are expressions that a reader
    wants to see in traces: their text and a pure function of any type.
    """

    name: str
    slots: tuple[Type, ...]
    initial: tuple[Value, ...]
    places: tuple[Place, ...]
    components: tuple[Component, ...]
    functions: tuple[Function, ...]
    coroutines: tuple[Coroutine, ...]
    tasks: tuple[TaskInfo, ...]
    steps: tuple[Step, ...]
    properties: tuple[Property, ...]
    init: Body = ()
    clean: Body = ()
    cover: tuple[CoverPoint, ...] = ()
    deadlock: bool = True
    parameters: tuple[tuple[str, str], ...] = ()
    watches: tuple[tuple[str, str], ...] = ()
    pools: tuple[Pool, ...] = ()
