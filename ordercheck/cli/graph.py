"""`ordercheck graph MODEL`."""

from __future__ import annotations

from typing import Any

import click

from ordercheck.cli import options

FORMATS = ("dot", "svg", "json", "graphml")


@click.command("graph")
@click.argument("model", type=options.ModelPath())
@options.settings
@click.option(
    "--variant",
    type=options.VariantName(),
    metavar="NAME",
    help="The graph of this variant of the model.",
)
@options.additions
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    help="What to write; without it, what the name of --output ends in, else dot.",
)
@click.option(
    "--output", "-o", type=options.NamedFile(), metavar="FILE", help="Write to this file."
)
@click.option(
    "--group-by",
    metavar="EXPR",
    help="One node for all states in which this expression over `self` has the same value.",
)
@click.option(
    "--around",
    metavar="EXPR",
    help="Only what is near the states where this is true; or near a state, by its number.",
)
@click.option(
    "--distance",
    type=click.IntRange(min=0),
    metavar="N",
    help="How many steps from there, forwards and backwards; without it, one.",
)
@click.option(
    "--to",
    metavar="EXPR",
    help="Only the paths to the states where this is true; or to a state, by its number; "
    "or to where a property, by its name, is violated (one that is @reachable: true).",
)
@click.option("--shortest", is_flag=True, help="Of these paths, only the shortest.")
@click.option(
    "--max-nodes",
    type=click.IntRange(min=1),
    metavar="N",
    help="Draw up to N nodes (else 150, in dot 500); json and graphml take any number.",
)
@click.option("--max-states", type=click.IntRange(min=1), metavar="N", help="Stop after N states.")
@click.option("--max-depth", type=click.IntRange(min=1), metavar="N", help="Stop after N levels.")
@options.stepping_engine
@options.max_memory
@options.colour
def command(**arguments: Any) -> int:
    """Write the graph of MODEL's states and steps.

    MODEL is FILE or FILE:Class. Its states are numbered from 0, as the search finds
    them. --around and --to cut a part out of the graph, --group-by then collapses what
    is left, so that a picture stays readable.
    """
    from ordercheck.cli.graphing import Request, graph

    if arguments["shortest"] and arguments["to"] is None:
        raise click.UsageError("--shortest is about the paths of --to: say where to")
    if arguments["distance"] is not None and arguments["around"] is None:
        raise click.UsageError("--distance is counted from the states of --around: say which")
    return graph(Request(**arguments))
