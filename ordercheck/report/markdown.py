"""Verdicts and traces as Markdown, to be pasted into a review on GitHub or GitLab."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ordercheck.checking.scenario import Played
from ordercheck.checking.verdict import Verdict, Violation, ViolationKind
from ordercheck.ir.span import Diagnostic, Span
from ordercheck.report.mermaid import render_mermaid
from ordercheck.report.scenarios import scenario_summary, title
from ordercheck.report.table import found_text, is_pass, seconds_text, violation_text
from ordercheck.report.text import counted, elide, printable, shown_path
from ordercheck.traces.sequence import taken
from ordercheck.traces.trace import Change, Trace, TraceStep

WIDEST = 100
"""Columns of a value in a table."""
MARKS = {True: "✅", False: "❌", None: "❔"}


def render_verdicts(
    verdicts: Sequence[Verdict],
    errors: Sequence[Diagnostic] = (),
    played: Sequence[Played] = (),
) -> str:
    """One table, then what is wrong, folded away, in order. Ends in a newline."""
    several = len({verdict.model for verdict in verdicts}) > 1
    parts = [_headline(verdicts, errors, played)]
    parts += [_models(verdicts) if several else _model(verdicts)] if verdicts else []
    parts += ["\n".join(map(_scenario, played))] if played else []
    parts += [
        _details(v, each, _name(v) if several else "")
        for v in verdicts
        for each in v.violations
        if _tells(each)
    ]
    parts += [_error(error) for error in errors]
    return "\n\n".join(parts) + "\n"


def _headline(
    verdicts: Sequence[Verdict], errors: Sequence[Diagnostic], played: Sequence[Played]
) -> str:
    results = [is_pass(verdict) for verdict in verdicts]
    bad = f", {counted(len(errors), 'error')}" if errors else ""
    open_ = f", {results.count(None)} inconclusive" if None in results else ""
    said = f"{results.count(True)} of {counted(len(results), 'run')} as expected"
    scripted = f", {scenario_summary(played).rstrip('.')}" if played else ""
    return f"### ordercheck: {said}{open_}{scripted}{bad}"


def _name(verdict: Verdict) -> str:
    return verdict.model.rpartition(":")[2]


def _models(verdicts: Sequence[Verdict]) -> str:
    """The table of several models: each is named in its first row."""
    rows = [
        "|  | model | variant | expected | found | states | depth | time |",
        "|---|---|---|---|---|--:|--:|--:|",
    ]
    notes: list[str] = []
    last = ""
    for each in verdicts:
        file = each.model.rpartition(":")[0]
        named = f"**{_text(_name(each))}**" + (f" {_code(shown_path(file))}" if file else "")
        rows.append(_row(each, named if each.model != last else ""))
        said = f"{_text(_name(each))}, {_text(_variant(each))}"
        notes += [f"- {said}: {_text(note)}" for note in _notes(each)]
        last = each.model
    return "\n".join([*rows, *(["", *notes] if notes else [])])


def _model(verdicts: Sequence[Verdict]) -> str:
    file, _, name = verdicts[0].model.rpartition(":")
    title = f"**{_text(name)}**" + (f" in {_code(shown_path(file))}" if file else "")
    rows = [
        "|  | variant | expected | found | states | depth | time |",
        "|---|---|---|---|--:|--:|--:|",
        *(_row(verdict) for verdict in verdicts),
    ]
    notes = [f"- {_text(_variant(v))}: {_text(note)}" for v in verdicts for note in _notes(v)]
    return "\n".join([title, "", *rows, *(["", *notes] if notes else [])])


def _row(verdict: Verdict, *model: str) -> str:
    cells = (
        MARKS[is_pass(verdict)],
        *model,
        _text(_variant(verdict)),
        _text(verdict.expected or "–"),
        _text(found_text(verdict)),
        f"{verdict.states:,}",
        str(verdict.depth),
        seconds_text(verdict.seconds),
    )
    return f"| {' | '.join(cells)} |"


def _variant(verdict: Verdict) -> str:
    if verdict.variant:
        return verdict.variant
    return ", ".join(f"{n}={value}" for n, value in verdict.program.parameters) or "(defaults)"


def _notes(verdict: Verdict) -> list[str]:
    return [*([f"stopped early: {verdict.limit}"] if verdict.limit else []), *verdict.notes]


def _tells(violation: Violation) -> bool:
    """Whether there is more to say of it than the table does."""
    return violation.trace is not None or violation.kind is ViolationKind.REACHABLE


def _details(verdict: Verdict, violation: Violation, model: str) -> str:
    run = f"{model}, {_variant(verdict)}" if model else _variant(verdict)
    title = f"{run}: {violation_text(violation)}"
    body = (
        render_trace_markdown(violation.trace)
        if violation.trace
        else f"{_text(violation.message)}.\n"
    )
    return f"<details>\n<summary>{_html(title)}</summary>\n\n{body}\n</details>"


def _scenario(played: Played) -> str:
    said = f"- {MARKS[played.failure is None]} scenario {_text(title(played))}"
    if played.failure is None:
        return said
    return f"{said}: {_text(played.failure.headline)} ({_code(_place(played.failure.span))})"


def _error(error: Diagnostic) -> str:
    where = f" ({_code(_place(error.span))})" if error.span.file else ""
    return f"- ❌ **{error.code}** {_text(error.headline)}{where}"


# --- traces ---------------------------------------------------------------------------


def render_trace_markdown(trace: Trace) -> str:
    """What went wrong, a table of the steps, the claim, and a diagram. Ends in a newline."""
    rows = [
        "| step | who | what | where | changes |",
        "|--:|---|---|---|---|",
        *(_step(number, step) for number, step in enumerate(trace.steps)),
    ]
    parts = [f"**{_text(trace.sentence)}**", "\n".join(rows), *_claim(trace)]
    parts.append(f"```mermaid\n{render_mermaid(trace).rstrip()}\n```")
    return "\n\n".join(parts) + "\n"


def _step(number: int, step: TraceStep) -> str:
    who, what = step.actor, step.phrase or (step.action if step.action != step.actor else "")
    if number == 0:
        who, what = "", "the beginning"
    elif step.nobodys:
        who, what = "", step.phrase or step.action
    if arrives := taken(step):
        what = f"{what} — {arrives}"
    chosen = [f"{_code(f'{name} = {value}')} is chosen" for name, value in step.choices]
    seen = [change for change in step.changes if not change.hidden] or list(step.changes)
    changes = [*chosen, *map(_change, seen)]
    if step.error:
        changes.append(f"**fails: {_text(step.error)}**")
    if number == 0:
        changes += [_code(f"{path} = {value}") for path, value in step.watched]
    turn = f" (turn {step.turn} of {_text(step.loop)})" if step.turn else ""
    where = _code(_place(step.source)) if step.source.file else ""
    cells = (str(number), _code(who) if who else "", _text(what) + turn, where)
    return f"| {' | '.join((*cells, '<br>'.join(changes)))} |"


def _change(change: Change) -> str:
    if change.how and change.before and change.after:
        return f"{_code(change.path)}: {_text(change.how)}, now {_code(change.after)}"
    before = _code(change.before) if change.before else "(none)"
    after = _code(change.after) if change.after else "(none)"
    return f"{_code(change.path)}: {before} → {after}"


def _claim(trace: Trace) -> list[str]:
    parts = []
    if trace.property_text.strip():
        text = trace.property_text.strip("\n")
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
        where = trace.property_source
        told = f" ({_code(_place(where))})" if where.file else ""
        parts.append(f"{_code(trace.property)}{told}:\n\n{fence}python\n{text}\n{fence}")
    listed = [(f"because {_code(name)}", value) for name, value in trace.because]
    listed += [(f"{_code(name)} waits at", value) for name, value in trace.waits]
    listed += [(f"{_code(name)} is stopped by", value) for name, value in trace.refused]
    joined = [f"- {name} {'= ' if 'because' in name else ''}{_code(v)}" for name, v in listed]
    return [*parts, "\n".join(joined)] if joined else parts


# --- texts ----------------------------------------------------------------------------


def _place(span: Span) -> str:
    return f"{shown_path(span.file)}:{span.line}" if span.line else shown_path(span.file)


def _code(text: str) -> str:
    """Code in a cell of a table: a pipe would end the cell even there."""
    shown = elide(printable(text), WIDEST)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}".replace("|", "\\|")


def _text(text: str) -> str:
    """Words with nothing in them that Markdown, HTML or GitHub would take for its own."""
    shown = re.sub(r"[\\`*\[\]|~]|(?<!\w)_|_(?!\w)", r"\\\g<0>", _html(text))
    # An @ would send a notification to whoever has that name.
    return shown.replace("@", "&#64;")


def _html(text: str) -> str:
    """The same inside HTML, where Markdown's escapes would be shown as they are."""
    return printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
