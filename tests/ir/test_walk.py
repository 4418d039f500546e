"""What is visited is what is rebuilt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from ordercheck.ir import bodies as over_bodies
from ordercheck.ir import walk
from ordercheck.ir.bodies import bodies, body_expressions, expressions, map_statement, statements
from ordercheck.ir.nodes import (
    Bind,
    Body,
    Comprehend,
    Each,
    Expr,
    Local,
    Program,
    Return,
    SortedBy,
    Stmt,
    When,
)
from ordercheck.ir.passes import prepare
from ordercheck.ir.types import ListType
from ordercheck.ir.walk import free_locals, map_parts, parts, replace_locals, subexpressions
from tests.ir.build import INT, counters, equal, local
from tests.ir.test_effects import resuming

PROGRAMS = (counters(), prepare(counters()), prepare(resuming()))


def all_bodies(program: Program) -> Iterator[Body]:
    yield from (function.body for function in program.functions)
    yield from (step.body for step in program.steps)
    yield from (block.body for each in program.coroutines for block in each.blocks)


INTS = ListType(INT)
X, Y = local("x"), local("y")
BINDING: list[Expr] = [
    Comprehend(X, (Each(X, local("x", INTS)), When(equal(X, Y)), Bind(Y, X)), INTS),
    Comprehend(Y, (Bind(X, Y), Each(Y, local("xs", INTS))), INTS),
    SortedBy(local("x", INTS), X, equal(X, Y), "sorted", False, INTS),
]
BODIES = [body for program in PROGRAMS for body in all_bodies(program)]
BODIES.append(tuple(map(Return, BINDING)))
EXPRESSIONS = [
    part for body in BODIES for expr in body_expressions(body) for part in subexpressions(expr)
]


def test_parts_are_what_map_parts_changes() -> None:
    for expr in EXPRESSIONS:
        visited: list[Expr] = []

        def note(part: Expr, visited: list[Expr] = visited) -> Expr:
            visited.append(part)
            return part

        assert map_parts(expr, note) is expr
        assert list(parts(expr)) == visited


def test_free_locals_are_what_replace_locals_changes() -> None:
    for expr in EXPRESSIONS:
        visited: list[Local] = []

        def note(local: Local, visited: list[Local] = visited) -> Expr:
            visited.append(local)
            return local

        assert replace_locals(expr, note) is expr
        assert free_locals(expr) == visited


def test_expressions_and_bodies_are_what_map_statement_changes() -> None:
    for statement in (each for body in BODIES for each in statements(body)):
        seen: list[Expr] = []
        inner: list[Body] = []

        def note(expr: Expr, seen: list[Expr] = seen) -> Expr:
            seen.append(expr)
            return expr

        def enter(body: Body, inner: list[Body] = inner) -> Body:
            inner.append(body)
            return body

        assert map_statement(statement, note, enter) is statement
        assert list(expressions(statement)) == seen
        assert list(bodies(statement)) == inner


def test_tables_know_every_node() -> None:
    assert set(walk._PARTS) == set(get_args(Expr))
    assert set(over_bodies._EXPRESSIONS) == set(get_args(Stmt))
    compound = {each for each in get_args(Stmt) if {"body", "then"} & set(each.__match_args__)}
    assert set(over_bodies._BODIES) == compound
