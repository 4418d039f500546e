"""Coroutines: blocks in which exceptions are caught, and clean-ups run on every way out."""

from __future__ import annotations

import ast
from collections.abc import Callable

from ordercheck.frontend.awaiting import Awaiting
from ordercheck.frontend.blocks import Cleanup
from ordercheck.frontend.operands import (
    NONE,
    Bound,
    Dynamic,
    Operand,
    Started,
)
from ordercheck.frontend.syntax import leaves
from ordercheck.frontend.typing_rules import BOOL
from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import Expr
from ordercheck.ir.types import Type


class Coroutines(Awaiting):
    """Lowers a process, or another body that suspends, to blocks."""

    def statement(self, node: ast.stmt) -> None:
        """Lower a statement."""
        match node:
            case ast.AsyncWith(items=items, body=body):
                self._async_with(items, body, node)
            case _:
                super().statement(node)

    def try_statement(self, node: ast.Try) -> None:
        """Lower a try."""
        if not self.unstructured(node):
            super().try_statement(node)
            return
        if not node.finalbody:
            self._try_except(node)
            return
        inner = ast.copy_location(ast.Try(node.body, node.handlers, node.orelse, []), node)

        def body() -> None:
            if node.handlers or node.orelse:
                self._try_except(inner)
            else:
                self.statements(node.body)

        self._protected(body, lambda _: self.statements(node.finalbody), node)

    def _protected(
        self,
        body: Callable[[], None],
        final: Callable[[Operand], None],
        node: ast.AST,
        lost: Callable[[], None] | None = None,
    ) -> None:
        """A body and what runs on every way out of it."""
        outer = self.handler
        caught = ir.Local(self.fresh("raised"), self.unit.any_exception())
        label, after = self.new_label("finally"), self.new_label("after")
        self.catch_with((label, caught), node)
        self.contexts.append(Cleanup(final, outer, lost))
        body()
        self.contexts.pop()
        self.catch_with(outer, node)
        names = dict(self.activation.names)
        final(NONE)
        self.go(after, label, node)
        self.handler = outer
        final(Dynamic(caught))
        self.raise_again(caught, after, node)
        self.activation.names = names

    def raise_again(self, caught: ir.Local, following: str, node: ast.AST) -> None:
        """Hand on what nothing here has caught, and begin the block that follows."""
        self.effect(ir.Raise(caught, self.span(node)))
        self.finish_block(ir.Finish(self.span(node)), following)

    def ended_by(self, exception: type, body: Callable[[], None], node: ast.AST) -> None:
        """Lower a body that an exception of this class may leave: then it is over."""
        outer = self.handler
        caught = ir.Local(self.fresh("raised"), self.unit.any_exception())
        label, after = self.new_label("except"), self.new_label("after")
        self.catch_with((label, caught), node)
        body()
        self.catch_with(outer, node)
        self.go(after, label, node)
        self.handler = outer
        for kind in self.unit.exceptions_below(exception):
            other, span = self.new_label("other"), self.span(node)
            self.finish_block(
                ir.Branch(ir.IsA(caught, kind, BOOL, span), after, other, span), other
            )
        self.raise_again(caught, after, node)

    def finish(self, node: ast.AST) -> None:
        """End the coroutine."""
        self.finish_block(ir.Finish(self.span(node)), "none")

    def _try_except(self, node: ast.Try) -> None:
        outer = self.handler
        caught = ir.Local(self.fresh("raised"), self.unit.any_exception())
        label, after = self.new_label("except"), self.new_label("after")
        names = dict(self.activation.names)
        self.catch_with((label, caught), node)
        self.statements(node.body)
        self.catch_with(outer, node)
        self.statements(node.orelse)
        known = self.activation.names
        self.go(after, label, node)
        self.handler = outer
        for handler in node.handlers:
            self.activation.names = dict(names)
            self._handler(handler, caught, after)
            if not leaves(handler.body):
                known = {n: o for n, o in known.items() if n in self.activation.names}
        self.raise_again(caught, after, node)
        self.activation.names = known

    def _handler(self, handler: ast.ExceptHandler, caught: ir.Local, after: str) -> None:
        kinds = self.exception_types(handler)
        if not kinds:
            return
        span = self.span(handler)
        tests: tuple[Expr, ...] = tuple(ir.IsA(caught, kind, BOOL, span) for kind in kinds)
        test = tests[0] if len(tests) == 1 else ir.Logic("or", tests, BOOL, span)
        body, other = self.new_label("handle"), self.new_label("other")
        self.finish_block(ir.Branch(test, body, other, span), body)
        kind: Type = kinds[0] if len(kinds) == 1 else self.unit.one_of(kinds)
        self.begin_handler(handler, Dynamic(ir.Cast(caught, kind, span)))
        self.statements(handler.body)
        self.go(after, other, handler)

    def with_statement(
        self, items: list[ast.withitem], body: list[ast.stmt], node: ast.stmt
    ) -> None:
        """Lower a with."""
        if not self.unstructured(node):
            super().with_statement(items, body, node)
            return
        self._managed(items, body, node, "__enter__", "__exit__")

    def _async_with(self, items: list[ast.withitem], body: list[ast.stmt], node: ast.stmt) -> None:
        self._managed(items, body, node, "__aenter__", "__aexit__")

    def _managed(
        self,
        items: list[ast.withitem],
        body: list[ast.stmt],
        node: ast.stmt,
        enter: str,
        leave: str,
    ) -> None:
        if not items:
            self.statements(body)
            return
        item, *rest = items
        given = item.context_expr
        manager = self.spill(self.expression(given), given)
        entered = self._awaited(self.dunder(manager, enter, [], given), given)
        if entered is None:
            self.no_manager(manager, enter, given)
        if item.optional_vars is not None:
            self.assign(item.optional_vars, entered, node)

        def final(error: Operand) -> None:
            found = self.dunder(manager, leave, [NONE, error, NONE], given)
            if self._awaited(found, given) is None:
                self.no_manager(manager, leave, given)

        def lost() -> None:
            abandon = self.special(manager, "abandon")
            if abandon is not None:
                self.invoke(Bound(manager, abandon), [], {}, given)

        self._protected(lambda: self._managed(rest, body, node, enter, leave), final, node, lost)

    def _awaited(self, operand: Operand | None, node: ast.expr) -> Operand | None:
        if not isinstance(operand, Started):
            return operand
        wrapped = ast.copy_location(ast.Await(node), node)
        return self.suspend_on(operand, wrapped)
