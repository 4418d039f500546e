"""Domains of the language as types of the IR, and Python values as IR values."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Annotated, Literal

from ordercheck.frontend.past import Past, before
from ordercheck.ir.domains import NotFinite, domain
from ordercheck.ir.types import (
    ABSENT,
    BoolType,
    EnumType,
    IntType,
    ListType,
    MapType,
    NeverType,
    NoneType,
    PlaceType,
    RefType,
    SetType,
    StructType,
    TaskType,
    TextType,
    TupleType,
    Type,
    UnionType,
    Value,
    join,
)
from ordercheck.language.domains import (
    Choice,
    Composite,
    Failure,
    Ids,
    Range,
    check_bounds,
    domain_name,
    few,
    field_hints,
    in_fixed_order,
)
from ordercheck.language.mistakes import Mistake
from ordercheck.language.model import Component
from ordercheck.language.places import Place
from ordercheck.language.tasks import Task


class Unrepresentable(Exception):
    """A Python object that is no value of the IR; the argument is the object."""


class Kinds:
    """Turns domains into types and objects into values, for one model.

    `component_id` and `place_type` know the model's own objects, `failures` its exceptions.
    """

    def __init__(
        self,
        component_id: Callable[[Component], int | None],
        instances: Callable[[type], tuple[int, ...]],
        place_type: Callable[[Place], PlaceType | None],
        failures: Callable[[], Iterable[type]],
    ) -> None:
        self.component_id = component_id
        self.instances = instances
        self.place_type = place_type
        self.failures = failures
        self.enums: dict[str, type[Enum]] = {}
        self._structs: dict[type, StructType] = {}

    def type_of_domain(self, given: object) -> Type:
        """The type of a domain; raises Mistake for what is none."""
        match given:
            case Composite(kind=kind, parts=parts, capacity=capacity):
                return self._composite(kind, parts, capacity)
            case range():
                return self._range(given)
            case Ids():
                return self._range(range(given.n))
            case Component():
                return self.type_of_value(given)
            case Choice():
                return self.type_of_values(given.values())
            case type():
                return self._class(given)
            case None:
                return NoneType()
            case _:
                return self._form(given)

    def _range(self, given: range) -> Type:
        if not given:
            raise Mistake("E022", "an empty range has no values", "no value fits here")
        if abs(given.step) != 1:
            return self.type_of_values(few(given))
        # Not min() and max(), which go through all of it.
        lo, hi = sorted((given[0], given[-1]))
        check_bounds(lo, hi, "range(8)")
        return IntType(lo, hi)

    def _composite(self, kind: str, parts: tuple[object, ...], capacity: int) -> Type:
        inner = tuple(self.type_of_domain(part) for part in parts)
        match kind:
            case "either":
                return join_all(inner)
            case "pair":
                return TupleType(inner)
            case "listing":
                return ListType(inner[0], capacity)
            case _:
                return SetType(inner[0])

    def _class(self, given: type) -> Type:
        if given is bool:
            return BoolType()
        if given is int:
            return IntType()
        if given is types.NoneType:
            return NoneType()
        if issubclass(given, Enum):
            return self._enum(given)
        if given is Task or issubclass(given, Task):
            return TaskType()
        if given is Failure:
            return join_all(map(self.struct_type, self.failures()))
        if is_struct(given):
            return self.struct_type(given)
        if issubclass(given, Component):
            found = self.instances(given)
            if not found:
                raise Mistake("E023", f"the model has no {given.__name__}", "none was made")
            return RefType(found)
        raise Mistake(
            "E024",
            f"{given.__name__} is no domain",
            "which values, out of how many?",
            {
                str: "list the strings, as in variable(['red', 'green'], 'red'), or use an Enum",
                float: "state is finite: use integers, in some unit",
                list: "use seq(…, capacity=…), or listing(…, capacity=…) for a value",
                dict: "use map_of(keys, values)",
                set: "use set_of(domain), or subset(domain) for a value",
            }.get(given, "give a range, an Enum class, a @struct class, or the values themselves"),
        )

    def _form(self, given: object) -> Type:
        origin, arguments = typing.get_origin(given), typing.get_args(given)
        if origin is Annotated:
            bounds = [a for a in arguments[1:] if isinstance(a, Range)]
            if bounds:
                return IntType(bounds[0].lo, bounds[0].hi)
            return self.type_of_domain(arguments[0])
        if origin is Literal:
            return self.type_of_values(arguments)
        if origin in (types.UnionType, typing.Union):
            return join_all(map(self.type_of_domain, arguments))
        if origin is tuple:
            if Ellipsis in arguments:
                return ListType(self.type_of_domain(arguments[0]), None)
            return TupleType(tuple(map(self.type_of_domain, arguments)))
        if origin is frozenset:
            return SetType(self.type_of_domain(arguments[0]))
        if isinstance(origin, type):
            return self._class(origin)
        if isinstance(given, Iterable) and not isinstance(given, str | Place):
            values = few(given)
            if values:
                return self.type_of_values(values)
            raise Mistake("E022", "an empty domain has no values", "no value fits here")
        raise Mistake(
            "E024",
            f"{domain_name(given)!r} is no domain",
            "which values, out of how many?",
            "give a range, an Enum class, a @struct class, or the values themselves",
        )

    def _enum(self, given: type[Enum]) -> EnumType:
        self.enums.setdefault(given.__name__, given)
        return enum_type(given)

    def struct_type(self, given: type) -> StructType:
        """The type of a struct or an exception class."""
        known = self._structs.get(given)
        if known is None:
            exception = issubclass(given, BaseException)
            hints = field_hints(given)
            declared = dataclasses.fields(given) if dataclasses.is_dataclass(given) else ()
            name = self._name_for(given)
            self._structs[given] = StructType(name, (), exception)
            fields = tuple((f.name, self.type_of_domain(hints[f.name])) for f in declared)
            known = self._structs[given] = StructType(name, fields, exception)
        return known

    def _name_for(self, given: type) -> str:
        """The class's name, with its module's where another class has the same one."""
        taken = {kind.name for kind in self._structs.values()}
        if given.__name__ not in taken:
            return given.__name__
        longer = f"{given.__module__.rpartition('.')[2]}.{given.__qualname__}"
        numbered = (f"{longer} {k}" for k in range(2, len(taken) + 2))
        return next(name for name in (longer, *numbered) if name not in taken)

    def class_of(self, name: str) -> type | None:
        """The class of a struct seen before, by the struct's name."""
        return next((c for c, kind in self._structs.items() if kind.name == name), None)

    def type_of_values(self, values: Iterable[object]) -> Type:
        """The smallest type with all these values."""
        return join_all(map(self.type_of_value, values))

    def type_of_value(self, value: object) -> Type:
        """The smallest type with this value; raises Unrepresentable."""
        match value:
            case bool():
                return BoolType()
            case Enum():
                return self._enum(type(value))
            case int():
                return IntType(value, value)
            case str():
                return TextType((value,))
            case None:
                return NoneType()
            case range():
                ends = (value[0], value[-1]) if value else ()
                return ListType(self.type_of_values(ends), len(value))
            case tuple():
                return TupleType(tuple(map(self.type_of_value, value)))
            case list():
                return ListType(self.type_of_values(value), len(value))
            case set() | frozenset():
                return SetType(self.type_of_values(in_fixed_order(value)))
            case dict():
                return MapType(self.type_of_values(value), self.type_of_values(value.values()))
            case Component():
                found = self.component_id(value)
                if found is not None:
                    return RefType((found,))
            case Place():
                place = self.place_type(value)
                if place is not None:
                    return place
            case Past(held=held):
                return before(self.type_of_value(held))
            case Ids():
                return ListType(IntType(0, value.n - 1), value.n)
            case type() if issubclass(value, Enum):
                return ListType(self._enum(value), len(value))
            case _ if is_struct(type(value)):
                kind = self.struct_type(type(value))
                fields = tuple(
                    (name, join(declared, self.type_of_value(getattr(value, name))))
                    for name, declared in kind.fields
                )
                return StructType(kind.name, fields, kind.exception)
        raise Unrepresentable(value)

    def to_value(self, value: object, kind: Type) -> Value:
        """A Python object as an IR value of a type that it has; raises Unrepresentable."""
        match value, kind:
            case _, UnionType(options=options):
                for option in options:
                    if self._fits(value, option):
                        return self.to_value(value, option)
                raise Unrepresentable(value)
            case (tuple() | list() | range() | Ids(), ListType(item=item)):
                return tuple(self.to_value(v, item) for v in few(value))
            case type(), ListType(item=item):
                return tuple(self.to_value(v, item) for v in value)  # type: ignore[attr-defined]
            case tuple(), TupleType(items=items):
                return tuple(self.to_value(v, k) for v, k in zip(value, items, strict=True))
            case (set() | frozenset(), SetType(domain=inner)):
                return frozenset(self.to_value(v, inner) for v in value)
            case dict(), MapType(key=key, value=item):
                table = {self.to_value(k, key): self.to_value(v, item) for k, v in value.items()}
                return tuple(table.get(k, ABSENT) for k in domain(key))
            case Enum(), _:
                return f"{type(value).__name__}.{value.name}"
            case Past(held=held), _:
                return self.to_value(held, kind)
            case Component(), _:
                return self.component_id(value)
            case Place(), _:
                place = self.place_type(value)
                return place.slots[0] if place else None
            case _, StructType(name=name, fields=fields):
                return (name, *(self.to_value(getattr(value, f), k) for f, k in fields))
            case ((bool() | int() | str() | None), _):
                return value
        raise Unrepresentable(value)

    def _fits(self, value: object, kind: Type) -> bool:
        try:
            given = self.type_of_value(value)
            if join(kind, given) == kind:
                return True
            match kind, given:
                case StructType(), _:
                    return False
                case TupleType(items=items), TupleType(items=found):
                    return len(items) == len(found)
                case _:
                    return isinstance(given, type(kind))
        except (Unrepresentable, NotFinite):
            return False


def join_all(kinds: Iterable[Type]) -> Type:
    """The smallest type with the values of all these."""
    found: Type = NeverType()
    for kind in kinds:
        found = join(found, kind)
    return found


def enum_type(given: type[Enum]) -> EnumType:
    """The type of an enumeration."""
    return EnumType(given.__name__, tuple(member.name for member in given))


def is_struct(given: type) -> bool:
    """Whether instances are values: a struct, or an exception that models raise."""
    return getattr(given, "__ordercheck_struct__", False) or (
        isinstance(given, type)
        and (
            issubclass(given, Failure)
            or (dataclasses.is_dataclass(given) and given.__dataclass_params__.frozen)  # type: ignore[attr-defined]
        )
    )
