"""`ordercheck conform MODEL LOG`."""

from __future__ import annotations

from typing import Any

import click

from ordercheck.cli import options

CODES = """\
Exit codes:

\b
  0    some run of the model looks like the log
  1    none does
  2    the input cannot be used
  3    inconclusive: too many states lie between two lines
  130  interrupted"""


@click.command("conform", epilog=CODES)
@click.argument("model", type=options.ModelPath())
@click.argument("log", type=options.NamedFile())
@options.settings
@click.option(
    "--variant",
    type=options.VariantName(),
    metavar="NAME",
    help="Hold the log against this variant of the model.",
)
@click.option(
    "--max-states",
    type=click.IntRange(min=1),
    metavar="N",
    help="Give up when more than N states lie between two lines (else 1,000,000).",
)
@options.colour
def command(**arguments: Any) -> int:
    """Say whether MODEL (FILE or FILE:Class) can do what LOG tells of a real run.

    LOG has a JSON object a line, each a step that was seen: {"delivered": [1]};
    `-` is the standard input. Steps that nobody saw are filled in.
    """
    from ordercheck.cli.conforming import Request, conforms

    return conforms(Request(**arguments))
