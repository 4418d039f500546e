"""`ordercheck`: the commands by name, and what becomes of whatever they raise."""

from __future__ import annotations

import errno
import gc
import importlib
import os
import sys
from collections.abc import Sequence
from typing import TextIO

import click

from ordercheck.cli.codes import (
    BAD_INPUT,
    DEFECT,
    EXIT_CODES,
    INCONCLUSIVE,
    INTERRUPTED,
    OK,
    READER_GONE,
)

COMMANDS = {
    "verify": "Check every variant of a model, or one configuration.",
    "replay": "Play a kept trace through its model again.",
    "export": "Write a kept trace in a format for other programs.",
    "graph": "Write the graph of a model's states and steps.",
    "resume": "Go on with a search that was saved.",
    "prove": "Prove that a model's claims hold at every depth.",
    "simulate": "Take random runs of a model.",
    "synthesize": "Find the smallest sets of flags with which a model holds.",
    "conform": "Hold the log of a real run against a model.",
    "check-trace": "Judge a recorded history by a spec of its order.",
    "show": "Show what a model consists of.",
    "ir": "Print the program that a model is compiled to.",
    "new": "Write a first model and its test.",
    "completion": "Print the completion script of a shell.",
}
"""Names and one line each, here so that `ordercheck --help` need not import them."""

COLLECT_AFTER = 100_000
"""Objects made and kept before Python looks for cycles: hardly any of ours are in one."""


class _Commands(click.Group):
    """Imports a command when it is called for."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"ordercheck.cli.{name.replace('-', '_')}")
        found: click.Command = module.command
        return found

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, context: click.Context, arguments: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = arguments[0]
        if name not in COMMANDS and name.split(":", 1)[0].endswith(".py"):
            message = f"No such command '{name}'. Did you mean: ordercheck verify {name}"
            raise click.UsageError(message, context)
        return super().resolve_command(context, arguments)


def _print_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        from ordercheck import __version__

        click.echo(f"ordercheck {__version__}")
        context.exit()


@click.command(
    cls=_Commands, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
def cli() -> None:
    """Check the ordering and concurrency of a design before its code ships.

    Begin with `ordercheck new first`, then `ordercheck verify first.py`.
    """


def run(arguments: Sequence[str]) -> int:
    """The exit code of a command line; whatever goes wrong has been told by then."""
    try:
        code = cli.main(list(arguments), prog_name="ordercheck", standalone_mode=False)
        sys.stdout.flush()
    except (click.Abort, KeyboardInterrupt):
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        if isinstance(error, click.BadOptionUsage):
            print(_option_help(arguments[0], error.option_name), end="", file=sys.stderr)
        return BAD_INPUT
    except (BrokenPipeError, SystemExit) as error:
        if isinstance(error, SystemExit) and error.code != 1:
            raise  # so ends what completes a command line
        # Whoever read our output has gone: click makes an exit with 1 of that.
        _write_no_more()
        return READER_GONE
    except MemoryError:
        # Nothing is imported, or asked for, that would need more of it.
        print("error: there is not enough memory for it", file=sys.stderr)
        return INCONCLUSIVE
    except Exception as error:
        from ordercheck.cli.output import told_as_bad_input

        if told_as_bad_input(error, arguments):
            return BAD_INPUT
        if _is_about_output(error):
            _write_no_more()
            print(f"error: the output cannot be written: {_reason(error)}", file=sys.stderr)
            return BAD_INPUT
        from ordercheck.cli.crash import report_crash

        report_crash(error, arguments)
        return DEFECT
    return code if isinstance(code, int) else OK


def _option_help(command: str, option: str) -> str:
    """What `--help` says of one option: an error of click's about it names it alone."""
    with click.Context(cli) as context:
        of = cli.get_command(context, command) or cli
        parameters = [each for each in of.params if option in (*each.opts, *each.secondary_opts)]
        records = [each.get_help_record(context) for each in parameters]
    formatter = click.HelpFormatter()
    with formatter.indentation():
        formatter.write_dl([record for record in records if record] or [(option, "")])
    return formatter.getvalue()


def _is_about_output(error: Exception) -> bool:
    """Whether it is our output that cannot be written; a file's name is told where there is one."""
    full = (errno.ENOSPC, errno.EDQUOT, errno.EIO)
    return isinstance(error, OSError) and error.errno in full and error.filename is None


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", "") or str(error)
    return text[:1].lower() + text[1:]


def _write_no_more() -> None:
    """Nothing more can be told, not even what is left to be written at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _with_streams() -> None:
    """Standard output and error, also where whoever started us has closed them."""
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()


def _nowhere() -> TextIO:
    return os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")


def main() -> None:
    """Run the command line of this process, and exit."""
    _with_streams()
    gc.set_threshold(COLLECT_AFTER)
    sys.exit(run(sys.argv[1:]))
