"""`ordercheck verify FILE…`."""

from __future__ import annotations

from typing import Any

import click

from ordercheck.cli import options
from ordercheck.cli.codes import EXIT_CODES


@click.command("verify", epilog=EXIT_CODES)
@click.argument("files", nargs=-1, required=True, type=options.ModelPath(), metavar="FILE...")
@options.settings
@click.option(
    "--variant",
    "variants",
    multiple=True,
    type=options.VariantName(),
    metavar="NAME",
    help="Run this variant only (may be repeated).",
)
@options.additions
@options.watches
@click.option(
    "--continue",
    "continue_",
    is_flag=True,
    help="Go on after the first violation: find every property that is violated.",
)
@click.option(
    "--traces",
    type=click.Choice(["none", "first", "all"]),
    default="first",
    show_default=True,
    help="Whose traces to write: of no run, of the first violated one, of all.",
)
@options.long
@click.option("--quiet", "-q", is_flag=True, help="Write only what is not as expected, in a line.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object instead.")
@click.option("--markdown", is_flag=True, help="Write Markdown instead, to paste into a review.")
@click.option(
    "--output",
    "-o",
    type=options.NamedFile(),
    metavar="FILE",
    help="Keep the first trace in this file, for `ordercheck replay`; as ITF, Mermaid or "
    "Markdown where its name ends in .itf.json, .mmd or .md.",
)
@options.limits
@options.engine
@click.option(
    "--checkpoint",
    type=click.Path(file_okay=False),
    metavar="DIR",
    help="Save the search there now and then, for `ordercheck resume DIR` (native engine).",
)
@click.option(
    "--hash-compact",
    is_flag=True,
    help="Keep hashes instead of states, to hold more; a state may be missed, and the verdict "
    "says how likely (native engine).",
)
@options.colour
def command(**arguments: Any) -> int:
    """Check models: every variant that they declare.

    FILE is a model's file, FILE:Class one of several models in it, or a folder: all
    models in it. Every variant is run (the default parameters where there are none),
    each gets a line, and the first one that is violated its trace, because that is
    what people come to read. With --set, that one configuration is run, with nothing
    expected of it.
    """
    from ordercheck.cli.session import Request
    from ordercheck.cli.verification import verify

    if arguments["as_json"] and arguments["markdown"]:
        raise click.UsageError("--json and --markdown exclude each other")
    if arguments["checkpoint"] is not None and arguments["engine"] not in ("auto", "native"):
        raise click.UsageError("--checkpoint needs the native engine: leave --engine away")
    if arguments["hash_compact"] and arguments["engine"] not in ("auto", "native"):
        raise click.UsageError("--hash-compact needs the native engine: leave --engine away")
    return verify(Request(**arguments))
