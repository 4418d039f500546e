"""Random expressions: generated code gives what the interpreter gives, errors included."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis.strategies import SearchStrategy

from ordercheck.engines.interpreter import Machine
from ordercheck.engines.native.generate import generate
from ordercheck.engines.transition import ModelError
from ordercheck.ir.nodes import Apply, Const, Expr, Op, Program, Step, StepKind, Store
from ordercheck.ir.types import ABSENT, IntType, ListType, PlaceType, Type, Value
from tests.engines.native.agreement import without_words
from tests.engines.native.drawing import drawn
from tests.engines.native.driver import build
from tests.engines.test_expressions import (
    MAP,
    SET,
    SLOTS,
    lists,
    maps,
    numbers,
    sets,
    states,
    truths,
)
from tests.ir.build import BOOL, INT, at, program

LONG = ListType(INT, 60)
RESULTS: tuple[tuple[Type, Value], ...] = (
    (INT, 0),
    (BOOL, False),
    (LONG, ()),
    (SET, frozenset()),
    (MAP, (ABSENT,) * 4),
)
FIRST = len(SLOTS)
START: tuple[Value, ...] = (
    0,
    0,
    (),
    frozenset(),
    (ABSENT,) * 4,
    False,
    None,
    ("Pair", 0, frozenset()),
    0,
    0,
    0,
)


def storing(place: int, expr: Expr) -> Step:
    """A step that puts the value of an expression into a place of its type."""
    kind = RESULTS[place][0]
    slot = Const(FIRST + place, PlaceType(kind, (FIRST + place,)))
    store = Store(slot, expr, kind, "result", True, at(99))
    return Step("store", StepKind.ACTION, (), ((),), ("store",), (store,), at(1))


def steps(each: int) -> list[Step]:
    """Steps that store random expressions, so many of each type."""
    strategies: tuple[SearchStrategy[Expr], ...] = (
        numbers(3),
        truths(3),
        lists(3),
        sets(3),
        maps(3),
    )
    return [
        storing(place, expr)
        for place, strategy in enumerate(strategies)
        for expr in drawn(strategy, each)
    ]


def computing(found: list[Step]) -> Program:
    kinds = tuple(kind for kind, _ in RESULTS)
    initial = START + tuple(value for _, value in RESULTS)
    return replace(program(), slots=SLOTS + kinds, initial=initial, places=(), steps=tuple(found))


def check_same(found: list[Step], before: list[tuple[Value, ...]]) -> None:
    made = computing(found)
    (native,) = build([(generate(made), 0)])
    machine = Machine(made)
    for state in before:
        whole = state + made.initial[FIRST:]
        wanted = without_words(machine.successors(whole))
        for expected, given_ in zip(wanted, native.successors(whole), strict=True):
            assert given_ == expected, made.steps[expected[0][0]]


def test_expressions() -> None:
    check_same(steps(25), drawn(states(), 25))


def test_a_negative_number_can_be_negated() -> None:
    negated = Apply(Op.NEG, (Const(-2, IntType(-2, -2)),), INT)
    check_same([storing(0, negated)], [START])


@pytest.mark.slow
def test_many_expressions() -> None:
    found = steps(1000)
    before = drawn(states(), 60)
    for first in range(0, len(found), 100):
        check_same(found[first : first + 100], before)


def test_types_that_bound_a_result_spare_the_check() -> None:
    one = Const(1, INT)
    bounded = Apply(Op.ADD, (one, one), IntType(0, 9))
    assert "oc_add" in generate(computing([storing(0, replace(bounded, type=INT))])).header
    assert "oc_add" not in generate(computing([storing(0, bounded)])).header


def test_a_remainder_has_the_sign_of_its_divisor_whatever_types_rule_out() -> None:
    found = []
    for low, numbers_ in ((-9, (-9, -7, -1, 0, 8)), (0, (0, 7, 9))):
        for number in numbers_:
            for divisor in (1, 2, 9):
                operands = (Const(number, IntType(low, 9)), Const(divisor, IntType(1, 9)))
                for op in (Op.FLOORDIV, Op.MOD):
                    result = Apply(op, operands, IntType(-9, 9))
                    # Stored as a number that the slot's type has.
                    found.append(storing(0, Apply(Op.ADD, (result, Const(20, INT)), INT)))
    check_same(found, [START[:FIRST]])


def test_a_type_just_beyond_63_bits_does_not_rule_out_an_overflow() -> None:
    half = Const(1 << 62, IntType(0, 1 << 62))
    found = []
    for end in (1 << 63, (1 << 64) + 1):
        found.append(storing(0, Apply(Op.ADD, (half, half), IntType(0, end))))
        minus = Const(-(1 << 62), IntType(-(1 << 62), 0))
        total = Apply(Op.ADD, (minus, minus), IntType(-end, 0))
        found.append(storing(0, Apply(Op.ADD, (total, Const(-5, INT)), INT)))
    check_same(found, [START[:FIRST]])
    made = computing(found)
    for _, target in Machine(made).successors(made.initial):
        assert isinstance(target, ModelError)
        assert target.kind == "overflow"
