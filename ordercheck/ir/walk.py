"""Going through expressions and bodies, and rebuilding them.

Whatever is rebuilt without a change comes back as the same object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from operator import attrgetter, is_
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
            return replaced(node, parts)
    return node


def replaced(node: T, parts: Mapping[str, Any]) -> T:
    """A node like this one with other fields: `dataclasses.replace`, in half of the time."""
    names: tuple[str, ...] = node.__match_args__  # type: ignore[attr-defined]
    return type(node)(*[parts[n] if n in parts else getattr(node, n) for n in names])


def mapped(items: tuple[T, ...], change: Callable[[T], T]) -> tuple[T, ...]:
    """The changed items; the same tuple if none changes."""
    if not items:
        return items
    result = tuple(map(change, items))
    return items if same(items, result) else result


def same(items: tuple[Any, ...], others: tuple[Any, ...]) -> bool:
    """Whether two tuples of one length hold the same objects."""
    return all(map(is_, items, others))


# --- expressions ------------------------------------------------------------------


def map_parts(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """The expression with each direct part changed, in the order of evaluation."""
    before = parts(expr)
    after = mapped(before, change)
    return expr if after is before else _with_parts(expr, after)


def _with_parts(expr: Expr, new: tuple[Expr, ...]) -> Expr:
    match expr:
        case Const() | Local() | Current():
            return expr
        case Load() | LoadArray():
            return replaced(expr, {"address": new[0]})
        case Apply() | Logic():
            return replaced(expr, {"operands": new})
        case Conditional():
            return replaced(expr, {"test": new[0], "then": new[1], "orelse": new[2]})
        case Field() | IsA() | Cast():
            return replaced(expr, {"operand": new[0]})
        case Lookup():
            return replaced(expr, {"key": new[0]})
        case Call():
            return replaced(expr, {"arguments": new})
        case Comprehend(clauses=clauses):
            clauses = tuple(map(_with_clause_part, clauses, new))
            return replaced(expr, {"clauses": clauses, "item": new[-1]})
        case SortedBy():
            return replaced(expr, {"operand": new[0], "key": new[1]})
        case _:
            assert_never(expr)


def map_clause(clause: Clause, change: Callable[[Expr], Expr]) -> Clause:
    """A comprehension's clause with its expression changed."""
    return _with_clause_part(clause, change(clause_part(clause)))


def _with_clause_part(clause: Clause, part: Expr) -> Clause:
    match clause:
        case Each():
            return changed(clause, iterable=part)
        case When():
            return changed(clause, test=part)
        case Bind():
            return changed(clause, value=part)
        case _:
            assert_never(clause)


def parts(expr: Expr) -> tuple[Expr, ...]:
    """The direct parts of an expression, in the order of evaluation."""
    return _PARTS[type(expr)](expr)


def _no_parts(_: Expr) -> tuple[Expr, ...]:
    return ()


# A table, and not a match: passes and engines ask this of most expressions, several times.
_PARTS: dict[type[Expr], Callable[[Any], tuple[Expr, ...]]] = {
    Const: _no_parts,
    Local: _no_parts,
    Current: _no_parts,
    Load: lambda expr: (expr.address,),
    LoadArray: lambda expr: (expr.address,),
    Apply: attrgetter("operands"),
    Logic: attrgetter("operands"),
    Conditional: attrgetter("test", "then", "orelse"),
    Field: lambda expr: (expr.operand,),
    IsA: lambda expr: (expr.operand,),
    Cast: lambda expr: (expr.operand,),
    Lookup: lambda expr: (expr.key,),
    Call: attrgetter("arguments"),
    Comprehend: lambda expr: (*map(clause_part, expr.clauses), expr.item),
    SortedBy: attrgetter("operand", "key"),
}


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

    def visit(part: Expr) -> Expr:
        return change(map_parts(part, visit))

    return visit(expr)


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
    waiting = [expr]
    while waiting:
        part = waiting.pop()
        match part:
            case Local(name=name):
                if name not in inner:
                    found.append(part)
            case Comprehend() | SortedBy():
                _note_free_around(part, inner, found)
            case _:
                waiting.extend(reversed(parts(part)))


def _note_free_around(
    expr: Comprehend | SortedBy, inner: frozenset[str], found: list[Local]
) -> None:
    """The same of what binds locals itself."""
    match expr:
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
            assert_never(expr)


# --- statements -------------------------------------------------------------------


def map_statement(
    statement: Stmt,
    expression: Callable[[Expr], Expr] = lambda expr: expr,
    body: Callable[[Body], Body] = lambda inner: inner,
) -> Stmt:
    """The statement with its direct expressions and bodies changed, in their order."""
    before, inside = expressions(statement), bodies(statement)
    after, new = mapped(before, expression), mapped(inside, body)
    if after is before and new is inside:
        return statement
    return _with_bodies(statement, after, new) if inside else _with_expressions(statement, after)


def _with_expressions(statement: Stmt, new: tuple[Expr, ...]) -> Stmt:
    match statement:
        case Assign() | Raise():
            return replaced(statement, {"value": new[0]})
        case Store():
            return replaced(statement, {"address": new[0], "value": new[1]})
        case Evaluate():
            if not isinstance(new[0], Call):
                raise TypeError("a call under Evaluate can only become a call")
            return replaced(statement, {"call": new[0]})
        case Choose():
            return replaced(statement, {"options": new[0]})
        case Require():
            return replaced(statement, {"condition": new[0]})
        case Assert():
            return replaced(statement, dict(zip(("condition", "message"), new, strict=False)))
        case Return():
            return replaced(statement, {"value": new[0]})
        case Resume() | Restart():
            return replaced(statement, {"task": new[0]})
        case Fail() | Break() | Continue() | Cover() | If() | While() | For() | Try():
            return statement
        case _:
            assert_never(statement)


def _with_bodies(statement: Stmt, exprs: tuple[Expr, ...], new: tuple[Body, ...]) -> Stmt:
    match statement:
        case If():
            return replaced(statement, {"test": exprs[0], "then": new[0], "orelse": new[1]})
        case While():
            return replaced(statement, {"test": exprs[0], "body": new[0]})
        case For():
            return replaced(statement, {"iterable": exprs[0], "body": new[0]})
        case Try(handlers=handlers):
            first, *inner, orelse, final = new
            handlers = tuple(map(_with_body, handlers, inner))
            return replaced(
                statement, {"body": first, "handlers": handlers, "orelse": orelse, "final": final}
            )
        case _:
            return statement


def _with_body(handler: Handler, body: Body) -> Handler:
    return changed(handler, body=body)


def expressions(statement: Stmt) -> tuple[Expr, ...]:
    """A statement's own expressions, not those of the statements inside it."""
    return _EXPRESSIONS[type(statement)](statement)


def _nothing(_: Stmt) -> tuple[()]:
    return ()


# Tables, as of the parts of expressions: a match takes three times as long.
_EXPRESSIONS: dict[type[Stmt], Callable[[Any], tuple[Expr, ...]]] = {
    Assign: lambda statement: (statement.value,),
    Raise: lambda statement: (statement.value,),
    Evaluate: lambda statement: (statement.call,),
    Choose: lambda statement: (statement.options,),
    Store: attrgetter("address", "value"),
    If: lambda statement: (statement.test,),
    While: lambda statement: (statement.test,),
    For: lambda statement: (statement.iterable,),
    Require: lambda statement: (statement.condition,),
    Assert: lambda statement: (
        (statement.condition,)
        if statement.message is None
        else (statement.condition, statement.message)
    ),
    Return: lambda statement: () if statement.value is None else (statement.value,),
    Resume: lambda statement: (statement.task,),
    Restart: lambda statement: (statement.task,),
    Try: _nothing,
    Fail: _nothing,
    Break: _nothing,
    Continue: _nothing,
    Cover: _nothing,
}


def bodies(statement: Stmt) -> tuple[Body, ...]:
    """The bodies directly inside a statement, in their order."""
    inside = _BODIES.get(type(statement))
    return () if inside is None else inside(statement)


_BODIES: dict[type[Stmt], Callable[[Any], tuple[Body, ...]]] = {
    If: attrgetter("then", "orelse"),
    While: lambda statement: (statement.body,),
    For: lambda statement: (statement.body,),
    Try: lambda statement: (
        statement.body,
        *(handler.body for handler in statement.handlers),
        statement.orelse,
        statement.final,
    ),
}


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
