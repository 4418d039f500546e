"""What is to be reached has numbers."""

from __future__ import annotations

from ordercheck.ir.nodes import Const, CoverPoint, Function, If, Require, Return, Step, StepKind
from ordercheck.ir.passes import prepare
from ordercheck.ir.printer import show_body
from ordercheck.ir.types import NoneType
from ordercheck.ir.validator import validate
from tests.ir.build import (
    BOOL,
    assign,
    at,
    block,
    counters,
    equal,
    load,
    local,
    number,
    program,
    store,
)


def test_points_of_steps_guards_and_antecedents() -> None:
    result = prepare(counters())
    validate(result)
    assert [(point.kind, point.name) for point in result.cover] == [
        ("step", "run: start"),
        ("step", "run: line 5"),
        ("guard", "run: line 4"),
        ("step", "run"),
        ("step", "flip"),
        ("antecedent", "bounded: started"),
    ]
    assert [step.point for step in result.steps] == [3, 4]


def test_a_resumption_counts_after_its_guards() -> None:
    result = prepare(
        program(
            block("entry", store(1, number(0)), step="next"),
            block("next", Require(equal(load(0), number(1)), at(7)), store(1, number(2))),
        )
    )
    assert show_body(result.coroutines[0].blocks[1].body, result).splitlines() == [
        "require a == 1  # point 2",
        "cover 1",
        "b := 2 as int 0..3",
    ]


def test_guards_of_functions_and_of_init() -> None:
    guard = Require(equal(load(0), number(1)), at(3))
    function = Function("f", (), NoneType(), (guard, Return()))
    step = Step("go", StepKind.ACTION, (), ((),), ("",), (guard,), at(9))
    result = prepare(program(functions=(function,), steps=(step,), init=(guard,)))
    assert result.cover == (
        CoverPoint("guard", "f: line 3", at(3)),
        CoverPoint("step", "go", at(9)),
        CoverPoint("guard", "go: line 3", at(3)),
        CoverPoint("guard", "start: line 3", at(3)),
    )
    assert result.init[0] == Require(guard.condition, at(3), 3)


def test_points_are_in_the_order_of_the_program() -> None:
    result = prepare(
        program(
            block("entry", assign("x", load(0)), step="b"),
            block("b", store(0, local("x")), step="entry"),
        )
    )
    assert [point.name for point in result.cover] == ["run: start", "run: line 5", "run"]


def test_what_is_meant_never_to_happen_has_no_point() -> None:
    never = Require(Const(False, BOOL), at(3))
    nested = If(equal(load(0), number(1)), (), (never,))
    steps = tuple(
        Step(name, StepKind.ACTION, (), ((),), ("",), (body,), at(9))
        for name, body in (("off", never), ("on", nested))
    )
    assert [point.name for point in prepare(program(steps=steps)).cover] == ["on"]
