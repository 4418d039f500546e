"""Expressions with what is constant worked out.

An operation that would be a model error stays, so that it still is one.
"""

from __future__ import annotations

import operator
from collections.abc import Callable

from ordercheck.ir.domains import blank, contains
from ordercheck.ir.nodes import (
    Apply,
    Cast,
    Comprehend,
    Conditional,
    Const,
    Current,
    Expr,
    Field,
    IsA,
    Load,
    Local,
    Logic,
    Lookup,
    Op,
)
from ordercheck.ir.types import (
    BoolType,
    EnumType,
    IntType,
    ListType,
    NoneType,
    PlaceType,
    StructType,
    TextType,
    Type,
    UnionType,
    Value,
    options_of,
)
from ordercheck.ir.walk import changed, parts, rewrite

BOOL = BoolType()
LIMIT = 2**63

_NUMBERS: dict[Op, Callable[..., int]] = {
    Op.ADD: operator.add,
    Op.SUB: operator.sub,
    Op.MUL: operator.mul,
    Op.NEG: operator.neg,
    Op.ABS: abs,
    Op.TO_INT: int,
}
_DIVISIONS: dict[Op, Callable[..., int]] = {Op.FLOORDIV: operator.floordiv, Op.MOD: operator.mod}
_ORDERS: dict[Op, Callable[..., bool]] = {
    Op.LT: operator.lt,
    Op.LE: operator.le,
    Op.GT: operator.gt,
    Op.GE: operator.ge,
}
# Operations that no operand of the right type makes fail.
_TOTAL = frozenset(
    {Op.TO_INT, Op.EQ, Op.NE, Op.LT, Op.LE, Op.GT, Op.GE, Op.NOT, Op.TUPLE, Op.LIST, Op.SET}
    | {Op.LENGTH, Op.CONTAINS, Op.COUNT, Op.ITEMS, Op.KEYS, Op.VALUES, Op.REVERSED, Op.TO_SET}
    | {Op.UNION, Op.INTERSECTION, Op.DIFFERENCE, Op.SYMMETRIC, Op.SUBSET, Op.PROPER_SUBSET}
    | {Op.DISJOINT, Op.GET_OR, Op.ANY, Op.ALL, Op.SORTED, Op.CONCAT, Op.APPEND, Op.ENUMERATE}
)


def fold(expr: Expr) -> Expr:
    """The expression with its constant parts worked out; the same object if there are none.

    A local whose type has but one value is that value; not so a reference, which
    may be what keeps an entry of a pool in use.
    """
    return rewrite(expr, _fold)


def cannot_fail(expr: Expr) -> bool:
    """Whether evaluating it surely does nothing but give a value."""
    match expr:
        case Const() | Local() | Current():
            return True
        case Load(address=Const()):
            return True
        case Apply(op=op, operands=operands):
            return op in _TOTAL and all(map(cannot_fail, operands))
        case Logic() | Conditional() | Field() | IsA() | Comprehend():
            return all(map(cannot_fail, parts(expr)))
        case _:
            return False


def _fold(expr: Expr) -> Expr:
    match expr:
        case Local(type=kind, span=span) if _has_one_value(kind):
            return Const(blank(kind), kind, span)
        case Apply():
            return _apply(expr)
        case Logic():
            return _logic(expr)
        case Conditional(test=Const(value=test), then=then, orelse=orelse):
            return _as(expr.type, then if test else orelse) or expr
        case Field(operand=Const(value=tuple(value), type=kind)):
            return _field(expr, value, kind)
        case IsA(operand=Const(value=value, type=kind), kind=wanted):
            known = _is_a(kind, value, wanted)
            return expr if known is None else Const(known, BOOL, expr.span)
        case Cast(operand=Const(value=value), type=kind):
            return Const(value, kind, expr.span) if _same_form(expr, value) else expr
        case Lookup(key=Const(value=key), table=table, type=kind):
            for known, value in table:
                if known == key:
                    return Const(value, kind, expr.span)
            return expr
        case _:
            return expr


def _has_one_value(kind: Type) -> bool:
    match kind:
        case NoneType():
            return True
        case IntType(lo=lo, hi=hi):
            return lo is not None and lo == hi
        case PlaceType(slots=slots):
            return len(slots) == 1
        case _:
            return False


def _as(kind: Type, expr: Expr) -> Expr | None:
    """The expression as one of `kind`, which it is a branch of; None if only an engine can."""
    same = type(expr.type) is type(kind) and isinstance(kind, BoolType | IntType | TextType)
    if same or expr.type == kind:
        return expr
    if isinstance(expr, Const):
        return changed(expr, type=kind)
    return Cast(expr, kind, expr.span) if isinstance(kind, UnionType) else None


def _apply(expr: Apply) -> Expr:
    match expr.op, expr.operands:
        case Op.NOT, (Apply(op=Op.NOT, operands=(inner,)),):
            return inner
        case _:
            pass
    constants = [each for each in expr.operands if isinstance(each, Const)]
    if len(constants) < len(expr.operands):
        return expr
    values = [each.value for each in constants]
    kinds = [each.type for each in constants]
    return _known(expr, values, kinds)


def _known(expr: Apply, values: list[Value], kinds: list[Type]) -> Expr:
    """The operation on constants, where its meaning is plain and it cannot fail."""
    op, span = expr.op, expr.span
    numbers = all(isinstance(kind, IntType | BoolType) for kind in kinds)
    if op in _NUMBERS and numbers:
        return _number(expr, _NUMBERS[op](*values))
    if op in _DIVISIONS and numbers and values[1] != 0:
        return _number(expr, _DIVISIONS[op](*values))
    if op in _ORDERS and numbers:
        return Const(_ORDERS[op](*values), BOOL, span)
    match op:
        case Op.NOT:
            return Const(not values[0], BOOL, span)
        case Op.EQ | Op.NE if _comparable(*kinds):
            return Const((values[0] == values[1]) == (op is Op.EQ), BOOL, span)
        case Op.LENGTH if isinstance(kinds[0], ListType):
            return Const(len(values[0]), expr.type, span)
        case Op.OFFSET if -values[2] <= values[1] < values[2]:
            return Const(values[0] + values[1] % values[2] * values[3], expr.type, span)
        case _:
            return expr


def _number(expr: Apply, value: int) -> Expr:
    return Const(value, expr.type, expr.span) if -LIMIT < value < LIMIT else expr


def _comparable(left: Type, right: Type) -> bool:
    """Whether equal representations mean equal values in Python, and only they do."""
    match left, right:
        case (IntType() | BoolType(), IntType() | BoolType()):
            return True
        case (TextType(), TextType()) | (NoneType(), NoneType()):
            return True
        case EnumType(), EnumType():
            return left.name == right.name
        case _:
            return False


def _logic(expr: Logic) -> Expr:
    """Without operands that decide nothing, and without those that are never reached."""
    neutral = expr.op == "and"
    kept: list[Expr] = []
    for operand in expr.operands:
        if not isinstance(operand, Const):
            kept.append(operand)
        elif operand.value is not neutral:
            kept.append(operand)
            break
    if not kept:
        return Const(neutral, BOOL, expr.span)
    if isinstance(kept[-1], Const) and all(map(cannot_fail, kept)):
        return kept[-1]
    if len(kept) == 1:
        return kept[0]
    return expr if len(kept) == len(expr.operands) else changed(expr, operands=tuple(kept))


def _field(expr: Field, value: tuple[Value, ...], kind: Type) -> Expr:
    if isinstance(kind, StructType):
        return Const(value[1 + expr.index], expr.type, expr.span)
    if isinstance(kind, UnionType):
        by_struct = dict(expr.by_struct)
        structs = {each.name for each in kind.options if isinstance(each, StructType)}
        if not value or value[0] not in structs:
            return expr
        return Const(value[1 + by_struct.get(value[0], expr.index)], expr.type, expr.span)
    return Const(value[expr.index], expr.type, expr.span)


def _is_a(kind: Type, value: Value, wanted: Type) -> bool | None:
    """Whether a constant is of the wanted kind; None if only an engine can say."""
    holders = [option for option in options_of(kind) if contains(option, value)]
    if len(holders) != 1:
        return None
    (holder,) = holders
    if isinstance(holder, StructType) and isinstance(wanted, StructType):
        return holder.name == wanted.name
    if isinstance(holder, NoneType) or isinstance(wanted, NoneType):
        return type(holder) is type(wanted)
    return True if holder == wanted else None


def _same_form(cast: Cast, value: Value) -> bool:
    """Whether the constant is written the same way in the type that it is cast to."""
    source = cast.operand.type
    plain = (BoolType, IntType, TextType, EnumType, NoneType, StructType)
    simple = all(isinstance(each, plain) for each in (*options_of(source), *options_of(cast.type)))
    nested = any(isinstance(each, StructType) and _has_map(each) for each in options_of(source))
    return simple and not nested and contains(cast.type, value)


def _has_map(kind: StructType) -> bool:
    return any(
        not isinstance(item, BoolType | IntType | TextType | EnumType) for _, item in kind.fields
    )
