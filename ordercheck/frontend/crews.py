"""Pools of tasks: their tasks, and the coroutine in which these run what is spawned."""

from __future__ import annotations

import ast
from typing import Any

from ordercheck.frontend.compilation import Family
from ordercheck.frontend.coroutines import Coroutines
from ordercheck.frontend.draft import Draft, head, start
from ordercheck.frontend.operands import Object, Operand, Started, Static
from ordercheck.frontend.processes import scope_of
from ordercheck.frontend.scope import settled
from ordercheck.frontend.source import find_function
from ordercheck.frontend.spawning import Crew, task_pools
from ordercheck.frontend.unit import make_activation
from ordercheck.frontend.world import class_attribute
from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import StepKind
from ordercheck.ir.span import NOWHERE
from ordercheck.ir.types import IntType, TaskType

RUN = "run"
"""The method of a pool's entry that is its task."""


def find_crews(draft: Draft) -> None:
    """Number the tasks of pools, after all processes."""
    for pool, path, entries in task_pools(draft.world):
        number = len(draft.processes) + len(draft.unit.crews)
        crew = Crew(pool, path, entries, len(draft.tasks), draft.unit.spawns.of(pool).copy())
        draft.unit.crews[id(pool)] = crew
        loop = None if crew.loop is None else draft.world.component_id(crew.loop)
        for k, entry in enumerate(entries):
            draft.unit.families[entry, RUN] = Family(len(draft.tasks), (None,))
            draft.tasks.append(ir.TaskInfo(f"{path}[{k}]", number, k, loop, pool.daemon))


def allocate_arguments(draft: Draft) -> None:
    """Give pools of tasks the slots in which arguments wait, and what else their tasks need."""
    for crew in draft.unit.crews.values():
        crew.allocate(draft.world)
        draft.unit.endings.allocate(crew.first_task, len(crew.entries))


def lower_crews(draft: Draft) -> None:
    """Make the coroutines of pools; free tasks get a step each."""
    for crew in draft.unit.crews.values():
        coroutine = _coroutine(draft, crew)
        draft.coroutines.append(coroutine)
        if crew.loop is None:
            draft.steps.append(_step(draft, crew, coroutine))


def _coroutine(draft: Draft, crew: Crew) -> ir.Coroutine:
    found = find_function(_run_of(draft, crew))
    assert found is not None
    source, node = found
    assert isinstance(node, ast.AsyncFunctionDef)
    count = len(crew.entries)

    def make() -> Coroutines:
        activation = make_activation(source, _run_of(draft, crew), node.body, "")
        scope = scope_of(draft, activation, crew.path, crew.first_task, count, crew.loop)
        scope.origin = next((body.span for body in crew.bodies.values()), NOWHERE)
        return scope

    def lower(scope: Coroutines) -> None:
        member = ir.Local(ir.MEMBER, IntType(0, count - 1))
        entry = Object(crew.entry(member, scope.span(node)))
        names = [argument.arg for argument in node.args.args]
        operands: dict[str, Operand] = {names[0]: entry, names[1]: Started(Static(crew), ())}
        start(scope, operands, node)
        scope.run_inlined(node.body, node)
        scope.finish(node)

    scope = settled(make, lower)
    for report in scope.reports:
        draft.unit.report(report)
    return ir.Coroutine(crew.path, count, tuple(scope.blocks), span=head(scope, node))


def _run_of(draft: Draft, crew: Crew) -> Any:
    return class_attribute(type(draft.world.components[crew.entries[0]]), RUN)


def _step(draft: Draft, crew: Crew, coroutine: ir.Coroutine) -> ir.Step:
    task = ir.Local("task", TaskType())
    return ir.Step(
        crew.path,
        StepKind.PROCESS,
        (task,),
        tuple((number,) for number in crew.tasks),
        tuple(draft.tasks[number].name for number in crew.tasks),
        (ir.Resume(task, coroutine.span),),
        coroutine.span,
    )
