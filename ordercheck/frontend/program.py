"""From a model class and its parameters to a Program: the front end's whole way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ordercheck.frontend.crashes import find_crashes, lower_crashes
from ordercheck.frontend.crews import allocate_arguments, find_crews, lower_crews
from ordercheck.frontend.draft import Draft
from ordercheck.frontend.ghosts import check_ghosts
from ordercheck.frontend.initial import initial_statements
from ordercheck.frontend.loading import (
    authors_errors,
    authors_errors_inside,
    check_declarations,
    check_parameters,
)
from ordercheck.frontend.past import MIXED, MIXED_HELP, MIXED_LABEL, Mixed, forgotten
from ordercheck.frontend.processes import (
    allocate_lives,
    find_processes,
    lower_process,
    size_task_lists,
)
from ordercheck.frontend.properties import own_properties, spec_properties
from ordercheck.frontend.spawning import Spawns
from ordercheck.frontend.steps import lower_steps
from ordercheck.frontend.texts import expression_property, watch
from ordercheck.frontend.unit import Unit
from ordercheck.frontend.vats import find_vats
from ordercheck.frontend.world import build
from ordercheck.ir import nodes as ir
from ordercheck.ir.collecting import no_collecting
from ordercheck.ir.passes import prepare
from ordercheck.ir.span import Diagnostic
from ordercheck.language.model import Model, Spec
from ordercheck.language.texts import in_python


def compile_model(
    model: type[Model],
    parameters: Mapping[str, object],
    specs: Iterable[type[Spec[Any]]] = (),
    invariants: Iterable[str] = (),
    watches: Iterable[str] = (),
) -> ir.Program:
    """A model with these parameters as a Program that engines take.

    `specs` are added to the model's own; `invariants` and `watches` are expressions
    in which `self` is the model. Raises BadInput with every mistake found.
    """
    check_declarations(model)
    check_parameters(model, parameters)
    headline = f"set-up of {model.__name__} fails"
    with authors_errors(headline, "E008"):
        made = model(**parameters)
        made.setup()
    with no_collecting():  # a seventh of the time, and there are hardly any cycles
        with authors_errors_inside(headline):
            program = _settled(made, (*model.specs, *specs), tuple(invariants), tuple(watches))
            check_ghosts(program)
        return prepare(program)


def _settled(
    made: Model,
    specs: tuple[type[Spec[Any]], ...],
    invariants: tuple[str, ...],
    watches: tuple[str, ...],
) -> ir.Program:
    """The program, lowered again where lowering it found what is cancelled, or spawned where."""
    cancelled: frozenset[int] = frozenset()
    spawns = Spawns()
    while True:
        world = build(made)
        draft = Draft(world, Unit(world, spawns=spawns))
        draft.unit.endings.expected = cancelled
        spawns.changed = False
        program = _program(draft, specs, invariants, watches)
        if program is None:
            continue
        draft.unit.found.check()
        if cancelled >= draft.unit.endings.cancelled:
            return program
        cancelled |= draft.unit.endings.cancelled


def _program(
    draft: Draft,
    specs: tuple[type[Spec[Any]], ...],
    invariants: tuple[str, ...],
    watches: tuple[str, ...],
) -> ir.Program | None:
    """Everything, not yet prepared; None where it has to be lowered again."""
    find_processes(draft)
    find_crews(draft)
    on = [(p.component, p.loop) for p in draft.processes if p.loop is not None]
    draft.unit.vats = find_vats(draft.world, on, draft.tasks)
    size_task_lists(draft)
    find_crashes(draft)
    allocate_lives(draft)
    allocate_arguments(draft)
    for process in draft.processes:
        lower_process(draft, process)
    lower_steps(draft)
    lower_crews(draft)
    lower_crashes(draft)
    own_properties(draft)
    for spec in specs:
        spec_properties(draft, spec)
    for text in invariants:
        expression_property(draft, text)
    watched = tuple((text, watch(draft, text)) for text in dict.fromkeys(watches))
    world = draft.world
    model = type(world.model)
    if draft.unit.spawns.changed:
        return None
    draft.unit.found.check()
    init = initial_statements(draft)
    functions = _without_marks(draft)
    draft.unit.found.check()
    return ir.Program(
        name=model.__name__,
        slots=tuple(world.slots),
        initial=tuple(world.initial),
        places=tuple(world.places),
        components=tuple(world.infos),
        functions=functions,
        coroutines=tuple(draft.coroutines),
        tasks=tuple(draft.tasks),
        steps=tuple(draft.steps),
        properties=tuple(draft.properties),
        init=init,
        deadlock=model.deadlock,
        parameters=tuple(
            (p.name, in_python(getattr(world.model, p.name))) for p in model.declared_parameters()
        ),
        watches=watched,
        pools=tuple(
            ir.Pool(pool.path, pool.entries, pool.used, pool.slots, _tasks_of(draft, key))
            for key, pool in world.pools.items()
        ),
    )


def _without_marks(draft: Draft) -> tuple[ir.Function, ...]:
    """The functions, without what only lowering step invariants has to know."""
    functions = tuple(draft.unit.functions)
    if all(each.kind is not ir.PropertyKind.STEP_INVARIANT for each in draft.properties):
        return functions  # nothing has been marked; looking takes an eighth of all lowering
    found: list[ir.Function] = []
    for function in functions:
        try:
            found.append(forgotten(function))
        except Mixed as mixed:
            draft.unit.report(Diagnostic("E100", MIXED, mixed.args[0], MIXED_LABEL, MIXED_HELP))
    return tuple(found)


def _tasks_of(draft: Draft, pool: int) -> tuple[int, ...]:
    """The tasks of a pool; none for one of components alone."""
    return draft.unit.crews[pool].tasks if pool in draft.unit.crews else ()
