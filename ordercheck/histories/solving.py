"""Orders by z3: positions are integers, constraints say which is smaller.

Each event has a switch, a boolean. What speaks of events holds if their switches are
on, so one solver answers for every set of events, and says which of them it needed.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from itertools import pairwise
from typing import Any, assert_never

from ordercheck.histories.constraints import AllOf, AnyOf, Before, Formula, IfHappened, Node
from ordercheck.histories.history import Event
from ordercheck.histories.problem import Problem, numbers, optional_events
from ordercheck.ir.record import dataclass

EFFORT = 200_000_000
"""z3's `rlimit` of one question. It counts steps, not time, and so is the same on all machines."""


class GaveUp(Exception):
    """z3 found no answer within its limit."""


@dataclass(frozen=True, slots=True)
class Positions:
    """A position for each node of a problem."""

    of: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Events that contradict each other."""

    events: frozenset[int]


class Solver:
    """A problem in z3's hands."""

    def __init__(self, problem: Problem) -> None:
        # Takes longer to load than most histories to judge.
        z3: Any = import_module("z3")

        self.z3 = z3
        self.problem = problem
        self.solver = z3.Solver()
        self.solver.set("rlimit", EFFORT)
        self.position = [z3.Int(f"p{k}") for k in range(problem.size)]
        self.switch = [z3.Bool(f"e{k}") for k in range(problem.events)]
        self.point = numbers(problem)
        self.orders: dict[tuple[int, int], Any] = {}
        for k in range(len(problem.lines)):
            self.add_line(k)
        for edge in problem.edges:
            order = self.before(edge.first, edge.second)
            self.add(order, (edge.first, edge.second, *edge.given))
        for clause in problem.clauses:
            self.add(self.formula(clause.formula), clause.given)

    def add(self, claim: Any, given: Iterable[int]) -> None:
        """A claim that holds if these events happened; points always do."""
        switches = [self.switch[k] for k in sorted(set(given)) if 0 <= k < self.problem.events]
        self.solver.add(self.z3.Implies(self.z3.And(switches), claim) if switches else claim)

    def add_line(self, number: int) -> None:
        """Moments in a row; a member lies between the last that comes before it and its end."""
        line = self.problem.lines[number]
        ends = sorted({member.last for member in line.members})
        moments = [self.z3.Int(f"l{number}_{k}") for k in range(len(ends))]
        place = {end: k for k, end in enumerate(ends)}
        for one, other in pairwise(moments):
            self.solver.add(one < other)
        earlier = -1
        for member in line.members:  # in order of `first`
            while earlier + 1 < len(ends) and ends[earlier + 1] < member.first:
                earlier += 1
            here = (member.node, member.support)
            self.add(self.position[member.node] < moments[place[member.last]], here)
            if earlier >= 0:
                self.add(moments[earlier] < self.position[member.node], here)

    def formula(self, formula: Formula) -> Any:
        """A formula in z3's terms."""
        match formula:
            case Before(first, second):
                return self.before(self.number(first), self.number(second))
            case AnyOf(parts):
                return self.z3.Or([self.formula(part) for part in parts])
            case AllOf(parts):
                return self.z3.And([self.formula(part) for part in parts])
            case IfHappened(event, inner):
                there = [self.switch[k] for k in sorted(optional_events(event, inner))]
                return self.z3.Implies(self.z3.And(there), self.formula(inner))
            case _:
                assert_never(formula)

    def before(self, first: int, second: int) -> Any:
        """One node before another; made once, since registers ask for the same again and again."""
        if (first, second) not in self.orders:
            self.orders[first, second] = self.position[first] < self.position[second]
        return self.orders[first, second]

    def number(self, node: Node) -> int:
        """An event's or a point's node."""
        return node.index if isinstance(node, Event) else self.point[node.name]

    @property
    def effort(self) -> int:
        """What z3 has spent on all that it was asked, in its own steps."""
        spent = self.solver.statistics()
        return next((int(value) for name, value in spent if name == "rlimit count"), 0)

    def judge(self, events: Iterable[int]) -> Positions | Conflict:
        """Positions for these events and all points, or which of them contradict each other.

        Raises GaveUp.
        """
        wanted = sorted(events)
        answer = self.solver.check([self.switch[k] for k in wanted])
        if answer == self.z3.unknown:
            raise GaveUp
        if answer == self.z3.unsat:
            needed = {str(switch) for switch in self.solver.unsat_core()}
            return Conflict(frozenset(k for k in wanted if f"e{k}" in needed))
        model = self.solver.model()
        values = (model.eval(p, model_completion=True).as_long() for p in self.position)
        return Positions(tuple(values))
