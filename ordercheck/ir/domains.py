"""The values of a type: which there are, how many, and the first of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import assert_never

from ordercheck.ir.types import (
    ABSENT,
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


class NotFinite(Exception):
    """A type whose values cannot be listed; the argument is that type."""


def domain(kind: Type) -> Iterator[Value]:
    """All values of a finite type, in declared order; raises NotFinite for any other."""
    match kind:
        case NeverType():
            return
        case BoolType():
            yield from (False, True)
        case IntType(lo=lo, hi=hi):
            if lo is None or hi is None:
                raise NotFinite(kind)
            yield from range(lo, hi + 1)
        case TextType(values=values):
            yield from values
        case EnumType(values=values):
            yield from values
        case NoneType():
            yield None
        case TupleType(items=items):
            yield from product(*(tuple(domain(item)) for item in items))
        case SetType(domain=inner):
            values = tuple(domain(inner))
            for bits in range(1 << len(values)):
                yield frozenset(v for k, v in enumerate(values) if bits >> k & 1)
        case StructType(name=name, fields=fields):
            for row in product(*(tuple(domain(item)) for _, item in fields)):
                yield (name, *row)
        case UnionType(options=options):
            for option in options:
                yield from domain(option)
        case RefType(components=components):
            yield from components
        case ListType(item=item, capacity=int(capacity)):
            values = tuple(domain(item))
            for length in range(capacity + 1):
                yield from product(values, repeat=length)
        case ListType() | MapType() | BagType() | TaskType() | PlaceType():
            raise NotFinite(kind)
        case _:
            assert_never(kind)


def size(kind: Type) -> int:
    """How many values a finite type has; raises NotFinite for any other."""
    match kind:
        case NeverType():
            return 0
        case BoolType():
            return 2
        case IntType(lo=lo, hi=hi):
            if lo is None or hi is None:
                raise NotFinite(kind)
            return max(0, hi - lo + 1)
        case TextType(values=values):
            return len(values)
        case EnumType(members=members):
            return len(members)
        case NoneType():
            return 1
        case TupleType(items=items):
            return _product(items)
        case SetType(domain=inner):
            width = size(inner)
            if width > 24:
                raise NotFinite(kind)
            return int(1 << width)
        case StructType(fields=fields):
            return _product(tuple(item for _, item in fields))
        case UnionType(options=options):
            return sum(size(option) for option in options)
        case RefType(components=components):
            return len(components)
        case ListType(item=item, capacity=int(capacity)):
            width = size(item)
            if width > 1 and capacity * width.bit_length() > 64:
                raise NotFinite(kind)
            return sum(width**length for length in range(capacity + 1))
        case ListType() | MapType() | BagType() | TaskType() | PlaceType():
            raise NotFinite(kind)
        case _:
            assert_never(kind)


def _product(items: tuple[Type, ...]) -> int:
    total = 1
    for item in items:
        total *= size(item)
    return total


def contains(kind: Type, value: Value) -> bool:
    """Whether `value` is one of `kind`'s: what every store into a place checks."""
    match kind:
        case NeverType():
            return False
        case BoolType():
            return isinstance(value, bool)
        case IntType(lo=lo, hi=hi):
            return (
                isinstance(value, int)
                and not isinstance(value, bool)
                and (lo is None or lo <= value)
                and (hi is None or value <= hi)
            )
        case TextType(values=values):
            return value in values
        case EnumType(values=values):
            return value in values
        case NoneType():
            return value is None
        case TupleType(items=items):
            return (
                isinstance(value, tuple)
                and len(value) == len(items)
                and all(contains(item, each) for item, each in zip(items, value, strict=True))
            )
        case ListType(item=item, capacity=capacity):
            return (
                isinstance(value, tuple)
                and (capacity is None or len(value) <= capacity)
                and all(contains(item, each) for each in value)
            )
        case SetType(domain=inner):
            return isinstance(value, frozenset) and all(contains(inner, each) for each in value)
        case MapType(value=item):
            return isinstance(value, tuple) and all(
                each is ABSENT or contains(item, each) for each in value
            )
        case BagType(capacity=capacity):
            return isinstance(value, tuple) and sum(value) <= capacity
        case StructType(name=name, fields=fields):
            return (
                isinstance(value, tuple)
                and bool(value)
                and value[0] == name
                and all(
                    contains(item, each) for (_, item), each in zip(fields, value[1:], strict=True)
                )
            )
        case UnionType(options=options):
            return any(contains(option, value) for option in options)
        case TaskType() | PlaceType():
            return isinstance(value, int)
        case RefType(components=components):
            return value in components
        case _:
            assert_never(kind)


def blank(kind: Type) -> Value:
    """The one fixed value that a dead slot of this type holds."""
    match kind:
        case BoolType():
            return False
        case IntType(lo=lo, hi=hi):
            return lo if lo is not None and lo > 0 else hi if hi is not None and hi < 0 else 0
        case TextType(values=values):
            return values[0]
        case EnumType(values=values):
            return values[0]
        case TaskType():
            return 0
        case NoneType() | NeverType():
            return None
        case TupleType(items=items):
            return tuple(map(blank, items))
        case ListType():
            return ()
        case SetType():
            return frozenset()
        case MapType(key=key):
            return (ABSENT,) * size(key)
        case BagType(domain=inner):
            return (0,) * size(inner)
        case StructType(name=name, fields=fields):
            return (name, *(blank(item) for _, item in fields))
        case UnionType(options=options):
            return None if NoneType() in options else blank(options[0])
        case RefType(components=components):
            return components[0]
        case PlaceType(slots=slots):
            return slots[0]
        case _:
            assert_never(kind)
