"""Random coroutines over a few int locals and two places."""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from ordercheck.ir.nodes import (
    Assign,
    Block,
    Body,
    Branch,
    Break,
    Choose,
    Const,
    Continue,
    Expr,
    Field,
    Finish,
    For,
    Goto,
    Handler,
    If,
    Local,
    Logic,
    Op,
    Program,
    Raise,
    Stmt,
    Suspend,
    Terminator,
    Try,
    Wait,
    While,
)
from ordercheck.ir.types import ListType
from tests.ir.build import BOOL, INT, OOPS, SMALL, apply, load, number, plus, program, store

NAMES = ("x", "y", "z")
WIDE = (INT, INT)
CAUGHT = Local("e", OOPS)


@cache
def variables() -> SearchStrategy[Local]:
    return st.sampled_from([Local(name, INT) for name in NAMES])


@cache
def numbers() -> SearchStrategy[Expr]:
    leaves: SearchStrategy[Expr] = st.one_of(
        variables(),
        st.integers(0, 2).map(number),
        st.sampled_from([load(0, INT), load(1, INT), Field(CAUGHT, 0, SMALL)]),
    )
    sums = st.tuples(leaves, leaves).map(
        lambda pair: apply(Op.MOD, plus(*pair), number(3), kind=INT)
    )
    return st.one_of(leaves, sums)


@cache
def tests() -> SearchStrategy[Expr]:
    pairs = st.tuples(numbers(), numbers())
    simple: SearchStrategy[Expr] = st.one_of(
        pairs.map(lambda p: apply(Op.LT, *p)),
        pairs.map(lambda p: apply(Op.EQ, *p)),
        st.booleans().map(lambda value: Const(value, BOOL)),
    )
    both = st.tuples(st.sampled_from(["and", "or"]), simple, simple)
    return st.one_of(
        simple,
        simple.map(lambda e: apply(Op.NOT, e)),
        both.map(lambda t: Logic(t[0], t[1:], BOOL)),
    )


@st.composite
def statements(draw: DrawFn, depth: int = 2, loop: bool = False) -> Stmt:
    kinds = ["assign", "assign", "store", "store", "choose", "raise"]
    kinds += ["if", "while", "for", "try"] if depth else []
    kinds += ["break", "continue"] if loop else []
    kind = draw(st.sampled_from(kinds))
    if kind == "assign":
        return Assign(draw(variables()), draw(numbers()))
    if kind == "store":
        return store(draw(st.integers(0, 1)), draw(numbers()), INT)
    if kind == "choose":
        return Choose(draw(variables()), Const((0, 2), ListType(INT, 2)), "which")
    if kind == "raise":
        oops = apply(Op.STRUCT, number(draw(st.integers(0, 2))), kind=OOPS)
        return If(draw(tests()), (Raise(oops),))
    if kind == "if":
        return If(draw(tests()), draw(bodies(depth - 1, loop)), draw(bodies(depth - 1, loop)))
    if kind == "while":
        return While(draw(tests()), draw(bodies(depth - 1, True)))
    if kind == "for":
        items = Const((1, 2), ListType(INT, 2))
        return For(draw(variables()), items, draw(bodies(depth - 1, True)))
    if kind == "try":
        handler = Handler((OOPS.name,), CAUGHT, draw(bodies(depth - 1, loop)))
        final = draw(bodies(0, False)) if draw(st.booleans()) else ()
        body, orelse = draw(bodies(depth - 1, loop)), draw(bodies(depth - 1, loop))
        return Try(body, (handler,) if draw(st.booleans()) else (), orelse, final)
    return Break() if kind == "break" else Continue()


@cache
def bodies(depth: int, loop: bool) -> SearchStrategy[Body]:
    return st.lists(statements(depth, loop), max_size=3).map(tuple)


@st.composite
def coroutines(draw: DrawFn) -> Program:
    labels = [f"b{k}" for k in range(draw(st.integers(1, 5)))]
    anywhere = st.sampled_from(labels)

    def end() -> SearchStrategy[Terminator]:
        return st.one_of(
            anywhere.map(Goto),
            st.tuples(tests(), anywhere, anywhere).map(lambda t: Branch(*t)),
            anywhere.map(lambda label: Suspend(Wait.STEP, label)),
            anywhere.map(lambda label: Suspend(Wait.STEP, label)),
            st.just(Finish()),
        )

    blocks = []
    for label in labels:
        handler = draw(st.one_of(st.none(), anywhere))
        caught = draw(st.sampled_from([None, CAUGHT])) if handler else None
        body = draw(bodies(2, False))
        blocks.append(Block(label, body, draw(end()), handler, caught))
    return program(*blocks, slots=WIDE, members=draw(st.integers(1, 2)))
