"""Calls: of the author's functions, of structs, of Python's built-ins, of the language's own."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Hashable
from functools import lru_cache
from types import FunctionType
from typing import Any

from ordercheck import language
from ordercheck.frontend.attributes import dispatched
from ordercheck.frontend.forms import form_of
from ordercheck.frontend.making import apply, kind_of_expr, several_places
from ordercheck.frontend.operands import (
    NONE,
    Bound,
    BuiltinMethod,
    Closure,
    Dynamic,
    Object,
    Operand,
    Started,
    Static,
    is_hashable,
)
from ordercheck.frontend.special_forms import SpecialForms
from ordercheck.frontend.typing_rules import (
    BOOL,
)
from ordercheck.frontend.vats import vat_inside
from ordercheck.frontend.world import class_attribute
from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import Expr, Op
from ordercheck.ir.types import (
    ListType,
    NeverType,
    NoneType,
    RefType,
    TupleType,
    options_of,
)
from ordercheck.language.planned import Planned


class Calls(SpecialForms):
    """Lowers calls."""

    def call(self, node: ast.Call) -> Operand:
        """A call, with its arguments from left to right."""
        callee = self.expression(node.func)
        if isinstance(callee, Static):
            special = self.special_form(callee.value)
            if special is not None:
                return special(node)
        parts = [a.value if isinstance(a, ast.Starred) else a for a in node.args]
        parts += [k.value for k in node.keywords]
        if any(k.arg is None for k in node.keywords):
            self.refuse("E047", "** in a call is not part of the language", node)
        operands = self.operands(parts)
        arguments: list[Operand] = []
        for given, operand in zip(node.args, operands, strict=False):
            if isinstance(given, ast.Starred):
                arguments += self._spread(operand, given)
            else:
                arguments.append(operand)
        names = [k.arg for k in node.keywords if k.arg is not None]
        keywords = dict(zip(names, operands[len(node.args) :], strict=True))
        return self.invoke(callee, arguments, keywords, node)

    def _spread(self, operand: Operand, node: ast.Starred) -> list[Operand]:
        if isinstance(operand, Static) and isinstance(operand.value, tuple | list):
            return [self.static(v) for v in operand.value]
        kind = kind_of_expr(self.value_expr(operand, node))
        if isinstance(kind, TupleType):
            return self.unpack(operand, len(kind.items), node)
        self.refuse("E053", "only a tuple of known length can be spread", node)

    def invoke(
        self,
        callee: Operand,
        arguments: list[Operand],
        keywords: dict[str, Operand],
        node: ast.expr,
    ) -> Operand:
        """Call an operand."""
        match callee:
            case Bound(receiver=receiver, function=function):
                if (found := dispatched(function)) is not None:
                    name, called = found
                    if called and self._is_awaited(receiver, name):
                        kept = tuple(self.spill(a, node) for a in (receiver, *arguments))
                        named = tuple((k, self.spill(v, node)) for k, v in keywords.items())
                        return Started(Bound(kept[0], function), kept[1:], named)
                    return self._dispatch(receiver, name, arguments, keywords, node, called)
                return self._function(callee, function, [receiver, *arguments], keywords, node)
            case BuiltinMethod(receiver=Dynamic(expr=expr) as receiver, name=name) if (
                several_places(kind_of_expr(expr))
            ):
                return self._dispatch(receiver, name, arguments, keywords, node)
            case BuiltinMethod():
                assert isinstance(node, ast.Call)
                return self.method(callee, arguments, keywords, node)
            case Dynamic(expr=expr) if isinstance(kind_of_expr(expr), NeverType):
                return callee  # no value is called here: an item of what is always empty
            case Closure():
                return self.inline_lambda(callee, arguments, node)
            case Static(value=Planned() as planned):
                planned.refuse()
            case Static(value=value) if value in TABLE if is_hashable(value) else False:
                self._check_arguments(value, arguments, keywords, node)
                return TABLE[value](self, arguments, keywords, node)
            case Static(value=FunctionType() as function):
                if function.__module__.startswith(language.__name__):
                    self.refuse(
                        "E067",
                        f"{function.__name__}() works in set-up only",
                        node,
                        "nothing is declared in a step",
                        "call it in setup, or in a component's __init__",
                    )
                return self._function(callee, function, arguments, keywords, node)
            case Static(value=type() as owner):
                return self.construct(owner, arguments, keywords, node)
            case Object() if (method := self.special(callee, "__call__")) is not None:
                return self.invoke(Bound(callee, method), arguments, keywords, node)
            case _:
                self.refuse(
                    "E065",
                    "steps cannot call this",
                    node,
                    "no engine knows what it does",
                    "docs/language.md lists the functions that steps can call",
                )

    def _check_arguments(
        self, function: Any, given: list[Operand], named: dict[str, Operand], node: ast.AST
    ) -> None:
        least, most, names = ARITY[function]
        what = ""
        if not least <= len(given) <= most:
            what = f"{function.__name__} takes {_count(least, most)}, not {len(given)}"
        unknown = [name for name in named if names != ANY_NAME and name not in names]
        if unknown:
            what = f"{function.__name__} takes no argument {unknown[0]} in steps"
        if what:
            self.refuse("E055", what, node, "wrong arguments")

    # --- functions -----------------------------------------------------------------------

    def _function(
        self,
        callee: Bound | Static,
        function: Callable[..., Any],
        arguments: list[Operand],
        keywords: dict[str, Operand],
        node: ast.expr,
    ) -> Operand:
        if _is_coroutine(function):
            kept = tuple(self.spill(a, node) for a in arguments)
            named = tuple((k, self.spill(v, node)) for k, v in keywords.items())
            return Started(Static(function), kept, named)
        if _is_generator(function):
            self.refuse("E066", "generators are not part of the language", node)
        bound = self.bind(function, arguments, keywords, node)
        vat = vat_inside(self, function, next(iter(bound.values()), None), node)
        result, passed = self.unit.function(function, bound, self, node, vat=vat)
        exprs = tuple(passed)
        call = ir.Call(result.name, exprs, result.type, self.span(node), result.pure)
        if result.pure:
            return self.wrap(call)
        self.pure = False
        if result.type == NONE_TYPE:
            self.emit(ir.Evaluate(call, self.span(node)))
            return NONE
        return self.wrap(self.temporary(call, function.__name__))

    def _dispatch(
        self,
        receiver: Operand,
        name: str,
        arguments: list[Operand],
        keywords: dict[str, Operand],
        node: ast.expr,
        called: bool = True,
    ) -> Operand:
        """A method that differs between the receiver's candidates: one call for each class."""
        receiver = self.spill(receiver, node)
        arguments = [self.spill(a, node) for a in arguments]
        keep = self.new_cell("result")
        attribute = ast.copy_location(ast.Attribute(node, name, ast.Load()), node)
        ways = self._ways(receiver, node)

        def way(k: int) -> None:
            test, narrowed = ways[k]

            def take() -> None:
                with self.one_way():
                    found = self.attribute(narrowed, name, attribute)
                    if called:
                        found = self.invoke(found, arguments, keywords, node)
                    self.set_cell(keep, self.value_expr(found, node), self.span(node))

            if k == len(ways) - 1:
                take()
            else:
                self.choose_branch(test, take, lambda: way(k + 1), node, False)

        way(0)
        return self.read_cell(keep, node)

    def _is_awaited(self, receiver: Operand, name: str) -> bool:
        """Whether a method that differs between candidates is a coroutine of some of them."""
        found = [class_attribute(owner, name, None) for owner in self.owners(receiver)]
        return any(map(inspect.iscoroutinefunction, found))

    def _ways(self, receiver: Operand, node: ast.AST) -> list[tuple[Expr, Operand]]:
        span = self.span(node)
        if isinstance(receiver, Object):
            kind = kind_of_expr(receiver.expr)
            assert isinstance(kind, RefType)
            ways: list[tuple[Expr, Operand]] = []
            groups: dict[Hashable, list[int]] = {}
            for k in kind.components:
                groups.setdefault(form_of(self.unit.world, k), []).append(k)
            for ids in groups.values():
                inner = RefType(tuple(ids), kind.old)
                listed = ir.Const(tuple(ids), ListType(inner, len(ids)), span)
                test = apply(Op.CONTAINS, (listed, receiver.expr), BOOL, span)
                narrowed = self.wrap(ir.Cast(receiver.expr, inner, span), receiver.old)
                ways.append((test, narrowed))
            return ways
        expr = self.expr_of(receiver, node)
        if several_places(kind_of_expr(expr)):
            return list(self.place_ways(expr, node))
        return [
            (ir.IsA(expr, option, BOOL, span), self.wrap(ir.Cast(expr, option, span)))
            for option in options_of(kind_of_expr(expr))
        ]


NONE_TYPE = NoneType()
# Asked of each call, and slow to find out: Python looks inside partial objects and mocks.
_is_coroutine = lru_cache(maxsize=1024)(inspect.iscoroutinefunction)
_is_generator = lru_cache(maxsize=1024)(inspect.isgeneratorfunction)
Builtin = Callable[[Calls, list[Operand], dict[str, Operand], ast.expr], Operand]
TABLE: dict[Any, Builtin] = {}
ARITY: dict[Any, tuple[int, int, tuple[str, ...]]] = {}
MANY = 255
ANY_NAME = ("*",)


def builtin(
    *values: Any, least: int = 0, most: int = MANY, named: tuple[str, ...] = ()
) -> Callable[[Builtin], Builtin]:
    """Register how a Python function is lowered, and what arguments it takes."""

    def register(function: Builtin) -> Builtin:
        for value in values:
            TABLE[value] = function
            ARITY[value] = least, most, named
        return function

    return register


def _count(least: int, most: int) -> str:
    if most == MANY:
        return f"at least {least} argument{'s' * (least != 1)}"
    number = str(least) if least == most else f"{least} to {most}"
    return f"{number} argument{'s' * (most != 1)}" if most else "no arguments"
