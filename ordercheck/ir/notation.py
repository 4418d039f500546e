"""Expressions as Python-like text; what they load goes by the name of its place."""

from __future__ import annotations

import re
from typing import assert_never

from ordercheck.ir.nodes import (
    Apply,
    Bind,
    Call,
    Cast,
    Comprehend,
    Conditional,
    Const,
    Current,
    Each,
    Expr,
    Field,
    IsA,
    Load,
    LoadArray,
    Local,
    Logic,
    Lookup,
    Op,
    Program,
    SortedBy,
    When,
)
from ordercheck.ir.record import dataclass
from ordercheck.ir.render import NO_NAMES, Names, render, show_type
from ordercheck.ir.types import ArrayShape, PlaceType, StructType, Type, options_of

# How tightly an operator binds, as in Python.
CHOICE, OR, AND, NOT, COMPARE = 1, 2, 3, 4, 5
SIGN, ATOM = 12, 14

BINARY = {
    Op.EQ: COMPARE,
    Op.NE: COMPARE,
    Op.LT: COMPARE,
    Op.LE: COMPARE,
    Op.GT: COMPARE,
    Op.GE: COMPARE,
    Op.BIT_OR: 6,
    Op.BIT_XOR: 7,
    Op.BIT_AND: 8,
    Op.SHIFT_LEFT: 9,
    Op.SHIFT_RIGHT: 9,
    Op.ADD: 10,
    Op.SUB: 10,
    Op.MUL: 11,
    Op.FLOORDIV: 11,
    Op.MOD: 11,
}


def show_expr(expr: Expr, names: Names | Program = NO_NAMES) -> str:
    """An expression, Python-like: `nodes[i].clock + 1`, `x as Prepare`."""
    known = Names.of(names) if isinstance(names, Program) else names
    return Notation(known).show(expr)


@dataclass(frozen=True, slots=True)
class Notation:
    """Writes expressions with a program's names."""

    names: Names

    def show(self, expr: Expr, least: int = 0) -> str:
        """The expression; in parentheses if it binds less tightly than `least`."""
        text, level = self._show(expr)
        return f"({text})" if level < least else text

    def _show(self, expr: Expr) -> tuple[str, int]:
        match expr:
            case Const():
                return self._const(expr), ATOM
            case Local(name=name):
                return name, ATOM
            case Load(address=address, old=old):
                return _old(self.address(address), old), ATOM
            case LoadArray(address=address, length=length, stride=stride, old=old):
                return _old(self._path(address, [(":", length, stride)]), old), ATOM
            case Apply():
                return self._apply(expr)
            case Logic(op=op, operands=operands):
                level = AND if op == "and" else OR
                return f" {op} ".join(self.show(each, level + 1) for each in operands), level
            case Conditional(test=test, then=then, orelse=orelse):
                shown = (self.show(each, CHOICE + 1) for each in (then, test, orelse))
                return "{} if {} else {}".format(*shown), CHOICE
            case Field(operand=operand, index=index):
                return self.show(operand, ATOM) + _field(operand.type, index), ATOM
            case IsA(operand=operand, kind=kind):
                return f"{self.show(operand, COMPARE + 1)} is {show_type(kind)}", COMPARE
            case Cast(operand=operand, type=kind):
                return f"{self.show(operand, ATOM)} as {show_type(kind)}", OR
            case Lookup(key=key, table=table, type=kind):
                entries = (
                    f"{render(key.type, k, self.names)}: {self._value(kind, value)}"
                    for k, value in table
                )
                return f"{{{', '.join(entries)}}}[{self.show(key)}]", ATOM
            case Call(function=function, arguments=arguments, pure=pure):
                mark = "" if pure else "!"
                return f"{function}{mark}({self._list(arguments)})", ATOM
            case Comprehend(item=item, clauses=clauses):
                return f"[{' '.join((self.show(item), *map(self._clause, clauses)))}]", ATOM
            case SortedBy():
                return self._sorted_by(expr), ATOM
            case Current():
                return "current()", ATOM
            case _:
                assert_never(expr)

    def _list(self, operands: tuple[Expr, ...]) -> str:
        return ", ".join(map(self.show, operands))

    def _const(self, const: Const) -> str:
        return self._value(const.type, const.value)

    def _value(self, kind: Type, value: object) -> str:
        if not isinstance(kind, PlaceType):
            return render(kind, value, self.names)
        path, inner = render(kind, value, self.names), kind.kind
        while isinstance(inner, ArrayShape):
            path, inner = path.removesuffix("[0]"), inner.item
        return f"&{path}"

    def _apply(self, expr: Apply) -> tuple[str, int]:
        op, operands = expr.op, expr.operands
        match op, operands:
            case _, (left, right) if op in BINARY:
                level = BINARY[op]
                tight = level + 1 if level == COMPARE else level
                return f"{self.show(left, tight)} {op.value} {self.show(right, level + 1)}", level
            case Op.POW, (left, right):
                return f"{self.show(left, ATOM)} ** {self.show(right, ATOM)}", ATOM - 1
            case ((Op.NEG | Op.INVERT), (operand,)):
                return ("-" if op is Op.NEG else "~") + self.show(operand, SIGN), SIGN
            case Op.NOT, (operand,):
                return f"not {self.show(operand, NOT)}", NOT
            case Op.CONTAINS, (items, item):
                return f"{self.show(item, COMPARE + 1)} in {self.show(items, COMPARE + 1)}", COMPARE
            case Op.TUPLE, _:
                return f"({self._list(operands)}{',' if len(operands) == 1 else ''})", ATOM
            case Op.LIST, _:
                return f"[{self._list(operands)}]", ATOM
            case Op.SET, _:
                return f"{{{self._list(operands)}}}" if operands else "set()", ATOM
            case Op.MAP, _:
                shown = list(map(self.show, operands))
                pairs = (f"{k}: {v}" for k, v in zip(shown[::2], shown[1::2], strict=False))
                return f"{{{', '.join(pairs)}}}", ATOM
            case Op.STRUCT, _ if isinstance(expr.type, StructType):
                fields = zip(expr.type.fields, operands, strict=False)
                shown = [f"{name}={self.show(part)}" for (name, _), part in fields]
                return f"{expr.type.name}({', '.join(shown)})", ATOM
            case ((Op.INDEX | Op.TEXT_INDEX | Op.GET), (items, key)):
                return f"{self.show(items, ATOM)}[{self.show(key)}]", ATOM
            case Op.OFFSET, _:
                return f"&{self.address(expr)}", ATOM
            case _:
                return f"{op.value}({self._list(operands)})", ATOM

    def _clause(self, clause: Each | When | Bind) -> str:
        match clause:
            case Each(variable=variable, iterable=iterable):
                return f"for {variable.name} in {self.show(iterable, CHOICE + 1)}"
            case When(test=test):
                return f"if {self.show(test, CHOICE + 1)}"
            case Bind(variable=variable, value=value):
                return f"let {variable.name} = {self.show(value, CHOICE + 1)}"
            case _:
                assert_never(clause)

    def _sorted_by(self, expr: SortedBy) -> str:
        key = f"key={expr.variable.name}: {self.show(expr.key)}"
        order = ", descending" if expr.descending else ""
        return f"{expr.pick}({self.show(expr.operand)}, {key}{order})"

    # --- addresses ---

    def address(self, address: Expr) -> str:
        """The place that an address means: `gate.waiters`, `nodes[i].clock`, `slot[…]`."""
        return self._path(address, [])

    def _path(self, address: Expr, levels: list[tuple[str, int, int]]) -> str:
        """The path of an address with further indices into it: text, length, stride."""
        while isinstance(address, Apply) and address.op is Op.OFFSET:
            base, k, length, stride = address.operands
            if not isinstance(length, Const) or not isinstance(stride, Const):
                break
            levels = [(self.show(k), length.value, stride.value), *levels]
            address = base
        if isinstance(address, Const) and isinstance(address.value, int):
            found = self._indexed(address.value, levels)
            if found is not None:
                return found
        indices = "".join(f"[{text}]" for text, _, _ in levels)
        match address:
            case Local(name=name):
                return f"*{name}{indices}"
            case _ if indices:
                return f"slot[{self.show(address)}]{indices}"
            case _:
                return f"slot[{self.show(address)}]"

    def _indexed(self, slot: int, levels: list[tuple[str, int, int]]) -> str | None:
        """The path of `slot`, each level's index written where the level's items differ."""
        slots = self.names.slots
        if not 0 <= slot < len(slots):
            return None
        pieces = _pieces(slots[slot])
        free = [k for k, piece in enumerate(pieces) if piece.startswith("[")]
        for text, length, stride in levels:
            if length > 1 and slot + stride < len(slots):
                following = _pieces(slots[slot + stride])
                differing = _differing(_pieces(slots[slot]), following)
            else:
                differing = free[:1]
            if len(differing) != 1 or differing[0] not in free:
                return None
            free.remove(differing[0])
            pieces[differing[0]] = f"[{text}]"
        return "".join(pieces)


def _pieces(path: str) -> list[str]:
    return re.split(r"(\[\d+\])", path)


def _differing(left: list[str], right: list[str]) -> list[int]:
    if len(left) != len(right):
        return []
    return [k for k, (a, b) in enumerate(zip(left, right, strict=True)) if a != b]


def _field(kind: Type, index: int) -> str:
    for option in options_of(kind):
        if isinstance(option, StructType) and index < len(option.fields):
            return f".{option.fields[index][0]}"
    return f"[{index}]"


def _old(text: str, old: bool) -> str:
    return f"old({text})" if old else text
