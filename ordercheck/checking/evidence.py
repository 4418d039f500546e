"""Violations with their evidence: a path that the interpreter replays and `traces` explain."""

from __future__ import annotations

from dataclasses import replace

from ordercheck.checking.verdict import Violation, ViolationKind
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.transition import Label, ModelError, State
from ordercheck.ir.nodes import Program
from ordercheck.ir.recording import Recording
from ordercheck.ir.types import Value
from ordercheck.traces.because import with_cases
from ordercheck.traces.explain import Finding, explain
from ordercheck.traces.places import Unknown
from ordercheck.traces.trace import RUN, Trace


class Defect(Exception):
    """A path does not do what the engine said it would: a fault of ordercheck's own."""


def replay(machine: Machine, labels: tuple[Label, ...]) -> list[Recording]:
    """The path, replayed; raises Defect where it leads nowhere."""
    found: list[Recording] = []
    state: State | None = None
    for number, label in enumerate(labels):
        if number and state is None:
            raise Defect(f"step {number - 1} of the trace fails, but is not its last")
        try:
            recording = machine.replay(state, label)
        except LookupError as error:
            raise Defect(f"step {number} of the trace is not possible: {error}") from None
        found.append(recording)
        state = recording.after
    return found


def states_of(program: Program, trace: Trace) -> tuple[State, ...]:
    """The state after each step of a program's trace; of a failing step, the one before it.

    Raises Defect where the program has no such path.
    """
    labels = tuple(Label(*step.label) for step in trace.steps)
    recordings = replay(Machine(program), labels)
    return tuple(r.before if r.after is None else r.after for r in recordings)


class Explainer:
    """Confirms and explains the violations of one program."""

    def __init__(self, program: Program) -> None:
        """Of the program whose violations will come."""
        # A machine of its own: explanations need functions that the search does not.
        self.machine = Machine(with_cases(program))

    def explained(self, violation: Violation) -> Violation:
        """The violation with its trace, after a replay that confirms it."""
        recordings = replay(self.machine, violation.labels)
        self._confirm(violation, recordings[-1])
        finding = Finding(violation.name, violation.kind.value, violation.message, violation.span)
        last = recordings[-1].after
        stuck = violation.kind is ViolationKind.DEADLOCK
        refused = self.machine.refusals(last) if stuck and last is not None else ()
        program = self.machine.program
        trace = explain(program, recordings, finding, self.evaluate, refused=refused)
        return replace(violation, trace=trace)

    def run(self, labels: tuple[Label, ...], name: str, message: str) -> Trace:
        """The trace of a path that ends in nothing wrong, or of which that is not asked."""
        recordings = replay(self.machine, labels)
        return explain(self.machine.program, recordings, Finding(name, RUN, message), self.evaluate)

    def _confirm(self, violation: Violation, last: Recording) -> None:
        if not self._is_wrong(violation, last):
            raise Defect(f"the trace does not end in a violation of {violation.name}")

    def _is_wrong(self, violation: Violation, last: Recording) -> bool:
        if last.after is None:
            error = last.error
            return error is not None and (error.kind, error.message) == _told(violation)
        match violation.kind:
            case ViolationKind.DEADLOCK:
                return not self.machine.successors(last.after)
            case ViolationKind.MODEL_ERROR:
                # The step is fine; a property cannot be evaluated after it.
                claims = range(len(self.machine.program.properties))
                values = [self.machine.check(k, last.after, last.before) for k in claims]
                return violation.error in values
            case ViolationKind.INVARIANT | ViolationKind.STEP_INVARIANT:
                names = [claim.name for claim in self.machine.program.properties]
                index = names.index(violation.name)
                return self.machine.check(index, last.after, last.before) is False
            case _:
                return False

    def evaluate(self, function: str, state: State) -> Value:
        """The value of one of the program's functions; raises Unknown where it has none."""
        value = self.machine.evaluate(function, state)
        if isinstance(value, ModelError):
            raise Unknown(value.message)
        return value


def _told(violation: Violation) -> tuple[str, str]:
    return (violation.error.kind, violation.error.message) if violation.error else ("", "")
