"""`cancel(task)` in the IR: what is done about each task depends on its loop."""

from __future__ import annotations

import ast

from ordercheck.frontend.calls import Calls
from ordercheck.frontend.endings import is_life, is_one_of, set_life
from ordercheck.frontend.making import apply
from ordercheck.frontend.operands import Dynamic
from ordercheck.frontend.typing_rules import BOOL
from ordercheck.ir import nodes as ir
from ordercheck.ir.lives import CANCELLED, DROPPED, OVER
from ordercheck.ir.nodes import Expr, Op, Stmt
from ordercheck.ir.types import TaskType
from ordercheck.language.model import Component


def cancel(scope: Calls, task: Expr, node: ast.expr) -> None:
    """Emit what cancels a task, whichever of its candidates it is."""
    endings, span = scope.unit.endings, scope.span(node)
    candidates = endings.candidates(task)
    mortal = tuple(number for number in candidates if endings.can_be_cancelled(number))
    asked = tuple(number for number in candidates if endings.is_raised(number))
    if not mortal and not asked:
        _refuse(scope, candidates, node)
    endings.cancelled.update(mortal, asked)
    if not {*mortal, *asked} <= endings.slots.keys():
        # The first round: who is cancelled is being found out, and nothing of this is run.
        scope.effect(ir.Fail("task", "not lowered yet", span))
        return
    task = scope.simple(task)
    if scope.suspending and mortal:
        itself: Expr = apply(Op.EQ, (task, ir.Current(TaskType(), span)), BOOL, span)
        if asked:
            itself = ir.Logic("and", (itself, is_one_of(task, mortal, span)), BOOL, span)
        fail = ir.Fail("task", "a task cannot cancel itself", span)
        scope.effect(ir.If(itself, (fail,), (), span))
    groups: dict[Component | None, list[int]] = {}
    for number in (*mortal, *asked):
        groups.setdefault(endings.loop_of(number), []).append(number)
    immortal = [number for number in candidates if number not in (*mortal, *asked)]
    body: tuple[Stmt, ...] = ()
    if immortal:
        body = (ir.Fail("task", "a task of this loop cannot be cancelled", span),)
    for loop, numbers in reversed(groups.items()):
        way = _way(scope, task, numbers, loop, node)
        test = is_one_of(task, numbers, span)
        body = (ir.If(test, way, body, span),) if body or len(numbers) < len(candidates) else way
    for statement in body:
        scope.effect(statement)


def _way(
    scope: Calls, task: Expr, numbers: list[int], loop: Component | None, node: ast.expr
) -> tuple[Stmt, ...]:
    """What cancels a task that is one of these, all of one loop or of none."""
    span = scope.span(node)
    address = scope.unit.endings.address(task, numbers, span)
    over = is_life(address, OVER, span)
    if loop is not None and scope.unit.endings.is_raised(numbers[0]):
        with scope.nested() as asking:
            _tell(scope, loop, "cancel", task, node)
        return (ir.If(over, (), tuple(asking), span),)
    body: tuple[Stmt, ...] = (set_life(address, CANCELLED, span),)
    if loop is not None:
        body += (ir.Resume(task, span), *dropped(task, address, node, scope))
        with scope.nested() as forgetting:
            forget(scope, loop, task, node)
        body += tuple(forgetting)
    return (ir.If(over, (), body, span),)


def dropped(task: Expr, address: Expr, node: ast.expr, scope: Calls) -> tuple[Stmt, ...]:
    """End a task that has got no further than its first suspension, when resumed to be ended.

    It had been put back to its beginning, where it has nothing to clean up.
    """
    span = scope.span(node)
    again = (set_life(address, DROPPED, span), ir.Resume(task, span))
    return (ir.If(is_life(address, OVER, span), (), again, span),)


def forget(scope: Calls, owner: Component, task: Expr, node: ast.expr) -> None:
    """Emit a call of a component's `forget`."""
    _tell(scope, owner, "forget", task, node)


def _tell(scope: Calls, owner: Component, name: str, task: Expr, node: ast.expr) -> None:
    attribute = ast.copy_location(ast.Attribute(node, name, ast.Load()), node)
    method = scope.attribute(scope.static(owner), name, attribute)
    scope.invoke(method, [Dynamic(task)], {}, node)


def _refuse(scope: Calls, candidates: tuple[int, ...], node: ast.expr) -> None:
    loops = {scope.unit.endings.loop_of(number) for number in candidates}
    names = sorted({type(loop).__name__ for loop in loops})
    scope.refuse(
        "E094",
        f"tasks of {' or '.join(names)} cannot be cancelled" if names else "there is no task",
        node,
        "JavaScript has no cancellation; other loops say how by `forget`",
        "end it by a flag that it looks at, or run it on a KjLoop",
    )
