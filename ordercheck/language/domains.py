"""What the state is made of: the ways to say which values a variable may have.

A *domain* is given as one of: a Python type (`bool`, an Enum class, a struct class,
`T | None`, `tuple[A, B]`, `frozenset[A]`, `Annotated[int, Range(0, 7)]`, `Literal`,
`Task`), a `range`, `Ids(n)`, `optional(D)`, `either(D, …)`, `pair(D, …)`,
`listing(D, capacity)`, `subset(D)`, a component or several, or any other iterable of
values. The front end makes a type of it.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from functools import lru_cache
from itertools import islice
from typing import Annotated, Any, Generic, Literal, TypeVar, cast, dataclass_transform, overload

from ordercheck.language.mistakes import Location, Mistake
from ordercheck.language.numbered import Numbered
from ordercheck.language.runtime import Misfit, active

T = TypeVar("T")

LARGEST = 100_000
"""The most values, items or members that anything may have that is gone through one by one."""
MOST_STARTS = 1_000_000
"""The most options of one choice in set-up: the first states of a model may be many."""
SMALLER = "make it smaller: what goes wrong most often does so with few values"


@dataclass(frozen=True, slots=True)
class Range:
    """The integers from `lo` to `hi`, inclusive: for `Annotated[int, Range(0, 7)]`."""

    lo: int
    hi: int

    def __post_init__(self) -> None:
        check_bounds(self.lo, self.hi, "Range(0, 7)")


class Ids(Sequence[int]):
    """`n` identities, 0 to n - 1, that a model only compares: it does not matter which is which."""

    def __init__(self, n: int) -> None:
        self.n = n

    def __len__(self) -> int:
        return self.n

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[int]: ...
    def __getitem__(self, index: int | slice) -> int | Sequence[int]:
        """The index-th identity."""
        return range(self.n)[index]


@dataclass(frozen=True, slots=True)
class Composite(Generic[T]):
    """A domain made of others: `kind` is "either", "pair", "listing" or "subset"."""

    kind: str
    parts: tuple[object, ...]
    capacity: int = 0

    def __iter__(self) -> Iterator[T]:
        """A domain is iterable to type checkers only."""
        raise Mistake("E013", "this domain cannot be iterated over in set-up")


Domain = type[T] | Iterable[T]


def check_bounds(lo: object, hi: object, right: str) -> None:
    """Raise Mistake unless these are the bounds of a range of integers that engines can hold."""
    if not isinstance(lo, int) or not isinstance(hi, int):
        raise Mistake("E024", f"{lo!r} to {hi!r} is no range", "two whole numbers", right)
    if lo > hi:
        raise Mistake("E022", f"{lo} to {hi} is an empty range", "no value fits here", right)
    if not -(1 << 63) < lo <= hi < 1 << 63:
        raise Mistake("E029", "numbers have at most 63 bits", "beyond what engines hold", right)


def checked_size(given: object, least: int = 0, code: str = "E012") -> int:
    """The size or capacity of a place; raises Mistake where it can be none."""
    if not isinstance(given, int) or given < least:
        raise Mistake(
            code,
            f"{given!r} is no number of items",
            f"a whole number, at least {least}",
            "capacity=4",
        )
    if given > LARGEST:
        raise Mistake("E029", f"more than {LARGEST:,} items", "too many to be tried", SMALLER)
    return given


def few(values: Iterable[T], most: int = LARGEST) -> tuple[T, ...]:
    """The values, not too many of them; raises Mistake otherwise, for endless ones too."""
    found = tuple(islice(values, most + 1))
    if len(found) > most:
        raise Mistake("E029", f"more than {most:,} values", "too many to be tried", SMALLER)
    return in_fixed_order(found) if isinstance(values, set | frozenset) else found


def in_fixed_order(values: Iterable[T]) -> tuple[T, ...]:
    """A set's members, in the same order in each process.

    Python hashes texts by chance, and functions and classes by their addresses.
    """
    return tuple(sorted(values, key=_rank))


def _rank(value: object) -> tuple[str, Any]:
    """What tells a value from others of its kind, and can be compared."""
    match value:
        case Enum():
            return type(value).__qualname__, value.name
        case bool() | int():
            return "int", value
        case str():
            return "str", value
        case tuple():
            return "tuple", [_rank(each) for each in value]
        case set() | frozenset():
            return "set", sorted(map(_rank, value))
        case Numbered():
            return "component", hash(value)
        case type() | types.FunctionType():
            return "name", (value.__module__, value.__qualname__)
        case _ if is_dataclass(value):
            return type(value).__qualname__, [_rank(getattr(value, f.name)) for f in fields(value)]
        case _:
            return type(value).__qualname__, ""


def optional(domain: Domain[T]) -> Composite[T | None]:
    """A value of the domain, or None."""
    return Composite("either", (None, domain))


def either(*domains: Any) -> Composite[Any]:
    """A value of one of the domains."""
    return Composite("either", domains)


def pair(*domains: Any) -> Composite[Any]:
    """A tuple with one value of each domain."""
    return Composite("pair", domains)


def listing(domain: Domain[T], capacity: int) -> Composite[tuple[T, ...]]:
    """A tuple of at most `capacity` values of the domain."""
    return Composite("listing", (domain,), checked_size(capacity))


def subset(domain: Domain[T]) -> Composite[frozenset[T]]:
    """A frozenset of values of the domain."""
    return Composite("subset", (domain,))


@dataclass_transform(frozen_default=True)
def struct(cls: type[T]) -> type[T]:
    """A record: an immutable class with fields, compared by value; it may have methods."""
    if not hasattr(cls, "__post_init__"):
        cls.__post_init__ = _check_fields  # type: ignore[attr-defined]
    made = dataclass(frozen=True)(cls)
    made.__ordercheck_struct__ = True  # type: ignore[attr-defined]
    return made


@dataclass_transform()
class Failure(Exception):
    """Base of the exceptions that a model raises and catches; annotated fields are its values."""

    def __init_subclass__(cls) -> None:
        """Give the class the constructor and the equality of a dataclass."""
        dataclass(eq=True, unsafe_hash=True)(cls)

    def __post_init__(self) -> None:
        """Check the fields when a step makes one."""
        _check_fields(self)


@dataclass(frozen=True, slots=True, eq=False)
class Choice(Generic[T]):
    """One of several initial values, not yet chosen; `pick` makes this value of the root's."""

    options: tuple[Any, ...]
    pick: Callable[[Any], T]
    root: Choice[Any] | None = None

    @property
    def origin(self) -> Choice[Any]:
        """The choice that this value depends on."""
        return self if self.root is None else self.root

    def values(self) -> list[T]:
        """The value for each option."""
        return [self.pick(option) for option in self.options]

    def map(self, function: Callable[[T], Any]) -> Any:
        """A value that depends on this choice; whatever `function` raises, it raises now."""
        made = Choice(self.options, lambda option: function(self.pick(option)), self.origin)
        made.values()
        return made

    def __getitem__(self, index: Any) -> Any:
        """An item of whatever is chosen."""
        return self.map(lambda value: cast(Any, value)[index])

    def __bool__(self) -> bool:
        """A choice cannot steer set-up."""
        raise Mistake(
            "E014",
            "an initial choice cannot steer set-up",
            "set-up runs once, for all choices",
            "the places must be the same in every initial state; test the choice in a step",
        )

    def __iter__(self) -> Iterator[Any]:
        """A choice cannot steer set-up."""
        bool(self)
        raise AssertionError


def values_of(domain: object) -> list[Any]:
    """All values of a finite domain, in declared order; raises Mistake where it is not finite."""
    match domain:
        case type() if domain is bool:
            return [False, True]
        case type() if issubclass(domain, Enum):
            return list(domain)
        case type() if is_dataclass(domain):
            kinds = field_hints(domain)
            return [domain(*row) for row in _rows([kinds[f.name] for f in fields(domain)])]
        case types.NoneType():
            return [None]
        case type() if domain is types.NoneType:
            return [None]
        case Composite(kind="either", parts=parts):
            return [value for part in parts for value in values_of(part)]
        case Composite(kind="pair", parts=parts):
            return list(_rows(list(parts)))
        case Composite(kind="listing", parts=(part,), capacity=capacity):
            return [row for n in range(capacity + 1) for row in _rows([part] * n)]
        case Composite(kind="subset", parts=(part,)):
            inner = values_of(part)
            return [
                frozenset(v for k, v in enumerate(inner) if bits >> k & 1)
                for bits in range(1 << len(inner))
            ]
        case _:
            return _values_of_form(domain)


def _values_of_form(domain: object) -> list[Any]:
    origin, arguments = typing.get_origin(domain), typing.get_args(domain)
    if origin is Annotated:
        bounds = [a for a in arguments[1:] if isinstance(a, Range)]
        return list(range(bounds[0].lo, bounds[0].hi + 1)) if bounds else values_of(arguments[0])
    if origin is Literal:
        return list(arguments)
    if origin in (types.UnionType, typing.Union):
        return [value for part in arguments for value in values_of(part)]
    if origin is tuple and Ellipsis not in arguments:
        return list(_rows(list(arguments)))
    if origin is frozenset:
        return values_of(Composite("subset", arguments))
    if isinstance(domain, Iterable) and not isinstance(domain, str | type):
        return list(few(domain))
    raise Mistake(
        "E013",
        f"the values of {domain_name(domain)} cannot be listed",
        "which values, one by one?",
        "give a range, an Enum class, or the values themselves",
    )


def _rows(parts: list[object]) -> Iterator[tuple[Any, ...]]:
    if not parts:
        yield ()
        return
    for value in values_of(parts[0]):
        for rest in _rows(parts[1:]):
            yield (value, *rest)


def domain_name(domain: object) -> str:
    """How to call a domain in a message."""
    return getattr(domain, "__name__", None) or str(domain)


# --- membership, for steps that Python itself runs --------------------------------------


def check(domain: object, value: object, name: str) -> None:
    """Raise Misfit for a value that is not in a domain."""
    if not fits(domain, value):
        raise Misfit("range", f"{name} would be {value!r}, which it is not declared to hold")


def _check_fields(made: Any) -> None:
    if active() is None:
        return
    for name, kind in _field_domains(made.__class__).items():
        check(kind, getattr(made, name), f"{type(made).__name__}.{name}")


@lru_cache(maxsize=256)
def _field_domains(cls: Any) -> dict[str, Any]:
    hints = field_hints(cls)
    return {field.name: hints[field.name] for field in fields(cls)}


@lru_cache(maxsize=512)  # each is asked for in each variant of a model
def field_hints(cls: type) -> dict[str, Any]:
    """What a class declares its fields as; raises Mistake where Python cannot evaluate that."""
    try:
        return typing.get_type_hints(cls, include_extras=True)
    except Exception as error:  # annotations are the author's expressions, evaluated only now
        at = _declared(cls)
        raise Mistake(
            "E024",
            f"what {cls.__name__} declares cannot be evaluated: {type(error).__name__}: {error}",
            "declared here" if at else "",
            "names in an annotation are those of the class's module, not of a function around it",
            at=at,
        ) from error


def _declared(cls: type) -> Location | None:
    try:
        lines, first = inspect.getsourcelines(cls)
        file = inspect.getsourcefile(cls) or ""
    except (OSError, TypeError):
        return None
    number, text = next((k, t) for k, t in enumerate(lines) if t.lstrip().startswith("class "))
    start = len(text) - len(text.lstrip()) + 1
    return Location(file, first + number, start, first + number, len(text.rstrip()) + 1)


def fits(domain: object, value: object) -> bool:
    """Whether a domain has a value; one that lists integers has all in between, too."""
    match domain:
        case None:
            return value is None
        case type() if domain is int:
            return type(value) is int
        case type():
            return isinstance(value, domain)
        case range() if abs(domain.step) == 1:
            return type(value) is int and value in domain
        case Ids(n=n):
            return type(value) is int and 0 <= value < n
        case Choice():
            return _among(domain.values(), value)
        case Composite(kind="either", parts=parts):
            return any(fits(part, value) for part in parts)
        case Composite(kind="pair", parts=parts):
            return _row(parts, value)
        case Composite(kind="listing", parts=(part,), capacity=capacity):
            listed = isinstance(value, list | tuple) and len(value) <= capacity
            return listed and all(fits(part, item) for item in cast(Iterable[Any], value))
        case Composite(kind="subset", parts=(part,)):
            held = isinstance(value, set | frozenset)
            return held and all(fits(part, item) for item in cast(Iterable[Any], value))
        case _:
            return _fits_form(domain, value)


def _fits_form(domain: object, value: object) -> bool:
    origin, arguments = typing.get_origin(domain), typing.get_args(domain)
    if origin is Annotated:
        bounds = [a for a in arguments[1:] if isinstance(a, Range)]
        if bounds:
            return type(value) is int and bounds[0].lo <= value <= bounds[0].hi
        return fits(arguments[0], value)
    if origin is Literal:
        return _among(arguments, value)
    if origin in (types.UnionType, typing.Union):
        return any(fits(part, value) for part in arguments)
    if origin is tuple:
        if Ellipsis in arguments:
            return isinstance(value, tuple) and all(fits(arguments[0], item) for item in value)
        return _row(arguments, value)
    if origin is frozenset:
        return fits(Composite("subset", arguments), value)
    if isinstance(origin, type):
        return isinstance(value, origin)
    if isinstance(domain, Iterable) and not isinstance(domain, str):
        return _among(domain, value)
    return domain is value


def _row(parts: Sequence[object], value: object) -> bool:
    return (
        isinstance(value, tuple)
        and len(value) == len(parts)
        and all(fits(part, item) for part, item in zip(parts, value, strict=True))
    )


def _among(values: Iterable[object], value: object) -> bool:
    """Whether the smallest type with these values has another one."""
    known = list(values)
    if type(value) is int:
        numbers = [each for each in known if type(each) is int]
        return bool(numbers) and min(numbers) <= value <= max(numbers)
    if isinstance(value, tuple):
        rows = [each for each in known if isinstance(each, tuple) and len(each) == len(value)]
        columns = list(zip(*rows, strict=True))
        return bool(rows) and all(map(_among, columns, value))
    if isinstance(value, Enum):
        return any(type(each) is type(value) for each in known)
    return any(each is value or (type(each) is type(value) and each == value) for each in known)
