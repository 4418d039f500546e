"""Steps as Python functions: `step_3(s, found)` appends each transition of one step.

A transition is appended as (label, target), the label being a plain tuple (step,
binding, choices). In a recording module `step_3(s, …)` takes one binding's values,
follows a script of choices and returns the state after.
"""

from __future__ import annotations

from collections.abc import Iterable

from ordercheck.engines.interpreter.source import Module, Scope
from ordercheck.engines.interpreter.statements import cover, emit_body, emit_statement
from ordercheck.engines.transition import State
from ordercheck.ir.bodies import body_expressions, statements
from ordercheck.ir.guards import split
from ordercheck.ir.nodes import (
    Body,
    Call,
    Choose,
    Program,
    Resume,
    Return,
    Step,
    StepKind,
    Wait,
)
from ordercheck.ir.types import Value
from ordercheck.ir.walk import subexpressions

RUNNABLE = frozenset({Wait.START, Wait.STEP, Wait.UNTIL})
"""Where a free task can be for its step to be tried."""


def choosers(program: Program) -> tuple[frozenset[str], bool]:
    """The functions in which a choice may be made, and whether any coroutine makes one.

    Resuming a task may reach any coroutine, as far as this analysis goes.
    """
    coroutines = False
    while True:
        known: set[str] = set()
        for function in program.functions:
            if chooses(function.body, known, coroutines):
                known.add(function.name)
        bodies = (block.body for coroutine in program.coroutines for block in coroutine.blocks)
        found = any(chooses(body, known, coroutines) for body in bodies)
        if found == coroutines:
            return frozenset(known), coroutines
        coroutines = found


def chooses(body: Body, functions: Iterable[str], coroutines: bool) -> bool:
    """Whether a choice may be made in a body."""
    known = frozenset(functions)
    for statement in statements(body):
        if isinstance(statement, Choose) or (coroutines and isinstance(statement, Resume)):
            return True
    return bool(known) and any(
        isinstance(part, Call) and part.function in known
        for expr in body_expressions(body)
        for part in subexpressions(expr)
    )


def emit_step(number: int, step: Step, module: Module, choosing: bool) -> None:
    """Emit the function of a step."""
    parameters = [Scope(module).local(local.name) for local in step.parameters]
    if module.recording:
        _emit_replay(f"step_{number}", parameters, step.body, module)
        return
    rows = module.constant(_rows(number, step, module.program, choosing), "rows")
    names = ["label", *parameters]
    guarded = _is_of_task(step)
    if guarded:
        names += ["slot", "runnable"]
    with (
        module.block(f"def step_{number}(s, found):"),
        module.block(f"for {', '.join(names)}{',' if len(names) == 1 else ''} in {rows}:"),
    ):
        if guarded:
            module.line("if not runnable[s[slot]]: continue")
        _emit_attempt(step.body, step.point, module, choosing)


def emit_initial(body: Body, module: Module) -> None:
    """Emit `init(s, found)`, which makes the initial states from Program.initial."""
    if module.recording:
        _emit_replay("init", [], body, module)
        return
    with module.block("def init(s, found):"):
        module.line("label = (-1, 0)")
        _emit_attempt(body, None, module, choosing=True)


Row = tuple[Value, ...]


def _rows(number: int, step: Step, program: Program, choosing: bool) -> tuple[Row, ...]:
    """One row a binding: its label, its values and, for a task, where its point is."""
    rows: list[Row] = []
    for k, values in enumerate(step.bindings):
        label: Row = (number, k) if choosing else (number, k, ())
        rows.append((label, *values, *_guard(step, values, program)))
    return tuple(rows)


def _guard(step: Step, values: Row, program: Program) -> Row:
    """For a task's step: the slot of its point, and at which points it can be tried."""
    if not _is_of_task(step):
        return ()
    task = program.tasks[values[0]]
    coroutine = program.coroutines[task.coroutine]
    slot = coroutine.frame.base + task.member * coroutine.frame.size
    return (slot, tuple(point.wait in RUNNABLE for point in coroutine.points))


def _is_of_task(step: Step) -> bool:
    return step.kind is StepKind.PROCESS and len(step.parameters) == 1


def can_be_tried(program: Program, step: Step, values: Row, state: State) -> bool:
    """Whether the step's task, if it has one, is where it can go on by itself."""
    match _guard(step, values, program):
        case (slot, runnable):
            return bool(runnable[state[slot]])
        case _:
            return True


def _emit_attempt(body: Body, point: int | None, module: Module, choosing: bool) -> None:
    """Emit one attempt, or one for each combination of choices, inside a loop over bindings."""
    reading, rest = split(body)
    if choosing:
        module.line("begin()")
        with module.block("while more():"):
            _emit_try(reading, rest, point, module, "(*label, picks())")
    else:
        _emit_try(reading, rest, point, module, "label")


def _emit_try(reading: Body, rest: Body, point: int | None, module: Module, label: str) -> None:
    with module.block("try:"):
        _emit_run(reading, rest, Scope(module, state="s", disable="continue"))
    with module.block("except Disabled:"):
        module.line("if running: running.clear()")
        module.line("continue")
    with module.block("except Failure as failure:"):
        module.line("if running: running.clear()")
        module.line("target = failure.error")
    with module.block("except Raised as raised:"):
        module.line("target = escaped(raised).error")
    module.line(f"found.append(({label}, target))")
    cover(point, Scope(module))


def _emit_replay(name: str, parameters: list[str], body: Body, module: Module) -> None:
    with module.block(f"def {name}({', '.join(['s', *parameters])}):"):
        reading, rest = split(body)
        _emit_run(reading, rest, Scope(module, state="s"))
        module.line("return target")


def _emit_run(reading: Body, rest: Body, scope: Scope) -> None:
    """Emit the body and `clean`, leaving the state after in `target`."""
    module = scope.module
    emit_body(reading, scope)
    module.line("v = [*s]")
    writing = scope.within(state="v")
    if any(isinstance(each, Return) for each in statements(rest)):
        # A function of its own, so that a Return leaves the step and nothing else.
        with module.block("def run():"):
            emit_body(rest, writing.within(disable="raise Disabled"))
        module.line("run()")
    else:
        for statement in rest:
            emit_statement(statement, writing)
    if module.program.clean:
        module.line("clean(v)")
    module.line("target = tuple(v)")
