"""How types relate: which contain which, and which could share a value."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

from ordercheck.ir.types import (
    BagType,
    EnumType,
    IntType,
    ListType,
    MapType,
    NeverType,
    PlaceType,
    RefType,
    SetType,
    StructType,
    TextType,
    TupleType,
    Type,
    UnionType,
    options_of,
)


def includes(outer: Type, inner: Type) -> bool:
    """Whether every value of `inner` is surely one of `outer`, written the same way."""
    if outer == inner:
        return True
    match outer, inner:
        case _, NeverType():
            return True
        case _, UnionType(options=options):
            return all(includes(outer, option) for option in options)
        case UnionType(options=options), _:
            return any(includes(option, inner) for option in options)
        case IntType(), IntType():
            above = outer.lo is None or (inner.lo is not None and outer.lo <= inner.lo)
            below = outer.hi is None or (inner.hi is not None and inner.hi <= outer.hi)
            return above and below
        case TextType(), TextType():
            return set(inner.values) <= set(outer.values)
        case RefType(), RefType():
            return set(inner.components) <= set(outer.components)
        case PlaceType(), PlaceType():
            return outer.kind == inner.kind and set(inner.slots) <= set(outer.slots)
        case ListType(), ListType():
            short = outer.capacity is None or (
                inner.capacity is not None and inner.capacity <= outer.capacity
            )
            return short and includes(outer.item, inner.item)
        case SetType(), SetType():
            return includes(outer.domain, inner.domain)
        case MapType(), MapType():
            return outer.key == inner.key and includes(outer.value, inner.value)
        case BagType(), BagType():
            return outer.domain == inner.domain and inner.capacity <= outer.capacity
        case (TupleType(), TupleType()) | (StructType(), StructType()):
            return _pairwise(includes, outer, inner)
        case _:
            return False


def compatible(left: Type, right: Type) -> bool:
    """Whether the two could have a value in common, bounds and capacities aside."""
    match left, right:
        case (NeverType(), _) | (_, NeverType()):
            return True
        case (UnionType(), _) | (_, UnionType()):
            return any(compatible(a, b) for a, b in product(options_of(left), options_of(right)))
        case EnumType(), EnumType():
            return left.name == right.name
        case PlaceType(), PlaceType():
            return left.kind == right.kind
        case (PlaceType(), IntType()) | (IntType(), PlaceType()):
            return True
        case ListType(), ListType():
            return compatible(left.item, right.item)
        case SetType(), SetType():
            return compatible(left.domain, right.domain)
        case BagType(), BagType():
            return compatible(left.domain, right.domain)
        case MapType(), MapType():
            return compatible(left.key, right.key) and compatible(left.value, right.value)
        case (TupleType(), TupleType()) | (StructType(), StructType()):
            return _pairwise(compatible, left, right)
        case _:
            return type(left) is type(right)


def _parts(kind: TupleType | StructType) -> tuple[Type, ...]:
    return kind.items if isinstance(kind, TupleType) else tuple(item for _, item in kind.fields)


def _pairwise(relation: Callable[[Type, Type], bool], left: Type, right: Type) -> bool:
    """Whether the parts of two tuples, or of two structs of one name, relate."""
    match left, right:
        case TupleType(), TupleType():
            same = True
        case StructType(), StructType():
            same = left.name == right.name
        case _:
            return False
    a, b = _parts(left), _parts(right)
    return same and len(a) == len(b) and all(map(relation, a, b))
