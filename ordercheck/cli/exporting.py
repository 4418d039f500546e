"""What `ordercheck export` does: a trace file in a format that other programs read."""

from __future__ import annotations

import json

from ordercheck.checking.evidence import Defect, states_of
from ordercheck.cli.codes import OK
from ordercheck.cli.output import Screen, bad_file, check_writable, write_whole
from ordercheck.cli.replaying import program_of, text_of
from ordercheck.ir.nodes import Program
from ordercheck.report.markdown import render_trace_markdown
from ordercheck.report.mermaid import render_mermaid
from ordercheck.traces.itf import itf
from ordercheck.traces.json import TraceFile, read_trace, write_trace
from ordercheck.traces.places import View
from ordercheck.traces.trace import Trace

SUFFIXES = {".itf.json": "itf", ".mmd": "mermaid", ".mermaid": "mermaid", ".md": "markdown"}
"""What a file holds, by what its name ends in."""
KEPT = ".json"
"""How the name of a trace file ends."""


def export(
    path: str, format_: str | None, output: str | None, model: str | None, no_color: bool
) -> int:
    """Run the command and give its exit code."""
    screen = Screen(no_color)
    format_ = format_ or _named(output)
    if output:
        check_writable(output)
    name, given = text_of(path)
    kept = read_trace(given, name)
    # Values are typed in ITF, and a trace file has only their texts.
    program = program_of(kept, model, ()) if format_ == "itf" else None
    text = _written(kept, format_, program, name)
    if output:
        write_whole(output, text)
        screen.say(f"Wrote {output}.")
    else:
        screen.say(text)
    return OK


def check_name(file: str) -> None:
    """Raise BadInput if `exported` cannot tell from a file's name what to write."""
    if not _format(file) and not file.lower().endswith(KEPT):
        headline = f"the name {file} does not say what to write"
        *others, last = SUFFIXES
        help = f"end it in {KEPT} (for `ordercheck replay`), {', '.join(others)} or {last}"
        raise bad_file("E909", headline, file, help=help)


def exported(kept: TraceFile, file: str, program: Program) -> str:
    """What to write to a file whose name `check_name` has let pass."""
    format_ = _format(file)
    return _written(kept, format_, program, file) if format_ else write_trace(kept)


def _format(file: str) -> str:
    """The format that a name says, "" if none; a trace file is in none of them."""
    name = file.lower()
    return next((f for suffix, f in SUFFIXES.items() if name.endswith(suffix)), "")


def _named(output: str | None) -> str:
    format_ = _format(output or "")
    if format_:
        return format_
    headline = "say what to write"
    if output:
        headline = f"the name {output} does not say what to write"
    help = "add --format itf, mermaid or markdown, or end the name in .itf.json, .mmd or .md"
    raise bad_file("E909", headline, output or "", help=help)


def _written(kept: TraceFile, format_: str, program: Program | None, file: str) -> str:
    if format_ == "mermaid":
        return render_mermaid(kept.trace)
    if format_ == "markdown" or program is None:
        return render_trace_markdown(kept.trace)
    return _itf_text(kept.trace, file, program)


def _itf_text(trace: Trace, file: str, program: Program) -> str:
    changed = bad_file(
        "E912",
        "the model no longer does what this trace tells",
        file,
        help=f"`ordercheck replay {file}` says where they part",
    )
    try:
        states = states_of(program, trace)
    except (Defect, IndexError):
        raise changed from None
    view = View(program)
    if any(view.state(s) != step.state for s, step in zip(states, trace.steps, strict=True)):
        raise changed
    return json.dumps(itf(trace, program, states), indent=2, ensure_ascii=False) + "\n"
