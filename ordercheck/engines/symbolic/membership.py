"""Whether a symbolic value is one of a type's, and values as ints, bools, lists or sets."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from ordercheck.engines.symbolic.bits import (
    FALSE,
    TRUE,
    Bit,
    all_of,
    any_of,
    constant,
)
from ordercheck.engines.symbolic.numbers import (
    Int,
    Number,
    add,
    bounded,
    from_cases,
    is_equal,
    is_within,
)
from ordercheck.engines.symbolic.values import (
    Dead,
    Family,
    Record,
    Seq,
    Sym,
    merge_all,
    parts,
    union,
)
from ordercheck.ir.domains import contains
from ordercheck.ir.relations import includes
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
)

Fail = Callable[[Bit, str], None]
"""Ends the path where a condition is true, in a model error of a kind."""

UNSOUND = "unsound"
"""The kind of what the IR's types rule out. Should it be reached, the fault is ordercheck's."""


def has(kind: Type, value: Sym) -> Bit:
    """Whether the value is one of the type's, as `ir.types.contains`."""
    return any_of(bit & _has(kind, part) for bit, part in parts(value))


def _has(kind: Type, value: Sym) -> Bit:
    match kind:
        case UnionType(options=options):
            return any_of(_has(option, value) for option in options)
        case IntType(lo=lo, hi=hi):
            return is_within(value, lo, hi) if isinstance(value, (int, Number)) else FALSE
        case TaskType() | PlaceType():
            return constant(isinstance(value, (int, Number)))
        case RefType(components=components):
            if not isinstance(value, (int, Number)):
                return FALSE
            return any_of(is_equal(value, each) for each in components)
        case BoolType():
            return constant(isinstance(value, Bit))
        case TextType(values=values) | EnumType(values=values):
            return constant(isinstance(value, str) and value in values)
        case NoneType() | NeverType():
            return constant(value is None and isinstance(kind, NoneType))
        case StructType(name=name, fields=fields):
            if not isinstance(value, Record) or value.name != name:
                return FALSE
            return all_of(has(t, f) for (_, t), f in zip(fields, value.fields, strict=True))
        case TupleType() | ListType() | MapType() | BagType():
            return _has_list(kind, value) if isinstance(value, Seq) else FALSE
        case SetType(domain=inner):
            if not isinstance(value, Family):
                return FALSE
            return all_of(~bit for v, bit in value.members.items() if not contains(inner, v))
        case _:
            assert_never(kind)


def _has_list(kind: TupleType | ListType | MapType | BagType, value: Seq) -> Bit:
    match kind:
        case TupleType(items=items):
            if len(value.items) < len(items):
                return FALSE
            exact = value.longer(len(items) - 1) & ~value.longer(len(items))
            return exact & all_of(map(has, items, value.items))
        case ListType(item=item, capacity=capacity):
            room = TRUE if capacity is None else ~value.longer(capacity)
            given = zip(value.more, value.items, strict=True)
            return room & all_of(~more | has(item, each) for more, each in given)
        case MapType(value=item):
            return all_of(has(item, each) | ~present(each) for each in value.items)
        case BagType(capacity=capacity):
            return is_within(total(value), None, capacity)
        case _:
            assert_never(kind)


def present(entry: Sym) -> Bit:
    """Whether a map's entry is there."""
    return any_of(bit for bit, part in parts(entry) if part is not ABSENT)


def total(bag: Seq) -> Int:
    """How many values a bag holds."""
    result: Int = 0
    for count in bag.items:
        result = add(result, count)
    return result


# --- as what an operation takes -----------------------------------------------------------


def as_bit(value: Sym, fail: Fail) -> Bit:
    """The value, a bool."""
    if isinstance(value, Bit):
        return value
    found: Bit = _the(value, Bit, fail)
    return found


def as_list(value: Sym, fail: Fail) -> Seq:
    """The value, a tuple or list."""
    if isinstance(value, Seq):
        return value
    found: Seq = _the(value, Seq, fail)
    return found


def as_family(value: Sym, fail: Fail) -> Family:
    """The value, a set."""
    found: Family = _the(value, Family, fail)
    return found


def as_int(value: Sym, fail: Fail) -> Int:
    """The value, an int or a bool, as an int."""
    if isinstance(value, (int, Number)):
        return value
    if isinstance(value, Bit):
        return from_cases({1: value, 0: ~value})
    left: list[tuple[Bit, Sym]] = []
    for bit, part in parts(value):
        if isinstance(part, (int, Number, Bit)):
            left.append((bit, as_int(part, fail)))
        else:
            fail(bit, UNSOUND)
    found: Int = merge_all(left)
    return found


def _the(value: Sym, shape: type, fail: Fail) -> Sym:
    """The value's only part of a shape; that it is another is out of the question."""
    result: Sym = None
    for bit, part in parts(value):
        if isinstance(part, shape):
            result = part
        else:
            fail(bit, UNSOUND)
    if result is None:
        raise Dead
    return result


def narrowed(kind: Type, value: Sym) -> Sym:
    """The value without what it cannot be, given that it is of the type."""
    if isinstance(value, (Bit, str)) or value is None:
        return value
    if isinstance(value, (int, Number)):
        return bounded(value, kind.lo, kind.hi) if isinstance(kind, IntType) else value
    if len(parts(value)) == 1:
        return value
    return union((bit, part) for bit, part in parts(value) if _has(kind, part) is not FALSE)


def checked(kind: Type, known: Type, value: Sym) -> Bit:
    """Whether a value, known to be of one type, is of another."""
    return TRUE if includes(kind, known) else has(kind, value)
