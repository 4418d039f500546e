"""Options that several commands share. Imports nothing of ordercheck's: `--help` must be quick."""

from __future__ import annotations

import re
from collections.abc import Callable
from math import isfinite
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

F = TypeVar("F", bound=Callable[..., Any])

ENGINES = ("auto", "native", "interpreter", "z3")
"""The names in `checking.engines`."""

STEPPING = ("auto", "native", "interpreter")
"""Those that take one step after another."""

LEAST_MEMORY = 64 << 20
"""Bytes: a bound below what Python and ordercheck take up ends every run before it begins."""


class ModelPath(click.ParamType):  # type: ignore[type-arg]  # no generic before click 8.3
    """FILE, FILE:Class or a folder; completed as files, then as the classes in one."""

    name = "file"

    def convert(
        self, value: Any, parameter: click.Parameter | None, context: click.Context | None
    ) -> Any:
        """The text as it is."""
        if not value:
            self.fail("the file has no name", parameter, context)
        return value

    def shell_complete(
        self, context: click.Context, parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Files, or after a colon the models in a file."""
        file, colon, start = incomplete.partition(":")
        if not colon:
            return [CompletionItem(incomplete, type="file")]
        names = [name for name in class_names(file) if name.startswith(start)]
        return [CompletionItem(f"{file}:{name}") for name in names]


def class_names(file: str) -> list[str]:
    """Classes that a file defines, by a look at its text alone."""
    try:
        with open(file, encoding="utf-8") as stream:
            return re.findall(r"^class (\w+)", stream.read(), re.MULTILINE)
    except (OSError, UnicodeDecodeError):
        return []


class VariantName(click.ParamType):  # type: ignore[type-arg]  # no generic before click 8.3
    """A variant of the models given before."""

    name = "variant"

    def shell_complete(
        self, context: click.Context, parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The variants' names, by a look at the files' text alone."""
        names: list[str] = []
        # A line that ends in an option without its value is not parsed to the end.
        for path in context.params.get("files") or context.args:
            try:
                with open(path.partition(":")[0], encoding="utf-8") as stream:
                    names += re.findall(r"\bvariant\(\s*[\"']([^\"']+)[\"']", stream.read())
            except (OSError, UnicodeDecodeError):
                continue
        return [CompletionItem(name) for name in names if name.startswith(incomplete)]


class NamedFile(click.Path):
    """A file to read or to write; it has a name."""

    def convert(
        self, value: Any, parameter: click.Parameter | None, context: click.Context | None
    ) -> Any:
        """The path as it is."""
        if not value:
            self.fail("the file has no name", parameter, context)
        return super().convert(value, parameter, context)


class Seconds(click.FloatRange):
    """A time: more than none, and not what only Python calls a number."""

    def __init__(self) -> None:
        super().__init__(min=0, min_open=True)

    def convert(
        self, value: Any, parameter: click.Parameter | None, context: click.Context | None
    ) -> Any:
        """Seconds."""
        seconds = super().convert(value, parameter, context)
        if not isfinite(seconds):
            self.fail(f"{value!r} is not a number of seconds", parameter, context)
        return seconds


class Assignment(click.ParamType):  # type: ignore[type-arg]  # no generic before click 8.3
    """NAME=VALUE."""

    name = "name=value"

    def convert(
        self, value: Any, parameter: click.Parameter | None, context: click.Context | None
    ) -> tuple[str, str]:
        """The two halves."""
        if isinstance(value, tuple):
            return value[0], value[1]
        name, equals, text = str(value).partition("=")
        if not equals or not name.strip():
            self.fail(f"{value!r} is not of the form name=value", parameter, context)
        return name.strip(), text.strip()


class Size(click.ParamType):  # type: ignore[type-arg]  # no generic before click 8.3
    """An amount of memory: a number of bytes, or one with K, M or G."""

    name = "size"

    def convert(
        self, value: Any, parameter: click.Parameter | None, context: click.Context | None
    ) -> int:
        """Bytes."""
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", str(value).strip(), re.I)
        if not found:
            self.fail(f"{value!r} is not a size such as 500M or 2G", parameter, context)
        power = " KMGT".index(found[2].upper() or " ")
        size = int(float(found[1]) * 1024**power)
        if size < LEAST_MEMORY:
            least = f"the least is {LEAST_MEMORY >> 20}M, which ordercheck itself needs"
            meant = "" if found[2] or not size else f"; for gigabytes write {found[1]}G"
            self.fail(f"{value!r} is too little: {least}{meant}", parameter, context)
        return size


def settings(function: F) -> F:
    """--set."""
    return click.option(
        "--set",
        "assignments",
        multiple=True,
        type=Assignment(),
        metavar="NAME=VALUE",
        help="Set a parameter of the model (may be repeated).",
    )(function)


def additions(function: F) -> F:
    """--spec and --invariant."""
    function = click.option(
        "--invariant",
        "invariants",
        multiple=True,
        metavar="EXPR",
        help="Check this, too, in every state: an expression over `self` (may be repeated).",
    )(function)
    return click.option(
        "--spec",
        "specs",
        multiple=True,
        type=NamedFile(),
        metavar="FILE",
        help="Attach the specs in this file, or one with FILE:Class (may be repeated).",
    )(function)


def watches(function: F) -> F:
    """--show."""
    return click.option(
        "--show",
        "watches",
        multiple=True,
        metavar="EXPR",
        help="Show the value of this expression in traces (may be repeated).",
    )(function)


def long(function: F) -> F:
    """--long."""
    return click.option(
        "--long",
        is_flag=True,
        help="Tell traces at full length, also those that do not fit on a screen.",
    )(function)


def limits(function: F) -> F:
    """--max-states, --max-depth, --max-seconds, --max-memory and --spill."""
    for option in (
        click.option(
            "--spill",
            type=click.Path(exists=True, file_okay=False),
            metavar="DIR",
            help="Where it then keeps what it has found (default: the system's temporary files).",
        ),
        click.option(
            "--max-memory",
            type=Size(),
            metavar="SIZE",
            help="Use no more memory than this, such as 2G; the native engine goes on from disk.",
        ),
        click.option(
            "--max-seconds",
            type=Seconds(),
            metavar="S",
            help="Stop a run after this time.",
        ),
        click.option(
            "--max-depth",
            "--depth",
            "max_depth",
            type=click.IntRange(min=1),
            metavar="N",
            help="Stop after N levels; the initial states are the first.",
        ),
        click.option(
            "--max-states",
            type=click.IntRange(min=1),
            metavar="N",
            help="Stop after N states.",
        ),
    ):
        function = option(function)
    return function


def workers(function: F) -> F:
    """--workers."""
    return click.option(
        "--workers",
        type=click.IntRange(min=1, max=256),
        metavar="N",
        help="Use so many cores: for several runs at a time, for the threads of a large one "
        "(default: all).",
    )(function)


def compiler(function: F) -> F:
    """--cc."""
    return click.option(
        "--cc",
        "compiler",
        metavar="COMMAND",
        help="The C compiler of the native engine (default: $CC, cc, gcc, clang, or ziglang's).",
    )(function)


def stepping_engine(function: F) -> F:
    """--engine, of those that take single steps, and --cc."""
    return click.option(
        "--engine",
        type=click.Choice(STEPPING),
        default="auto",
        show_default=True,
        help="What takes the steps: generated C (native), the interpreter, or what suits the "
        "model (auto).",
    )(compiler(function))


def max_memory(function: F) -> F:
    """--max-memory, where the search ends there."""
    return click.option(
        "--max-memory",
        type=Size(),
        metavar="SIZE",
        help="Use no more memory than this, such as 2G (native engine).",
    )(function)


def engine(function: F) -> F:
    """--engine, --workers and --cc."""
    function = compiler(function)
    return click.option(
        "--engine",
        type=click.Choice(ENGINES),
        default="auto",
        show_default=True,
        help="What searches: generated C (native), the interpreter, what suits the model (auto), "
        "or z3, to a --depth.",
    )(workers(function))


def colour(function: F) -> F:
    """--no-color."""
    return click.option(
        "--no-color",
        "no_color",
        is_flag=True,
        help="Write without colour (as with NO_COLOR set).",
    )(function)
