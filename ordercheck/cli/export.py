"""`ordercheck export TRACE`."""

from __future__ import annotations

import click

from ordercheck.cli import options


@click.command("export")
@click.argument("trace", type=options.NamedFile())
@click.option(
    "--format",
    "format_",
    type=click.Choice(["itf", "mermaid", "markdown"]),
    help="What to write; without it, what the name of --output ends in: .itf.json, .mmd or .md.",
)
@click.option(
    "--output", "-o", type=options.NamedFile(), metavar="FILE", help="Write to this file."
)
@click.option(
    "--model",
    type=options.ModelPath(),
    metavar="FILE",
    help="The model, if it is no longer where the trace says. (Only itf needs it.)",
)
@options.colour
def command(
    trace: str, format_: str | None, output: str | None, model: str | None, no_color: bool
) -> int:
    """Write TRACE, a file that `verify --output` wrote, in another format.

    itf is what Apalache and Quint write and their tools read; mermaid is a sequence
    diagram, markdown a comment for a review.
    """
    from ordercheck.cli.exporting import export

    return export(trace, format_, output, model, no_color)
