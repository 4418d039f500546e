"""What random runs have met, for a terminal."""

from __future__ import annotations

from collections.abc import Mapping

from ordercheck.checking.simulation import Simulation
from ordercheck.engines.simulation import Level
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
    figures = made.figures
    runs = made.runs
    title = f"{counted(figures.runs, 'run')} of up to {counted(runs.steps, 'step')}"
    lines = [style.bold(f"{title}, seed {runs.seed}")]
    more = "more than " if figures.crowded else ""
    states = counted(figures.states, "distinct state")
    lines.append(f"  {counted(figures.steps, 'step')}, {more}{states}")
    if figures.runs:
        low, middle, high = _lengths(figures.levels)
        lines.append(f"  lengths from {low:,} to {high:,}, half of them up to {middle:,}")
    lines.append("  where they end:")
    lines += [f"    {count:>7,}  {ENDS[end]}" for end, count in _most(figures.ends)]
    if figures.faults:
        lines.append("  what is wrong:")
        lines += [f"    {count:>7,}  {name}" for name, count in _most(figures.faults)]
    lines += ["", style.dim("  after steps     runs   ways to go on   new states")]
    lines += _levels(figures.levels)
    if made.unmet:
        text = f"Never true in these runs: {', '.join(made.unmet)}."
        lines += ["", *fold(printable(text), style.width)]
    for note in made.notes:
        lines += ["", *fold(printable(note), style.width)]
    return "\n".join(lines) + "\n"


def _most(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """What there is most of first; of equals, by name."""
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))


def _lengths(levels: list[Level]) -> tuple[int, int, int]:
    """The shortest, the least that half of the runs do not exceed, and the longest."""
    ended = [(length, level.ended) for length, level in enumerate(levels) if level.ended]
    half = sum(count for _, count in ended) / 2
    middle = so_far = 0
    for length, count in ended:
        middle, so_far = length, so_far + count
        if so_far >= half:
            break
    return ended[0][0], middle, ended[-1][0]


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
