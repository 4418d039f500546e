"""Writing: to the terminal in its style, and to files whole or not at all."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

from ordercheck.ir.span import BadInput, Diagnostic, Span
from ordercheck.report.diagnostics import render_diagnostics
from ordercheck.report.style import style_of

if TYPE_CHECKING:
    from ordercheck.traces.trace import Trace

PREFIX = ".ordercheck-"
"""How the names of files begin that are not yet whole."""
LINES = 50
"""Lines of a screen: what a trace may take, if its whole length is not asked for."""


class Screen:
    """Standard output and standard error, each with what it can show."""

    def __init__(self, no_color: bool = False) -> None:
        """What this process writes to; `no_color` whatever the terminals can."""
        _never_fail(sys.stdout)
        _never_fail(sys.stderr)
        self.style = style_of(sys.stdout, plain=no_color)
        self.error_style = style_of(sys.stderr, plain=no_color)
        self._after_empty_line = False

    def say(self, text: str = "") -> None:
        """A line, or several, for the reader; at once, since what follows may take long."""
        text = text if text.endswith("\n") else text + "\n"
        sys.stdout.write(text)
        sys.stdout.flush()
        self._after_empty_line = text.endswith("\n\n") or text == "\n"

    def tell_trace(self, trace: Trace, heading: str = "", long: bool = False) -> None:
        """A trace below its heading, both on one screen unless its whole length is wanted."""
        from ordercheck.report.terminal import render_trace  # heavy, and most runs have none

        room = None if long else LINES - heading.count("\n")
        self.say(heading + render_trace(trace, self.style, room))

    def part(self) -> None:
        """An empty line, unless the last one is empty already."""
        if not self._after_empty_line:
            self.say()

    def remark(self, text: str) -> None:
        """A line beside what is written, on standard error."""
        sys.stdout.flush()
        with suppress(OSError):
            sys.stderr.write(f"note: {text}\n")
            sys.stderr.flush()

    def complain(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Diagnostics, on standard error; where that cannot be written, the exit code must do."""
        sys.stdout.flush()
        with suppress(OSError):
            sys.stderr.write(render_diagnostics(diagnostics, self.error_style))
            sys.stderr.flush()


def _never_fail(stream: TextIO) -> None:
    """What the terminal's encoding lacks is replaced: names in models may be in any script."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")


def told_as_bad_input(error: Exception, arguments: Sequence[str]) -> bool:
    """Whether the error was an author's mistake, which is then told."""
    if not isinstance(error, BadInput):
        return False
    Screen("--no-color" in arguments).complain(error.diagnostics)
    return True


def bad_file(code: str, headline: str, file: str, help: str = "") -> BadInput:
    """BadInput about a whole file."""
    return BadInput(Diagnostic(code, headline, Span(file, 0, 0, 0, 0), help=help))


def make_folder(path: str) -> None:
    """Make a folder, unless it is there; BadInput if files cannot be written in it."""
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from None
    check_writable(os.path.join(path, PREFIX))


def check_writable(file: str) -> None:
    """Raise BadInput now if `write_whole` could not write this file later."""
    if os.path.isdir(file):
        raise bad_file("E901", f"cannot write {file}: it is a folder", file)
    if _is_device(file):
        if not os.access(file, os.W_OK):
            raise bad_file("E901", f"cannot write {file}: permission denied", file)
        return
    import tempfile  # brings ten modules, and few runs write a file

    try:
        handle, name = tempfile.mkstemp(dir=_folder(file), prefix=PREFIX)
    except OSError as error:
        raise _unwritable(file, error) from None
    os.close(handle)
    os.unlink(name)


def write_whole(file: str, text: str) -> None:
    """Write a file so that nobody ever sees half of it; BadInput if that is impossible.

    Something that is no file, such as a device or a pipe, is written to as it is.
    """
    import tempfile

    name = ""
    try:
        if _is_device(file):
            with open(file, "w", encoding="utf-8") as stream:
                stream.write(text)
            return
        handle, name = tempfile.mkstemp(dir=_folder(file), prefix=PREFIX)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, os.path.realpath(file))
    except OSError as error:
        with suppress(OSError):
            os.unlink(name)
        raise _unwritable(file, error) from None


def _is_device(file: str) -> bool:
    """Whether this is there and must not be replaced by a file."""
    return os.path.exists(file) and not os.path.isfile(file)


def _folder(file: str) -> str:
    """Where a file's text is written before it replaces the file: beside it, links followed."""
    return os.path.dirname(os.path.realpath(file))


def _unwritable(file: str, error: OSError) -> BadInput:
    reason = error.strerror or str(error)
    return bad_file("E901", f"cannot write {file}: {reason[:1].lower()}{reason[1:]}", file)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
