"""Control flow in blocks: branches, loops and jumps that a suspension lies in."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

from ordercheck.frontend.compilation import Compilation
from ordercheck.frontend.making import apply, kind_of_expr, number
from ordercheck.frontend.operands import (
    NONE,
    Activation,
    Cell,
    Operand,
)
from ordercheck.frontend.statements import Statements
from ordercheck.frontend.syntax import breaks, children, leaves
from ordercheck.frontend.typing_rules import BOOL, item_type
from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import Expr, Op, Terminator
from ordercheck.ir.record import dataclass
from ordercheck.ir.types import IntType, ListType, NeverType

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


class Blocks(Statements):
    """Lowers statements to blocks, where they suspend or are left by a jump."""

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
            inner = [n for n in children(node) if n not in orelse]
            return last or any(_leaves_or_suspends(child, True) for child in inner)
        case _:
            pass
    return any(_leaves_or_suspends(child, in_loop) for child in children(node))
