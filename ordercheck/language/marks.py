"""What makes a method a step or a property: decorators that leave the method as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, overload

from ordercheck.language.mistakes import Location, Mistake, here
from ordercheck.language.planned import planned

F = TypeVar("F", bound=Callable[..., Any])
MARK = "__ordercheck_mark__"
"""The attribute of a function that holds its mark."""

DEEPEST = 32
"""The greatest depth of recursion."""

Each = Callable[[Any], Any] | Any
"""Members of a family: an iterable, or a function of `self` that gives one."""


@dataclass(frozen=True, slots=True)
class ActionMark:
    """An atomic guarded step, or a family of them; a turn, if it is a loop's."""

    each: Each = None
    actor: str = ""
    turn: bool = False
    at: Location | None = None


@dataclass(frozen=True, slots=True)
class ProcessMark:
    """A coroutine that is there from the beginning, or a family of them."""

    each: Each = None
    on: str = ""
    daemon: bool = False
    at: Location | None = None
    crashes: int | Callable[[Any], int] = 0
    restarts: bool = True


@dataclass(frozen=True, slots=True)
class PropertyMark:
    """A claim; `kind` is "invariant", "step invariant", "reachable", "constraint", "terminal"."""

    kind: str
    at: Location | None = None


@dataclass(frozen=True, slots=True)
class ScenarioMark:
    """A scripted run, with the parameters that the model is set up with."""

    parameters: Mapping[str, Any]
    at: Location | None = None


Mark = ActionMark | ProcessMark | PropertyMark | ScenarioMark


def mark_of(function: object) -> Mark | None:
    """The mark of a method, if it has one."""
    found = getattr(function, MARK, None)
    return found if isinstance(found, Mark) else None


def _marked(function: F, mark: Mark) -> F:
    setattr(function, MARK, mark)
    return function


@overload
def action(function: F) -> F: ...
@overload
def action(*, each: Each = None, actor: str = "", fair: object = None) -> Callable[[F], F]: ...
def action(
    function: F | None = None, *, each: Each = None, actor: str = "", fair: object = None
) -> Any:
    """An atomic guarded step: one transition for each way its choices can go.

    `each` makes a family: one action for each of its values, given to the method as
    its argument (a tuple's items as several). `actor` names the lifeline in traces.
    """
    _unfair(fair)
    mark = ActionMark(each, actor, at=here())
    return _marked(function, mark) if function else lambda method: _marked(method, mark)


def _unfair(fair: object) -> None:
    if fair is not None:
        planned("fairness is not there yet", "liveness: planned")


@overload
def turn(function: F) -> F: ...
@overload
def turn(*, each: Each = None) -> Callable[[F], F]: ...
def turn(function: F | None = None, *, each: Each = None) -> Any:
    """A loop's action that takes one event and runs it."""
    mark = ActionMark(each, turn=True, at=here())
    return _marked(function, mark) if function else lambda method: _marked(method, mark)


@overload
def process(function: F) -> F: ...
@overload
def process(
    *,
    each: Each = None,
    on: str = "",
    daemon: bool = False,
    crashes: int | Callable[[Any], int] = 0,
    restarts: bool = True,
    fair: object = None,
) -> Callable[[F], F]: ...
def process(
    function: F | None = None,
    *,
    each: Each = None,
    on: str = "",
    daemon: bool = False,
    crashes: int | Callable[[Any], int] = 0,
    restarts: bool = True,
    fair: object = None,
) -> Any:
    """A coroutine, there from the beginning, that runs from one suspension to the next.

    `each` makes a family, `on` names the attribute that holds its loop (free without
    one), and a `daemon` may wait for ever without that being a deadlock. A free one may
    crash where it is suspended, so often in all (a number, or a function of `self`): it
    loses its locals and begins again, or is gone.
    """
    _unfair(fair)
    mark = ProcessMark(each, on, daemon, here(), crashes, restarts)
    return _marked(function, mark) if function else lambda method: _marked(method, mark)


@overload
def scenario(function: F, /) -> F: ...
@overload
def scenario(**parameters: Any) -> Callable[[F], F]: ...
def scenario(function: F | None = None, /, **parameters: Any) -> Any:
    """A scripted run of the model: its unit test. The method's argument is the `Run`.

    `parameters` are the model's; those that are not given have their defaults.
    """
    mark = ScenarioMark(parameters, here())
    return _marked(function, mark) if function else lambda method: _marked(method, mark)


DEPTH = "__ordercheck_depth__"
"""The attribute of a recursive function that holds how deep it may go."""


def recursive(*, depth: int) -> Callable[[F], F]:
    """A function, method or coroutine that may call itself: at most `depth` calls at once.

    One more, by whatever way, is a model error.
    """
    if isinstance(depth, bool) or not isinstance(depth, int) or not 1 <= depth <= DEEPEST:
        raise Mistake(
            "E083",
            f"{depth!r} is no depth of recursion",
            f"a whole number, from 1 to {DEEPEST}",
            "@recursive(depth=4)",
        )

    def mark(function: F) -> F:
        setattr(function, DEPTH, depth)
        return function

    return mark


def depth_of(function: object) -> int | None:
    """How many calls of a function there may be at once; None for one that is not recursive."""
    found = getattr(function, DEPTH, None)
    return found if isinstance(found, int) else None


def invariant(function: F) -> F:
    """A claim about each state."""
    return _marked(function, PropertyMark("invariant", here()))


def step_invariant(function: F) -> F:
    """A claim about each step: the method's argument is the model as it was before."""
    return _marked(function, PropertyMark("step invariant", here()))


def reachable(function: F) -> F:
    """Some state must be like this: guards against models in which nothing happens."""
    return _marked(function, PropertyMark("reachable", here()))


def constraint(function: F) -> F:
    """States where this is false are checked, but nothing is explored beyond them."""
    return _marked(function, PropertyMark("constraint", here()))


def terminal(function: F) -> F:
    """States where this is true may be the end of everything."""
    return _marked(function, PropertyMark("terminal", here()))


def implies(antecedent: bool, consequent: bool) -> bool:
    """Whether the consequent is true wherever the antecedent is (both are evaluated)."""
    return not antecedent or consequent
