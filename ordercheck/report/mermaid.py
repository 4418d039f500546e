"""A trace as a Mermaid sequence diagram, which GitHub, GitLab and many wikis draw."""

from __future__ import annotations

from ordercheck.report.text import elide, printable
from ordercheck.traces.sequence import Diagram, Row, diagram
from ordercheck.traces.trace import Trace

LANES = 12
"""More lifelines than these are too narrow to read; the rest share the last."""
WIDEST = 60
ENTITIES = {"#": "#35;", ";": "#59;", "<": "#lt;", ">": "#gt;", "\\": "#92;", "%": "#37;"}
"""What Mermaid takes for its own syntax, and how it is written instead."""


def render_mermaid(trace: Trace) -> str:
    """The whole diagram. Ends in a newline."""
    made = diagram(trace, LANES)
    lines = ["sequenceDiagram"]
    if not made.lanes:
        lines.append("    participant p0 as the model")
    lines += [f"    participant p{k} as {_escaped(name)}" for k, name in enumerate(made.lanes)]
    start = ", ".join(f"{name} = {value}" for name, value in trace.steps[0].choices)
    over = "p0" if len(made.lanes) < 2 else f"p0,p{len(made.lanes) - 1}"
    if start:
        lines.append(f"    Note over {over}: {_escaped(f'start: {start}')}")
    turn = ("", 0)
    for row in made.rows:
        if row.turn and row.step and (row.loop, row.turn) != turn:
            turn = (row.loop, row.turn)
            lines.append(f"    Note over p{row.lane}: {_escaped(f'turn {row.turn} of {row.loop}')}")
        lines.append(f"    {_message(row)}")
    lines.append(f"    Note over {over}: {_escaped(trace.sentence, 4 * WIDEST)}")
    notes = _notes(made)
    return "\n".join([*lines, *notes]) + "\n"


def _message(row: Row) -> str:
    """A step is a message to oneself; one that sets somebody else going, a message to them."""
    text = row.text or "goes on"
    text += " (ends)" if row.ends else ""
    text += " (fails)" if row.fails else ""
    number = f"{row.step}. " if row.step else ""
    target = row.lane if row.target is None else row.target
    arrow = "->>" if not row.fails else "-x"
    return f"p{row.lane}{arrow}p{target}: {_escaped(number + text)}"


def _notes(made: Diagram) -> list[str]:
    """What the picture leaves out, as comments: they belong to its reader, not to its drawing."""
    notes = []
    if made.merged:
        notes.append(f"    %% sharing the last line: {printable(', '.join(made.merged))}")
    if made.idle:
        notes.append(f"    %% doing nothing in this run: {printable(', '.join(made.idle))}")
    return notes


def _escaped(text: str, width: int = WIDEST) -> str:
    shown = elide(" ".join(printable(text).split()), width)
    return "".join(ENTITIES.get(character, character) for character in shown)
