"""Symbolic values: what the interpreter has as a value, with formulas for what is not known.

==================  ======================================================
interpreter's       here
==================  ======================================================
bool                Bit
int                 int, or Number
str, None, ABSENT   itself
tuple of a struct   Record
any other tuple     Seq, whose length need not be known
frozenset           Family: for each value, when it is a member
one of these        Union: each with when it is the one
==================  ======================================================

All operations take what a Union may be apart into its parts; each part of a Union has a
*shape* of its own, so merging never lists what values there are.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Hashable, Iterable, Iterator
from itertools import product
from typing import Any

from ordercheck.engines.symbolic.bits import (
    FALSE,
    TRUE,
    Bit,
    all_of,
    any_of,
    constant,
    equal,
    mux,
)
from ordercheck.engines.symbolic.numbers import (
    Number,
    cases_of,
    choose,
    hi_of,
    is_equal,
    is_few,
    lo_of,
)
from ordercheck.ir.domains import contains, domain
from ordercheck.ir.types import (
    ABSENT,
    BagType,
    ListType,
    MapType,
    SetType,
    StructType,
    TupleType,
    Type,
    UnionType,
    Value,
)

Sym = Any
"""A symbolic value: Bit | int | Number | str | None | ABSENT | Seq | Record | Family | Union."""

MOST = 4096
"""What has more possible values than this is not taken apart."""


class TooMany(Exception):
    """Something would have to be listed that has too many values; the argument says what."""


class Dead(Exception):
    """Nothing comes here: the path's condition is false."""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Seq:
    """A tuple or list: `more[k]` is true where it has more than k items; each implies the last."""

    items: tuple[Sym, ...]
    more: tuple[Bit, ...]

    def lengths(self) -> Iterator[tuple[Bit, int]]:
        """Each possible length, and when it is the one."""
        for k in range(len(self.items) + 1):
            bit = self.longer(k - 1) & ~self.longer(k)
            if bit is not FALSE:
                yield bit, k

    def longer(self, k: int) -> Bit:
        """Whether it has more than k items."""
        return TRUE if k < 0 else self.more[k] if k < len(self.more) else FALSE

    def variants(self) -> Iterator[tuple[Bit, tuple[Sym, ...]]]:
        """Its items, for each possible length."""
        for bit, length in self.lengths():
            yield bit, self.items[:length]


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Record:
    """A struct."""

    name: str
    fields: tuple[Sym, ...]


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Family:
    """A set: for each value that may be a member, whether it is."""

    members: dict[Value, Bit]

    def has(self, value: Value) -> Bit:
        """Whether it is a member."""
        return self.members.get(value, FALSE)


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Union:
    """One of several values of different shapes, each with the condition that it is the one."""

    parts: tuple[tuple[Bit, Sym], ...]


def seq(items: Iterable[Sym]) -> Seq:
    """A list of known length."""
    known = tuple(items)
    return Seq(known, (TRUE,) * len(known))


EMPTY = seq(())


# --- taking apart and merging -----------------------------------------------------------


def parts(value: Sym) -> tuple[tuple[Bit, Sym], ...]:
    """What the value may be, by shape."""
    return value.parts if isinstance(value, Union) else ((TRUE, value),)


def _shape(value: Sym) -> Hashable:
    match value:
        case Bit() | Seq() | Family():
            return type(value).__name__
        case int() | Number():
            return "int"
        case Record(name=name, fields=fields):
            return "struct", name, len(fields)
        case _:
            # Text, None and ABSENT have nothing to be merged: each is a shape of its own.
            return "atom", value


def merge(test: Bit, then: Sym, orelse: Sym) -> Sym:
    """`then` where the test is true, else `orelse`."""
    if then is orelse or test is TRUE:
        return then
    if test is FALSE:
        return orelse
    if not isinstance(then, Union) and not isinstance(orelse, Union):
        if _shape(then) == _shape(orelse):
            return _merged(test, then, orelse)
        return Union(((test, then), (~test, orelse)))
    found: dict[Hashable, tuple[Bit, Sym]] = {}
    for condition, value in parts(orelse):
        found[_shape(value)] = (~test & condition, value)
    for condition, value in parts(then):
        shape, here = _shape(value), test & condition
        if shape in found:
            there, other = found[shape]
            found[shape] = (here | there, _merged(test, value, other))
        else:
            found[shape] = (here, value)
    return union(found.values())


def union(alternatives: Iterable[tuple[Bit, Sym]]) -> Sym:
    """One of these, which differ in shape; those that are impossible left out."""
    left = tuple(each for each in alternatives if each[0] is not FALSE)
    if not left:
        raise Dead
    return left[0][1] if len(left) == 1 else Union(left)


def merge_all(alternatives: Iterable[tuple[Bit, Sym]]) -> Sym:
    """The value whose condition is true; exactly one is, wherever this is used."""
    left = [each for each in alternatives if each[0] is not FALSE]
    if not left:
        raise Dead
    result = left[-1][1]
    for condition, value in reversed(left[:-1]):
        result = merge(condition, value, result)
    return result


def _merged(test: Bit, then: Sym, orelse: Sym) -> Sym:
    """Merge two values of one shape."""
    match then, orelse:
        case Bit(), Bit():
            return mux(test, then, orelse)
        case ((int() | Number()), _):
            return choose(test, then, orelse)
        case Seq(), Seq():
            return _merged_lists(test, then, orelse)
        case Record(name=name), Record():
            pairs = zip(then.fields, orelse.fields, strict=True)
            return Record(name, tuple(merge(test, a, b) for a, b in pairs))
        case Family(), Family():
            values = {**then.members, **orelse.members}
            return Family({v: mux(test, then.has(v), orelse.has(v)) for v in values})
        case _:
            return then


def _merged_lists(test: Bit, then: Seq, orelse: Seq) -> Seq:
    longest = max(len(then.items), len(orelse.items))
    items: list[Sym] = []
    more: list[Bit] = []
    for k in range(longest):
        left, right = then.longer(k), orelse.longer(k)
        here = mux(test, left, right)
        if here is FALSE:
            break
        more.append(here)
        if left is FALSE or right is FALSE:
            items.append((orelse if left is FALSE else then).items[k])
        else:
            items.append(merge(test, then.items[k], orelse.items[k]))
    return Seq(tuple(items), tuple(more))


# --- equality ---------------------------------------------------------------------------


def same(left: Sym, right: Sym) -> Bit:
    """left == right, as Python has it for the interpreter's values."""
    if left is right:
        return TRUE
    if isinstance(left, Union) or isinstance(right, Union):
        return any_of(
            a & b & same(x, y)
            for (a, x), (b, y) in product(parts(left), parts(right))
            if (a & b) is not FALSE
        )
    match left, right:
        case Bit(), Bit():
            return equal(left, right)
        case ((int() | Number()), (int() | Number())):
            return is_equal(left, right)
        case Bit(), (int() | Number()):
            return (left & is_equal(right, 1)) | (~left & is_equal(right, 0))
        case ((int() | Number()), Bit()):
            return same(right, left)
        case Seq(), Seq():
            return _same_lists(left, right)
        case Record(), Record():
            if left.name != right.name:
                return FALSE
            pairs = zip(left.fields, right.fields, strict=True)
            return all_of(same(a, b) for a, b in pairs)
        case Family(), Family():
            values = {**left.members, **right.members}
            return all_of(equal(left.has(v), right.has(v)) for v in values)
        case (str(), str()) | (None, None):
            return constant(left == right)
        case _:
            return constant(left is right)


def _same_lists(left: Seq, right: Seq) -> Bit:
    result = TRUE
    for k in range(max(len(left.items), len(right.items))):
        a, b = left.longer(k), right.longer(k)
        result = result & equal(a, b)
        if result is FALSE:
            return FALSE
        if a is not FALSE and b is not FALSE:
            result = result & (~a | same(left.items[k], right.items[k]))
    return result


# --- known values -----------------------------------------------------------------------


def lift(kind: Type, value: Value) -> Sym:
    """A value of the interpreter's."""
    match kind:
        case UnionType(options=options):
            return lift(next(o for o in _structs_first(options) if contains(o, value)), value)
        case StructType(name=name, fields=fields):
            pairs = zip(fields, value[1:], strict=True)
            return Record(name, tuple(lift(item, each) for (_, item), each in pairs))
        case TupleType(items=items):
            return seq(lift(item, each) for item, each in zip(items, value, strict=True))
        case ListType(item=item):
            return seq(lift(item, each) for each in value)
        case MapType(value=item):
            return seq(each if each is ABSENT else lift(item, each) for each in value)
        case BagType():
            return seq(value)
        case SetType():
            return Family(dict.fromkeys(value, TRUE))
        case _:
            return constant(value) if isinstance(value, bool) else value


def _structs_first(options: tuple[Type, ...]) -> list[Type]:
    """A struct is told by its name; some tuple type might take its values for its own."""
    return sorted(options, key=lambda option: not isinstance(option, StructType))


def listed(value: Sym) -> list[tuple[Bit, Value]]:
    """Every value of the interpreter's that it may be, and when; raises TooMany."""
    found: list[tuple[Bit, Value]] = []
    for condition, part in parts(value):
        for bit, known in _listed(part):
            both = condition & bit
            if both is not FALSE:
                found.append((both, known))
    return found


def _listed(value: Sym) -> list[tuple[Bit, Value]]:
    match value:
        case Bit():
            pairs: list[tuple[Bit, Value]] = [(value, True), (~value, False)]
            return [pair for pair in pairs if pair[0] is not FALSE]
        case int() | Number():
            if hi_of(value) - lo_of(value) >= MOST and not is_few(value):
                raise TooMany(f"a number from {lo_of(value)} to {hi_of(value)}")
            return [(bit, k) for k, bit in cases_of(value)]
        case Seq():
            return [
                (bit & each, items)
                for bit, known in value.variants()
                for each, items in _combined(map(listed, known), tuple)
                if (bit & each) is not FALSE
            ]
        case Record(name=name, fields=fields):
            return _combined(map(listed, fields), lambda row: (name, *row))
        case Family(members=members):
            options = ([(bit, v), (~bit, ABSENT)] for v, bit in members.items())
            return _combined(options, lambda row: frozenset(v for v in row if v is not ABSENT))
        case _:
            return [(TRUE, value)]


def _combined(
    columns: Iterable[list[tuple[Bit, Value]]], make: Callable[[tuple[Value, ...]], Value]
) -> list[tuple[Bit, Value]]:
    """Each way to take one of each column."""
    rows: list[tuple[Bit, tuple[Value, ...]]] = [(TRUE, ())]
    for column in columns:
        rows = [
            (both, (*row, value))
            for bit, row in rows
            for each, value in column
            if (both := bit & each) is not FALSE
        ]
        if len(rows) > MOST:
            raise TooMany("a value made of many parts")
    return [(bit, make(row)) for bit, row in rows]


def members_of(kind: Type) -> tuple[Value, ...]:
    """All values of a finite type, in declared order; raises TooMany."""
    found: list[Value] = []
    for value in domain(kind):
        found.append(value)
        if len(found) > MOST:
            raise TooMany("the values of a type")
    return tuple(found)
