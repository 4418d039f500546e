"""What random runs have met, for a terminal."""

from __future__ import annotations

from statistics import median

from ordercheck.checking.simulation import Level, Simulation
from ordercheck.report.style import Style
from ordercheck.report.text import counted, fold, printable

ROWS = 10
"""Rows of the table of depths, each for as many depths as are needed."""
ENDS = {
    "fault": "something is wrong",
    "stuck": "nothing can happen any more, as is meant",
    "constraint": "outside the constraint",
    "steps": "the limit of steps",
    "no start": "there is no beginning",
}


def render_simulation(made: Simulation, style: Style) -> str:
    """The figures. Ends in a newline."""
    taken = sum(made.lengths)
    title = f"{counted(made.runs, 'run')} of up to {counted(made.steps, 'step')}, seed {made.seed}"
    lines = [style.bold(title)]
    lines.append(f"  {counted(taken, 'step')}, {counted(len(made.states), 'distinct state')}")
    if made.lengths:
        low, middle, high = min(made.lengths), median(made.lengths), max(made.lengths)
        lines.append(f"  lengths from {low:,} to {high:,}, half of them up to {middle:,.0f}")
    lines.append("  where they end:")
    lines += [f"    {count:>7,}  {ENDS[end]}" for end, count in made.ends.most_common()]
    if made.faults:
        lines.append("  what is wrong:")
        lines += [f"    {count:>7,}  {name}" for name, count in made.faults.most_common()]
    lines += ["", style.dim("  after steps     runs   ways to go on   new states")]
    lines += _levels(made.levels)
    if made.unmet:
        text = f"Never true in these runs: {', '.join(made.unmet)}."
        lines += ["", *fold(printable(text), style.width)]
    return "\n".join(lines) + "\n"


def _levels(levels: list[Level]) -> list[str]:
    wide = max(1, -(-len(levels) // ROWS))
    rows = []
    for start in range(0, len(levels), wide):
        group = levels[start : start + wide]
        last = start + len(group) - 1
        name = f"{start}" if start == last else f"{start} to {last}"
        asked = sum(level.asked for level in group)
        ways = f"{sum(level.ways for level in group) / asked:.1f}" if asked else "-"
        runs = max(level.runs for level in group)
        new = sum(level.new for level in group)
        rows.append(f"  {name:>11}  {runs:>7,}   {ways:>13}   {new:>10,}")
    return rows
