"""Is there a run of the model that looks like this log? Hidden steps are filled in by search.

A step is visible if the log would have seen it: it changes the value of an observed
expression, or its name matches one of the log's patterns. The visible steps of a run are
to be the lines of the log, in order; in between come any number of hidden ones. So all
states that the model can be in after a line are kept, and the lines taken one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from ordercheck.conformance.agreement import agrees
from ordercheck.conformance.candidates import Telling
from ordercheck.conformance.fitting import MOST_NAMES, Kinds, check_values, impossible
from ordercheck.conformance.log import Line, Log
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.interpreter.machine import RawLabel
from ordercheck.engines.transition import Label, ModelError, State
from ordercheck.ir.nodes import Program, StepKind
from ordercheck.ir.recording import Resumed
from ordercheck.ir.span import BadInput, Diagnostic
from ordercheck.traces.places import View
from ordercheck.traces.values import held, plain

MOST_STATES = 1_000_000
"""With more states than these between two lines the search gives up."""

Seen = tuple[Any, ...]
"""The values of the observed expressions in a state."""


class TooMany(Exception):
    """More states than allowed lie between two lines."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """A visible step that the model could have taken: its name, and what it would have shown."""

    step: str
    values: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Candidates from which the same can be seen next, `count` of them.

    `alternatives` are the visible steps that they could take; `hidden`: others are possible, too;
    `errors` says what would be wrong with the model there. `one` is one of them: where it
    differs from other candidates, by process and by place.
    """

    count: int
    alternatives: tuple[Alternative, ...]
    hidden: bool
    errors: tuple[str, ...]
    one: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Conformance:
    """The answer: `unexplained` is None where some run of the model looks like the log.

    Else it is the number of the first line, from 0, that no run explains: -1 for the start,
    the number of lines for the end. `candidates` is in how many states the model can be
    before it, `alternatives` what it could have shown there instead, and `groups` the same
    for each of the candidates; `limits` says what the line's expressions can be, where it goes
    beyond that. `most` is the largest number of states between two lines.
    """

    log: Log
    unexplained: int | None
    candidates: int
    most: int
    alternatives: tuple[Alternative, ...] = ()
    groups: tuple[Group, ...] = ()
    limits: tuple[str, ...] = ()


def conform(program: Program, log: Log, most_states: int = MOST_STATES) -> Conformance:
    """Judge a log; raises TooMany.

    The program is compiled with those of the log's expressions as watches that name no place.
    Raises BadInput where a pattern is of no step, or a value of another type.
    """
    _check_patterns(program, log)
    check_values(log, _kinds(program, log))
    return _Search(program, log, most_states).run()


@dataclass(slots=True)
class _Search:
    program: Program
    log: Log
    most_states: int
    machine: Machine = field(init=False)
    view: View = field(init=False)
    most: int = 0

    def __post_init__(self) -> None:
        self.machine = Machine(self.program)
        self.view = View(self.program)

    def run(self) -> Conformance:
        starts = [t for _, t in self.machine.starts() if not isinstance(t, ModelError)]
        evaluate = _evaluator(self.machine, self.view)
        states = {
            s for s in starts if all(agrees(v, evaluate(name, s)) for name, v in self.log.start)
        }
        if not states:
            shown = [tuple((n, evaluate(n, s)) for n, _ in self.log.start) for s in starts]
            alternatives = tuple({repr(x): Alternative("", x) for x in shown}.values())
            return Conformance(self.log, -1, len(starts), self.most, alternatives)
        seen = cache(lambda s: tuple(evaluate(name, s) for name in self.log.observed))
        for number, line in enumerate(self.log.lines):
            here = self._hidden(states, seen)
            visible = list(self._visible(here, seen))
            states = {s for name, s in visible if self._explains(line, name, seen(s))}
            if not states:
                return self._refused(number, here, seen)
        here = self._hidden(states, seen)
        if self.log.ends and not any(map(self._may_end, here)):
            return self._refused(len(self.log.lines), here, seen)
        return Conformance(self.log, None, len(here), self.most)

    def _refused(self, line: int, candidates: list[State], seen: Any) -> Conformance:
        """No: with what each of the candidates could have shown."""
        alike: dict[str, list[State]] = {}
        options: dict[str, tuple[tuple[Alternative, ...], bool, tuple[str, ...]]] = {}
        for state in candidates:
            found = self._options(state, seen)
            alike.setdefault(repr(found), []).append(state)
            options[repr(found)] = found
        telling = Telling(self.view, candidates)
        groups = tuple(
            Group(len(states), *options[key], telling.differences(states[0]))
            for key, states in alike.items()
        )
        could = {repr(each): each for group in groups for each in group.alternatives}
        alternatives = tuple(could.values())
        limits = impossible(self.log, line, _kinds(self.program, self.log))
        return Conformance(
            self.log, line, len(candidates), self.most, alternatives, groups, tuple(limits)
        )

    def _options(
        self, before: State, seen: Any
    ) -> tuple[tuple[Alternative, ...], bool, tuple[str, ...]]:
        """What can be seen next from a state, whether anything else can happen, what goes wrong."""
        shown: dict[str, Alternative] = {}
        errors: dict[str, None] = {}
        hidden = False
        for label, after in self.machine.successors(before):
            if isinstance(after, ModelError):
                errors[after.message] = None
            elif seen(after) != seen(before) or self._named(before, label):
                values = tuple(zip(self.log.observed, seen(after), strict=True))
                each = Alternative(self._name(before, label), values)
                shown[repr(each)] = each
            else:
                hidden = True
        return tuple(shown[key] for key in sorted(shown)), hidden, tuple(errors)

    # --- states and steps -------------------------------------------------------------

    def _hidden(self, states: set[State], seen: Any) -> list[State]:
        """These states and all that hidden steps lead to."""
        found = dict.fromkeys(states)
        todo = list(states)
        while todo:
            before = todo.pop()
            for label, after in self.machine.successors(before):
                if isinstance(after, ModelError) or after in found:
                    continue
                if seen(after) == seen(before) and not self._named(before, label):
                    found[after] = None
                    todo.append(after)
            if len(found) > self.most_states:
                raise TooMany
        self.most = max(self.most, len(found))
        return list(found)

    def _visible(self, states: Iterable[State], seen: Any) -> Iterator[tuple[str, State]]:
        """The visible steps from these states, by name."""
        for before in states:
            for label, after in self.machine.successors(before):
                if isinstance(after, ModelError):
                    continue
                if seen(after) != seen(before) or self._named(before, label):
                    yield self._name(before, label), after

    def _explains(self, line: Line, name: str, values: Seen) -> bool:
        shown = dict(zip(self.log.observed, values, strict=True))
        return (not line.step or fnmatchcase(name, line.step)) and all(
            agrees(logged, shown[expression]) for expression, logged in line.values
        )

    def _may_end(self, state: State) -> bool:
        return not self.machine.successors(state) or self.machine.at_rest(state)

    def _named(self, before: State, label: RawLabel) -> bool:
        """Whether the log sees this step by its name."""
        if not self.log.steps:
            return False
        name = self._name(before, label)
        return any(fnmatchcase(name, pattern) for pattern in self.log.steps)

    def _name(self, before: State, label: RawLabel) -> str:
        """The step's name as in traces: an action with its arguments, or whose turn it is."""
        number, binding, _ = label
        step = self.program.steps[number]
        if step.kind is StepKind.TURN:
            events = self.machine.replay(before, Label(*label)).events
            ran = next((e.task for e in events if isinstance(e, Resumed)), None)
            if ran is not None:
                return self.program.tasks[ran].name
        return self.view.action(step, binding)


def _check_patterns(program: Program, log: Log) -> None:
    view = View(program)
    names = {task.name for task in program.tasks}
    names |= {view.action(s, k) for s in program.steps for k in range(len(s.bindings))}
    wrong = [each for each in log.patterns if not any(fnmatchcase(n, each) for n in names)]
    if wrong:
        raise BadInput(*(_unknown(log, each, sorted(names)) for each in wrong))


def _unknown(log: Log, pattern: str, names: list[str]) -> Diagnostic:
    near = get_close_matches(pattern, names, n=MOST_NAMES, cutoff=0.5)
    shown = near or names[:MOST_NAMES]
    more = len(names) - len(shown) if not near else 0
    rest = f" and {more} more" if more else ""
    return Diagnostic(
        "E920",
        f"the model has no step {pattern}",
        log.first(pattern),
        help=f"{'did you mean' if near else 'it has'} {', '.join(shown)}{rest}{'?' * bool(near)}",
    )


def _kinds(program: Program, log: Log) -> Kinds:
    """Of what type the log's expressions are."""
    places = {place.path: place.kind for place in program.places}
    watches = dict(program.watches)
    results = {function.name: function.result for function in program.functions}
    return {
        each: places[each] if each in places else results[watches[watched(each)]]
        for each in log.expressions
    }


def _evaluator(machine: Machine, view: View) -> Any:
    """A function that gives a place's or an expression's plain value in a state."""
    places = {place.path: place for place in machine.program.places}
    functions = dict(machine.program.watches)
    kinds = {f.name: f.result for f in machine.program.functions}

    def evaluate(expression: str, state: State) -> Any:
        if expression in places:
            place = places[expression]
            return held(view, place.kind, state[place.slot :])
        function = functions[watched(expression)]
        value = machine.evaluate(function, state)
        if isinstance(value, ModelError):
            return value
        return plain(view, kinds[function], value)

    return evaluate


def watched(expression: str) -> str:
    """The expression over `self` that a log's expression stands for."""
    first = expression.split(".")[0].split("[")[0].strip()
    return f"self.{expression}" if first.isidentifier() and first != "self" else expression
