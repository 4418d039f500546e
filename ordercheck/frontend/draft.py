"""A model on its way to a Program: what has been made so far, and what its makers share."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from ordercheck.frontend.loading import authors_errors
from ordercheck.frontend.operands import Operand
from ordercheck.frontend.scope import Refused, Scope
from ordercheck.frontend.source import class_span, diagnostic_of
from ordercheck.frontend.unit import Unit, start_parameters
from ordercheck.frontend.values import Values
from ordercheck.frontend.world import World
from ordercheck.ir import nodes as ir
from ordercheck.ir.record import dataclass, field
from ordercheck.ir.span import Diagnostic, Span
from ordercheck.language.domains import few
from ordercheck.language.marks import ProcessMark
from ordercheck.language.mistakes import Mistake
from ordercheck.language.model import Component

MEMBERS = 10_000
"""The most members of a family: each may take a step of its own in every state."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process of a component: its method, members and loop."""

    component: int
    name: str
    function: Callable[..., Any]
    mark: ProcessMark
    members: tuple[object, ...]
    first_task: int
    loop: Component | None


@dataclass(frozen=True, slots=True)
class Crash:
    """What may crash at once: components, and the processes that are lost with them.

    `owner` is its name, `budget` the slot with the crashes that are left; `down` is the
    slot that says that it is gone for good, where it does not restart.
    """

    owner: str
    components: tuple[int, ...]
    tasks: tuple[int, ...]
    restarts: bool
    budget: int
    span: Span
    down: int | None = None


@dataclass(slots=True)
class Draft:
    """The parts of a Program, in the making."""

    world: World
    unit: Unit
    processes: list[Process] = field(default_factory=list)
    coroutines: list[ir.Coroutine] = field(default_factory=list)
    tasks: list[ir.TaskInfo] = field(default_factory=list)
    steps: list[ir.Step] = field(default_factory=list)
    properties: list[ir.Property] = field(default_factory=list)
    crashes: list[Crash] = field(default_factory=list)


def members_of(draft: Draft, each: Any, component: Component, mark: Any) -> tuple[object, ...]:
    """What `each` gives, for one component; a single None where there is no family."""
    if each is None:
        return (None,)
    if callable(each) and not isinstance(each, type):
        try:
            inspect.signature(each).bind(component)
        except (TypeError, ValueError):
            raise _no_family("each is a collection, or a function of self", mark) from None
        with authors_errors(f"each of {type(component).__name__} fails", "E008"):
            each = each(component)
    if not isinstance(each, Iterable):
        raise _no_family("each gives the members of a family, one by one", mark)
    try:
        return few(each, MEMBERS)
    except Mistake as mistake:
        mistake.at = mark.at
        raise


def _no_family(headline: str, mark: Any) -> Mistake:
    return Mistake(
        "E025", headline, "this is no collection", "each=lambda self: range(self.n)", mark.at
    )


@contextmanager
def reported(draft: Draft) -> Iterator[None]:
    """Keep a mistake in how a part is declared, and go on with the next part."""
    try:
        yield
    except Mistake as mistake:
        # What the library declares stands nowhere in the author's files.
        draft.unit.report(diagnostic_of(mistake, class_span(type(draft.world.model))))


def own_name(draft: Draft, scope: Scope, node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """The name of a method's first parameter; reported where it has none, or more than names."""
    given = node.args
    if not given.args:
        what, help = f"{node.name} takes no self", f"def {node.name}(self): …"
    elif given.vararg or given.kwarg or given.kwonlyargs or given.posonlyargs:
        what, help = f"the parameters of {node.name} are not plain names", ""
    else:
        return given.args[0].arg
    at = head(scope, node)
    draft.unit.report(Diagnostic("E030", what, at, "a step is a method of its component", help))
    return given.args[0].arg if given.args else "self"


def show_value(draft: Draft, value: object) -> str:
    """A member of a family as labels show it."""
    if isinstance(value, Component):
        found = draft.world.component_id(value)
        return draft.world.infos[found].path if found is not None else repr(value)
    return getattr(value, "name", None) or repr(value)


def check_arity(
    draft: Draft,
    names: list[str],
    rows: list[tuple[Any, ...]],
    scope: Scope,
    node: ast.FunctionDef | ast.AsyncFunctionDef,
) -> bool:
    """Whether all members fit the parameters of their method; one that does not is reported."""
    for row in rows:
        if len(row) != len(names):
            what = f"each gives {len(row)} values, the method takes {len(names)}"
            label = "one argument for each value"
            if not row:
                what, label = f"nothing gives {node.name} its arguments", "each=… would"
            draft.unit.report(Diagnostic("E025", what, head(scope, node), label))
            return False
    return True


def start(scope: Values, operands: dict[str, Operand], node: ast.AST) -> None:
    """Bind the parameters of what a scope lowers."""
    guarded(scope, lambda: start_parameters(scope, operands, node))


def guarded(scope: Scope, run: Callable[[], None]) -> None:
    """Lower something outside any statement; a refusal is kept."""
    try:
        run()
    except Refused as refused:
        if refused.diagnostic is not None:
            scope.reports.append(refused.diagnostic)


def head(scope: Scope, node: ast.AST) -> Span:
    """The first character of a definition: where steps and properties are said to stand."""
    span = scope.span(node)
    return Span(span.file, span.line, span.column, span.line, span.column + 1)
