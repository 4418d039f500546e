"""Attributes, subscripts, truth and iteration: what Python does by asking the object."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from enum import Enum
from types import FunctionType
from typing import Any

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
from ordercheck.frontend.scope import Scope, apply, boolean, kind_of_expr, number
from ordercheck.frontend.typing_rules import BOOL, describe_type, item_type, ordered
from ordercheck.frontend.world import class_attribute
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
    join,
    options_of,
)
from ordercheck.language.places import Place, Pool


class Attributes(Scope):
    """Lowers attribute access, subscripts, truth values and iteration."""

    # --- attributes --------------------------------------------------------------------

    def attribute(self, operand: Operand, name: str, node: ast.Attribute) -> Operand:
        """An attribute of an operand."""
        match operand:
            case Object(expr=expr, old=old):
                return self._object_attribute(expr, old, name, node)
            case PlaceOperand():
                return BuiltinMethod(operand, name, node.value)
            case Static(value=value):
                return self._static_attribute(value, name, node)
            case Dynamic(expr=expr):
                return self._value_attribute(expr, name, node)
            case _:
                self.refuse("E056", f"this has no attribute {name}", node)

    def _static_attribute(self, value: Any, name: str, node: ast.Attribute) -> Operand:
        if isinstance(value, Enum) and name in ("name", "value"):
            return Static(getattr(value, name))
        if isinstance(value, Pool):
            return BuiltinMethod(Static(value), name, node.value)
        if isinstance(value, str | tuple | list | dict | frozenset | set | range | int):
            return BuiltinMethod(Static(value), name, node.value)
        try:
            found = inspect.getattr_static(value, name)
        except AttributeError:
            found = getattr(value, name, None)
            if found is None:
                self.refuse(
                    "E056", f"{_called(value)} has no attribute {name}", node, "no such attribute"
                )
        if isinstance(found, FunctionType) and not isinstance(value, type) and callable(found):
            if not inspect.ismodule(value):
                return Bound(Static(value), found)
            return Static(found)
        if isinstance(found, property) and found.fget is not None:
            return self.invoke(Bound(Static(value), found.fget), [], {}, node)
        return self.static(getattr(value, name))

    def _object_attribute(self, expr: Expr, old: bool, name: str, node: ast.AST) -> Operand:
        kind = kind_of_expr(expr)
        assert isinstance(kind, RefType)
        world = self.unit.world
        ids = kind.components
        slots = [world.variables.get((k, name)) for k in ids]
        if all(slot is not None for slot in slots):
            address = self._select(expr, ids, slots, IntType())
            kinds = [world.slots[s] for s in slots if s is not None]
            joined = kinds[0]
            for other in kinds[1:]:
                joined = join(joined, other)
            return self.wrap(ir.Load(address, joined, self.span(node), old), old)
        values = [self._found_member(k, name, node) for k in ids]
        first = values[0]
        if len(values) == 1:
            return self._single(expr, old, first, node)
        if all(isinstance(v, FunctionType) and v is first for v in values):
            return Bound(Object(expr, old), first)
        if all(isinstance(v, property | staticmethod) and v is first for v in values):
            return self._single(expr, old, first, node)
        if any(isinstance(v, FunctionType) for v in values):
            return Bound(Object(expr, old), _Dispatch(name))
        consts = [self.const(v, node) for v in values]
        joined = NeverType()
        for const in consts:
            joined = join(joined, const.type)
        converted = [self.unit.world.kinds.to_value(v, joined) for v in values]
        return self.wrap(self._select(expr, ids, converted, joined), old)

    def _found_member(self, component: int, name: str, node: ast.AST) -> Any:
        world = self.unit.world
        owner = world.components[component]
        if (component, name) in world.variables:
            self.refuse("E056", f"{name} is a variable of some of these components only", node)
        if name in vars(owner):
            held = vars(owner)[name]
            # A function that is an instance's attribute is no method.
            return staticmethod(held) if isinstance(held, FunctionType) else held
        try:
            found = class_attribute(type(owner), name)
        except AttributeError:
            self.refuse(
                "E056",
                f"{type(owner).__name__} has no attribute {name}",
                node,
                "no such attribute",
                _suggestion(name, owner),
            )
        if isinstance(found, FunctionType | property | staticmethod):
            return found
        return getattr(owner, name)

    def _single(self, expr: Expr, old: bool, value: Any, node: ast.AST) -> Operand:
        if isinstance(value, staticmethod):
            return Static(value.__func__)
        if isinstance(value, FunctionType):
            return Bound(Object(expr, old), value)
        if isinstance(value, property) and value.fget is not None:
            assert isinstance(node, ast.expr)
            return self.invoke(Bound(Object(expr, old), value.fget), [], {}, node)
        saved, self.past = self.past, old or self.past
        try:
            return self.static(value)
        finally:
            self.past = saved

    def _select(self, expr: Expr, ids: tuple[int, ...], values: list[Any], kind: Type) -> Expr:
        if isinstance(expr, ir.Const):
            value = values[ids.index(expr.value)]
            return ir.Const(value, kind if kind != IntType() else IntType(value, value), expr.span)
        return ir.Lookup(expr, tuple(zip(ids, values, strict=True)), kind, expr.span)

    def _value_attribute(self, expr: Expr, name: str, node: ast.Attribute) -> Operand:
        kind = kind_of_expr(expr)
        span = self.span(node)
        match kind:
            case StructType() | UnionType() if self.is_struct(Dynamic(expr)):
                return self._struct_attribute(expr, name, node)
            case EnumType(members=members) if name == "name":
                table = tuple(zip(kind.values, members, strict=True))
                return Dynamic(ir.Lookup(expr, table, TextType(members), span))
            case EnumType(name=enum_name) if name == "value":
                values = [m.value for m in self.unit.world.kinds.enums[enum_name]]
                joined = self.unit.world.kinds.type_of_values(values)
                pairs = tuple(zip(kind.values, values, strict=True))
                return Dynamic(ir.Lookup(expr, pairs, joined, span))
            case EnumType(name=enum_name):
                return self._enum_attribute(expr, enum_name, name, node)
            case UnionType(options=options):
                rest = tuple(o for o in options if o != NoneType())
                if len(rest) == 1:
                    return self.attribute(self.wrap(ir.Cast(expr, rest[0], span)), name, node)
            case NeverType():
                return Dynamic(ir.Local("never", NeverType(), span))
            case _:
                pass
        return BuiltinMethod(Dynamic(expr), name, node.value)

    def _enum_attribute(
        self, expr: Expr, enum_name: str, name: str, node: ast.Attribute
    ) -> Operand:
        owner = self.unit.world.kinds.enums[enum_name]
        found = inspect.getattr_static(owner, name, None)
        if isinstance(found, FunctionType):
            return Bound(Dynamic(expr), found)
        if isinstance(found, property) and found.fget is not None:
            return self.invoke(Bound(Dynamic(expr), found.fget), [], {}, node)
        self.refuse("E056", f"{enum_name} has no attribute {name}", node, "no such attribute")

    def _struct_attribute(self, expr: Expr, name: str, node: ast.Attribute) -> Operand:
        span = self.span(node)
        structs = self.struct_options(kind_of_expr(expr))
        having = tuple(s for s in structs if self._has_attribute(s, name))
        if having and len(having) < len(structs):
            # As in Python: on the others the attribute is an error when it comes to it.
            only = having[0] if len(having) == 1 else UnionType(having)
            return self._struct_attribute(ir.Cast(expr, only, span), name, node)
        if len(structs) == 1 and not isinstance(kind_of_expr(expr), StructType):
            expr = ir.Cast(expr, structs[0], span)
        elif NoneType() in options_of(kind_of_expr(expr)):
            expr = ir.Cast(expr, UnionType(structs), span)
        indices: list[tuple[str, int]] = []
        joined: Type = NeverType()
        for struct in structs:
            names = [field for field, _ in struct.fields]
            if name not in names:
                break
            indices.append((struct.name, names.index(name)))
            joined = join(joined, dict(struct.fields)[name])
        else:
            same = len({k for _, k in indices}) == 1
            by_struct = () if same else tuple(indices)
            return self.wrap(ir.Field(expr, indices[0][1], joined, span, by_struct))
        found = [self._class_attribute(struct, name, node) for struct in structs]
        if len(found) == 1 or all(f is found[0] for f in found):
            first = found[0]
            if isinstance(first, property) and first.fget is not None:
                return self.invoke(Bound(Dynamic(expr), first.fget), [], {}, node)
            if isinstance(first, FunctionType):
                return Bound(Dynamic(expr), first)
            return self.static(first)
        return Bound(Dynamic(expr), _Dispatch(name))

    def _has_attribute(self, struct: StructType, name: str) -> bool:
        owner = self.unit.world.kinds.class_of(struct.name)
        return name in dict(struct.fields) or hasattr(owner, name)

    def _class_attribute(self, struct: StructType, name: str, node: ast.AST) -> Any:
        owner = self.unit.world.kinds.class_of(struct.name)
        try:
            return class_attribute(owner or object, name)
        except AttributeError:
            self.refuse(
                "E056",
                f"{struct.name} has no attribute {name}",
                node,
                "no such attribute",
                f"it has: {', '.join(f for f, _ in struct.fields)}" if struct.fields else "",
            )

    def struct_options(self, kind: Type) -> tuple[StructType, ...]:
        """The structs among a type's options."""
        return tuple(o for o in options_of(kind) if isinstance(o, StructType))

    def is_struct(self, operand: Operand) -> bool:
        """Whether the operand is a struct, or one of several, or None."""
        match operand:
            case Dynamic(expr=expr):
                options = options_of(kind_of_expr(expr))
                return any(isinstance(o, StructType) for o in options) and all(
                    isinstance(o, StructType | NoneType) for o in options
                )
            case _:
                return False

    def dunder(
        self, operand: Operand, name: str, arguments: list[Operand], node: ast.AST
    ) -> Operand | None:
        """The result of a special method; None where the class has none."""
        method = self.special(operand, name)
        if method is None:
            return None
        assert isinstance(node, ast.expr)
        return self.invoke(Bound(operand, method), arguments, {}, node)

    def special(self, operand: Operand, name: str) -> Callable[..., Any] | None:
        """A special method of an object's or a struct's class."""
        owners: list[type] = []
        match operand:
            case Object(expr=expr):
                kind = kind_of_expr(expr)
                assert isinstance(kind, RefType)
                owners = [type(self.unit.world.components[k]) for k in kind.components]
            case Dynamic(expr=expr):
                for struct in self.struct_options(kind_of_expr(expr)):
                    found = self.unit.world.kinds.class_of(struct.name)
                    owners += [found] if found else []
            case Static(value=value):
                owners = [type(value)]
            case _:
                pass
        methods = [class_attribute(owner, name, None) for owner in owners]
        if methods and all(isinstance(m, FunctionType) and m is methods[0] for m in methods):
            method = methods[0]
            return method if isinstance(method, FunctionType) else None
        return None

    # --- subscripts -----------------------------------------------------------------------

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
                return Dynamic(ir.Local("never", NeverType(), span))
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
        items = self.as_list(expr, node)
        listed = kind_of_expr(items)
        return Dynamic(apply(Op.SLICE, (items, *ends_), listed, span))

    def simple_value(self, operand: Operand, node: ast.AST) -> Expr:
        """The operand as a value that is cheap to use twice."""
        expr = self.value_expr(operand, node)
        return expr if isinstance(expr, ir.Const | ir.Local) else self.temporary(expr)

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

    # --- truth --------------------------------------------------------------------------------

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
            case BoolType() | NeverType():
                return expr if isinstance(kind, BoolType) else ir.Local("never", BOOL, span)
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

    # --- iteration ------------------------------------------------------------------------------

    def iterable_expr(self, operand: Operand, node: ast.AST) -> Expr:
        """An operand as the list of what iterating over it gives."""
        match operand:
            case Static(value=value):
                if isinstance(value, dict):
                    return self.const(list(value), node)
                if isinstance(value, str):
                    return self.const(list(value), node)
                if isinstance(value, set | frozenset):
                    self.refuse_order(node)
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
                kind = PlaceType(item, slots)
                return ir.Const(slots, ListType(kind, length), self.span(node))
            case _:
                return self.as_list(self.value_expr(operand, node), node)

    def refuse_order(self, node: ast.AST) -> None:
        """Refuse to depend on the order of a set display (sets of constants have none)."""

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
                return apply(Op.ITEMS, (expr,), ListType(letters, longest), span)
            case UnionType(options=options):
                rest = tuple(o for o in options if o != NoneType())
                if len(rest) == 1:
                    return self.as_list(ir.Cast(expr, rest[0], span), node)
            case NeverType():
                return apply(Op.LIST, (), ListType(NeverType(), 0), span)
            case _:
                pass
        self.refuse("E060", "this cannot be iterated over", node, describe_type(kind))


class _Dispatch:
    """Stands for a method that differs between the candidates of a receiver."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self) -> None:
        """Never called; only a marker."""


def dispatched(function: object) -> str | None:
    """The name of a method that differs between receivers."""
    return function.name if isinstance(function, _Dispatch) else None


def _inner(holder: PlaceOperand, shape: ArrayShape) -> tuple[int, ...]:
    return tuple(s + k * shape.stride for s in holder.slots for k in range(shape.length))


def _called(value: object) -> str:
    return getattr(value, "__name__", None) or type(value).__name__


def _suggestion(name: str, owner: object) -> str:
    from difflib import get_close_matches

    known = [n for n in (*vars(owner), *dir(type(owner))) if not n.startswith("_")]
    close = get_close_matches(name, known, 1)
    return f"did you mean {close[0]}?" if close else ""
