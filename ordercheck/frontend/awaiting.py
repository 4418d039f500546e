"""Awaits: where a step ends, and the bodies of awaited helpers in the place of the await."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from typing import Any

from ordercheck import language
from ordercheck.frontend.attributes import dispatched
from ordercheck.frontend.blocks import Blocks, Inlined
from ordercheck.frontend.making import apply, kind_of_expr, number
from ordercheck.frontend.operands import (
    NONE,
    Bound,
    Cell,
    Dynamic,
    Object,
    Operand,
    Started,
    Static,
)
from ordercheck.frontend.recursion import refuse_recursion, too_deep
from ordercheck.frontend.spawning import WHICH, Crew, cleared
from ordercheck.frontend.syntax import leaves
from ordercheck.frontend.typing_rules import BOOL
from ordercheck.frontend.vats import vat_inside
from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import Expr, Op, Wait
from ordercheck.ir.span import Span
from ordercheck.ir.types import IntType, NeverType, NoneType
from ordercheck.language.marks import depth_of

INLINE_LIMIT = 40
"""How deep awaited helpers may be inlined before they count as recursive."""


class Awaiting(Blocks):
    """Lowers awaits."""

    def suspend(self, wait: Wait, node: ast.AST) -> None:
        """End the step here."""
        if self.on_loop and wait is not Wait.PARK:
            what = "step()" if wait is Wait.STEP else "until()"
            self.refuse(
                "E084",
                f"{what} is for processes on no loop",
                node,
                "nothing would run this again",
                "await what the loop gives: loop.later(), a promise, a lock",
            )
        label = self.new_label("resume")
        self.finish_block(ir.Suspend(wait, label, self.authors_span(node)), label)

    def suspend_on(self, operand: Operand, node: ast.Await) -> Operand:
        """Lower an await."""
        match operand:
            case Started(function=Static(value=value)) if value is language.park:
                self.suspend(Wait.PARK, node)
                return NONE
            case Started(function=Static(value=value)) if value is language.step:
                self.suspend(Wait.STEP, node)
                return NONE
            case Started(function=Static(value=value)) if value is language.until:
                self._until_resumed(node)
                return NONE
            case Started(function=Static(value=Crew() as crew)):
                return self._run_spawned(crew, node)
            case Started(function=Static(value=function), arguments=given, keywords=named):
                return self.inline(function, list(given), dict(named), node)
            case Started(function=Bound()):
                return self._await_dispatched(operand, node)
            case _:
                return self._await_value(operand, node)

    def _await_dispatched(self, started: Started, node: ast.Await) -> Operand:
        """Await a coroutine that differs between the receiver's candidates."""
        assert isinstance(started.function, Bound)
        found = dispatched(started.function.function)
        assert found is not None
        result, ways = self.new_cell("result"), self._ways(started.function.receiver, node)
        attribute = ast.copy_location(ast.Attribute(node.value, found[0], ast.Load()), node)

        def way(k: int) -> None:
            test, receiver = ways[k]

            def take() -> None:
                with self.one_way():
                    method = self.attribute(receiver, found[0], attribute)
                    made = self.invoke(
                        method, list(started.arguments), dict(started.keywords), node.value
                    )
                    value = self.suspend_on(made, node) if isinstance(made, Started) else made
                    self.set_cell(result, self.expr_of(value, node), self.span(node))

            if k == len(ways) - 1:
                take()
            else:
                self.choose_branch(test, take, lambda: way(k + 1), node, True)

        way(0)
        return self.read_cell(result, node)

    def _until_resumed(self, node: ast.Await) -> None:
        call = node.value
        if not isinstance(call, ast.Call) or len(call.args) != 1:
            self.refuse("E055", "until takes one condition", node, "wrong arguments")
        condition = call.args[0]
        if isinstance(condition, ast.Lambda):
            condition = condition.body
        self.suspend(Wait.UNTIL, node)
        self.pure = True
        test = self.test(condition)
        if not self.pure:
            self.refuse(
                "E089",
                "the condition of until() changes the state, chooses or requires",
                condition,
                "it is tried again and again: it may only look",
            )
        self.effect(ir.Require(test, self.span(condition)))

    def _run_spawned(self, crew: Crew, node: ast.Await) -> Operand:
        """Run the coroutine that the task's entry has been given, with its arguments."""
        span, keys = self.span(node), tuple(crew.bodies)
        entry = crew.entry(ir.Local(ir.MEMBER, IntType(0, len(crew.entries) - 1)), span)
        result = self.new_cell("result")
        which = self.take_argument(crew, entry, WHICH, WHICH, span)

        def run(k: int) -> None:
            body = crew.bodies[keys[k]]
            operands = dict(body.fixed)
            for name in body.kinds:
                value = self.take_argument(crew, entry, keys[k], name, span)
                if value is None:
                    return
                operands[name] = self.wrap(value)
            names = tuple(inspect.signature(body.function).parameters)
            found = self.inline(body.function, [], {n: operands[n] for n in names}, node)
            self.set_cell(result, self.value_expr(found, node), span)

        def way(k: int) -> None:
            if k == len(keys) - 1 or which is None:
                run(k)
                return
            test = apply(Op.EQ, (which, number(k, span)), BOOL, span)
            self.choose_branch(test, lambda: run(k), lambda: way(k + 1), node, True)

        if not keys:
            return NONE
        way(0)
        return self.read_cell(result, node)

    def take_argument(
        self, crew: Crew, entry: Expr, key: object, name: str, span: Span
    ) -> Expr | None:
        """An argument of the running task, taken out of its slot; None if it has none yet."""
        found = crew.address(entry, key, name, span)
        if found is None:
            return None
        address, kind = found
        held = self.temporary(ir.Load(address, kind, span), name or "which")
        self.emit(cleared(address, kind, span))
        return crew.value(held, key, name, span)

    def _await_value(self, operand: Operand, node: ast.Await) -> Operand:
        operand = self.sure(operand, node)
        if isinstance(operand, Dynamic) and isinstance(kind_of_expr(operand.expr), NeverType):
            # Nothing is awaited: whatever the expression is, it ends in a model error.
            return Dynamic(self.temporary(operand.expr))
        for name in ("wait", "__await__"):
            method = self.special(operand, name)
            if method is not None:
                started = self.invoke(Bound(operand, method), [], {}, node.value)
                if isinstance(started, Started):
                    return self.suspend_on(started, node)
        self.refuse(
            "E086",
            "this cannot be awaited",
            node,
            "neither a coroutine nor a promise",
            "a component can be awaited if it has `async def wait(self)`",
        )

    def inline(
        self,
        function: Callable[..., Any],
        arguments: list[Operand],
        keywords: dict[str, Operand],
        node: ast.expr,
    ) -> Operand:
        """The body of a coroutine in the place of its await."""
        bound = self.bind(function, arguments, keywords, node)
        receiver = (kind_of_expr(a.expr) for a in arguments[:1] if isinstance(a, Object))
        # call(f()) in f2 in call(f2()) is no recursion of call.
        key = (function, *receiver, *(a.function for a in arguments if isinstance(a, Started)))
        if self._is_deepest(function):
            return self._too_deep(function, node)
        if self._is_inlined(key) or self.depth >= INLINE_LIMIT:
            refuse_recursion(function, "awaits", self, node)
        vat = vat_inside(self, function, next(iter(bound.values()), None), node)
        self.depth += 1
        self.inlining.append(key)
        prefix = f"{self.fresh(function.__name__)}."
        saved, origin, vat_here = self.activation, self.origin, self.vat
        self.origin = self.authors_span(node)
        activation, body = self.unit.activation(function, prefix, self, node)
        self.activation = activation
        for name, operand in bound.items():
            if name in activation.assigned:
                cell = Cell(f"{prefix}{name}")
                self.set_cell(cell, self.expr_of(operand, node), self.span(node))
                activation.names[name] = cell
            else:
                activation.names[name] = operand
        self.begin_locals(node)
        self.vat = vat
        result = self.run_inlined(body, node)
        self.activation, self.origin, self.vat = saved, origin, vat_here
        self.depth -= 1
        self.inlining.pop()
        return result

    def _is_deepest(self, function: Callable[..., Any]) -> bool:
        """Whether a recursive coroutine may not be awaited in itself once more."""
        limit = depth_of(function)
        return limit is not None and [key[0] for key in self.inlining].count(function) == limit

    def _is_inlined(self, key: tuple[object, ...]) -> bool:
        """Whether the same is being inlined, with no recursion between whose depth is known."""
        if depth_of(key[0]) is not None:
            return False
        last = [k for k, outer in enumerate(self.inlining) if depth_of(outer[0]) is not None]
        return key in self.inlining[last[-1] if last else 0 :]

    def _too_deep(self, function: Callable[..., Any], node: ast.AST) -> Operand:
        span = self.authors_span(node)
        self.effect(ir.Fail("recursion", too_deep(function), span))
        return _nothing(span)

    def run_inlined(self, body: list[ast.stmt], node: ast.AST) -> Operand:
        """Lower a body whose returns lead to its end; its result."""
        leave = self.new_label("end")
        context = Inlined(leave, self.new_cell("result"))
        self.contexts.append(context)
        handler, refused = self.handler, len(self.reports)
        self.statements(body)
        if self._used(context) and not leaves(body):
            none = ir.Const(None, kind_of_expr(self.expr_of(NONE, node)), self.span(node))
            self.set_cell(context.result, none, self.span(node))
        self.contexts.pop()
        self.handler = handler
        self.fall_into(leave, node)
        # What returns a value that no way gives ends in a model error, and is not None.
        if not self._used(context) and context.result.name not in self.returned:
            # What was refused inside is told there, not at the await as well.
            return NONE if len(self.reports) == refused else _nothing(self.span(node))
        return self.read_cell(context.result, node)


def _nothing(span: Span) -> Operand:
    """What nobody comes to have."""
    return Dynamic(ir.Cast(ir.Const(None, NoneType(), span), NeverType(), span))
