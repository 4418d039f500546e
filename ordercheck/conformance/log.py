"""Logs of real runs: what somebody saw of a system, a JSON object a line.

The first line may say what the log would have seen, had it happened:

    {"observe": ["delivered", "len(self.queue)"], "steps": ["crash*"]}

`observe` are expressions over the model, `self.` left out where it is only a name;
`steps` are patterns of the names that steps have in traces. A last key of it, `start`, says
how the run began: {"start": {"word": "rf"}}. Without that line the log observes whatever
some line of it mentions. Each further line is one visible step, and says what it wants to:

    {"delivered": [1]}
    {"step": "crash(0)", "len(self.queue)": 0}

"at", if the first line does not observe something of that name, is when that was seen: a number, or
a date and time as in ISO 8601. Lines stand in the order of these times. A line {"end": true} after
all others says that the run was over then.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from ordercheck.conformance.times import TIME, are_mixed, time_of
from ordercheck.ir.record import dataclass
from ordercheck.ir.span import BadInput, Diagnostic, Span
from ordercheck.traces.foreign import Unreadable, parsed
from ordercheck.traces.given import called, given

HEADER = ("observe", "steps", "start")
"""Keys by which the first line is known to say what is seen."""

MOST_WRONG = 20
"""So many wrong lines are told, no more: a file of another kind has nothing else."""


@dataclass(frozen=True, slots=True)
class Line:
    """One visible step: what was seen after it, by expression; "" where its name was not seen."""

    span: Span
    text: str
    step: str
    values: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Log:
    """What was seen of one run.

    `header`: the first line, if it says what is seen, and its text. `ends`: the line that
    says that nothing came after.
    """

    file: str
    observed: tuple[str, ...]
    steps: tuple[str, ...]
    start: tuple[tuple[str, Any], ...]
    lines: tuple[Line, ...]
    ends: Span | None = None
    header: tuple[Span, str] | None = None

    @property
    def patterns(self) -> tuple[str, ...]:
        """All patterns of steps, each once."""
        return tuple(dict.fromkeys((*self.steps, *(x.step for x in self.lines if x.step))))

    @property
    def expressions(self) -> tuple[str, ...]:
        """All that is to be evaluated, each once."""
        return tuple(dict.fromkeys((*self.observed, *(name for name, _ in self.start))))

    def first(self, said: str) -> Span:
        """Where an expression, or a pattern of steps, is said first."""
        for line in self.lines:
            if said == line.step or any(said == name for name, _ in line.values):
                return key_of(line.span, line.text, said)
        return self.in_header(said)

    def in_header(self, said: str) -> Span:
        """Where the first line says something."""
        return key_of(*self.header, said) if self.header else Span(self.file, 1, 0, 1, 0)


def read_log(path: str) -> Log:
    """The log in a file, or for `-` the standard input.

    Raises BadInput with every line that cannot be used.
    """
    try:
        return parse_log(*given(path))
    except Unreadable as error:
        raise _unreadable(path, error.reason, error.line) from None
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from None


def _unreadable(path: str, reason: str, line: int = 0) -> BadInput:
    name = called(path)
    headline = f"{name} cannot be read: {reason[:1].lower()}{reason[1:]}"
    return BadInput(Diagnostic("E920", headline, Span(name, line, 0, line, 0)))


def parse_log(path: str, text: str) -> Log:
    """The log that a text is."""
    reader = _Reader(path)
    objects = list(reader.objects(text))
    header: dict[str, Any] = {}
    first: tuple[Span, str] | None = None
    if objects and any(key in HEADER for key in objects[0][1]):
        span, value, row = objects.pop(0)
        first = span, row
        header = reader.header(span, value, row)
    if TIME not in header.get("observe", ()):
        objects = list(reader.in_order(objects))
    ends = reader.end(objects)
    lines = tuple(reader.line(*each) for each in objects)
    if not objects and not reader.found:
        reader.complain("this log tells of no step", Span(path, 0, 0, 0, 0), _FORM)
    named = (name for line in lines for name, _ in line.values)
    observed = tuple(header["observe"] if "observe" in header else dict.fromkeys(named))
    steps = tuple(header.get("steps", ()))
    if not header:
        steps = tuple(dict.fromkeys(line.step for line in lines if line.step))
    reader.check(lines, observed if "observe" in header else None)
    if reader.found:
        raise BadInput(*reader.found[:MOST_WRONG])
    start = tuple(header.get("start", {}).items())
    return Log(path, observed, steps, start, lines, ends, first)


_FORM = 'each line is an object such as {"delivered": [1]}'


_HEADER = '{"observe": ["delivered"], "steps": ["crash*"], "start": {"word": "rf"}}'


class _Reader:
    """Lines of one file, and what is wrong with them."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.found: list[Diagnostic] = []

    def complain(self, headline: str, span: Span, help: str = "") -> None:
        self.found.append(Diagnostic("E920", headline, span, help=help))

    def objects(self, text: str) -> Iterator[tuple[Span, dict[str, Any], str]]:
        good = 0
        # Not splitlines(): JSON allows within a text what that takes for the end of a line.
        rows = text.split("\n")
        last = max((number for number, row in enumerate(rows, 1) if row.strip()), default=0)
        for number, row in enumerate(rows, 1):
            if not row.strip():
                continue
            if (self.found and not good) or len(self.found) >= MOST_WRONG:
                return  # a file of another kind: one line says so
            try:
                value = parsed(row)
            except Unreadable as error:
                spot = Span(self.path, number, error.start + 1, number, error.end + 1)
                what = "is not JSON" if error.syntax else "cannot be used"
                cut = "a log that was cut off ends before its last line" if number == last else ""
                self.complain(f"this line {what}: {error.reason}", spot, cut * error.cut)
                continue
            whole = Span(self.path, number, 1, number, len(row) + 1)
            if isinstance(value, dict):
                good += 1
                yield whole, value, row.rstrip()
            else:
                self.complain("this line is no object", whole, _FORM)

    def header(self, span: Span, value: dict[str, Any], row: str) -> dict[str, Any]:
        for key, held in value.items():
            spot = key_of(span, row, key)
            if key not in HEADER:
                words = f"the first line says what is seen; {key!r} is no part of that"
                self.complain(words, spot, suggestion(key, HEADER) or _HEADER)
            elif key == "start" and not isinstance(held, dict):
                self.complain('"start" is an object: expressions and their values', spot, _HEADER)
            elif key != "start" and not _are_texts(held):
                self.complain(f'"{key}" is a list of texts', spot, _HEADER)
        return {} if self.found else value

    def in_order(
        self, objects: list[tuple[Span, dict[str, Any], str]]
    ) -> Iterator[tuple[Span, dict[str, Any], str]]:
        """The lines without their times, which never go back."""
        latest: tuple[Any, Span] | None = None
        for span, value, text in objects:
            rest = {key: each for key, each in value.items() if key != TIME}
            if TIME in value:
                time = time_of(value[TIME])
                spot = key_of(span, text, TIME)
                if time is None:
                    self.complain(f'"{TIME}" is a number, or a time as in ISO 8601', spot)
                elif latest is not None and are_mixed(time, latest[0]):
                    words = f"this time is of another kind than that of line {latest[1].line}"
                    self.complain(words, spot, "all are numbers, or have a zone, or have none")
                elif latest is not None and time < latest[0]:
                    words = f"this line is of a time before that of line {latest[1].line}"
                    self.complain(words, spot, f'sort the log by "{TIME}", or leave the times out')
                else:
                    latest = time, span
            yield span, rest, text

    def end(self, objects: list[tuple[Span, dict[str, Any], str]]) -> Span | None:
        if objects and objects[-1][1] == {"end": True}:
            return objects.pop()[0]
        return None

    def line(self, span: Span, value: dict[str, Any], text: str) -> Line:
        step = value.get("step", "")
        if "end" in value:
            self.complain('{"end": true} stands alone, on the last line', span)
        elif any(key in HEADER for key in value):
            self.complain("only the first line says what is seen", span)
        elif not isinstance(step, str):
            help = '{"step": "crash(0)"}: a name that traces have, or a pattern of names'
            self.complain('"step" is the name of a step', key_of(span, text, "step"), help)
        elif not value:
            self.complain("this line says nothing", span, _FORM)
        seen = tuple((key, each) for key, each in value.items() if key != "step")
        return Line(span, text, step if isinstance(step, str) else "", seen)

    def check(self, lines: Iterable[Line], observed: tuple[str, ...] | None) -> None:
        if observed is None:
            return
        for line in lines:
            for name, _ in line.values:
                if name not in observed and name not in (*HEADER, "end"):
                    words = f"{name!r} is not among what the first line says is observed"
                    help = f"observed: {', '.join(observed) or 'nothing'}"
                    spot = key_of(line.span, line.text, name)
                    self.complain(words, spot, suggestion(name, observed) or help)


def key_of(span: Span, text: str, key: str) -> Span:
    """Where a key stands in its line, or the line where that cannot be told."""
    written = json.dumps(key, ensure_ascii=False)
    start = text.find(written) + 1
    return replace(span, column=start, end_column=start + len(written)) if start else span


def suggestion(name: str, known: Iterable[str]) -> str:
    """What was probably meant, as help; "" where nothing is near."""
    near = get_close_matches(name, known, 1)
    return f"did you mean {near[0]}?" if near else ""


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
