"""The state graph as networkx sees it."""

from __future__ import annotations

import networkx

from ordercheck.checking.graph import state_graph
from ordercheck.engines.exploration import Limits
from ordercheck.engines.transition import Label
from ordercheck.ir.nodes import PropertyKind
from tests.engines.test_exploration import below, claim, counter
from tests.engines.two_phase import two_phase


def test_a_line() -> None:
    graph = state_graph(counter(3))
    assert [graph.nodes[k] for k in graph] == [
        {"state": (k,), "level": k + 1, "initial": k == 0} for k in range(4)
    ]
    assert list(graph.edges(data=True)) == [
        (k, k + 1, {"label": Label(0, 0), "actor": "up"}) for k in range(3)
    ]


def test_two_phase_commit() -> None:
    """1,145 transitions, of which networkx's DiGraph keeps one for each pair of states."""
    graph = state_graph(two_phase(3))
    assert (graph.number_of_nodes(), graph.number_of_edges()) == (288, 1145)
    lengths = networkx.single_source_shortest_path_length(graph, 0)
    assert all(graph.nodes[k]["level"] == length + 1 for k, length in lengths.items())


def test_constraints_and_limits_leave_states_out() -> None:
    made = claim(counter(9), PropertyKind.CONSTRAINT, below(4))
    assert state_graph(made).number_of_nodes() == 4
    limited = state_graph(counter(9), Limits(depth=3))
    assert (limited.number_of_nodes(), limited.graph["limit"]) == (3, "3 levels")
