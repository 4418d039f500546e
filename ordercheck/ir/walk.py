"""Going through expressions and bodies, and rebuilding them.

Whatever is rebuilt without a change comes back as the same object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from operator import is_
from typing import Any, TypeVar, assert_never

from ordercheck.ir.nodes import (
    Apply,
    Assert,
    Assign,
    Bind,
    Body,
    Branch,
    Break,
    Call,
    Cast,
    Choose,
    Comprehend,
    Conditional,
    Const,
    Continue,
    Cover,
    Current,
    Each,
    Evaluate,
    Expr,
    Fail,
    Field,
    Finish,
    For,
    Goto,
    Handler,
    If,
    IsA,
    Load,
    LoadArray,
    Local,
    Logic,
    Lookup,
    Program,
    Raise,
    Require,
    Restart,
    Resume,
    Return,
    SortedBy,
    Stmt,
    Store,
    Suspend,
    Terminator,
    Try,
    When,
    While,
)

T = TypeVar("T")
Clause = Each | When | Bind


def changed(node: T, **parts: Any) -> T:
    """`node` with these fields; the same object if it has them already."""
    # A loop, and not all(): passes mostly find nothing to change, some 10,000 times a program.
    for name, part in parts.items():
        if getattr(node, name) is not part:
            result: T = replace(node, **parts)  # type: ignore[type-var]
            return result
    return node


def mapped(items: tuple[T, ...], change: Callable[[T], T]) -> tuple[T, ...]:
    """The changed items; the same tuple if none changes."""
    result = tuple(map(change, items))
    return items if same(items, result) else result


def same(items: tuple[Any, ...], others: tuple[Any, ...]) -> bool:
    """Whether two tuples of one length hold the same objects."""
    return all(map(is_, items, others))


# --- expressions ------------------------------------------------------------------


def map_parts(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """The expression with each direct part changed, in the order of evaluation."""
    match expr:
        case Const() | Local() | Current():
            return expr
        case Load(address=address) | LoadArray(address=address):
            return changed(expr, address=change(address))
        case Apply(operands=operands) | Logic(operands=operands):
            return changed(expr, operands=mapped(operands, change))
        case Conditional(test=test, then=then, orelse=orelse):
            return changed(expr, test=change(test), then=change(then), orelse=change(orelse))
        case Field(operand=operand) | IsA(operand=operand) | Cast(operand=operand):
            return changed(expr, operand=change(operand))
        case Lookup(key=key):
            return changed(expr, key=change(key))
        case Call(arguments=arguments):
            return changed(expr, arguments=mapped(arguments, change))
        case Comprehend(item=item, clauses=clauses):
            clauses = mapped(clauses, lambda clause: map_clause(clause, change))
            return changed(expr, clauses=clauses, item=change(item))
        case SortedBy(operand=operand, key=key):
            return changed(expr, operand=change(operand), key=change(key))
        case _:
            assert_never(expr)


def map_clause(clause: Clause, change: Callable[[Expr], Expr]) -> Clause:
    """A comprehension's clause with its expression changed."""
    match clause:
        case Each(iterable=iterable):
            return changed(clause, iterable=change(iterable))
        case When(test=test):
            return changed(clause, test=change(test))
        case Bind(value=value):
            return changed(clause, value=change(value))
        case _:
            assert_never(clause)


def parts(expr: Expr) -> tuple[Expr, ...]:
    """The direct parts of an expression, in the order of evaluation."""
    match expr:
        case Const() | Local() | Current():
            return ()
        case Load(address=part) | LoadArray(address=part) | Lookup(key=part):
            return (part,)
        case Apply(operands=several) | Logic(operands=several) | Call(arguments=several):
            return several
        case Conditional(test=test, then=then, orelse=orelse):
            return (test, then, orelse)
        case Field(operand=part) | IsA(operand=part) | Cast(operand=part):
            return (part,)
        case Comprehend(item=item, clauses=clauses):
            return (*map(clause_part, clauses), item)
        case SortedBy(operand=operand, key=key):
            return (operand, key)
        case _:
            assert_never(expr)


def clause_part(clause: Clause) -> Expr:
    """The expression of a comprehension's clause."""
    match clause:
        case Each(iterable=part) | When(test=part) | Bind(value=part):
            return part
        case _:
            assert_never(clause)


def subexpressions(expr: Expr) -> Iterator[Expr]:
    """The expression and all inside it, outer ones first."""
    waiting = [expr]
    while waiting:
        part = waiting.pop()
        yield part
        waiting.extend(reversed(parts(part)))


def rewrite(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """The expression with `change` applied to every node, parts first."""
    return change(map_parts(expr, lambda part: rewrite(part, change)))


def replace_locals(
    expr: Expr, change: Callable[[Local], Expr], inner: frozenset[str] = frozenset()
) -> Expr:
    """The expression with its free locals changed; `inner` are the names bound around it."""
    match expr:
        case Local(name=name):
            return expr if name in inner else change(expr)
        case Comprehend(item=item, clauses=clauses):
            done: list[Clause] = []
            for clause in clauses:
                visit = partial(replace_locals, change=change, inner=inner)
                done.append(map_clause(clause, visit))
                if not isinstance(clause, When):
                    inner |= {clause.variable.name}
            item = replace_locals(item, change, inner)
            kept = clauses if same(clauses, tuple(done)) else tuple(done)
            return changed(expr, item=item, clauses=kept)
        case SortedBy(operand=operand, variable=variable, key=key):
            operand = replace_locals(operand, change, inner)
            key = replace_locals(key, change, inner | {variable.name})
            return changed(expr, operand=operand, key=key)
        case _:
            return map_parts(expr, lambda part: replace_locals(part, change, inner))


def free_locals(expr: Expr) -> list[Local]:
    """The locals that an expression reads and does not bind itself, in order, with repetitions."""
    found: list[Local] = []
    _note_free(expr, frozenset(), found)
    return found


def _note_free(expr: Expr, inner: frozenset[str], found: list[Local]) -> None:
    match expr:
        case Local(name=name):
            if name not in inner:
                found.append(expr)
        case Comprehend(item=item, clauses=clauses):
            for clause in clauses:
                _note_free(clause_part(clause), inner, found)
                if not isinstance(clause, When):
                    inner |= {clause.variable.name}
            _note_free(item, inner, found)
        case SortedBy(operand=operand, variable=variable, key=key):
            _note_free(operand, inner, found)
            _note_free(key, inner | {variable.name}, found)
        case _:
            for part in parts(expr):
                _note_free(part, inner, found)


# --- statements -------------------------------------------------------------------


def map_statement(
    statement: Stmt,
    expression: Callable[[Expr], Expr] = lambda expr: expr,
    body: Callable[[Body], Body] = lambda inner: inner,
) -> Stmt:
    """The statement with its direct expressions and bodies changed, in their order."""
    match statement:
        case Assign(value=value) | Raise(value=value):
            return changed(statement, value=expression(value))
        case Store(address=address, value=value):
            return changed(statement, address=expression(address), value=expression(value))
        case Evaluate(call=call):
            new = expression(call)
            if not isinstance(new, Call):
                raise TypeError("a call under Evaluate can only become a call")
            return changed(statement, call=new)
        case Choose(options=options):
            return changed(statement, options=expression(options))
        case Require(condition=condition):
            return changed(statement, condition=expression(condition))
        case Assert(condition=condition, message=message):
            condition = expression(condition)
            message = message and expression(message)
            return changed(statement, condition=condition, message=message)
        case Return(value=returned):
            return changed(statement, value=returned and expression(returned))
        case Resume(task=task) | Restart(task=task):
            return changed(statement, task=expression(task))
        case Fail() | Break() | Continue() | Cover():
            return statement
        case If() | While() | For() | Try():
            return _map_compound(statement, expression, body)
        case _:
            assert_never(statement)


def _map_compound(
    statement: If | While | For | Try,
    expression: Callable[[Expr], Expr],
    body: Callable[[Body], Body],
) -> Stmt:
    match statement:
        case If(test=test, then=then, orelse=orelse):
            test = expression(test)
            return changed(statement, test=test, then=body(then), orelse=body(orelse))
        case While(test=test, body=inner):
            return changed(statement, test=expression(test), body=body(inner))
        case For(iterable=iterable, body=inner):
            return changed(statement, iterable=expression(iterable), body=body(inner))
        case Try(body=inner, handlers=handlers, orelse=orelse, final=final):
            inner = body(inner)
            handlers = mapped(handlers, lambda handler: _map_handler(handler, body))
            return changed(
                statement, body=inner, handlers=handlers, orelse=body(orelse), final=body(final)
            )
        case _:
            assert_never(statement)


def _map_handler(handler: Handler, body: Callable[[Body], Body]) -> Handler:
    return changed(handler, body=body(handler.body))


def expressions(statement: Stmt) -> tuple[Expr, ...]:
    """A statement's own expressions, not those of the statements inside it."""
    match statement:
        case Assign(value=expr) | Raise(value=expr) | Evaluate(call=expr) | Choose(options=expr):
            return (expr,)
        case Store(address=address, value=value):
            return (address, value)
        case If(test=expr) | While(test=expr) | For(iterable=expr) | Require(condition=expr):
            return (expr,)
        case Assert(condition=condition, message=message):
            return (condition,) if message is None else (condition, message)
        case Return(value=returned):
            return () if returned is None else (returned,)
        case Resume(task=task) | Restart(task=task):
            return (task,)
        case Try() | Fail() | Break() | Continue() | Cover():
            return ()
        case _:
            assert_never(statement)


def bodies(statement: Stmt) -> tuple[Body, ...]:
    """The bodies directly inside a statement, in their order."""
    match statement:
        case If(then=then, orelse=orelse):
            return (then, orelse)
        case While(body=body) | For(body=body):
            return (body,)
        case Try(body=body, handlers=handlers, orelse=orelse, final=final):
            return (body, *(handler.body for handler in handlers), orelse, final)
        case _:
            return ()


def statements(body: Body) -> Iterator[Stmt]:
    """All statements of a body, those inside others included, in order."""
    for statement in body:
        yield statement
        for inner in bodies(statement):
            yield from statements(inner)


def body_expressions(body: Body) -> Iterator[Expr]:
    """All expressions of a body, the outermost ones only."""
    for statement in statements(body):
        yield from expressions(statement)


def flat_map(body: Body, change: Callable[[Stmt], Body]) -> Body:
    """The body with each of its own statements put as several, or none."""
    result: list[Stmt] = []
    for statement in body:
        result += change(statement)
    made = tuple(result)
    return body if len(made) == len(body) and same(body, made) else made


def bound(statement: Stmt) -> tuple[Local, ...]:
    """The locals that a statement binds itself."""
    match statement:
        case Assign(target=target) | Choose(target=target) | For(target=target):
            return (target,)
        case Try(handlers=handlers):
            return tuple(handler.variable for handler in handlers)
        case _:
            return ()


def never_goes_on(statement: Stmt) -> bool:
    """Whether what follows a statement in its body is surely never run."""
    match statement:
        case Break() | Continue() | Return() | Raise() | Fail():
            return True
        case If(then=then, orelse=orelse):
            return ends(then) and ends(orelse)
        case Try(body=body, handlers=handlers, orelse=orelse, final=final):
            inside = ends(body) or ends(orelse)
            return ends(final) or (inside and all(ends(each.body) for each in handlers))
        case _:
            return False


def ends(body: Body) -> bool:
    """Whether what follows a body is surely never run, by its last statement."""
    return bool(body) and never_goes_on(body[-1])


# --- blocks and programs ----------------------------------------------------------


def successors(terminator: Terminator) -> tuple[str, ...]:
    """The labels that a terminator names, in order."""
    match terminator:
        case Goto(label=label) | Suspend(label=label):
            return (label,)
        case Branch(then=then, orelse=orelse):
            return (then, orelse)
        case Finish():
            return ()
        case _:
            assert_never(terminator)


def map_terminator(
    terminator: Terminator,
    expression: Callable[[Expr], Expr] = lambda expr: expr,
    label: Callable[[str], str] = lambda label: label,
) -> Terminator:
    """The terminator with its expression and its labels changed."""
    match terminator:
        case Goto(label=target) | Suspend(label=target):
            return changed(terminator, label=label(target))
        case Branch(test=test, then=then, orelse=orelse):
            return changed(
                terminator, test=expression(test), then=label(then), orelse=label(orelse)
            )
        case Finish():
            return terminator
        case _:
            assert_never(terminator)


def map_bodies(program: Program, change: Callable[[Body], Body]) -> Program:
    """The program with every body changed: functions, blocks, steps, `init` and `clean`."""
    functions = mapped(program.functions, lambda f: changed(f, body=change(f.body)))
    coroutines = mapped(
        program.coroutines,
        lambda c: changed(c, blocks=mapped(c.blocks, lambda b: changed(b, body=change(b.body)))),
    )
    steps = mapped(program.steps, lambda s: changed(s, body=change(s.body)))
    return changed(
        program,
        functions=functions,
        coroutines=coroutines,
        steps=steps,
        init=change(program.init),
        clean=change(program.clean),
    )
