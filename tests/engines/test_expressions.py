"""Emitted expressions against an evaluator that walks them."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ordercheck.engines.interpreter import Machine
from ordercheck.engines.transition import ModelError
from ordercheck.ir.nodes import (
    Apply,
    Bind,
    Cast,
    Comprehend,
    Conditional,
    Const,
    Each,
    Expr,
    Field,
    Function,
    IsA,
    Load,
    LoadArray,
    Local,
    Logic,
    Lookup,
    Op,
    Program,
    Return,
    SortedBy,
    When,
)
from ordercheck.ir.types import (
    ABSENT,
    IntType,
    ListType,
    MapType,
    NoneType,
    SetType,
    StructType,
    TupleType,
    Type,
    UnionType,
    Value,
)
from tests.engines.evaluator import Wrong, evaluate
from tests.ir.build import BOOL, INT, SMALL, at, element, load, program

LIST = ListType(INT)
PAIRS = ListType(TupleType((INT, INT)))
LISTS = ListType(LIST)
SET = SetType(SMALL)
MAP = MapType(SMALL, INT)
NONE = NoneType()
MAYBE = UnionType((NONE, INT))
PAIR = StructType("Pair", (("left", INT), ("right", SET)))

SLOTS: tuple[Type, ...] = (INT, SMALL, LIST, SET, MAP, BOOL, MAYBE, PAIR, SMALL, SMALL, SMALL)
ARRAY, LENGTH = 8, 3


def states() -> SearchStrategy[tuple[Value, ...]]:
    number = st.integers(-4, 4)
    small = st.integers(0, 3)
    members = st.frozensets(small)
    return st.tuples(
        number,
        small,
        st.lists(number, max_size=4).map(tuple),
        members,
        st.tuples(*[st.one_of(st.just(ABSENT), number)] * 4),
        st.booleans(),
        st.one_of(st.none(), number),
        st.tuples(st.just("Pair"), number, members),
        small,
        small,
        small,
    )


Make = SearchStrategy[Expr]


def op(operation: Op, kind: Type, *operands: Make) -> Make:
    span = at(len(operation.value))
    return st.tuples(*operands).map(lambda xs: Apply(operation, xs, kind, span))


def const(value: Value, kind: Type) -> Expr:
    return Const(value, kind)


@st.composite
def numbers(draw: st.DrawFn, depth: int, names: tuple[str, ...] = ()) -> Expr:
    leaves: list[Make] = [
        st.integers(-5, 5).map(lambda n: const(n, INT)),
        st.just(const(2**62, INT)),
        st.just(load(0, INT)),
        st.just(load(1, SMALL)),
    ]
    if names:
        leaves.append(st.sampled_from(names).map(lambda name: Local(name, INT)))
    if not depth:
        return draw(st.one_of(leaves))
    n, xs = numbers(depth - 1, names), lists(depth - 1, names)
    s, b = sets(depth - 1, names), truths(depth - 1, names)
    binary = (Op.ADD, Op.SUB, Op.MUL, Op.FLOORDIV, Op.MOD, Op.BIT_AND, Op.BIT_OR, Op.BIT_XOR)
    checked = (Op.POW, Op.SHIFT_LEFT, Op.SHIFT_RIGHT)
    few = st.integers(-2, 4).map(lambda k: const(k, INT))
    inner = st.sampled_from(
        [
            *(op(each, INT, n, n) for each in binary),
            *(op(each, INT, n, few) for each in checked),
            *(op(each, INT, n) for each in (Op.NEG, Op.ABS, Op.INVERT)),
            op(Op.TO_INT, INT, b),
            op(Op.LENGTH, INT, xs),
            op(Op.LENGTH, INT, s),
            op(Op.LENGTH, INT, maps(depth - 1, names)),
            op(Op.INDEX, INT, xs, n),
            op(Op.FIND, INT, xs, n),
            op(Op.COUNT, INT, xs, n),
            op(Op.SUM, INT, xs, n),
            op(Op.MIN, INT, xs),
            op(Op.MAX, INT, xs),
            op(Op.GET, INT, maps(depth - 1, names), n),
            op(Op.GET_OR, INT, maps(depth - 1, names), n, n),
            st.builds(lambda t, a, c: Conditional(t, a, c, INT), b, n, n),
            st.builds(lambda x: Cast(x, INT, at(3)), maybes(depth - 1, names)),
            st.just(Field(load(7, PAIR), 0, INT)),
            st.builds(lambda k: Load(element(ARRAY, k, LENGTH), SMALL), n),
            st.builds(lambda xs: SortedBy(xs, Local("p", INT), *negated(), INT), xs),
        ]
    )
    return draw(st.one_of([*leaves, inner.flatmap(lambda make: make)]))


def negated() -> tuple[Expr, str, bool]:
    return Apply(Op.ABS, (Local("p", INT),), INT), "max", False


@st.composite
def maybes(draw: st.DrawFn, depth: int, names: tuple[str, ...]) -> Expr:
    there: Make = st.just(load(6, MAYBE))
    choice = st.builds(
        lambda t, n: Conditional(t, n, const(None, NONE), MAYBE),
        truths(depth, names),
        numbers(depth, names),
    )
    return draw(st.one_of(there, choice))


@st.composite
def truths(draw: st.DrawFn, depth: int, names: tuple[str, ...] = ()) -> Expr:
    leaves: list[Make] = [
        st.booleans().map(lambda b: const(b, BOOL)),
        st.just(load(5, BOOL)),
    ]
    if not depth:
        return draw(st.one_of(leaves))
    n, xs, b = numbers(depth - 1, names), lists(depth - 1, names), truths(depth - 1, names)
    s, m = sets(depth - 1, names), maps(depth - 1, names)
    some = maybes(depth - 1, names)
    orders = (Op.EQ, Op.NE, Op.LT, Op.LE, Op.GT, Op.GE)
    inner = st.sampled_from(
        [
            *(op(each, BOOL, n, n) for each in orders),
            *(op(each, BOOL, xs, xs) for each in orders),
            *(op(each, BOOL, s, s) for each in (Op.SUBSET, Op.PROPER_SUBSET, Op.DISJOINT)),
            op(Op.EQ, BOOL, s, s),
            op(Op.EQ, BOOL, m, m),
            op(Op.EQ, BOOL, n, xs),
            op(Op.NOT, BOOL, b),
            op(Op.CONTAINS, BOOL, xs, n),
            op(Op.CONTAINS, BOOL, s, n),
            op(Op.CONTAINS, BOOL, m, n),
            st.builds(lambda a, c: Logic("and", (a, c), BOOL), b, b),
            st.builds(lambda a, c: Logic("or", (a, c), BOOL), b, b),
            st.builds(lambda x: IsA(x, NONE, BOOL), some),
            st.builds(lambda x: IsA(x, INT, BOOL), some),
            quantified(depth - 1, names),
        ]
    )
    return draw(st.one_of([*leaves, inner.flatmap(lambda make: make)]))


@st.composite
def quantified(draw: st.DrawFn, depth: int, names: tuple[str, ...]) -> Expr:
    inner = draw(comprehensions(depth, names, truth=True))
    return Apply(draw(st.sampled_from([Op.ANY, Op.ALL])), (inner,), BOOL)


@st.composite
def comprehensions(
    draw: st.DrawFn, depth: int, names: tuple[str, ...], truth: bool = False
) -> Expr:
    clauses: list[Each | When | Bind] = []
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["each", "when", "bind"]))
        name = f"x{len(names)}"
        if kind == "each":
            clauses.append(Each(Local(name, INT), draw(lists(min(depth, 1), names))))
            names = (*names, name)
        elif kind == "bind":
            clauses.append(Bind(Local(name, INT), draw(numbers(min(depth, 1), names))))
            names = (*names, name)
        else:
            clauses.append(When(draw(truths(min(depth, 1), names))))
    item = draw(truths(depth, names) if truth else numbers(depth, names))
    return Comprehend(item, tuple(clauses), ListType(BOOL) if truth else LIST)


@st.composite
def lists(draw: st.DrawFn, depth: int, names: tuple[str, ...] = ()) -> Expr:
    leaves: list[Make] = [
        st.just(load(2, LIST)),
        st.lists(st.integers(-3, 3), max_size=3).map(lambda xs: const(tuple(xs), LIST)),
        st.just(LoadArray(Const(ARRAY, INT), LENGTH, 1, LIST)),
    ]
    if not depth:
        return draw(st.one_of(leaves))
    n, xs, s = numbers(depth - 1, names), lists(depth - 1, names), sets(depth - 1, names)
    m = maps(depth - 1, names)
    end: Make = st.one_of(st.just(const(None, NONE)), n)
    few = st.integers(-1, 3).map(lambda k: const(k, INT))
    unpacked = st.builds(
        lambda pairs: Comprehend(
            Field(Local("q", PAIRS.item), 1, INT), (Each(Local("q", PAIRS.item), pairs),), LIST
        ),
        st.sampled_from(
            [
                op(Op.ENUMERATE, PAIRS, xs, n),
                op(Op.ZIP, PAIRS, xs, xs),
                op(Op.PRODUCT, PAIRS, xs, xs),
                op(Op.ITEMS, PAIRS, m),
            ]
        ).flatmap(lambda make: make),
    )
    lengths = st.builds(
        lambda all_: Comprehend(
            Apply(Op.SUM, (Local("q", LIST), const(0, INT)), INT),
            (Each(Local("q", LIST), all_),),
            LIST,
        ),
        st.sampled_from(
            [op(Op.COMBINATIONS, LISTS, xs, few), op(Op.PERMUTATIONS, LISTS, xs, few)]
        ).flatmap(lambda make: make),
    )
    bounds = st.integers(-3, 3).map(lambda k: const(k, INT))
    inner = st.sampled_from(
        [
            op(Op.LIST, LIST, n, n),
            op(Op.SLICE, LIST, xs, end, end, end),
            op(Op.CONCAT, LIST, xs, xs),
            op(Op.REPEAT, LIST, xs, few),
            op(Op.APPEND, LIST, xs, n),
            op(Op.INSERT, LIST, xs, n, n),
            op(Op.REMOVE_AT, LIST, xs, n),
            op(Op.REMOVE, LIST, xs, n),
            op(Op.REPLACE, LIST, xs, n, n),
            op(Op.RANGE, LIST, bounds, bounds, bounds),
            op(Op.REVERSED, LIST, xs),
            op(Op.SORTED, LIST, xs),
            op(Op.ITEMS, LIST, s),
            op(Op.KEYS, LIST, m),
            op(Op.VALUES, LIST, m),
            comprehensions(depth - 1, names),
            unpacked,
            lengths,
            st.builds(
                lambda xs, down: SortedBy(xs, Local("p", INT), negated()[0], "sorted", down, LIST),
                xs,
                st.booleans(),
            ),
        ]
    )
    return draw(st.one_of([*leaves, inner.flatmap(lambda make: make)]))


@st.composite
def sets(draw: st.DrawFn, depth: int, names: tuple[str, ...] = ()) -> Expr:
    leaves: list[Make] = [
        st.just(load(3, SET)),
        st.frozensets(st.integers(0, 3)).map(lambda s: const(s, SET)),
        st.just(Field(load(7, PAIR), 1, SET)),
    ]
    if not depth:
        return draw(st.one_of(leaves))
    s = sets(depth - 1, names)
    member = st.integers(0, 3).map(lambda k: const(k, SMALL))
    binary = (Op.UNION, Op.INTERSECTION, Op.DIFFERENCE, Op.SYMMETRIC)
    inner = st.sampled_from(
        [
            *(op(each, SET, s, s) for each in binary),
            op(Op.SET, SET, member, member),
            op(Op.TO_SET, SET, op(Op.ITEMS, LIST, s)),
            op(Op.ADD_ITEM, SET, s, member),
            op(Op.DISCARD, SET, s, numbers(depth - 1, names)),
            op(Op.REMOVE_ITEM, SET, s, numbers(depth - 1, names)),
            st.builds(
                lambda k: Lookup(k, tuple((v, frozenset({v})) for v in range(4)), SET), member
            ),
        ]
    )
    return draw(st.one_of([*leaves, inner.flatmap(lambda make: make)]))


@st.composite
def maps(draw: st.DrawFn, depth: int, names: tuple[str, ...] = ()) -> Expr:
    there: Make = st.just(load(4, MAP))
    if not depth:
        return draw(there)
    m, n = maps(depth - 1, names), numbers(depth - 1, names)
    inner = st.sampled_from([op(Op.PUT, MAP, m, n, n), op(Op.DELETE, MAP, m, n)])
    return draw(st.one_of([there, inner.flatmap(lambda make: make)]))


def function(expr: Expr) -> Program:
    body = (Return(expr),)
    functions = (Function("f", (), expr.type, body),)
    return replace(program(), slots=SLOTS, initial=(), places=(), functions=functions)


def expected(expr: Expr, state: tuple[Value, ...]) -> Value:
    try:
        return evaluate(expr, state)
    except Wrong as wrong:
        return str(wrong)


def check_same(expr: Expr, state: tuple[Value, ...]) -> None:
    found = Machine(function(expr)).evaluate("f", state)
    wanted = expected(expr, state)
    if isinstance(found, ModelError):
        assert found.kind == wanted, found.message
    else:
        assert found == wanted
        assert type(found) is type(wanted)


@settings(max_examples=400, deadline=None)
@given(numbers(3), states())
def test_numbers(expr: Expr, state: tuple[Value, ...]) -> None:
    check_same(expr, state)


@settings(max_examples=400, deadline=None)
@given(truths(3), states())
def test_truths(expr: Expr, state: tuple[Value, ...]) -> None:
    check_same(expr, state)


@settings(max_examples=400, deadline=None)
@given(lists(3), states())
def test_lists(expr: Expr, state: tuple[Value, ...]) -> None:
    check_same(expr, state)


@settings(max_examples=200, deadline=None)
@given(st.one_of(sets(3), maps(3)), states())
def test_sets_and_maps(expr: Expr, state: tuple[Value, ...]) -> None:
    check_same(expr, state)


@given(st.integers(-3, 3))
def test_bounds_of_a_type_are_used(k: int) -> None:
    # A type that rules an overflow out spares the check of it.
    plain = Apply(Op.ADD, (Const(k, INT), Const(1, INT)), IntType(-9, 9))
    assert "exact" not in Machine(function(plain)).source
