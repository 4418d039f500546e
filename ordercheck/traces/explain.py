"""Recordings of a replayed path, told as a trace: who did what, where, and what it changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ordercheck.ir.nodes import Program, Step, StepKind
from ordercheck.ir.record import dataclass
from ordercheck.ir.recording import Recording, Refused
from ordercheck.ir.span import NOWHERE, Span
from ordercheck.traces.because import NOT_BEGUN, Pairs, Standstill, because, standstill
from ordercheck.traces.places import Evaluate, State, Unknown, View
from ordercheck.traces.source import claim_at, definition_of, is_inside, statement_at
from ordercheck.traces.telling import Telling, tell
from ordercheck.traces.trace import Trace, TraceStep

SHORT = 72
"""Values up to this length are told in the sentence."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong at the end of a path: as in `checking.Violation`.

    `kind` is "invariant", "step invariant", "deadlock", "model error" or, for a path
    that is only shown, anything else.
    """

    name: str
    kind: str
    message: str = ""
    span: Span = NOWHERE


def explain(
    program: Program,
    recordings: Sequence[Recording],
    finding: Finding,
    evaluate: Evaluate,
    model: str = "",
    refused: Sequence[Refused] = (),
) -> Trace:
    """The trace of a path that begins with the recording of an initial state.

    `model` is FILE:Class, as it is to be found again. `refused` are the actions that
    are not possible at the end, where that is what is wrong.
    """
    view = View(program)
    tellings: list[Telling] = []
    steps: list[TraceStep] = []
    turns: Counter[int] = Counter()
    lines: dict[int, Span] = {}
    for recording in recordings:
        telling = tell(view, recording, lines)
        turns[recording.label[0]] += 1
        tellings.append(telling)
        steps.append(_step(view, recording, telling, turns, evaluate))
    last = recordings[-1]
    state = last.before if last.after is None else last.after
    case: Pairs = ()
    still = Standstill()
    match finding.kind:
        case "deadlock":
            still = standstill(view, state, lines, refused)
            reasons = still.values
        case _:
            before = last.before if finding.kind == "step invariant" else None
            case, reasons = because(
                view, finding.name, state, before, evaluate, _failing(last, finding)
            )
    prop = next((p for p in program.properties if p.name == finding.name), None)
    if prop is not None:
        span = definition_of(prop.name, prop.span)
    else:
        span = _failing_span(program, finding, last, tellings[-1])
    return Trace(
        model=model or program.name,
        parameters=program.parameters,
        property=finding.name,
        kind=finding.kind,
        sentence=_sentence(finding, len(steps) - 1, case, reasons, still, last.error is not None),
        because=(*case, *reasons),
        property_source=span,
        property_text=claim_at(span) or (prop.text if prop else ""),
        actors=_actors(program, steps),
        steps=tuple(steps),
        waits=still.waits,
        refused=still.refused,
    )


def _failing(recording: Recording, finding: Finding) -> Span | None:
    """The line of a model error; the step may be fine, and a property have no value after it."""
    if recording.error:
        return recording.error.span
    return finding.span if finding.kind == "model error" else None


def _failing_span(program: Program, finding: Finding, last: Recording, told: Telling) -> Span:
    if finding.kind != "model error":
        return finding.span
    if last.error is not None:
        return told.source if told.source.file else finding.span
    definitions = (definition_of(p.name, p.span) for p in program.properties)
    return next((d for d in definitions if is_inside(finding.span, d)), finding.span)


def _step(
    view: View, recording: Recording, telling: Telling, turns: Counter[int], evaluate: Evaluate
) -> TraceStep:
    program = view.program
    number, binding, _ = recording.label
    after = recording.before if recording.after is None else recording.after
    choices = tuple((each.label, view.write(each.type, each.value)) for each in recording.choices)
    watched = tuple((text, _watch(view, name, after, evaluate)) for text, name in program.watches)
    if number < 0:
        return TraceStep(
            actor="",
            action="start",
            choices=choices,
            source=telling.source,
            source_text=statement_at(telling.source),
            changes=(),
            state=view.state(after),
            label=recording.label,
            watched=watched,
            phrase=telling.phrase,
            error=recording.error.message if recording.error else "",
        )
    step = program.steps[number]
    in_turn = step.kind is StepKind.TURN
    action = view.action(step, binding)
    actor = step.actors[binding]
    if step.kind is not StepKind.ACTION and telling.actor:
        actor = action = telling.actor
    return TraceStep(
        actor=actor or action,
        action=action,
        choices=choices,
        source=telling.source,
        source_text=statement_at(telling.source),
        changes=view.changes(recording.before, after, telling.written),
        state=view.state(after),
        label=recording.label,
        watched=watched,
        moments=telling.moments,
        loop=_loop(step, binding) if in_turn else "",
        turn=turns[number] if in_turn else 0,
        phrase=telling.phrase,
        error=recording.error.message if recording.error else "",
    )


def _loop(step: Step, binding: int) -> str:
    return step.actors[binding] or step.name


def _watch(view: View, function: str, state: State, evaluate: Evaluate) -> str:
    kind = next(f.result for f in view.program.functions if f.name == function)
    try:
        return view.write(kind, evaluate(function, state))
    except Unknown as error:
        return f"({error})"


def _actors(program: Program, steps: Sequence[TraceStep]) -> tuple[str, ...]:
    """Everybody who could act, in order of declaration, then whoever did."""
    declared = [task.name for task in program.tasks]
    declared += [
        actor
        for step in program.steps
        if step.kind is StepKind.ACTION
        for actor in step.actors
        if actor.split("(", 1)[0] not in ("", step.name)
    ]
    acted = [step.actor for step in steps if step.actor and not step.nobodys]
    return tuple(dict.fromkeys([*declared, *acted]))


# --- the sentence -------------------------------------------------------------------


def _sentence(
    finding: Finding, steps: int, case: Pairs, reasons: Pairs, still: Standstill, fails: bool
) -> str:
    after = _after(steps)
    match finding.kind:
        case "invariant":
            return f"{after}, {finding.name} is false{_case(case)}{_values(reasons)}."
        case "step invariant":
            return f"Step {steps} breaks {finding.name}{_values(reasons)}."
        case "deadlock":
            return f"{after} nothing can happen any more{_waiting(still)}."
        case "model error":
            message = finding.message.rstrip(".")
            if not fails:
                return f"{after}, {message}."
            return f"Step {steps} fails: {message}." if steps else f"The set-up fails: {message}."
        case _:
            return f"{after}: {finding.message or finding.name}."


def _after(steps: int) -> str:
    if steps == 0:
        return "At the very beginning"
    return f"After {steps} step{'s' if steps > 1 else ''}"


def _case(case: Pairs) -> str:
    return " for " + ", ".join(f"{name} = {value}" for name, value in case) if case else ""


def _values(reasons: Pairs) -> str:
    told = [f"{name} is {value}" for name, value in reasons if len(name) + len(value) <= SHORT]
    if not told or len(told) > 3 or len(told) < len(reasons):
        return ""
    return ": " + (" and ".join(told) if len(told) < 3 else f"{told[0]}, {told[1]} and {told[2]}")


def _waiting(still: Standstill) -> str:
    """`: a waits at line 3, and so do 2 others`; without processes, what stops the actions."""
    if not still.waits:
        return _stopped(still.refused)
    who, why = still.waits[0]
    told = f": {who} {why if why == NOT_BEGUN else 'waits at ' + why.split(':', 1)[0]}"
    match len(still.waits) - 1:
        case 0:
            return told
        case 1:
            return f"{told}, and {still.waits[1][0]} cannot go on either"
        case others:
            return f"{told}, and {others} others cannot go on either"


def _stopped(refused: Pairs) -> str:
    match refused:
        case ((who, why),):
            return f": {who} is stopped by {why.split(':', 1)[0]}"
        case ():
            return ""
        case _:
            return ": no action is possible"
