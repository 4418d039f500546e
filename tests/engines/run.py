"""Short ways to run hand-made programs."""

from __future__ import annotations

from dataclasses import replace

from ordercheck.engines.interpreter import Machine
from ordercheck.engines.transition import ModelError, State
from ordercheck.ir.nodes import (
    Block,
    Body,
    Choose,
    Const,
    Function,
    Local,
    Program,
    Step,
    StepKind,
    TaskInfo,
)
from ordercheck.ir.passes import give_frames
from ordercheck.ir.types import ListType, Type, Value
from tests.ir.build import SMALL, at, local, number, program, store


def action(
    *body: object,
    parameters: tuple[Local, ...] = (),
    bindings: tuple[tuple[Value, ...], ...] = ((),),
) -> Step:
    actors = tuple(f"act[{k}]" for k in range(len(bindings)))
    return Step("act", StepKind.ACTION, parameters, bindings, actors, body, at(1))  # type: ignore[arg-type]


def with_action(
    *body: object,
    slots: tuple[Type, ...] = (SMALL, SMALL),
    initial: tuple[Value, ...] | None = None,
    functions: tuple[Function, ...] = (),
    clean: Body = (),
) -> Program:
    """A program whose one step is these statements."""
    made = program(slots=slots, initial=initial, functions=functions, steps=(action(*body),))
    return replace(made, clean=clean)


def endless(choices: int) -> Program:
    """A program whose one step chooses so many times, between two each time."""
    either = Const((0, 1), ListType(SMALL, 2))
    each = [Choose(local(f"x{k}"), either, f"x{k}") for k in range(choices)]
    return with_action(*each, store(0, number(1)))


def results(made: Program, state: State | None = None) -> list[State | ModelError]:
    """Where the transitions from a state lead; from Program.initial, if none is given."""
    machine = Machine(made)
    return [t.target for t in machine.expand(made.initial if state is None else state)]


def outcome(*body: object, **parts: object) -> State:
    """The one state after a step with these statements."""
    (state,) = results(with_action(*body, **parts))  # type: ignore[arg-type]
    assert not isinstance(state, ModelError), state.message
    return state


def failure(*body: object, **parts: object) -> ModelError:
    """The one model error of a step with these statements."""
    (error,) = results(with_action(*body, **parts))  # type: ignore[arg-type]
    assert isinstance(error, ModelError)
    return error


def tasks(*blocks: Block, members: int = 1, **parts: object) -> Program:
    """A program of free tasks of one coroutine, with frames."""
    return give_frames(program(*blocks, members=members, **parts))  # type: ignore[arg-type]


def on_loop(made: Program) -> Program:
    """The same with its tasks on a loop, and no step that resumes them."""
    infos = tuple(TaskInfo(t.name, t.coroutine, t.member, loop=0) for t in made.tasks)
    return replace(made, tasks=infos, steps=tuple(s for s in made.steps if s.name != "run"))
