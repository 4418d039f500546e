"""Models, components, parameters, variants and specs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar, cast, get_type_hints, overload

from ordercheck.language.domains import Choice, check
from ordercheck.language.mistakes import Location, Mistake, here
from ordercheck.language.numbered import Numbered
from ordercheck.language.places import Variable
from ordercheck.language.planned import planned
from ordercheck.language.runtime import active

T = TypeVar("T")
M = TypeVar("M")
OPEN: Any = object()
"""The default of a parameter that has none."""


class Component(Numbered):
    """An object with state of its own: variables, places, components, and what works on them.

    Whatever `__init__` assigns to an attribute that is not declared as a variable
    is a constant of the steps.
    """

    _told: ClassVar[tuple[str, ...]] = ()
    """Attributes of a library's component that readers of traces want to see."""

    between_vats: ClassVar[bool] = False
    """Whether it is part of what connects vats: tasks of any loop may call it."""

    apart: ClassVar[bool] = False
    """Whether its methods are lowered for each instance: it has pools of its own."""

    def __setattr__(self, name: str, value: object) -> None:
        declared: dict[str, Variable] = self.__dict__.setdefault("_declared", {})
        if isinstance(value, Variable):
            declared[name] = value
            object.__setattr__(self, name, value.initial)
        elif isinstance(value, Choice) and name not in declared:
            declared[name] = Variable(value, value, here())
            object.__setattr__(self, name, value)
        else:
            if name in declared and active():
                check(declared[name].domain, value, name)
            object.__setattr__(self, name, value)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that a model is run with."""

    name: str
    default: Any
    lo: int | None = None
    hi: int | None = None
    choices: tuple[Any, ...] = ()
    help: str = ""
    type: Any = None
    at: Location | None = None


@dataclass(frozen=True, slots=True)
class _Declared:
    parameter: Parameter


@overload
def param(
    default: frozenset[T], *, choices: Iterable[T] = ..., help: str = ...
) -> frozenset[T]: ...
@overload
def param(
    default: T,
    *,
    lo: int | None = ...,
    hi: int | None = ...,
    choices: Iterable[T] = ...,
    help: str = ...,
) -> T: ...
def param(
    default: T = cast(Any, OPEN),  # noqa: B008
    *,
    lo: int | None = None,
    hi: int | None = None,
    choices: Iterable[Any] = (),
    help: str = "",
) -> T:
    """A parameter of a model, with its default; set with `--set name=value` or a variant.

    The `choices` of a parameter that is a frozenset are what it may contain.
    """
    if default is OPEN:
        right = "give its default, and let variants try others: param(4, lo=1, hi=8)"
        planned("parameters left open are not there yet", "which value is tried?", right)
    for bound in (lo, hi):
        if bound is not None and not isinstance(bound, int):
            what = f"{bound!r} is no bound of a parameter"
            raise Mistake("E024", what, "a whole number", "param(4, lo=1, hi=8)")
    return cast(T, _Declared(Parameter("", default, lo, hi, tuple(choices), help, at=here())))


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a variant is expected to do; `property` only where it is to be violated."""

    holds: bool
    property: str = ""

    def __str__(self) -> str:
        return "holds" if self.holds else f"violates {self.property}".rstrip()


def holds() -> Expectation:
    """All properties hold."""
    return Expectation(True)


def violates(property: str) -> Expectation:
    """This property is violated: its name, "deadlock", or a kind of model error."""
    return Expectation(False, property)


@dataclass(frozen=True)
class Variant:
    """A named set of parameters, with what is expected of it."""

    name: str
    parameters: Mapping[str, Any]
    expect: Expectation | None = None
    at: Location | None = None


def variant(name: str, *, expect: Expectation | None = None, **parameters: Any) -> Variant:
    """A variant of a model: its name, its parameters, what comes out."""
    return Variant(name, parameters, expect, here())


class Spec(Generic[M]):
    """Properties that can be attached to any model with the state that they need.

    `M` is a Protocol that says what the model must have; each property is a method
    with the model as its argument.
    """


class Model(Component):
    """A model: parameters, `setup` that builds the state, steps, properties, variants."""

    specs: ClassVar[list[type[Spec[Any]]]] = []
    variants: ClassVar[list[Variant]] = []
    deadlock: ClassVar[bool] = True
    _parameters: ClassVar[dict[str, Parameter]] = {}

    def __init_subclass__(cls) -> None:
        """Collect the class's parameters; their names become its defaults."""
        hints: dict[str, Any] | None = None
        own: dict[str, Parameter] = {}
        for name, value in list(vars(cls).items()):
            if isinstance(value, _Declared):
                hints = _hints(cls) if hints is None else hints
                p = value.parameter
                kind = hints.get(name, type(p.default))
                own[name] = Parameter(name, p.default, p.lo, p.hi, p.choices, p.help, kind, p.at)
                setattr(cls, name, p.default)
        cls._parameters = {**cls._parameters, **own}

    def __init__(self, **parameters: Any) -> None:
        for name, known in self._parameters.items():
            object.__setattr__(self, name, parameters.pop(name, known.default))
        if parameters:
            unknown = next(iter(parameters))
            raise Mistake(
                "E006",
                f"{type(self).__name__} has no parameter {unknown!r}",
                help=f"it has: {', '.join(self._parameters) or 'none'}",
            )

    def setup(self) -> None:
        """Build the state: declare variables and places, make components."""

    @classmethod
    def declared_parameters(cls) -> tuple[Parameter, ...]:
        """The parameters in order of declaration."""
        return tuple(cls._parameters.values())


def _hints(cls: type) -> dict[str, Any]:
    try:
        return get_type_hints(cls)
    except Exception:  # whatever the author's expressions raise
        return {}
