"""Values that steps make by calling a class: structs, exceptions, members of an Enum."""

from __future__ import annotations

import ast
import dataclasses
import inspect
from collections.abc import Callable
from enum import Enum
from functools import lru_cache
from typing import Any

from ordercheck.frontend.arguments import Arguments
from ordercheck.frontend.kinds import enum_type, is_struct
from ordercheck.frontend.making import apply, kind_of_expr
from ordercheck.frontend.operands import (
    Dynamic,
    Operand,
    Static,
)
from ordercheck.frontend.typing_rules import (
    comparable,
)
from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import Expr, Op
from ordercheck.ir.types import (
    RefType,
    Type,
    join,
)
from ordercheck.language.domains import Failure
from ordercheck.language.model import Component
from ordercheck.language.places import Place


class Construction(Arguments):
    """Lowers calls of classes."""

    def construct(
        self,
        owner: type,
        arguments: list[Operand],
        keywords: dict[str, Operand],
        node: ast.expr,
    ) -> Operand:
        """A call of a class: a value of it, if steps can make one."""
        if issubclass(owner, Component | Place):
            self.refuse(
                "E067",
                f"a {owner.__name__} is made in set-up only",
                node,
                "components and places do not come and go",
                "make it in setup, or take it from a pool",
            )
        if issubclass(owner, Enum):
            return self._enum_of(owner, arguments, node)
        if issubclass(owner, BaseException) and not issubclass(owner, Failure):
            self.refuse(
                "E080",
                "only declared exceptions can be raised",
                node,
                "a subclass of Failure?",
                "class Broken(Failure): …",
            )
        if not is_struct(owner):
            self.refuse(
                "E067",
                f"steps cannot make a {owner.__name__}",
                node,
                "it is no struct",
                "decorate the class with @struct",
            )
        if "__init__" not in vars(owner) and not dataclasses.is_dataclass(owner):
            return self._struct_value(owner, {}, node)
        constructor: Callable[..., Any] = owner
        bound = self.bind(_without_self(constructor), arguments, keywords, node)
        return self._struct_value(owner, bound, node)

    def _struct_value(self, owner: type, bound: dict[str, Operand], node: ast.AST) -> Operand:
        kind = self.unit.world.kinds.struct_type(owner)
        exprs: list[Expr] = []
        fields: list[tuple[str, Type]] = []
        for name, declared in kind.fields:
            expr = self.stored_expr(bound[name], node)
            expr = self.fitting(expr, declared, f"{owner.__name__}.{name}", node)
            exprs.append(expr)
            fields.append((name, narrower(declared, kind_of_expr(expr))))
        made = type(kind)(kind.name, tuple(fields), kind.exception)
        return Dynamic(apply(Op.STRUCT, tuple(exprs), made, self.span(node)))

    def _enum_of(self, owner: type[Enum], arguments: list[Operand], node: ast.AST) -> Operand:
        if len(arguments) != 1:
            self.refuse("E055", "an Enum is made from one value", node)
        given = arguments[0]
        if isinstance(given, Static):
            return self.computed(lambda: owner(given.value), node)
        expr = self.value_expr(given, node)
        kind = enum_type(owner)
        values = tuple(m.value for m in owner)
        joined = self.unit.world.kinds.type_of_values(values)
        if not comparable(joined, kind_of_expr(expr)):
            self.refuse("E057", f"{owner.__name__} has no such member", node, "of another type")
        expr = self.one_of(
            expr, values, joined, ("value", f"{owner.__name__} has no such member"), node
        )
        table = tuple(zip(values, kind.values, strict=True))
        return Dynamic(ir.Lookup(expr, table, kind, self.span(node)))


@lru_cache(maxsize=512)  # to inspect a class takes 0.1 ms, and to find it plain as much
def _without_self(owner: Callable[..., Any]) -> Callable[..., Any]:
    def make() -> None:
        """Stand in for the constructor, with its signature."""

    signature = inspect.signature(owner)
    make.__signature__ = signature  # type: ignore[attr-defined]
    make.__name__ = owner.__name__
    return make


def narrower(declared: Type, given: Type) -> Type:
    """What is known of a field: the value's own type where it is the narrower one."""
    return given if join(declared, given) == declared and isinstance(given, RefType) else declared
