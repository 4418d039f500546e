"""What each statement does in a step."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ordercheck.engines.interpreter import Machine
from ordercheck.engines.transition import Label
from ordercheck.ir.nodes import (
    Apply,
    Assert,
    Assign,
    Break,
    Call,
    Choose,
    Const,
    Continue,
    Cover,
    CoverPoint,
    Evaluate,
    Fail,
    Field,
    For,
    Function,
    Handler,
    If,
    Local,
    Op,
    Raise,
    Require,
    Restart,
    Return,
    Stmt,
    Try,
    While,
)
from ordercheck.ir.types import (
    IntType,
    ListType,
    NoneType,
    StructType,
    TaskType,
    TextType,
    UnionType,
    Value,
)
from tests.engines.run import action, failure, on_loop, outcome, results, tasks, with_action
from tests.ir.build import (
    BOOL,
    INT,
    OOPS,
    SMALL,
    apply,
    assign,
    at,
    block,
    equal,
    load,
    local,
    number,
    plus,
    program,
    store,
)

NUMBERS = ListType(SMALL)
TRUE = Const(True, BOOL)
FALSE = Const(False, BOOL)


def listing(*values: Value) -> Const:
    return Const(values, NUMBERS)


def choose(name: str, *values: Value) -> Choose:
    return Choose(local(name), listing(*values), name, at(7))


def oops(code: int) -> Raise:
    return Raise(Apply(Op.STRUCT, (number(code),), OOPS), at(9))


def add(address: int, by: int) -> Stmt:
    return store(address, plus(load(address), number(by)))


# --- straight steps -----------------------------------------------------------------


def test_a_step_without_effect_is_a_step() -> None:
    assert outcome() == (0, 0)


def test_stores_and_locals() -> None:
    assert outcome(assign("x", number(2)), store(0, local("x")), store(1, load(0))) == (2, 2)


def test_the_state_before_is_left_alone() -> None:
    made = with_action(store(0, number(1)))
    before = made.initial
    results(made)
    assert before == (0, 0)


def test_require_first_or_last_disables() -> None:
    assert results(with_action(Require(FALSE), store(0, number(1)))) == []
    assert results(with_action(store(0, number(1)), Require(equal(load(0), number(2))))) == []


def test_require_inside_loops_disables_the_step_not_the_round() -> None:
    inside = For(local("k"), listing(0, 1), (Require(equal(local("k"), number(0))), add(1, 1)))
    assert results(with_action(add(0, 1), inside)) == []


def test_if() -> None:
    test = equal(load(0), number(0))
    assert outcome(If(test, (store(1, number(1)),), (store(1, number(2)),))) == (0, 1)
    assert outcome(If(test, (), (store(1, number(2)),))) == (0, 0)
    negated = apply(Op.NOT, test)
    assert outcome(If(negated, (store(1, number(1)),), (store(1, number(2)),))) == (0, 2)


def test_for_with_break_and_continue() -> None:
    body = (
        If(equal(local("k"), number(1)), (Continue(),)),
        If(equal(local("k"), number(3)), (Break(),)),
        add(0, 1),
    )
    assert outcome(For(local("k"), listing(0, 1, 2, 3, 0), body)) == (2, 0)


def test_for_goes_through_the_list_as_it_was() -> None:
    xs = load(0, NUMBERS)
    grown = Apply(Op.APPEND, (xs, local("k")), NUMBERS)
    loop = For(local("k"), xs, (store(0, grown, NUMBERS),))
    state = outcome(loop, slots=(NUMBERS,), initial=((1, 2),))
    assert state == ((1, 2, 1, 2),)


def test_while_with_break() -> None:
    test = apply(Op.LT, load(0), number(3))
    assert outcome(While(test, (add(0, 1),))) == (3, 0)
    assert outcome(While(TRUE, (add(0, 1), Break()))) == (1, 0)


@pytest.mark.parametrize(("rounds", "fails"), [(9_999, False), (10_000, True)])
def test_a_loop_of_ten_thousand_rounds_is_an_error(rounds: int, fails: bool) -> None:
    wide = IntType(0, 20_000)
    again = apply(Op.LT, load(0, wide), number(rounds))
    loop = While(again, (store(0, plus(load(0, wide), number(1)), wide),), at(5))
    made = with_action(loop, slots=(wide,))
    (end,) = results(made)
    if fails:
        error = failure(loop, slots=(wide,))
        assert (error.kind, error.span) == ("rounds", at(5))
    else:
        assert end == (rounds,)


# --- functions ------------------------------------------------------------------------


def test_functions_write_return_and_nest() -> None:
    inner = Function("inner", (local("k"),), SMALL, (add(0, 1), Return(local("k"))))
    outer = Function("outer", (), SMALL, (Return(Call("inner", (number(2),), SMALL, pure=False)),))
    called = Assign(local("x"), Call("outer", (), SMALL, pure=False))
    assert outcome(called, store(1, local("x")), functions=(inner, outer)) == (1, 2)
    ignored = Evaluate(Call("outer", (), SMALL, pure=False))
    assert outcome(ignored, functions=(inner, outer)) == (1, 0)


def test_require_in_a_function_disables_the_step() -> None:
    f = Function("f", (), NoneType(), (add(0, 1), Require(FALSE)))
    assert (
        results(with_action(Evaluate(Call("f", (), NoneType(), pure=False)), functions=(f,))) == []
    )


def test_return_ends_an_action() -> None:
    early = If(equal(load(0), number(1)), (Return(),))
    assert outcome(add(0, 1), early, store(1, number(3))) == (1, 0)


def test_clean_runs_after_every_step_and_after_init() -> None:
    made = replace(
        with_action(store(0, number(3)), clean=(add(1, 1),)), init=(store(0, number(2)),)
    )
    machine = Machine(made)
    assert [t.target for t in machine.initial()] == [(2, 1)]
    assert [t.target for t in machine.expand((0, 1))] == [(3, 2)]


# --- choices --------------------------------------------------------------------------


def labels(made: object, state: tuple[Value, ...] = (0, 0)) -> list[tuple[tuple[int, ...], object]]:
    machine = Machine(made)  # type: ignore[arg-type]
    return [(t.label.choices, t.target) for t in machine.expand(state)]


def test_choices_come_depth_first_in_order() -> None:
    made = with_action(
        choose("x", 1, 2),
        choose("y", 0, 3),
        store(0, local("x")),
        store(1, local("y")),
    )
    assert labels(made) == [
        ((0, 0), (1, 0)),
        ((0, 1), (1, 3)),
        ((1, 0), (2, 0)),
        ((1, 1), (2, 3)),
    ]


def test_equal_options_are_one() -> None:
    made = with_action(choose("x", 2, 1, 2, 1, 3), store(0, local("x")))
    assert labels(made) == [((0,), (2, 0)), ((1,), (1, 0)), ((2,), (3, 0))]


def test_nothing_to_choose_from_disables() -> None:
    assert labels(with_action(add(0, 1), choose("x"))) == []


def test_later_choices_may_depend_on_earlier_ones() -> None:
    more = If(equal(local("x"), number(1)), (choose("y", 2, 3), store(1, local("y"))))
    made = with_action(choose("x", 0, 1, 2), store(0, local("x")), more)
    assert labels(made) == [
        ((0,), (0, 0)),
        ((1, 0), (1, 2)),
        ((1, 1), (1, 3)),
        ((2,), (2, 0)),
    ]


def test_require_refuses_single_combinations() -> None:
    made = with_action(
        choose("x", 1, 2),
        choose("y", 1, 2),
        Require(apply(Op.NE, local("x"), local("y"))),
        store(0, local("x")),
    )
    assert labels(made) == [((0, 1), (1, 0)), ((1, 0), (2, 0))]


def test_an_error_in_one_combination_leaves_the_others() -> None:
    made = with_action(choose("x", 0, 1), Assert(equal(local("x"), number(1)), None, at(3)))
    (first, error), (second, state) = labels(made)
    assert (first, second, state) == ((0,), (1,), (0, 0))
    assert getattr(error, "kind", "") == "assert"


def test_choices_in_functions_and_in_clean() -> None:
    f = Function("f", (), NoneType(), (choose("x", 1, 2), store(0, local("x"))))
    called = Evaluate(Call("f", (), NoneType(), pure=False))
    assert [c for c, _ in labels(with_action(called, functions=(f,)))] == [(0,), (1,)]
    cleaned = with_action(clean=(choose("x", 1, 2), store(0, local("x"))))
    assert [c for c, _ in labels(cleaned)] == [(0,), (1,)]


def test_initial_states_are_chosen() -> None:
    made = program(init=(choose("x", 3, 1), store(0, local("x"))))
    starts = Machine(made).initial()
    assert [t.target for t in starts] == [(3, 0), (1, 0)]
    assert [t.label for t in starts] == [Label(-1, 0, (0,)), Label(-1, 0, (1,))]


def test_transitions_come_in_order_of_steps_bindings_choices() -> None:
    k = local("k")
    family = action(choose("x", 0, 1), store(0, k), parameters=(k,), bindings=((2,), (1,)))
    made = program(steps=(action(add(1, 1)), family))
    found = [t.label for t in Machine(made).expand((0, 0))]
    assert found == sorted(found)
    assert found == [Label(0, 0), *(Label(1, b, (c,)) for b in (0, 1) for c in (0, 1))]


# --- exceptions -----------------------------------------------------------------------


def caught(*names: str, code: int = 3) -> Handler:
    return Handler(names, Local("e", OOPS), (store(1, Field(Local("e", OOPS), 0, SMALL)),))


def test_a_handler_catches_by_name() -> None:
    assert outcome(Try((add(0, 1), oops(2), add(0, 1)), (caught("Other", "Oops"),))) == (1, 2)


def test_an_exception_that_no_handler_names_goes_on_outwards() -> None:
    inner = Try((oops(2),), (caught("Other"),))
    assert outcome(Try((inner,), (caught("Oops"),))) == (0, 2)


def test_orelse_runs_without_exception_and_outside_the_handlers() -> None:
    assert outcome(Try((add(0, 1),), (caught("Oops"),), (store(1, number(3)),))) == (1, 3)
    error = failure(Try((), (caught("Oops"),), (oops(1),)))
    assert error.kind == "exception"


def test_final_runs_always() -> None:
    final = (add(0, 1),)
    assert outcome(Try((oops(2),), (caught("Oops"),), (), final)) == (1, 2)
    assert outcome(Try((), (), (), final)) == (1, 0)
    assert outcome(Try((Try((oops(2),), (), (), final),), (caught("Oops"),))) == (1, 2)
    loop = For(local("k"), listing(0, 1), (Try((Break(),), (), (), final),))
    assert outcome(loop) == (1, 0)


def test_final_runs_on_return() -> None:
    body = (Try((Return(number(1)),), (), (), (add(0, 1),)),)
    f = Function("f", (), SMALL, body)
    assert outcome(Evaluate(Call("f", (), SMALL, pure=False)), functions=(f,)) == (1, 0)


def test_exceptions_leave_functions() -> None:
    f = Function("f", (), NoneType(), (add(0, 1), oops(3)))
    called = Evaluate(Call("f", (), NoneType(), pure=False))
    assert outcome(Try((called,), (caught("Oops"),)), functions=(f,)) == (1, 3)


def test_an_exception_that_leaves_a_step_is_an_error_at_the_raise() -> None:
    error = failure(oops(2))
    assert (error.kind, error.span) == ("exception", at(9))
    assert error.message == "Oops(code=2) is raised and never caught"


def test_model_errors_pass_handlers_and_final() -> None:
    broken = Assert(FALSE, None, at(4))
    handled = Try((broken,), (caught("Oops"),), (), (Fail("never", "final ran", at(1)),))
    assert failure(handled).kind == "assert"


def test_require_passes_final() -> None:
    tried = Try((Require(FALSE),), (), (), (Fail("never", "final ran", at(1)),))
    assert results(with_action(tried)) == []
    looped = For(local("k"), listing(0, 1), (tried,))
    assert results(with_action(looped)) == []


def test_a_nested_raise_in_a_handler() -> None:
    again = Handler(("Oops",), Local("e", OOPS), (oops(3),))
    assert outcome(Try((Try((oops(1),), (again,)),), (caught("Oops"),))) == (0, 3)


# --- the rest -------------------------------------------------------------------------


def test_cover_points_are_reached() -> None:
    points = tuple(CoverPoint("guard", str(k)) for k in range(4))
    steps = (replace(action(Require(TRUE, at(1), 0), Require(FALSE, at(2), 1), Cover(2)), point=3),)
    machine = Machine(replace(program(steps=steps), cover=points))
    machine.expand((0, 0))
    assert list(machine.reached) == [1, 0, 0, 0]


def test_messages_of_asserts_are_evaluated_only_when_they_fail() -> None:
    text = TextType(("bad",))
    broken = Apply(Op.INDEX, (listing(), number(0)), SMALL, at(2))
    assert outcome(Assert(TRUE, broken)) == (0, 0)
    assert failure(Assert(FALSE, Const("bad", text), at(3))).message == "the assertion fails: bad"
    assert failure(Assert(FALSE, number(7), at(3))).message == "the assertion fails: 7"
    assert failure(Assert(FALSE, None, at(3))).message == "the assertion fails"


def test_names_of_the_ir_that_python_would_not_take() -> None:
    odd = (Local("x@1", SMALL), Local("x#1", SMALL), Local("class", SMALL))
    body = [Assign(each, number(k)) for k, each in enumerate(odd)]
    assert outcome(*body, store(0, odd[0]), store(1, odd[1])) == (0, 1)


def test_restart_puts_a_task_back() -> None:
    made = tasks(
        block("one", assign("x", number(2)), step="two"), block("two", store(0, local("x")))
    )
    machine = Machine(made)
    (first,) = machine.expand(machine.program.initial)
    assert first.target == (0, 0, 2, 2)

    restarting = replace(on_loop(made), steps=(action(Restart(Const(0, TaskType()), at(3))),))
    assert results(restarting, (0, 0, 2, 2)) == [(0, 0, 0, 0)]


def test_text_of_a_struct_union() -> None:
    left = StructType("Left", (("a", INT), ("b", INT)))
    right = StructType("Right", (("b", INT),))

    either = UnionType((left, right))
    part = Field(load(0, either), 0, INT, by_struct=(("Left", 1), ("Right", 0)))
    for value in (("Left", 5, 2), ("Right", 2)):
        assert outcome(store(1, part), slots=(either, SMALL), initial=(value, 0)) == (value, 2)
