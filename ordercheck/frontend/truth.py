"""Truth and iteration: what counts as true, and what a loop goes over."""

from __future__ import annotations

import ast

from ordercheck.frontend.attributes import Attributes
from ordercheck.frontend.making import apply, boolean, kind_of_expr, number
from ordercheck.frontend.operands import (
    Bound,
    BuiltinMethod,
    Closure,
    Dynamic,
    Object,
    Operand,
    PlaceOperand,
    Started,
    Static,
)
from ordercheck.frontend.typing_rules import BOOL, describe_type, item_type, ordered
from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import Expr, Op
from ordercheck.ir.types import (
    ArrayShape,
    BagType,
    BoolType,
    EnumType,
    IntType,
    ListType,
    MapType,
    NeverType,
    NoneType,
    PlaceType,
    RefType,
    SetType,
    StructType,
    TaskType,
    TextType,
    TupleType,
    Type,
    UnionType,
    options_of,
)
from ordercheck.language.places import Place


class Truth(Attributes):
    """Lowers conditions and iteration."""

    def truth(self, operand: Operand, node: ast.AST) -> Expr:
        """Whether an operand counts as true."""
        span = self.span(node)
        match operand:
            case Static(value=value) if not isinstance(value, Place):
                return boolean(bool(value), span)
            case Bound() | BuiltinMethod() | Closure() | Started():
                self.refuse("E058", "a function is always true", node, "call it?")
            case Object():
                for name in ("__bool__", "__len__"):
                    found = self.dunder(operand, name, [], node)
                    if found is not None:
                        return self.truth(found, node)
                return boolean(True, span)
            case PlaceOperand(kind=ArrayShape(length=length)):
                return boolean(length > 0, span)
            case _:
                return self.truth_of(self.value_expr(operand, node), node)

    def truth_of(self, expr: Expr, node: ast.AST) -> Expr:
        """Whether a value counts as true."""
        span, kind = self.span(node), kind_of_expr(expr)
        match kind:
            case BoolType():
                return expr
            case NeverType():
                return ir.Cast(expr, BOOL, span)  # ends in a model error: it has no value
            case IntType():
                return apply(Op.NE, (expr, number(0, span)), BOOL, span)
            case NoneType():
                return boolean(False, span)
            case TupleType(items=items):
                return boolean(bool(items), span)
            case ListType() | SetType() | MapType() | BagType() | TextType():
                length = apply(Op.LENGTH, (expr,), IntType(0, None), span)
                return apply(Op.NE, (length, number(0, span)), BOOL, span)
            case EnumType() | TaskType() | RefType() | PlaceType():
                return boolean(True, span)
            case StructType():
                for name in ("__bool__", "__len__"):
                    found = self.dunder(Dynamic(expr), name, [], node)
                    if found is not None:
                        return self.truth(found, node)
                return boolean(True, span)
            case UnionType(options=options):
                return self._truth_of_union(expr, options, node)

    def _truth_of_union(self, expr: Expr, options: tuple[Type, ...], node: ast.AST) -> Expr:
        span = self.span(node)
        expr = expr if isinstance(expr, ir.Const | ir.Local) else self.temporary(expr)
        rest = tuple(option for option in options if option != NoneType())
        test: Expr | None = None
        if len(rest) < len(options):
            none = ir.IsA(expr, NoneType(), BOOL, span)
            test = apply(Op.NOT, (none,), BOOL, span)
        inner = rest[0] if len(rest) == 1 else UnionType(rest)
        if len(rest) == 1:
            value = self.truth_of(ir.Cast(expr, inner, span), node)
        elif all(isinstance(o, EnumType | StructType | RefType | TaskType) for o in rest):
            value = boolean(True, span)
        else:
            self.refuse("E059", "what counts as true here?", node, "say it: is not None, != 0, …")
        if isinstance(value, ir.Const) and value.value is True:
            return test or value
        return value if test is None else ir.Logic("and", (test, value), BOOL, span)

    def iterable_expr(self, operand: Operand, node: ast.AST) -> Expr:
        """An operand as the list of what iterating over it gives."""
        match operand:
            case Static(value=value):
                if isinstance(value, dict):
                    return self.const(list(value), node)
                if isinstance(value, str):
                    return self.const(list(value), node)
                const = self.const(value, node)
                return self.as_list(const, node)
            case Object() | Dynamic() if isinstance(operand, Object) or self.is_struct(operand):
                found = self.dunder(operand, "__iter__", [], node)
                if found is None:
                    self.refuse("E060", "this cannot be iterated over", node, "it has no __iter__")
                return self.iterable_expr(found, node)
            case PlaceOperand(kind=ArrayShape(item=ArrayShape() as item, length=length) as shape):
                slots = tuple(s + k * shape.stride for s in operand.slots for k in range(length))
                if not isinstance(operand.address, ir.Const):
                    self.refuse("E044", "an array of arrays found at run time", node)
                kind = PlaceType(item, slots, operand.old)
                return ir.Const(slots, ListType(kind, length), self.span(node))
            case _:
                return self.as_list(self.value_expr(operand, node), node)

    def as_list(self, expr: Expr, node: ast.AST) -> Expr:
        """A collection's items as a list, in their order."""
        kind, span = kind_of_expr(expr), self.span(node)
        match kind:
            case ListType():
                return expr
            case TupleType(items=items):
                listed = ListType(item_type(kind), len(items))
                if isinstance(expr, ir.Const):
                    return ir.Const(expr.value, listed, expr.span)
                return apply(Op.ITEMS, (expr,), listed, span)
            case SetType(domain=inner):
                return apply(Op.ITEMS, (expr,), ListType(inner, None), span)
            case BagType(domain=inner, capacity=capacity):
                return apply(Op.ITEMS, (expr,), ListType(inner, capacity), span)
            case MapType(key=key):
                return apply(Op.KEYS, (expr,), ListType(key, None), span)
            case TextType(values=values):
                letters = TextType(tuple(dict.fromkeys("".join(values))))
                longest = max((len(v) for v in values), default=0)
                table = tuple((value, tuple(value)) for value in values)
                return ir.Lookup(expr, table, ListType(letters, longest), span)
            case UnionType(options=options):
                rest = tuple(o for o in options if o != NoneType())
                if len(rest) == 1:
                    return self.as_list(ir.Cast(expr, rest[0], span), node)
            case NeverType():
                return apply(Op.LIST, (), ListType(NeverType(), 0), span)
            case _:
                pass
        self.refuse("E060", "this cannot be iterated over", node, describe_type(kind))

    def ordered_items(self, listed: Expr, node: ast.AST) -> Expr:
        """A list whose items have an order; None among them is a model error."""
        kind = kind_of_expr(listed)
        if isinstance(kind, ListType):
            options = options_of(kind.item)
            rest = tuple(option for option in options if option != NoneType())
            if rest and len(rest) < len(options):
                item = rest[0] if len(rest) == 1 else UnionType(rest)
                each = ir.Local(self.fresh("each"), kind.item)
                cast = ir.Cast(each, item, self.span(node))
                made = ListType(item, kind.capacity)
                listed = ir.Comprehend(cast, (ir.Each(each, listed),), made, self.span(node))
                kind = made
            self.check_ordered(kind.item, node)
        return listed

    def check_ordered(self, kind: Type, node: ast.AST) -> None:
        """Refuse to compare values of a type by <."""
        if not ordered(kind):
            self.refuse(
                "E032",
                f"{describe_type(kind)} and {describe_type(kind)} have no order",
                node,
                "which is the smaller one?",
                "give a key: sorted(xs, key=lambda x: x.number)",
            )
