"""Crashes as steps: what is lost, what begins again, and how often that may happen."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ordercheck.frontend.cancelling import dropped, forget
from ordercheck.frontend.draft import Crash, Draft, Process, guarded, reported
from ordercheck.frontend.endings import is_life, set_life
from ordercheck.frontend.making import apply, number
from ordercheck.frontend.operands import Activation, Dynamic
from ordercheck.frontend.source import Source, span_at
from ordercheck.frontend.statements import Statements
from ordercheck.frontend.typing_rules import BOOL
from ordercheck.ir import nodes as ir
from ordercheck.ir.lives import DROPPED, OVER
from ordercheck.ir.nodes import Op, StepKind, Stmt
from ordercheck.ir.passes.begin import first_suspension
from ordercheck.ir.span import Span
from ordercheck.ir.types import BoolType, IntType, PlaceType, TaskType
from ordercheck.language.crashes import BUDGET, Crashing
from ordercheck.language.kernel import Loop
from ordercheck.language.mistakes import Mistake
from ordercheck.language.places import Array, Place, Pool

FEW = 1_000
"""More crashes than a search could come to."""


def find_crashes(draft: Draft) -> None:
    """Note what may crash, before lives are allocated."""
    budgets: dict[int, int] = {}
    for k, component in enumerate(draft.world.components):
        found = component.__dict__.get(BUDGET)
        if isinstance(found, Crashing) and found.times:
            with reported(draft):
                draft.crashes.append(_of_component(draft, k, found, budgets))
    for process in draft.processes:
        with reported(draft):
            draft.crashes += _of_process(draft, process)
    lost = frozenset(task for crash in draft.crashes for task in crash.tasks)
    draft.unit.endings.expected |= lost
    draft.unit.endings.lost = lost


def _of_component(draft: Draft, k: int, found: Crashing, budgets: dict[int, int]) -> Crash:
    path = draft.world.infos[k].path
    inside = tuple(
        number
        for number, info in enumerate(draft.world.infos)
        if info.path == path or info.path.startswith((f"{path}.", f"{path}["))
    )
    tasks: list[int] = []
    for process in draft.processes:
        loop = None if process.loop is None else draft.world.component_id(process.loop)
        if process.component in inside and loop is not None and loop not in inside:
            raise Mistake(
                "E096",
                f"{path}.{process.name} is on a loop that does not crash with {path}",
                "who else is on that loop goes on, and the loop has its events",
                "make the loop in the component: self.loop = KjLoop() in __init__",
                found.at,
            )
        if process.component in inside or loop in inside:
            tasks += range(process.first_task, process.first_task + len(process.members))
    budget = budgets.get(id(found))
    if budget is None:
        budget = budgets[id(found)] = _budget(draft, path, found.times, span_at(found.at))
    down = None
    if not found.restarts:
        down = draft.world.add_hidden(f"{path} is gone", BoolType())
        shown = ir.Place(f"{path} is gone", down, BoolType(), span_at(found.at))
        draft.world.places.append(shown)
    return Crash(path, inside, tuple(tasks), found.restarts, budget, span_at(found.at), down)


def _of_process(draft: Draft, process: Process) -> Iterator[Crash]:
    mark, owner = process.mark, draft.world.components[process.component]
    times = mark.crashes(owner) if callable(mark.crashes) else mark.crashes
    if isinstance(times, bool) or not isinstance(times, int) or not 0 <= times <= FEW:
        raise Mistake(
            "E095", f"{times!r} is no number of crashes", "how often at most?", "crashes=1", mark.at
        )
    if not times or not process.members:
        return
    if process.loop is not None:
        raise Mistake(
            "E096",
            f"{process.name} is on a loop, and does not crash alone",
            "its loop has its events",
            "crashing(component), with the loop in it; or cancel(task)",
            mark.at,
        )
    path = draft.world.infos[process.component].path
    name = f"{path}.{process.name}" if path else process.name
    tasks = tuple(range(process.first_task, process.first_task + len(process.members)))
    span = span_at(mark.at)
    yield Crash(name, (), tasks, mark.restarts, _budget(draft, name, times, span), span)


def _budget(draft: Draft, path: str, times: int, span: Span) -> int:
    kind = IntType(0, times)
    slot = draft.world.add_hidden(f"{path} crashes left", kind)
    draft.world.initial[slot] = times
    draft.world.places.append(ir.Place(f"{path} crashes left", slot, kind, span))
    return slot


# --- steps ----------------------------------------------------------------------------


def lower_crashes(draft: Draft) -> None:
    """Make the steps of crashes, and stop the actions of what is gone for good."""
    for crash in draft.crashes:
        if crash.down is not None:
            draft.steps = [_unless_gone(draft, crash, crash.down, step) for step in draft.steps]
    for crash in draft.crashes:
        scope = Statements(draft.unit, Activation(_Nowhere(crash.span), {}, {}), "crash")
        make = _component_step if crash.components else _process_step
        with scope.nested() as body:
            guarded(scope, lambda: make(draft, crash, scope))  # noqa: B023
        for report in scope.reports:
            draft.unit.report(report)
        draft.steps.append(_step(draft, crash, tuple(body)))


def _unless_gone(draft: Draft, crash: Crash, down: int, step: ir.Step) -> ir.Step:
    owner = step.name.rpartition(".")[0]
    paths = [draft.world.infos[k].path for k in crash.components]
    if step.kind is StepKind.PROCESS or owner not in paths:
        return step
    address = ir.Const(down, PlaceType(BoolType(), (down,)), step.span)
    alive = apply(Op.NOT, (ir.Load(address, BoolType(), step.span),), BOOL, step.span)
    return replace(step, body=(ir.Require(alive, step.span), *step.body))


def _step(draft: Draft, crash: Crash, body: tuple[Stmt, ...]) -> ir.Step:
    span, kind = crash.span, draft.world.slots[crash.budget]
    address = ir.Const(crash.budget, PlaceType(kind, (crash.budget,)), span)
    left = ir.Load(address, kind, span)
    may = ir.Require(apply(Op.GT, (left, number(0, span)), BOOL, span), span)
    less = apply(Op.SUB, (left, number(1, span)), IntType(-1, None), span)
    spend = ir.Store(address, less, kind, draft.world.names[crash.budget], False, span)
    tasks = () if crash.components else crash.tasks
    return ir.Step(
        f"{crash.owner}.crash",
        StepKind.ACTION,
        (_VICTIM,) if tasks else (),
        tuple((task,) for task in tasks) or ((),),
        tuple(draft.tasks[task].name for task in tasks) or (crash.owner,),
        (may, spend, *body),
        span,
    )


_VICTIM = ir.Local("victim", TaskType())


def _process_step(draft: Draft, crash: Crash, scope: Statements) -> None:
    """One task of a process is lost; which is the binding."""
    endings, node = draft.unit.endings, _NODE
    address = endings.address(_VICTIM, crash.tasks, crash.span)
    over = is_life(address, OVER, crash.span)
    scope.effect(ir.Require(scope.negation(over, node), crash.span))
    _drop(scope, _VICTIM, crash.tasks, crash.span)
    if crash.restarts:
        process = next(p for p in draft.processes if p.first_task == crash.tasks[0])
        _begin_again(draft, scope, process, _VICTIM, crash.span)


def _component_step(draft: Draft, crash: Crash, scope: Statements) -> None:
    """All tasks are lost, then what they leave elsewhere, then what the components held."""
    if crash.down is not None:
        _go_down(scope, crash.down, crash.span)
    for task in crash.tasks:
        _drop(scope, _constant(task, crash.span), (task,), crash.span)
    _leave_others(draft, scope, crash)
    for slot in _volatile(draft, crash):
        kind, initial = draft.world.slots[slot], draft.world.initial[slot]
        address = ir.Const(slot, PlaceType(kind, (slot,)), crash.span)
        value = ir.Const(initial, kind, crash.span)
        name = draft.world.names[slot]
        scope.effect(ir.Store(address, value, kind, name, False, crash.span))
    if crash.restarts:
        for process in draft.processes:
            for k in range(len(process.members)):
                if process.first_task + k in crash.tasks:
                    again = _constant(process.first_task + k, crash.span)
                    _begin_again(draft, scope, process, again, crash.span)


def _go_down(scope: Statements, down: int, span: Span) -> None:
    """It is gone for good; that happens once."""
    address = ir.Const(down, PlaceType(BoolType(), (down,)), span)
    alive = apply(Op.NOT, (ir.Load(address, BoolType(), span),), BOOL, span)
    scope.effect(ir.Require(alive, span))
    scope.effect(ir.Store(address, ir.Const(True, BoolType()), BoolType(), "", False, span))


def _constant(task: int, span: Span) -> ir.Const:
    return ir.Const(task, TaskType(), span)


def _drop(scope: Statements, task: ir.Expr, tasks: tuple[int, ...], span: Span) -> None:
    address = scope.unit.endings.address(task, tasks, span)
    gone: tuple[Stmt, ...] = (set_life(address, DROPPED, span), ir.Resume(task, span))
    gone += dropped(task, address, _NODE, scope)
    scope.effect(ir.If(is_life(address, OVER, span), (), gone, span))


def _begin_again(
    draft: Draft, scope: Statements, process: Process, task: ir.Expr, span: Span
) -> None:
    """Put a task where it is in an initial state."""
    scope.effect(ir.Restart(task, span))
    for statement in scope.unit.endings.revive(task, span):
        scope.effect(statement)
    k = draft.processes.index(process)
    if first_suspension(draft.coroutines[k]) is not None:
        scope.effect(ir.Resume(task, span))
    elif process.loop is not None:
        attribute = ast.copy_location(ast.Attribute(_NODE, "start", ast.Load()), _NODE)
        method = scope.attribute(scope.static(process.loop), "start", attribute)
        scope.invoke(method, [Dynamic(task)], {}, _NODE)


def _leave_others(draft: Draft, scope: Statements, crash: Crash) -> None:
    """Those who did not crash forget those who did, and what these owed them is given up."""
    components = draft.world.components
    inside = [components[k] for k in crash.components]
    for k, other in enumerate(components):
        if k in crash.components or draft.world.infos[k].pooled:
            continue
        if not isinstance(other, Loop) and hasattr(other, "forget"):
            for task in crash.tasks:
                forget(scope, other, _constant(task, crash.span), _NODE)
        if any(getattr(other, "owner", None) is each for each in inside):
            attribute = ast.copy_location(ast.Attribute(_NODE, "abandon", ast.Load()), _NODE)
            scope.invoke(scope.attribute(scope.static(other), "abandon", attribute), [], {}, _NODE)


# --- what is lost ---------------------------------------------------------------------


def _volatile(draft: Draft, crash: Crash) -> list[int]:
    """The slots that take their initial values, in the order of set-up."""
    found: list[int] = []
    chosen = {slot for slot, _ in draft.world.chosen}
    for k in crash.components:
        component = draft.world.components[k]
        for name, declared in component.__dict__.get("_declared", {}).items():
            if not declared.durable:
                found.append(draft.world.variables[k, name])
        for place in _places(vars(component)):
            if not place._durable:
                first = draft.world.place_types[id(place)].slots[0]
                size = len(place) if isinstance(place, Array) else 1
                found += range(first, first + size)
    for slot in found:
        if slot in chosen:
            raise Mistake(
                "E097",
                f"{draft.world.names[slot]} is volatile and begins with a choice",
                "what is it after a crash?",
                "durable(choose(…)): it stays what it is",
                _declared_at(draft, crash, slot),
            )
    return sorted(found)


def _declared_at(draft: Draft, crash: Crash, slot: int) -> Any:
    for k in crash.components:
        for name, declared in draft.world.components[k].__dict__.get("_declared", {}).items():
            if draft.world.variables[k, name] == slot:
                return declared.at
    found = draft.world.components[crash.components[0]].__dict__[BUDGET]
    return found.at


def _places(value: object, depth: int = 0) -> Iterator[Place]:
    match value:
        case Pool():
            return
        case Place():
            yield value
        case dict() if depth < 20:
            for item in value.values():
                yield from _places(item, depth + 1)
        case list() | tuple() if depth < 20:
            for item in value:
                yield from _places(item, depth + 1)


class _Nowhere(Source):
    """A source for what no author wrote: everything stands where the crash is declared."""

    def __init__(self, at: Span) -> None:
        super().__init__(at.file, at.file, (), ast.Module([], []), {})
        object.__setattr__(self, "at", at)

    def span(self, node: ast.AST) -> Span:
        """Where the crash is declared."""
        found: Span = object.__getattribute__(self, "at")
        return found


_NODE = ast.copy_location(ast.Name("crash", ast.Load()), ast.Pass(lineno=0, col_offset=0))
