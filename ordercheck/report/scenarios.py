"""The scenarios of a model: a line for each, and below it what went otherwise than scripted."""

from __future__ import annotations

from collections.abc import Sequence

from ordercheck.checking.scenario import Played
from ordercheck.report.diagnostics import render_diagnostic
from ordercheck.report.style import Style
from ordercheck.report.text import counted, pad, printable


def render_played(played: Sequence[Played], style: Style) -> str:
    """All of them, under a heading. Ends in an empty line."""
    titles = [title(each) for each in played]
    width = max(map(len, ["scenario", *titles]))
    lines = [style.dim(f"     {pad('scenario', width)}  steps")]
    for name, each in zip(titles, played, strict=True):
        mark = style.bad("FAIL") if each.failure else style.good("pass")
        lines.append(f"{mark} {pad(name, width)}  {len(each.steps):>5}")
        if each.failure is not None:
            lines += ["", render_diagnostic(each.failure, style)]
    return "\n".join(lines) + "\n\n"


def title(played: Played) -> str:
    """`overtaking (calls=3)`."""
    given = ", ".join(f"{name}={value}" for name, value in played.parameters)
    return printable(f"{played.name} ({given})" if given else played.name)


def scenario_summary(played: Sequence[Played]) -> str:
    """`1 of 2 scenarios as scripted.`"""
    good = sum(each.failure is None for each in played)
    return f"{good} of {counted(len(played), 'scenario')} as scripted."
