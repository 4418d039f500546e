"""Parts and summaries of state graphs, against what networkx and plain loops say."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise, product

import networkx
from hypothesis import given
from hypothesis import strategies as st

from ordercheck.checking.arrays import state_arrays
from ordercheck.checking.cuts import (
    ArraysNet,
    Cut,
    PartNet,
    cut_around,
    cut_shortest_to,
    cut_to,
    grouped,
)
from ordercheck.checking.graph import graph_of, state_graph
from tests.checking.graphs import Graph, graphs, program_of

StateGraph = networkx.MultiDiGraph
States = Iterable[int]


def around(graph: StateGraph, centres: States, distance: int) -> StateGraph:
    """The states from which, or to which, it is at most `distance` steps from one of `centres`."""
    return _part(graph, cut_around(_GraphNet(graph), centres, distance))


def paths_to(graph: StateGraph, goals: States) -> StateGraph:
    """The states on paths from an initial state to the first goal on them, and their edges."""
    return _part(graph, cut_to(_GraphNet(graph), goals))


def shortest_paths_to(graph: StateGraph, goals: States) -> StateGraph:
    """The states and edges of all shortest paths from an initial state to the nearest goals."""
    return _part(graph, cut_shortest_to(_GraphNet(graph), goals))


class _GraphNet:
    """A networkx graph as a Net."""

    def __init__(self, graph: StateGraph) -> None:
        self.initial = [n for n, initial in graph.nodes(data="initial") if initial]
        self.successors: Callable[[int], Iterable[int]] = graph.successors
        self.predecessors: Callable[[int], Iterable[int]] = graph.predecessors


def _part(graph: StateGraph, cut: Cut) -> StateGraph:
    part: StateGraph = graph.subgraph(cut.states).copy()
    part.remove_edges_from([(a, b, k) for a, b, k in part.edges(keys=True) if not cut.keeps(a, b)])
    return part


def pairs(graph: StateGraph) -> list[tuple[int, int, str]]:
    return sorted((a, b, data["action"]) for a, b, data in graph.edges(data=True))


@given(graphs(), st.integers(1, 4))
def test_groups_are_the_quotient(made: Graph, classes: int) -> None:
    graph = state_graph(program_of(made))
    key = {number: f"{data['state']['node'] % classes}" for number, data in graph.nodes(data=True)}
    quotient = grouped(graph, key.__getitem__)
    names = dict(quotient.nodes(data="key"))
    assert sorted(names.values()) == sorted(set(key.values()))
    for _, data in quotient.nodes(data=True):
        members = [n for n in graph if key[n] == data["key"]]
        assert data["count"] == len(members)
        assert data["first"] == min(members)
        assert data["inside"] == sum(a in members and b in members for a, b in graph.edges())
        for mark in ("initial", "stuck", "cut"):
            assert data[mark] == any(graph.nodes[n][mark] for n in members)
        assert set(data["violates"]) == {w for n in members for w in graph.nodes[n]["violates"]}
    actions = {action for _, _, action in pairs(graph)}
    for a, b, action in product(quotient, quotient, actions):
        count = sum((key[x], key[y], w) == (names[a], names[b], action) for x, y, w in pairs(graph))
        if a == b or not count:
            assert not quotient.has_edge(a, b, action)
        else:
            assert quotient.edges[a, b, action]["count"] == count


@given(graphs(), st.integers(0, 3), st.data())
def test_around(made: Graph, distance: int, data: st.DataObject) -> None:
    graph = state_graph(program_of(made))
    centre = data.draw(st.sampled_from(sorted(graph)))
    near = set(networkx.ego_graph(graph, centre, distance))
    near |= set(networkx.ego_graph(graph.reverse(), centre, distance))
    part = around(graph, [centre], distance)
    assert set(part) == near
    assert pairs(part) == pairs(graph.subgraph(near))


@given(graphs(), st.data())
def test_paths(made: Graph, data: st.DataObject) -> None:
    graph = state_graph(program_of(made))
    goals = data.draw(st.sets(st.sampled_from(sorted(graph)), min_size=1, max_size=2))
    starts = [n for n, initial in graph.nodes(data="initial") if initial]
    # Walks to a first goal: no edge of one leaves a goal.
    before = networkx.MultiDiGraph(graph)
    before.remove_edges_from([edge for edge in graph.edges(keys=True) if edge[0] in goals])
    forwards = {n for s in starts for n in (s, *networkx.descendants(before, s))}
    backwards = {n for goal in goals for n in (goal, *networkx.ancestors(before, goal))}
    part = paths_to(graph, goals)
    assert set(part) == forwards & backwards
    assert pairs(part) == pairs(before.subgraph(forwards & backwards))


@given(graphs(), st.data())
def test_shortest_paths(made: Graph, data: st.DataObject) -> None:
    graph = state_graph(program_of(made))
    goals = data.draw(st.sets(st.sampled_from(sorted(graph)), min_size=1, max_size=2))
    starts = [n for n, initial in graph.nodes(data="initial") if initial]
    paths = [
        path
        for start, goal in product(starts, goals)
        if networkx.has_path(graph, start, goal)
        for path in networkx.all_shortest_paths(networkx.DiGraph(graph), start, goal)
    ]
    least = min(map(len, paths))
    wanted = [path for path in paths if len(path) == least]
    steps = {step for path in wanted for step in pairwise(path)}
    part = shortest_paths_to(graph, goals)
    assert set(part) == {n for path in wanted for n in path}
    assert pairs(part) == [(a, b, w) for a, b, w in pairs(graph) if (a, b) in steps]


def details(graph: StateGraph) -> tuple[object, ...]:
    return sorted(graph.nodes(data=True)), sorted(graph.edges(keys=True, data=True), key=repr)


@given(graphs(), st.integers(0, 3), st.data())
def test_cuts_of_arrays_are_those_of_the_graph(
    made: Graph, distance: int, data: st.DataObject
) -> None:
    arrays = state_arrays(program_of(made))
    graph, net = graph_of(arrays), ArraysNet(arrays)

    def part(cut: Cut) -> tuple[object, ...]:
        return details(graph_of(arrays, cut.states, cut.keeps))

    goals = data.draw(st.sets(st.sampled_from(sorted(graph)), min_size=1, max_size=2))
    assert part(cut_around(net, goals, distance)) == details(around(graph, goals, distance))
    paths = cut_to(net, goals)
    assert part(paths) == details(paths_to(graph, goals))
    assert part(cut_shortest_to(net, goals)) == details(shortest_paths_to(graph, goals))
    kept = sorted(goals & paths.states)
    if kept:
        twice = around(paths_to(graph, goals), kept, distance)
        near = cut_around(PartNet(net, paths), kept, distance)
        assert part(Cut(near.states, paths.keeps)) == details(twice)
