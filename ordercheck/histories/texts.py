"""Values as Python writes them, read back: `(1, 'a')`, `Call(ref=0, call=2)`, `Phase.IDLE`."""

from __future__ import annotations

import ast

from ordercheck.histories.values import Value
from ordercheck.ir.record import dataclass


@dataclass(frozen=True, slots=True)
class Struct:
    """A record with a name and named fields."""

    name: str
    fields: tuple[tuple[str, Value], ...]


def value_of(text: str) -> Value:
    """The value; what is no plain value, such as a task, stays a text."""
    try:
        return _value(ast.parse(text, mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text


def _value(node: ast.expr) -> Value:
    match node:
        case ast.Constant(value=value) if value is not Ellipsis:
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(number))):
            return -number
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            return tuple(map(_value, parts))
        case ast.Call(func=ast.Name(id=name), args=[], keywords=words) if words:
            return Struct(name, tuple((word.arg or "", _value(word.value)) for word in words))
        case _:
            return ast.unparse(node)
