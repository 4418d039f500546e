"""Making IR expressions and types: the small change of lowering."""

from __future__ import annotations

from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import Expr, Op
from ordercheck.ir.span import Span
from ordercheck.ir.types import (
    BoolType,
    IntType,
    ListType,
    MapType,
    NeverType,
    PlaceType,
    TupleType,
    Type,
    UnionType,
    join,
    options_of,
)


def of_any_length(kind: Type) -> Type:
    """The type of a local that has held tuples of several lengths: a list of their items."""
    options = options_of(kind)
    if len(options) == 1 or not all(isinstance(o, TupleType | ListType) for o in options):
        return kind
    item: Type = NeverType()
    for option in options:
        parts = option.items if isinstance(option, TupleType) else ()
        for part in (*parts, *((option.item,) if isinstance(option, ListType) else ())):
            item = join(item, part)
    return ListType(item, None)


def as_items(value: Expr, kind: Type, span: Span) -> Expr:
    """A tuple as a list."""
    if isinstance(value, ir.Const):
        return ir.Const(value.value, kind, value.span)
    return ir.Apply(Op.ITEMS, (value,), kind, span)


def several_places(kind: Type) -> bool:
    """Whether values of the type are references to places of different types."""
    options = options_of(kind)
    return len(options) > 1 and all(isinstance(option, PlaceType) for option in options)


def retyped(expr: ir.Const | ir.Local, kind: Type) -> ir.Const | ir.Local:
    """The same constant or local, seen as of another type."""
    match expr:
        case ir.Const(value=value, span=span):
            return ir.Const(value, kind, span)
        case ir.Local(name=name, span=span):
            return ir.Local(name, kind, span)


def kind_of_expr(expr: Expr) -> Type:
    """An expression's type."""
    return expr.type


def span_of_expr(expr: Expr) -> Span:
    """An expression's span."""
    return expr.span


def widen(kind: Type) -> Type:
    """The type without bounds that inference keeps moving."""
    match kind:
        case IntType():
            return IntType()
        case ListType(item=item):
            return ListType(widen(item), None)
        case UnionType(options=options):
            return UnionType(tuple(map(widen, options)))
        case _:
            return kind


def needs_cast(target: Type, given: Type) -> bool:
    """Whether values of `given` are represented in another way in `target` (maps are)."""
    return isinstance(target, MapType) and isinstance(given, MapType) and target.key != given.key


def describe(value: object) -> str:
    """How to call a Python object in a message."""
    name = getattr(value, "__name__", None)
    return f"{name}" if name else f"a {type(value).__name__}"


def number(value: int, span: Span) -> ir.Const:
    """An integer constant."""
    return ir.Const(value, IntType(value, value), span)


def boolean(value: bool, span: Span) -> ir.Const:
    """A boolean constant."""
    return ir.Const(value, BoolType(), span)


def apply(op: Op, operands: tuple[Expr, ...], kind: Type, span: Span) -> ir.Apply:
    """An operation."""
    return ir.Apply(op, operands, kind, span)
