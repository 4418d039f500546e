"""Bits of values: how wide each type is, and where its parts are.

A value of up to 64 bits never straddles a word; a wider one begins with a word and takes
whole words, with none of its own narrow parts straddling. Every bit that a value does not
use is 0, and so equal values have equal bits.

    int lo..hi     value - lo                 int without bounds   64 bits, two's complement
    None | scalar  0, or 1 + the scalar's     enum, text, ref      place among the type's values
    tuple, struct  its parts                  union                tag, then the option's bits
    list           length, then items         set                  a bit a member of the domain
    map            a bit a key, then values   bag                  a count a member of the domain
"""

from __future__ import annotations

from functools import cached_property

from ordercheck.engines.native.generate.shapes import (
    SCALAR,
    domain_size,
    is_optional,
    real_options,
    shape_of,
    without_none,
)
from ordercheck.engines.native.generate.unsupported import Unsupported
from ordercheck.ir.domains import contains, domain
from ordercheck.ir.record import dataclass
from ordercheck.ir.types import (
    ABSENT,
    BagType,
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
)

WORD = 64
ROOMY = 16
"""Items that there is room for in a list without a bound; more is an error of kind "limit"."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a program has, as far as bits depend on it."""

    tasks: int
    slots: int


def bits_for(count: int) -> int:
    """Bits that tell so many values apart."""
    return max(0, count - 1).bit_length()


def room(kind: ListType) -> int:
    """How many items a list in a state can hold."""
    return ROOMY if kind.capacity is None else kind.capacity


class Packings:
    """The packing of each type of one program."""

    def __init__(self, sizes: Sizes) -> None:
        self.sizes = sizes
        self._known: dict[Type, Packing] = {}

    def of(self, kind: Type) -> Packing:
        """The packing of a type."""
        found = self._known.get(kind)
        if found is None:
            found = self._known[kind] = Packing(self, kind)
        return found


class Packing:
    """How a type's values are written as bits; `width` is a multiple of 64 above 64.

    `offsets` are where the parts are: of a tuple or a struct in their order; of a union
    the tag and the option; of a list the length and the first item; of a map the bits of
    its keys and the first value.
    """

    def __init__(self, packings: Packings, kind: Type) -> None:
        self.kind = kind
        self._packings = packings
        self.parts = tuple(map(packings.of, _parts(kind)))
        self.offsets, self.width = self._place()

    @property
    def wide(self) -> bool:
        """Whether it takes whole words."""
        return self.width > WORD

    @property
    def words(self) -> int:
        """Words that a wide one takes."""
        return self.width // WORD

    # --- where the parts are ---

    def _place(self) -> tuple[tuple[int, ...], int]:
        match self.kind:
            case TupleType() | StructType():
                return placed([part.width for part in self.parts])
            case ListType():
                return self._place_items(bits_for(room(self.kind) + 1), room(self.kind))
            case MapType(key=key):
                return self._place_items(domain_size(key), domain_size(key))
            case BagType(capacity=capacity, domain=inner):
                return self._place_items(0, domain_size(inner), bits_for(capacity + 1))
            case SetType(domain=inner):
                return placed([domain_size(inner)])
            case UnionType():
                return self._place_union()
            case _:
                return (), _scalar_width(self.kind, self._packings.sizes)

    def _place_items(
        self, head: int, count: int, width: int | None = None
    ) -> tuple[tuple[int, ...], int]:
        item = self.parts[0].width if width is None else width
        if head + count * item <= WORD:
            return (0, head), head + count * item
        begin = -(-head // WORD) * WORD
        per = max(1, WORD // item) if item else count
        words = -(-count // per) if item <= WORD else count * (item // WORD)
        return (0, begin), max(begin + words * WORD, 2 * WORD)

    def _place_union(self) -> tuple[tuple[int, ...], int]:
        options = real_options(self.kind)
        if len(options) == 1:
            return (0,), self.parts[0].width
        if is_optional(self.kind):
            return (0,), _optional_width(without_none(self.kind), self._packings.sizes)
        largest = max(part.width for part in self.parts)
        return placed([bits_for(len(options)), largest])

    def item_offset(self, k: int) -> int:
        """Where item k of a list, value k of a map or count k of a bag is."""
        first, item = self.offsets[1], self.item_width
        if self.width <= WORD:
            return first + k * item
        if item > WORD:
            return first + k * item
        per = WORD // item if item else k + 1
        return first + k // per * WORD + k % per * item

    @cached_property
    def item_width(self) -> int:
        """How wide each item, value or count is."""
        if isinstance(self.kind, BagType):
            return bits_for(self.kind.capacity + 1)
        return self.parts[0].width

    @cached_property
    def places(self) -> dict[Value, int]:
        """The number of each value of an enum, a text or a reference."""
        match self.kind:
            case EnumType(values=values) | TextType(values=values) | RefType(components=values):
                return {value: k for k, value in enumerate(values)}
            case _:
                raise TypeError(self.kind)

    # --- values of the interpreter ---

    def encode(self, value: Value) -> int:
        """A value's bits."""
        match self.kind:
            case NoneType() | NeverType():
                return 0
            case EnumType() | TextType() | RefType():
                return self.places[value]
            case IntType(lo=lo):
                return int(value) & (1 << WORD) - 1 if self.width == WORD else value - (lo or 0)
            case BoolType() | TaskType() | PlaceType():
                return int(value)
            case TupleType():
                return self._join(value)
            case StructType():
                return self._join(value[1:])
            case ListType():
                return self._encode_items(len(value), value)
            case SetType(domain=inner):
                return sum(1 << k for k, each in enumerate(domain(inner)) if each in value)
            case MapType():
                has = sum(1 << k for k, each in enumerate(value) if each is not ABSENT)
                return self._encode_items(has, value)
            case BagType():
                return sum(count << self.item_offset(k) for k, count in enumerate(value))
            case UnionType():
                return self._encode_union(value)

    def _join(self, values: tuple[Value, ...]) -> int:
        triples = zip(self.parts, self.offsets, values, strict=True)
        return sum(part.encode(value) << offset for part, offset, value in triples)

    def _encode_items(self, head: int, values: tuple[Value, ...]) -> int:
        item = self.parts[0]
        bits = head
        for k, each in enumerate(values):
            if each is not ABSENT:
                bits |= item.encode(each) << self.item_offset(k)
        return bits

    def _encode_union(self, value: Value) -> int:
        options = real_options(self.kind)
        if len(options) == 1:
            return self.parts[0].encode(value)
        if is_optional(self.kind):
            return self._encode_optional(value)
        for tag, (option, part) in enumerate(zip(options, self.parts, strict=True)):
            if contains(option, value):
                return tag | part.encode(value) << self.offsets[1]
        raise ValueError(f"{value!r} is not of {self.kind}")

    def _encode_optional(self, value: Value) -> int:
        inner = self._packings.of(without_none(self.kind))
        if inner.width == WORD:
            return 1 << WORD - 1 if value is None else inner.encode(value)
        return 0 if value is None else 1 + inner.encode(value)

    def decode(self, bits: int) -> Value:
        """The value with these bits."""
        match self.kind:
            case NoneType() | NeverType():
                return None
            case EnumType(values=values) | TextType(values=values) | RefType(components=values):
                return values[bits]
            case IntType(lo=lo):
                signed = bits - (bits >> WORD - 1 << WORD)
                return signed if self.width == WORD else bits + (lo or 0)
            case BoolType():
                return bool(bits)
            case TaskType() | PlaceType():
                return bits
            case TupleType():
                return self._split(bits)
            case StructType(name=name):
                return (name, *self._split(bits))
            case ListType():
                length = bits & (1 << bits_for(room(self.kind) + 1)) - 1
                return tuple(self._item(bits, k) for k in range(length))
            case SetType(domain=inner):
                return frozenset(v for k, v in enumerate(domain(inner)) if bits >> k & 1)
            case MapType(key=key):
                count = domain_size(key)
                return tuple(self._item(bits, k) if bits >> k & 1 else ABSENT for k in range(count))
            case BagType(domain=inner):
                return tuple(self._count(bits, k) for k in range(domain_size(inner)))
            case UnionType():
                return self._decode_union(bits)

    def _split(self, bits: int) -> tuple[Value, ...]:
        pairs = zip(self.parts, self.offsets, strict=True)
        return tuple(part.decode(bits >> at & (1 << part.width) - 1) for part, at in pairs)

    def _item(self, bits: int, k: int) -> Value:
        return self.parts[0].decode(self._count(bits, k))

    def _count(self, bits: int, k: int) -> int:
        return bits >> self.item_offset(k) & (1 << self.item_width) - 1

    def _decode_union(self, bits: int) -> Value:
        options = real_options(self.kind)
        if len(options) == 1:
            return self.parts[0].decode(bits)
        if is_optional(self.kind):
            inner = self._packings.of(without_none(self.kind))
            if inner.width == WORD:
                return None if bits == 1 << WORD - 1 else inner.decode(bits)
            return inner.decode(bits - 1) if bits else None
        tag = bits & (1 << bits_for(len(options))) - 1
        part = self.parts[tag]
        return part.decode(bits >> self.offsets[1] & (1 << part.width) - 1)


def placed(widths: list[int]) -> tuple[tuple[int, ...], int]:
    """Where parts of these widths go, one after another, and how much they take."""
    offsets: list[int] = []
    end = 0
    for width in widths:
        if end % WORD + width > WORD:
            end = -(-end // WORD) * WORD
        offsets.append(end)
        end += width
    return tuple(offsets), end if end <= WORD else -(-end // WORD) * WORD


def _parts(kind: Type) -> tuple[Type, ...]:
    match kind:
        case TupleType(items=items):
            return items
        case StructType(fields=fields):
            return tuple(item for _, item in fields)
        case ListType(item=item):
            return (item,)
        case MapType(value=value):
            return (value,)
        case UnionType():
            return real_options(kind)
        case _:
            return ()


def _scalar_width(kind: Type, sizes: Sizes) -> int:
    match kind:
        case BoolType():
            return 1
        case IntType(lo=int(lo), hi=int(hi)) if lo > -(1 << 62) and hi < 1 << 62:
            return bits_for(hi - lo + 1)
        case IntType():
            return WORD
        case EnumType(values=values) | TextType(values=values) | RefType(components=values):
            return bits_for(len(values))
        case TaskType():
            return bits_for(sizes.tasks)
        case PlaceType():
            return bits_for(sizes.slots)
        case NoneType() | NeverType():
            return 0
        case _:
            raise Unsupported(f"has no bits for {kind}")


def _optional_width(kind: Type, sizes: Sizes) -> int:
    assert shape_of(kind) == SCALAR
    match kind:
        case IntType(lo=int(lo), hi=int(hi)) if lo > -(1 << 62) and hi < 1 << 62:
            return bits_for(hi - lo + 2)
        case IntType():
            return WORD
        case BoolType():
            return 2
        case EnumType(values=values) | TextType(values=values) | RefType(components=values):
            return bits_for(len(values) + 1)
        case TaskType():
            return bits_for(sizes.tasks + 1)
        case PlaceType():
            return bits_for(sizes.slots + 1)
        case _:
            return 1
