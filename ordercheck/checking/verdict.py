"""What a run of the checker has found, with its evidence."""

from __future__ import annotations

import dataclasses
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

from ordercheck.engines.exploration import NO_LIMITS, Limits
from ordercheck.engines.transition import Label, ModelError
from ordercheck.ir.nodes import CoverPoint, Program
from ordercheck.ir.record import dataclass
from ordercheck.ir.span import NOWHERE, Span
from ordercheck.traces.trace import Trace

if TYPE_CHECKING:
    import networkx

    from ordercheck.engines.state_arrays import StateArrays


class Outcome(Enum):
    """What is known at the end."""

    HOLDS = "holds"
    VIOLATED = "violated"
    INCONCLUSIVE = "inconclusive"


class ViolationKind(Enum):
    """What was violated, in the order in which one is preferred at the same depth."""

    MODEL_ERROR = "model error"
    STEP_INVARIANT = "step invariant"
    INVARIANT = "invariant"
    DEADLOCK = "deadlock"
    REACHABLE = "reachable"


@dataclass(frozen=True, slots=True)
class Violation:
    """A property that does not hold, and how to get there.

    `name` is the property's ("deadlock" and the kind of a model error for those two).
    `labels` is the canonical shortest path, beginning with an initial state's label;
    empty for an unmet REACHABLE. `trace` is the same path replayed and explained.
    """

    name: str
    kind: ViolationKind
    message: str
    span: Span = NOWHERE
    labels: tuple[Label, ...] = ()
    error: ModelError | None = None
    trace: Trace | None = None

    @property
    def steps(self) -> int:
        """Steps after the initial state."""
        return max(0, len(self.labels) - 1)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Every point of Program.cover, and whether the run reached it."""

    points: tuple[tuple[CoverPoint, bool], ...] = ()

    def missed(self, kind: str) -> tuple[CoverPoint, ...]:
        """Points of one kind ("step", "guard", "antecedent") that were not reached."""
        return tuple(p for p, reached in self.points if p.kind == kind and not reached)


NO_COVERAGE = Coverage()


@dataclasses.dataclass(frozen=True)  # no slots: cached_property needs a __dict__
class Verdict:
    """The answer for one model with one set of parameters.

    `states`, `transitions` and `depth` (levels; the initial states are level 1) are
    those of finished levels; `stuck` counts states without any step, intended or not.
    `limit` says which bound ended the search, `notes` what else restricts the answer
    ("within the constraint small"). `violations` is empty unless VIOLATED; its first is
    the one that counts.
    """

    model: str
    outcome: Outcome
    engine: str
    program: Program = dataclasses.field(repr=False)
    variant: str = ""
    expected: str = ""
    as_expected: bool | None = None
    violations: tuple[Violation, ...] = ()
    states: int = 0
    transitions: int = 0
    depth: int = 0
    initial: int = 0
    stuck: int = 0
    seconds: float = 0.0
    coverage: Coverage = NO_COVERAGE
    limit: str = ""
    notes: tuple[str, ...] = ()

    @property
    def bounded(self) -> bool:
        """Whether it is known of all paths of so many levels that nothing is wrong with them."""
        return self.engine == "z3" and self.depth > 0

    @property
    def trace(self) -> Trace | None:
        """The first violation's trace, if there is one."""
        return self.violations[0].trace if self.violations else None

    @cached_property
    def graph(self) -> networkx.MultiDiGraph[int]:
        """The states of the finished levels and their transitions (see `checking.graph`).

        Made when it is first asked for, from `csr`; a state takes some 2 kB.
        """
        # Every run imports this module, and hardly any wants the graph: 2 ms of start-up.
        from ordercheck.checking.graph import graph_of

        return graph_of(self.csr)

    @cached_property
    def csr(self) -> StateArrays:
        """The same as compact arrays, some bytes for each state and transition.

        Made when they are first asked for, by searching again.
        """
        from ordercheck.checking.arrays import state_arrays

        limits = NO_LIMITS if self.outcome is Outcome.HOLDS else Limits(depth=self.depth)
        return state_arrays(self.program, limits)
