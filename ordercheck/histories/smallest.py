"""The smallest set of events that contradict each other.

Any set that contradicts is first cut down until nothing can be left out. That it is the
smallest of all is known where all contradictions are circles of a kind that counts each
event once (`counts_events_once`), and else by implicit hitting sets (Ignatiev, Previti,
Liffiton, Marques-Silva, "Smallest MUS extraction with minimal hitting set dualization",
CP 2015): a set that contradicts takes part in the rest of every set that does not; a
smallest set that does so and contradicts is a smallest one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from ordercheck.histories.problem import NONE, Edge, Problem
from ordercheck.histories.solving import EFFORT, Conflict, GaveUp, Positions, Solver

SEARCH_EFFORT = 10_000_000
"""Steps of z3's for the search of the smallest, some 2 to 5 s. Not a time, so that the same
history is told the same on all machines."""

Contradicts = Callable[[frozenset[int]], bool]


def cut_down(events: frozenset[int], contradicts: Contradicts) -> frozenset[int]:
    """A part of these events that still contradicts, and of which none can be left out."""
    kept = sorted(events)
    size = max(1, len(kept) // 2)
    while kept:
        start = 0
        while start < len(kept):
            rest = kept[:start] + kept[start + size :]
            if contradicts(frozenset(rest)):
                kept = rest
            else:
                start += size
        if size == 1:
            break
        size = max(1, min(size, len(kept)) // 2)
    return frozenset(kept)


def counts_events_once(problem: Problem) -> bool:
    """Whether a circle with the fewest events, counted as often as they come, has the fewest.

    It has if each rule rests on nothing but the two nodes that it orders, or is a
    `same_order` in which each event has one partner, and either one of the two always
    comes first, or the partners are points that nothing else speaks of. Suppose that an
    event x were on such a circle twice, once as itself and once since its partner y is:
    then the step between x and y, and that from x to its neighbour on its line, would
    cut off a part of the circle, and leave a smaller one. Where y is tied to nothing
    else, the circle cannot come to x itself.
    """
    if any(edge.given for edge in problem.edges):
        return False
    links = {(edge.first, edge.second) for edge in problem.edges}
    tied = {node for link in links for node in link}
    tied |= {m.node for line in problem.lines for m in line.members if m.support == NONE}
    seen: set[int] = set()
    for line in problem.lines:
        pairs = [(m.support, m.node) for m in line.members if m.support != NONE]
        supports, nodes = {s for s, _ in pairs}, {n for _, n in pairs}
        if len(supports) < len(pairs) or len(nodes) < len(pairs) or supports & seen:
            return False
        earlier = all((s, n) in links for s, n in pairs)
        later = all((n, s) in links for s, n in pairs)
        loose = all(n >= problem.events and n not in tied for n in nodes)
        if not (earlier or later or loose):
            return False
        seen |= supports
    return True


def fewest_by_rules(problem: Problem) -> int:
    """No circle that uses a rule that rests on other events has fewer events than this."""
    found = [len(edge.given | _only_events(problem, edge)) for edge in problem.edges if edge.given]
    for line in problem.lines:
        rests = [(m.support, m.node) for m in line.members if m.support != NONE]
        if rests:
            supports = {s for s, _ in rests if s < problem.events}
            nodes = {n for _, n in rests if n < problem.events}
            # Each event once; of points, one will do for several.
            apart = supports.isdisjoint(nodes) and len({n for _, n in rests}) == len(rests)
            found.append(2 * (bool(supports) + bool(nodes)) if apart else 2)
    return min(found, default=problem.events + 1)


def _only_events(problem: Problem, edge: Edge) -> frozenset[int]:
    return frozenset(node for node in (edge.first, edge.second) if node < problem.events)


def without_such_rules(problem: Problem) -> Problem:
    """The facts, and the rules that rest on nothing but the two nodes that they order."""
    lines = tuple(ln for ln in problem.lines if all(m.support == NONE for m in ln.members))
    edges = tuple(edge for edge in problem.edges if not edge.given)
    return Problem(problem.events, problem.points, lines, edges, ())


def smallest(
    problem: Problem, known: frozenset[int], solver: Solver | None = None
) -> tuple[frozenset[int], bool]:
    """A smallest set of events that contradict, and whether it is known to be one.

    `known` contradicts; it comes back if z3 does not find out in time that it, or another,
    is the smallest. `solver` is one of the problem, if there is one already.
    """
    try:
        return _HittingSets(problem, solver or Solver(problem)).smallest(known), True
    except GaveUp:
        return known, False


class _HittingSets:
    """Sets that have an event of each rest found so far."""

    def __init__(self, problem: Problem, solver: Solver) -> None:
        z3: Any = import_module("z3")

        self.z3 = z3
        self.events = list(range(problem.events))
        self.solver = solver
        self.limit = self.solver.effort + SEARCH_EFFORT
        self.hitting = z3.Solver()
        self.hitting.set("rlimit", EFFORT)
        self.chosen = [z3.Bool(f"h{k}") for k in self.events]

    def smallest(self, known: frozenset[int]) -> frozenset[int]:
        """No set with fewer events than the result contradicts."""
        size = 0
        while size < len(known):
            picked = self.pick(size)
            if picked is None:
                size += 1
                continue
            answer = self.judge(picked)
            if isinstance(answer, Conflict):
                return answer.events
            rest = set(self.events) - self.grown(picked)
            self.hitting.add(self.z3.Or([self.chosen[k] for k in sorted(rest)]))
        return known

    def judge(self, events: Iterable[int]) -> Positions | Conflict:
        """The solver's answer; raises GaveUp when it has spent too much."""
        if self.solver.effort > self.limit:
            raise GaveUp
        return self.solver.judge(events)

    def pick(self, size: int) -> set[int] | None:
        """A set of at most so many events that hits all; None if there is none."""
        self.hitting.push()
        self.hitting.add(self.z3.AtMost(*self.chosen, size))
        answer = self.hitting.check()
        picked = None
        if answer == self.z3.sat:
            model = self.hitting.model()
            picked = {k for k in self.events if self.z3.is_true(model[self.chosen[k]])}
        self.hitting.pop()
        if answer == self.z3.unknown:
            raise GaveUp
        return picked

    def grown(self, events: set[int]) -> set[int]:
        """As many more as there can be without a contradiction."""
        kept = set(events)
        rest = [k for k in self.events if k not in kept]
        size = len(rest)
        while rest:
            size = min(size, len(rest))
            part, others = rest[:size], rest[size:]
            if not isinstance(self.judge(kept.union(part)), Conflict):
                kept.update(part)
                rest = others
            elif size == 1:
                rest = others
            else:
                size //= 2
        return kept
