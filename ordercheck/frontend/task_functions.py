"""How `spawn` and `loop_of` are lowered."""

from __future__ import annotations

import ast
import inspect
import typing
from typing import Any

from ordercheck import language
from ordercheck.frontend.calls import Calls, builtin
from ordercheck.frontend.kinds import Unrepresentable
from ordercheck.frontend.making import apply, kind_of_expr
from ordercheck.frontend.operands import (
    Bound,
    BuiltinMethod,
    Closure,
    Dynamic,
    Object,
    Operand,
    PlaceOperand,
    Started,
    Static,
)
from ordercheck.frontend.spawning import WHICH, Body, Crew
from ordercheck.frontend.typing_rules import BOOL
from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import Expr, Op
from ordercheck.ir.types import IntType, ListType, NeverType, RefType, TaskType, Type
from ordercheck.language.kernel import NOWHERE
from ordercheck.language.spawning import NoPool, TaskPool

KERNEL = (language.park, language.step, language.until)
"""Awaitables that are no coroutines."""


@builtin(language.spawn, least=2, most=2)
def _spawn(
    scope: Calls, given: list[Operand], named: dict[str, Operand], node: ast.expr
) -> Operand:
    pool, body = given
    if isinstance(pool, Static) and isinstance(pool.value, NoPool):
        what = "how many can there be at once?"
        scope.refuse("E098", pool.value.headline, node, what, pool.value.help)
    if not isinstance(pool, Static) or not isinstance(pool.value, TaskPool):
        scope.refuse(
            "E098",
            "spawn takes a pool of tasks, known before any step",
            node,
            "no pool of tasks",
            "self.calls = Tasks(4) in set-up, then spawn(self.calls, …)",
        )
    function = body.function if isinstance(body, Started) else None
    if not isinstance(body, Started) or not isinstance(function, Static):
        _refuse_body(scope, node)
    if function.value in KERNEL or not inspect.iscoroutinefunction(function.value):
        _refuse_body(scope, node)
    crew = scope.unit.crews[id(pool.value)]
    arguments = scope.bind(function.value, list(body.arguments), dict(body.keywords), node)
    return _launch(scope, crew, function.value, arguments, node)


def _refuse_body(scope: Calls, node: ast.expr) -> typing.NoReturn:
    scope.refuse(
        "E098",
        "spawn takes a coroutine that is not awaited",
        node,
        "no call of an async def",
        "spawn(self.calls, self.handle(i))",
    )


def _launch(
    scope: Calls,
    crew: Crew,
    function: Any,
    arguments: dict[str, Operand],
    node: ast.expr,
) -> Operand:
    """Take an entry, put the arguments where its task finds them, and let it begin."""
    unit, span = scope.unit, scope.span(node)
    fixed, differing, marks = _sorted(scope, function, arguments, node)
    key = (function, tuple(marks))
    kinds: dict[str, Type] = {name: NeverType() for name in differing}
    new = Body(function, fixed, kinds, _declared(scope, function), scope.authors_span(node))
    unit.spawns.note(crew.pool, key, new, {n: kind_of_expr(e) for n, e in differing.items()})
    scope.pure = False
    entry = scope.temporary(unit.pool_new(crew.pool, span), "task")
    for name, value in differing.items():
        _store(scope, crew, entry, key, name, value, node)
    which = list(crew.bodies).index(key) if key in crew.bodies else 0
    _store(scope, crew, entry, WHICH, WHICH, ir.Const(which, IntType(which, which), span), node)
    task = crew.task(entry, span)
    scope.effect(ir.Restart(task, span))
    for statement in unit.endings.revive(task, span):
        scope.effect(statement)
    if crew.loop is not None:
        loop = scope.static(crew.loop)
        begin = ast.copy_location(ast.Attribute(node, "begin", ast.Load()), node)
        scope.invoke(scope.attribute(loop, "begin", begin), [Dynamic(task)], {}, node)
    return scope.wrap(entry)


def _store(
    scope: Calls, crew: Crew, entry: Expr, key: object, name: str, value: Expr, node: ast.AST
) -> None:
    found = crew.address(entry, key, name, scope.span(node))
    if found is None:
        return
    address, kind = found
    value = scope.fitting(value, kind, name, node)
    scope.effect(ir.Store(address, value, kind, name, True, scope.span(node)))


def _sorted(
    scope: Calls, function: Any, arguments: dict[str, Operand], node: ast.AST
) -> tuple[dict[str, Operand], dict[str, Expr], list[object]]:
    """The arguments that are fixed, those that are values, and what tells the fixed ones apart."""
    fixed: dict[str, Operand] = {}
    differing: dict[str, Expr] = {}
    marks: list[object] = []
    for name, parameter in inspect.signature(function).parameters.items():
        operand = arguments[name]
        if parameter.kind is parameter.VAR_POSITIONAL:
            scope.refuse("E098", "a spawned coroutine takes no *arguments", node)
        match operand:
            case Bound() | BuiltinMethod() | Closure() | Started():
                scope.refuse("E098", "a spawned coroutine is given values", node, f"{name} is none")
            case Object(expr=ir.Const(value=value)) | PlaceOperand(address=ir.Const(value=value)):
                fixed[name] = operand
                marks.append((name, type(operand).__name__, value))
            case Static(value=value) if not _is_value(scope, value):
                fixed[name] = operand
                marks.append((name, "static", id(value)))
            case _:
                differing[name] = scope.expr_of(operand, node)
    return fixed, differing, marks


def _is_value(scope: Calls, value: object) -> bool:
    try:
        scope.unit.world.kinds.type_of_value(value)
    except (Unrepresentable, TypeError, RecursionError):
        return False
    return True


def _declared(scope: Calls, function: Any) -> dict[str, Type]:
    """The ranges that annotations give parameters."""
    try:
        hints = typing.get_type_hints(function, include_extras=True)
    except Exception:  # whatever the author's expressions raise
        return {}
    found: dict[str, Type] = {}
    for name, hint in hints.items():
        if typing.get_origin(hint) is typing.Annotated:
            kind = scope.unit.world.kinds.type_of_domain(hint)
            if isinstance(kind, IntType) and kind != IntType():
                found[name] = kind
    return found


@builtin(language.loop_of, least=1, most=1)
def _loop_of(
    scope: Calls, given: list[Operand], named: dict[str, Operand], node: ast.expr
) -> Operand:
    task, span = scope.task_expr(given, node), scope.span(node)
    if isinstance(task, ir.Current) and scope.suspending:
        if scope.loop is None:
            scope.refuse(
                "E099",
                "this process is on no loop",
                node,
                "there is no loop to be found",
                'put it on one: @process(on="loop")',
            )
        return scope.static(scope.loop)
    tasks = scope.unit.tasks
    candidates = scope.unit.endings.candidates(task)
    table = tuple((k, loop) for k in candidates if (loop := tasks[k].loop) is not None)
    loops = tuple(sorted({loop for _, loop in table}))
    if len(table) < len(candidates):
        task = scope.temporary(task)
        known = tuple(k for k, _ in table)
        listed = ir.Const(known, ListType(TaskType(), len(known)), span)
        on_one = apply(Op.CONTAINS, (listed, task), BOOL, span)
        free = ir.Fail("task", "this task is on no loop", span)
        scope.effect(ir.If(on_one, (), (free,), span))
    if not loops:
        return Static(NOWHERE)
    if len(loops) == 1:
        return scope.static(scope.unit.world.components[loops[0]])
    return scope.wrap(ir.Lookup(task, table, RefType(loops), span))
