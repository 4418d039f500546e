"""Histories in files of any kind that can be read: JSON lines, traces of ours, ITF."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ordercheck.histories.constraints import nodes_of
from ordercheck.histories.decision import contradicts
from ordercheck.histories.history import Event, History
from ordercheck.histories.jsonlines import read_lines
from ordercheck.histories.judging import Contradiction, judge
from ordercheck.histories.problem import problem_of
from ordercheck.histories.reading import Reading, of_itf, of_trace
from ordercheck.ir.span import BadInput, Diagnostic
from ordercheck.traces.foreign import Unreadable, parsed


def read_history(text: str, file: str, reading: Reading, kinds: Iterable[str] = ()) -> History:
    """The history in `text`; BadInput, naming `file`, if there is none.

    `kinds`: of the run of a model, only events of these kinds, if any are named; a model
    takes many steps that no spec asks about. Recorded events are all kept: others may be
    recorded as `after` them.
    """
    data = _object(text)
    if data is not None and isinstance(data.get("states"), list):
        return of_itf(data, file, reading, kinds)
    if data is not None and (
        {"what", "results"} & set(data) or not {"kind", "history"} & set(data)
    ):
        return of_trace(text, file, reading, kinds)
    found = read_lines(text, file)
    _check(found)
    return found


def _object(text: str) -> dict[str, Any] | None:
    """The file's only JSON value, if that is an object; else it is read line by line.

    A file that begins like a trace, which spreads over many lines, is one that was cut off.
    """
    try:
        data = parsed(text)
    except Unreadable:
        first = text.lstrip().split("\n", 1)[0].strip()
        return {} if first == "{" else None
    return data if isinstance(data, dict) else None


def _check(history: History) -> None:
    """Raise BadInput if what is recorded cannot be, whatever one wants of it."""
    if not contradicts(problem_of(history, ())):
        return
    found = judge(history, ())
    assert isinstance(found, Contradiction)
    first, *rest = found.events
    names = " and ".join(event.where for event in found.events)
    headline = f"this record contradicts itself: {names} cannot be in any order"
    notes = []
    for reason in found.reasons:
        nodes = [node for node in nodes_of(reason.formula) if isinstance(node, Event)]
        notes.append(f"{' before '.join(node.where for node in nodes)}: {reason.words}")
    span = rest[-1].span if rest else first.span
    raise BadInput(Diagnostic("E942", headline, span, notes=tuple(notes)))
