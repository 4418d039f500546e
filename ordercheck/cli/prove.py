"""`ordercheck prove MODEL`."""

from __future__ import annotations

from typing import Any

import click

from ordercheck.cli import options

CODES = """\
Exit codes:

\b
  0    every claim holds, however long a run is
  1    a run violates one
  2    the input cannot be used
  3    not proved, which does not mean that anything is wrong
  130  interrupted"""


@click.command("prove", epilog=CODES)
@click.argument("model", type=options.ModelPath())
@options.settings
@click.option(
    "--variant",
    type=options.VariantName(),
    metavar="NAME",
    help="Start from this variant's parameters.",
)
@options.additions
@click.option(
    "--assuming",
    multiple=True,
    metavar="EXPR",
    help="Take this for granted of every state that a run can reach, without a proof "
    "(may be repeated).",
)
@click.option(
    "--depth",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    metavar="K",
    help="Try inductions over at most so many steps.",
)
@click.option(
    "--max-seconds",
    type=options.Seconds(),
    metavar="S",
    help="Stop after this time.",
)
@click.option(
    "--traces",
    type=click.Choice(["none", "first", "all"]),
    default="first",
    show_default=True,
    help="Of which claims that are not proved to show why.",
)
@options.colour
def command(**arguments: Any) -> int:
    """Prove that the claims of MODEL (FILE or FILE:Class) hold at every depth.

    By induction: what holds in the first K levels, and after any K states in a row in
    which it holds, holds for ever. All invariants, step invariants, that no step fails,
    and that nothing gets stuck are proved together, so --invariant EXPR also helps to
    prove the others.
    """
    from ordercheck.cli.proving import Request, prove

    return prove(Request(**arguments))
