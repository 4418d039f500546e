"""Types of the IR and the values that inhabit them.

Every engine represents values as it likes; the interpreter's representation is
the reference and what traces, initial values and constants are written in:

=============  ==========================================================
type           value
=============  ==========================================================
BoolType       bool
IntType        int
TextType       str, one of a finite set
EnumType       str: `Phase.IDLE`, so that it is equal to nothing but itself
NoneType       None
TupleType      tuple
ListType       tuple (the contents of a sequence, or a temporary list)
SetType        frozenset; wherever its order shows, that is the domain's
MapType        tuple, one entry a key of the domain; ABSENT where there is none
BagType        tuple, one count a value of the domain
StructType     tuple: the struct's name, then its fields
UnionType      the value of one of the options
TaskType       int: an index into Program.tasks
RefType        int: an index into Program.components
PlaceType      int: the first slot of a place (only in locals, never stored by models)
=============  ==========================================================
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from ordercheck.ir.record import dataclass

Value = Any
"""A value of the IR in the interpreter's representation (see the table above); hashable."""


class _Absent(Enum):
    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent.ABSENT
"""What a map holds for a key that it lacks."""


@dataclass(frozen=True, slots=True)
class NeverType:
    """The type of no value: an empty list's items."""


@dataclass(frozen=True, slots=True)
class BoolType:
    """True or False."""


@dataclass(frozen=True, slots=True)
class IntType:
    """An integer between `lo` and `hi`, inclusive; None where no bound is known.

    Whatever the bounds say, arithmetic is exact up to 63 bits and an overflow is
    a model error.
    """

    lo: int | None = None
    hi: int | None = None


@dataclass(frozen=True, slots=True)
class TextType:
    """A string, one of `values`."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EnumType:
    """A member of an enumeration; its members are ordered as declared."""

    name: str
    members: tuple[str, ...]

    @property
    def values(self) -> tuple[str, ...]:
        """The members as values of the IR."""
        return tuple(f"{self.name}.{member}" for member in self.members)


@dataclass(frozen=True, slots=True)
class NoneType:
    """None alone."""


@dataclass(frozen=True, slots=True)
class TupleType:
    """A tuple of fixed length."""

    items: tuple[Type, ...]


@dataclass(frozen=True, slots=True)
class ListType:
    """A list of items of one type, at most `capacity` of them (None: no bound is known)."""

    item: Type
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class SetType:
    """A set of values of a finite type."""

    domain: Type


@dataclass(frozen=True, slots=True)
class MapType:
    """A partial map from a finite type."""

    key: Type
    value: Type


@dataclass(frozen=True, slots=True)
class BagType:
    """A multiset over a finite type, at most `capacity` values in all."""

    domain: Type
    capacity: int


@dataclass(frozen=True, slots=True)
class StructType:
    """A record; two with the same name are the same type. Exceptions are structs, too."""

    name: str
    fields: tuple[tuple[str, Type], ...]
    exception: bool = False


@dataclass(frozen=True, slots=True)
class UnionType:
    """One of several types, none of them a union; `T | None` is one."""

    options: tuple[Type, ...]


@dataclass(frozen=True, slots=True)
class TaskType:
    """A process or a spawned coroutine; `old`: as in RefType."""

    old: bool = False


@dataclass(frozen=True, slots=True)
class RefType:
    """A reference to one of these components.

    `old`: what is read through it is of the state before. Only the front end knows of that,
    while it lowers a step invariant; in a program, loads say it.
    """

    components: tuple[int, ...]
    old: bool = False


@dataclass(frozen=True, slots=True)
class PlaceType:
    """A local name for a place: the first slot of one of several places of one `kind`.

    `kind` is the type of the slot's contents, or an ArrayShape for an array; `old`: as in
    RefType.
    """

    kind: Type | ArrayShape
    slots: tuple[int, ...]
    old: bool = False


@dataclass(frozen=True, slots=True)
class ArrayShape:
    """`length` items one after another, each `item` (a type: one slot; else nested)."""

    item: Type | ArrayShape
    length: int

    @property
    def stride(self) -> int:
        """Slots that one item takes."""
        return self.item.size if isinstance(self.item, ArrayShape) else 1

    @property
    def size(self) -> int:
        """Slots that the whole array takes."""
        return self.length * self.stride


Type = (
    NeverType
    | BoolType
    | IntType
    | TextType
    | EnumType
    | NoneType
    | TupleType
    | ListType
    | SetType
    | MapType
    | BagType
    | StructType
    | UnionType
    | TaskType
    | RefType
    | PlaceType
)


def join(left: Type, right: Type) -> Type:
    """The smallest type that holds the values of both."""
    if left == right:
        return left
    options: list[Type] = []
    for option in (*options_of(left), *options_of(right)):
        for k, known in enumerate(options):
            merged = _merged(known, option)
            if merged is not None:
                options[k] = merged
                break
        else:
            options.append(option)
    return options[0] if len(options) == 1 else UnionType(tuple(options))


def _merged(left: Type, right: Type) -> Type | None:
    """One type that is no union for two that are none; None where only a union would do."""
    match left, right:
        case _ if left == right:
            return left
        case NeverType(), other:
            return other
        case other, NeverType():
            return other
        case IntType(), IntType():
            return IntType(_least(left.lo, right.lo), _most(left.hi, right.hi))
        case TextType(), TextType():
            return TextType(tuple(dict.fromkeys(left.values + right.values)))
        case ListType(), ListType():
            return ListType(join(left.item, right.item), _most(left.capacity, right.capacity))
        case TupleType(), TupleType() if len(left.items) == len(right.items):
            return TupleType(tuple(map(join, left.items, right.items)))
        case SetType(), SetType():
            return SetType(join(left.domain, right.domain))
        case MapType(), MapType():
            return MapType(join(left.key, right.key), join(left.value, right.value))
        case StructType(), StructType() if left.name == right.name:
            fields = tuple(
                (name, join(a, b))
                for (name, a), (_, b) in zip(left.fields, right.fields, strict=True)
            )
            return StructType(left.name, fields, left.exception)
        case RefType(), RefType() if left.old == right.old:
            return RefType(tuple(sorted({*left.components, *right.components})), left.old)
        case PlaceType(), PlaceType() if (left.kind, left.old) == (right.kind, right.old):
            return PlaceType(left.kind, tuple(sorted({*left.slots, *right.slots})), left.old)
        case _:
            return None


def options_of(kind: Type) -> tuple[Type, ...]:
    """A union's options; of any other type, that type alone."""
    return kind.options if isinstance(kind, UnionType) else (kind,)


def _least(left: int | None, right: int | None) -> int | None:
    return None if left is None or right is None else min(left, right)


def _most(left: int | None, right: int | None) -> int | None:
    return None if left is None or right is None else max(left, right)
