"""Attributes: what a component, a struct, an enum or a Python object has under a name."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from types import FunctionType
from types import NoneType as NoneClass
from typing import Any

from ordercheck.frontend.forms import differ
from ordercheck.frontend.making import describe, kind_of_expr
from ordercheck.frontend.operands import (
    Bound,
    BuiltinMethod,
    Dynamic,
    Object,
    Operand,
    PlaceOperand,
    Static,
)
from ordercheck.frontend.past import MIXED, MIXED_HELP, MIXED_LABEL, Unseen, of_both_states
from ordercheck.frontend.values import Values
from ordercheck.frontend.variables import load_variable
from ordercheck.frontend.vats import use_component
from ordercheck.frontend.world import class_attribute
from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import Expr
from ordercheck.ir.types import (
    EnumType,
    IntType,
    NeverType,
    NoneType,
    PlaceType,
    RefType,
    StructType,
    TextType,
    Type,
    UnionType,
    join,
    options_of,
)
from ordercheck.language.places import Pool

PLAIN = (bool, int, str, Enum, NoneClass)


class Attributes(Values):
    """Lowers attribute access and special methods."""

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
        if isinstance(value, Inherited):
            return self._inherited(value, name, node)
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

    def _inherited(self, given: Inherited, name: str, node: ast.Attribute) -> Operand:
        """What a class above a method's own one has under a name."""
        found = [_above(owner, given.owner, name) for owner in self.owners(given.receiver)]
        first = found[0] if found else None
        if first is None or any(each is not first for each in found):
            self.refuse("E056", f"no base of {given.owner.__name__} has {name}", node)
        if isinstance(first, property) and first.fget is not None:
            return self.invoke(Bound(given.receiver, first.fget), [], {}, node)
        if isinstance(first, FunctionType):
            return Bound(given.receiver, first)
        return self.static(first.__func__ if isinstance(first, staticmethod) else first)

    def _object_attribute(self, expr: Expr, old: bool, name: str, node: ast.AST) -> Operand:
        kind = kind_of_expr(expr)
        assert isinstance(kind, RefType)
        world = self.unit.world
        ids = kind.components
        slots = [world.variables.get((k, name)) for k in ids]
        if all(slot is not None for slot in slots):
            if not old:
                use_component(self, expr, node)
            known = [(k, slot) for k, slot in zip(ids, slots, strict=True) if slot is not None]
            if isinstance(expr, ir.Const):
                known = [(k, slot) for k, slot in known if k == expr.value]
            types = [world.slots[slot] for _, slot in known]
            return self.wrap(load_variable(self, expr, known, types, old, node), old)
        values = [self._found_member(k, name, node) for k in ids]
        first = values[0]
        if len(values) == 1:
            return self._single(expr, old, first, node)
        if all(_is_same_plain(v, first) for v in values):
            return self.static(first)
        if all(isinstance(v, FunctionType) and v is first for v in values):
            return Bound(Object(expr, old), _Dispatch(name) if differ(world, ids) else first)
        if all(isinstance(v, property | staticmethod) and v is first for v in values):
            return self._single(expr, old, first, node)
        if any(isinstance(v, FunctionType) for v in values):
            return Bound(Object(expr, old), _Dispatch(name))
        if any(isinstance(v, property) for v in values):
            assert isinstance(node, ast.expr)
            return self.invoke(Bound(Object(expr, old), _Dispatch(name, False)), [], {}, node)
        consts = [self.const(v, node) for v in values]
        joined: Type = NeverType()
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
        try:
            return getattr(owner, name)
        except AttributeError:  # of the class alone, as __name__
            self.refuse("E056", f"{type(owner).__name__} has no attribute {name}", node)

    def _single(self, expr: Expr, old: bool, value: Any, node: ast.AST) -> Operand:
        if isinstance(value, staticmethod):
            return Static(value.__func__)
        if isinstance(value, FunctionType):
            return Bound(Object(expr, old), value)
        if isinstance(value, property) and value.fget is not None:
            assert isinstance(node, ast.expr)
            return self.invoke(Bound(Object(expr, old), value.fget), [], {}, node)
        return self._past(value, node) if old else self.static(value)

    def _past(self, value: object, node: ast.AST) -> Operand:
        """What a component holds since set-up, as it was before the step."""
        try:
            return self.static(self.unit.world.past(value))
        except Unseen as unseen:
            self.refuse(
                "E100",
                f"{describe(unseen.args[0])} of the state before cannot be looked into",
                node,
                "what leads from here to the state before is not known",
                "compare variables and lists of components: before.items[0].n",
            )

    def _select(self, expr: Expr, ids: tuple[int, ...], values: list[Any], kind: Type) -> Expr:
        if isinstance(expr, ir.Const):
            value = values[ids.index(expr.value)]
            return ir.Const(value, kind if kind != IntType() else IntType(value, value), expr.span)
        return ir.Lookup(expr, tuple(zip(ids, values, strict=True)), kind, expr.span)

    def _value_attribute(self, expr: Expr, name: str, node: ast.Attribute) -> Operand:
        kind = kind_of_expr(expr)
        span = self.span(node)
        if of_both_states(kind):
            self.refuse("E100", MIXED, node.value, MIXED_LABEL, MIXED_HELP)
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
                if len(rest) == 1 and isinstance(rest[0], PlaceType | RefType):
                    return self.attribute(self.sure(Dynamic(expr), node.value), name, node)
                if len(rest) == 1:
                    return self.attribute(self.wrap(ir.Cast(expr, rest[0], span)), name, node)
            case NeverType():
                # No value comes of it: whatever the expression is, it ends in a model error.
                return Dynamic(expr)
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
        methods = [class_attribute(owner, name, None) for owner in self.owners(operand)]
        if methods and all(isinstance(m, FunctionType) and m is methods[0] for m in methods):
            method = methods[0]
            return method if isinstance(method, FunctionType) else None
        return None

    def owners(self, operand: Operand) -> list[type]:
        """The classes that an object or a struct may be of."""
        match operand:
            case Object(expr=expr):
                kind = kind_of_expr(expr)
                assert isinstance(kind, RefType)
                return [type(self.unit.world.components[k]) for k in kind.components]
            case Dynamic(expr=expr):
                structs = self.struct_options(kind_of_expr(expr))
                known = [self.unit.world.kinds.class_of(struct.name) for struct in structs]
                return [owner for owner in known if owner]
            case Static(value=value):
                return [type(value)]
            case _:
                return []


@dataclass(frozen=True, slots=True, eq=False)
class Inherited:
    """What `super()` gives in a method of `owner`: the receiver, as its base classes know it."""

    owner: type
    receiver: Operand


def _above(given: type, owner: type, name: str) -> Any:
    """What a class finds under a name behind `owner` in its order of bases; None for nothing."""
    order = given.__mro__
    if owner not in order:
        return None
    for base in order[order.index(owner) + 1 :]:
        if name in base.__dict__:
            return base.__dict__[name]
    return None


class _Dispatch:
    """Stands for what differs between the candidates of a receiver: a method, or a property."""

    def __init__(self, name: str, called: bool = True) -> None:
        self.name = name
        self.called = called

    def __call__(self) -> None:
        """Never called; only a marker."""


def dispatched(function: object) -> tuple[str, bool] | None:
    """The name of what differs between receivers, and whether it is called there."""
    return (function.name, function.called) if isinstance(function, _Dispatch) else None


def _is_same_plain(one: object, other: object) -> bool:
    """Whether two constants are one: no place and no component, but a plain value."""
    return type(one) is type(other) and isinstance(one, PLAIN) and one == other


def _called(value: object) -> str:
    return getattr(value, "__name__", None) or type(value).__name__


def _suggestion(name: str, owner: object) -> str:
    from difflib import get_close_matches

    known = [n for n in (*vars(owner), *dir(type(owner))) if not n.startswith("_")]
    close = get_close_matches(name, known, 1)
    return f"did you mean {close[0]}?" if close else ""
