"""What the front end asks of types: which can be equal, what a list holds, how to name one."""

from __future__ import annotations

from enum import Enum
from typing import assert_never

from ordercheck.ir.nodes import Expr
from ordercheck.ir.types import (
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
    join,
    options_of,
)

BOOL = BoolType()


def is_list(kind: Type) -> bool:
    """Whether values of the type are lists or tuples."""
    return isinstance(kind, ListType | TupleType)


def item_type(kind: Type) -> Type:
    """The type of a list's items."""
    match kind:
        case ListType(item=item):
            return item
        case TupleType(items=items):
            found: Type = NeverType()
            for item in items:
                found = join(found, item)
            return found
        case _:
            return NeverType()


def join_lists(a: Expr, b: Expr) -> ListType:
    """The type of two lists, one after the other."""
    left, right = a.type, b.type
    assert isinstance(left, ListType)
    assert isinstance(right, ListType)
    total = (
        None if left.capacity is None or right.capacity is None else left.capacity + right.capacity
    )
    return ListType(join(left.item, right.item), total)


def comparable(left: Type, right: Type) -> bool:
    """Whether some value of one type can equal some value of the other."""
    for a in options_of(left):
        for b in options_of(right):
            if isinstance(a, NeverType) or isinstance(b, NeverType):
                return True
            numeric = IntType | BoolType
            if isinstance(a, numeric) and isinstance(b, numeric):
                return True
            if isinstance(a, TupleType) and isinstance(b, TupleType):
                if len(a.items) == len(b.items) and not all(map(comparable, a.items, b.items)):
                    continue
                return True
            if is_list(a) and is_list(b):
                return True
            if type(a) is not type(b):
                continue
            if isinstance(a, EnumType | StructType) and isinstance(b, EnumType | StructType):
                if a.name == b.name:
                    return True
                continue
            return True
    return False


def storable(declared: Type, given: Type) -> bool:
    """Whether some value of a type can be stored as one of a declared type.

    Equal values may not be: a variable holds numbers or bools, not the one for the other.
    """
    for a in options_of(declared):
        for b in options_of(given):
            if isinstance(a, BoolType) and isinstance(b, IntType):
                continue
            if isinstance(a, IntType) and isinstance(b, BoolType):
                continue
            if isinstance(a, TupleType) and isinstance(b, TupleType):
                if len(a.items) == len(b.items) and all(map(storable, a.items, b.items)):
                    return True
            elif isinstance(a, StructType) and isinstance(b, StructType) and a.name == b.name:
                if all(map(storable, [k for _, k in a.fields], [k for _, k in b.fields])):
                    return True
            elif comparable(a, b):
                return True
    return False


def ordered(kind: Type) -> bool:
    """Whether any two values of the type can be compared with <."""
    match kind:
        case NeverType() | BoolType() | IntType() | TextType() | EnumType():
            return True
        case TupleType(items=items):
            return all(map(ordered, items))
        case ListType(item=item):
            return ordered(item)
        case UnionType(options=options):
            return all(isinstance(option, IntType | BoolType) for option in options)
        case _:
            return False


def describe_type(kind: Type) -> str:
    """A type in words, for messages."""
    match kind:
        case NeverType():
            return "nothing"
        case BoolType():
            return "a bool"
        case IntType():
            return "a number"
        case TextType():
            return "a string"
        case EnumType(name=name):
            return f"a {name}"
        case NoneType():
            return "None"
        case TupleType():
            return "a tuple"
        case ListType():
            return "a list"
        case SetType():
            return "a set"
        case MapType():
            return "a map"
        case BagType():
            return "a bag"
        case StructType(name=name):
            return f"a {name}"
        case UnionType(options=options):
            return " or ".join(describe_type(option) for option in options)
        case TaskType():
            return "a task"
        case RefType():
            return "a component"
        case PlaceType():
            return "a place"
        case _:
            assert_never(kind)


PLAIN = (bool, int, str, type(None), Enum)


def is_plain(*values: object) -> bool:
    """Whether Python objects are plain values, which Python itself may work on."""
    return all(
        is_plain(*value) if isinstance(value, tuple | frozenset) else isinstance(value, PLAIN)
        for value in values
    )
