"""`ordercheck resume DIR`."""

from __future__ import annotations

from typing import Any

import click

from ordercheck.cli import options
from ordercheck.cli.codes import EXIT_CODES


@click.command("resume", epilog=EXIT_CODES)
@click.argument("folder", metavar="DIR", type=options.NamedFile())
@options.limits
@options.workers
@click.option("--quiet", "-q", is_flag=True, help="Write only what is not as expected, in a line.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object instead.")
@options.colour
def command(folder: str, **arguments: Any) -> int:
    """Go on with a search that `verify --checkpoint DIR` has saved.

    The model and what is checked are those of the search; the limits are not kept. It
    ends with the same figures and the same trace as if it had never been stopped. When it
    has come to its end, the checkpoint is deleted.
    """
    from ordercheck.cli.resuming import resume

    return resume(folder, arguments)
