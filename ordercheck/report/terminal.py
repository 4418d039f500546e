"""A trace for a terminal: what went wrong, how it came about, why that is wrong, and a diagram.

Written for somebody who never saw a model checker: whole words, one thing a line,
and only what changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ordercheck.checking.verdict import Violation
from ordercheck.ir.span import Span
from ordercheck.report.sequence import render_sequence
from ordercheck.report.style import Style
from ordercheck.report.text import clip, columns, counted, elide, fold, pad, printable, shown_path
from ordercheck.traces.sequence import actors_of
from ordercheck.traces.source import text_at
from ordercheck.traces.trace import Change, Trace, TraceStep

BODY = 7
"""Columns before what belongs to a step."""
MOST_PLACES = 12
"""Places of the initial state that are listed."""
MOST_LINES = 3
"""Lines that one value may take."""


def render_trace(trace: Trace, style: Style) -> str:
    """The whole trace. Ends in a newline."""
    parts = [
        _paragraph(trace.sentence, style, bold=True),
        *_steps(trace, style),
        _verdict(trace, style),
        render_sequence(trace, style),
    ]
    return "\n".join(part for part in parts if part)


def _paragraph(text: str, style: Style, bold: bool = False) -> str:
    lines = fold(printable(text), style.width)
    return "".join((style.bold(line) if bold else line) + "\n" for line in lines)


def render_unmet(violation: Violation, style: Style) -> str:
    """What never happens, where that is what is wrong: there is no run to show."""
    title = f"In no run does {violation.name} ever become true, and it should in some."
    place = f"{shown_path(violation.span.file)}:{violation.span.line}"
    quoted = [f"  {style.place(place)}"] if violation.span.file else []
    rows = text_at(violation.span).split("\n") if quoted else []
    quoted += [f"  {style.bar} {elide(printable(r), style.width - 4)}" for r in rows if r]
    return "\n".join([*map(style.bold, fold(title, style.width)), *quoted]) + "\n"


# --- steps --------------------------------------------------------------------------


def _steps(trace: Trace, style: Style) -> Iterator[str]:
    width = max(3, len(str(len(trace.steps))))
    for number, step in enumerate(trace.steps):
        lines = _start(trace, step, style) if number == 0 else _step(trace, number, style)
        first, *rest = lines
        yield "\n".join([f"{style.bold(f'{number:>{width}}')}  {first}", *rest]) + "\n"


def _start(trace: Trace, step: TraceStep, style: Style) -> list[str]:
    """The initial state: what was chosen, and the places that matter later."""
    later = [change.path for each in trace.steps[1:] for change in each.changes]
    later += [path for path, _ in trace.because]
    chosen = dict(step.choices)
    told = [
        (path, value)
        for path, value in step.state
        if path not in chosen and any(_is_within(each, path) for each in later)
    ]
    dropped = told[MOST_PLACES:]
    lines = [style.name("The beginning")]
    lines += _pairs(step.choices, style, separator="is chosen to be")
    lines += _pairs(told[:MOST_PLACES], style)
    lines += _pairs(_watched(step, None), style)
    if dropped:
        lines.append(_note(f"and {counted(len(dropped), 'more place')}", style))
    if len(lines) == 1:
        lines.append(_note("of what is there, nothing changes", style))
    return lines


def _is_within(inner: str, path: str) -> bool:
    return inner == path or inner.startswith((f"{path}[", f"{path}."))


def _step(trace: Trace, number: int, style: Style) -> list[str]:
    step, previous = trace.steps[number], trace.steps[number - 1]
    failing = bool(step.error)
    lines = [_title(step, failing, style)]
    lines += _pairs(step.choices, style, separator="is chosen to be")
    lines += _sources(step, failing, style)
    shown = [change for change in step.changes if not change.hidden] or list(step.changes)
    lines += _changes(shown, style)
    # Only where it concerns the property: most stores of an old value mean nothing.
    read = [path for path, _ in trace.because]
    same = [m.text for m in step.moments if m.kind == "same" and _begins_with(m.text, read)]
    lines += [" " * BODY + elide(printable(t), style.width - BODY, style.ellipsis) for t in same]
    lines += _pairs(_watched(step, previous), style)
    lines += [line for actor in actors_of(step)[1:] for line in _then(step, actor, style)]
    if not step.changes and not same and not failing:
        lines.append(_note("changes nothing", style))
    return lines


def _then(step: TraceStep, actor: str, style: Style) -> list[str]:
    """What somebody else does whom the step's actor has set going."""
    own = [moment for moment in step.moments if moment.actor == actor]
    told = [moment.text for moment in own if moment.kind in ("resume", "suspend", "finish")]
    text = f"then {printable(actor)} {', and '.join(told[:1] + told[-1:] if told[1:] else told)}"
    lines = [" " * BODY + elide(text, style.width - BODY, style.ellipsis)]
    for moment in own:
        if moment.kind == "line":
            lines += _source(moment.span, moment.text, style)
    return lines


def _begins_with(text: str, paths: Sequence[str]) -> bool:
    return any(_is_within(text.split(" ", 1)[0], path) for path in paths)


def _title(step: TraceStep, failing: bool, style: Style) -> str:
    phrase = step.phrase or (step.action if step.action != step.actor else "")
    turn = f"turn {step.turn} of {step.loop}" if step.turn else ""
    room = style.width - 5 - (columns(turn) + 2 if turn else 0)
    actor = elide(printable(step.actor), room, style.ellipsis)
    text = printable(phrase)
    joint = "" if not text else " " if step.phrase else ": "
    text = elide(text, max(0, room - columns(actor) - len(joint)), style.ellipsis)
    title = f"{style.name(actor)}{joint}{style.bad(text) if failing else text}"
    if not turn:
        return title
    used = columns(actor) + len(joint) + columns(text)
    return title + " " * (room - used + 2) + style.dim(turn)


def _sources(step: TraceStep, failing: bool, style: Style) -> list[str]:
    """The statements of the step's actor that tell what it did."""
    own = [m for m in step.moments if m.kind == "line" and m.actor in ("", step.actor)]
    if failing or len(own) < 2:
        return _source(step.source, step.source_text, style)
    return [line for moment in own for line in _source(moment.span, moment.text, style)]


def _source(span: Span, text: str, style: Style) -> list[str]:
    if not span.file:
        return []
    room = style.width - BODY
    where = f"{shown_path(span.file)}:{span.line}"
    code = printable(text.strip())
    if columns(where) + 3 + columns(code) > room:
        where = f"{span.file.replace(chr(92), '/').rsplit('/', 1)[-1]}:{span.line}"
    where = elide(where, room // 2, style.ellipsis)
    if columns(where) + 3 + columns(code) > room:
        code = code.split("  # ", 1)[0].rstrip()
    code = clip(code, room - columns(where) - 3, style.ellipsis)
    return [f"{' ' * BODY}{style.place(where)}   {style.dim(code)}".rstrip()]


def _changes(changes: Sequence[Change], style: Style) -> list[str]:
    paths = [printable(change.path) for change in changes]
    return [
        line
        for change, path in zip(changes, _aligned(paths, style), strict=True)
        for line in _labelled(path, _change(change, path, style), style)
    ]


def _change(change: Change, path: str, style: Style) -> str:
    before, after = printable(change.before), printable(change.after)
    if not change.before:
        return f"(none) {style.arrow} {after}" if change.after else ""
    if not change.after:
        return f"{before} {style.arrow} (none)"
    room = style.width - BODY - columns(path) - 2
    plain = f"{before} {style.arrow} {after}"
    if columns(plain) <= room:
        return plain
    if change.how:
        told = f"{printable(change.how)}; now "
        return told + elide(after, max(room - columns(told), room // 2), style.ellipsis)
    half = (MOST_LINES * room) // 2 - 4
    return (
        f"{elide(before, half, style.ellipsis)} {style.arrow} {elide(after, half, style.ellipsis)}"
    )


def _watched(step: TraceStep, previous: TraceStep | None) -> list[tuple[str, str]]:
    known = dict(previous.watched) if previous else {}
    return [(text, value) for text, value in step.watched if known.get(text) != value]


def _pairs(
    pairs: Sequence[tuple[str, str]], style: Style, separator: str = "=", indent: int = BODY
) -> list[str]:
    names = _aligned([printable(name) for name, _ in pairs], style)
    return [
        line
        for (_, value), name in zip(pairs, names, strict=True)
        for line in _labelled(name, f"{separator} {printable(value)}".lstrip(), style, indent)
    ]


def _aligned(names: list[str], style: Style) -> list[str]:
    """Names of one width, unless some are much longer than the others."""
    most = style.width // 3
    width = max((columns(name) for name in names if columns(name) <= most), default=0)
    return [pad(name, width) for name in names]


def _labelled(name: str, text: str, style: Style, indent: int = BODY) -> list[str]:
    """`name  text`, folded to MOST_LINES lines below each other."""
    name = elide(name, style.width // 2, style.ellipsis)
    gap = 1 if text.startswith("=") else 2
    start = indent + columns(name) + gap
    room = style.width - start
    text = elide(text, room * MOST_LINES - room // 4, style.ellipsis)
    first, *rest = fold(text, room)
    return [f"{' ' * indent}{name}{' ' * gap}{first}", *(" " * start + line for line in rest)]


def _note(text: str, style: Style) -> str:
    return " " * BODY + style.dim(f"({text})")


# --- what is wrong ------------------------------------------------------------------


def _verdict(trace: Trace, style: Style) -> str:
    last = len(trace.steps) - 1
    after = f"after step {last}" if last else "at the beginning"
    match trace.kind:
        case "invariant":
            title = f"{trace.property} must be true at every moment. It is false {after}:"
        case "step invariant":
            title = f"{trace.property} must be true of every step. It is false of step {last}:"
        case "deadlock":
            title = f"Nothing can happen {after}, and that is not meant to be the end:"
        case "model error":
            title = f"Step {last} cannot be finished:" if last else "There is no beginning:"
            if not trace.steps[-1].error:
                title = f"A property has no value {after}:"
        case _:
            title = f"{trace.property}:"
    lines = [style.bold(line) for line in fold(title, style.width)]
    lines += _quoted(trace, style)
    if trace.because:
        stuck = trace.kind == "deadlock"
        waits = not any(why.startswith(("needs", "is not")) for _, why in trace.because)
        title = "Who waits, and where:" if waits else "What could happen, and what it needs:"
        lines.append(f"  {title}" if stuck else "  because")
        lines += _pairs(trace.because, style, "" if stuck else "=", indent=4)
    return "\n".join(lines) + "\n"


def _quoted(trace: Trace, style: Style) -> list[str]:
    span = trace.property_source
    text = trace.property_text.rstrip()
    lines = [f"  {style.place(f'{shown_path(span.file)}:{span.line}')}"] if span.file else []
    if text:
        rows = [printable(line) for line in text.split("\n")]
        cut = [clip(row, style.width - 4, style.ellipsis) for row in rows]
        lines += [f"  {style.bar} {row}".rstrip() for row in cut]
    return lines
