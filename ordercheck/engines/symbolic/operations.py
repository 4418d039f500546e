"""Operations on symbolic values, by what they take."""

from __future__ import annotations

from collections.abc import Sequence

from ordercheck.engines.symbolic.arithmetic import arithmetic, comparison, exact
from ordercheck.engines.symbolic.bits import FALSE, TRUE, Bit
from ordercheck.engines.symbolic.keyed import items_of, on_keyed, to_set
from ordercheck.engines.symbolic.lists import (
    compact,
    item_type,
    on_lists,
    present_items,
)
from ordercheck.engines.symbolic.membership import Fail, as_bit, as_int, as_list
from ordercheck.engines.symbolic.numbers import (
    add,
    choose,
    hi_of,
    is_less,
    lo_of,
    multiply,
)
from ordercheck.engines.symbolic.ordering import Present, counted, extreme
from ordercheck.engines.symbolic.values import Record, Sym, seq
from ordercheck.ir.nodes import Apply, Op
from ordercheck.ir.types import StructType

LISTING = frozenset({Op.ITEMS, Op.KEYS, Op.VALUES, Op.SUBSETS})
"""Operations that list what a collection has."""

FOLDING = frozenset({Op.ANY, Op.ALL, Op.SUM, Op.MIN, Op.MAX, Op.TO_SET, Op.LENGTH})
"""Operations on the items of a list that need not know where in it they are."""


def apply(expr: Apply, operands: Sequence[Sym], fail: Fail) -> Sym:
    """The operation's value."""
    match expr.op:
        case Op.TUPLE | Op.LIST:
            return seq(operands)
        case Op.STRUCT:
            name = expr.type.name if isinstance(expr.type, StructType) else ""
            return Record(name, tuple(operands))
        case Op.OFFSET:
            return _offset(operands, fail)
        case op if op in LISTING:
            return compact(items_of(op, expr.operands[0].type, operands[0], fail))
        case op if op in FOLDING and op is not Op.LENGTH:
            return fold(expr, present_items(as_list(operands[0], fail)), operands[1:], fail)
        case _:
            pass
    for attempt in (arithmetic, comparison, on_lists, on_keyed):
        found = attempt(expr, operands, fail)
        if found is not None:
            return found
    raise AssertionError(expr.op)  # no operation is left: the tests of engines try each


def fold(expr: Apply, items: Sequence[Present], rest: Sequence[Sym], fail: Fail) -> Sym:
    """The value of one of FOLDING, given the items that may be there."""
    match expr.op:
        case Op.ANY | Op.ALL:
            return any_all(expr.op, items, fail)
        case Op.SUM:
            result = as_int(rest[0], fail)
            for bit, item in items:
                result = add(result, choose(bit, as_int(item, fail), 0))
            return exact(expr.type, result, fail)
        case Op.MIN | Op.MAX:
            kind = item_type(expr.operands[0].type)
            keys = [item for _, item in items]
            return extreme(kind, items, keys, expr.op is Op.MAX, fail)
        case Op.TO_SET:
            return to_set(items)
        case _:
            return counted([bit for bit, _ in items])


def any_all(op: Op, items: Sequence[Present], fail: Fail) -> Bit:
    """Whether any, or all, of the items that are there are true."""
    result = FALSE if op is Op.ANY else TRUE
    for bit, item in items:
        value = as_bit(item, fail)
        result = result | (bit & value) if op is Op.ANY else result & (~bit | value)
    return result


def _offset(operands: Sequence[Sym], fail: Fail) -> Sym:
    base, k, length, stride = (as_int(each, fail) for each in operands)
    below, above = is_less(k, 0), ~is_less(k, length)
    if lo_of(k) < 0:
        from_end = add(k, length)
        fail(above | is_less(from_end, 0), "index")
        k = choose(below, from_end, k)
    elif hi_of(k) >= lo_of(length):
        fail(above, "index")
    return add(base, multiply(k, stride))
