"""In which orders a model's log can be filled: all ways to the end, tried one by one."""

from __future__ import annotations

from typing import Any

from ordercheck import Model
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.transition import ModelError, State
from ordercheck.frontend import compile_model
from ordercheck.ir.validator import validate


def orders(model: type[Model], log: str, **parameters: Any) -> set[tuple[Any, ...]]:
    """What a log holds in the states in which nothing can go on; all must be at rest."""
    program = compile_model(model, parameters)
    validate(program)
    machine = Machine(program)
    slot = next(place.slot for place in program.places if place.path == log)
    todo: list[State] = []
    seen: set[State] = set()
    found: set[tuple[Any, ...]] = set()

    def visit(target: State | ModelError) -> None:
        assert not isinstance(target, ModelError), target
        if target not in seen:
            seen.add(target)
            todo.append(target)

    for each in machine.initial():
        visit(each.target)
    while todo:
        state = todo.pop()
        following = machine.expand(state)
        for each in following:
            visit(each.target)
        if not following:
            assert machine.at_rest(state)
            found.add(state[slot])
    return found
