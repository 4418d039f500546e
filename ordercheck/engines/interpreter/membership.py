"""Tests of type: what a value still has to prove, given what is known of it."""

from __future__ import annotations

from functools import partial

from ordercheck.engines.interpreter.source import Module
from ordercheck.ir.domains import contains
from ordercheck.ir.relations import includes
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
    options_of,
)


def fits(module: Module, kind: Type, known: Type, name: str) -> str:
    """A test that the value called `name`, known to be a `known`, is a `kind`; "" if it must be."""
    if includes(kind, known):
        return ""
    match kind, known:
        case IntType(), IntType():
            return _in_range(kind, known, name)
        case ListType(capacity=int(room), item=item), ListType() if includes(item, known.item):
            return f"len({name}) <= {room}"
        case UnionType(), UnionType() if NoneType() in known.options and NoneType() in kind.options:
            rest = _without_none(known)
            inner = fits(module, _without_none(kind), rest, name)
            return f"({name} is None or {inner})"
        case _:
            return f"{module.constant(partial(contains, kind), 'has', kind)}({name})"


def _in_range(kind: IntType, known: IntType, name: str) -> str:
    low = kind.lo is not None and (known.lo is None or known.lo < kind.lo)
    high = kind.hi is not None and (known.hi is None or known.hi > kind.hi)
    return (f"{kind.lo} <= " if low else "") + name + (f" <= {kind.hi}" if high else "")


def _without_none(kind: UnionType) -> Type:
    rest = tuple(option for option in kind.options if option != NoneType())
    return rest[0] if len(rest) == 1 else UnionType(rest)


def is_a(module: Module, kind: Type, known: Type, name: str) -> str:
    """A test that the value called `name`, a `known`, is the option `kind` of that union.

    Cheap where the option is the only one that looks as it does.
    """
    options = options_of(known)
    if includes(kind, known):
        return "True"
    match kind:
        case NoneType():
            return f"({name} is None)"
        case StructType(name=struct):
            if NoneType() in options and all(
                isinstance(o, NoneType) or o == kind or getattr(o, "name", "") == struct
                for o in options
            ):
                return f"({name} is not None)"
            if all(isinstance(o, StructType) for o in options):
                return f"({name}[0] == {struct!r})"
            if not any(isinstance(o, (TupleType, ListType, MapType, BagType)) for o in options):
                return f"({name}.__class__ is tuple and {name}[0] == {struct!r})"
    rivals = [o for o in options if o != kind and _looks(o) == _looks(kind)]
    if not rivals and len(options) == 2 and NoneType() in options:
        return f"({name} is not None)"
    others = [o for o in options if _looks(o) == _looks(kind)]
    if all(includes(kind, o) for o in others) and others:
        return f"({name}.__class__ is {_looks(kind)})"
    return f"{module.constant(partial(contains, kind), 'has', kind)}({name})"


def _looks(kind: Type) -> str:
    match kind:
        case BoolType():
            return "bool"
        case IntType() | TaskType() | RefType() | PlaceType():
            return "int"
        case TextType() | EnumType():
            return "str"
        case SetType():
            return "frozenset"
        case NoneType() | NeverType():
            return "None.__class__"
        case _:
            return "tuple"


def families_differ(left: Type, right: Type) -> bool:
    """Whether no value of one type is ever equal to one of the other, however they look.

    A task is never equal to a number. A tuple of bounded length is a list.
    """
    return all(_family(a) != _family(b) for a in options_of(left) for b in options_of(right))


def _family(kind: Type) -> str:
    match kind:
        case BoolType() | IntType():
            return "number"
        case TupleType() | ListType():
            return "sequence"
        case EnumType(name=name) | StructType(name=name):
            return f"{type(kind).__name__} {name}"
        case _:
            return type(kind).__name__
