"""Statements that do not suspend: they become structured IR, one for one."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from ordercheck.frontend import builtin_functions as builtin_functions
from ordercheck.frontend import kernel_functions as kernel_functions
from ordercheck.frontend import task_functions as task_functions
from ordercheck.frontend.compilation import Compilation
from ordercheck.frontend.conditions import NO_CONDITION, how_to_ask, is_condition
from ordercheck.frontend.exceptions import Exceptions
from ordercheck.frontend.making import boolean, kind_of_expr
from ordercheck.frontend.operands import (
    NONE,
    Activation,
    Dynamic,
    Object,
    Operand,
    PlaceOperand,
    Started,
)
from ordercheck.frontend.scope import Refused, Unmet
from ordercheck.frontend.source import diagnostic_of
from ordercheck.frontend.syntax import assigned_names, breaks, called, leaves, mutated_names
from ordercheck.frontend.typing_rules import BOOL, describe_type, item_type
from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import Expr
from ordercheck.ir.types import (
    TextType,
    Type,
    join,
)
from ordercheck.language.mistakes import Mistake

AnyLoop = ast.For | ast.While


class Statements(Exceptions):
    """Lowers statements in their order."""

    def __init__(self, unit: Compilation, activation: Activation, name: str) -> None:
        super().__init__(unit, activation, name)
        self.flags: list[ir.Local | None] = []

    def statements(self, nodes: list[ast.stmt]) -> None:
        """Lower statements; each refusal is recorded and the next statement goes on."""
        for node in nodes:
            try:
                self.statement(node)
            except Refused as refused:
                if refused.diagnostic is not None:
                    self.reports.append(refused.diagnostic)
                self.poison(assigned_names([node]))
                if isinstance(refused, Unmet):
                    return
            except Mistake as mistake:
                self.reports.append(diagnostic_of(mistake, self.span(node)))
                self.poison(assigned_names([node]))

    def statement(self, node: ast.stmt) -> None:
        """Lower one statement."""
        match node:
            case ast.Expr(value=ast.Constant()) | ast.Pass():
                return
            case ast.Expr(value=value):
                self._evaluate(self.expression(value), node)
                self._check_dropped(value)
            case ast.Assign(targets=targets, value=value):
                self.assign_all(targets, value, node)
            case ast.AnnAssign(value=value):
                self.declare_range(node)
                if value is not None:
                    self.assign_all([node.target], value, node)
            case ast.AugAssign():
                self.augmented(node)
            case ast.If():
                self.if_statement(node)
            case ast.While():
                self.while_statement(node)
            case ast.For():
                self.for_statement(node)
            case ast.Match():
                self.match_statement(node)
            case ast.Break():
                self._break(node)
            case ast.Continue():
                self.emit(ir.Continue(self.span(node)))
            case ast.Return(value=value):
                self.return_statement(value, node)
            case ast.Assert():
                self._assert(node)
            case ast.Raise():
                self.raise_statement(node)
            case ast.Try():
                self.try_statement(node)
            case ast.With():
                self.with_statement(node.items, node.body, node)
            case ast.Delete(targets=targets):
                for each in targets:
                    self.delete(each)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.refuse(
                    "E054",
                    "functions inside steps are not part of the language",
                    node,
                    "move it to the class or the module",
                )
            case _:
                self.refuse(
                    "E047",
                    f"{called(node)} is not part of the modelling language",
                    node,
                    "no engine knows this",
                    "docs/language.md lists statements",
                )

    def _evaluate(self, operand: Operand, node: ast.AST) -> None:
        # Its value is dropped; the model error that may be found on the way is not.
        match operand:
            case Dynamic(expr=ir.Call() as call) | Object(expr=ir.Call() as call):
                self.emit(ir.Evaluate(call, self.span(node)))
            case Dynamic(expr=expr) if not isinstance(expr, ir.Const | ir.Local):
                self.temporary(expr)
            case Started():
                # Refused: a call of a coroutine that nobody awaits does nothing.
                self.expr_of(operand, node)
            case _:
                pass

    def _check_dropped(self, node: ast.expr) -> None:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            return
        if isinstance(node, ast.Compare):
            self.refuse(
                "E074", "a comparison by itself does nothing", node, "assert it, or require it?"
            )

    def choose_branch(
        self,
        test: Expr,
        then: Callable[[], None],
        orelse: Callable[[], None] | None,
        node: ast.AST,
        suspends: bool,
    ) -> None:
        """Emit an if whose branches are lowered by functions."""
        with self.nested() as one:
            then()
        with self.nested() as two:
            if orelse is not None:
                orelse()
        self.emit(ir.If(test, tuple(one), tuple(two), self.span(node)))

    def if_statement(self, node: ast.If) -> None:
        """Lower an if; one whose test is known is no if."""
        test = self.test(node.test)
        if isinstance(test, ir.Const):
            self.statements(node.body if test.value else node.orelse)
            return
        names = dict(self.activation.names)
        then = self.block(node.body)
        after = self.activation.names
        self.activation.names = dict(names)
        orelse = self.block(node.orelse)
        self.merge_names(names, after, leaves(node.body), leaves(node.orelse))
        self.emit(ir.If(test, then, orelse, self.span(node)))

    def while_statement(self, node: ast.While) -> None:
        """Lower a while loop."""
        names = dict(self.activation.names)
        with self.nested() as head:
            test = self.test(node.test)
        with self._leaving(node) as left:
            if head:
                with self.nested() as body:
                    self.body.extend(head)
                    stop = ir.Break(self.span(node))
                    self.emit(ir.If(test, (), (stop,), self.span(node)))
                    self.statements(node.body)
                always = ir.Const(True, self.true_type, self.span(node))
                self.emit(ir.While(always, tuple(body), self.span(node)))
            else:
                self.emit(ir.While(test, self.block(node.body), self.span(node)))
        if not (isinstance(test, ir.Const) and test.value):
            self._forget(names)
        self._otherwise(node, left)

    def _forget(self, names: dict[str, Operand]) -> None:
        self.activation.names = {n: o for n, o in self.activation.names.items() if n in names}

    def for_statement(self, node: ast.For) -> None:
        """Lower a for loop over a list."""
        listed = self.iterated(node)
        names = dict(self.activation.names)
        variable = ir.Local(self.fresh("each"), item_type(kind_of_expr(listed)))
        with self._leaving(node) as left:
            with self.nested() as body:
                self.bind_target(node.target, self.wrap(variable))
                self.statements(node.body)
            self.emit(ir.For(variable, listed, tuple(body), self.span(node)))
        self._forget(names)
        self._otherwise(node, left)

    # --- else after a loop ----------------------------------------------------------

    @contextmanager
    def _leaving(self, node: AnyLoop) -> Iterator[ir.Local | None]:
        """Around a loop: the flag, if there must be one, that says that a `break` has left it."""
        left: ir.Local | None = None
        if node.orelse and breaks(node.body):
            left = ir.Local(self.fresh("left"), BOOL)
            self.emit(ir.Assign(left, boolean(False, self.span(node)), self.span(node)))
        self.flags.append(left)
        yield left
        self.flags.pop()

    def _break(self, node: ast.Break) -> None:
        if self.flags[-1] is not None:
            self.emit(ir.Assign(self.flags[-1], boolean(True, self.span(node)), self.span(node)))
        self.emit(ir.Break(self.span(node)))

    def _otherwise(self, node: AnyLoop, left: ir.Local | None) -> None:
        """What is done unless a `break` has left the loop."""
        if left is None:
            self.statements(node.orelse)
            return
        names = dict(self.activation.names)
        orelse = self.block(node.orelse)
        self._forget(names)
        self.emit(ir.If(left, (), orelse, self.span(node)))

    def iterated(self, node: ast.For) -> Expr:
        """What a for loop goes over: the items as they are when it begins."""
        operand = self.expression(node.iter)
        if not isinstance(operand, PlaceOperand):
            self.check_iteration(node)
        return self.iterable_expr(operand, node.iter)

    def check_iteration(self, node: ast.For) -> None:
        """Refuse to change a local list while iterating over it: in Python that shows at once."""
        changed = mutated_names(node.body)
        if isinstance(node.iter, ast.Name) and node.iter.id in changed:
            self.refuse(
                "E091",
                f"{node.iter.id} changes while it is iterated over",
                node.iter,
                "which items are left?",
                f"for … in list({node.iter.id}):",
            )

    def bind_target(self, target: ast.expr, operand: Operand) -> None:
        """Bind a loop's target."""
        try:
            self.assign(target, operand, target)
        except Refused as refused:
            if refused.diagnostic is not None:
                self.reports.append(refused.diagnostic)
            self.poison(assigned_names([target]))

    def return_statement(self, value: ast.expr | None, node: ast.AST) -> None:
        """Lower a return."""
        operand = NONE if value is None else self.expression(value)
        if self.boolean_result:
            expr = self.condition(operand, node if value is None else value)
        else:
            expr = self.value_or_place(operand, node)
        self.returns(kind_of_expr(expr))
        self.emit(ir.Return(expr, self.span(node)))

    def condition(self, operand: Operand, node: ast.AST) -> Expr:
        """What a property says: True or False."""
        expr = self.value_expr(operand, node)
        kind = kind_of_expr(expr)
        if not is_condition(kind):
            text = self.activation.source.text(node)
            help = (
                how_to_ask(node, kind, text)
                if isinstance(node, ast.expr)
                else "return True, or False"
            )
            self.refuse("E105", NO_CONDITION, node, f"this is {describe_type(kind)}", help)
        return expr

    def value_or_place(self, operand: Operand, node: ast.AST) -> Expr:
        """What a function gives back: a place as a reference, anything else as a value."""
        return self.expr_of(operand, node)

    def returns(self, kind: Type) -> None:
        """Note the type of a value returned."""
        known = self.cell_type("@result")
        wider = join(known, kind)
        self.types["@result"] = wider

    def _assert(self, node: ast.Assert) -> None:
        test = self.test(node.test)
        message: Expr | None = None
        if node.msg is not None:
            text = (
                node.msg.value
                if isinstance(node.msg, ast.Constant)
                else self.activation.source.text(node.msg)
            )
            message = ir.Const(str(text), TextType((str(text),)), self.span(node.msg))
        if self.in_library and isinstance(test, ir.Const) and not test.value:
            sure = node in self.activation.body and not self.narrowed
            if sure and isinstance(node.msg, ast.Constant):
                self._refuse_unmet(str(node.msg.value), node)
            self.emit(ir.Assert(test, message, self.span(node)))
            raise Unmet(None)
        self.emit(ir.Assert(test, message, self.span(node)))

    def _refuse_unmet(self, message: str, node: ast.Assert) -> NoReturn:
        headline, _, help = message.partition(": ")
        try:
            self.refuse("E104", headline, node, "the library cannot do this here", help)
        except Refused as refused:
            raise Unmet(refused.diagnostic) from None
