"""Operations on numbers, comparisons included, with their model errors."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence

from ordercheck.engines.interpreter.membership import families_differ
from ordercheck.engines.interpreter.runtime import LIMIT
from ordercheck.engines.symbolic import numbers
from ordercheck.engines.symbolic.bits import FALSE, Bit, Term, equal
from ordercheck.engines.symbolic.membership import Fail, as_bit, as_int
from ordercheck.engines.symbolic.numbers import Int, bounded, hi_of, is_equal, is_less, lo_of
from ordercheck.engines.symbolic.ordering import is_before_any
from ordercheck.engines.symbolic.values import Sym, TooMany, merge_all, same
from ordercheck.ir.nodes import Apply, Op
from ordercheck.ir.types import IntType, Type

WIDEST = 64
"""Exponents and shifts above this overflow, whatever they are applied to."""

_BINARY: dict[Op, Callable[[Int, Int], Int]] = {
    Op.ADD: numbers.add,
    Op.SUB: numbers.subtract,
    Op.MUL: numbers.multiply,
}

_BITWISE: dict[Op, Callable[[Term, Term], Term]] = {
    Op.BIT_AND: operator.and_,
    Op.BIT_OR: operator.or_,
    Op.BIT_XOR: operator.xor,
}


def arithmetic(expr: Apply, operands: Sequence[Sym], fail: Fail) -> Sym | None:
    """The operation's value; None where it is none on numbers."""
    op = expr.op
    if op in _BITWISE:
        return _bitwise(op, operands[0], operands[1], fail)
    if op not in _ALL:
        return None
    xs = [as_int(each, fail) for each in operands]
    match op:
        case Op.TO_INT:
            return xs[0]
        case Op.ADD | Op.SUB | Op.MUL:
            result = _BINARY[op](xs[0], xs[1])
        case Op.NEG:
            result = numbers.subtract(0, xs[0])
        case Op.ABS:
            positive = numbers.subtract(0, xs[0])
            result = bounded(numbers.choose(is_less(xs[0], 0), positive, xs[0]), 0, None)
        case Op.INVERT:
            result = numbers.subtract(-1, xs[0])
        case Op.FLOORDIV | Op.MOD:
            fail(is_equal(xs[1], 0), "division")
            divide = numbers.floor_divide if op is Op.FLOORDIV else numbers.modulo
            result = divide(xs[0], xs[1])
        case Op.POW:
            result = _power(xs[0], xs[1], fail)
        case Op.SHIFT_LEFT:
            result = _shift_left(xs[0], xs[1], fail)
        case _:
            fail(is_less(xs[1], 0), "value")
            result = numbers.shift_right(xs[0], xs[1])
    return exact(expr.type, result, fail)


_ALL = {
    Op.TO_INT,
    *_BINARY,
    Op.NEG,
    Op.ABS,
    Op.INVERT,
    Op.FLOORDIV,
    Op.MOD,
    Op.POW,
    Op.SHIFT_LEFT,
    Op.SHIFT_RIGHT,
}


def exact(kind: Type, value: Int, fail: Fail) -> Int:
    """The value, unless it overflows; and no more of it than its type can be."""
    match kind:
        case IntType(lo=int(lo), hi=int(hi)) if lo > -LIMIT and hi < LIMIT:
            return bounded(value, lo, hi)
        case _:
            pass
    fail(is_less(value, 1 - LIMIT) | is_less(LIMIT - 1, value), "overflow")
    return bounded(value, 1 - LIMIT, LIMIT - 1)


def _bitwise(op: Op, left: Sym, right: Sym, fail: Fail) -> Sym:
    if not (isinstance(left, Bit) and isinstance(right, Bit)):
        return numbers.bitwise(_BITWISE[op], as_int(left, fail), as_int(right, fail))
    match op:
        case Op.BIT_AND:
            return left & right
        case Op.BIT_OR:
            return left | right
        case _:
            return ~equal(left, right)


def _power(x: Int, y: Int, fail: Fail) -> Int:
    fail(is_less(y, 0), "value")
    large = is_less(1, x) | is_less(x, -1)
    fail(large & is_less(WIDEST - 1, y), "overflow")

    def raised(base: int, exponent: int) -> int:
        return int(base**exponent) if exponent >= 0 else 0

    # 0, 1 and -1 may be raised to anything; what counts is whether that is odd.
    small = numbers.add(2, numbers.modulo(y, 2)) if hi_of(y) >= WIDEST else y
    clipped = numbers.choose(is_less(WIDEST - 1, y), small, bounded(y, lo_of(y), WIDEST - 1))
    found = numbers.by_cases(raised, x, clipped, most=4096)
    if found is None:
        raise TooMany("the base and the exponent of a power")
    return found


def _shift_left(x: Int, y: Int, fail: Fail) -> Int:
    fail(is_less(y, 0), "value")
    fail(~is_equal(x, 0) & is_less(WIDEST - 1, y), "overflow")
    near = bounded(numbers.choose(is_less(WIDEST, y), WIDEST, y), None, WIDEST)
    found: Int = merge_all(
        (is_equal(near, k), numbers.multiply(x, 1 << k))
        for k in range(max(0, lo_of(near)), hi_of(near) + 1)
    )
    return found


def comparison(expr: Apply, operands: Sequence[Sym], fail: Fail) -> Bit | None:
    """The operation's value; None where it compares nothing."""
    if not operands:
        return None
    kinds, left, right = (expr.operands[0].type, expr.operands[-1].type), operands[0], operands[-1]
    match expr.op:
        case Op.EQ | Op.NE:
            result = FALSE if families_differ(*kinds) else same(left, right)
            return ~result if expr.op is Op.NE else result
        case Op.LT:
            return is_before_any(kinds, left, right, fail)
        case Op.GT:
            return is_before_any(kinds[::-1], right, left, fail)
        case Op.LE:
            return ~is_before_any(kinds[::-1], right, left, fail)
        case Op.GE:
            return ~is_before_any(kinds, left, right, fail)
        case Op.NOT:
            return ~as_bit(left, fail)
        case _:
            return None
