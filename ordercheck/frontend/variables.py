"""Variables of a component that is one of several: one way for each type that they have.

An address leads to slots of one type, so that what is stored is checked against the domain
of the very variable, and engines know how it is packed.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from ordercheck.frontend.making import apply, kind_of_expr
from ordercheck.frontend.typing_rules import BOOL, storable
from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import Expr, Op, Stmt
from ordercheck.ir.span import Span
from ordercheck.ir.types import IntType, ListType, RefType, Type, join

Group = tuple[Type, list[tuple[int, int]]]
"""A type, and the components whose variable has it, each with the variable's slot."""


class Loading(Protocol):
    """What is being lowered, as far as reading variables needs it."""

    def span(self, node: ast.AST) -> Span:
        """Where a node of the current function stands."""
        ...

    def temporary(self, value: Expr, hint: str = "t") -> ir.Local:
        """Bind a value to a new local, now."""
        ...


class Storing(Loading, Protocol):
    """What is being lowered, as far as changing variables needs it."""

    def effect(self, statement: Stmt) -> None:
        """Append a statement that makes the function impure."""

    def nested(self) -> AbstractContextManager[list[Stmt]]:
        """Collect the statements emitted inside into a list of their own."""
        ...

    def store(self, address: Expr, value: Expr, declared: Type, name: str, node: ast.AST) -> None:
        """Put a value into a slot, refused where it can never fit."""


def load_variable(
    scope: Loading,
    expr: Expr,
    slots: Sequence[tuple[int, int]],
    types: Sequence[Type],
    old: bool,
    node: ast.AST,
) -> Expr:
    """The variable of a component: `slots` has that of each that it may be."""
    span = scope.span(node)
    groups = _by_type(slots, types)
    held = expr if len(groups) == 1 else _held(scope, expr)
    loads = [ir.Load(_address(held, group, span), kind, span, old) for kind, group in groups]
    found: Expr = loads[-1]
    for (_, group), load in zip(reversed(groups[:-1]), reversed(loads[:-1]), strict=True):
        kind = join(load.type, found.type)
        found = ir.Conditional(_is_one(held, group, span), load, found, kind, span)
    return found


def store_variable(
    scope: Storing,
    expr: Expr,
    slots: Sequence[tuple[int, int]],
    types: Sequence[Type],
    value: Expr,
    name: str,
    node: ast.AST,
) -> None:
    """Store a value in the variable of a component, whichever of several it is."""
    span = scope.span(node)
    groups = _by_type(slots, types)
    fitting = [kind for kind, _ in groups if storable(kind, kind_of_expr(value))]
    if len(groups) == 1 or not fitting:
        kind, group = groups[0]
        scope.store(_address(expr, group, span), value, kind, name, node)
        return
    held, value = _held(scope, expr), scope.temporary(value)
    for kind, group in groups:
        with scope.nested() as body:
            if kind in fitting:
                scope.store(_address(held, group, span), value, kind, name, node)
            else:
                scope.effect(ir.Fail("range", "this is outside the variable's domain", span))
        scope.effect(ir.If(_is_one(held, group, span), tuple(body), (), span))


def _held(scope: Loading, expr: Expr) -> Expr:
    return expr if isinstance(expr, ir.Local) else scope.temporary(expr, "of")


def _by_type(slots: Sequence[tuple[int, int]], types: Sequence[Type]) -> list[Group]:
    groups: list[Group] = []
    for each, kind in zip(slots, types, strict=True):
        known = next((group for other, group in groups if other == kind), None)
        if known is None:
            groups.append((kind, [each]))
        else:
            known.append(each)
    return groups


def _address(expr: Expr, group: list[tuple[int, int]], span: Span) -> Expr:
    slots = [slot for _, slot in group]
    kind = IntType(min(slots), max(slots))
    if isinstance(expr, ir.Const):
        return ir.Const(dict(group)[expr.value], kind, span)
    return ir.Lookup(expr, tuple(group), kind, span)


def _is_one(expr: Expr, group: list[tuple[int, int]], span: Span) -> Expr:
    kind = kind_of_expr(expr)
    assert isinstance(kind, RefType)
    numbers = tuple(number for number, _ in group)
    listed = ir.Const(numbers, ListType(kind, len(numbers)), span)
    return apply(Op.CONTAINS, (listed, expr), BOOL, span)
