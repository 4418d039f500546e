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

The graph itself has `name`, `limit`, which says what cut it off, "" if nothing did, and `notes`,
which say why the interpreter made it, if it did so for want of anything faster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from ordercheck.checking.arrays import state_arrays, violated
from ordercheck.engines.exploration import NO_LIMITS, Limits, Progress
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.interpreter.machine import RawLabel, properties
from ordercheck.engines.state_arrays import StateArrays
from ordercheck.engines.transition import Label, ModelError, State
from ordercheck.ir.nodes import Program, PropertyKind, StepKind
from ordercheck.ir.recording import Chosen, Resumed
from ordercheck.traces.places import View
from ordercheck.traces.values import plain_state, whereabouts

if TYPE_CHECKING:
    import networkx


def state_graph(
    program: Program,
    limits: Limits = NO_LIMITS,
    progress: Progress | None = None,
    engine: str = "auto",
) -> networkx.MultiDiGraph[int]:
    """All reachable states and their transitions; within `limits`, those of finished levels.

    `engine` is as in `state_arrays`; the graph is the same.
    """
    return graph_of(state_arrays(program, limits, progress, engine))


def graph_of(
    arrays: StateArrays,
    states: Iterable[int] | None = None,
    keeps: Callable[[int, int], bool] | None = None,
) -> networkx.MultiDiGraph[int]:
    """The graph of these states (else of all), in the order of their numbers, and the edges
    between them (that `keeps` says are kept)."""
    import networkx

    program = arrays.program
    graph: networkx.MultiDiGraph[int] = networkx.MultiDiGraph(
        name=program.name, limit=arrays.limit, notes=arrays.notes
    )
    builder = _Builder(arrays, graph)
    numbers = range(len(arrays)) if states is None else sorted(states)
    for number in numbers:
        builder.add(number)
    for number in numbers:
        builder.connect(number, keeps)
    return graph


class _Builder:
    """A graph under construction."""

    def __init__(self, arrays: StateArrays, graph: networkx.MultiDiGraph[int]) -> None:
        self.arrays = arrays
        self.machine = machine = Machine(arrays.program)
        self.graph = graph
        self.view = View(machine.program)
        self.initial = set(arrays.initial)
        self.violated = violated(arrays, machine)
        self.names: dict[tuple[int, int], tuple[str, str]] = {}
        self.step_invariants = properties(machine.program, PropertyKind.STEP_INVARIANT)

    def add(self, number: int) -> None:
        """Add a state."""
        arrays = self.arrays
        state = arrays.state(number)
        expanded = number < arrays.expanded
        edges = arrays.offsets[number + 1] - arrays.offsets[number]
        failures = arrays.failures_of(number)
        self.graph.add_node(
            number,
            state=plain_state(self.view, state),
            at=whereabouts(self.view, state),
            level=arrays.level(number),
            initial=number in self.initial,
            cut=number >= arrays.inside,
            expanded=expanded,
            stuck=expanded and not edges and not failures,
            violates=self.violated.get(number, ()),
            errors=self._errors(state) if failures else (),
            raw=state,
        )

    def _errors(self, state: State) -> tuple[tuple[str, str, str], ...]:
        """The steps that fail in a state; only the interpreter has the words."""
        ways = self.machine.successors(state)
        return tuple(
            (*self._who_and_what(label), target.message)
            for label, target in ways
            if isinstance(target, ModelError)
        )

    def connect(self, number: int, keeps: Callable[[int, int], bool] | None) -> None:
        """Add the edges from a state to others that are in the graph."""
        arrays, graph = self.arrays, self.graph
        before: State = graph.nodes[number]["raw"]
        for k in range(arrays.offsets[number], arrays.offsets[number + 1]):
            target = arrays.targets[k]
            if target in graph and (keeps is None or keeps(number, target)):
                label = arrays.label_table[arrays.labels[k]]
                self._connect(number, before, label, target)

    def _connect(self, number: int, before: State, label: Label, target: int) -> None:
        actor, action = self._who_and_what((label.step, label.binding, label.choices))
        choices: tuple[tuple[str, str], ...] = ()
        step = self.machine.program.steps[label.step]
        if label.choices or step.kind is StepKind.TURN:
            # Only a replay tells what was chosen, and whose turn of a loop it is.
            events = self.machine.replay(before, label).events
            choices = tuple(self._choice(e) for e in events if isinstance(e, Chosen))
            ran = next((e.task for e in events if isinstance(e, Resumed)), None)
            if ran is not None and step.kind is StepKind.TURN:
                actor = action = self.machine.program.tasks[ran].name
        after: State = self.graph.nodes[target]["raw"]
        self.graph.add_edge(
            number,
            target,
            action=action,
            step=step.name,
            actor=actor,
            choices=choices,
            violates=tuple(self._violated_by_step(after, before)),
            label=label,
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

    def _violated_by_step(self, state: State, before: State) -> Iterator[str]:
        for k in self.step_invariants:
            value = self.machine.check(k, state, before)
            if isinstance(value, ModelError):
                yield value.kind
            elif not value:
                yield self.machine.program.properties[k].name
