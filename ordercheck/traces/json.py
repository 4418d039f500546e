"""Traces as JSON, to be kept, compared, and replayed with `ordercheck replay`.

A trace file is one object: `schema` (1), `ordercheck` (the version), `what`
("trace"), how to make the model again (`model`, `variant`, `parameters`, `specs`,
`invariants`, `show`), then the fields of a Trace. Its steps are those that
`verify --json` writes:

===========  ====================================================================
actor        who acts; "" for the first step, which is the initial state
action       what it does: "start" for the first step, else as in `pour(0, 1)`
phrase       the same in words, to be read after the actor; may be ""
choices      list of {name, value}
source       {file, line, column, end_line, end_column, text}, or null
changes      list of {path, before, after, how}; "" where there is no value
state        {path: value} after the step
watched      {expression: value} after the step
loop, turn   the loop whose turn this is, "" and 0 where it is none
moments      list of {kind, actor, text, source}: what happened inside the step
error        the model error that ended the step, in words; else ""
label        {step, binding, choices}: what `replay` goes by
===========  ====================================================================

Values are text, written as Python would write them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ordercheck.ir.record import dataclass
from ordercheck.ir.span import NOWHERE, BadInput, Diagnostic, Span
from ordercheck.traces.foreign import Unreadable, parsed
from ordercheck.traces.trace import Change, Moment, Trace, TraceStep

SCHEMA = 1
"""Raised whenever a field changes its meaning; new fields don't raise it."""

T = TypeVar("T")
Texts = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TraceFile:
    """A trace, and how to make its model again. `parameters` are texts as `--set` takes them."""

    trace: Trace
    version: str
    variant: str = ""
    parameters: Texts = ()
    specs: tuple[str, ...] = ()
    invariants: tuple[str, ...] = ()
    show: tuple[str, ...] = ()


# --- writing --------------------------------------------------------------------------


def write_trace(file: TraceFile) -> str:
    """The text of a trace file."""
    trace = file.trace
    data = {
        "schema": SCHEMA,
        "ordercheck": file.version,
        "what": "trace",
        "model": trace.model,
        "variant": file.variant,
        "parameters": dict(file.parameters),
        "specs": list(file.specs),
        "invariants": list(file.invariants),
        "show": list(file.show),
        **trace_object(trace),
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def trace_object(trace: Trace) -> dict[str, Any]:
    """What a trace says beyond which model it is of."""
    return {
        "all_parameters": dict(trace.parameters),
        "property": trace.property,
        "kind": trace.kind,
        "sentence": trace.sentence,
        "because": _named(trace.because),
        "waits": _named(trace.waits),
        "refused": _named(trace.refused),
        "property_source": source_object(trace.property_source, trace.property_text),
        "actors": list(trace.actors),
        "steps": [step_object(step) for step in trace.steps],
    }


def step_object(step: TraceStep) -> dict[str, Any]:
    """One step, as the module's docstring says."""
    number, binding, taken = step.label
    return {
        "actor": step.actor,
        "action": step.action,
        "phrase": step.phrase,
        "choices": _named(step.choices),
        "source": source_object(step.source, step.source_text),
        "changes": [
            {"path": c.path, "before": c.before, "after": c.after, "how": c.how, "hidden": c.hidden}
            for c in step.changes
        ],
        "state": dict(step.state),
        "watched": dict(step.watched),
        "error": step.error,
        "loop": step.loop,
        "turn": step.turn,
        "moments": [
            {"kind": m.kind, "actor": m.actor, "text": m.text, "source": source_object(m.span)}
            for m in step.moments
        ],
        "label": {"step": number, "binding": binding, "choices": list(taken)},
    }


def _named(pairs: Texts) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def source_object(span: Span, text: str = "") -> dict[str, Any] | None:
    """A place in a file; None where there is none."""
    if not span.file:
        return {"text": text} if text else None
    return {
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
        "text": text,
    }


# --- reading --------------------------------------------------------------------------


class _Foreign(Exception):
    """Where a file is not what a trace file is, in words."""


class _Object:
    """A JSON object whose fields are asked for by type."""

    def __init__(self, data: object, where: str) -> None:
        if not isinstance(data, Mapping):
            raise _Foreign(f"{where} is {_kind(data)}, not an object")
        self.data = data
        self.where = where

    def _field(self, name: str, kind: type[T], words: str) -> T:
        if name not in self.data:
            raise _Foreign(f"{self.where} has no {name!r}")
        value = self.data[name]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise _Foreign(f"{self.where}.{name} is {_kind(value)}, not {words}")
        return value

    def text(self, name: str) -> str:
        return self._field(name, str, "text")

    def number(self, name: str) -> int:
        return self._field(name, int, "a number")

    def items(self, name: str, read: Callable[[object, str], T]) -> tuple[T, ...]:
        found = self._field(name, list, "a list")
        return tuple(read(each, f"{self.where}.{name}[{k}]") for k, each in enumerate(found))

    def texts(self, name: str) -> Texts:
        inner = _Object(self._field(name, dict, "an object"), f"{self.where}.{name}")
        return tuple((key, inner.text(key)) for key in inner.data)

    def pairs(self, name: str) -> Texts:
        return self.items(name, _pair)

    def source(self, name: str) -> tuple[Span, str]:
        found = self.data.get(name)
        if found is None:
            return NOWHERE, ""
        inner = _Object(found, f"{self.where}.{name}")
        if "file" not in inner.data:
            return NOWHERE, inner.text("text")
        numbers = [inner.number(each) for each in ("line", "column", "end_line", "end_column")]
        return Span(inner.text("file"), *numbers), inner.text("text")


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false"}
    names.update({int: "a number", float: "a number", type(None): "null"})
    return names[type(value)]


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise _Foreign(f"{where} is {_kind(value)}, not text")
    return value


def _number(value: object, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _Foreign(f"{where} is {_kind(value)}, not a number")
    return value


def _pair(value: object, where: str) -> tuple[str, str]:
    found = _Object(value, where)
    return found.text("name"), found.text("value")


def _change(value: object, where: str) -> Change:
    found = _Object(value, where)
    hidden = found.data.get("hidden") is True
    path, before, after, how = (found.text(n) for n in ("path", "before", "after", "how"))
    return Change(path, before, after, how, hidden)


def _moment(value: object, where: str) -> Moment:
    found = _Object(value, where)
    span, _ = found.source("source")
    return Moment(found.text("kind"), found.text("actor"), found.text("text"), span)


def _step(value: object, where: str) -> TraceStep:
    found = _Object(value, where)
    source, text = found.source("source")
    label = _Object(found.data.get("label"), f"{where}.label")
    return TraceStep(
        actor=found.text("actor"),
        action=found.text("action"),
        choices=found.pairs("choices"),
        source=source,
        source_text=text,
        changes=found.items("changes", _change),
        state=found.texts("state"),
        label=(label.number("step"), label.number("binding"), label.items("choices", _number)),
        watched=found.texts("watched"),
        moments=found.items("moments", _moment),
        loop=found.text("loop"),
        turn=found.number("turn"),
        phrase=found.text("phrase"),
        error=found.text("error"),
    )


def read_trace(text: str, name: str) -> TraceFile:
    """The trace file in `text`; BadInput, naming the file `name`, if it isn't one."""
    try:
        data = parsed(text)
    except Unreadable as error:
        raise BadInput(_not_json(text, name, error)) from None
    try:
        return _read(data)
    except _Foreign as error:
        raise BadInput(
            Diagnostic(
                "E902",
                "this file is not a trace of ordercheck's",
                Span(name, 0, 0, 0, 0),
                help="make one with: ordercheck verify MODEL --output trace.json",
                notes=(str(error),),
            )
        ) from None


def _not_json(text: str, name: str, error: Unreadable) -> Diagnostic:
    span = Span(name, 0, 0, 0, 0)
    headline = "this file is not a trace of ordercheck's: it is not JSON"
    if not text.strip():
        headline = "this trace file is empty"
    elif not error.syntax:
        headline = f"this file is not a trace of ordercheck's: {error.reason}"
    else:
        line = text.count("\n", 0, error.start) + 1
        column = error.start - text.rfind("\n", 0, error.start)
        span = Span(name, line, column, line, column + 1)
        if error.cut:
            headline = "this trace file ends too early: it was cut off"
    advice = "write it again with: ordercheck verify MODEL --output trace.json"
    return Diagnostic("E902", headline, span, help=advice)


def _read(data: object) -> TraceFile:
    top = _Object(data, "the file")
    if top.data.get("what") != "trace":
        if isinstance(top.data.get("results"), list):
            raise _Foreign("it is the output of `verify --json`; --output writes a trace")
        raise _Foreign('it has no "what": "trace"')
    schema = top.number("schema")
    if schema != SCHEMA:
        raise _Foreign(f"it has schema {schema}; this version of ordercheck reads {SCHEMA}")
    source, text = top.source("property_source")
    trace = Trace(
        model=top.text("model"),
        parameters=top.texts("all_parameters"),
        property=top.text("property"),
        kind=top.text("kind"),
        sentence=top.text("sentence"),
        because=top.pairs("because"),
        property_source=source,
        property_text=text,
        actors=top.items("actors", _text),
        steps=top.items("steps", _step),
        waits=top.pairs("waits"),
        refused=top.pairs("refused"),
    )
    if not trace.steps:
        raise _Foreign("it has no steps")
    return TraceFile(
        trace=trace,
        version=top.text("ordercheck"),
        variant=top.text("variant"),
        parameters=top.texts("parameters"),
        specs=top.items("specs", _text),
        invariants=top.items("invariants", _text),
        show=top.items("show", _text),
    )
