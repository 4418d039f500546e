"""Coroutines whose tasks may end before their time: cancelled, or lost in a crash.

Whoever ends such a task sets its life and resumes it; what follows each suspension looks at
it first. CANCELLED raises the exception that only `finally`, `with` and, in a free
process, `except Cancelled` see; at the outermost the task is over. DROPPED is over at
once. A coroutine that nothing ends is lowered without any of this.
"""

from __future__ import annotations

import ast

from ordercheck.frontend.blocks import Cleanup
from ordercheck.frontend.compilation import Compilation
from ordercheck.frontend.coroutines import Coroutines
from ordercheck.frontend.endings import is_life, set_life
from ordercheck.frontend.making import kind_of_expr
from ordercheck.frontend.operands import Activation
from ordercheck.frontend.typing_rules import BOOL
from ordercheck.ir import nodes as ir
from ordercheck.ir.lives import ALIVE, CANCELLED, DROPPED, OVER
from ordercheck.ir.nodes import Expr, Wait
from ordercheck.ir.passes.begin import first_suspension
from ordercheck.ir.record import dataclass
from ordercheck.ir.span import Span
from ordercheck.ir.types import options_of

END = "over"
"""Label of the block where every way out ends."""


@dataclass(frozen=True, slots=True)
class Mortals:
    """The tasks of one coroutine that may end early; they are on a loop or free."""

    name: str
    first: int
    members: int
    on_loop: bool
    crashes: bool


class Mortal(Coroutines):
    """Lowers a process whose tasks may end early."""

    def __init__(
        self, unit: Compilation, activation: Activation, name: str, mortals: Mortals
    ) -> None:
        super().__init__(unit, activation, name)
        self.mortals = mortals

    def life(self, span: Span) -> Expr:
        """Where the running task has its life."""
        mortals = self.mortals
        return self.unit.endings.own_address(mortals.first, mortals.members, span)

    def destroyed(self, node: ast.AST) -> Expr | None:
        """Whether the running task is being destroyed; None where that never happens."""
        if not self.mortals.on_loop:
            return None
        span = self.span(node)
        return is_life(self.life(span), CANCELLED, span)

    def suspend(self, wait: Wait, node: ast.AST) -> None:
        """End the step here; whoever goes on looks first whether it may."""
        if not self._begins_here():
            self._check_not_cancelled(node)
        super().suspend(wait, node)
        self._look(self.span(node))

    def _check_not_cancelled(self, node: ast.AST) -> None:
        # At a coroutine's very beginning nothing has been done, and nothing may be: it is
        # suspended there from the start.
        span = self.span(node)
        what = "suspends while it is cancelled" if self.on_loop else "is cancelled while it runs"
        fail = ir.Fail("task", f"{self.mortals.name} {what}", span)
        self.emit(ir.If(is_life(self.life(span), CANCELLED, span), (fail,), (), span))

    def _begins_here(self) -> bool:
        """Whether the coroutine, as far as it is lowered, does nothing before this."""
        here = ir.Block(self.label, tuple(self.body), ir.Suspend(Wait.PARK, self.label))
        return first_suspension(ir.Coroutine("", 1, (*self.blocks, here))) is here.terminator

    def _look(self, span: Span) -> None:
        go_on, ended = self.new_label("alive"), self.new_label("ended")
        address = self.life(span)
        alive = is_life(address, ALIVE, span)
        self.finish_block(ir.Branch(alive, go_on, ended, span), ended)
        dropped = is_life(address, DROPPED, span)
        lost, cancelled = self.new_label("lost"), self.new_label("cancelled")
        handler, self.handler = self.handler, None
        self.finish_block(ir.Branch(dropped, lost, cancelled, span), lost)
        self._abandon()
        self.finish_block(ir.Goto(END, span), cancelled)
        self.handler = handler
        if not self.on_loop:
            self.emit(set_life(address, ALIVE, span))
        if handler is None:
            self.finish_block(ir.Goto(END, span), go_on)
            return
        kind = self.unit.endings.exception()
        self.effect(ir.Raise(ir.Const((kind.name,), kind, span), span))
        self.finish_block(ir.Finish(span), go_on)

    def _abandon(self) -> None:
        """Give up what the task owns in `with` blocks: only a crash comes here."""
        contexts = self.contexts
        for k in range(len(contexts) - 1, -1, -1):
            context = contexts[k]
            if isinstance(context, Cleanup) and context.lost is not None and self.mortals.crashes:
                self.contexts = contexts[:k]
                context.lost()
        self.contexts = contexts

    def raise_again(self, caught: ir.Local, following: str, node: ast.AST) -> None:
        """Hand on what nothing here has caught; outside everything, Cancelled is the end."""
        kind, options = self.unit.endings.exception(), options_of(kind_of_expr(caught))
        if self.handler is None and kind in options:
            span, other = self.span(node), self.new_label("other")
            if len(options) == 1:
                self.finish_block(ir.Goto(END, span), following)
                return
            test = ir.IsA(caught, kind, BOOL, span)
            self.finish_block(ir.Branch(test, END, other, span), other)
        super().raise_again(caught, following, node)

    def finish(self, node: ast.AST) -> None:
        """End the coroutine: note that the task is over, and look whether it may begin."""
        span = self.span(node)
        if not self.on_loop:
            self._check_not_cancelled(node)
        self.finish_block(ir.Goto(END, span), END)
        self.emit(set_life(self.life(span), OVER, span))
        super().finish(node)
        if first_suspension(ir.Coroutine("", 1, tuple(self.blocks))) is None:
            alive = is_life(self.life(span), ALIVE, span)
            born = ir.Branch(alive, self.blocks[0].label, END, span)
            self.blocks.insert(0, ir.Block("born", (), born))
