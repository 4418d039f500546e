"""What a model's set-up made, found by walking over its objects."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import cache
from typing import Any

from ordercheck.language import Component, Pool, TaskPool
from ordercheck.language.marks import ActionMark, ProcessMark, mark_of
from ordercheck.language.model import Model
from ordercheck.language.places import Place

SKIPPED = frozenset({"_declared", "_at", "_domain", "_failures", "_joins", "_listeners"})


def components(root: Component, path: str = "") -> dict[str, Component]:
    """All components that are reached from one, by their paths; not what is in pools."""
    found: dict[str, Component] = {}
    known: set[int] = set()

    def visit(path: str, value: object) -> None:
        match value:
            case Component():
                if id(value) in known:
                    return
                known.add(id(value))
                found[path] = value
                for name, part in vars(value).items():
                    if name not in SKIPPED and name not in declared(value):
                        visit(f"{path}.{name}" if path else name, part)
            case list() | tuple():
                for k, item in enumerate(value):
                    visit(f"{path}[{k}]", item)
            case dict():
                for key, item in value.items():
                    visit(f"{path}[{key!r}]", item)

    visit(path, root)
    return found


def task_pools(root: Component) -> dict[int, str]:
    """The pools of tasks, by their ids, with their paths."""
    found: dict[int, str] = {}

    def visit(path: str, value: object) -> None:
        match value:
            case TaskPool():
                found[id(value)] = path
            case list() | tuple():
                for k, item in enumerate(value):
                    visit(f"{path}[{k}]", item)
            case dict():
                for key, item in value.items():
                    visit(f"{path}[{key!r}]", item)

    for owner, component in components(root).items():
        for name, part in vars(component).items():
            if name not in SKIPPED and name not in declared(component):
                visit(f"{owner}.{name}" if owner else name, part)
    return found


def declared(component: Component) -> dict[str, Any]:
    """The variables that set-up declared, by name."""
    found: dict[str, Any] = component.__dict__.get("_declared", {})
    return found


def owned(component: Component) -> Iterator[tuple[str, Place | None]]:
    """The variables (None) and places of a component itself, with their paths in it."""
    for name, value in vars(component).items():
        if name in SKIPPED:
            continue
        if name in declared(component):
            yield name, None
        else:
            yield from _places(name, value)


def _places(path: str, value: object) -> Iterator[tuple[str, Place]]:
    match value:
        case Pool():
            return
        case Place():
            yield path, value
        case list() | tuple():
            for k, item in enumerate(value):
                yield from _places(f"{path}[{k}]", item)
        case dict():
            for key, item in value.items():
                yield from _places(f"{path}[{key!r}]", item)


def marked(component: Component) -> dict[str, ActionMark | ProcessMark]:
    """The actions and processes of a component, base classes first."""
    owner: Any = type(component)
    return _marked(owner)


@cache
def _marked(owner: Any) -> dict[str, ActionMark | ProcessMark]:
    names: dict[str, None] = {}
    for base in reversed(inspect.getmro(owner)):
        names.update(dict.fromkeys(vars(base)))
    marks = {name: mark_of(inspect.getattr_static(owner, name)) for name in names}
    return {n: mark for n, mark in marks.items() if isinstance(mark, ActionMark | ProcessMark)}


def members(mark: ActionMark | ProcessMark, component: Component) -> tuple[Any, ...]:
    """The members of a family."""
    each = mark.each
    if each is None:
        return (None,)
    given = each(component) if callable(each) and not isinstance(each, type) else each
    return tuple(given)


def arguments(mark: ActionMark | ProcessMark, function: Any, member: Any) -> tuple[Any, ...]:
    """What one member's method is called with."""
    if mark.each is None:
        return ()
    count = function.__code__.co_argcount - 1
    return member if isinstance(member, tuple) and count != 1 else (member,)


def made(model: type[Model], parameters: dict[str, Any]) -> Model:
    """A model after set-up."""
    instance = model(**parameters)
    instance.setup()
    return instance
