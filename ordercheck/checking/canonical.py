"""The one trace to show of all that end in the same violation.

It is a shortest one; of these, one with the fewest switches of actor; of these, the
least by its labels. So it depends neither on the engine nor on the order of its search.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ordercheck.engines.exploration import Exploration, Finding, Witness
from ordercheck.engines.interpreter.machine import Machine, RawLabel
from ordercheck.engines.transition import Label, ModelError, State
from ordercheck.ir.record import dataclass, field

Path = tuple[Label, ...]

Onward = dict[str, int]
"""By the actor of the next step: the fewest switches on the way from a state to the end."""

END: Onward = {}
"""What is onward from a state that is itself the end."""


@dataclass(frozen=True, slots=True)
class Ends:
    """How the paths may end: in one of these `states`, or by a transition from a state.

    A transition is identified by its label; `transitions` are by their source, None for
    those that lead to an initial state.
    """

    states: frozenset[State] = frozenset()
    transitions: dict[State | None, list[RawLabel]] = field(default_factory=dict)


def canonical_path(machine: Machine, exploration: Exploration, finding: Finding) -> Path:
    """The labels of the trace to show for a finding, that of the initial state first."""
    levels = exploration.levels
    ends = _ends(exploration, finding.witnesses)
    onward = _onward(machine, levels[: finding.steps], ends)
    return tuple(Label(*label) for label in _walk(machine, onward, ends))


def _ends(exploration: Exploration, witnesses: Iterable[Witness]) -> Ends:
    states: list[State] = []
    transitions: dict[State | None, list[RawLabel]] = {}
    for witness in witnesses:
        if witness.label is None:
            assert not isinstance(witness.target, ModelError)
            states.append(witness.target)
        else:
            source = None if witness.source < 0 else state_at(exploration, witness.source)
            transitions.setdefault(source, []).append(witness.label)
    return Ends(frozenset(states), transitions)


def state_at(exploration: Exploration, number: int) -> State:
    """The stored state of this number."""
    for level in exploration.levels:
        if number < len(level):
            return level[number]
        number -= len(level)
    raise IndexError(number)


# --- all shortest paths at once -------------------------------------------------------


def _onward(machine: Machine, levels: list[list[State]], ends: Ends) -> list[dict[State, Onward]]:
    """For each level, the states on shortest paths to the end, and what is onward from there."""
    following: dict[State, Onward] = dict.fromkeys(ends.states, END)
    found = [following]
    for depth in range(len(levels) - 1, -1, -1):
        here: dict[State, Onward] = {}
        last = depth == len(levels) - 1
        for state in levels[depth]:
            ways: Onward = {}
            for label, _, after in _ways(machine, state, following, ends, last):
                actor = actor_of(machine, label)
                cost = switches(after, actor)
                ways[actor] = min(cost, ways.get(actor, cost))
            if ways:
                here[state] = ways
        found.append(here)
        following = here
    return found[::-1]


def _ways(
    machine: Machine, state: State, following: dict[State, Onward], ends: Ends, last: bool
) -> Iterator[tuple[RawLabel, State | ModelError, Onward]]:
    """The transitions from a state that lead towards the end, and what is onward after them."""
    ending = ends.transitions.get(state, ()) if last else ()
    for label, target in machine.successors(state):
        if label in ending:
            yield label, target, END
        elif not isinstance(target, ModelError) and target in following:
            yield label, target, following[target]


def switches(onward: Onward, actor: str | None) -> int:
    """The fewest switches still to come when `actor` has just taken a step."""
    if not onward:
        return 0
    return min(cost + (actor is not None and actor != each) for each, cost in onward.items())


def actor_of(machine: Machine, label: RawLabel) -> str:
    """Whose transition it is."""
    return machine.program.steps[label[0]].actors[label[1]]


def _walk(machine: Machine, onward: list[dict[State, Onward]], ends: Ends) -> Iterator[RawLabel]:
    """The least of the labels of paths with the fewest switches."""
    starts: list[tuple[int, RawLabel, State | ModelError]] = []
    for label, target in machine.starts():
        if label in ends.transitions.get(None, ()):
            starts.append((0, label, target))
        elif not isinstance(target, ModelError) and target in onward[0]:
            starts.append((switches(onward[0][target], None), label, target))
    left, label, state = min(starts, key=lambda start: start[:2])
    yield label
    actor: str | None = None
    steps = len(onward) - 1
    for depth in range(steps):
        assert not isinstance(state, ModelError)
        best = []
        last = depth == steps - 1
        for label, target, after in _ways(machine, state, onward[depth + 1], ends, last):
            whose = actor_of(machine, label)
            switched = actor is not None and whose != actor
            best.append((switches(after, whose) + switched, label, target, switched, whose))
        cost, label, state, switched, actor = min(best, key=lambda way: way[:2])
        assert cost == left, "fewest switches are fewest from wherever they are counted"
        left -= switched
        yield label
