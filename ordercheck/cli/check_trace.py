"""`ordercheck check-trace SPEC TRACE`."""

from __future__ import annotations

import click

from ordercheck.cli import options


@click.command(
    "check-trace",
    epilog="""\
Specs that come with the tool: e_order, fifo, causal, total_order, at_most_once,
exactly_once, cas_chain, linearizable, sequential, no_corrupted_log.

Exit codes:

\b
  0    the history is consistent with the spec
  1    it contradicts the spec
  2    the input cannot be used
  3    undecided: a limit was reached
  130  interrupted""",
)
@click.argument("spec", type=options.ModelPath())
@click.argument("trace", type=options.NamedFile())
@click.option(
    "--events",
    "kinds",
    multiple=True,
    type=options.Assignment(),
    metavar="NAME=KIND",
    help="In a model's run, what is appended to place NAME, or action NAME, is an event of this "
    "KIND (may be repeated).",
)
@click.option("--all", "whole", is_flag=True, help="Show an order to its end, however long.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON instead of text.")
@options.colour
def command(
    spec: str,
    trace: str,
    kinds: tuple[tuple[str, str], ...],
    whole: bool,
    as_json: bool,
    no_color: bool,
) -> int:
    """Say whether a recorded history can have happened in an order as SPEC wants it.

    SPEC is a name (e_order, …) or FILE:Class, a spec of your own. TRACE holds events, one
    a line, as JSON; or the run of a model: a trace that `verify --output` wrote, or ITF.
    `-` is the standard input.
    If there is no such order, the smallest set of events that contradict each other is
    shown. See docs/histories.md.
    """
    from ordercheck.cli.checking_trace import check_trace

    return check_trace(spec, trace, dict(kinds), whole, as_json, no_color)
