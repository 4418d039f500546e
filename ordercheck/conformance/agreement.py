"""Values in logs and values of models: whether they agree, and how a log would say one."""

from __future__ import annotations

from typing import Any

from ordercheck.engines.transition import ModelError
from ordercheck.traces.values import Record


def agrees(logged: Any, value: Any) -> bool:
    """Whether what JSON says is this plain value (as in traces.values).

    Members of enumerations go by their name alone, too; sets, tuples and sequences are
    lists, structs are objects with their fields, maps objects with the texts of their keys.
    """
    match value:
        case bool() | None:
            return logged is value
        case int():
            # JSON has one kind of numbers; some programs write each as 1.0.
            number = isinstance(logged, int | float) and not isinstance(logged, bool)
            return number and bool(logged == value)
        case str():
            return isinstance(logged, str) and logged in (value, value.rpartition(".")[2])
        case list() | tuple():
            return _same_length(logged, value) and all(map(agrees, logged, value))
        case frozenset():
            return _same_length(logged, value) and all(
                any(agrees(each, item) for each in logged) for item in value
            )
        case Record(fields=fields):
            return _agrees_by_key(logged, dict(fields))
        case dict():
            return _agrees_by_key(logged, {_key(key): each for key, each in value.items()})
        case _:
            return False


def as_logged(value: Any) -> Any:
    """A plain value as a log would have it, for JSON."""
    match value:
        case bool() | None | int() | str():
            return value
        case list() | tuple():
            return [as_logged(each) for each in value]
        case frozenset():
            return sorted((as_logged(each) for each in value), key=repr)
        case Record(fields=fields):
            return {name: as_logged(each) for name, each in fields}
        case dict():
            return {_key(key): as_logged(each) for key, each in value.items()}
        case ModelError(message=message):
            return f"({message})"
        case _:
            raise TypeError(value)


def _same_length(logged: Any, value: Any) -> bool:
    return isinstance(logged, list) and len(logged) == len(value)


def _agrees_by_key(logged: Any, value: dict[str, Any]) -> bool:
    if not isinstance(logged, dict) or len(logged) != len(value):
        return False
    return all(key in logged and agrees(logged[key], each) for key, each in value.items())


def _key(value: Any) -> str:
    return value.rpartition(".")[2] if isinstance(value, str) else str(value)
