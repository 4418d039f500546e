"""Operations on sets, maps and bags: operands brought to one type, then `collections`."""

from __future__ import annotations

from typing import Final

from ordercheck.engines.native.generate import collections
from ordercheck.engines.native.generate.comparisons import common
from ordercheck.engines.native.generate.loops import Emit
from ordercheck.engines.native.generate.scope import Scope
from ordercheck.engines.native.generate.unsupported import Unsupported
from ordercheck.ir.nodes import Apply, Expr, Op
from ordercheck.ir.types import BagType, MapType, SetType, Type

BITWISE: Final = frozenset({Op.UNION, Op.INTERSECTION, Op.DIFFERENCE, Op.SYMMETRIC})
COMPARING: Final = frozenset({Op.SUBSET, Op.PROPER_SUBSET, Op.DISJOINT})
SET_OPERATIONS: Final = BITWISE | COMPARING | {Op.ADD_ITEM, Op.DISCARD, Op.REMOVE_ITEM}
"""What `of_set` knows; some of it is of bags, too."""


def emit_all(expr: Apply, scope: Scope, emit: Emit) -> list[str]:
    """The operands, evaluated from left to right."""
    return [emit(operand, scope) for operand in expr.operands]


def emit_as(expr: Expr, kind: Type, scope: Scope, emit: Emit) -> str:
    """An operand as a value of another type, which it surely is."""
    return scope.converted(expr.type, kind, emit(expr, scope))


def of_set(expr: Apply, scope: Scope, emit: Emit) -> str:
    """An operation whose first operand is a set or a bag."""
    op, operands = expr.op, expr.operands
    first = operands[0].type
    if isinstance(first, BagType):
        text, item = emit_all(expr, scope, emit)
        by = 1 if op is Op.ADD_ITEM else -1
        return collections.bag_changed(first, by, text, operands[1], item, scope)
    if op in COMPARING:
        a, b = emit_all(expr, scope, emit)
        kind = common(first, operands[1].type)
        assert isinstance(kind, SetType)
        a = scope.converted(first, kind, a)
        b = scope.converted(operands[1].type, kind, b)
        return collections.compare(op, kind, a, b, scope)
    if op in BITWISE:
        return _combined(expr, scope, emit)
    kind = expr.type
    assert isinstance(kind, SetType)
    xs = emit_as(operands[0], kind, scope, emit)
    item = emit(operands[1], scope)
    if op is Op.ADD_ITEM:
        return collections.with_item(kind, xs, operands[1], item, scope)
    must = op is Op.REMOVE_ITEM
    return collections.without_item(kind, xs, operands[1], item, scope, must)


def _combined(expr: Apply, scope: Scope, emit: Emit) -> str:
    # An intersection's type may lack what only one of the sets may hold.
    left, right = expr.operands
    kind = common(left.type, right.type)
    assert isinstance(kind, SetType)
    a = scope.converted(left.type, kind, emit(left, scope))
    b = scope.converted(right.type, kind, emit(right, scope))
    return scope.converted(kind, expr.type, collections.combine(expr.op, kind, a, b, scope))


def of_map(expr: Apply, scope: Scope, emit: Emit) -> str:
    """An operation whose first operand is a map."""
    operands = expr.operands
    known = operands[0].type
    assert isinstance(known, MapType)
    texts = emit_all(expr, scope, emit)
    match expr.op, expr.type:
        case Op.GET, _:
            value = collections.get(known, texts[0], operands[1], texts[1], scope)
            return scope.converted(known.value, expr.type, value)
        case Op.GET_OR, _:
            return collections.get_or(known, expr.type, texts, operands, scope)
        case _, MapType() as kind:
            name = scope.code.fresh("t")
            value = (
                scope.converted(operands[2].type, kind.value, texts[2]) if expr.op is Op.PUT else ""
            )
            value = scope.temporary(kind.value, value) if value else ""
            scope.line(
                f"{scope.ctype(kind)} {name} = {collections.rekeyed(known, kind, texts[0], scope)};"
            )
            if expr.op is Op.PUT:
                collections.put(kind, name, operands[1], texts[1], value, scope)
            else:
                collections.delete(kind, name, operands[1], texts[1], scope)
            return name
        case _:
            raise Unsupported("a map that becomes something else", expr.span)
