"""Crashes: which components may crash and how often, and what outlives a crash."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast, overload

from ordercheck.language.domains import Choice
from ordercheck.language.mistakes import Location, Mistake, here
from ordercheck.language.model import Component, Model
from ordercheck.language.places import Place, Variable

C = TypeVar("C", bound=Component)
T = TypeVar("T")
BUDGET = "_crashes"
"""The attribute of a component that says how it may crash."""


@dataclass(frozen=True, slots=True, eq=False)
class Crashing:
    """`times` crashes in all, of the components that share this; each `restarts` or is gone."""

    times: int
    restarts: bool
    at: Location | None


@overload
def crashing(component: C, /, *, times: int = 1, restarts: bool = True) -> C: ...
@overload
def crashing(component: list[C], /, *, times: int = 1, restarts: bool = True) -> list[C]: ...
def crashing(component: Any, /, *, times: int = 1, restarts: bool = True) -> Any:
    """A component that may crash between any two steps, or several that share the `times`.

    What it holds that is not `durable` takes its initial value, its processes and those
    on its loops begin again, or are gone. `times` is often a parameter; 0: never.
    """
    given = component if isinstance(component, list) else [component]
    for each in given:
        if not isinstance(each, Component) or isinstance(each, Model):
            raise Mistake(
                "E095",
                "only a component can crash",
                "not this",
                "self.server = crashing(Server(), times=1)",
            )
    if isinstance(times, bool) or not isinstance(times, int) or times < 0:
        raise Mistake("E095", f"{times!r} is no number of crashes", "how often at most?", "times=1")
    found = Crashing(times, bool(restarts), here())
    for each in given:
        object.__setattr__(each, BUDGET, found)
    return component


def durable(declared: T) -> T:
    """A variable or place that outlives crashes: what is on disk."""
    match declared:
        case Place():
            declared._durable = True
            return declared
        case Variable():
            return cast(T, replace(declared, durable=True))
        case Choice():
            return cast(T, Variable(declared, declared, here(), durable=True))
        case _:
            raise Mistake(
                "E095",
                "only a variable or a place can be durable",
                "this is a constant, or a component",
                "durable(integer(0, lo=0, hi=9))",
            )
