"""States as vectors of z3's variables: which there are, what they mean, what they may be.

==============  ============================================================
type            variables
==============  ============================================================
bool            a bool
int lo..hi      a vector; unsigned, as wide as hi, where lo is not negative
int             a signed vector of 64 bits
text, enum      a vector: the place among the values
task, ref       a vector: the task's number, the place among the components
tuple, struct   those of the parts
list            a bool a place, true where there is an item; those of the items
set             a bool a value
map             a bool a key; those of the values
bag             a vector a value: its count
union           a vector: which option; those of all options
==============  ============================================================

What has no meaning in a state (items beyond a list's end, other options) is zero, so
equal states have equal variables.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

import z3

from ordercheck.engines.symbolic.bits import FALSE, TRUE, Bit, Term, any_of, atom
from ordercheck.engines.symbolic.context import Unsupported
from ordercheck.engines.symbolic.membership import has, present, total
from ordercheck.engines.symbolic.numbers import (
    Int,
    Number,
    from_cases,
    from_vector,
    is_within,
    vector_of,
)
from ordercheck.engines.symbolic.ordering import Present
from ordercheck.engines.symbolic.values import (
    Family,
    Record,
    Seq,
    Sym,
    TooMany,
    lift,
    members_of,
    merge_all,
    parts,
    seq,
    union,
)
from ordercheck.engines.transition import State
from ordercheck.ir.domains import NotFinite
from ordercheck.ir.nodes import Program
from ordercheck.ir.record import dataclass
from ordercheck.ir.render import show_type, slot_paths
from ordercheck.ir.span import NOWHERE
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

LARGEST = (1 << 63) - 1
"""The largest integer: what is called int without bounds is as wide as this."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The variables of a program's states.

    `symbols` are the slots' values in terms of them, `variables` those of each slot;
    `constraints` are true of every state that fits the slots' types.
    """

    slots: tuple[Type, ...]
    tasks: int
    symbols: tuple[Sym, ...]
    variables: tuple[tuple[Term, ...], ...]
    constraints: tuple[Term, ...]

    @classmethod
    def of(cls, program: Program, prefix: str) -> Layout:
        """For a program's slots; raises Unsupported for one that has no bound.

        The variables' names begin with the prefix.
        """
        symbols: list[Sym] = []
        variables: list[tuple[Term, ...]] = []
        constraints: list[Term] = []
        paths = slot_paths(program)
        for number, kind in enumerate(program.slots):
            maker = _Maker(f"{prefix}{number}", len(program.tasks), len(program.slots))
            try:
                symbols.append(maker.made(kind, TRUE))
            except (TooMany, NotFinite):
                mine = (p for p in program.places if p.slot <= number < p.slot + p.size)
                span = next((place.span for place in mine), NOWHERE)
                words = (
                    f"{paths[number]} is {show_type(kind)}, which has no bound that z3 could use"
                )
                raise Unsupported(words, span) from None
            variables.append(tuple(maker.variables))
            constraints += [bit.term for bit in maker.constraints if bit is not TRUE]
        return cls(
            program.slots,
            len(program.tasks),
            tuple(symbols),
            tuple(variables),
            tuple(constraints),
        )

    def packed(self, slot: int, value: Sym) -> list[Term]:
        """The slot's variables for a value."""
        return _Packer(self.tasks, len(self.slots)).packed(self.slots[slot], [(TRUE, value)])

    def unpacked(self, values: Sequence[Sequence[int]]) -> State:
        """The state that these values of the variables are."""
        return tuple(self.unpacked_slot(slot, row) for slot, row in enumerate(values))

    def unpacked_slot(self, slot: int, values: Sequence[int]) -> Value:
        """The slot's value that these values of its variables are."""
        reader = _Reader(self.tasks, len(self.slots))
        return reader.read(self.slots[slot], iter(values))


def _options(kind: Type, tasks: int, slots: int) -> Sequence[Value] | None:
    """The values of a type that is a vector with the place among them; None for others."""
    match kind:
        case TextType(values=values) | EnumType(values=values):
            return values
        case RefType(components=components):
            return components
        case TaskType():
            return range(max(1, tasks))
        case PlaceType():
            return range(slots)
        case _:
            return None


def _bounds(kind: IntType) -> tuple[int, int]:
    lo = -LARGEST if kind.lo is None else max(kind.lo, -LARGEST)
    return lo, LARGEST if kind.hi is None else min(kind.hi, LARGEST)


def _capacity(kind: ListType) -> int:
    if kind.capacity is None:
        if kind.item == NeverType():
            return 0
        raise TooMany("a list without a capacity")
    return kind.capacity


# --- variables -------------------------------------------------------------------------


@dataclasses.dataclass(slots=True)
class _Maker:
    """Makes the variables of one slot, in order, and the value that they are."""

    name: str
    tasks: int
    slots: int
    variables: list[Term] = dataclasses.field(default_factory=list)
    constraints: list[Bit] = dataclasses.field(default_factory=list)

    def made(self, kind: Type, active: Bit) -> Sym:
        """A value of the type; its variables are zero unless it is active."""
        match kind:
            case NeverType() | NoneType():
                return None
            case BoolType():
                return self._bit(active)
            case IntType():
                lo, hi = _bounds(kind)
                return self._number(lo, hi, active)
            case TextType() | EnumType() | RefType() | TaskType() | PlaceType():
                options = _options(kind, self.tasks, self.slots)
                assert options is not None
                place = self._number(0, len(options) - 1, active)
                return _picked(kind, options, place)
            case TupleType(items=items):
                return seq([self.made(item, active) for item in items])
            case StructType(name=name, fields=fields):
                return Record(name, tuple([self.made(item, active) for _, item in fields]))
            case ListType(item=item):
                return self._list(item, _capacity(kind), active)
            case SetType(domain=inner):
                return Family({v: self._bit(active) for v in members_of(inner)})
            case MapType(key=key, value=item):
                return seq([self._entry(item, active) for _ in members_of(key)])
            case BagType(domain=inner, capacity=room):
                bag = seq([self._number(0, room, active) for _ in members_of(inner)])
                self.constraints.append(is_within(total(bag), None, room))
                return bag
            case UnionType(options=options):
                return self._union(options, active)
            case _:
                assert_never(kind)

    def _fresh(self, sort: Term) -> Term:
        variable = z3.Const(f"{self.name}.{len(self.variables)}", sort)
        self.variables.append(variable)
        return variable

    def _bit(self, active: Bit) -> Bit:
        bit = atom(self._fresh(z3.BoolSort()))
        self.constraints.append(active | ~bit)
        return bit

    def _number(self, lo: int, hi: int, active: Bit) -> Int:
        if lo == hi:
            return lo
        width = _width(lo, hi)
        variable = self._fresh(z3.BitVecSort(width))
        vector = z3.ZeroExt(1, variable) if lo >= 0 else variable
        # By itself the variable may be more than the type: this is what has to be ruled out.
        half = 1 << (width - 1)
        least, most = (0, 2 * half - 1) if lo >= 0 else (-half, half - 1)
        within = is_within(Number(least, most, vector), lo, hi)
        number = from_vector(vector, lo, hi)
        if active is TRUE:
            self.constraints.append(within)
        else:
            zero = atom(variable == 0)
            self.constraints += [~active | within, active | zero]
        return number

    def _list(self, item: Type, capacity: int, active: Bit) -> Seq:
        items: list[Sym] = []
        more: list[Bit] = []
        for _ in range(capacity):
            longer = self._bit(more[-1] if more else active)
            more.append(longer)
            items.append(self.made(item, longer))
        return Seq(tuple(items), tuple(more))

    def _entry(self, kind: Type, active: Bit) -> Sym:
        there = self._bit(active)
        value = self.made(kind, there)
        return union([(there & bit, part) for bit, part in parts(value)] + [(~there, ABSENT)])

    def _union(self, options: tuple[Type, ...], active: Bit) -> Sym:
        place = self._number(0, len(options) - 1, active)
        found: list[Present] = []
        for number, option in enumerate(options):
            mine = place.test(number) if isinstance(place, Number) else TRUE
            found.append((mine, self.made(option, active & mine)))
        return merge_all(found)


def _width(lo: int, hi: int) -> int:
    return hi.bit_length() if lo >= 0 else max((~lo).bit_length(), hi.bit_length()) + 1


def _picked(kind: Type, options: Sequence[Value], place: Int) -> Sym:
    if isinstance(options, range):
        return place
    if isinstance(place, int):
        return lift(kind, options[place])
    return merge_all((place.test(k), lift(kind, value)) for k, value in enumerate(options))


# --- from values -----------------------------------------------------------------------


@dataclasses.dataclass(slots=True)
class _Packer:
    """Gives a slot's variables, in order, for a value that may be absent: then zero."""

    tasks: int
    slots: int
    terms: list[Term] = dataclasses.field(default_factory=list)

    def packed(self, kind: Type, values: Sequence[Present]) -> list[Term]:
        """The variables of the value whose condition is true."""
        self._pack(kind, [(bit & each, part) for bit, v in values for each, part in parts(v)])
        return self.terms

    def _pack(self, kind: Type, values: Sequence[Present]) -> None:
        flat = [(bit & each, part) for bit, v in values for each, part in parts(v)]
        flat = [each for each in flat if each[0] is not FALSE]
        match kind:
            case NeverType() | NoneType():
                pass
            case BoolType():
                self._bit(bit & part for bit, part in flat if isinstance(part, Bit))
            case IntType():
                self._number(*_bounds(kind), _of(flat, (int, Number)))
            case TextType() | EnumType() | RefType() | TaskType() | PlaceType():
                self._place(kind, flat)
            case TupleType(items=items):
                rows = _of(flat, Seq)
                for k, item in enumerate(items):
                    self._pack(item, [(b, v.items[k]) for b, v in rows if k < len(v.items)])
            case StructType(name=name, fields=fields):
                records = [(b, v) for b, v in _of(flat, Record) if v.name == name]
                for k, (_, item) in enumerate(fields):
                    self._pack(item, [(b, v.fields[k]) for b, v in records])
            case ListType(item=item):
                self._list(item, _capacity(kind), _of(flat, Seq))
            case SetType(domain=inner):
                sets = _of(flat, Family)
                for member in members_of(inner):
                    self._bit(bit & v.has(member) for bit, v in sets)
            case MapType(key=key, value=item):
                self._entries(item, len(members_of(key)), _of(flat, Seq))
            case BagType(domain=inner, capacity=room):
                bags = _of(flat, Seq)
                for k in range(len(members_of(inner))):
                    self._number(0, room, [(bit, v.items[k]) for bit, v in bags])
            case UnionType(options=options):
                self._union(options, flat)
            case _:
                assert_never(kind)

    def _bit(self, bits: Iterable[Bit]) -> None:
        self.terms.append(any_of(bits).term)

    def _number(self, lo: int, hi: int, values: Sequence[Present]) -> None:
        if lo == hi:
            return
        missing = ~any_of(bit for bit, _ in values)
        number: Int = merge_all([*values, (missing, 0)])
        width = _width(lo, hi)
        self.terms.append(vector_of(number, width))

    def _place(self, kind: Type, values: Sequence[Present]) -> None:
        options = _options(kind, self.tasks, self.slots)
        assert options is not None
        if isinstance(options, range):
            self._number(0, len(options) - 1, _of(values, (int, Number)))
            return
        found: dict[int, Bit] = {}
        for bit, value in values:
            for k, option in enumerate(options):
                test = bit & has_value(value, option)
                found[k] = found.get(k, FALSE) | test
        self._number(0, len(options) - 1, [(TRUE, from_cases(_rest_is_zero(found)))])

    def _list(self, item: Type, capacity: int, values: Sequence[Present]) -> None:
        for k in range(capacity):
            there = [(bit & v.longer(k), v.items[k]) for bit, v in values if k < len(v.items)]
            self._bit(bit for bit, _ in there)
            self._pack(item, there)

    def _entries(self, item: Type, count: int, values: Sequence[Present]) -> None:
        for k in range(count):
            entries = [(bit & present(v.items[k]), v.items[k]) for bit, v in values]
            self._bit(bit for bit, _ in entries)
            self._pack(item, [(bit, v) for bit, v in entries if v is not ABSENT])

    def _union(self, options: tuple[Type, ...], values: Sequence[Present]) -> None:
        shares: list[list[Present]] = [[] for _ in options]
        for bit, value in values:
            left = bit
            for share, option in zip(shares, options, strict=True):
                mine = left & has(option, value)
                left = left & ~mine
                if mine is not FALSE:
                    share.append((mine, value))
        found = {k: any_of(bit for bit, _ in share) for k, share in enumerate(shares)}
        self._number(0, len(options) - 1, [(TRUE, from_cases(_rest_is_zero(found)))])
        for share, option in zip(shares, options, strict=True):
            self._pack(option, share)


def _of(values: Sequence[Present], shape: type | tuple[type, ...]) -> list[Present]:
    return [(bit, value) for bit, value in values if isinstance(value, shape)]


def has_value(value: Sym, known: Value) -> Bit:
    """Whether a text or a component is this one."""
    if isinstance(value, Number):
        # What is read at an index may be another place's, until the index is known to be wrong.
        return value.test(known) if isinstance(known, int) else FALSE
    return TRUE if value == known else FALSE


def _rest_is_zero(cases: dict[int, Bit]) -> dict[int, Bit]:
    """The cases, with 0 wherever none is true."""
    others = any_of(bit for k, bit in cases.items() if k)
    return {**cases, 0: ~others}


# --- from numbers ----------------------------------------------------------------------


@dataclasses.dataclass(slots=True)
class _Reader:
    """Reads a value of the interpreter's from the values of its variables."""

    tasks: int
    slots: int

    def read(self, kind: Type, row: Iterator[int]) -> Value:
        """The next value."""
        match kind:
            case NeverType() | NoneType():
                return None
            case BoolType():
                return bool(next(row))
            case IntType():
                return self._number(*_bounds(kind), row)
            case TextType() | EnumType() | RefType() | TaskType() | PlaceType():
                options = _options(kind, self.tasks, self.slots)
                assert options is not None
                return options[self._number(0, len(options) - 1, row)]
            case TupleType(items=items):
                return tuple([self.read(item, row) for item in items])
            case StructType(name=name, fields=fields):
                return (name, *[self.read(item, row) for _, item in fields])
            case ListType(item=item):
                pairs = [(next(row), self.read(item, row)) for _ in range(_capacity(kind))]
                return tuple(value for there, value in pairs if there)
            case SetType(domain=inner):
                pairs = [(next(row), member) for member in members_of(inner)]
                return frozenset(member for there, member in pairs if there)
            case MapType(key=key, value=item):
                pairs = [(next(row), self.read(item, row)) for _ in members_of(key)]
                return tuple(value if there else ABSENT for there, value in pairs)
            case BagType(domain=inner, capacity=room):
                return tuple([self._number(0, room, row) for _ in members_of(inner)])
            case UnionType(options=options):
                place = self._number(0, len(options) - 1, row)
                return [self.read(option, row) for option in options][place]
            case _:
                assert_never(kind)

    def _number(self, lo: int, hi: int, row: Iterator[int]) -> int:
        if lo == hi:
            return lo
        value = next(row)
        width = _width(lo, hi)
        return value - (1 << width) if lo < 0 and value >> (width - 1) else value
