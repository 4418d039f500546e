"""Processes: their members and tasks, and their bodies as coroutines."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ordercheck.frontend.compilation import Family
from ordercheck.frontend.coroutines import Coroutines
from ordercheck.frontend.draft import (
    Draft,
    Process,
    check_arity,
    head,
    members_of,
    own_name,
    reported,
    show_value,
    start,
)
from ordercheck.frontend.mortal import Mortal, Mortals
from ordercheck.frontend.operands import Activation, Object, Operand
from ordercheck.frontend.scope import POISON, settled
from ordercheck.frontend.source import find_function, span_at
from ordercheck.frontend.unit import make_activation
from ordercheck.frontend.values import Values
from ordercheck.ir import nodes as ir
from ordercheck.ir.span import Diagnostic
from ordercheck.ir.types import (
    IntType,
    ListType,
    RefType,
    TaskType,
)
from ordercheck.language.kernel import Loop
from ordercheck.language.marks import ProcessMark
from ordercheck.language.mistakes import Mistake
from ordercheck.language.model import Component


def find_processes(draft: Draft) -> None:
    """Number all processes and their tasks, components in their order."""
    draft.unit.tasks = draft.tasks
    for k, component in enumerate(draft.world.components):
        for name, function, mark in draft.world.marked(type(component)):
            if isinstance(mark, ProcessMark):
                # For whoever names the task of a process that is refused here.
                draft.unit.families[k, name] = Family(len(draft.tasks), (None,))
                with reported(draft):
                    _find_process(draft, k, name, function, mark)


def _find_process(
    draft: Draft, component: int, name: str, function: Callable[..., Any], mark: ProcessMark
) -> None:
    owner = draft.world.components[component]
    if draft.world.infos[component].pooled:
        raise Mistake(
            "E092",
            f"{type(owner).__name__} comes from a pool and has a process",
            "entries of a pool come and go, processes are there from the start",
            "move the process to a component that stays",
            mark.at,
        )
    members = members_of(draft, mark.each, owner, mark)
    loop = loop_of(draft, owner, mark)
    count = len(draft.tasks)
    draft.processes.append(Process(component, name, function, mark, members, count, loop))
    draft.unit.families[component, name] = Family(count, members)
    for k, member in enumerate(members):
        draft.tasks.append(
            ir.TaskInfo(
                _task_name(draft, component, name, mark, member),
                len(draft.processes) - 1,
                k,
                None if loop is None else draft.world.component_id(loop),
                mark.daemon,
            )
        )


def _task_name(draft: Draft, component: int, name: str, mark: ProcessMark, member: object) -> str:
    path = draft.world.infos[component].path
    full = f"{path}.{name}" if path else name
    if mark.each is None:
        return full
    parts = member if isinstance(member, tuple) else (member,)
    return f"{full}({', '.join(show_value(draft, part) for part in parts)})"


def loop_of(draft: Draft, component: Component, mark: ProcessMark) -> Component | None:
    """The loop that a process is on; None for a free one."""
    if not mark.on:
        return None
    found: object = component
    for part in str(mark.on).split("."):
        found = getattr(found, part, None)
    if not isinstance(found, Loop):
        raise Mistake(
            "E026",
            f"{mark.on} is no loop of {type(component).__name__}",
            "on names the attribute that holds the loop",
            'self.loop = KjLoop() in set-up, then on="loop"',
            mark.at,
        )
    return found


def size_task_lists(draft: Draft) -> None:
    """Give lists of tasks without a capacity room for every task once."""
    kind = ListType(TaskType(), max(1, len(draft.tasks)))
    lists = set(draft.world.task_lists)
    for slot in lists:
        draft.world.slots[slot] = kind
    draft.world.places = [
        replace(place, kind=kind) if place.slot in lists else place for place in draft.world.places
    ]
    for key, place in draft.world.place_types.items():
        if place.slots[0] in lists:
            draft.world.place_types[key] = replace(place, kind=kind)


def allocate_lives(draft: Draft) -> None:
    """Give processes that may end before their time what keeps track of that."""
    endings = draft.unit.endings
    endings.tasks = draft.tasks
    for process in draft.processes:
        endings.allocate(process.first_task, len(process.members))


def lower_process(draft: Draft, process: Process) -> None:
    """Make the coroutine of a process."""
    found = find_function(process.function)
    node = found[1] if found else None
    if found is None or not isinstance(node, ast.AsyncFunctionDef):
        draft.unit.report(
            Diagnostic(
                "E087",
                f"the process {process.name} is no coroutine",
                span_at(process.mark.at),
                "a process is an async def",
                f"async def {process.name}(self) -> None:",
            )
        )
        draft.coroutines.append(ir.Coroutine(process.name, len(process.members), ()))
        return
    source = found[0]
    path = draft.world.infos[process.component].path
    name = f"{path}.{process.name}" if path else process.name

    def make() -> Coroutines:
        activation = make_activation(source, process.function, node.body, "")
        count = len(process.members)
        return scope_of(draft, activation, name, process.first_task, count, process.loop)

    def lower(scope: Coroutines) -> None:
        operands = _process_operands(draft, process, scope, node)
        start(scope, operands, node)
        _lower_body(process, scope, node)
        scope.finish(node)

    scope = settled(make, lower)
    for report in scope.reports:
        draft.unit.report(report)
    draft.coroutines.append(
        ir.Coroutine(name, len(process.members), tuple(scope.blocks), span=head(scope, node))
    )


def _lower_body(process: Process, scope: Coroutines, node: ast.AsyncFunctionDef) -> None:
    """Lower what a process does; where its loop raises who is cancelled, that may leave it."""
    loop = process.loop
    if not isinstance(loop, Loop) or loop.cancellation is None:
        scope.run_inlined(node.body, node)
        return
    check = ast.copy_location(ast.Attribute(ast.Constant(None), "check", ast.Load()), node)
    ast.fix_missing_locations(check)

    def body() -> None:
        scope.invoke(scope.attribute(scope.static(loop), "check", check), [], {}, check)
        scope.run_inlined(node.body, node)

    scope.ended_by(loop.cancellation, body, node)


def scope_of(
    draft: Draft,
    activation: Activation,
    name: str,
    first: int,
    count: int,
    loop: Component | None,
) -> Coroutines:
    """What lowers so many tasks: it depends on whether they may end before their time."""
    scope: Coroutines
    if first in draft.unit.endings.slots:
        mortals = Mortals(name, first, count, loop is not None, first in draft.unit.endings.lost)
        scope = Mortal(draft.unit, activation, name, mortals)
    else:
        scope = Coroutines(draft.unit, activation, name)
    scope.on_loop, scope.loop = loop is not None, loop
    scope.vat = draft.unit.vats.of_loop(loop)
    return scope


def _process_operands(
    draft: Draft, process: Process, scope: Values, node: ast.AsyncFunctionDef
) -> dict[str, Operand]:
    names = [a.arg for a in node.args.args]
    reference = ir.Const(process.component, RefType((process.component,)))
    operands: dict[str, Operand] = {own_name(draft, scope, node): Object(reference)}
    rest = names[1:]
    if process.mark.each is None:
        check_arity(draft, rest, [()], scope, node)
        operands.update(dict.fromkeys(rest, POISON))
        return operands
    index = ir.Local(ir.MEMBER, IntType(0, max(0, len(process.members) - 1)))
    rows = [m if len(rest) != 1 and isinstance(m, tuple) else (m,) for m in process.members]
    if not check_arity(draft, rest, rows, scope, node):
        operands.update(dict.fromkeys(rest, POISON))
        return operands
    for k, name in enumerate(rest):
        values = [row[k] for row in rows if k < len(row)]
        if len(values) == 1:
            operands[name] = scope.static(values[0])
            continue
        const = scope.const(values, node)
        kind = const.type
        assert isinstance(kind, ListType)
        table = tuple(enumerate(const.value))
        operands[name] = scope.wrap(ir.Lookup(index, table, kind.item, scope.span(node)))
    return operands
