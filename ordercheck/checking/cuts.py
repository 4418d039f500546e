"""Parts and summaries of a state graph that are small enough to look at.

A Cut says which states and edges a part has, made from arrays, without a networkx graph.
`grouped` makes a new graph and leaves its argument alone. States keep their numbers.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from ordercheck.engines.state_arrays import StateArrays

if TYPE_CHECKING:
    import networkx

    StateGraph = networkx.MultiDiGraph[int]

States = Iterable[int]


class Net(Protocol):
    """States and the edges between them."""

    @property
    def initial(self) -> Sequence[int]:
        """The initial states."""

    def successors(self, number: int, /) -> Iterable[int]:
        """Where the edges of a state lead, perhaps repeatedly."""

    def predecessors(self, number: int, /) -> Iterable[int]:
        """Where the edges to a state come from, perhaps repeatedly."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Some states, and which of the edges between them."""

    states: set[int]
    keeps: Callable[[int, int], bool] = lambda source, target: True


def cut_around(net: Net, centres: States, distance: int) -> Cut:
    """The states from which, or to which, it is at most `distance` steps from one of `centres`."""
    starts = list(centres)
    after = _within(net.successors, starts, distance)
    return Cut(after | _within(net.predecessors, starts, distance))


def _within(
    following: Callable[[int], Iterable[int]], starts: States, distance: int | None = None
) -> set[int]:
    """What can be reached, in so many steps or in any number."""
    found = set(starts)
    frontier = list(found)
    while frontier and distance != 0:
        # A dict, not a set: the order of a search is part of what it means.
        new = dict.fromkeys(n for state in frontier for n in following(state) if n not in found)
        frontier = list(new)
        found |= new.keys()
        distance = None if distance is None else distance - 1
    return found


def cut_to(net: Net, goals: States) -> Cut:
    """The states on paths from an initial state to the first goal on them, and their edges."""
    ends = set(goals)

    def onward(state: int) -> Iterable[int]:
        return () if state in ends else net.successors(state)

    def back(state: int) -> Iterable[int]:
        return (before for before in net.predecessors(state) if before not in ends)

    states = _within(onward, net.initial) & _within(back, ends)
    return Cut(states, lambda source, target: source not in ends)


def cut_shortest_to(net: Net, goals: States) -> Cut:
    """The states and edges of all shortest paths from an initial state to the nearest goals."""
    ends = set(goals)
    distance = dict.fromkeys(net.initial, 0)
    frontier = list(distance)
    while frontier and not ends & set(frontier):
        new = dict.fromkeys(n for s in frontier for n in net.successors(s) if n not in distance)
        distance |= dict.fromkeys(new, distance[frontier[0]] + 1)
        frontier = list(new)
    kept = set(reached := [n for n in frontier if n in ends])
    while reached:
        reached = list(
            dict.fromkeys(
                before
                for state in reached
                for before in net.predecessors(state)
                if distance.get(before, -2) == distance[state] - 1
            )
        )
        kept |= set(reached)
    return Cut(kept, lambda source, target: distance[target] == distance[source] + 1)


# --- of arrays --------------------------------------------------------------------------


class ArraysNet:
    """Arrays as a Net."""

    def __init__(self, arrays: StateArrays) -> None:
        """Of these; predecessors are found out when they are first asked for."""
        self.arrays = arrays
        self.initial = arrays.initial

    def successors(self, number: int) -> Sequence[int]:
        """Where the edges of a state lead."""
        arrays = self.arrays
        return arrays.targets[arrays.offsets[number] : arrays.offsets[number + 1]].tolist()

    def predecessors(self, number: int) -> Sequence[int]:
        """Where the edges to a state come from."""
        offsets, sources = self._reversed
        return sources[offsets[number] : offsets[number + 1]]

    @cached_property
    def _reversed(self) -> tuple[array[int], array[int]]:
        """The rows of the edges turned round."""
        arrays = self.arrays
        ends = array("Q", bytes(8 * (len(arrays) + 1)))
        for target in arrays.targets:
            ends[target + 1] += 1
        for number in range(len(arrays)):
            ends[number + 1] += ends[number]
        sources = array("I", bytes(4 * arrays.edges))
        free = ends[:]
        for number in range(arrays.expanded):
            for target in self.successors(number):
                sources[free[target]] = number
                free[target] += 1
        return ends, sources


class PartNet:
    """What a cut has left of a Net."""

    def __init__(self, net: Net, cut: Cut) -> None:
        """Of this net."""
        self.net = net
        self.cut = cut
        self.initial = [number for number in net.initial if number in cut.states]

    def successors(self, number: int) -> Iterable[int]:
        """Where the edges of a state lead that are left."""
        kept, keeps = self.cut.states, self.cut.keeps
        return (n for n in self.net.successors(number) if n in kept and keeps(number, n))

    def predecessors(self, number: int) -> Iterable[int]:
        """Where the edges to a state come from that are left."""
        kept, keeps = self.cut.states, self.cut.keeps
        return (n for n in self.net.predecessors(number) if n in kept and keeps(n, number))


# --- summaries --------------------------------------------------------------------------


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
