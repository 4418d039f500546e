"""Every operation, on places that hold many values: z3's terms give what the interpreter does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ordercheck.engines.symbolic.clock import Clock
from ordercheck.engines.symbolic.context import Unsupported
from ordercheck.engines.symbolic.relation import Translation
from ordercheck.ir.nodes import Apply, Const, Load, Op, Program, Store
from ordercheck.ir.types import IntType, ListType, PlaceType
from tests.engines.native.test_operations import PARTS, RNG, WORD, made, some
from tests.engines.run import with_action
from tests.engines.symbolic.comparison import Evaluation
from tests.ir.build import SMALL, load, number, store

REFUSED = {"numbers": 1}
"""Steps that z3 refuses: a power of any number."""


def supported(program: Program) -> Program:
    """The program without the steps that z3 refuses."""
    translation = Translation(program, Clock())
    steps = []
    for k, step in enumerate(program.steps):
        try:
            translation.attempt(k, 0)
        except Unsupported:
            continue
        steps.append(step)
    return replace(program, steps=tuple(steps))


QUICK = ("making", "types")
"""The others have so many places that laying them out as variables takes its time."""


@pytest.mark.parametrize(
    "part",
    [
        pytest.param(k, id=p.__name__, marks=[] if p.__name__ in QUICK else [pytest.mark.slow])
        for k, p in enumerate(PARTS)
    ],
)
def test_operations(part: int) -> None:
    program = made()[part]
    kept = supported(program)
    refused = len(program.steps) - len(kept.steps)
    assert refused == REFUSED.get(PARTS[part].__name__, 0)
    evaluation = Evaluation(kept)
    for seed in (1, 6, 9, 13):
        RNG.seed(seed)
        evaluation.check(tuple(map(some, program.slots)))


def test_insertion_at_any_index() -> None:
    kind, index = ListType(SMALL, 3), IntType(-4, 4)
    operands = (load(0, kind), load(1, index), number(3))
    inserted = Apply(Op.INSERT, operands, kind)
    program = with_action(store(0, inserted, kind), slots=(kind, index), initial=((), 0))
    evaluation = Evaluation(program)
    for held in ((), (1,), (1, 2)):
        for at in range(-4, 5):
            evaluation.check((held, at))


def test_what_is_read_at_any_index_fits_its_place() -> None:
    length, index = 2, IntType(-30, 30)
    place = PlaceType(WORD, (0, 1))
    operands = (Const(0, PlaceType(WORD, (0,))), load(3, index), number(length), number(1))
    read = Load(Apply(Op.OFFSET, operands, place), WORD)
    slots = (WORD, WORD, WORD, index)
    program = with_action(store(2, read, WORD), slots=slots, initial=("b", "b", "b", 0))
    evaluation = Evaluation(program)
    for at in (-30, -3, -2, -1, 0, 1, 2, 30):
        evaluation.check(("b", "a", "ab", at))


def test_storing_at_an_index_of_many() -> None:
    length, index = 3, IntType(-30, 30)
    place = PlaceType(SMALL, tuple(range(length)))
    operands = (Const(0, PlaceType(SMALL, (0,))), load(length, index), number(length), number(1))
    address = Apply(Op.OFFSET, operands, place)
    slots = (*[SMALL] * length, index)
    program = with_action(Store(address, number(2), SMALL), slots=slots, initial=(0,) * 4)
    evaluation = Evaluation(program)
    for at in (-30, -4, -3, -1, 0, 2, 3, 30):
        evaluation.check((0, 1, 3, at))


def test_a_power_of_any_number_is_refused_with_its_place() -> None:
    program = made()[0]
    step = next(s for s in program.steps if Op.POW.value in str(s.body[0]))
    with pytest.raises(Unsupported, match="the base and the exponent") as refused:
        Translation(replace(program, steps=(step,)), Clock()).attempt(0, 0)
    assert refused.value.span.line
