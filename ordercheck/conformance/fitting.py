"""Whether what a log says can be a value of the model at all, and what it would have to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ordercheck.conformance.agreement import agrees
from ordercheck.conformance.log import MOST_WRONG, Log, key_of
from ordercheck.ir.span import BadInput, Diagnostic, Span
from ordercheck.ir.types import (
    ArrayShape,
    BagType,
    BoolType,
    EnumType,
    IntType,
    ListType,
    MapType,
    NeverType,
    NoneType,
    PlaceType,
    RefType,
    SetType,
    StructType,
    TaskType,
    TextType,
    TupleType,
    Type,
    UnionType,
)

MOST_NAMES = 8
"""Members of an enumeration, or texts, that are listed."""


Kinds = Mapping[str, Type | ArrayShape]
"""Of what type each expression of a log is."""


def check_values(log: Log, kinds: Kinds) -> None:
    """Raise BadInput with each value of a log that cannot be one of its expression."""
    wrong = []
    for name, value in log.start:
        if not fits(kinds[name], value):
            wrong.append(_misfit(log.in_header(name), name, kinds[name]))
    for line in log.lines:
        for name, value in line.values:
            if not fits(kinds[name], value):
                wrong.append(_misfit(key_of(line.span, line.text, name), name, kinds[name]))
    if wrong:
        raise BadInput(*wrong[:MOST_WRONG])


def _misfit(span: Span, name: str, kind: Type | ArrayShape) -> Diagnostic:
    return Diagnostic(
        "E920", f"no value of {name} is logged like this", span, help=f"it is {in_words(kind)}"
    )


def impossible(log: Log, line: int, kinds: Kinds) -> list[str]:
    """Of a line, what its expressions can be, where it says something else: out of range."""
    if line >= len(log.lines):
        return []
    return [
        f"{name} is {in_words(kinds[name])}"
        for name, value in log.lines[line].values
        if not is_possible(kinds[name], value)
    ]


def fits(kind: Type | ArrayShape, logged: Any) -> bool:
    """Whether some value of this type, its range aside, is logged like that."""
    match kind:
        case BoolType():
            return isinstance(logged, bool)
        case IntType():
            return isinstance(logged, int | float) and not isinstance(logged, bool)
        case NoneType():
            return logged is None
        case TextType() | EnumType() | TaskType() | RefType() | PlaceType():
            return isinstance(logged, str)
        case TupleType(items=items):
            return _is_list(logged, len(items)) and all(map(fits, items, logged))
        case ListType(item=item) | SetType(domain=item):
            return isinstance(logged, list) and all(fits(item, each) for each in logged)
        case ArrayShape(item=item):
            return _is_list(logged, kind.length) and all(fits(item, each) for each in logged)
        case MapType(value=value):
            return isinstance(logged, dict) and all(fits(value, x) for x in logged.values())
        case BagType():
            return isinstance(logged, dict) and all(fits(IntType(), x) for x in logged.values())
        case StructType(fields=fields):
            return (
                isinstance(logged, dict)
                and set(logged) == {name for name, _ in fields}
                and all(fits(each, logged[name]) for name, each in fields)
            )
        case UnionType(options=options):
            return any(fits(option, logged) for option in options)
        case NeverType():
            return True


def in_words(kind: Type | ArrayShape) -> str:
    """What a log says of such a value: `a number from 0 to 3`, `a list, each a number`."""
    match kind:
        case BoolType():
            return "true or false"
        case IntType(lo=int(lo), hi=int(hi)):
            return f"a number from {lo} to {hi}"
        case IntType():
            return "a number"
        case NoneType():
            return "null"
        case TextType(values=names) | EnumType(members=names):
            return _names(names)
        case TaskType() | RefType() | PlaceType():
            return "a name, as traces have it"
        case TupleType(items=items):
            return f"a list of {len(items)}: {', '.join(map(in_words, items))}"
        case ListType(item=item) | SetType(domain=item):
            return f"a list, each {in_words(item)}"
        case ArrayShape(item=item, length=length):
            return f"a list of {length}, each {in_words(item)}"
        case MapType(value=value):
            return f"an object, each value {in_words(value)}"
        case BagType():
            return "an object, each value a number: how often its key is there"
        case StructType(fields=fields):
            return f"an object with {', '.join(name for name, _ in fields)}"
        case UnionType(options=options):
            return " or ".join(map(in_words, options))
        case NeverType():
            return "anything"


def is_possible(kind: Type | ArrayShape, logged: Any) -> bool:
    """Whether a logged value that fits lies within the type's range, as far as that is known."""
    match kind:
        case IntType(lo=lo, hi=hi):
            return (lo is None or lo <= logged) and (hi is None or logged <= hi)
        case TextType(values=names) | EnumType(members=names):
            return any(agrees(logged, name) for name in names)
        case TupleType(items=items):
            return all(map(is_possible, items, logged))
        case ListType(item=item) | SetType(domain=item) | ArrayShape(item=item):
            return all(is_possible(item, each) for each in logged)
        case MapType(value=value):
            return all(is_possible(value, each) for each in logged.values())
        case StructType(fields=fields):
            return all(is_possible(each, logged[name]) for name, each in fields)
        case UnionType(options=options):
            return any(fits(o, logged) and is_possible(o, logged) for o in options)
        case _:
            return True


def _is_list(logged: Any, length: int) -> bool:
    return isinstance(logged, list) and len(logged) == length


def _names(names: tuple[str, ...]) -> str:
    shown = [f'"{name.rpartition(".")[2]}"' for name in names[:MOST_NAMES]]
    return "one of " + ", ".join(shown) + (", …" if len(names) > MOST_NAMES else "")
