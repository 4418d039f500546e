"""Going through statements, blocks and programs, and making changed ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any, assert_never

from ordercheck.ir.nodes import (
    Assert,
    Assign,
    Body,
    Branch,
    Break,
    Call,
    Choose,
    Continue,
    Cover,
    Evaluate,
    Expr,
    Fail,
    Finish,
    For,
    Goto,
    Handler,
    If,
    Local,
    Program,
    Raise,
    Require,
    Restart,
    Resume,
    Return,
    Stmt,
    Store,
    Suspend,
    Terminator,
    Try,
    While,
)
from ordercheck.ir.walk import (
    changed,
    mapped,
    replaced,
    same,
)


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
