"""A defect of ordercheck's: told in two lines, with everything else in a file to be sent."""

from __future__ import annotations

import os
import platform
import shlex
import sys
import tempfile
import traceback
from collections.abc import Sequence

from ordercheck import __version__


def report_crash(error: BaseException, arguments: Sequence[str]) -> None:
    """Write the report file, and say on standard error where it is."""
    name = f"ordercheck-defect-{os.getpid()}.txt"
    text = _report(error, arguments)
    print(f"ordercheck has a defect: {_summary(error)}", file=sys.stderr)
    for folder in (os.getcwd(), tempfile.gettempdir()):
        path = os.path.join(folder, name)
        try:
            with open(path, "w", encoding="utf-8", errors="backslashreplace") as stream:
                stream.write(text)
        except OSError:
            continue
        print(f"Please report it, with your model and this file: {path}", file=sys.stderr)
        return
    print(text, file=sys.stderr)


def _summary(error: BaseException) -> str:
    lines = "".join(traceback.format_exception_only(error)).strip().splitlines()
    return lines[-1] if lines else type(error).__name__


def _report(error: BaseException, arguments: Sequence[str]) -> str:
    versions = [
        f"ordercheck {__version__}",
        f"Python {platform.python_version()} ({platform.python_implementation()})",
        platform.platform(),
    ]
    return "\n".join(
        [
            "A defect of ordercheck's",
            "",
            f"command: ordercheck {shlex.join(arguments)}",
            f"folder:  {os.getcwd()}",
            *versions,
            "",
            "".join(traceback.format_exception(error)),
        ]
    )
