"""Whether a log of a real run is one of the model's, for a terminal."""

from __future__ import annotations

import json

from ordercheck.conformance.agreement import as_logged
from ordercheck.conformance.conform import Alternative, Conformance
from ordercheck.report.style import Style
from ordercheck.report.text import counted, fold, printable

MOST = 8
"""Alternatives that are shown; there may be thousands."""


def render_conformance(found: Conformance, model: str, style: Style) -> str:
    """The answer, and where it is no, what the model would have done instead."""
    lines = counted(len(found.log.lines), "line")
    if found.unexplained is None:
        told = f"{lines} explained, through up to {counted(found.most, 'state')} at once."
        answer = [f"{style.good('yes')}  {model} can do what {found.log.file} tells.", told]
        return "\n".join(answer) + "\n"
    answer = [f"{style.bad('NO')}  {model} cannot do what {found.log.file} tells.", ""]
    answer += _where(found, style)
    answer += ["", *fold(_candidates(found), style.width)]
    shown = sorted(found.alternatives, key=lambda a: (a.step, repr(a.values)))[:MOST]
    answer += [f"  {printable(_alternative(each))}" for each in shown]
    if len(found.alternatives) > MOST:
        answer.append(f"  {style.ellipsis} and {len(found.alternatives) - MOST:,} more")
    return "\n".join(answer) + "\n"


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
    return (
        f"With what is told up to there the model can be in {states}. From there it can show, next:"
    )


def _alternative(each: Alternative) -> str:
    step = {"step": each.step} if each.step else {}
    values = {name: as_logged(value) for name, value in each.values}
    return json.dumps({**step, **values}, ensure_ascii=False)
