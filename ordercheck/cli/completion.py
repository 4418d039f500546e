"""`ordercheck completion SHELL`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

WHERE = {
    "bash": 'eval "$(ordercheck completion bash)"    # in ~/.bashrc',
    "zsh": 'eval "$(ordercheck completion zsh)"    # in ~/.zshrc, after compinit',
    "fish": "ordercheck completion fish | source    # in ~/.config/fish/config.fish",
}


@click.command(
    "completion",
    epilog="\b\nTo have it always:\n" + "\n".join(f"  {line}" for line in WHERE.values()),
)
@click.argument("shell", type=click.Choice(list(WHERE)))
def command(shell: str) -> int:
    """Print the completion script of a shell."""
    from ordercheck.cli.main import cli

    found = get_completion_class(shell)
    assert found is not None
    completion = found(cli, {}, "ordercheck", "_ORDERCHECK_COMPLETE")
    # Not source(), which runs bash to see its version, even where there is none.
    click.echo(completion.source_template % completion.source_vars())
    return 0
