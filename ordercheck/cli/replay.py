"""`ordercheck replay TRACE`."""

from __future__ import annotations

import click

from ordercheck.cli import options


@click.command("replay")
@click.argument("trace", type=options.NamedFile())
@click.option(
    "--model",
    type=options.ModelPath(),
    metavar="FILE",
    help="The model, if it is no longer where the trace says.",
)
@options.watches
@options.colour
def command(trace: str, model: str | None, watches: tuple[str, ...], no_color: bool) -> int:
    """Play TRACE through its model again, step by step, and show it.

    TRACE is a file that `verify --output` wrote. Exit code 1 says that the model no
    longer does what the trace tells, and at which step they part.
    """
    from ordercheck.cli.replaying import replay

    return replay(trace, model, watches, no_color)
