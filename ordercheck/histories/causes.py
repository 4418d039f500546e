"""What is known to come before what, through however many events in between."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ordercheck.histories.constraints import Rule, before
from ordercheck.histories.graph import closest, in_order, links
from ordercheck.histories.history import Event, History
from ordercheck.histories.problem import Problem, TooLarge, problem_of


class Causes:
    """The order that follows from what a history says, and from further steps before → after."""

    def __init__(self, history: History, steps: Iterable[tuple[Event, Event]] = ()) -> None:
        rules = [Rule("", before(a, b)) for a, b in steps]
        self.history = history
        self.problem: Problem = problem_of(history, rules)
        self.after = _reached(self.problem)
        self.edges: dict[int, list[int]] = {}
        for edge in self.problem.edges:
            self.edges.setdefault(edge.first, []).append(edge.second)
        # By node, the lines that it is on, and from which member on they are later.
        self.lines: dict[int, list[tuple[int, int]]] = {}
        for k, line in enumerate(self.problem.lines):
            for m in line.members:
                later = bisect_right(line.members, m.last, key=lambda member: member.first)
                self.lines.setdefault(m.node, []).append((k, later))

    def precede(self, first: Event, second: Event) -> bool:
        """Whether the first is known to come before the second."""
        return bool(self.after[first.index] >> second.index & 1)

    def any_after(self, event: Event) -> int:
        """All events known to come after this one, as the bits of a number."""
        return self.after[event.index]

    def closest(self, wanted: Mapping[int, Iterable[int]]) -> tuple[int, int]:
        """A pair of these with the fewest events on the way. Raises TooLarge."""
        bits = {source: sum(1 << target for target in each) for source, each in wanted.items()}
        found = closest(self.problem, bits)
        if found is None:
            raise TooLarge("there are too many events between causes and effects")
        return found

    def way(self, first: Event, second: Event) -> Sequence[Event]:
        """The fewest events that lead from one to the other, both among them."""
        came: dict[int, int] = {first.index: -1}
        queue = deque([first.index])
        # What lies on a line from here on has been met: each member is looked at once.
        met = [len(line.members) for line in self.problem.lines]
        while second.index not in came:
            node = queue.popleft()
            for other in self.nexts(node, met):
                leads = other == second.index or self.after[other] >> second.index & 1
                if leads and other not in came:
                    came[other] = node
                    queue.append(other)
        found = [second.index]
        while came[found[-1]] != -1:
            found.append(came[found[-1]])
        return [self.history.events[node] for node in reversed(found)]

    def nexts(self, node: int, met: list[int]) -> Iterator[int]:
        """What is said to come after a node, nothing in between, and was not met yet."""
        yield from self.edges.get(node, ())
        for k, starts in self.lines.get(node, ()):
            members = self.problem.lines[k].members
            yield from (member.node for member in members[starts : met[k]])
            met[k] = min(met[k], starts)


def _reached(problem: Problem) -> list[int]:
    """By event all events after it, as bits; nothing where the order is a circle."""
    nexts = links(problem)
    reached = [0] * len(nexts)
    for node in reversed(in_order(nexts, problem.events)):
        bits = 0
        for other in nexts[node]:
            bits |= reached[other]
            if other < problem.events:
                bits |= 1 << other
        reached[node] = bits
    return reached[: problem.events]
