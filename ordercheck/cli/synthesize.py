"""`ordercheck synthesize MODEL --over …`."""

from __future__ import annotations

from typing import Any

import click

from ordercheck.cli import options

CODES = """\
Exit codes:

\b
  0    there are sets that suffice
  1    not even all flags together do
  2    the input cannot be used
  3    inconclusive: a run reached a limit
  130  interrupted"""


@click.command("synthesize", epilog=CODES)
@click.argument("model", type=options.ModelPath())
@click.option(
    "--over",
    multiple=True,
    required=True,
    metavar="NAME[=VALUE]",
    help="What may be set: each choice of a parameter that is a set, a parameter that is "
    "true or false, or a parameter to be given this value (may be repeated).",
)
@options.settings
@click.option(
    "--variant",
    type=options.VariantName(),
    metavar="NAME",
    help="Start from this variant's parameters.",
)
@options.additions
@click.option(
    "--exhaustive",
    is_flag=True,
    help="Run every set, rather than take it that one more flag never breaks what holds.",
)
@click.option(
    "--traces",
    type=click.Choice(["none", "all"]),
    default="all",
    show_default=True,
    help="Whether to write what goes wrong without each flag of the smallest sets.",
)
@click.option("--max-states", type=click.IntRange(min=1), metavar="N", help="Limit of each run.")
@click.option("--max-seconds", type=options.Seconds(), metavar="SECONDS", help="Limit of each run.")
@options.long
@options.colour
def command(**arguments: Any) -> int:
    """Find all smallest sets of flags with which MODEL (FILE or FILE:Class) holds.

    Such as: which writes need a fence? Which of these repairs cure it? Each flag of a
    smallest set is needed: the trace shows what goes wrong without it.
    """
    from ordercheck.cli.synthesizing import Request, synthesis

    return synthesis(Request(**arguments))
