"""The state graph of a program as a networkx graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercheck.engines.exploration import NO_LIMITS, Limits, explore
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.transition import Label, ModelError, State
from ordercheck.ir.nodes import Program

if TYPE_CHECKING:
    import networkx


def state_graph(program: Program, limits: Limits = NO_LIMITS) -> networkx.MultiDiGraph[int]:
    """The reachable states inside the constraints, numbered in breadth-first order.

    A node has `state`, `level` (from 1) and `initial`; an edge, one for each transition,
    has `label` and `actor`. Model errors and states outside the constraints are left out.
    The graph's attribute `limit` says which limit cut it off, "" if none did.
    """
    import networkx

    machine = Machine(program)
    found = explore(machine, limits, continue_=True)
    graph: networkx.MultiDiGraph[int] = networkx.MultiDiGraph(name=program.name, limit=found.limit)
    numbers: dict[State, int] = {}
    for depth, level in enumerate(found.levels, 1):
        for state in level:
            numbers[state] = len(numbers)
            graph.add_node(numbers[state], state=state, level=depth, initial=depth == 1)
    for state, number in numbers.items():
        for label, target in machine.successors(state):
            if not isinstance(target, ModelError) and target in numbers:
                actor = program.steps[label[0]].actors[label[1]]
                graph.add_edge(number, numbers[target], label=Label(*label), actor=actor)
    return graph
