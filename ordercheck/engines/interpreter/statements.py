"""Statements as Python statements."""

from __future__ import annotations

from typing import assert_never

from ordercheck.engines.interpreter.expressions import call, emit, iterable, sequence
from ordercheck.engines.interpreter.membership import fits
from ordercheck.engines.interpreter.runtime import ROUNDS
from ordercheck.engines.interpreter.source import Scope
from ordercheck.ir.nodes import (
    Assert,
    Assign,
    Body,
    Break,
    Choose,
    Const,
    Continue,
    Cover,
    Evaluate,
    Expr,
    Fail,
    For,
    If,
    Local,
    Raise,
    Require,
    Restart,
    Resume,
    Return,
    Stmt,
    Store,
    Try,
    While,
)
from ordercheck.ir.span import NOWHERE, Span


def emit_body(body: Body, scope: Scope) -> None:
    """Emit statements one after another."""
    for statement in body:
        emit_statement(statement, scope)


def emit_statement(statement: Stmt, scope: Scope) -> None:
    """Emit a statement; in a recording module, with a note that it runs."""
    note_line(statement.span, scope)
    module = scope.module
    match statement:
        case Assign(target=target, value=value):
            module.line(f"{scope.local(target.name)} = {emit(value, scope)}")
        case Store():
            _store(statement, scope)
        case Evaluate(call=called):
            module.line(call(called, scope))
        case Choose():
            _choose(statement, scope)
        case Require(condition=condition, point=point):
            module.line(f"if not {emit(condition, scope)}: {scope.disable}")
            cover(point, scope)
        case Assert():
            _assert(statement, scope)
        case Fail(kind=kind, message=message, span=span):
            module.line(f"failed({kind!r}, {module.site(span, message)})")
        case If() | While() | For():
            _compound(statement, scope)
        case Break():
            module.line("break")
        case Continue():
            module.line("continue")
        case Return(value=value):
            module.line("return" if value is None else f"return {emit(value, scope)}")
        case Raise(value=value, span=span):
            module.line(f"raise Raised({emit(value, scope)}, {module.site(span, kind=value.type)})")
        case Try():
            _try(statement, scope)
        case Resume(task=task, span=span):
            resumed = f"resume({scope.state}, {emit(task, scope)}, {module.site(span)})"
            module.line(f"if {resumed} is False: {scope.disable}")
        case Restart(task=task, span=span):
            module.line(f"restart({scope.state}, {emit(task, scope)}, {module.site(span)})")
        case Cover(point=point):
            cover(point, scope)
        case _:
            assert_never(statement)


def note_line(span: Span, scope: Scope) -> None:
    """In a recording module: note that something at `span` is about to run."""
    if scope.module.recording and span != NOWHERE:
        scope.module.line(f"ran({scope.module.site(span)})")


def cover(point: int | None, scope: Scope) -> None:
    """Note that a point of Program.cover is reached."""
    if point is not None and not scope.module.recording:
        scope.module.line(f"reached[{point}] = 1")


def _store(statement: Store, scope: Scope) -> None:
    module, span = scope.module, statement.span
    known, declared = statement.value.type, statement.type
    site = module.site(span, statement.name, known)
    value, address = emit(statement.value, scope), emit(statement.address, scope)
    checked = statement.checked and fits(module, declared, known, "x")
    if not checked and not module.recording:
        module.line(f"{scope.state}[{address}] = {value}")
        return
    # Python evaluates the value first, then the place; only then is the value refused.
    name = value if value.isidentifier() else "x"
    if name != value:
        module.line(f"x = {value}")
    if not isinstance(statement.address, (Const, Local)):
        module.line(f"a = {address}")
        address = "a"
    if checked:
        test = fits(module, declared, known, name)
        refuse = f"misfit({name}, {module.constant(declared, 'type', declared)}, {site})"
        module.line(f"if not {test}: {refuse}")
    if module.recording:
        module.line(f"stored({scope.state}, {address}, {name}, {site})")
    else:
        module.line(f"{scope.state}[{address}] = {name}")


def _choose(statement: Choose, scope: Scope) -> None:
    name, options = scope.local(statement.target.name), sequence(statement.options, scope)
    if not scope.module.recording:
        scope.module.line(f"{name} = choose({options})")
        return
    site = scope.module.site(statement.span, statement.label, statement.target.type)
    scope.module.line(f"{name} = chosen({options}, {site})")


def _assert(statement: Assert, scope: Scope) -> None:
    message, told, kind = statement.message, "None", None
    if message is not None:
        told, kind = emit(message, scope), message.type
    module = scope.module
    site = module.site(statement.span) if kind is None else module.site(statement.span, kind=kind)
    module.line(f"if not {emit(statement.condition, scope)}: refuted({told}, {site})")


def _compound(statement: If | While | For, scope: Scope) -> None:
    module, inner = scope.module, scope
    if scope.disable == "continue":
        inner = scope.within(disable="raise Disabled")
    match statement:
        case If(test=test, then=then, orelse=orelse):
            with module.block(f"if {emit(test, scope)}:"):
                emit_body(then, scope)
            if orelse:
                with module.block("else:"):
                    emit_body(orelse, scope)
        case While(test=test, body=body, span=span):
            with module.block(f"for _ in range({ROUNDS}):"):
                if not _is_true(test):
                    module.line(f"if not {emit(test, scope)}: break")
                emit_body(body, inner)
            module.line(f"else: endless({module.site(span)})")
        case For(target=target, iterable=items, body=body):
            with module.block(f"for {scope.local(target.name)} in {iterable(items, scope)}:"):
                emit_body(body, inner)
        case _:
            assert_never(statement)


def _is_true(test: Expr) -> bool:
    return isinstance(test, Const) and test.value is True


def _try(statement: Try, scope: Scope) -> None:
    if not statement.final:
        _try_except(statement, scope)
        return
    module = scope.module
    # A `finally` is Python's, but for one thing: nothing of the model runs once its
    # step has ended in a model error or a Require.
    halted = module.fresh("halted")
    module.line(f"{halted} = False")
    with module.block("try:"):
        with module.block("try:"):
            _try_except(statement, scope.within(disable="raise Disabled"))
        with module.block("except (Halt, KeyboardInterrupt):"):
            module.line(f"{halted} = True")
            module.line("raise")
    with module.block("finally:"), module.block(f"if not {halted}:"):
        emit_body(statement.final, scope.within(disable="raise Disabled"))


def _try_except(statement: Try, scope: Scope) -> None:
    module = scope.module
    if not statement.handlers:
        emit_body(statement.body + statement.orelse, scope)
        return
    raised = module.fresh("raised")
    with module.block("try:"):
        emit_body(statement.body, scope)
    with module.block(f"except Raised as {raised}:"):
        for k, handler in enumerate(statement.handlers):
            with module.block(f"{'elif' if k else 'if'} {raised}.value[0] in {handler.names!r}:"):
                module.line(f"{scope.local(handler.variable.name)} = {raised}.value")
                emit_body(handler.body, scope)
        module.line("else: raise")
    if statement.orelse:
        with module.block("else:"):
            emit_body(statement.orelse, scope)
