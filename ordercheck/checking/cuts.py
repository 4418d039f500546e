"""Parts and summaries of a state graph that are small enough to look at.

Each function makes a new graph and leaves its argument alone. States keep their numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import networkx

    StateGraph = networkx.MultiDiGraph[int]

States = Iterable[int]


def around(graph: StateGraph, centres: States, distance: int) -> StateGraph:
    """The states from which, or to which, it is at most `distance` steps from one of `centres`."""
    kept = _within(graph.successors, centres, distance) | _within(
        graph.predecessors, centres, distance
    )
    return _part(graph, kept)


def _within(following: Callable[[int], Iterable[int]], starts: States, distance: int) -> set[int]:
    found = set(starts)
    frontier = list(found)
    for _ in range(distance):
        # A dict, not a set: the order of a search is part of what it means.
        new = dict.fromkeys(n for state in frontier for n in following(state) if n not in found)
        frontier = list(new)
        found |= new.keys()
    return found


def paths_to(graph: StateGraph, goals: States) -> StateGraph:
    """The states on paths from an initial state to the first goal on them, and their edges."""
    ends = set(goals)
    starts = [n for n, initial in graph.nodes(data="initial") if initial]
    open_ = _part(graph, graph.nodes)
    open_.remove_edges_from([(a, b, k) for a, b, k in graph.edges(keys=True) if a in ends])
    everywhere = len(graph)
    forwards = _within(open_.successors, starts, everywhere)
    backwards = _within(open_.predecessors, ends, everywhere)
    return _part(open_, forwards & backwards)


def shortest_paths_to(graph: StateGraph, goals: States) -> StateGraph:
    """The states and edges of all shortest paths from an initial state to the nearest goals."""
    ends = set(goals)
    starts = [n for n, initial in graph.nodes(data="initial") if initial]
    distance = dict.fromkeys(starts, 0)
    frontier = starts
    while frontier and not ends & set(frontier):
        new = dict.fromkeys(n for s in frontier for n in graph.successors(s) if n not in distance)
        distance |= dict.fromkeys(new, distance[frontier[0]] + 1)
        frontier = list(new)
    kept = set(reached := [n for n in frontier if n in ends])
    while reached:
        reached = list(
            dict.fromkeys(
                before
                for state in reached
                for before in graph.predecessors(state)
                if distance.get(before, -2) == distance[state] - 1
            )
        )
        kept |= set(reached)
    part = _part(graph, kept)
    part.remove_edges_from(
        [(a, b, k) for a, b, k in part.edges(keys=True) if distance[b] != distance[a] + 1]
    )
    return part


def _part(graph: StateGraph, states: Iterable[int]) -> StateGraph:
    part: StateGraph = graph.subgraph(states).copy()
    return part


def grouped(graph: StateGraph, key: Callable[[int], str]) -> networkx.MultiDiGraph[int]:
    """The graph of the groups of states with equal keys, numbered as they are first met.

    A node has `key`, `count` (its states), `first` (the least of them), `inside` (the
    steps that stay in it), and what its states have: `initial`, `cut`, `stuck` and
    `violates`, where any has it, and the least `level`. An edge, one for each action
    between two groups, has `action`, `actor`, `violates` and `count` (its steps).
    """
    import networkx

    result: networkx.MultiDiGraph[int] = networkx.MultiDiGraph(**graph.graph)
    numbers: dict[str, int] = {}
    group: dict[int, int] = {}
    for state, data in graph.nodes(data=True):
        text = key(state)
        number = group[state] = numbers.setdefault(text, len(numbers))
        if number not in result:
            result.add_node(number, key=text, first=state, count=0, inside=0, violates=())
        _gather(result.nodes[number], data)
    for source, target, data in graph.edges(data=True):
        a, b = group[source], group[target]
        if a == b:
            result.nodes[a]["inside"] += 1
        elif result.has_edge(a, b, data["action"]):
            edge = result.edges[a, b, data["action"]]
            edge["count"] += 1
            edge["violates"] = _both(edge["violates"], data["violates"])
        else:
            kept = {name: data[name] for name in ("action", "step", "actor", "violates")}
            result.add_edge(a, b, key=data["action"], **kept, choices=(), count=1)
    return result


def _gather(group: dict[str, Any], state: dict[str, Any]) -> None:
    """Add what one more state has."""
    group["count"] += 1
    group["level"] = min(group.get("level", state["level"]), state["level"])
    for name in ("initial", "cut", "stuck"):
        group[name] = group.get(name, False) or state[name]
    group["violates"] = _both(group["violates"], state["violates"])


def _both(left: tuple[str, ...], right: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*left, *right)))
