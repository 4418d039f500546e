"""`ordercheck ir MODEL`."""

from __future__ import annotations

import click

from ordercheck.cli import options


@click.command("ir")
@click.argument("model", type=options.ModelPath())
@options.settings
@options.additions
@options.colour
def command(
    model: str,
    assignments: tuple[tuple[str, str], ...],
    specs: tuple[str, ...],
    invariants: tuple[str, ...],
    no_color: bool,
) -> int:
    """Print the program that MODEL (FILE or FILE:Class) is compiled to.

    It is what every engine works from: slots, functions, coroutines, steps,
    properties.
    """
    from ordercheck.cli.loading import Configuration, compiled, one_model
    from ordercheck.cli.output import Screen
    from ordercheck.ir.printer import show

    screen = Screen(no_color)
    found = one_model(model)
    configuration = Configuration(assignments, specs, invariants)
    screen.say(show(compiled(found, configuration)))
    return 0
