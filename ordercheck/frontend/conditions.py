"""What must be true or false: a property, or a claim on the command line."""

from __future__ import annotations

import ast

from ordercheck.ir.types import (
    ArrayShape,
    BagType,
    BoolType,
    IntType,
    ListType,
    MapType,
    NeverType,
    NoneType,
    PlaceType,
    RefType,
    SetType,
    Type,
    UnionType,
)

NO_CONDITION = "this is not a condition: it is neither true nor false"


def is_condition(kind: Type) -> bool:
    """Whether its values are true or false: what else would count as true is not guessed."""
    return isinstance(kind, BoolType | NeverType)


def how_to_ask(expr: ast.expr, kind: Type, text: str) -> str:
    """What would be a condition: a number, for one, was rather meant to be compared."""
    match kind:
        case _ if not isinstance(expr, ast.Name | ast.Attribute | ast.Subscript | ast.Call):
            return "say what must be true, as a comparison"
        case IntType():
            return f"compare it: {text} != 0"
        case SetType() | ListType() | MapType() | BagType() | PlaceType(kind=ArrayShape()):
            return f"say what must be true: len({text}) > 0"
        case UnionType(options=options) if NoneType() in options:
            return f"say what must be true: {text} is not None"
        case RefType():
            return f"say what must be true of it: {text}.… == …"
        case _:
            return f"compare it with something: {text} == …"
