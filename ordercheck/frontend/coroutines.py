"""Coroutines: bodies that suspend become blocks, and helpers that are awaited are inlined."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from ordercheck import language
from ordercheck.frontend.attributes import dispatched
from ordercheck.frontend.compilation import Compilation
from ordercheck.frontend.making import apply, kind_of_expr, number
from ordercheck.frontend.operands import (
    NONE,
    Activation,
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
from ordercheck.frontend.statements import Statements
from ordercheck.frontend.syntax import breaks, leaves
from ordercheck.frontend.typing_rules import BOOL, item_type
from ordercheck.frontend.vats import vat_inside
from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import Expr, Op, Terminator, Wait
from ordercheck.ir.record import dataclass
from ordercheck.ir.span import Span
from ordercheck.ir.types import IntType, ListType, NeverType, NoneType, Type
from ordercheck.language.marks import depth_of

INLINE_LIMIT = 40
"""How deep awaited helpers may be inlined before they count as recursive."""

Catch = tuple[str, ir.Local]
AnyLoop = TypeVar("AnyLoop", ast.For, ast.While)


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop that the current statement is in."""

    leave: str
    again: str


@dataclass(frozen=True, slots=True)
class Cleanup:
    """What must run on every way out; `outer` catches what it raises.

    `lost` is what is done instead, if anything, when the task is lost in a crash.
    """

    run: Callable[[Operand], None]
    outer: Catch | None
    lost: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Inlined:
    """The body of an awaited helper, or of the process itself."""

    leave: str
    result: Cell


Context = Loop | Cleanup | Inlined


class Coroutines(Statements):
    """Lowers a process to blocks."""

    def __init__(self, unit: Compilation, activation: Activation, name: str) -> None:
        super().__init__(unit, activation, name)
        self.suspending = True
        self.in_loop = False
        self.blocks: list[ir.Block] = []
        self.label = "entry"
        self.handler: Catch | None = None
        self.contexts: list[Context] = []
        self.labels = 0
        self.inlining: list[tuple[object, ...]] = []
        self.returned: set[str] = set()

    # --- blocks ------------------------------------------------------------------------

    def new_label(self, hint: str) -> str:
        """A label that no other block has."""
        self.labels += 1
        return f"{hint}{self.labels}"

    def finish_block(self, terminator: Terminator, following: str) -> None:
        """End the current block and begin another."""
        handler, caught = self.handler if self.handler else (None, None)
        self.blocks.append(ir.Block(self.label, tuple(self.body), terminator, handler, caught))
        self.body = []
        self.label = following

    def go(self, label: str, following: str, node: ast.AST) -> None:
        """End the current block with a jump."""
        self.finish_block(ir.Goto(label, self.span(node)), following)

    def fall_into(self, label: str, node: ast.AST) -> None:
        """Go on in a new block."""
        self.go(label, label, node)

    def catch_with(self, handler: Catch | None, node: ast.AST) -> None:
        """From here on, exceptions go to another handler."""
        if handler != self.handler:
            self.fall_into(self.new_label("b"), node)
            self.handler = handler

    # --- what needs blocks ---------------------------------------------------------------

    def unstructured(self, node: ast.AST) -> bool:
        """Whether a statement suspends, or leaves the statement around it."""
        return _leaves_or_suspends(node, self.in_loop)

    def statement(self, node: ast.stmt) -> None:
        """Lower a statement, in blocks where it suspends or jumps."""
        if not self.unstructured(node):
            super().statement(node)
            return
        match node:
            case ast.AsyncWith(items=items, body=body):
                self._async_with(items, body, node)
            case ast.AsyncFor():
                self.refuse("E047", "async for is not part of the language", node)
            case ast.Break() | ast.Continue():
                self._jump(isinstance(node, ast.Break), node)
            case _:
                super().statement(node)

    def choose_branch(
        self,
        test: Expr,
        then: Callable[[], None],
        orelse: Callable[[], None] | None,
        node: ast.AST,
        suspends: bool,
    ) -> None:
        """Branch to blocks where a branch suspends; else emit an if."""
        if not suspends:
            super().choose_branch(test, then, orelse, node, False)
            return
        one, two, after = self.new_label("then"), self.new_label("else"), self.new_label("join")
        self.finish_block(ir.Branch(test, one, two, self.span(node)), one)
        then()
        self.go(after, two, node)
        if orelse is not None:
            orelse()
        self.fall_into(after, node)

    def if_statement(self, node: ast.If) -> None:
        """Lower an if."""
        if not self.unstructured(node):
            super().if_statement(node)
            return
        test = self.test(node.test)
        if isinstance(test, ir.Const):
            self.statements(node.body if test.value else node.orelse)
            return
        names = dict(self.activation.names)
        after: dict[str, Operand] = {}

        def then() -> None:
            self.statements(node.body)
            after.update(self.activation.names)
            self.activation.names = dict(names)

        self.choose_branch(test, then, lambda: self.statements(node.orelse), node, True)
        self.merge_names(names, after, leaves(node.body), leaves(node.orelse))

    def _as_one(self, lower: Callable[[AnyLoop], None], node: AnyLoop) -> None:
        """Lower a loop in which nothing suspends: its own jumps do not leave it."""
        outside, self.in_loop = self.in_loop, True
        lower(node)
        self.in_loop = outside

    def while_statement(self, node: ast.While) -> None:
        """Lower a while loop."""
        if not self.unstructured(node):
            self._as_one(super().while_statement, node)
            return
        head, body, leave = self.new_label("while"), self.new_label("do"), self.new_label("done")
        names = dict(self.activation.names)
        self.fall_into(head, node)
        test = self.test(node.test)
        endless = isinstance(test, ir.Const) and bool(test.value)
        if endless:
            self.go(body, body, node)
        else:
            self.finish_block(ir.Branch(test, body, leave, self.span(node)), body)
        after = self._loop_body(node, leave, head)
        if not endless:
            self._forget(names)
        self._else_block(node, after)

    def _loop_body(self, node: AnyLoop, leave: str, again: str) -> str:
        """A loop's body, and the jump back; the label of what follows its `else`."""
        after = self.new_label("after") if node.orelse else leave
        self.contexts.append(Loop(after, again))
        self.statements(node.body)
        self.contexts.pop()
        self.go(again, leave, node)
        return after

    def _else_block(self, node: AnyLoop, after: str) -> None:
        if node.orelse:
            names = dict(self.activation.names)
            self.statements(node.orelse)
            if breaks(node.body):
                self._forget(names)
            self.fall_into(after, node)

    def for_statement(self, node: ast.For) -> None:
        """Lower a for loop: what it iterates over and the place in it live across suspensions."""
        if not self.unstructured(node):
            self._as_one(super().for_statement, node)
            return
        listed = self.simple(self.iterated(node))
        kind, span = kind_of_expr(listed), self.span(node.iter)
        names = dict(self.activation.names)
        place = self.new_cell("next")
        most = kind.capacity if isinstance(kind, ListType) else None
        self.types.setdefault(place.name, IntType(0, most))
        self.set_cell(place, number(0, span), span)
        head, body, leave = self.new_label("for"), self.new_label("do"), self.new_label("done")
        self.fall_into(head, node)
        now = ir.Local(place.name, IntType(0, most), span)
        length = apply(Op.LENGTH, (listed,), IntType(0, most), span)
        test = apply(Op.LT, (now, length), BOOL, span)
        self.finish_block(ir.Branch(test, body, leave, span), body)
        item = self.temporary(apply(Op.INDEX, (listed, now), item_type(kind), span), "each")
        ahead = apply(Op.ADD, (now, number(1, span)), IntType(0, most), span)
        self.emit(ir.Assign(now, ahead, span))
        self.bind_target(node.target, self.wrap(item))
        after = self._loop_body(node, leave, head)
        self._forget(names)
        self._else_block(node, after)

    def _jump(self, leaving: bool, node: ast.stmt) -> None:
        for depth in range(len(self.contexts) - 1, -1, -1):
            context = self.contexts[depth]
            if isinstance(context, Loop):
                handler = self.handler
                self._unwind(depth)
                target = context.leave if leaving else context.again
                self.go(target, self.new_label("dead"), node)
                self.handler = handler
                return
        raise AssertionError("a jump outside a loop is a syntax error")

    def _unwind(self, depth: int) -> None:
        """Run the clean-ups of the contexts above `depth`, innermost first."""
        contexts = self.contexts
        names = dict(self.activation.names)
        for k in range(len(contexts) - 1, depth, -1):
            context = contexts[k]
            if isinstance(context, Cleanup):
                self.contexts = contexts[:k]
                self.catch_with(context.outer, ast.Pass(lineno=0, col_offset=0))
                context.run(NONE)
        self.contexts = contexts
        self.activation.names = names

    def return_statement(self, value: ast.expr | None, node: ast.AST) -> None:
        """Lower a return: leave the innermost inlined body."""
        depth = max(k for k, c in enumerate(self.contexts) if isinstance(c, Inlined))
        context = self.contexts[depth]
        assert isinstance(context, Inlined)
        operand = NONE if value is None else self.expression(value)
        expr = self.value_or_place(operand, node)
        if not isinstance(expr, ir.Const) or expr.value is not None or self._used(context):
            self.set_cell(context.result, expr, self.span(node))
            self.returned.add(context.result.name)
        handler = self.handler
        self._unwind(depth)
        self.go(context.leave, self.new_label("dead"), node)
        self.handler = handler

    def _used(self, context: Inlined) -> bool:
        self.used.add(context.result.name)
        return not isinstance(self.cell_type(context.result.name), NeverType)

    # --- suspension and inlining -----------------------------------------------------------

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
        nothing = ir.Const(None, NoneType(), span)
        return Dynamic(ir.Cast(nothing, NeverType(), span))  # which nobody comes to

    def run_inlined(self, body: list[ast.stmt], node: ast.AST) -> Operand:
        """Lower a body whose returns lead to its end; its result."""
        leave = self.new_label("end")
        context = Inlined(leave, self.new_cell("result"))
        self.contexts.append(context)
        handler = self.handler
        self.statements(body)
        if self._used(context) and not leaves(body):
            none = ir.Const(None, kind_of_expr(self.expr_of(NONE, node)), self.span(node))
            self.set_cell(context.result, none, self.span(node))
        self.contexts.pop()
        self.handler = handler
        self.fall_into(leave, node)
        # What returns a value that no way gives ends in a model error, and is not None.
        if not self._used(context) and context.result.name not in self.returned:
            return NONE
        return self.read_cell(context.result, node)

    # --- try and with ------------------------------------------------------------------------

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
            self.refuse("E082", "this is no context manager", given, f"it has no {enter}")
        if item.optional_vars is not None:
            self.assign(item.optional_vars, entered, node)

        def final(error: Operand) -> None:
            found = self.dunder(manager, leave, [NONE, error, NONE], given)
            if self._awaited(found, given) is None:
                self.refuse("E082", "this is no context manager", given, f"it has no {leave}")

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


@lru_cache(maxsize=4096)
def _leaves_or_suspends(node: ast.AST, in_loop: bool) -> bool:
    match node:
        case ast.Await() | ast.AsyncWith() | ast.AsyncFor() | ast.Return():
            return True
        case ast.Break() | ast.Continue():
            return not in_loop
        case ast.Lambda() | ast.FunctionDef() | ast.AsyncFunctionDef():
            return False
        case ast.For(orelse=orelse) | ast.While(orelse=orelse):
            # A jump in the else of a loop is one of the loop around it.
            last = any(_leaves_or_suspends(each, in_loop) for each in orelse)
            inner = [n for n in ast.iter_child_nodes(node) if n not in orelse]
            return last or any(_leaves_or_suspends(child, True) for child in inner)
        case _:
            pass
    return any(_leaves_or_suspends(child, in_loop) for child in ast.iter_child_nodes(node))
