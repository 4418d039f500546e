"""Tasks: how they run, suspend, resume one another and end."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import Phase, assume, given, settings

from ordercheck.engines.interpreter import Machine
from ordercheck.engines.transition import ModelError
from ordercheck.ir.bodies import flat_map, map_bodies, map_statement
from ordercheck.ir.nodes import (
    MEMBER,
    Assign,
    Block,
    Body,
    Branch,
    Choose,
    Const,
    Coroutine,
    Current,
    Fail,
    Field,
    Goto,
    If,
    Local,
    Op,
    Program,
    Raise,
    Require,
    Restart,
    Resume,
    Stmt,
    Store,
    Suspend,
    Wait,
)
from ordercheck.ir.passes import give_frames
from ordercheck.ir.types import IntType, TaskType
from tests.engines.run import action, results, tasks
from tests.ir.build import (
    BOOL,
    INT,
    OOPS,
    SMALL,
    apply,
    assign,
    at,
    block,
    branch,
    element,
    equal,
    load,
    local,
    member,
    number,
    plus,
    program,
    store,
)
from tests.ir.stepper import GivenUp, Stepper
from tests.ir.strategies import coroutines

TASK = TaskType()
DONE = 1


def wait(label: str, kind: Wait, following: str, *body: Stmt) -> Block:
    return Block(label, body, Suspend(kind, following, at(len(label))))


def resume(task: int, line: int = 3) -> Resume:
    return Resume(Const(task, TASK), at(line))


def add(address: int, by: int) -> Store:
    return store(address, plus(load(address), number(by)))


def all_states(made: Program) -> list[tuple[object, ...]]:
    """Reachable states, breadth first; none of the steps may fail."""
    machine = Machine(made)
    found: dict[tuple[object, ...], None] = dict.fromkeys(
        t.target for t in machine.initial() if not isinstance(t.target, ModelError)
    )
    pending = list(found)
    for state in pending:
        for transition in machine.expand(state):
            assert not isinstance(transition.target, ModelError), transition.target.message
            if transition.target not in found:
                found[transition.target] = None
                pending.append(transition.target)
    return pending


def test_a_step_runs_to_the_next_suspension() -> None:
    made = tasks(block("one", add(0, 1), step="two"), block("two", add(0, 2)))
    assert all_states(made) == [(0, 0, 0), (1, 0, 2), (3, 0, DONE)]


def test_members_have_frames_of_their_own() -> None:
    mine = element(0, member(2), 2)
    made = tasks(block("one", Store(mine, number(3), SMALL)), members=2)
    assert set(all_states(made)) == {(0, 0, 0, 0), (3, 0, 1, 0), (0, 3, 0, 1), (3, 3, 1, 1)}


def test_until_is_enabled_when_its_first_requirement_holds() -> None:
    made = tasks(
        wait("one", Wait.UNTIL, "two"), block("two", Require(equal(load(0), number(1))), add(1, 1))
    )
    assert results(made, (0, 0, 2)) == []
    assert results(made, (1, 0, 2)) == [(1, 1, DONE)]


def test_a_parked_task_goes_on_only_when_resumed() -> None:
    made = tasks(wait("one", Wait.PARK, "two", add(0, 1)), block("two", add(0, 2)))
    (parked,) = results(made)
    assert parked == (1, 0, 2)
    assert results(made, parked) == []
    resumed = replace(made, steps=(action(resume(0)),))
    assert results(resumed, parked) == [(3, 0, DONE)]


def test_tasks_run_one_another() -> None:
    """Task 0 resumes task 1, which runs to its suspension, then goes on itself."""
    first = equal(member(2), number(0))
    order = Assign(local("x"), plus(load(0), number(1)))
    made = tasks(
        branch("entry", first, "zero", "one"),
        block("zero", resume(1), order, store(0, local("x"))),
        block("one", store(1, load(0)), step="over"),
        block("over"),
        members=2,
    )
    made = replace(made, steps=(action(resume(0)),))
    assert results(made) == [(1, 0, DONE, 2)]


@pytest.mark.parametrize("member_", [0, 1])
def test_current_is_the_task_that_runs(member_: int) -> None:
    made = tasks(
        block("entry", Store(Const(0, INT), Current(TASK), TASK)),
        members=2,
        slots=(TASK, SMALL),
    )
    made = replace(made, steps=(action(resume(member_)),))
    (state,) = results(made)
    assert not isinstance(state, ModelError)
    assert state[0] == member_


def test_current_after_a_nested_resume_is_the_resumer_again() -> None:
    first = equal(member(2), number(0))
    made = tasks(
        branch("entry", first, "zero", "one"),
        block("zero", resume(1), Store(Const(0, INT), Current(TASK), TASK)),
        block("one", Store(Const(1, INT), Current(TASK), TASK)),
        members=2,
        slots=(TASK, TASK),
        initial=(1, 0),
    )
    made = replace(made, steps=(action(resume(0)),))
    assert results(made) == [(0, 1, DONE, DONE)]


def error(made: Program, state: tuple[object, ...] | None = None) -> ModelError:
    (found,) = results(made, state)
    assert isinstance(found, ModelError)
    return found


def test_a_finished_task_cannot_be_resumed() -> None:
    made = replace(tasks(block("entry")), steps=(action(resume(0, 8)),))
    found = error(made, (0, 0, DONE))
    assert (found.kind, found.span) == ("task", at(8))
    assert found.message == "run[0] cannot be resumed: it has finished"


def test_a_running_task_cannot_be_resumed_or_restarted() -> None:
    found = error(tasks(block("entry", resume(0, 6))))
    assert (found.kind, found.span) == ("task", at(6))
    assert found.message == "run[0] cannot be resumed: it is running"
    restarted = error(tasks(block("entry", Restart(Const(0, TASK), at(7)))))
    assert (restarted.kind, restarted.span) == ("task", at(7))


def test_after_an_error_the_next_step_runs_afresh() -> None:
    fails = If(equal(member(2), number(0)), (Fail("pool", "no room", at(2)),))
    made = tasks(block("entry", fails, add(0, 1)), members=2)
    machine = Machine(made)
    first, second = machine.expand(made.initial)
    assert isinstance(first.target, ModelError)
    assert second.target == (1, 0, 0, DONE)


def test_an_exception_that_leaves_a_task_is_an_error() -> None:
    oops = Raise(apply(Op.STRUCT, number(1), kind=OOPS), at(9))
    found = error(tasks(block("entry", oops)))
    assert (found.kind, found.span) == ("exception", at(9))


def test_blocks_have_handlers() -> None:
    oops = Raise(apply(Op.STRUCT, number(2), kind=OOPS), at(9))
    code = Field(Local("e", OOPS), 0, SMALL)
    made = tasks(
        block("entry", add(0, 1), oops, handler="except", caught=Local("e", OOPS)),
        block("except", store(1, code)),
    )
    assert results(made) == [(1, 2, DONE)]


def test_a_loop_of_blocks_without_suspension_is_an_error() -> None:
    again = Branch(Const(True, BOOL), "test", "entry", at(5))
    made = tasks(Block("entry", (), Goto("test")), Block("test", (), again))
    found = error(made)
    assert (found.kind, found.span) == ("rounds", at(5))


def test_rounds_are_counted_from_the_loop_s_beginning() -> None:
    """60 loops of 200 rounds each are fewer than 10,000 of any."""
    wide = IntType(0, 20_000)
    made = tasks(
        block("entry", assign("i", number(0), wide), goto="outer"),
        branch("outer", apply(Op.LT, local("i", wide), number(60)), "begin", "end"),
        block("begin", assign("j", number(0), wide), goto="inner"),
        branch("inner", apply(Op.LT, local("j", wide), number(200)), "body", "next"),
        block("body", assign("j", plus(local("j", wide), number(1)), wide), goto="inner"),
        block("next", assign("i", plus(local("i", wide), number(1)), wide), goto="outer"),
        block("end", store(0, number(1))),
    )
    assert results(made) == [(1, 0, DONE)]


def test_many_blocks_are_found() -> None:
    blocks = [block(f"b{k}", step=f"b{k + 1}") for k in range(40)]
    made = tasks(*blocks, block("b40", store(0, number(3))))
    state = made.initial
    for _ in range(41):
        (following,) = results(made, state)
        assert not isinstance(following, ModelError)
        state = following
    assert state == (3, 0, DONE)


# --- against a stepper that walks the blocks -------------------------------------------


def without_choices(body: Body) -> Body:
    def fixed(statement: Stmt) -> Body:
        if isinstance(statement, Choose):
            return (Assign(statement.target, number(2)),)
        return (map_statement(statement, body=without_choices),)

    return flat_map(body, fixed)


def labels_of(coroutine: Coroutine) -> dict[int, str]:
    points = {k: point.label for k, point in enumerate(coroutine.points)}
    return {**points, DONE: ""}


@settings(max_examples=300, deadline=None, phases=[Phase.generate])
@given(coroutines())
def test_steps_are_those_of_a_plain_stepper(source: Program) -> None:
    framed = give_frames(map_bodies(source, without_choices))
    machine = Machine(framed)
    labels = labels_of(framed.coroutines[0])
    state = framed.initial
    base = framed.coroutines[0].frame.base
    try:
        for label, slots in Stepper(framed).steps(8):
            transitions = [t for t in machine.expand(state) if t.label.binding == 0]
            assert len(transitions) == 1
            target = transitions[0].target
            assert not isinstance(target, ModelError), target.message
            # The stepper leaves the point alone.
            assert (labels[target[base]], target[:base]) == (label, slots[:base])
            assert target[base + 1 :] == slots[base + 1 :]
            state = target
    except GivenUp:
        pass
    except NameError:
        # The strategy's programs may read what was never bound; front ends see to it.
        assume(False)


def test_member_is_a_local() -> None:
    made = tasks(
        block("entry", Store(Const(0, INT), Local(MEMBER, IntType(0, 2)), SMALL)), members=3
    )
    assert [t[0] for t in results(made) if not isinstance(t, ModelError)] == [0, 1, 2]


def test_a_program_of_no_tasks_is_a_program() -> None:
    assert all_states(program()) == [(0, 0)]
