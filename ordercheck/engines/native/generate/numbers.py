"""Arithmetic: exact, and a model error where the result is too large."""

from __future__ import annotations

from typing import Final

from ordercheck.engines.native.generate.scope import Scope
from ordercheck.ir.nodes import Apply, Const, Op
from ordercheck.ir.types import BoolType, IntType, Type

LIMIT: Final = 1 << 63

# What cannot overflow: {0} and {1} are the operands.
_PLAIN: Final = {
    Op.BIT_AND: "({0} & {1})",
    Op.BIT_OR: "({0} | {1})",
    Op.BIT_XOR: "({0} ^ {1})",
    Op.TO_INT: "{0}",
    Op.NOT: "(!{0})",
    Op.NEG: "(- {0})",  # the operand may begin with a minus
    Op.ABS: "oc_abs({0})",
}

# What can: the operator where the type rules it out, and the checked function.
_CHECKED: Final = {
    Op.ADD: ("({0} + {1})", "oc_add({0}, {1}, &{2})"),
    Op.SUB: ("({0} - {1})", "oc_sub({0}, {1}, &{2})"),
    Op.MUL: ("({0} * {1})", "oc_mul({0}, {1}, &{2})"),
    Op.INVERT: ("(~{0})", "oc_invert({0}, &{2})"),
}

# Functions that say which way they fail: 0, or 1 for a wrong operand, 2 for an overflow.
_PARTIAL: Final = {
    Op.POW: ("oc_power", "value"),
    Op.SHIFT_LEFT: ("oc_shift_left", "value"),
    Op.SHIFT_RIGHT: ("oc_shift_right", "value"),
}

OPERATIONS: Final = frozenset({*_PLAIN, *_CHECKED, *_PARTIAL, Op.FLOORDIV, Op.MOD})
"""What `apply` knows."""


def bounded(kind: Type) -> bool:
    """Whether a type's values are surely smaller than 2**63 in size."""
    if not isinstance(kind, IntType):
        return True
    return kind.lo is not None and kind.hi is not None and kind.lo > -LIMIT and kind.hi < LIMIT


def apply(expr: Apply, operands: list[str], scope: Scope) -> str:
    """A C expression for a number."""
    op = expr.op
    if op in _PLAIN:
        return _PLAIN[op].format(*operands)
    if op in (Op.FLOORDIV, Op.MOD):
        return _division(expr, operands, scope)
    left, right = [*operands, ""][:2]
    if op in _CHECKED and bounded(expr.type):
        return _CHECKED[op][0].format(left, right)
    name = scope.code.fresh("t")
    scope.line(f"int64_t {name};")
    if op in _CHECKED:
        scope.fail_if(_CHECKED[op][1].format(left, right, name), "overflow")
        return name
    function, kind = _PARTIAL[op]
    status = scope.number(f"{function}({left}, {right}, &{name})")
    scope.fail_if(f"{status} == 1", kind)
    if op is not Op.SHIFT_RIGHT:
        scope.fail_if(f"{status} == 2", "overflow")
    return name


def never_negative(kind: Type) -> bool:
    """Whether a type's values are surely 0 or more."""
    return isinstance(kind, BoolType) or (
        isinstance(kind, IntType) and kind.lo is not None and kind.lo >= 0
    )


def _division(expr: Apply, operands: list[str], scope: Scope) -> str:
    left, right = operands
    divisor = expr.operands[1]
    kind = divisor.type
    never_zero = isinstance(kind, IntType) and (
        (kind.lo is not None and kind.lo > 0) or (kind.hi is not None and kind.hi < 0)
    )
    if isinstance(divisor, Const) and not divisor.value:
        scope.line(scope.fail("division"))
        return "0"
    if not never_zero:
        right = scope.number(right)
        scope.fail_if(f"{right} == 0", "division")
    if never_negative(expr.operands[0].type) and never_negative(kind):
        return f"({left} {'/' if expr.op is Op.FLOORDIV else '%'} {right})"
    return f"{'oc_floordiv' if expr.op is Op.FLOORDIV else 'oc_modulo'}({left}, {right})"
