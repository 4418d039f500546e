"""The state graph of a program as a networkx graph.

Nodes are numbered from 0 in breadth-first order; after the states that were stored
come those that a constraint cuts off. A node has

===========  ====================================================================
state        {path: value}, as `traces.values` has them
at           {process: where it stands}
level        from 1, that of the initial states
initial      whether a run can begin here
cut          whether it lies outside a constraint: it is checked, not expanded
expanded     whether its edges are known; not where a limit ended the search
stuck        whether nothing can happen here, intended or not
violates     the names of what is wrong here: invariants, "deadlock", model errors
errors       the steps that fail here: (who, what, message)
raw          the state as engines have it
===========  ====================================================================

An edge is a transition: `action` (`pour(0, 1)`; the process whose turn it is), `step`
(`pour`, `loop.turn`), `actor`, `choices` (pairs of name and value), `violates` (step
invariants), `label`. A step that ends in a
model error makes no state, so it has no edge; it is one of its state's `errors`.

The graph itself has `name` and `limit`, which says what cut it off, "" if nothing did.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ordercheck.engines.exploration import NO_LIMITS, Exploration, Limits, Progress, explore
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.interpreter.machine import RawLabel, properties
from ordercheck.engines.transition import Label, ModelError, State
from ordercheck.ir.nodes import Program, PropertyKind, StepKind
from ordercheck.ir.recording import Chosen, Resumed
from ordercheck.traces.places import View
from ordercheck.traces.values import plain_state, whereabouts

if TYPE_CHECKING:
    import networkx


def state_graph(
    program: Program, limits: Limits = NO_LIMITS, progress: Progress | None = None
) -> networkx.MultiDiGraph[int]:
    """All reachable states and their transitions; within `limits`, those of finished levels."""
    import networkx

    machine = Machine(program)
    found = explore(machine, limits, continue_=True, progress=progress)
    graph: networkx.MultiDiGraph[int] = networkx.MultiDiGraph(name=program.name, limit=found.limit)
    builder = _Builder(machine, graph)
    for depth, level in enumerate(found.levels, 1):
        for state in level:
            builder.add(state, level=depth, initial=depth == 1)
    for state in _cut_starts(machine, builder.numbers):
        builder.add(state, level=1, initial=True, cut=True)
    for state in _expanded(found):
        builder.expand(state)
    return graph


def _cut_starts(machine: Machine, known: dict[State, int]) -> list[State]:
    starts = (target for _, target in machine.starts())
    return [s for s in dict.fromkeys(starts) if not isinstance(s, ModelError) and s not in known]


def _expanded(found: Exploration) -> Iterator[State]:
    """The states whose transitions the search has seen, all of a level or none."""
    levels = found.levels if found.complete else found.levels[:-1]
    for level in levels:
        yield from level


class _Builder:
    """A graph under construction."""

    def __init__(self, machine: Machine, graph: networkx.MultiDiGraph[int]) -> None:
        self.machine = machine
        self.graph = graph
        self.view = View(machine.program)
        self.numbers: dict[State, int] = {}
        self.names: dict[tuple[int, int], tuple[str, str]] = {}
        kinds = PropertyKind
        self.invariants = properties(machine.program, kinds.INVARIANT)
        self.step_invariants = properties(machine.program, kinds.STEP_INVARIANT)
        self.terminals = properties(machine.program, kinds.TERMINAL)

    def add(self, state: State, level: int, initial: bool = False, cut: bool = False) -> int:
        """The number of a state that is new."""
        number = self.numbers[state] = len(self.numbers)
        self.graph.add_node(
            number,
            state=plain_state(self.view, state),
            at=whereabouts(self.view, state),
            level=level,
            initial=initial,
            cut=cut,
            expanded=False,
            stuck=False,
            violates=tuple(dict.fromkeys(self._violated(self.invariants, state, None))),
            errors=(),
            raw=state,
        )
        return number

    def expand(self, state: State) -> None:
        """Add the edges that leave a state."""
        number = self.numbers[state]
        node: dict[str, Any] = self.graph.nodes[number]
        node["expanded"] = True
        errors: list[tuple[str, str, str]] = []
        wrong: list[str] = []
        successors = self.machine.successors(state)
        for label, target in successors:
            if isinstance(target, ModelError):
                actor, action = self._who_and_what(label)
                errors.append((actor, action, target.message))
                wrong.append(target.kind)
                continue
            if target not in self.numbers:
                # The search has seen every target: what it has not stored is outside.
                self.add(target, level=node["level"] + 1, cut=True)
            self._connect(number, state, label, target)
        if not successors:
            node["stuck"] = True
            wrong += ["deadlock"] if self._is_deadlock(state) else []
        node["errors"] = tuple(errors)
        node["violates"] = tuple(dict.fromkeys((*node["violates"], *wrong)))

    def _connect(self, number: int, before: State, label: RawLabel, after: State) -> None:
        actor, action = self._who_and_what(label)
        choices: tuple[tuple[str, str], ...] = ()
        step = self.machine.program.steps[label[0]]
        if label[2] or step.kind is StepKind.TURN:
            # Only a replay tells what was chosen, and whose turn of a loop it is.
            events = self.machine.replay(before, Label(*label)).events
            choices = tuple(self._choice(e) for e in events if isinstance(e, Chosen))
            ran = next((e.task for e in events if isinstance(e, Resumed)), None)
            if ran is not None and step.kind is StepKind.TURN:
                actor = action = self.machine.program.tasks[ran].name
        self.graph.add_edge(
            number,
            self.numbers[after],
            action=action,
            step=step.name,
            actor=actor,
            choices=choices,
            violates=tuple(self._violated(self.step_invariants, after, before)),
            label=Label(*label),
        )

    def _who_and_what(self, label: RawLabel) -> tuple[str, str]:
        number, binding, _ = label
        if (number, binding) not in self.names:
            step = self.machine.program.steps[number]
            action = self.view.action(step, binding)
            self.names[number, binding] = (step.actors[binding] or action, action)
        return self.names[number, binding]

    def _choice(self, made: Chosen) -> tuple[str, str]:
        return made.label, self.view.write(made.type, made.value)

    def _violated(self, claims: list[int], state: State, before: State | None) -> Iterator[str]:
        for k in claims:
            value = self.machine.check(k, state, before)
            if isinstance(value, ModelError):
                yield value.kind
            elif not value:
                yield self.machine.program.properties[k].name

    def _is_deadlock(self, state: State) -> bool:
        if not self.machine.program.deadlock or self.machine.at_rest(state):
            return False
        return not any(self.machine.check(k, state) is True for k in self.terminals)
