"""Values of parameters as text: as Python writes them, and as `--set` takes them."""

from __future__ import annotations

from enum import Enum


def in_python(value: object) -> str:
    """`Mode.SLOW`, not `<Mode.SLOW: 'slow'>`; inside collections, too; sets in order."""
    match value:
        case Enum():
            return f"{type(value).__name__}.{value.name}"
        case tuple() if type(value) is tuple:
            return f"({', '.join(map(in_python, value))}{',' if len(value) == 1 else ''})"
        case list():
            return f"[{', '.join(map(in_python, value))}]"
        case set() | frozenset():
            return f"{{{', '.join(sorted(map(in_python, value)))}}}" if value else "set()"
        case _:
            return repr(value)


def as_setting(value: object) -> str:
    """What stands behind the `=` of `--set NAME=` for a value: `SLOW`, `0,1`."""
    match value:
        case Enum():
            return value.name
        case tuple() | list():
            return ",".join(map(as_setting, value))
        case set() | frozenset():
            return ",".join(sorted(map(as_setting, value)))
        case _:
            return str(value)
