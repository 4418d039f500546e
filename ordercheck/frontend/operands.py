"""What an expression lowers to: something known now, or an IR expression."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from ordercheck.frontend.source import Source
from ordercheck.ir.nodes import Expr
from ordercheck.ir.record import dataclass, field
from ordercheck.ir.types import ArrayShape, Type


@dataclass(frozen=True, slots=True)
class Static:
    """A Python object known before any step: a constant, a function, a class, a list, …"""

    value: Any


@dataclass(frozen=True, slots=True)
class Dynamic:
    """A value that the step computes."""

    expr: Expr


@dataclass(frozen=True, slots=True)
class Object:
    """A component, or one of several: `expr` has a RefType. `old`: as it was before the step."""

    expr: Expr
    old: bool = False


@dataclass(frozen=True, slots=True)
class PlaceOperand:
    """A place, by the address of its first slot."""

    address: Expr
    kind: Type | ArrayShape
    slots: tuple[int, ...]
    old: bool = False


@dataclass(frozen=True, slots=True)
class Bound:
    """A method with its receiver; `name` for built-in methods of places and values."""

    receiver: Operand
    function: Callable[..., Any]


@dataclass(frozen=True, slots=True)
class BuiltinMethod:
    """A method of a built-in type or a place; `target` is the syntax of its receiver."""

    receiver: Operand
    name: str
    target: ast.expr


@dataclass(slots=True)
class Activation:
    """One function being lowered or inlined: where its names come from.

    `assigned` are the names that it assigns (its locals), `read` those that it reads,
    `prefix` makes their IR names unique. `body` are its statements, without what is in them.
    """

    source: Source
    globals: dict[str, Any]
    cells: dict[str, Any]
    names: dict[str, Operand] = field(default_factory=dict)
    assigned: dict[str, int] = field(default_factory=dict)
    mutated: frozenset[str] = frozenset()
    read: frozenset[str] = frozenset()
    prefix: str = ""
    outer: Activation | None = None
    function: Callable[..., Any] | None = None
    body: tuple[ast.stmt, ...] = ()


@dataclass(frozen=True, slots=True)
class Closure:
    """A lambda or a local function with the names that it sees."""

    node: ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef
    scope: Activation


@dataclass(frozen=True, slots=True)
class Started:
    """A call of a coroutine that is not awaited yet; its arguments are evaluated."""

    function: Bound | Closure | Static
    arguments: tuple[Operand, ...]
    keywords: tuple[tuple[str, Operand], ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """A local variable of the model's author: an IR Local, with a type found by inference."""

    name: str


Operand = (
    Static | Dynamic | Object | PlaceOperand | Bound | BuiltinMethod | Closure | Started | Cell
)

NONE = Static(None)


@dataclass(frozen=True, slots=True)
class Result:
    """A lowered function, ready to be called."""

    name: str
    type: Type
    pure: bool
    parameters: tuple[int, ...] = field(default=())


def is_hashable(value: object) -> bool:
    """Whether a constant can be looked up in a table."""
    try:
        hash(value)
    except TypeError:
        return False
    return True
