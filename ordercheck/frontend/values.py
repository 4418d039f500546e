"""Operands as IR expressions: constants, references, and what places hold."""

from __future__ import annotations

import ast
from collections.abc import Collection
from typing import NoReturn

from ordercheck.frontend.kinds import Unrepresentable
from ordercheck.frontend.making import (
    describe,
    kind_of_expr,
    retyped,
    several_places,
)
from ordercheck.frontend.operands import (
    Bound,
    BuiltinMethod,
    Cell,
    Closure,
    Dynamic,
    Object,
    Operand,
    PlaceOperand,
    Started,
    Static,
)
from ordercheck.frontend.past import seen_before
from ordercheck.frontend.scope import POISON, Refused, Scope
from ordercheck.frontend.vats import use_place
from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import Expr, Op
from ordercheck.ir.types import (
    ArrayShape,
    BoolType,
    ListType,
    NoneType,
    PlaceType,
    RefType,
    Type,
    join,
    options_of,
)
from ordercheck.language.domains import LARGEST, SMALLER
from ordercheck.language.places import Place


class Values(Scope):
    """Makes expressions of operands."""

    def expr_of(self, operand: Operand, node: ast.AST) -> Expr:
        """The operand as an IR expression, refused where it is no value."""
        match operand:
            case Object(expr=expr, old=True):
                return seen_before(expr)
            case Dynamic(expr=expr) | Object(expr=expr):
                return expr
            case PlaceOperand(address=address, kind=kind, slots=slots, old=old):
                if isinstance(address, ir.Const | ir.Local):
                    return retyped(address, PlaceType(kind, slots, old))
                local = self.temporary(address, "place")
                return ir.Local(local.name, PlaceType(kind, slots, old))
            case Cell():
                return self.expr_of(self.read_cell(operand, node), node)
            case Static(value=value):
                return self.const(value, node)
            case Started():
                self.refuse_unawaited(node)
            case Bound() | BuiltinMethod() | Closure():
                self.refuse("E043", "a function is no value of the state", node, "call it?")

    def refuse_unawaited(self, node: ast.AST) -> NoReturn:
        """Refuse a call of a coroutine of which nothing comes."""
        headline = "a coroutine that is not awaited does nothing"
        self.refuse("E042", headline, node, "await it here", "await …")

    def const(self, value: object, node: ast.AST) -> ir.Const:
        """A Python object as an IR constant, refused where it is none."""
        if value is POISON.value:
            raise Refused(None)
        self.check_size(value, node)
        kinds = self.unit.world.kinds
        try:
            kind = kinds.type_of_value(value)
            return ir.Const(kinds.to_value(value, kind), kind, self.span(node))
        except (Unrepresentable, TypeError, RecursionError):
            self.refuse(
                "E044",
                f"{describe(value)} is no value that a step can use",
                node,
                "what should this be in the model's state?",
                "values are bool, int, Enum, str, None, tuples, frozensets and structs",
            )

    def check_size(self, value: object, node: ast.AST) -> None:
        """Refuse a collection that no exploration could go through."""
        if isinstance(value, Collection) and not isinstance(value, type | Place):
            if isinstance(value, range):
                many = bool(value[LARGEST : LARGEST + 1])
            else:
                many = len(value) > LARGEST
            if many:
                self.refuse(
                    "E029", f"more than {LARGEST:,} values", node, "too many to be tried", SMALLER
                )

    def value_expr(self, operand: Operand, node: ast.AST) -> Expr:
        """The operand as a value: a place is read."""
        match operand:
            case PlaceOperand():
                return self.load_place(operand, node)
            case Dynamic(expr=expr) if several_places(kind_of_expr(expr)):
                return self._load_several(expr, node)
            case Dynamic(expr=expr) if isinstance(_if_not_none(kind_of_expr(expr)), PlaceType):
                held = self.sure(operand, node)
                assert isinstance(held, PlaceOperand)
                return self.load_place(held, node)
            case _:
                return self.expr_of(operand, node)

    def _load_several(self, expr: Expr, node: ast.AST) -> Expr:
        """The contents of one of several places that hold different types."""
        ways = self.place_ways(expr, node)
        found = self.load_place(ways[-1][1], node)
        for test, place in reversed(ways[:-1]):
            load = self.load_place(place, node)
            kind = join(load.type, found.type)
            found = ir.Conditional(test, load, found, kind, self.span(node))
        return found

    def place_ways(self, expr: Expr, node: ast.AST) -> list[tuple[Expr, PlaceOperand]]:
        """For each type of place that a reference may lead to: the test, and the place then."""
        held = expr if isinstance(expr, ir.Local) else self.temporary(expr, "place")
        ways: list[tuple[Expr, PlaceOperand]] = []
        for option in options_of(kind_of_expr(expr)):
            assert isinstance(option, PlaceType)
            address = retyped(held, option)
            listed = ir.Const(option.slots, ListType(option, len(option.slots)), self.span(node))
            # Not of the address as that option: its type would say that it is one.
            test = ir.Apply(Op.CONTAINS, (listed, held), BoolType(), self.span(node))
            ways.append((test, PlaceOperand(address, option.kind, option.slots, option.old)))
        return ways

    def sure(self, operand: Operand, node: ast.AST) -> Operand:
        """A reference that may be None as a reference; None there is a model error."""
        if not isinstance(operand, Dynamic):
            return operand
        kind = _if_not_none(kind_of_expr(operand.expr))
        if not isinstance(kind, PlaceType | RefType):
            return operand
        cast = ir.Cast(operand.expr, kind, self.span(node))
        # Which component it is may need no looking; that it is None is an error all the same.
        return self.wrap(self.temporary(cast, "of") if isinstance(kind, RefType) else cast)

    def stored_expr(self, operand: Operand, node: ast.AST) -> Expr:
        """The operand as a value to keep; a place is none, since it goes on changing."""
        if isinstance(operand, PlaceOperand):
            self.refuse(
                "E093",
                "a place is no value",
                node,
                "what it holds now, or a name for it?",
                "a copy of what it holds: tuple(…), frozenset(…)",
            )
        return self.value_expr(operand, node)

    def load_place(self, place: PlaceOperand, node: ast.AST) -> Expr:
        """A place's whole contents."""
        span = self.span(node)
        use_place(self, place, node)
        load: Expr
        match place.kind:
            case ArrayShape(item=ArrayShape()):
                self.refuse("E044", "an array of arrays is no value", node, "index it first")
            case ArrayShape(item=item, length=length) as shape:
                assert not isinstance(item, ArrayShape)
                listed = ListType(item, length)
                load = ir.LoadArray(place.address, length, shape.stride, listed, span, place.old)
            case kind:
                load = ir.Load(place.address, kind, span, place.old)
        return seen_before(load) if place.old else load

    def spill(self, operand: Operand, node: ast.AST) -> Operand:
        """The operand, unaffected by whatever is emitted after this."""
        match operand:
            case Dynamic(expr=ir.Const()) | Object(expr=ir.Const()):
                return operand
            case Dynamic(expr=ir.Local(name=name)) if name not in self.types:
                return operand
            case Dynamic(expr=expr):
                return Dynamic(self.temporary(expr))
            case Object(expr=expr, old=old):
                return Object(self.temporary(expr), old)
            case PlaceOperand(address=address) if not isinstance(address, ir.Const):
                return self.wrap(self.temporary(self.expr_of(operand, node), "place"), operand.old)
            case _:
                return operand


def _if_not_none(kind: Type) -> Type | None:
    """What a value is that may be None, where it is not; None if that is not one type."""
    options = options_of(kind)
    rest = [option for option in options if option != NoneType()]
    return rest[0] if len(rest) == 1 < len(options) else None
