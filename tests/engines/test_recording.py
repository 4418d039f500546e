"""Replays and what they record."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings

from ordercheck.engines.interpreter import Machine
from ordercheck.engines.transition import Label, ModelError
from ordercheck.ir.bodies import map_bodies
from ordercheck.ir.nodes import (
    Assert,
    Assign,
    Call,
    Choose,
    Const,
    Evaluate,
    Function,
    Program,
    Require,
    Restart,
    Return,
    Store,
    Wait,
)
from ordercheck.ir.passes import give_frames
from ordercheck.ir.recording import (
    Called,
    Chosen,
    Erred,
    Event,
    Finished,
    Ran,
    Resumed,
    Stored,
    Suspended,
)
from ordercheck.ir.span import NOWHERE
from ordercheck.ir.types import ListType, TaskType
from tests.engines.run import action, on_loop, tasks, with_action
from tests.engines.test_coroutines import without_choices
from tests.engines.two_phase import two_phase
from tests.ir.build import (
    BOOL,
    SMALL,
    at,
    block,
    load,
    local,
    number,
    plus,
    program,
    slot,
    store,
)
from tests.ir.strategies import coroutines

STEP = Label(0, 0)


def put(address: int, value: int, line: int) -> Store:
    return Store(slot(address, SMALL), number(value), SMALL, "place", True, at(line))


def events(made: Program, label: Label = STEP) -> tuple[Event, ...]:
    return Machine(made).replay(made.initial, label).events


def test_lines_and_stores() -> None:
    assert events(with_action(put(0, 2, 4), put(0, 2, 5))) == (
        Ran(at(4)),
        Stored(0, 0, 2, at(4)),
        Ran(at(5)),
        Stored(0, 2, 2, at(5)),
    )


def test_statements_that_stand_nowhere_are_not_lines() -> None:
    assert events(with_action(store(0, number(1)))) == (Stored(0, 0, 1, NOWHERE),)


def test_calls() -> None:
    f = Function("f", (local("k"),), SMALL, (Return(local("k"), at(6)),), at(5))
    call = Evaluate(Call("f", (number(3),), SMALL, pure=False), at(9))
    made = with_action(call, functions=(f,))
    assert events(made) == (Ran(at(9)), Called("f", (3,), at(5)), Ran(at(6)))


def test_choices() -> None:
    numbers = ListType(SMALL)
    pick = Choose(local("x"), Const((2, 1, 2), numbers), "which", at(3))
    made = with_action(pick, store(0, local("x")))
    recording = Machine(made).replay((0, 0), Label(0, 0, (1,)))
    assert recording.choices == (Chosen("which", 1, 1, (2, 1), SMALL, at(3)),)
    assert recording.after == (1, 0)


def test_tasks() -> None:
    made = tasks(block("one", put(0, 1, 2), step="four"), block("four"))
    task = made.tasks[0].name
    assert task == "run[0]"
    first = Machine(made).replay(made.initial, STEP)
    assert first.events == (
        Resumed(0, NOWHERE),
        Ran(at(2)),
        Stored(0, 0, 1, at(2)),
        Suspended(0, Wait.STEP, at(3)),
    )
    assert first.after is not None
    second = Machine(made).replay(first.after, STEP)
    assert second.events == (Resumed(0, NOWHERE), Finished(0, NOWHERE))


def test_restarts_are_stores() -> None:
    made = on_loop(tasks(block("one", step="two"), block("two")))
    made = replace(made, steps=(action(Restart(Const(0, TaskType()), at(7))),))
    recording = Machine(made).replay((0, 0, 2), STEP)
    assert recording.events == (Ran(at(7)), Stored(2, 2, 0, at(7)))


def test_an_error_is_the_last_event() -> None:
    made = with_action(put(0, 1, 2), Assert(Const(False, BOOL), None, at(3)))
    recording = Machine(made).replay((0, 0), STEP)
    assert recording.after is None
    assert recording.error == Erred("assert", "the assertion fails", at(3))
    assert recording.events[-2] == Ran(at(3))


def test_the_start() -> None:
    made = program(init=(put(1, 3, 2),))
    recording = Machine(made).replay(None, Label(-1, 0))
    assert (recording.label, recording.before, recording.after) == ((-1, 0, ()), (0, 0), (0, 3))


@pytest.mark.parametrize("choices", [(), (2,), (0, 0)])
def test_what_is_not_possible_is_not_replayed(choices: tuple[int, ...]) -> None:
    pick = Choose(local("x"), Const((1, 2), ListType(SMALL)), "which")
    with pytest.raises(LookupError):
        Machine(with_action(pick)).replay((0, 0), Label(0, 0, choices))


def test_a_disabled_step_is_not_replayed() -> None:
    made = with_action(Require(Const(False, BOOL)))
    with pytest.raises(LookupError):
        Machine(made).replay((0, 0), STEP)
    finished = tasks(block("one"))
    with pytest.raises(LookupError):
        Machine(finished).replay((0, 0, 1), STEP)


def check_replays(made: Program, states: int) -> None:
    """Every transition of the first states, replayed: it leads where it led."""
    machine = Machine(made)
    pending = [t.target for t in machine.initial() if not isinstance(t.target, ModelError)]
    seen = set(pending)
    for state in pending[:states]:
        for transition in machine.expand(state):
            recording = machine.replay(state, transition.label)
            slots = list(state)
            for event in recording.events:
                if isinstance(event, Stored):
                    assert slots[event.slot] == event.before
                    slots[event.slot] = event.after
            if isinstance(transition.target, ModelError):
                error = recording.error
                assert error is not None
                assert (error.kind, error.message) == (
                    transition.target.kind,
                    transition.target.message,
                )
                continue
            assert recording.after == transition.target
            bases = [c.frame.base for c in made.coroutines]
            places = slice(0, min(bases, default=len(slots)))
            assert tuple(slots[places]) == transition.target[places]
            if transition.target not in seen:
                seen.add(transition.target)
                pending.append(transition.target)


def test_replays_lead_where_steps_led() -> None:
    check_replays(two_phase(3), 288)


def test_replays_of_tasks_lead_where_steps_led() -> None:
    body = (
        Choose(local("x"), Const((1, 2), ListType(SMALL)), "x", at(2)),
        Assign(local("y"), plus(load(0), local("x"))),
        store(0, local("y")),
    )
    check_replays(tasks(block("one", *body, step="one"), members=2), 30)


@settings(max_examples=50, deadline=None)
@given(coroutines())
def test_replays_of_random_programs(source: Program) -> None:
    # The strategy's programs may read what was never bound; front ends see to it.
    with suppress(NameError):
        check_replays(give_frames(map_bodies(source, without_choices)), 5)
