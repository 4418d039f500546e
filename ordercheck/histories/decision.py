"""Whether a problem has a solution: by its graph where that decides it, else by z3."""

from __future__ import annotations

from collections.abc import Sequence

from ordercheck.histories.constraints import AllOf, AnyOf, Before, Formula, IfHappened, Node
from ordercheck.histories.graph import ordered
from ordercheck.histories.history import Event
from ordercheck.histories.problem import FALSE, Problem, numbers
from ordercheck.histories.solving import Conflict, Solver


def contradicts(problem: Problem) -> bool:
    """Whether the problem has no solution. Raises GaveUp."""
    if any(clause.formula == FALSE for clause in problem.clauses):
        return True
    order, rest = ordered(problem)
    if rest:
        return True
    if satisfies(problem, order):
        return False
    answer = Solver(problem).judge(range(problem.events))
    return isinstance(answer, Conflict)


def satisfies(problem: Problem, order: Sequence[int]) -> bool:
    """Whether an order of all nodes is a solution."""
    places = [0] * problem.size
    for place, node in enumerate(order):
        places[node] = place
    point = numbers(problem)

    def place_of(node: Node) -> int:
        return places[node.index if isinstance(node, Event) else point[node.name]]

    def is_true(formula: Formula) -> bool:
        match formula:
            case Before(first, second):
                return place_of(first) < place_of(second)
            case AnyOf(parts):
                return any(map(is_true, parts))
            case AllOf(parts):
                return all(map(is_true, parts))
            case IfHappened(_, inner):
                return is_true(inner)

    return (
        all(places[edge.first] < places[edge.second] for edge in problem.edges)
        and all(is_true(clause.formula) for clause in problem.clauses)
        and all(
            _keeps([(m.first, m.last, places[m.node]) for m in line.members])
            for line in problem.lines
        )
    )


def _keeps(line: Sequence[tuple[float, float, int]]) -> bool:
    """Whether whoever ends before another begins has the earlier place."""
    ended = sorted(line, key=lambda each: each[1])
    done = 0
    latest = -1
    for first, _, place in line:  # in order of `first`
        while done < len(ended) and ended[done][1] < first:
            latest = max(latest, ended[done][2])
            done += 1
        if place <= latest:
            return False
    return True
