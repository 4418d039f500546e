"""Partial orders: an order of the nodes if there is one, else the smallest circle.

Two nodes of a line are in order however far apart they are, and a line of n members
stands for some n²/2 edges. To find an order, a line becomes a chain of moments between
which its members hang: linear. To find the smallest circle, all nodes within a number
of events are kept for each node, as the bits of one integer; a whole line is then one
pass from its end. A bit costs little: 5,000 events take seconds (docs/histories.md).
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping

from ordercheck.histories.problem import NONE, Line, Member, Problem, compacted
from ordercheck.ir.record import dataclass

MOST_BITS = 2_400_000_000
"""Of the tables of the smallest circle, all levels together: 300 MB."""


def ordered(problem: Problem) -> tuple[list[int], list[int]]:
    """All nodes in an order that keeps lines and edges, as near as possible to that of the file.

    If there is none: as many as come before any circle, and those on circles or after them.
    """
    nexts = links(problem)
    found = [node for node in in_order(nexts, problem.events) if node < problem.size]
    return found, sorted(set(range(problem.size)).difference(found))


def in_order(nexts: list[list[int]], events: int) -> list[int]:
    """The nodes of a graph so that none comes before one that leads to it; none of a circle."""
    count = len(nexts)
    waiting = [0] * count
    for each in nexts:
        for other in each:
            waiting[other] += 1
    # Whatever is no event goes as soon as it can (a number below 0): it holds events up.
    free = [_rank(node, events, count) for node in range(count) if not waiting[node]]
    heapq.heapify(free)
    found: list[int] = []
    while free:
        node = heapq.heappop(free) % count
        found.append(node)
        for other in nexts[node]:
            waiting[other] -= 1
            if not waiting[other]:
                heapq.heappush(free, _rank(other, events, count))
    return found


def _rank(node: int, events: int, count: int) -> int:
    return node if node < events else node - count


def links(problem: Problem) -> list[list[int]]:
    """By node what comes after it; after the problem's nodes come the moments of its lines."""
    nexts: list[list[int]] = [[] for _ in range(problem.size)]
    for line in problem.lines:
        ends = sorted({member.last for member in line.members})
        base = len(nexts)
        nexts += [[base + k + 1] for k in range(len(ends) - 1)]
        nexts.append([])
        for member in line.members:
            nexts[member.node].append(base + bisect_left(ends, member.last))
            earlier = bisect_left(ends, member.first)
            if earlier:
                nexts[base + earlier - 1].append(member.node)
    for edge in problem.edges:
        nexts[edge.first].append(edge.second)
    return nexts


# --- the smallest circle --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Jump:
    """From one node to another; `rests` are the events it rests on besides the two."""

    target: int
    cost: int
    rests: frozenset[int]


def smallest_circle(problem: Problem) -> frozenset[int] | None:
    """The events of the circle that has the fewest, each counted as often as it comes.

    There must be a circle. None if the tables would grow too large.
    """
    nodes = set(_on_circles(problem))
    # What a node is there because of need not lie on a circle itself.
    nodes |= {m.support for line in problem.lines for m in line.members if m.node in nodes}
    for edge in problem.edges:
        if edge.first in nodes and edge.second in nodes:
            nodes |= edge.given
    small, old = compacted(problem, frozenset(n for n in nodes if 0 <= n < problem.events))
    found = _Search(small).events()
    return None if found is None else frozenset(old[node] for node in found)


def closest(problem: Problem, wanted: Mapping[int, int]) -> tuple[int, int] | None:
    """A node and one of those that are `wanted` from it, as bits, with the fewest events between.

    Each must lead to one of its own at least. None if the tables would grow too large.
    """
    search = _Search(problem)
    while search.has_room():
        level = search.next_level()
        search.levels.append(level)
        for node, bits in wanted.items():
            met = level[node] & bits
            if met:
                return node, (met & -met).bit_length() - 1
    return None


def _on_circles(problem: Problem) -> list[int]:
    """The nodes that lie on circles."""
    import networkx

    nexts = links(problem)
    graph: networkx.DiGraph[int] = networkx.DiGraph()
    graph.add_edges_from((a, b) for a, others in enumerate(nexts) for b in others)
    found: list[int] = []
    for knot in networkx.strongly_connected_components(graph):
        if len(knot) > 1 or any(node in nexts[node] for node in knot):
            found += knot
    return found


class _Search:
    """`levels[k][v]`: the nodes that can be reached from v by k events, as bits."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.levels: list[list[int]] = []
        self.is_free = _has_free_jumps(problem)
        self.starts = [[m.first for m in line.members] for line in problem.lines]

    def cost(self, node: int) -> int:
        """1 for an event, 0 for a point, and for no support at all."""
        return int(0 <= node < self.problem.events)

    def events(self) -> frozenset[int] | None:
        """The events of a smallest circle; None if the tables grow too large."""
        while self.has_room():
            level = self.next_level()
            self.levels.append(level)
            for node, reached in enumerate(level):
                if reached >> node & 1:
                    return frozenset(self.walk(node))
        return None

    def has_room(self) -> bool:
        """Whether another level fits into the memory that may be used."""
        return (len(self.levels) + 1) * self.problem.size**2 <= MOST_BITS

    def next_level(self) -> list[int]:
        """What is reached by one event more than before."""
        level = list(self.levels[-1]) if self.levels else [0] * self.problem.size
        self.levels.append(level)
        try:
            self.extend(level)
            before: list[int] = []
            while self.is_free and before != level:
                before = list(level)
                self.extend(level)
        finally:
            self.levels.pop()
        return level

    def extend(self, level: list[int]) -> None:
        """Take every jump once, as far as the budget of the last level allows."""
        budget = len(self.levels) - 1
        for edge in self.problem.edges:
            cost = self.cost(edge.second) + len(edge.given)
            level[edge.first] |= self.reached(budget - cost, edge.second)
        for line, starts in zip(self.problem.lines, self.starts, strict=True):
            ahead: dict[int, list[int]] = {}
            for member in line.members:
                left = budget - self.cost(member.support)
                if left not in ahead:
                    ahead[left] = self.ahead(line, left)
                level[member.node] |= ahead[left][bisect_right(starts, member.last)]

    def ahead(self, line: Line, budget: int) -> list[int]:
        """By place on a line: what is reached by going to some member from there on."""
        found = [0] * (len(line.members) + 1)
        for k in range(len(line.members) - 1, -1, -1):
            member = line.members[k]
            cost = self.cost(member.support) + self.cost(member.node)
            found[k] = found[k + 1] | self.reached(budget - cost, member.node)
        return found

    def reached(self, budget: int, node: int) -> int:
        """A node, and what can be reached from it within a budget; nothing below 0."""
        return self.levels[budget][node] | 1 << node if budget >= 0 else 0

    def walk(self, start: int) -> Iterator[int]:
        """The events of a circle from `start` that costs what the last level allows."""
        node, budget = start, len(self.levels) - 1
        seen: set[tuple[int, int]] = set()
        while True:
            seen.add((node, budget))
            jump = next(j for j in self.jumps(node) if self.leads(j, budget, start, seen))
            yield from jump.rests
            node, budget = jump.target, budget - jump.cost
            if self.cost(node):
                yield node
            if node == start:
                return

    def leads(self, jump: _Jump, budget: int, goal: int, seen: set[tuple[int, int]]) -> bool:
        """Whether the goal is within the budget by way of this jump, without going round."""
        left = budget - jump.cost
        if left < 0 or ((jump.target, left) in seen and jump.target != goal):
            return False
        return jump.target == goal or bool(self.levels[left][jump.target] >> goal & 1)

    def jumps(self, node: int) -> Iterator[_Jump]:
        """All ways on from a node."""
        for edge in self.problem.edges:
            if edge.first == node:
                yield _Jump(edge.second, self.cost(edge.second) + len(edge.given), edge.given)
        for line, starts in zip(self.problem.lines, self.starts, strict=True):
            for own in line.members:
                if own.node == node:
                    for member in line.members[bisect_right(starts, own.last) :]:
                        yield self.jump(own, member)

    def jump(self, own: Member, member: Member) -> _Jump:
        """Along a line."""
        supports = [s for s in (own.support, member.support) if self.cost(s)]
        cost = self.cost(member.node) + len(supports)
        return _Jump(member.node, cost, frozenset(supports))


def _has_free_jumps(problem: Problem) -> bool:
    """Whether one can get from a node to another without any event."""
    edges = any(e.second >= problem.events and not e.given for e in problem.edges)
    members = (m for line in problem.lines for m in line.members)
    return edges or any(m.node >= problem.events and m.support == NONE for m in members)
