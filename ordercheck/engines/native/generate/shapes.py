"""How values are held in C variables: the shape of a type.

=========================  =====================================================
type                       C
=========================  =====================================================
bool, int, enum, text,     int64_t: the number, the member's place, the text's
task, ref, place           place among all texts of the program in order, the
                           index, the slot
None                       OC_NONE, which is no number of the model
one of these or None       the same; so None and the value need no tag
tuple, struct              struct of its parts; int64_t 0 if it has none
list                       {length, pointer to items in scratch memory or a table}
set                        bits, by the member's place in the domain: oc_word,
                           or a struct of several
map                        {bits of the keys that are there, values by place}
bag                        counts by place
union                      {tag, one of the options}
=========================  =====================================================

Values are never changed once they are made, so they share items freely.
"""

from __future__ import annotations

from functools import lru_cache

from ordercheck.engines.native.generate.unsupported import Unsupported
from ordercheck.ir.domains import NotFinite, size
from ordercheck.ir.record import dataclass
from ordercheck.ir.render import show_type
from ordercheck.ir.types import (
    BagType,
    EnumType,
    ListType,
    MapType,
    NeverType,
    NoneType,
    SetType,
    StructType,
    TupleType,
    Type,
    UnionType,
    options_of,
)

LARGEST_DOMAIN = 4096
"""Values of a type by which sets, maps and bags are indexed, at most."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """One int64_t."""


@dataclass(frozen=True, slots=True)
class Record:
    """A struct of parts."""

    parts: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Sequence:
    """A length and items."""

    item: Shape


@dataclass(frozen=True, slots=True)
class Bits:
    """Bits for members of a domain."""

    domain: Type

    @property
    def words(self) -> int:
        """How many words the bits take."""
        return max(1, (domain_size(self.domain) + 63) // 64)


@dataclass(frozen=True, slots=True)
class Table:
    """Values by key, and which there are."""

    key: Type
    value: Shape


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers by member of a domain."""

    domain: Type


@dataclass(frozen=True, slots=True)
class Variant:
    """A tag and one of several values; families in order of their names."""

    options: tuple[tuple[str, Shape], ...]


Shape = Scalar | Record | Sequence | Bits | Table | Counts | Variant

SCALAR = Scalar()


@lru_cache(maxsize=4096)
def shape_of(kind: Type) -> Shape:
    """The shape of a type's values."""
    match kind:
        case TupleType(items=items) if items:
            return Record(tuple(map(shape_of, items)))
        case StructType(fields=fields) if fields:
            return Record(tuple(shape_of(item) for _, item in fields))
        case ListType(item=item):
            return Sequence(shape_of(item))
        case SetType(domain=inner):
            domain_size(inner)
            return Bits(inner)
        case MapType(key=key, value=value):
            domain_size(key)
            return Table(key, shape_of(value))
        case BagType(domain=inner):
            domain_size(inner)
            return Counts(inner)
        case UnionType():
            return _union_shape(kind)
        case _:
            return SCALAR


def domain_size(kind: Type) -> int:
    """How many values there are by which to index; Unsupported if too many."""
    try:
        count = size(kind)
    except NotFinite:
        reason = f"needs a bound for what sets, maps and bags hold: {show_type(kind)}"
        raise Unsupported(reason) from None
    if count > LARGEST_DOMAIN:
        raise Unsupported(f"holds sets and maps over {LARGEST_DOMAIN:,} values, not {count:,}")
    return count


# --- unions -----------------------------------------------------------------------

# Families of types whose values the interpreter cannot tell apart in one union.
_ALIKE = (
    frozenset({"bool", "int", "task", "ref", "place"}),
    frozenset({"list", "map", "bag", "tuple"}),
)


def real_options(kind: Type) -> tuple[Type, ...]:
    """A union's options that have values; of any other type, that type alone."""
    found = tuple(each for each in options_of(kind) if each != NeverType())
    return found or (NeverType(),)


def family(kind: Type) -> str:
    """What tells a union's options apart."""
    match kind:
        case EnumType(name=name):
            return f"enum {name}"
        case StructType(name=name):
            return f"struct {name}"
        case TupleType(items=items):
            return f"tuple {len(items)}"
        case _:
            return type(kind).__name__.removesuffix("Type").lower()


def is_optional(kind: Type) -> bool:
    """Whether a union is one of None and a single type of scalar shape."""
    options = real_options(kind)
    return (
        len(options) == 2
        and NoneType() in options
        and all(shape_of(option) == SCALAR for option in options)
    )


def without_none(kind: Type) -> Type:
    """The type of the values that are not None."""
    rest = tuple(option for option in real_options(kind) if option != NoneType())
    return rest[0] if len(rest) == 1 else UnionType(rest)


def _union_shape(kind: UnionType) -> Shape:
    options = real_options(kind)
    if len(options) == 1:
        return shape_of(options[0])
    families = [family(option) for option in options]
    kinds = {name.split()[0] for name in families}
    ambiguous = any(len(alike & kinds) > 1 for alike in _ALIKE)
    if ambiguous or len(set(families)) < len(families):
        raise Unsupported(f"cannot tell the options of {show_type(kind)} apart")
    if is_optional(kind):
        return SCALAR
    return Variant(tuple(sorted((family(option), shape_of(option)) for option in options)))


def option_of(kind: Type, wanted: str) -> Type | None:
    """The option of a union (or the type itself) that is of a family."""
    for option in real_options(kind):
        if family(option) == wanted:
            return option
    return None


@lru_cache(maxsize=4096)
def holds_lists(shape: Shape) -> bool:
    """Whether making such a value may take scratch memory."""
    match shape:
        case Sequence():
            return True
        case Record(parts=parts):
            return any(map(holds_lists, parts))
        case Table(value=value):
            return holds_lists(value)
        case Variant(options=options):
            return any(holds_lists(inner) for _, inner in options)
        case _:
            return False
