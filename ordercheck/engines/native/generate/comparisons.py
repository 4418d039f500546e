"""Comparing values of any two types."""

from __future__ import annotations

from typing import Final

from ordercheck.engines.native.generate.scope import Scope
from ordercheck.engines.native.generate.shapes import SCALAR, family, real_options, shape_of
from ordercheck.engines.native.generate.values import equal, is_number, less
from ordercheck.ir.nodes import Op
from ordercheck.ir.types import ListType, TupleType, Type, join

ORDERS: Final = frozenset({Op.LT, Op.LE, Op.GT, Op.GE})


def never_equal(left: Type, right: Type) -> bool:
    """Whether no value of one type is ever equal to one of the other."""
    mine = {_kin(option) for option in real_options(left)}
    return not any(_kin(option) in mine for option in real_options(right))


def _kin(kind: Type) -> str:
    if is_number(kind):
        return "number"
    return "sequence" if isinstance(kind, TupleType | ListType) else family(kind)


def common(left: Type, right: Type) -> Type:
    """A type as whose values both can be compared."""
    if left == right or (is_number(left) and is_number(right)):
        return left
    if isinstance(left, TupleType | ListType) and isinstance(right, TupleType | ListType):
        if isinstance(left, ListType) != isinstance(right, ListType):
            return join(_as_list(left), _as_list(right))
        if isinstance(left, TupleType) and isinstance(right, TupleType):
            pairs = zip(left.items, right.items, strict=False)
            if len(left.items) == len(right.items):
                return TupleType(tuple(common(a, b) for a, b in pairs))
            return join(_as_list(left), _as_list(right))
    return join(left, right)


def _as_list(kind: Type) -> Type:
    if isinstance(kind, TupleType):
        item: Type = kind.items[0] if kind.items else kind
        for each in kind.items[1:]:
            item = join(item, each)
        return ListType(item, len(kind.items))
    return kind


def equality(left: Type, a: str, right: Type, b: str, scope: Scope) -> str:
    """A C condition: two values are equal."""
    if never_equal(left, right):
        return "0"
    if shape_of(left) == shape_of(right) == SCALAR:
        return f"({a} == {b})"
    kind = common(left, right)
    a, b = scope.converted(left, kind, a), scope.converted(right, kind, b)
    return equal(scope.unit, shape_of(kind), a, b)


def ordering(op: Op, left: Type, a: str, right: Type, b: str, scope: Scope) -> str:
    """A C condition: two values compare as `op` says."""
    if is_number(left) and is_number(right):
        return f"({a} {op.value} {b})"
    kind = common(left, right)
    a, b = scope.converted(left, kind, a), scope.converted(right, kind, b)
    return less(scope.unit, shape_of(kind), op.value, a, b)
