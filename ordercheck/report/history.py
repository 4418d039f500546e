"""The judgement of a history, for people and for programs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, assert_never

from ordercheck.histories.constraints import AllOf, AnyOf, Before, Formula, IfHappened, Node
from ordercheck.histories.history import Event, History
from ordercheck.histories.judging import Consistent, Contradiction, Judgement, Undecided
from ordercheck.histories.problem import FALSE
from ordercheck.histories.reasons import Reason
from ordercheck.histories.values import Value
from ordercheck.report.style import Style
from ordercheck.report.text import clip, columns, counted, elide, fold, pad, printable, shown_path

SHOWN = 40
"""Events of an order that are shown; of a longer one, its beginning and its end."""

ALTERNATIVES = 6
"""Parts of a formula that are told; of more, so many and how many more there are."""

SCHEMA = 1


def render_judgement(
    spec: str, history: History, judgement: Judgement, style: Style, whole: bool = False
) -> str:
    """What was judged, the answer, and what it rests on; `whole`: however long it is."""
    lines = [f"{style.bold(spec)}  {shown_path(history.file)}", f"  {_counts(history)}"]
    match judgement:
        case Consistent(order):
            said = f"consistent: the events can have happened in an order as {spec} wants it"
            lines += [style.good(line) for line in fold(said, style.width)]
            lines += ["", "One such order:", *_events(order, style, whole)]
        case Contradiction():
            said = f"contradiction: no order of the events is as {spec} wants it"
            lines += [style.bad(line) for line in fold(said, style.width)]
            lines += ["", *_contradiction(spec, judgement, style)]
        case Undecided(limit):
            said = f"undecided: {limit}"
            lines += [style.open(line) for line in fold(said, style.width)]
        case _:
            assert_never(judgement)
    return "\n".join(lines) + "\n"


def _counts(history: History) -> str:
    counts = Counter(event.kind for event in history.events)
    told = ", ".join(f"{count:,} {kind}" for kind, count in counts.items())
    return f"{counted(len(history.events), 'event')}: {told}"


def _contradiction(spec: str, found: Contradiction, style: Style) -> list[str]:
    count = len(found.events)
    if not count:
        lines = [f"{spec} contradicts itself, whatever happened."]
    elif count == 1:
        lines = ["This event is enough for that:"]
    elif found.is_smallest:
        lines = [f"These {count} events contradict each other; no fewer do:"]
    else:
        lines = fold(
            f"These {count} events contradict each other, and none of them can be left out. "
            "(There may be other contradictions of fewer events.)",
            style.width,
        )
    lines += _events(found.events, style, True)
    for title, is_fact in (("Known:", True), (f"Demanded by {spec}:", False)):
        told = [reason for reason in found.reasons if reason.is_fact is is_fact]
        if told:
            lines += ["", title]
        for reason in told:
            lines += [f"  {line}" for line in fold(reason_text(reason), style.width - 2, None)]
    return lines


# --- events ---------------------------------------------------------------------------


def _events(events: Sequence[Event], style: Style, whole: bool) -> list[str]:
    """A table: where, who, what, with which fields."""
    rows = [(event.where, event.actor, event.kind, fields_text(event)) for event in events]
    left = 0
    if len(rows) > SHOWN and not whole:
        left = len(rows) - SHOWN
        rows = [*rows[: SHOWN - 5], *rows[-5:]]
    widths = [max((columns(printable(row[k])) for row in rows), default=0) for k in range(3)]
    lines = []
    for row in rows:
        cells = [pad(printable(cell), width) for cell, width in zip(row, widths, strict=False)]
        cells = [cell for cell, width in zip(cells, widths, strict=True) if width]
        text = "  ".join([*cells, printable(row[3])]).rstrip()
        lines.append("  " + clip(text, style.width - 2, style.ellipsis))
    if left:
        lines[SHOWN - 5 : SHOWN - 5] = [f"  {style.ellipsis} {left:,} more (--all shows them)"]
    return lines


def fields_text(event: Event) -> str:
    """`ref=stub call=1`."""
    return " ".join(f"{name}={value_text(value)}" for name, value in event.fields)


def value_text(value: Value) -> str:
    """A value as short as can be: texts without quotes where they are one word."""
    is_word = isinstance(value, str) and value.isprintable() and value and " " not in value
    return value if is_word else elide(repr(value), 40)


# --- reasons --------------------------------------------------------------------------


def reason_text(reason: Reason) -> str:
    """What is known or demanded, and why."""
    given = _listed([_place(event) for event in reason.given])
    if reason.formula == FALSE:
        verb = "cannot be" if len(reason.given) == 1 else "cannot all be"
        verb = "cannot both be" if len(reason.given) == 2 else verb
        return f"{given} {verb}: {reason.words}"
    since = ""
    if reason.is_since:
        since = f", since {_place(reason.given[0])} is before {_place(reason.given[1])}"
    elif given:
        since = f", given {given}"
    return f"{formula_text(reason.formula)}{since}: {reason.words}"


def _listed(names: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def formula_text(formula: Formula, inside: bool = False) -> str:
    """A formula in words; `inside`: in brackets, where it has several parts."""
    match formula:
        case Before(first, second):
            return f"{_place(first)} before {_place(second)}"
        case IfHappened(_, inner):
            return formula_text(inner, inside)
        case AnyOf(parts) | AllOf(parts):
            word = ", or " if isinstance(formula, AnyOf) else " and "
            told = [formula_text(part, True) for part in parts[:ALTERNATIVES]]
            if len(parts) > ALTERNATIVES:
                told.append(f"{len(parts) - ALTERNATIVES} more")
            text = word.join(told)
            return f"({text})" if inside else text
        case _:
            assert_never(formula)


def _place(node: Node) -> str:
    return node.where if isinstance(node, Event) else node.name


# --- for programs ---------------------------------------------------------------------


def judgement_json(spec: str, history: History, judgement: Judgement, version: str) -> str:
    """The same as JSON; the fields are in docs/histories.md."""
    data: dict[str, Any] = {
        "schema": SCHEMA,
        "ordercheck": version,
        "what": "judgement",
        "spec": spec,
        "file": history.file,
        "events": len(history.events),
    }
    match judgement:
        case Consistent(order):
            data |= {"verdict": "consistent", "order": [_object(event) for event in order]}
        case Contradiction(events, reasons, is_smallest):
            data |= {
                "verdict": "contradiction",
                "smallest": is_smallest,
                "contradicting": [_object(event) for event in events],
                "reasons": [
                    {"known": reason.is_fact, "text": reason_text(reason)} for reason in reasons
                ],
            }
        case Undecided(limit):
            data |= {"verdict": "undecided", "limit": limit}
        case _:
            assert_never(judgement)
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _object(event: Event) -> dict[str, Any]:
    return {
        "where": event.where,
        "line": event.span.line or None,
        "id": event.id,
        "actor": event.actor,
        "kind": event.kind,
        "fields": {name: _plain(value) for name, value in event.fields},
    }


def _plain(value: Value) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value if isinstance(value, str | int | float | None) else repr(value)
