"""Ranges of integer arithmetic, for the types of expressions."""

from __future__ import annotations

from ordercheck.ir.nodes import Op
from ordercheck.ir.types import BoolType, IntType, Type

Bounds = tuple[int | None, int | None]


def bounds(kind: Type) -> Bounds:
    """The least and the greatest value of a number's type."""
    match kind:
        case BoolType():
            return 0, 1
        case IntType(lo=lo, hi=hi):
            return lo, hi
        case _:
            return None, None


def arithmetic(op: Op, left: Type, right: Type) -> IntType:
    """The type of a binary operation on numbers of these types."""
    (a, b), (c, d) = bounds(left), bounds(right)
    match op:
        case Op.ADD:
            return IntType(_both(a, c, 1), _both(b, d, 1))
        case Op.SUB:
            return IntType(_both(a, d, -1), _both(b, c, -1))
        case Op.MUL if a is not None and b is not None and c is not None and d is not None:
            corners = (a * c, a * d, b * c, b * d)
            return _sane(min(corners), max(corners))
        case Op.MOD if c is not None and c > 0 and d is not None:
            if a is not None and b is not None and a >= 0 and b < c:
                return IntType(a, b)
            return IntType(0, d - 1)
        case Op.FLOORDIV if a is not None and b is not None and c is not None and c > 0:
            top = d if d is not None else c
            corners = (a // c, a // top, b // c, b // top)
            return IntType(min(*corners, 0 if d is None else corners[0]), max(*corners, corners[0]))
        case Op.BIT_AND if a is not None and c is not None and a >= 0 and c >= 0:
            highs = [x for x in (b, d) if x is not None]
            return IntType(0, min(highs) if highs else None)
        case Op.BIT_OR | Op.BIT_XOR if (
            a is not None and c is not None and b is not None and d is not None and min(a, c) >= 0
        ):
            return IntType(0, (1 << max(b, d).bit_length()) - 1)
        case Op.SHIFT_RIGHT if a is not None and b is not None and a >= 0:
            return IntType(0, b)
        case _:
            return IntType()


def negated(kind: Type) -> IntType:
    """The type of the negative of a number."""
    lo, hi = bounds(kind)
    return IntType(None if hi is None else -hi, None if lo is None else -lo)


def absolute(kind: Type) -> IntType:
    """The type of a number's size."""
    lo, hi = bounds(kind)
    if lo is None or hi is None:
        return IntType(0, None)
    return IntType(0 if lo <= 0 <= hi else min(abs(lo), abs(hi)), max(abs(lo), abs(hi)))


def within(kind: Type, lo: int, hi: int) -> bool:
    """Whether all numbers of the type are between `lo` and `hi`."""
    least, most = bounds(kind)
    return least is not None and most is not None and lo <= least and most <= hi


def _both(left: int | None, right: int | None, sign: int) -> int | None:
    if left is None or right is None:
        return None
    return _bound(left + sign * right)


def _bound(value: int) -> int | None:
    return value if abs(value) < 1 << 62 else None


def _sane(lo: int, hi: int) -> IntType:
    return IntType(_bound(lo), _bound(hi))
