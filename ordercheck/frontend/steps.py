"""Actions and free processes as steps."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from ordercheck.frontend.draft import (
    Draft,
    check_arity,
    head,
    members_of,
    own_name,
    reported,
    show_value,
    start,
)
from ordercheck.frontend.operands import Object, Operand
from ordercheck.frontend.scope import POISON, Refused, settled
from ordercheck.frontend.source import Source, find_function, span_at
from ordercheck.frontend.statements import Statements
from ordercheck.frontend.unit import make_activation
from ordercheck.frontend.values import Values
from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import StepKind
from ordercheck.ir.span import Diagnostic
from ordercheck.ir.types import (
    IntType,
    ListType,
    NoneType,
    RefType,
    TaskType,
)
from ordercheck.language.kernel import Loop
from ordercheck.language.marks import ActionMark, ProcessMark, ScenarioMark
from ordercheck.language.mistakes import Mistake
from ordercheck.language.model import Component


def lower_steps(draft: Draft) -> None:
    """Make the steps: actions and free processes, components in their order."""
    for k, component in enumerate(draft.world.components):
        for name, function, mark in draft.world.marked(type(component)):
            if isinstance(mark, ActionMark):
                if mark.turn and isinstance(component, Loop) and component.host is not None:
                    continue  # nested: it runs in its host's turns
                with reported(draft):
                    _action(draft, k, component, name, function, mark)
            elif isinstance(mark, ProcessMark):
                _free_process(draft, k, name)
            elif isinstance(mark, ScenarioMark) and k:
                what = f"{name} is a scenario of a component"
                at = span_at(mark.at)
                help = "move it to the model, where it can look at the component"
                draft.unit.report(Diagnostic("E035", what, at, "a model is what is run", help))


def _free_process(draft: Draft, component: int, name: str) -> None:
    known = [(p.component, p.name) for p in draft.processes]
    if (component, name) not in known:
        return
    k = known.index((component, name))
    process = draft.processes[k]
    if process.loop is not None or not process.members:
        return
    tasks = range(process.first_task, process.first_task + len(process.members))
    task = ir.Local("task", TaskType())
    span = draft.coroutines[k].span
    draft.steps.append(
        ir.Step(
            draft.coroutines[k].name,
            StepKind.PROCESS,
            (task,),
            tuple((t,) for t in tasks),
            tuple(draft.tasks[t].name for t in tasks),
            (ir.Resume(task, span),),
            span,
        )
    )


def _action(
    draft: Draft,
    component: int,
    owner: Component,
    name: str,
    function: Callable[..., Any],
    mark: ActionMark,
) -> None:
    source, node = _source_of(name, function, mark)
    members = members_of(draft, mark.each, owner, mark)
    path = draft.world.infos[component].path
    full = f"{path}.{name}" if path else name
    names = [a.arg for a in node.args.args][1:]
    rows = _rows(draft, mark, names, members)
    parameters: tuple[ir.Local, ...] = ()
    bindings: tuple[tuple[Any, ...], ...] = ((),) * len(rows)

    def make() -> Statements:
        return Statements(draft.unit, make_activation(source, function, node.body, ""), full)

    def lower(scope: Statements) -> None:
        nonlocal parameters, bindings
        reference = ir.Const(component, RefType((component,)))
        operands: dict[str, Operand] = {own_name(draft, scope, node): Object(reference)}
        if check_arity(draft, names, rows, scope, node):
            parameters, bindings = _bindings(draft, names, rows, scope, node, operands)
        else:
            operands.update(dict.fromkeys(names, POISON))
        start(scope, operands, node)
        scope.statements(node.body)

    scope = settled(make, lower)
    for report in scope.reports:
        draft.unit.report(report)
    draft.steps.append(
        ir.Step(
            full,
            StepKind.TURN if mark.turn else StepKind.ACTION,
            parameters,
            bindings,
            tuple(_actor(draft, component, name, names, row, mark) for row in rows),
            _body(draft, scope, parameters, node),
            head(scope, node),
        )
    )


def _source_of(
    name: str, function: Callable[..., Any], mark: ActionMark
) -> tuple[Source, ast.FunctionDef]:
    """Where an action is written; raises Mistake for what cannot be one."""
    found = find_function(function)
    node = found[1] if found else None
    if found is None or not isinstance(node, ast.FunctionDef):
        raise Mistake(
            "E088",
            f"the action {name} is no plain method",
            "an action is one step: it cannot suspend",
            "make it a @process, or a def",
            mark.at,
        )
    if not isinstance(mark.actor, str):
        what = "an actor is named by a string"
        raise Mistake("E025", what, "the lifeline's name", 'actor="client"', mark.at)
    return found[0], node


def _body(
    draft: Draft, scope: Statements, parameters: tuple[ir.Local, ...], node: ast.AST
) -> tuple[ir.Stmt, ...]:
    """What was lowered as a step's body; what returns early is called as a function."""
    body, span = tuple(scope.body), head(scope, node)
    if not _returns(body):
        return body
    name = draft.unit.unique(f"{scope.name}.body")
    result = scope.types.get("@result", NoneType())
    draft.unit.functions.append(ir.Function(name, parameters, result, body, span))
    return (ir.Evaluate(ir.Call(name, parameters, result, span, False), span),)


def _rows(
    draft: Draft, mark: ActionMark, names: list[str], members: tuple[object, ...]
) -> list[tuple[Any, ...]]:
    if mark.each is None:
        return [()]
    return [m if len(names) != 1 and isinstance(m, tuple) else (m,) for m in members]


def _bindings(
    draft: Draft,
    names: list[str],
    rows: list[tuple[Any, ...]],
    scope: Values,
    node: ast.AST,
    operands: dict[str, Operand],
) -> tuple[tuple[ir.Local, ...], tuple[tuple[Any, ...], ...]]:
    parameters: list[ir.Local] = []
    columns: list[tuple[Any, ...]] = []
    for k, name in enumerate(names):
        values = [row[k] for row in rows if k < len(row)]
        try:
            const = scope.const(values, node)
        except Refused as refused:
            if refused.diagnostic is not None:
                draft.unit.report(refused.diagnostic)
            const = ir.Const((0,) * len(rows), ListType(IntType(0, 0), len(rows)))
        kind = const.type
        assert isinstance(kind, ListType)
        local = ir.Local(name, kind.item)
        parameters.append(local)
        columns.append(const.value)
        operands[name] = scope.wrap(local)
    bindings = tuple(zip(*columns, strict=True)) if columns else ((),) * len(rows)
    return tuple(parameters), bindings


def _actor(
    draft: Draft,
    component: int,
    name: str,
    names: list[str],
    row: tuple[Any, ...],
    mark: ActionMark,
) -> str:
    path = draft.world.infos[component].path
    if mark.actor:
        return mark.actor
    if path:
        return path
    # A set or a truth value is nobody: `crew {'C0'}` makes no lifeline.
    if names and row and not isinstance(row[0], frozenset | set | tuple | list | bool):
        if isinstance(row[0], Component):
            return show_value(draft, row[0])
        return f"{names[0]} {show_value(draft, row[0])}"
    return name


def _returns(body: tuple[ir.Stmt, ...]) -> bool:
    for statement in body:
        match statement:
            case ir.Return():
                return True
            case ir.If(then=then, orelse=orelse):
                if _returns(then) or _returns(orelse):
                    return True
            case ir.While(body=inner) | ir.For(body=inner):
                if _returns(inner):
                    return True
            case ir.Try(body=inner, handlers=handlers, orelse=orelse, final=final):
                if _returns(inner) or _returns(orelse) or _returns(final):
                    return True
                if any(_returns(handler.body) for handler in handlers):
                    return True
            case _:
                pass
    return False
