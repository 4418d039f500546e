"""Values as text, the same for Python's objects and for the values of the IR.

A pooled component's number means nothing, so it is called by the order in which it is
found when a state is looked through from its fixed components on.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any, assert_never

from ordercheck.ir.domains import contains, domain
from ordercheck.ir.types import (
    ABSENT,
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
    Value,
)
from ordercheck.language import Array, Bag, Component, Map, Seq, Set, Task
from ordercheck.language.places import Place

Name = Callable[[Any], str]
"""What a component or a task is called."""


def _row(parts: Iterable[str]) -> str:
    return f"({', '.join(parts)})"


def _unordered(parts: Iterable[str]) -> str:
    return f"{{{', '.join(sorted(parts))}}}"


def show_object(value: object, name: Name) -> str:
    """A Python value, or what a place holds."""

    def show(inner: object) -> str:
        return show_object(inner, name)

    match value:
        case Enum():
            return f"{type(value).__name__}.{value.name}"
        case bool() | int() | str() | None:
            return repr(value)
        case Component() | Task():
            return name(value)
        case Seq(items=items) | Array(items=items):
            return _row(map(show, items))
        case Set(items=members):
            return _unordered(map(show, members))
        case Map(items_now=entries):
            return _unordered(f"{show(k)}: {show(v)}" for k, v in entries.items())
        case Bag(items=items):
            return _unordered(map(show, items))
        case Place():
            raise AssertionError(value)
        case tuple() | list() | range():
            return _row(map(show, value))
        case set() | frozenset():
            return _unordered(map(show, value))
        case dict():
            return _unordered(f"{show(k)}: {show(v)}" for k, v in value.items())
        case _ if dataclasses.is_dataclass(value):
            fields = (show(getattr(value, f.name)) for f in dataclasses.fields(value))
            return type(value).__name__ + _row(fields)
        case _:
            return repr(value)


@dataclasses.dataclass(frozen=True)
class Decoder:
    """Shows values of the IR; components and tasks are numbers there."""

    component: Callable[[int], str]
    task: Callable[[int], str]

    def show(self, value: Value, kind: Type) -> str:
        """A value of a type."""
        match kind:
            case BoolType() | IntType() | TextType() | NoneType() | NeverType():
                return repr(value)
            case EnumType():
                return str(value)
            case TupleType(items=items):
                return _row(map(self.show, value, items))
            case ListType(item=item):
                return _row(self.show(each, item) for each in value)
            case SetType(domain=inner):
                return _unordered(self.show(each, inner) for each in value)
            case MapType(key=key, value=item):
                rows = zip(domain(key), value, strict=True)
                shown = (
                    f"{self.show(k, key)}: {self.show(v, item)}" for k, v in rows if v is not ABSENT
                )
                return _unordered(shown)
            case BagType(domain=inner):
                rows = zip(domain(inner), value, strict=True)
                return _unordered(self.show(v, inner) for v, n in rows for _ in range(n))
            case StructType(name=name, fields=fields):
                inner_kinds = (inner for _, inner in fields)
                return name + _row(map(self.show, value[1:], inner_kinds))
            case UnionType(options=options):
                fitting = [option for option in options if contains(option, value)]
                return self.show(value, fitting[0]) if fitting else repr(value)
            case TaskType():
                return self.task(value)
            case RefType():
                return self.component(value)
            case PlaceType():
                return f"slot {value}"
            case _:
                assert_never(kind)

    def slots(self, values: tuple[Value, ...], shape: Type | ArrayShape) -> str:
        """What the slots of a place hold."""
        if isinstance(shape, ArrayShape):
            assert not isinstance(shape.item, ArrayShape)
            return _row(self.show(value, shape.item) for value in values)
        return self.show(values[0], shape)
