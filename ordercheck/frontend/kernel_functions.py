"""The language's primitives for tasks and loops, as steps use them."""

from __future__ import annotations

import ast

from ordercheck import language
from ordercheck.frontend.calls import Calls, builtin
from ordercheck.frontend.cancelling import cancel
from ordercheck.frontend.making import kind_of_expr
from ordercheck.frontend.operands import NONE, Bound, Dynamic, Operand, Started, Static
from ordercheck.frontend.vats import use_task
from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import Expr
from ordercheck.ir.types import NeverType, TaskType

Arguments = list[Operand]
Keywords = dict[str, Operand]


@builtin(language.current, most=0)
def _current(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    return Dynamic(ir.Current(TaskType(), scope.span(node)))


@builtin(language.on_loop, most=0)
def _on_loop(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    if not scope.suspending:
        scope.refuse("E069", "on_loop() is known in coroutines only", node, "in an async def?")
    return Static(scope.on_loop)


@builtin(language.resume, least=1, most=1)
def _resume(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    task = _own_task(scope, given, node)
    scope.effect(ir.Resume(task, scope.span(node)))
    return NONE


@builtin(language.restart, least=1, most=1)
def _restart(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    task = scope.simple(_own_task(scope, given, node))
    scope.effect(ir.Restart(task, scope.span(node)))
    for statement in scope.unit.endings.revive(task, scope.span(node)):
        scope.effect(statement)
    return NONE


@builtin(language.cancel, least=1, most=1)
def _cancel(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    task, vat = _own_task(scope, given, node), scope.vat
    scope.vat = None  # whichever it is has been looked at
    try:
        cancel(scope, task, node)
    finally:
        scope.vat = vat
    return NONE


def _own_task(scope: Calls, given: Arguments, node: ast.expr) -> Expr:
    """The single argument as a task, refused where it is one of another vat."""
    task = scope.task_expr(given, node)
    use_task(scope, task, scope.unit.endings.candidates(task), node)
    return task


@builtin(language.being_cancelled, most=0)
def _being_cancelled(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    if not scope.suspending:
        what = "being_cancelled() is known in coroutines only"
        scope.refuse("E069", what, node, "in an async def?")
    destroyed = scope.destroyed(node)
    return Static(False) if destroyed is None else Dynamic(destroyed)


@builtin(language.task_of, least=1)
def _task_of(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    if isinstance(given[0], Dynamic) and kind_of_expr(given[0].expr) == NeverType():
        return given[0]  # in a loop over nothing
    if not isinstance(given[0], Bound):
        scope.refuse("E072", "task_of takes a process of a component", node, "self.worker?")
    return scope.task_reference(given[0], given[1:], node)


@builtin(language.run_to_idle, least=1, most=1)
def _run_to_idle(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    span = scope.span(node)
    attribute = ast.copy_location(ast.Attribute(node, "idle", ast.Load()), node)
    run = ast.copy_location(ast.Attribute(node, "run_one", ast.Load()), node)
    idle = scope.truth(
        scope.invoke(scope.attribute(given[0], "idle", attribute), [], {}, node), node
    )
    with scope.nested() as body:
        scope.invoke(scope.attribute(given[0], "run_one", run), [], {}, node)
    scope.effect(ir.While(scope.negation(idle, node), tuple(body), span))
    return NONE


@builtin(language.park, most=0)
def _park(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    return Started(Static(language.park), ())


@builtin(language.step, most=0)
def _step(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    return Started(Static(language.step), ())
