"""A whole program as one Python module, compiled."""

from __future__ import annotations

from itertools import combinations, permutations, product
from typing import Any

from ordercheck.engines.interpreter.choices import Disabled, Failure, Halt, Raised
from ordercheck.engines.interpreter.coroutines import coroutine_name, emit_coroutine
from ordercheck.engines.interpreter.runtime import (
    OPERATIONS,
    Runtime,
    TaskEntry,
    start_frame,
    subsets,
)
from ordercheck.engines.interpreter.source import Module, Scope
from ordercheck.engines.interpreter.statements import emit_body
from ordercheck.engines.interpreter.steps import choosers, chooses, emit_initial, emit_step
from ordercheck.ir.bodies import body_expressions
from ordercheck.ir.nodes import Call, Expr, Function, Load, LoadArray, Program, PropertyKind
from ordercheck.ir.record import dataclass
from ordercheck.ir.types import ABSENT
from ordercheck.ir.walk import subexpressions


@dataclass(frozen=True, slots=True)
class Code:
    """A compiled program: its source, and the functions of it by name."""

    source: str
    namespace: dict[str, Any]
    functions: dict[str, Any]
    old_readers: frozenset[str]


def compile_program(program: Program, runtime: Runtime, extra: dict[str, Any]) -> Code:
    """The program's module, running on `runtime`; `extra` are more names for it to use.

    A recording module is made where `extra` has what such a module calls ("ran", …).
    """
    namespace: dict[str, Any] = {name: getattr(runtime, name) for name in OPERATIONS}
    namespace |= {
        "ABSENT": ABSENT,
        "Disabled": Disabled,
        "Failure": Failure,
        "Halt": Halt,
        "Raised": Raised,
        "begin": runtime.choices.begin,
        "choose": runtime.choices.choose,
        "combinations": combinations,
        "more": runtime.choices.more,
        "permutations": permutations,
        "picks": runtime.choices.picks,
        "product": product,
        "escaped": runtime.escaped,
        "running": runtime.running,
        "subsets": subsets,
        **extra,
    }
    recording = "ran" in extra
    module = Module(program, recording, namespace, runtime.sites, _old_readers(program))
    _emit(program, module)
    source = "\n".join(module.lines)
    exec(compile(source, f"<{program.name}>", "exec"), namespace)
    _fill_tasks(program, module, runtime)
    functions = {f.name: namespace[module.name("f_", f.name)] for f in program.functions}
    return Code(source, namespace, functions, module.old_readers)


def _emit(program: Program, module: Module) -> None:
    functions, coroutines = choosers(program)
    for function in program.functions:
        _emit_function(function, module)
    for coroutine in program.coroutines:
        emit_coroutine(coroutine, module)
    if program.clean:
        with module.block("def clean(v):"):
            emit_body(program.clean, Scope(module))
    for number, step in enumerate(program.steps):
        body = step.body + program.clean
        emit_step(number, step, module, chooses(body, functions, coroutines))
    emit_initial(program.init, module)
    if not module.recording:
        with module.block("def successors(s):"):
            module.line("if running: running.clear()")
            module.line("found = []")
            for number in range(len(program.steps)):
                module.line(f"step_{number}(s, found)")
            module.line("return found")


def _emit_function(function: Function, module: Module) -> None:
    scope = Scope(module)
    first = ["v", "u"] if function.name in module.old_readers else ["v"]
    parameters = [scope.local(local.name) for local in function.parameters]
    name = scope.function(function.name)
    with module.block(f"def {name}({', '.join(first + parameters)}):"):
        if module.recording:
            arguments = f"({', '.join(parameters)}{',' if parameters else ''})"
            module.line(f"called({module.site(function.span, function.name)}, {arguments})")
        emit_body(function.body, scope)


def _old_readers(program: Program) -> frozenset[str]:
    """The functions that look at the state before the step, also through what they call."""
    found: set[str] = set()
    if all(each.kind is not PropertyKind.STEP_INVARIANT for each in program.properties):
        return frozenset()  # nobody else looks there; to find that out takes a tenth of the time
    for function in program.functions:
        parts = (p for expr in body_expressions(function.body) for p in subexpressions(expr))
        if any(_reads_old(part, found) for part in parts):
            found.add(function.name)
    return frozenset(found)


def _reads_old(expr: Expr, known: set[str]) -> bool:
    match expr:
        case Load(old=old) | LoadArray(old=old):
            return old
        case Call(function=name):
            return name in known
        case _:
            return False


def _fill_tasks(program: Program, module: Module, runtime: Runtime) -> None:
    for task in program.tasks:
        coroutine = program.coroutines[task.coroutine]
        run = module.namespace[coroutine_name(coroutine, module)]
        base = coroutine.frame.base + task.member * coroutine.frame.size
        frame = start_frame(coroutine.frame.fields)
        runtime.tasks.append(TaskEntry(task.name, run, task.member, base, frame))
