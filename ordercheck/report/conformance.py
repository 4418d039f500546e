"""Whether a log of a real run is one of the model's, for a terminal."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ordercheck.conformance.agreement import as_logged
from ordercheck.conformance.conform import Alternative, Conformance, Group
from ordercheck.report.style import Style
from ordercheck.report.text import counted, fold, printable

MOST = 8
"""Alternatives that are shown; there may be thousands."""

MOST_GROUPS = 4
"""Kinds of candidates that are shown."""


def render_conformance(found: Conformance, model: str, style: Style) -> str:
    """The answer, and where it is no, what the model would have done instead."""
    lines = counted(len(found.log.lines), "line")
    if found.unexplained is None:
        told = f"{lines} explained, through up to {counted(found.most, 'state')} at once."
        answer = [f"{style.good('yes')}  {model} can do what {found.log.file} tells.", told]
        return "\n".join(answer) + "\n"
    answer = [f"{style.bad('NO')}  {model} cannot do what {found.log.file} tells.", ""]
    answer += _where(found, style)
    answer += [f"  {limit}" for limit in found.limits]
    answer += ["", *fold(_candidates(found), style.width)]
    if found.groups:
        answer += _groups(found, style)
    else:
        answer += _alternatives(found.alternatives, "  ", style)
    return "\n".join(answer) + "\n"


def _groups(found: Conformance, style: Style) -> list[str]:
    """The candidates, those that could show the same together."""
    # First those that could show something; the others are only on the way to them.
    groups = sorted(found.groups, key=lambda g: (not g.alternatives, not g.errors, -g.count))
    lines: list[str] = []
    for group in groups[:MOST_GROUPS]:
        such = "One" if group.count == 1 else f"{group.count:,}, such as one"
        where = ", ".join(f"{name}: {value}" for name, value in group.one[:MOST])
        more = f", {style.ellipsis}" if len(group.one) > MOST else ""
        told = fold(printable(such + (f" with {where}{more}" if where else "")), style.width - 2)
        lines += ["", *(f"  {line}" for line in told)]
        lines += _what_comes(group, style)
    if len(groups) > MOST_GROUPS:
        rest = sum(group.count for group in groups[MOST_GROUPS:])
        lines += ["", f"  {style.ellipsis} and {rest:,} more"]
    return lines


def _what_comes(group: Group, style: Style) -> list[str]:
    """What could be seen next of the states of a group."""
    lines = _alternatives(group.alternatives, "    shows ", style)
    lines += [f"    goes wrong: {printable(error)}" for error in group.errors]
    if group.hidden:
        also = "also takes" if lines else "takes"
        lines.append(f"    {also} steps that the log does not see, to others of these states")
    return lines or ["    nothing can happen any more"]


def _alternatives(alternatives: Sequence[Alternative], start: str, style: Style) -> list[str]:
    shown = sorted(alternatives, key=lambda a: (a.step, repr(a.values)))
    lines = [f"{start}{printable(_alternative(each))}" for each in shown[:MOST]]
    if len(shown) > MOST:
        lines.append(f"{' ' * len(start)}{style.ellipsis} and {len(shown) - MOST:,} more")
    return lines


def _where(found: Conformance, style: Style) -> list[str]:
    log, number = found.log, found.unexplained
    if number is None or number < 0:
        return [f"No run begins as {log.file} says."]
    if number == len(log.lines):
        line = log.ends.line if log.ends else 0
        return [f"{log.file}:{line}: no run is over here."]
    line = log.lines[number].span.line
    text = printable(log.lines[number].text)
    return [f"{log.file}:{line}: no run shows this next", f"  {style.bar} {text}"]


def _candidates(found: Conformance) -> str:
    states = counted(found.candidates, "state")
    if found.unexplained == -1:
        return f"Of {states} in which runs begin, these are the values:"
    if not found.alternatives:
        return (
            f"With what is told up to there the model can be in {states}; "
            "from none of them anything more is ever seen."
        )
    return f"With what is told up to there the model can be in {states}, none of which shows that:"


def _alternative(each: Alternative) -> str:
    step = {"step": each.step} if each.step else {}
    values = {name: as_logged(value) for name, value in each.values}
    return json.dumps({**step, **values}, ensure_ascii=False)
