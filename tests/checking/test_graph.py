"""The state graph as networkx sees it."""

from __future__ import annotations

import networkx
from hypothesis import given

from ordercheck.checking import Options, check
from ordercheck.checking.graph import state_graph
from ordercheck.engines.exploration import Limits
from ordercheck.engines.transition import Label
from ordercheck.ir.nodes import PropertyKind
from tests.checking.graphs import Graph, graphs, program_of
from tests.engines.test_exploration import below, claim, counter
from tests.engines.two_phase import two_phase


def test_a_line() -> None:
    graph = state_graph(counter(3))
    assert [graph.nodes[k]["state"] for k in graph] == [{"a": k} for k in range(4)]
    assert [graph.nodes[k]["level"] for k in graph] == [1, 2, 3, 4]
    assert [k for k, initial in graph.nodes(data="initial") if initial] == [0]
    assert [k for k, stuck in graph.nodes(data="stuck") if stuck] == [3]
    assert list(graph.edges(data="action")) == [(k, k + 1, "up") for k in range(3)]
    assert graph.edges[0, 1, 0]["label"] == Label(0, 0)


def test_two_phase_commit() -> None:
    """1,145 transitions, of which networkx's DiGraph keeps one for each pair of states."""
    graph = state_graph(two_phase(3))
    assert (graph.number_of_nodes(), graph.number_of_edges()) == (288, 1145)
    lengths = networkx.single_source_shortest_path_length(graph, 0)
    assert all(graph.nodes[k]["level"] == length + 1 for k, length in lengths.items())


def test_what_a_constraint_cuts_off_is_there_but_leads_nowhere() -> None:
    made = claim(counter(9), PropertyKind.CONSTRAINT, below(4))
    graph = state_graph(made)
    assert [k for k, cut in graph.nodes(data="cut") if cut] == [4]
    assert graph.nodes[4]["state"] == {"a": 4}
    assert list(graph.successors(4)) == []


def test_a_limit_leaves_states_out_and_says_so() -> None:
    limited = state_graph(counter(9), Limits(depth=3))
    assert (limited.number_of_nodes(), limited.graph["limit"]) == (3, "3 levels")
    assert [k for k, expanded in limited.nodes(data="expanded") if not expanded] == [2]


def test_a_verdict_has_the_graph_of_what_it_has_seen() -> None:
    assert check(counter(9)).graph.number_of_nodes() == 10
    violated = check(claim(counter(9), PropertyKind.INVARIANT, below(4)))
    assert violated.graph.number_of_nodes() == violated.states == 5
    assert violated.graph is violated.graph
    assert violated.graph.nodes[4]["violates"] == (violated.violations[0].name,)
    limited = check(counter(9), Options(max_states=3))
    assert limited.graph.number_of_nodes() == limited.states


def edges_of(graph: Graph) -> list[tuple[int, int]]:
    """One pair a transition, -1 for a model error."""
    found = [edge for family in graph.steps for edge, _ in family]
    # Equal options of one choice are one.
    found += [(source, target) for source, ts, _ in graph.forks for target in dict.fromkeys(ts)]
    return found


@given(graphs())
def test_random_graphs_are_drawn_as_they_are(made: Graph) -> None:
    drawn = state_graph(program_of(made))
    node = {number: data["state"]["node"] for number, data in drawn.nodes(data=True)}
    all_edges = edges_of(made)
    reached = set(made.starts)
    while True:
        more = {b for a, b in all_edges if a in reached and b >= 0} - reached
        if not more:
            break
        reached |= more
    assert sorted(node.values()) == sorted(reached)
    pairs = sorted((node[a], node[b]) for a, b in drawn.edges())
    assert pairs == sorted((a, b) for a, b in all_edges if a in reached and b >= 0)
    for number, data in drawn.nodes(data=True):
        here = node[number]
        fails = sum(edge == (here, -1) for edge in all_edges)
        assert data["initial"] == (here in made.starts)
        assert len(data["errors"]) == fails
        assert ("good" in data["violates"]) == (here in made.bad)
        assert data["stuck"] == (here not in {a for a, _ in all_edges})
    for a, b, wrong in drawn.edges(data="violates"):
        assert wrong == (("kept",) if (node[a], node[b]) in made.bad_edges else ())
