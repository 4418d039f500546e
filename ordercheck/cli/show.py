"""`ordercheck show MODEL`."""

from __future__ import annotations

import click

from ordercheck.cli import options


@click.command("show")
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
    """Show what MODEL (FILE or FILE:Class) consists of.

    Its parameters, state, actions, properties and variants; the state and the
    actions are those of the parameters' values, defaults unless --set.
    """
    from ordercheck.cli.loading import Configuration, compiled, one_model
    from ordercheck.cli.output import Screen
    from ordercheck.language.texts import in_python
    from ordercheck.report.overview import ParameterLine, VariantLine, render_overview

    screen = Screen(no_color)
    found = one_model(model)
    program = compiled(found, Configuration(assignments, specs, invariants))
    parameters = [
        ParameterLine(
            p.name, in_python(p.default), p.lo, p.hi, tuple(map(in_python, p.choices)), p.help
        )
        for p in found.model.declared_parameters()
    ]
    variants = [
        VariantLine(
            v.name,
            tuple((name, in_python(value)) for name, value in v.parameters.items()),
            str(v.expect) if v.expect else "",
        )
        for v in found.model.variants
    ]
    text = (found.model.__doc__ or "").strip()
    screen.say(render_overview(program, found.name, text, parameters, variants, screen.style))
    return 0
