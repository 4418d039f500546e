"""Whether a process's body begins with a suspension, and so starts suspended in it."""

from __future__ import annotations

import ast
import inspect
import textwrap
from functools import cache
from typing import Any

from ordercheck.language import Component
from ordercheck.language.places import Place

SUSPENSIONS = ("park", "step", "until")


class _Unknown(Exception):
    """An expression that is not a constant of the steps."""


def begins_suspended(component: Any, name: str, on_loop: bool) -> bool:
    """Whether nothing is done before the first suspension of a method."""
    return _begins(_body(component.__class__, name), component, on_loop) is True


@cache
def _body(owner: Any, name: str) -> list[ast.stmt]:
    source = textwrap.dedent(inspect.getsource(getattr(owner, name)))
    (node,) = ast.parse(source).body
    assert isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef)
    return node.body


def _begins(body: list[ast.stmt], component: Any, on_loop: bool) -> bool | None:
    """True or False as far as these statements tell; None where they do nothing at all."""
    for statement in body:
        found = _statement(statement, component, on_loop)
        if found is not None:
            return found
    return None


def _statement(statement: ast.stmt, component: Any, on_loop: bool) -> bool | None:
    match statement:
        case ast.Pass() | ast.Expr(value=ast.Constant()):
            return None
        case (
            ast.Expr(value=ast.Await(value=awaited))
            | ast.Assign(value=ast.Await(value=awaited))
            | ast.Return(value=ast.Await(value=awaited))
        ):
            return _awaited(awaited, component, on_loop)
        case ast.While(test=ast.Constant(value=True), body=inner) | ast.Try(body=inner):
            return _begins(inner, component, on_loop)
        case ast.If(test=test, body=then, orelse=orelse):
            try:
                chosen = then if _constant(test, component, on_loop) else orelse
            except _Unknown:
                return False
            return _begins(chosen, component, on_loop)
        case _:
            return False


def _awaited(node: ast.expr, component: Any, on_loop: bool) -> bool | None:
    match node:
        case ast.Call(func=ast.Name(name)):
            return name in SUSPENSIONS
        case ast.Call(func=ast.Attribute(value=holder, attr=name)):
            pass
        case _:
            holder, name = node, "wait"
    try:
        found = _constant(holder, component, on_loop)
    except _Unknown:
        return False
    return _begins(_body(found.__class__, name), found, on_loop)


def _constant(node: ast.expr, component: Any, on_loop: bool) -> Any:
    """The value of an expression that set-up has settled; raises _Unknown."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name("self"):
            return component
        case ast.Call(func=ast.Name("on_loop")):
            return on_loop
        case ast.Attribute(value=inner, attr=name):
            holder = _constant(inner, component, on_loop)
            if not isinstance(holder, Component) or name in holder.__dict__.get("_declared", {}):
                raise _Unknown
            value = getattr(holder, name)
            if isinstance(value, Place):
                raise _Unknown
            return value
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return not _constant(inner, component, on_loop)
        case ast.BoolOp(op=op, values=values):
            found: Any = isinstance(op, ast.And)
            for each in values:
                found = _constant(each, component, on_loop)
                if bool(found) != isinstance(op, ast.And):
                    return found
            return found
        case ast.Compare(left=left, ops=[ast.Is() | ast.IsNot() as op], comparators=[right]):
            same = _constant(left, component, on_loop) is _constant(right, component, on_loop)
            return same == isinstance(op, ast.Is)
        case _:
            raise _Unknown
