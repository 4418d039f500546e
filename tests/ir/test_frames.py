"""Locals that live across a suspension become state, and nothing else does."""

from __future__ import annotations

from hypothesis import assume, given, settings

from ordercheck.ir.domains import blank
from ordercheck.ir.effects import Analysis
from ordercheck.ir.nodes import (
    Assign,
    Call,
    Choose,
    Comprehend,
    Const,
    Each,
    Frame,
    Function,
    Op,
    Program,
    Raise,
    Return,
    Wait,
)
from ordercheck.ir.passes import give_frames
from ordercheck.ir.passes.liveness import live_at_labels
from ordercheck.ir.printer import show_body
from ordercheck.ir.types import IntType, ListType, Value
from ordercheck.ir.validator import validate
from tests.ir.build import (
    INT,
    OOPS,
    SMALL,
    apply,
    assign,
    block,
    branch,
    local,
    number,
    plus,
    program,
    store,
)
from tests.ir.stepper import GivenUp, Stepper
from tests.ir.strategies import coroutines


def body_of(framed: Program, label: str) -> str:
    (coroutine,) = framed.coroutines
    (found,) = [each for each in coroutine.blocks if each.label == label]
    return show_body(found.body, framed)


def framed(source: Program) -> Program:
    validate(source)
    result = give_frames(source)
    validate(result)
    return result


def test_a_local_read_after_a_suspension_is_a_field() -> None:
    result = framed(
        program(
            block("entry", assign("x", number(2)), assign("y", number(1)), step="next"),
            block("next", store(0, local("x"))),
            members=2,
        )
    )
    (coroutine,) = result.coroutines
    assert coroutine.frame == Frame(2, 2, (("x", SMALL),))
    assert [point.wait for point in coroutine.points] == [Wait.START, Wait.DONE, Wait.STEP]
    assert result.slots[2:] == (IntType(0, 2), SMALL) * 2
    assert result.initial[2:] == (0, 0, 0, 0)
    assert body_of(result, "entry") == "run[@member].x := 2\ny: int 0..3 = 1"
    assert body_of(result, "next") == "a := run[@member].x as int 0..3\nrun[@member].x := 0"


def test_a_local_of_one_step_stays_a_local() -> None:
    result = framed(
        program(
            block("entry", assign("x", number(2)), store(0, local("x")), step="next"),
            block("next"),
        )
    )
    assert result.coroutines[0].frame.fields == ()


def test_a_value_on_its_way_into_a_field_has_a_local() -> None:
    two = Function("two", (), SMALL, (store(1, number(0)), Return(number(2))))
    result = framed(
        program(
            block(
                "entry",
                Choose(local("x"), Const((1, 2), ListType(SMALL)), "x"),
                Assign(local("y"), Call("two", (), SMALL, pure=False)),
                step="next",
            ),
            block("next", store(0, plus(local("x"), local("y")))),
            functions=(two,),
        )
    )
    assert body_of(result, "entry").splitlines() == [
        "x@new: int 0..3 = choose([1, 2], 'x')",
        "run.x := x@new",
        "y@new: int 0..3 = two!()",
        "run.y := y@new",
    ]


def test_a_caught_exception_that_lives_on_goes_through_a_landing() -> None:
    raising = Raise(apply(Op.STRUCT, number(1), kind=OOPS))
    result = framed(
        program(
            block("entry", raising, handler="late", caught=local("e", OOPS)),
            block("late", step="end"),
            block(
                "end", assign("x", number(0)), Raise(local("e", OOPS)), handler="over", caught=None
            ),
            block("over"),
        )
    )
    (coroutine,) = result.coroutines
    entry, *_, landing = coroutine.blocks
    assert (entry.handler, landing.label) == ("late@e", "late@e")
    assert body_of(result, "late@e") == "run.e := e@new"
    assert body_of(result, "over") == "run.e := Oops(code=0)"


def test_what_a_handler_reads_is_live_only_where_something_is_raised() -> None:
    def source(*body: Assign) -> Program:
        return program(
            block("entry", assign("x", number(1)), step="quiet"),
            block("quiet", *body, handler="caught"),
            block("caught", store(0, local("x"))),
        )

    assert framed(source(assign("y", number(1)))).coroutines[0].frame.fields == ()
    oops = apply(Op.STRUCT, number(1), kind=OOPS)
    fails = Function("fails", (), SMALL, (Raise(oops),))
    call = Assign(local("y"), Call("fails", (), SMALL, pure=False))
    with_call = program(*source(call).coroutines[0].blocks, functions=(fails,))
    assert framed(with_call).coroutines[0].frame.fields == (("x", SMALL),)


def test_a_comprehension_keeps_its_own_variable() -> None:
    items = Comprehend(
        plus(local("x"), local("y")),
        (Each(local("x"), Const((1, 2), ListType(SMALL))),),
        ListType(INT),
    )
    result = framed(
        program(
            block("entry", assign("x", number(1)), assign("y", number(1)), step="next"),
            block("next", store(0, apply(Op.SUM, items, number(0), kind=INT)), goto="last"),
            block("last", store(0, local("x"))),
        )
    )
    assert body_of(result, "next") == "a := sum([x + run.y for x in [1, 2]], 0) as int 0..3"


def test_a_field_that_may_be_dead_is_blank_at_the_next_point() -> None:
    result = framed(
        program(
            block("entry", assign("x", number(1)), step="middle"),
            branch("middle", apply(Op.LT, local("x"), number(2)), "again", "on"),
            block("again", step="middle"),
            block("on", step="end"),
            block("end"),
        )
    )
    assert body_of(result, "again") == "pass"
    assert body_of(result, "on") == "run.x := 0"
    assert body_of(result, "end") == "pass"


@settings(deadline=None, max_examples=100)
@given(coroutines())
def test_frames_change_nothing_that_can_be_seen(source: Program) -> None:
    result = give_frames(source)
    try:
        before = list(Stepper(source).steps(8))
    except GivenUp:
        assume(False)
    after = list(Stepper(result).steps(8))
    assert [(label, slots[:2]) for label, slots in after] == before


@settings(deadline=None, max_examples=100)
@given(coroutines())
def test_dead_fields_are_blank(source: Program) -> None:
    result = give_frames(source)
    analysis = Analysis(source)
    live = live_at_labels(source.coroutines[0], analysis.raises)
    frame = result.coroutines[0].frame
    try:
        for label, slots in Stepper(result).steps(8):
            fields: tuple[Value, ...] = slots[frame.base + 1 : frame.base + frame.size]
            for (name, kind), value in zip(frame.fields, fields, strict=True):
                assert value == blank(kind) or (label and name in live[label])
    except GivenUp:
        pass
