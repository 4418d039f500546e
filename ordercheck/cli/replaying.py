"""What `ordercheck replay` does: the model again, the same steps, and whether they still tell."""

from __future__ import annotations

import os

from ordercheck.cli.codes import FAILED, OK
from ordercheck.cli.loading import Configuration, compiled, one_model
from ordercheck.cli.output import Screen, bad_file
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.transition import Label, ModelError, State
from ordercheck.ir.nodes import Program, PropertyKind
from ordercheck.ir.recording import Recording
from ordercheck.ir.span import BadInput, Diagnostic, Span
from ordercheck.ir.types import Value
from ordercheck.report.terminal import render_trace
from ordercheck.report.text import fold
from ordercheck.traces.because import with_cases
from ordercheck.traces.explain import Finding, explain
from ordercheck.traces.foreign import Unreadable
from ordercheck.traces.given import called, given
from ordercheck.traces.json import TraceFile, read_trace
from ordercheck.traces.places import Unknown
from ordercheck.traces.trace import RUN, Trace, TraceStep


def replay(path: str, model: str | None, watches: tuple[str, ...], no_color: bool) -> int:
    """Run the command and give its exit code."""
    screen = Screen(no_color)
    name, text = text_of(path)
    kept = read_trace(text, name)
    program = program_of(kept, model, watches)
    machine = Machine(program)
    recordings, parted = recordings_of(machine, kept.trace)
    if not recordings:
        return _part(screen, kept.trace, 0, "it has no such initial state any more")
    finding = _finding(machine, kept.trace, recordings)
    last = recordings[-1].after
    stuck = kept.trace.kind == "deadlock"
    refused = machine.refusals(last) if stuck and last is not None else ()
    trace = explain(
        program, recordings, finding, _evaluate(machine), kept.trace.model, refused=refused
    )
    different = _difference(kept.trace, trace)
    if different is not None:
        number, words = different
        return _part(screen, kept.trace, number, words)
    if parted:
        return _part(screen, kept.trace, len(recordings), "this step is not possible any more")
    screen.say(render_trace(trace, screen.style))
    screen.part()
    if not _still_wrong(machine, kept.trace, recordings):
        words = f"Step for step the model does the same, but {kept.trace.property} is not violated."
        _say(screen, words)
        return FAILED
    _say(screen, f"Replayed: the model still does this. Next: ordercheck verify {trace.model}")
    return OK


def text_of(path: str) -> tuple[str, str]:
    """What to call a file of a trace or a history, and its text; `-` is the standard input.

    BadInput if it cannot be read.
    """
    try:
        return given(path)
    except Unreadable as error:
        headline = f"this file is no text: {error.reason}"
        span = Span(called(path), error.line, 0, error.line, 0)
        raise BadInput(Diagnostic("E902", headline, span)) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise bad_file("E908", f"cannot read {called(path)}: {reason}", called(path)) from None


def program_of(kept: TraceFile, model: str | None, watches: tuple[str, ...]) -> Program:
    """The trace's model, compiled as it was then."""
    name = model or kept.trace.model
    file = name if os.path.exists(name) else name.rpartition(":")[0] or name
    if not os.path.exists(file):
        headline = f"the trace's model is not there: {file}"
        raise bad_file("E908", headline, file, help="name it: --model FILE")
    configuration = Configuration(
        kept.parameters, kept.specs, kept.invariants, (*kept.show, *watches)
    )
    return with_cases(compiled(one_model(name), configuration))


def recordings_of(machine: Machine, trace: Trace) -> tuple[list[Recording], bool]:
    """As many steps as the model still takes, and whether one was refused."""
    found: list[Recording] = []
    state: State | None = None
    for step in trace.steps:
        try:
            recording = machine.replay(state, Label(*step.label))
        except LookupError:
            return found, True
        found.append(recording)
        if recording.after is None:
            return found, len(found) < len(trace.steps)
        state = recording.after
    return found, False


def _finding(machine: Machine, trace: Trace, recordings: list[Recording]) -> Finding:
    error = recordings[-1].error
    if error is not None:
        return Finding(error.kind, "model error", error.message, error.span)
    broken = _without_value(machine, trace, recordings[-1])
    if broken is not None:
        return Finding(broken.kind, "model error", broken.message, broken.span)
    return Finding(trace.property, trace.kind)


def _without_value(machine: Machine, trace: Trace, last: Recording) -> ModelError | None:
    """The error in which a property ends at the end, where the trace says that one does."""
    if trace.kind != "model error" or last.after is None:
        return None
    for number in range(len(machine.program.properties)):
        value = machine.check(number, last.after, last.before)
        if isinstance(value, ModelError) and value.kind == trace.property:
            return value
    return None


def _evaluate(machine: Machine) -> _Evaluator:
    return _Evaluator(machine)


class _Evaluator:
    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def __call__(self, function: str, state: State) -> Value:
        value = self.machine.evaluate(function, state)
        if isinstance(value, ModelError):
            raise Unknown(value.message)
        return value


def _difference(then: Trace, now: Trace) -> tuple[int, str] | None:
    """The first step at which the model does something else, and what."""
    for number, (old, new) in enumerate(zip(then.steps, now.steps, strict=False)):
        if _said(old) != _said(new):
            return number, f"it was {_said(old)}; now it is {_said(new)}"
        if _effects(old) != _effects(new):
            return number, _other_effect(old, new)
    return None


def _said(step: TraceStep) -> str:
    text = step.action if step.action == step.actor or not step.actor else _joined(step)
    chosen = ", ".join(f"{name} = {value}" for name, value in step.choices)
    return f"{text} with {chosen}" if chosen else text


def _joined(step: TraceStep) -> str:
    return f"{step.actor}: {step.action}"


def _effects(step: TraceStep) -> list[tuple[str, str, str]]:
    return [(c.path, c.before, c.after) for c in step.changes if not c.hidden]


def _other_effect(old: TraceStep, new: TraceStep) -> str:
    then = {path: after for path, _, after in _effects(old)}
    now = {path: after for path, _, after in _effects(new)}
    for path in dict.fromkeys([*then, *now]):
        was, is_ = then.get(path), now.get(path)
        if was != is_:
            before = f"made {path} = {was}" if was is not None else f"left {path} as it was"
            after = f"makes it {is_}" if is_ is not None else "leaves it as it was"
            return f"{_said(old)} {before}; now it {after}"
    return f"{_said(old)} begins in another state now"


def _still_wrong(machine: Machine, trace: Trace, recordings: list[Recording]) -> bool:
    """Whether the property of the trace is violated at its end."""
    last = recordings[-1]
    if trace.kind == RUN:
        return True
    if last.after is None:
        return trace.kind == "model error"
    if trace.kind == "model error":
        return _without_value(machine, trace, last) is not None
    if trace.kind == "deadlock":
        return not machine.successors(last.after)
    kinds = (PropertyKind.INVARIANT, PropertyKind.STEP_INVARIANT)
    for number, prop in enumerate(machine.program.properties):
        if prop.name == trace.property and prop.kind in kinds:
            before = last.before if prop.kind is PropertyKind.STEP_INVARIANT else None
            return machine.check(number, last.after, before) is not True
    return False


def _part(screen: Screen, trace: Trace, number: int, words: str) -> int:
    what = f"step {number}" if number else "the beginning"
    _say(screen, f"The model no longer does what this trace tells: at {what}, {words}.")
    _say(screen, f"Next: ordercheck verify {trace.model} --output FILE keeps a new one.")
    return FAILED


def _say(screen: Screen, text: str) -> None:
    for line in fold(text, screen.style.width):
        screen.say(line)
