"""A trace for a terminal: what went wrong, how it came about, why that is wrong, and a diagram.

Written for somebody who never saw a model checker: whole words, one thing a line,
and only what changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from ordercheck.checking.verdict import Violation
from ordercheck.ir.span import Span
from ordercheck.report.brief import render_brief
from ordercheck.report.items import elide_items, fold_items
from ordercheck.report.sequence import render_sequence
from ordercheck.report.starting import starting_values
from ordercheck.report.style import Style
from ordercheck.report.text import clip, columns, counted, elide, fold, pad, printable, shown_path
from ordercheck.traces.sequence import actors_of, is_part, taken
from ordercheck.traces.source import claim_at, definition_of
from ordercheck.traces.trace import ANYWHERE, RUN, Change, Trace, TraceStep

BODY = 7
"""Columns before what belongs to a step."""
MOST_PLACES = 12
"""Places of the initial state that are listed."""
MOST_LINES = 3
"""Lines that one value may take."""
MOST_OF_REASONS = 12
"""Lines that one value may take of those that make a claim false."""
SHORTENED = "Shortened to fit on a screen: --long quotes each statement and value."
SHORTENED_MORE = "Shortened to fit on a screen: --long quotes statements, draws who did what."
SHORTENED_MOST = (
    "Shortened to fit on a screen: what steps have in common is told once. "
    "--long tells each, quotes statements, draws who did what."
)
EMPTY = ("[]", "set()", "{}")


def render_trace(trace: Trace, style: Style, most: int | None = None) -> str:
    """The whole trace. Ends in a newline.

    Where that takes more than `most` lines, each step is told in a few; if it still takes
    more, the diagram is left out, then what each step changes is cut to fewer lines, and
    to what stands beside who acts. At last, steps that are much alike are told together.
    """
    sentence = _paragraph(trace.sentence, style, bold=True)
    verdict, picture = _verdict(trace, style), render_sequence(trace, style)
    whole = _joined(sentence, *_steps(trace, style), verdict, picture)
    if most is None or _height(whole) <= most or trace.steps[0].phrase == ANYWHERE:
        return whole
    text = _joined(
        sentence, render_brief(trace, style), verdict, picture, _paragraph(SHORTENED, style)
    )
    for together, lines in product((False, True), range(MOST_LINES, -1, -1)):
        if _height(text) <= most:
            break
        steps = render_brief(trace, style, lines, together)
        note = _paragraph(SHORTENED_MOST if together else SHORTENED_MORE, style)
        shorter = _joined(sentence, steps, verdict, note)
        if not together or _height(shorter) < _height(text):
            text = shorter
    return text


def _joined(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _height(text: str) -> int:
    return text.count("\n")


def _paragraph(text: str, style: Style, bold: bool = False) -> str:
    lines = fold(printable(text), style.width)
    return "".join((style.bold(line) if bold else line) + "\n" for line in lines)


def render_unmet(violation: Violation, style: Style) -> str:
    """What never happens, where that is what is wrong: there is no run to show."""
    title = f"In no run does {violation.name} ever become true, and it should in some."
    quoted = [f"  {style.place(_place(violation.span))}"] if violation.span.file else []
    span = definition_of(violation.name, violation.span)
    rows = claim_at(span).split("\n") if quoted else []
    quoted += [f"  {style.bar} {each}" for row in rows if row for each in _folded(row, style)]
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
    single, told = starting_values(trace, hidden=True)
    dropped = told[MOST_PLACES:]
    if step.phrase == ANYWHERE:
        title = "Some state, of which nothing says that a run comes there"
        return [style.name(title), *_pairs(step.state, style), *_pairs(_watched(step, None), style)]
    lines = [style.name("The beginning")]
    lines += _pairs(single, style, separator="is chosen to be")
    lines += _pairs(told[:MOST_PLACES], style)
    lines += _pairs(_watched(step, None), style)
    if dropped:
        lines.append(_note(f"and {counted(len(dropped), 'more place')}", style))
    if len(lines) == 1:
        lines.append(_note("of what is there, nothing changes", style))
    return lines


def _step(trace: Trace, number: int, style: Style) -> list[str]:
    step, previous = trace.steps[number], trace.steps[number - 1]
    failing = bool(step.error)
    lines = _title(step, failing, style)
    lines += _pairs(step.choices, style, separator="is chosen to be")
    lines += _sources(step, failing, style)
    shown = [change for change in step.changes if not change.hidden] or list(step.changes)
    lines += _changes(shown, style)
    same = _same(trace, step, style)
    lines += same
    lines += _pairs(_watched(step, previous), style)
    lines += [line for actor in actors_of(step)[1:] for line in _then(step, actor, style)]
    moves = any(moment.kind in ("suspend", "finish") for moment in step.moments)
    if not step.changes and not same and not failing and not moves:
        lines.append(_note("changes nothing", style))
    return lines


def _same(trace: Trace, step: TraceStep, style: Style) -> list[str]:
    """What was set to the value that it had.

    Only where it concerns the property: most stores of an old value mean nothing.
    """
    read = [path for path, _ in trace.because]
    same = [m.text for m in step.moments if m.kind == "same" and _begins_with(m.text, read)]
    match same:
        case []:
            return []
        case [one]:
            path, _, value = one.partition(" = ")
            text = f"{path} is set to {value}, which it was already"
        case _:
            text = f"set to what they were already: {', '.join(same)}"
    return [" " * BODY + elide(printable(text), style.width - BODY, style.ellipsis)]


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
    return any(is_part(text.split(" ", 1)[0], path) for path in paths)


def _title(step: TraceStep, failing: bool, style: Style) -> list[str]:
    phrase = step.phrase or (step.action if step.action != step.actor else "")
    who = step.actor
    if step.nobodys and not step.phrase:
        who, phrase = step.action, ""
    if not step.phrase and (what := taken(step)):
        phrase = f"{phrase} {style.dash} {what}".lstrip()
    turn = f"turn {step.turn} of {step.loop}" if step.turn else ""
    room = style.width - 5 - (columns(turn) + 2 if turn else 0)
    actor = elide(printable(who), room, style.ellipsis)
    text = printable(phrase)
    joint = (
        ""
        if not text
        else " "
        if step.phrase or not (step.action != step.actor and not step.nobodys)
        else ": "
    )
    below: list[str] = []
    if failing and columns(text) > room - columns(actor) - 1:
        # What is wrong is worth lines of its own.
        text, _, reason = text.partition(": ")
        below = [" " * BODY + style.bad(line) for line in fold(reason, style.width - BODY)]
    text = elide(text, max(0, room - columns(actor) - len(joint)), style.ellipsis)
    title = f"{style.name(actor)}{joint}{style.bad(text) if failing else text}"
    if turn:
        used = columns(actor) + len(joint) + columns(text)
        title += " " * (room - used + 2) + style.dim(turn)
    return [title, *below]


def _sources(step: TraceStep, failing: bool, style: Style) -> list[str]:
    """The statements of the step's actor that tell what it did."""
    own = [m for m in step.moments if m.kind == "line" and m.actor in ("", step.actor)]
    if failing or len(own) < 2:
        return _source(step.source, step.source_text, style)
    return [line for moment in own for line in _source(moment.span, moment.text, style)]


def _source(span: Span, text: str, style: Style) -> list[str]:
    """A line of the model and where it stands; its comment below it where it is too long.

    Comments stay: models name there what a line stands for in the real system.
    """
    if not span.file:
        return []
    room = style.width - BODY
    where = f"{shown_path(span.file)}:{span.line}"
    code = printable(text.strip())
    if columns(where) + 3 + columns(code) > room:
        where = f"{span.file.replace(chr(92), '/').rsplit('/', 1)[-1]}:{span.line}"
    where = elide(where, room // 2, style.ellipsis)
    room -= columns(where) + 3
    comment = ""
    if columns(code) > room:
        code, mark, rest = code.partition("  # ")
        comment = clip(f"# {rest}", room, style.ellipsis) if mark else ""
    code = clip(code.rstrip(), room, style.ellipsis)
    lines = [f"{' ' * BODY}{style.place(where)}   {style.dim(code)}".rstrip()]
    indent = " " * (BODY + columns(where) + 3)
    return [*lines, f"{indent}{style.dim(comment)}"] if comment else lines


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
        # The whole of a long value has been told by the steps before, or is in the end.
        told = printable(change.how)
        now = f"{told}; now {after}"
        fits = columns(now) <= 2 * room and columns(after) <= room
        return now if fits and after not in EMPTY else told
    half = (MOST_LINES * room) // 2 - 4
    ends = (elide_items(each, half, style.ellipsis) for each in (before, after))
    return f" {style.arrow} ".join(ends)


def _watched(step: TraceStep, previous: TraceStep | None) -> list[tuple[str, str]]:
    known = dict(previous.watched) if previous else {}
    return [(text, value) for text, value in step.watched if known.get(text) != value]


def _pairs(
    pairs: Sequence[tuple[str, str]],
    style: Style,
    separator: str = "=",
    indent: int = BODY,
    most: int = MOST_LINES,
) -> list[str]:
    names = _aligned([printable(name) for name, _ in pairs], style)
    return [
        line
        for (_, value), name in zip(pairs, names, strict=True)
        for line in _labelled(name, f"{separator} {printable(value)}".lstrip(), style, indent, most)
    ]


def _aligned(names: list[str], style: Style) -> list[str]:
    """Names of one width, unless some are much longer than the others."""
    most = style.width // 3
    width = max((columns(name) for name in names if columns(name) <= most), default=0)
    return [pad(name, width) for name in names]


def _labelled(
    name: str, text: str, style: Style, indent: int = BODY, most: int = MOST_LINES
) -> list[str]:
    """`name  text`, folded to at most so many lines below each other."""
    name = elide(name, style.width // 2, style.ellipsis)
    gap = 1 if text.startswith("=") else 2
    start = indent + columns(name) + gap
    hang = 2 if text.startswith("= ") else 0
    room = style.width - start - hang
    # Lines that end between items are not full: less than they could hold is to fit.
    text = elide_items(text, room * most - room // 2, style.ellipsis)
    first, *rest = fold_items(text, room)
    below = (" " * (start + hang) + line for line in rest)
    return [f"{' ' * indent}{name}{' ' * gap}{first}", *below]


def _note(text: str, style: Style) -> str:
    return " " * BODY + style.dim(f"({text})")


# --- what is wrong ------------------------------------------------------------------


def _verdict(trace: Trace, style: Style) -> str:
    if trace.kind == RUN:
        return ""
    last = len(trace.steps) - 1
    after = f"after step {last}" if last else "at the beginning"
    match trace.kind:
        case "invariant":
            title = f"{trace.property} must be true at every moment. It is false {after}:"
        case "step invariant":
            title = f"{trace.property} must be true of every step. It is false of step {last}:"
        case "deadlock" if not (trace.waits or trace.refused):
            title = f"Nothing can happen {after}: there is no process, and no action."
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
    lines += _listed("Who waits, and where:", trace.waits, style)
    lines += _listed("What could happen, and the line that does not let it:", trace.refused, style)
    if trace.because:
        lines.append("  where" if trace.waits or trace.refused else "  because")
        lines += _pairs(trace.because, style, indent=4, most=MOST_OF_REASONS)
    return "\n".join(lines) + "\n"


def _listed(title: str, pairs: Sequence[tuple[str, str]], style: Style) -> list[str]:
    if not pairs:
        return []
    lines = [f"  {title}", *_pairs(pairs[:MOST_PLACES], style, "", indent=4)]
    more = len(pairs) - MOST_PLACES
    return [*lines, f"    {style.dim(f'(and {more} more)')}"] if more > 0 else lines


def _quoted(trace: Trace, style: Style) -> list[str]:
    span = trace.property_source
    text = trace.property_text.rstrip()
    lines = [f"  {style.place(_place(span))}"] if span.file else []
    if text:
        rows = [row for line in text.split("\n") for row in _folded(line, style)]
        lines += [f"  {style.bar} {row}".rstrip() for row in rows]
    return lines


def _folded(line: str, style: Style) -> list[str]:
    """A line of code in as many as it needs, the further ones indented."""
    text = printable(line)
    room = style.width - 4
    if columns(text) <= room:
        return [text]
    margin = min(len(text) - len(text.lstrip()), room // 2)
    hang = margin if text.lstrip().startswith('"""') else margin + 4
    first, *rest = fold(text.strip(), room - margin, room - hang)
    return [" " * margin + first, *(" " * hang + each for each in rest)]


def _place(span: Span) -> str:
    """`file:line`; what stands on the command line has no line."""
    return f"{shown_path(span.file)}:{span.line}" if not span.file.startswith("-") else span.file
