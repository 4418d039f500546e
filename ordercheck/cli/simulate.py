"""`ordercheck simulate MODEL`."""

from __future__ import annotations

from typing import Any

import click

from ordercheck.cli import options

MOST_RUNS = 1_000_000_000_000
"""More than anybody waits for; numbers of runs stay numbers of a machine."""

CODES = """\
Exit codes:

\b
  0    no run violates anything, which proves nothing
  1    a run violates a property
  2    the input cannot be used
  130  interrupted"""


@click.command("simulate", epilog=CODES)
@click.argument("model", type=options.ModelPath())
@options.settings
@click.option(
    "--variant",
    type=options.VariantName(),
    metavar="NAME",
    help="Runs of this variant of the model; nothing is expected of it.",
)
@options.additions
@options.watches
@click.option(
    "--runs",
    type=click.IntRange(min=1, max=MOST_RUNS),
    default=100,
    show_default=True,
    help="How many runs.",
)
@click.option(
    "--steps",
    type=click.IntRange(min=1, max=1_000_000),
    default=100,
    show_default=True,
    help="How many steps a run takes at most.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed, other runs.")
@click.option(
    "--only",
    type=click.IntRange(min=1, max=MOST_RUNS),
    metavar="N",
    help="Take run N of these, and no other.",
)
@click.option(
    "--traces",
    type=options.NamedFile(),
    metavar="FOLDER",
    help="Keep every run in this folder, each a file for `ordercheck replay`.",
)
@click.option(
    "--output",
    "-o",
    type=options.NamedFile(),
    metavar="FILE",
    help="Keep the first run that is wrong in this file, as `verify --output` does.",
)
@options.stepping_engine
@options.workers
@options.max_memory
@options.long
@options.colour
def command(**arguments: Any) -> int:
    """Take random runs of MODEL (FILE or FILE:Class).

    Each step is drawn from all that are possible; invariants, model errors and
    deadlocks are checked on the way. Equal seeds give equal runs, everywhere and with
    every engine. For models that are too large to be checked whole, and to see what a
    model does.
    """
    from ordercheck.cli.simulating import Request, simulate

    return simulate(Request(**arguments))
