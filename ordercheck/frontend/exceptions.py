"""Exceptions and context managers that do not suspend."""

from __future__ import annotations

import ast
from typing import Any, NoReturn

from ordercheck.frontend import builtin_functions as builtin_functions
from ordercheck.frontend.kinds import is_struct
from ordercheck.frontend.making import kind_of_expr
from ordercheck.frontend.matching import Matching
from ordercheck.frontend.operands import (
    NONE,
    Dynamic,
    Operand,
    Static,
)
from ordercheck.frontend.syntax import leaves
from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import Expr, Stmt
from ordercheck.ir.types import (
    NoneType,
    StructType,
    Type,
    UnionType,
    options_of,
)
from ordercheck.language.domains import Failure
from ordercheck.language.tasks import Cancelled


class Exceptions(Matching):
    """Lowers raise, try and with."""

    def block(self, nodes: list[ast.stmt]) -> tuple[Stmt, ...]:
        """Lower statements into a body of their own."""
        with self.nested() as body:
            self.statements(nodes)
        return tuple(body)

    def raise_statement(self, node: ast.Raise) -> None:
        """Lower a raise."""
        if node.exc is None:
            caught = self.activation.names.get("@caught")
            if caught is None:
                self.refuse("E079", "there is nothing to raise again here", node)
            self.effect(ir.Raise(self.expr_of(caught, node), self.span(node)))
            return
        operand = self.expression(node.exc)
        if isinstance(operand, Static) and isinstance(operand.value, type):
            operand = self.invoke(operand, [], {}, node.exc)
        expr = self._definitely(self.value_expr(operand, node.exc), node.exc)
        if kind_of_expr(expr) == self.unit.endings.exception():
            self.refuse("E080", "only cancel() raises Cancelled", node.exc, "cancel(task)?")
        structs = options_of(kind_of_expr(expr))
        if not all(isinstance(o, StructType) and o.exception for o in structs):
            self.refuse(
                "E080",
                "only declared exceptions can be raised",
                node.exc,
                "a subclass of Failure?",
                "class Broken(Failure): …",
            )
        self.effect(ir.Raise(expr, self.span(node)))

    def _definitely(self, expr: Expr, node: ast.AST) -> Expr:
        """What may be None as something that is not: raising None is a model error."""
        options = options_of(kind_of_expr(expr))
        rest = tuple(option for option in options if option != NoneType())
        if len(rest) in (0, len(options)):
            return expr
        return ir.Cast(expr, _one_of(rest), self.span(node))

    def exception_types(self, node: ast.ExceptHandler) -> tuple[Type, ...]:
        """The exceptions that a handler catches, as struct types."""
        if node.type is None:
            self.refuse(
                "E081",
                "a bare except would hide mistakes of the model",
                node,
                "which exceptions?",
                "except Rejected:",
            )
        operand = self.expression(node.type)
        classes: Any = operand.value if isinstance(operand, Static) else ()
        classes = classes if isinstance(classes, tuple) else (classes,)
        found: list[Type] = []
        for each in classes:
            if not (isinstance(each, type) and is_struct(each) and issubclass(each, Failure)):
                name = getattr(each, "__name__", "this")
                self.refuse(
                    "E081",
                    f"{name} cannot be caught",
                    node.type,
                    "only exceptions that a model declares",
                    "class Broken(Failure): …",
                )
            if each is Failure and not self.in_library:
                self.refuse("E081", "Failure itself cannot be caught", node.type, "name them")
            if each is Cancelled and (self.on_loop or not self.suspending):
                self.refuse(
                    "E081",
                    "Cancelled cannot be caught here",
                    node.type,
                    "only a free process is raised it, where it is suspended",
                    "finally: …",
                )
            below = self.unit.exceptions_below(each)
            found += [kind for kind in below if each is not Failure or kind != below[0]]
        return tuple(found)

    def try_statement(self, node: ast.Try) -> None:
        """Lower a try that does not suspend."""
        names = dict(self.activation.names)
        with self.nested() as inner_body:
            self.statements(node.body)
        known = self.activation.names
        handlers: list[ir.Handler] = []
        for handler in node.handlers:
            self.activation.names = dict(names)
            kinds = self.exception_types(handler)
            if not kinds:
                continue
            variable = ir.Local(self.fresh("caught"), _one_of(kinds))
            with self.nested() as inner:
                self.begin_handler(handler, Dynamic(variable))
                self.statements(handler.body)
            caught = tuple(k.name for k in kinds if isinstance(k, StructType))
            handlers.append(ir.Handler(caught, variable, tuple(inner)))
            if not leaves(handler.body):
                known = {n: o for n, o in known.items() if n in self.activation.names}
        self.activation.names = known
        orelse = self.block(node.orelse)
        final = self.block(node.finalbody)
        self.emit(ir.Try(tuple(inner_body), tuple(handlers), orelse, final, self.span(node)))

    def begin_handler(self, handler: ast.ExceptHandler, caught: Operand) -> None:
        """Bind what a handler has caught."""
        self.activation.names["@caught"] = caught
        if handler.name:
            self.bind_name(handler.name, caught, handler)

    def with_statement(
        self, items: list[ast.withitem], body: list[ast.stmt], node: ast.stmt
    ) -> None:
        """Lower a with: __enter__, the body, __exit__ on every way out."""
        if not items:
            self.statements(body)
            return
        item, *rest = items
        manager = self.spill(self.expression(item.context_expr), item.context_expr)
        entered = self.dunder(manager, "__enter__", [], item.context_expr)
        if entered is None:
            self.no_manager(manager, "__enter__", item.context_expr)
        if item.optional_vars is not None:
            self.assign(item.optional_vars, entered, node)
        with self.nested() as inner:
            self.with_statement(rest, body, node)
        with self.nested() as final:
            self.leave_manager(manager, "__exit__", item.context_expr)
        self.emit(ir.Try(tuple(inner), (), (), tuple(final), self.span(node)))

    def leave_manager(self, manager: Operand, name: str, node: ast.expr) -> Operand:
        """Call a context manager's exit."""
        found = self.dunder(manager, name, [NONE, NONE, NONE], node)
        if found is None:
            self.no_manager(manager, name, node)
        return found

    def no_manager(self, manager: Operand, lacks: str, node: ast.expr) -> NoReturn:
        """Refuse a `with` of something that cannot be entered, or not in this way."""
        waits = lacks.startswith("__a")
        other = self.special(manager, "__enter__" if waits else "__aenter__")
        meant = "with" if waits else "async with"
        help = f"{meant} {ast.unparse(node)}: …" if other else ""
        self.refuse("E082", "this is no context manager", node, f"it has no {lacks}", help)


def _one_of(kinds: tuple[Type, ...]) -> Type:
    return kinds[0] if len(kinds) == 1 else UnionType(kinds)
