"""What is passed to a function that is lowered on its own: its parameters, and their arguments."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

from ordercheck.frontend.attributes import dispatched
from ordercheck.frontend.compilation import Caller
from ordercheck.frontend.making import kind_of_expr
from ordercheck.frontend.operands import (
    Activation,
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
    is_hashable,
)
from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import Expr


@dataclass(slots=True)
class Passing:
    """The arguments of one call that are values, as the locals that take them and what they are."""

    caller: Caller
    node: Any
    locals: list[ir.Local] = field(default_factory=list)
    passed: list[Expr] = field(default_factory=list)
    lambdas: list[ast.AST] = field(default_factory=list)

    def parameter(self, name: str, operand: Operand) -> tuple[Operand, object]:
        """What an operand is inside the function, and what calls share that can share it."""
        match operand:
            case Object(expr=ir.Const(value=value), old=old):
                return operand, ("component", value, old)
            case PlaceOperand(address=ir.Const(value=value), old=old):
                return operand, ("place", value, old)
            case Object(old=old) | PlaceOperand(old=old):
                local = self._pass(name, self.caller.expr_of(operand, self.node))
                return self.caller.wrap(local, old), ("reference", local.type, old)
            case Dynamic(expr=expr):
                local = self._pass(name, expr)
                return Dynamic(local), ("value", local.type)
            case Static(value=value):
                return operand, ("static", key_of(value))
            case Bound(receiver=receiver, function=function):
                inner, key = self.parameter(f"{name}.self", receiver)
                return Bound(inner, function), ("bound", dispatched(function) or function, key)
            case Started():
                return self._started(name, operand)
            case Closure():
                return self._closure(name, operand)
            case BuiltinMethod(receiver=receiver, name=method, target=target):
                inner, key = self.parameter(f"{name}.self", receiver)
                return BuiltinMethod(inner, method, target), ("method", method, key)
            case Cell():
                raise AssertionError("cells are read before they are passed")

    def _pass(self, name: str, expr: Expr) -> ir.Local:
        local = ir.Local(name, kind_of_expr(expr))
        self.locals.append(local)
        self.passed.append(expr)
        return local

    def _closure(self, name: str, closure: Closure) -> tuple[Operand, object]:
        """A lambda: what it captures is passed, too.

        The function can assign none of it, so it is the same whenever the lambda is called.
        """
        if closure.node in self.lambdas:
            self.caller.refuse(
                "E083", "this lambda calls itself", self.node, "it is passed to itself"
            )
        self.lambdas.append(closure.node)
        names: dict[str, Operand] = {}
        keys: list[object] = []
        for each, operand in self.caller.captured(closure, self.node).items():
            names[each], key = self.parameter(f"{name}.{each}", operand)
            keys.append((each, key))
        self.lambdas.pop()
        scope = closure.scope
        keys += [(n, key_of(v)) for n, v in scope.cells.items() if n not in names]
        prefix = f"{name}.{scope.prefix}"
        inner = Activation(scope.source, scope.globals, scope.cells, names, prefix=prefix)
        return Closure(closure.node, inner), ("lambda", closure.node, *keys)

    def _started(self, name: str, started: Started) -> tuple[Operand, object]:
        """A coroutine that the function may spawn: its arguments are passed one by one."""
        function, key = self.parameter(name, started.function)
        assert isinstance(function, Bound | Closure | Static)
        given = [self.parameter(f"{name}.{k}", each) for k, each in enumerate(started.arguments)]
        named = [(k, self.parameter(f"{name}.{k}", each)) for k, each in started.keywords]
        inner = Started(
            function,
            tuple(operand for operand, _ in given),
            tuple((k, operand) for k, (operand, _) in named),
        )
        keys = tuple(key for _, key in given), tuple((k, key) for k, (_, key) in named)
        return inner, ("started", key, *keys)


def key_of(value: Any) -> object:
    """What is equal for constants that are the same to steps: (True,) == (1,), for Python."""
    match value:
        case tuple():
            return type(value), tuple(map(key_of, value))
        case frozenset():
            return type(value), frozenset(map(key_of, value))
        case _ if is_dataclass(value):
            return type(value), tuple(key_of(getattr(value, each.name)) for each in fields(value))
        case _:
            return type(value), value if is_hashable(value) else id(value)
