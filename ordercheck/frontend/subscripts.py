"""Subscripts: items and slices."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from itertools import product
from math import prod

from ordercheck.frontend.making import apply, kind_of_expr, number
from ordercheck.frontend.operands import (
    Dynamic,
    Object,
    Operand,
    PlaceOperand,
    Static,
)
from ordercheck.frontend.truth import Truth
from ordercheck.frontend.typing_rules import describe_type, item_type
from ordercheck.frontend.vats import use_place
from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import Expr, Op
from ordercheck.ir.types import (
    ArrayShape,
    BoolType,
    IntType,
    ListType,
    MapType,
    NeverType,
    NoneType,
    TextType,
    TupleType,
    UnionType,
)

PARTS = 4096
"""How many parts of texts a slice may stand for: they are listed in a table."""


class Subscripts(Truth):
    """Lowers subscripts."""

    def subscript(self, node: ast.Subscript) -> Operand:
        """An item or a slice."""
        if isinstance(node.slice, ast.Slice):
            return self._slice(node, node.slice)
        holder, index = self._pair(node)
        return self.item(holder, index, node)

    def _pair(self, node: ast.Subscript) -> tuple[Operand, Operand]:
        holder = self.expression(node.value)
        with self.nested() as inner:
            index = self.expression(node.slice)
        if inner:
            holder = self.spill(holder, node.value)
        self.body.extend(inner)
        return holder, index

    def item(self, holder: Operand, index: Operand, node: ast.Subscript) -> Operand:
        """`holder[index]`."""
        holder = self.sure(holder, node.value)
        if isinstance(holder, Static) and isinstance(index, Static):
            return self.computed(lambda: holder.value[index.value], node)
        if isinstance(holder, Object) or self.is_struct(holder):
            found = self.dunder(holder, "__getitem__", [index], node)
            if found is None:
                self.refuse("E052", "this cannot be indexed", node.value, "it has no __getitem__")
            return found
        if isinstance(holder, PlaceOperand) and isinstance(holder.kind, ArrayShape):
            return self.array_item(holder, holder.kind, index, node)
        expr = self.value_expr(holder, node.value)
        return self._value_item(expr, index, node)

    def _value_item(self, expr: Expr, index: Operand, node: ast.Subscript) -> Operand:
        kind, span = kind_of_expr(expr), self.span(node)
        if isinstance(kind, UnionType):
            rest = tuple(o for o in kind.options if o != NoneType())
            if len(rest) == 1:
                return self._value_item(ir.Cast(expr, rest[0], span), index, node)
        match kind:
            case ListType(item=item):
                key = self.index_expr(index, node.slice)
                return self.wrap(apply(Op.INDEX, (expr, key), item, span))
            case TupleType(items=items):
                if isinstance(index, Static) and isinstance(index.value, int):
                    if not -len(items) <= index.value < len(items):
                        self.refuse("E057", f"the tuple has {len(items)} items", node)
                    k = index.value % len(items)
                    return self.wrap(ir.Field(expr, k, items[k], span))
                key = self.index_expr(index, node.slice)
                return self.wrap(apply(Op.INDEX, (expr, key), item_type(kind), span))
            case MapType(value=value):
                key = self.value_expr(index, node.slice)
                return self.wrap(apply(Op.GET, (expr, key), value, span))
            case TextType(values=values):
                key = self.index_expr(index, node.slice)
                letters = TextType(tuple(dict.fromkeys("".join(values))))
                return Dynamic(apply(Op.TEXT_INDEX, (expr, key), letters, span))
            case NeverType():
                # No value comes of it: whatever the expression is, it ends in a model error.
                return Dynamic(expr)
            case _:
                self.refuse("E052", "this cannot be indexed", node.value, describe_type(kind))

    def index_expr(self, index: Operand, node: ast.expr) -> Expr:
        """An index as a number."""
        expr = self.value_expr(index, node)
        kind = kind_of_expr(expr)
        if isinstance(kind, UnionType):
            rest = tuple(o for o in kind.options if o != NoneType())
            if len(rest) == 1:
                expr, kind = ir.Cast(expr, rest[0], self.span(node)), rest[0]
        if not isinstance(kind, IntType | BoolType | NeverType):
            self.refuse("E049", "an index is a number", node, f"this is {describe_type(kind)}")
        if isinstance(kind, BoolType) and isinstance(expr, ir.Const):
            return number(int(expr.value), self.span(node))
        if isinstance(kind, BoolType):
            return apply(Op.TO_INT, (expr,), IntType(0, 1), self.span(node))
        return expr

    def array_item(
        self, holder: PlaceOperand, shape: ArrayShape, index: Operand, node: ast.Subscript
    ) -> Operand:
        """An item of an array: a variable, or an array inside it."""
        address = self.item_address(holder, shape, index, node)
        if isinstance(shape.item, ArrayShape):
            return PlaceOperand(address, shape.item, _inner(holder, shape), holder.old)
        return self.wrap(ir.Load(address, shape.item, self.span(node), holder.old), holder.old)

    def item_address(
        self, holder: PlaceOperand, shape: ArrayShape, index: Operand, node: ast.Subscript
    ) -> Expr:
        """The address of an array's item."""
        key, span = self.index_expr(index, node.slice), self.span(node)
        use_place(self, holder, node)
        base = holder.address
        if isinstance(key, ir.Const) and isinstance(base, ir.Const):
            if not -shape.length <= key.value < shape.length:
                self.refuse("E057", f"the array has {shape.length} items", node)
            return number(base.value + key.value % shape.length * shape.stride, span)
        operands = (base, key, number(shape.length, span), number(shape.stride, span))
        lo, hi = min(holder.slots), max(holder.slots) + shape.size - 1
        return apply(Op.OFFSET, operands, IntType(lo, hi), span)

    def _slice(self, node: ast.Subscript, part: ast.Slice) -> Operand:
        parts = [p for p in (part.lower, part.upper, part.step) if p is not None]
        if isinstance(held := self.expression(node.value), Static):
            bounds = [self.expression(p) for p in parts]
            if all(isinstance(b, Static) for b in bounds):
                given = iter([b.value for b in bounds if isinstance(b, Static)])
                ends = [
                    None if p is None else next(given) for p in (part.lower, part.upper, part.step)
                ]
                whole = held.value
                return self.computed(lambda: whole[slice(*ends)], node)
        if (isinstance(held, Object) or self.is_struct(held)) and self.special(held, "__iter__"):
            held = Dynamic(self.iterable_expr(held, node.value))
        expr = self.simple_value(held, node.value)
        kind, span = kind_of_expr(expr), self.span(node)
        ends_: list[Expr] = []
        for p in (part.lower, part.upper, part.step):
            if p is None:
                ends_.append(ir.Const(None, NoneType(), span))
            else:
                ends_.append(self.index_expr(self.expression(p), p))
        if isinstance(kind, TupleType):
            cut = [e.value for e in ends_ if isinstance(e, ir.Const)]
            if len(cut) == 3:
                picked = list(range(len(kind.items)))[slice(*cut)]
                fields = tuple(ir.Field(expr, k, kind.items[k], span) for k in picked)
                kinds = TupleType(tuple(kind.items[k] for k in picked))
                return Dynamic(apply(Op.TUPLE, fields, kinds, span))
        if isinstance(kind, TextType):
            return self._text_slice(expr, kind, ends_, node)
        items = self.as_list(expr, node)
        listed = kind_of_expr(items)
        return Dynamic(apply(Op.SLICE, (items, *ends_), listed, span))

    def _text_slice(
        self, text: Expr, kind: TextType, ends: list[Expr], node: ast.Subscript
    ) -> Operand:
        """All parts of all texts in a table: so they are known before any step."""
        known = [_values(each) for each in ends]
        size = prod(len(each) for each in known) * len(kind.values)
        if not 0 < size <= PARTS:
            help = "compare items instead: any(word[k] == 'r' for k in range(n))"
            self.refuse("E046", "too many parts of texts are possible here", node, help)
        if 0 in known[2]:
            self.refuse("E057", "the step of a slice is not 0", node)
        parts = [
            ((word, *cut), word[slice(*cut)]) for word in kind.values for cut in product(*known)
        ]
        result = TextType(tuple(dict.fromkeys(part for _, part in parts)))
        types = TupleType((kind, *map(kind_of_expr, ends)))
        span = self.span(node)
        key = apply(Op.TUPLE, (text, *ends), types, span)
        return Dynamic(ir.Lookup(key, tuple(parts), result, span))

    def simple_value(self, operand: Operand, node: ast.AST) -> Expr:
        """The operand as a value that is cheap to use twice."""
        expr = self.value_expr(operand, node)
        return expr if isinstance(expr, ir.Const | ir.Local) else self.temporary(expr)


def _values(end: Expr) -> Sequence[int | None]:
    """What a slice's end may be; nothing where that is too much or not known."""
    match end, kind_of_expr(end):
        case ir.Const(value=value), _:
            return (value,)
        case _, IntType(lo=int(lo), hi=int(hi)) if hi - lo < PARTS:
            return range(lo, hi + 1)
        case _:
            return ()


def _inner(holder: PlaceOperand, shape: ArrayShape) -> tuple[int, ...]:
    return tuple(s + k * shape.stride for s in holder.slots for k in range(shape.length))
