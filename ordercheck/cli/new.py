"""`ordercheck new NAME`."""

from __future__ import annotations

import click


@click.command("new")
@click.argument("name")
def command(name: str) -> int:
    """Write NAME.py, a first model to change, and test_NAME.py, its test.

    Nothing is overwritten.
    """
    from ordercheck.cli.first import write_first

    click.echo(write_first(name))
    return 0
