"""Variables: single values that steps assign."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar, cast

from ordercheck.language.domains import Choice, Domain, check_bounds
from ordercheck.language.mistakes import Location, Mistake, here
from ordercheck.language.places.place import Place
from ordercheck.language.places.pools import Pool
from ordercheck.language.planned import planned

T = TypeVar("T")


BOUNDS = "say it: integer(0, lo=0, hi=7), range(8), Annotated[int, Range(0, 7)]"


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    """A declared variable: the domain, the initial value (or a Choice of them), and where."""

    domain: object
    initial: Any
    at: Location | None
    ghost: bool = False
    durable: bool = False


def variable(domain: Domain[T] | Any, initial: T) -> T:
    """A variable with values of any domain."""
    return cast(T, Variable(domain, initial, here()))


def integer(initial: int = 0, *, lo: int | None = None, hi: int | None = None) -> int:
    """A variable with integers from `lo` to `hi`, inclusive; both must be given."""
    if lo is None or hi is None:
        planned("integers without bounds are not there yet", "how large can this get?", BOUNDS)
    check_bounds(lo, hi, "integer(0, lo=0, hi=7)")
    if not isinstance(initial, Choice) and not (isinstance(initial, int) and lo <= initial <= hi):
        raise Mistake(
            "E015",
            f"the initial value {initial} is not between {lo} and {hi}",
            "outside its own range",
            f"integer({lo}, lo={lo}, hi={hi})",
        )
    return cast(int, Variable(range(lo, hi + 1), initial, here()))


def boolean(initial: bool = False) -> bool:
    """A variable that is True or False."""
    return cast(bool, Variable(bool, initial, here()))


def ghost(declared: T) -> T:
    """The variable, or the place, as a ghost: steps may write it, only properties read it."""
    if isinstance(declared, Place) and not isinstance(declared, Pool):
        declared._ghost = True
        return declared
    if not isinstance(declared, Variable):
        raise Mistake(
            "E016",
            "only a variable or a place can be a ghost",
            help="ghost(integer(0, lo=0, hi=9))",
        )
    return cast(T, Variable(declared.domain, declared.initial, declared.at, ghost=True))
