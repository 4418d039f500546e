"""Histories as JSON lines: one event a line, in docs/histories.md.

What the reader knows of the order: the events that have the same value in a field of
`ordered_by` happened in the order of their lines; an event `after` another happened
after it; one whose time `at` a clock is earlier happened earlier. It knows no more.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from ordercheck.histories.history import Event, History, Known, Stretch, Timeline
from ordercheck.histories.values import ByValue, Value, same
from ordercheck.ir.record import dataclass
from ordercheck.ir.span import BadInput, Diagnostic, Diagnostics, Span
from ordercheck.traces.foreign import Unreadable, parsed

FORMAT = 1
HELP = 'an event is a line such as {"kind": "sent", "actor": "client", "call": 1}'
MOST_MISTAKES = 5
"""Lines that are no JSON; a file with more is of some other kind."""

OWN = ("id", "kind", "actor", "at", "clock", "after")
"""Fields with a meaning of their own; all others belong to the spec."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the file: its number, its text, and the object in it."""

    number: int
    text: str
    data: Mapping[str, Any]


class _Wrong(Exception):
    """What is wrong in a line, and where: the columns from and to, from 1."""

    def __init__(self, headline: str, label: str, start: int, end: int) -> None:
        super().__init__(headline)
        self.headline, self.label, self.start, self.end = headline, label, start, end


def read_lines(text: str, file: str) -> History:
    """The history in `text`; BadInput, naming `file`, with every line that is wrong."""
    mistakes = Diagnostics()
    lines = list(_lines(text, file, mistakes))
    header: Mapping[str, Any] = {}
    if lines and "history" in lines[0].data and "kind" not in lines[0].data:
        header = _header(lines.pop(0), file)
    events = tuple(_events(lines, file, mistakes))
    mistakes.check()
    if not events:
        help = HELP
        raise BadInput(Diagnostic("E940", "there is no event in this file", _at(file), help=help))
    numbers = _numbers(events, mistakes)
    known = tuple(_known(lines, events, numbers, file, mistakes))
    mistakes.check()
    ordered_by = tuple(header.get("ordered_by", ("actor",)))
    timelines = (*_orders(events, ordered_by), *_clocks(lines, events, file, mistakes))
    mistakes.check()
    return History(events, timelines, known, file, header.get("complete", True))


# --- lines ----------------------------------------------------------------------------


def _lines(text: str, file: str, mistakes: Diagnostics) -> Iterator[_Line]:
    # Not splitlines(): JSON allows within a text what that takes for the end of a line.
    rows = text.split("\n")
    for number, row in enumerate(rows, 1):
        row = row.rstrip("\r")
        if not row.strip():
            continue
        try:
            yield _Line(number, row, _object(row, number == len(rows)))
        except _Wrong as wrong:
            span = Span(file, number, wrong.start, number, wrong.end)
            mistakes.add(Diagnostic("E940", wrong.headline, span, wrong.label, HELP))
            if len(mistakes.found) == MOST_MISTAKES:
                return


def _object(row: str, is_last: bool) -> Mapping[str, Any]:
    try:
        data = parsed(row)
    except Unreadable as error:
        start, end = error.start + 1, error.end + 1
        if error.cut:
            where = "the file" if is_last else "this line"
            headline = f"{where} ends too early: it was cut off"
            raise _Wrong(headline, error.reason, start, end) from None
        headline = "this line is not JSON" if error.syntax else "this line cannot be read"
        raise _Wrong(headline, error.reason, start, end) from None
    if not isinstance(data, dict):
        raise _Wrong("this line is no event", "an object is needed", 1, len(row) + 1)
    return data


def _header(line: _Line, file: str) -> Mapping[str, Any]:
    """The first line, where it tells of the whole history."""
    data = line.data
    problems = {
        "history": not same(data["history"], FORMAT) and f"this version reads format {FORMAT}",
        "ordered_by": not _is_names(data.get("ordered_by", [])) and "a list of names of fields",
        "complete": not isinstance(data.get("complete", True), bool) and "true or false",
    }
    problems |= {name: "no such setting" for name in data if name not in problems}
    for name, problem in problems.items():
        if problem:
            headline = f"{name!r} of the first line is not possible"
            help = '{"history": 1, "ordered_by": ["actor"], "complete": true}'
            raise BadInput(Diagnostic("E940", headline, _field(line, name, file), problem, help))
    return data


def _is_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


# --- events ---------------------------------------------------------------------------


def _events(lines: Sequence[_Line], file: str, mistakes: Diagnostics) -> Iterator[Event]:
    for index, line in enumerate(lines):
        problem = _problem(line.data)
        if problem:
            name, words = problem
            headline = f"line {line.number} is no event: {name!r} {words}"
            span = _field(line, name, file)
            mistakes.add(Diagnostic("E940", headline, span, help=HELP))
            continue
        data = line.data
        own = str(data.get("id", f"line {line.number}"))
        fields = tuple((name, frozen(value)) for name, value in data.items() if name not in OWN)
        span = Span(file, line.number, 1, line.number, len(line.text) + 1)
        actor = str(data.get("actor", ""))
        yield Event(index, own, data["kind"], actor, fields, f"line {line.number}", span)


def _problem(data: Mapping[str, Any]) -> tuple[str, str] | None:
    """The first field that is not as it has to be, and what is wrong with it."""
    if "kind" not in data:
        return "kind", "is missing"
    if not isinstance(data["kind"], str) or not data["kind"]:
        return "kind", "is no text"
    for name in ("id", "actor", "clock"):
        value = data.get(name, "")
        if not isinstance(value, str | int) or isinstance(value, bool):
            return name, "is neither text nor a whole number"
    after = data.get("after", [])
    if not isinstance(after, list | str | int) or isinstance(after, bool):
        return "after", "is neither an id nor a list of ids"
    if isinstance(after, list) and not all(isinstance(a, str | int) for a in after):
        return "after", "is not a list of ids"
    if "at" in data and _stretch(data["at"]) is None:
        return "at", "is neither a time nor [first, last]"
    return None


def _stretch(value: object) -> tuple[float, float] | None:
    """From when to when, if that is what it says."""
    ends: list[Any] = value if isinstance(value, list) else [value, value]
    if len(ends) != 2 or isinstance(ends[0], str) != isinstance(ends[1], str):
        return None
    first, last = map(_time, ends)
    return (first, last) if first is not None and last is not None and first <= last else None


def _is_date(value: object) -> bool:
    return isinstance(value[0] if isinstance(value, list) else value, str)


def _time(value: object) -> float | None:
    """A number as it is; a date and time as microseconds, of UTC if it names no zone."""
    match value:
        case bool():
            return None
        case int():
            return value
        case float():
            return value if math.isfinite(value) else None
        case str():
            try:
                moment = datetime.fromisoformat(value)
            except ValueError:
                return None
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        case _:
            return None


def frozen(value: Any) -> Value:
    """A value of JSON's that can be hashed."""
    if isinstance(value, list):
        return tuple(map(frozen, value))
    if isinstance(value, dict):
        return tuple(sorted((name, frozen(each)) for name, each in value.items()))
    return value


def _field(line: _Line, name: str, file: str) -> Span:
    """Where a field stands in its line; the line, if it is not there."""
    found = re.search(rf"{re.escape(json.dumps(name))}\s*:\s*", line.text)
    if not found:
        return Span(file, line.number, 1, line.number, len(line.text) + 1)
    try:
        _, end = json.JSONDecoder().raw_decode(line.text, found.end())
    except ValueError:
        end = found.end()
    return Span(file, line.number, found.end() + 1, line.number, max(end, found.end() + 1) + 1)


def _at(file: str) -> Span:
    return Span(file, 0, 0, 0, 0)


# --- what is known of the order -------------------------------------------------------


def _numbers(events: Sequence[Event], mistakes: Diagnostics) -> dict[str, int]:
    """The index of each event by its id."""
    found: dict[str, int] = {}
    for event in events:
        if event.id in found:
            first = events[found[event.id]].where
            headline = f"two events have the id {event.id!r}: {first} and {event.where}"
            label = "it is taken"
            mistakes.add(Diagnostic("E941", headline, event.span, label, "give each its own"))
        found.setdefault(event.id, event.index)
    return found


def _known(
    lines: Sequence[_Line],
    events: Sequence[Event],
    numbers: Mapping[str, int],
    file: str,
    mistakes: Diagnostics,
) -> Iterator[Known]:
    for line, event in zip(lines, events, strict=True):
        after = line.data.get("after", [])
        for each in after if isinstance(after, list) else [after]:
            if str(each) in numbers:
                yield Known(numbers[str(each)], event.index, f"{event.where} says so")
                continue
            headline = f"{event.where} is after {each!r}, but there is no such event"
            span = _field(line, "after", file)
            mistakes.add(Diagnostic("E941", headline, span, "no event has this id"))


def _orders(events: Sequence[Event], ordered_by: Sequence[str]) -> Iterator[Timeline]:
    """The order of the lines, for events that have a field in common."""
    for name in ordered_by:
        if name == "line":
            lines = tuple((e.index, e.index, e.index) for e in events)
            yield Timeline("the file is in this order", lines)
            continue
        found: ByValue[list[Stretch]] = ByValue()
        for event in events:
            if event.get(name) is not None:
                point = (event.index, event.index, event.index)
                found.setdefault(event.get(name), []).append(point)
        for value, stretches in found.items():
            yield Timeline(_told(name, value), tuple(stretches))


def _told(name: str, value: Value) -> str:
    if name != "actor":
        return f"that is their order in {name} {value}"
    return f"{value} recorded them in this order" if value else "they are recorded in this order"


def _clocks(
    lines: Sequence[_Line], events: Sequence[Event], file: str, mistakes: Diagnostics
) -> Iterator[Timeline]:
    """The order of the times, for each clock."""
    found: dict[str, list[Stretch]] = {}
    dates: dict[str, bool] = {}
    for line, event in zip(lines, events, strict=True):
        stretch = _stretch(line.data["at"]) if "at" in line.data else None
        if stretch is not None:
            clock = str(line.data.get("clock", ""))
            found.setdefault(clock, []).append((event.index, *stretch))
            if dates.setdefault(clock, _is_date(line.data["at"])) != _is_date(line.data["at"]):
                headline = f"the times of {event.where} and of others are not of one kind"
                span = _field(line, "at", file)
                help = 'name the clocks, if they are two: "clock": …'
                mistakes.add(Diagnostic("E940", headline, span, help=help))
        elif "clock" in line.data:
            span = _field(line, "clock", file)
            headline = f"{event.where} names a clock, but has no time"
            mistakes.add(
                Diagnostic("E940", headline, span, help='add "at": the time on that clock')
            )
    for clock, stretches in found.items():
        words = f"by the times on clock {clock}" if clock else "by their times"
        yield Timeline(words, tuple(stretches))
