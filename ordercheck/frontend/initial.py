"""Initial states: choices made in set-up, and processes put on their loops."""

from __future__ import annotations

import ast
from typing import Any

from ordercheck.frontend.draft import (
    Draft,
    Process,
    guarded,
)
from ordercheck.frontend.operands import Dynamic
from ordercheck.frontend.source import find_function
from ordercheck.frontend.statements import Statements
from ordercheck.frontend.unit import make_activation
from ordercheck.ir import nodes as ir
from ordercheck.ir.passes.begin import first_suspension
from ordercheck.ir.types import (
    IntType,
    ListType,
    TaskType,
)


def initial_statements(draft: Draft) -> tuple[ir.Stmt, ...]:
    """What makes the initial states: choices first, then loops take in their processes."""
    body = _initial_choices(draft)
    for k, process in enumerate(draft.processes):
        if process.loop is None or first_suspension(draft.coroutines[k]):
            continue
        body += _start_on_loop(draft, k, process)
    return tuple(body)


def _initial_choices(draft: Draft) -> list[ir.Stmt]:
    body: list[ir.Stmt] = []
    world = draft.world
    for choice, path in world.choices.values():
        options = list(range(len(choice.options)))
        kind = IntType(0, max(0, len(options) - 1))
        local = ir.Local(f"initial.{path}", kind)
        listed = ir.Const(tuple(options), ListType(kind, len(options)))
        shown: ir.Expr = listed
        try:
            values = list(choice.options)
            item = world.kinds.type_of_values(values)
            converted = tuple(world.kinds.to_value(v, item) for v in values)
            distinct = tuple(dict.fromkeys(converted))
            shown = ir.Const(distinct, ListType(item, len(distinct)))
            local = ir.Local(local.name, item)
            keys = converted
        except Exception:
            keys = tuple(options)
        body.append(ir.Choose(local, shown, path))
        for slot, chosen in world.chosen:
            if chosen.origin is not choice:
                continue
            declared = world.slots[slot]
            table: dict[Any, Any] = {}
            for key, value in zip(keys, chosen.values(), strict=True):
                table[key] = world.kinds.to_value(value, declared)
            if all(key == value for key, value in table.items()):
                found: ir.Expr = ir.Local(local.name, declared)
            else:
                found = ir.Lookup(local, tuple(table.items()), declared)
            address = ir.Const(slot, IntType(slot, slot))
            body.append(ir.Store(address, found, declared, world.names[slot], False))
    return body


def _start_on_loop(draft: Draft, k: int, process: Process) -> list[ir.Stmt]:
    found = find_function(process.function)
    assert found is not None
    source, node = found
    scope = Statements(draft.unit, make_activation(source, process.function, [], ""), "init")
    anchor = ast.copy_location(ast.Name("start", ast.Load()), node)
    attribute = ast.copy_location(ast.Attribute(anchor, "start", ast.Load()), node)
    assert process.loop is not None
    for member in range(len(process.members)):
        task = ir.Const(process.first_task + member, TaskType())

        def start(task: ir.Const = task) -> None:
            loop = scope.static(process.loop)
            scope.invoke(scope.attribute(loop, "start", attribute), [Dynamic(task)], {}, anchor)

        guarded(scope, start)
    for report in scope.reports:
        draft.unit.report(report)
    return scope.body
