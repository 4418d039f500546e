"""Breadth-first exploration of a machine's states, with figures and everything that is wrong.

The figures are those of finished levels, so they say the same whatever stopped the
search. A level is finished when all its states have been expanded; what its
transitions lead to is then known and counted. The search stops at the end of the
first level at which something is known to be wrong, unless it is to go on to the end.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from time import perf_counter
from typing import Protocol

from ordercheck.engines.interpreter.choices import Failure, Raised
from ordercheck.engines.interpreter.machine import Machine, RawLabel, properties
from ordercheck.engines.memory import memory_limit, memory_told, memory_used
from ordercheck.engines.transition import ModelError, State
from ordercheck.ir.collecting import no_collecting
from ordercheck.ir.nodes import Program, PropertyKind
from ordercheck.ir.record import dataclass, field

PACE = 0.1
"""Seconds between two looks at the clock's and the memory's limits, and at the progress."""


class Progress(Protocol):
    """Is told now and then how far an exploration has come."""

    def __call__(self, states: int, levels: int, waiting: int, note: str = "", /) -> None:
        """Distinct states, levels, states still to be expanded; what else there is to say."""


class Flaw(Enum):
    """What can be wrong, in the order in which one is preferred at the same depth."""

    MODEL_ERROR = "model error"
    STEP_INVARIANT = "step invariant"
    INVARIANT = "invariant"
    DEADLOCK = "deadlock"


@dataclass(frozen=True, slots=True)
class Limits:
    """When to give up: stored states, levels, seconds, bytes in use; None for no limit."""

    states: int | None = None
    depth: int | None = None
    seconds: float | None = None
    memory: int | None = None


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Witness:
    """How something wrong was met: expanding state number `source` (-1: at the start).

    `label` is None where the state `target` itself is wrong, else the transition is.
    `error` is the one that a property ended in, `before` the state before a step.
    """

    source: int
    target: State | ModelError
    label: RawLabel | None = None
    before: State | None = None
    error: ModelError | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong: all the ways in which its shortest paths, of `steps` steps, end.

    `property` is an index into Program.properties; None for deadlocks and errors of steps.
    """

    flaw: Flaw
    name: str
    steps: int
    property: int | None
    witnesses: list[Witness] = field(default_factory=list)


@dataclass(slots=True)
class Figures:
    """Counts, as in `checking.Verdict`."""

    states: int = 0
    transitions: int = 0
    depth: int = 0
    stuck: int = 0


@dataclass(slots=True)
class Exploration:
    """What was found.

    `levels` hold the stored states by depth, `parents` for each of them, in that order,
    the number of the state from which it was first met. `unmet` are the REACHABLE
    properties never true. `limit` says what ended the search early, "" if nothing did;
    `complete`, that every reachable state was expanded.
    """

    figures: Figures = field(default_factory=Figures)
    initial: int = 0
    levels: list[list[State]] = field(default_factory=list)
    parents: array[int] = field(default_factory=lambda: array("q"))
    findings: dict[tuple[Flaw, str], Finding] = field(default_factory=dict)
    unmet: list[int] = field(default_factory=list)
    limit: str = ""
    complete: bool = False


def explore(
    machine: Machine,
    limits: Limits = NO_LIMITS,
    continue_: bool = False,
    progress: Progress | None = None,
) -> Exploration:
    """Explore until something is wrong, to the end, or to a limit.

    With `continue_`, what is wrong does not end the search: every property's shortest
    path is found. An interrupt from the keyboard is a limit like others.
    """
    search = _Search(machine, limits, continue_, progress)
    try:
        # Nothing in the loop makes cycles, and looking for them costs a quarter of the time.
        with no_collecting(), machine.watched(search.look):
            search.run()
    except KeyboardInterrupt:
        search.result.limit = "interrupted"
    return search.result


class _Limit(Exception):
    """A limit was reached; the argument says which."""


Predicate = Callable[[State, State | None], object]


class _Search:
    """One exploration under way."""

    def __init__(
        self, machine: Machine, limits: Limits, continue_: bool, progress: Progress | None
    ) -> None:
        program = machine.program
        self.machine = machine
        self.limits = limits
        self.continue_ = continue_
        self.progress = progress
        self.result = Exploration(unmet=properties(program, PropertyKind.REACHABLE))
        self.seen: set[State] = set()
        self.new_level: list[State] = []
        self.start = perf_counter()
        self.due = self.glance = self.start + PACE
        self.stuck = 0
        self.transitions = 0
        self.invariants = self._predicates(PropertyKind.INVARIANT)
        self.step_invariants = self._predicates(PropertyKind.STEP_INVARIANT)
        self.constraints = self._predicates(PropertyKind.CONSTRAINT)
        self.terminals = self._predicates(PropertyKind.TERMINAL)
        self.goals = self._predicates(PropertyKind.REACHABLE)
        self.antecedents = antecedents(program)

    def _predicates(self, kind: PropertyKind) -> list[tuple[int, Predicate]]:
        claims = self.machine.program.properties
        return [
            (k, self.machine.predicate(claims[k].function))
            for k in properties(self.machine.program, kind)
        ]

    # --- the loop -----------------------------------------------------------------

    def run(self) -> None:
        """Explore level by level."""
        try:
            self._start()
            while self._goes_on():
                self._expand_level()
        except _Limit as limit:
            self.result.limit = str(limit)

    def _start(self) -> None:
        for label, target in self.machine.starts():
            if isinstance(target, ModelError):
                self._wrong(Flaw.MODEL_ERROR, target.kind, 0, None, Witness(-1, target, label))
            elif target not in self.seen:
                self._new(-1, target, 0)
        self.result.initial = len(self.new_level)
        self._finish_level()

    def _goes_on(self) -> bool:
        result, limit = self.result, self.limits.depth
        if result.complete or (result.findings and not self.continue_):
            return False
        if limit is not None and len(result.levels) >= limit:
            raise _Limit(counted(limit, "level"))
        return True

    def _expand_level(self) -> None:
        """Expand each state of the last level. This is where the time goes."""
        successors, seen, new = self.machine.successors, self.seen, self._new
        frontier, steps = self.result.levels[-1], len(self.result.levels)
        first = len(self.result.parents) - len(frontier)
        most = self.limits.states
        for number, state in enumerate(frontier, first):
            found = successors(state)
            self.transitions += len(found)
            for label, target in found:
                if isinstance(target, ModelError):
                    error = Witness(number, target, label)
                    self._wrong(Flaw.MODEL_ERROR, target.kind, steps, None, error)
                    continue
                if self.step_invariants:
                    self._check_step(number, state, label, target)
                if target not in seen:
                    new(number, target, steps)
            if not found:
                self._check_stuck(number, state, steps - 1)
            if perf_counter() > self.due:
                self._pause(first + len(frontier) - number - 1 + len(self.new_level))
            if most is not None and len(seen) > most:
                raise _Limit(counted(most, "state"))
        self._finish_level()

    def _finish_level(self) -> None:
        result = self.result
        if self.new_level:
            result.levels.append(self.new_level)
            self.new_level = []
        else:
            result.complete = True
        states, depth = len(result.parents), len(result.levels)
        result.figures = Figures(states, self.transitions, depth, self.stuck)
        # What is known to be violated by a shorter path need not be looked for again.
        known = {k.property for k in result.findings.values() if k.flaw is not Flaw.MODEL_ERROR}
        self.invariants = [each for each in self.invariants if each[0] not in known]
        self.step_invariants = [each for each in self.step_invariants if each[0] not in known]
        # Not before: what a level finds must not depend on the order of its states.
        self.goals = [each for each in self.goals if each[0] in result.unmet]

    def _pause(self, waiting: int) -> None:
        """Look at the limits and tell how far this has come."""
        self.due = perf_counter() + PACE
        self._heed()
        if self.progress is not None:
            note = memory_told(memory_used() or 0, self.limits.memory)
            self.progress(len(self.result.parents), len(self.result.levels), waiting, note)

    def look(self) -> None:
        """Look at the limits in the midst of a state, whose ways may be without number."""
        if perf_counter() > self.glance:
            self.glance = perf_counter() + PACE
            self._heed()

    def _heed(self) -> None:
        limits = self.limits
        if limits.seconds is not None and perf_counter() - self.start > limits.seconds:
            raise _Limit(f"{limits.seconds:g} seconds")
        if limits.memory is not None and (memory_used() or 0) > limits.memory:
            raise _Limit(memory_limit(limits.memory))

    # --- checks -------------------------------------------------------------------

    def _new(self, source: int, state: State, steps: int) -> None:
        """Check a state that was not stored yet, and store it if it is inside the constraints."""
        for k, holds in self.invariants:
            if not self._value(k, holds, source, state, steps):
                name = self.machine.program.properties[k].name
                self._wrong(Flaw.INVARIANT, name, steps, k, Witness(source, state))
        if self.goals:
            self._check_goals(source, state, steps)
        if self.antecedents:
            self._check_antecedents(state)
        for k, holds in self.constraints:
            if not self._value(k, holds, source, state, steps):
                return
        self.seen.add(state)
        self.new_level.append(state)
        self.result.parents.append(source)

    def _value(self, k: int, holds: Predicate, source: int, state: State, steps: int) -> bool:
        """Whether a property is true in a state; an error in it is noted, and passes for true."""
        try:
            return bool(holds(state, None))
        except (Failure, Raised):
            self._broken(k, Witness(source, state), steps)
            return True

    def _broken(self, k: int, witness: Witness, steps: int) -> None:
        """Note that evaluating a property ends in a model error."""
        assert isinstance(witness.target, tuple)
        error = self.machine.check(k, witness.target, witness.before)
        assert isinstance(error, ModelError)
        self._wrong(Flaw.MODEL_ERROR, error.kind, steps, k, replace(witness, error=error))

    def _check_step(self, source: int, before: State, label: RawLabel, after: State) -> None:
        steps = len(self.result.levels)
        for k, holds in self.step_invariants:
            witness = Witness(source, after, label, before=before)
            try:
                kept = holds(after, before)
            except (Failure, Raised):
                self._broken(k, witness, steps)
                continue
            if not kept:
                name = self.machine.program.properties[k].name
                self._wrong(Flaw.STEP_INVARIANT, name, steps, k, witness)

    def _check_goals(self, source: int, state: State, steps: int) -> None:
        for k, holds in self.goals:
            if self._value(k, holds, source, state, steps) and k in self.result.unmet:
                self.result.unmet.remove(k)

    def _check_antecedents(self, state: State) -> None:
        machine = self.machine
        met = [p for p, name in self.antecedents if machine.evaluate(name, state) is True]
        for point in met:
            machine.reached[point] = 1
        if met:
            self.antecedents = [each for each in self.antecedents if each[0] not in met]

    def _check_stuck(self, number: int, state: State, steps: int) -> None:
        self.stuck += 1
        if not self.machine.program.deadlock or self.machine.at_rest(state):
            return
        source = self.result.parents[number]
        if not any(self._value(k, holds, source, state, steps) for k, holds in self.terminals):
            self._wrong(Flaw.DEADLOCK, "deadlock", steps, None, Witness(source, state))

    def _wrong(
        self, flaw: Flaw, name: str, steps: int, property: int | None, witness: Witness
    ) -> None:
        findings = self.result.findings
        finding = findings.get((flaw, name))
        # A @terminal's error in a state counts one step less than an error of that state's steps.
        if finding is None or steps < finding.steps:
            finding = findings[flaw, name] = Finding(flaw, name, steps, property)
        if finding.steps == steps:
            finding.witnesses.append(witness)


def interpreted_note(reason: str) -> str:
    """What is said where the interpreter serves because nothing faster can."""
    return f"interpreted, which is slow: {reason}"


def counted(number: int, noun: str) -> str:
    """A number with its noun, as limits are told."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def antecedents(program: Program) -> list[tuple[int, str]]:
    """The cover point and the function of each antecedent: its points are the last ones."""
    functions = [name for claim in program.properties for name, _ in claim.antecedents]
    first = len(program.cover) - len(functions)
    return [(first + k, name) for k, name in enumerate(functions) if first + k >= 0]
