"""Order among symbolic values: comparing, sorting, the least and the greatest."""

from __future__ import annotations

from collections.abc import Sequence

from ordercheck.engines.symbolic.bits import FALSE, TRUE, Bit, any_of, constant, mux
from ordercheck.engines.symbolic.membership import Fail, as_int
from ordercheck.engines.symbolic.numbers import from_cases, is_equal, is_less
from ordercheck.engines.symbolic.values import Seq, Sym, merge, merge_all, parts, same
from ordercheck.ir.types import EnumType, ListType, NeverType, TextType, TupleType, Type

Present = tuple[Bit, Sym]
"""A value that may be one of a list's, and when it is."""


def is_before(kind: Type, left: Sym, right: Sym, fail: Fail) -> Bit:
    """left < right; enum members in the order of their declaration."""
    return _compared(kind, kind, left, right, fail)


def is_before_any(kinds: tuple[Type, Type], left: Sym, right: Sym, fail: Fail) -> Bit:
    """The same for values of two types."""
    return _compared(*kinds, left, right, fail)


def _compared(one: Type, other: Type, left: Sym, right: Sym, fail: Fail) -> Bit:
    match one, other:
        case ((TupleType() | ListType()), _):
            return _lists(one, other, left, right, fail)
        case TextType(), _:
            pairs = ((a & b, x < y) for a, x in parts(left) for b, y in parts(right))
            return any_of(bit for bit, less in pairs if less)
        case EnumType(values=values), EnumType():
            return is_less(_standing(values, left), _standing(values, right))
        case NeverType(), _:
            return FALSE
        case _:
            return is_less(as_int(left, fail), as_int(right, fail))


def _standing(values: tuple[str, ...], value: Sym) -> Sym:
    return from_cases({values.index(part): bit for bit, part in parts(value)})


def _lists(one: Type, other: Type, left: Seq, right: Seq, fail: Fail) -> Bit:
    """The first items that differ decide; else the shorter comes first."""
    longest = max(len(left.items), len(right.items))
    result = FALSE
    for k in range(longest - 1, -1, -1):
        both = left.longer(k) & right.longer(k)
        here = ~left.longer(k) & right.longer(k)
        if both is not FALSE:
            a, b = left.items[k], right.items[k]
            less = _compared(_item(one, k), _item(other, k), a, b, fail)
            here = mux(both, less | (same(a, b) & result), here)
        result = here
    return result


def _item(kind: Type, k: int) -> Type:
    match kind:
        case ListType(item=item):
            return item
        case TupleType(items=items):
            return items[k] if k < len(items) else NeverType()
        case _:
            raise TypeError(f"{kind} is no list")


def arranged(
    kind: Type, items: Sequence[Sym], keys: Sequence[Sym], descending: bool, fail: Fail
) -> list[Sym]:
    """The items by their keys of a type; stable, whichever way."""
    count = len(items)
    less = [
        [is_before(kind, keys[j], keys[k], fail) if j != k else FALSE for k in range(count)]
        for j in range(count)
    ]
    places = []
    for k in range(count):
        before = []
        for j in range(count):
            earlier = less[k][j] if descending else less[j][k]
            later = less[j][k] if descending else less[k][j]
            # What is neither is equal, and stays in the order in which it came.
            before.append(FALSE if j == k else earlier | (constant(j < k) & ~later))
        places.append(counted(before))
    return [
        merge_all((is_equal(places[k], place), items[k]) for k in range(count))
        for place in range(count)
    ]


def counted(bits: Sequence[Bit]) -> Sym:
    """How many are true."""
    exactly = [TRUE]
    for bit in bits:
        exactly = one_more(exactly, bit)
    return from_cases(dict(enumerate(exactly)))


def one_more(exactly: Sequence[Bit], bit: Bit) -> list[Bit]:
    """When so many bits are true, with one bit more; given that for each number without it."""
    return [
        mux(bit, exactly[k - 1] if k else FALSE, exactly[k] if k < len(exactly) else FALSE)
        for k in range(len(exactly) + 1)
    ]


def extreme(
    kind: Type, items: Sequence[Present], keys: Sequence[Sym], greatest: bool, fail: Fail
) -> Sym:
    """The first of the items with the least, or the greatest, key; fails where there is none."""
    found, best, key = FALSE, None, None
    for (present, item), mine in zip(items, keys, strict=True):
        if found is FALSE:
            best, key = item, mine
        else:
            less, more = (key, mine) if greatest else (mine, key)
            better = present & (~found | is_before(kind, less, more, fail))
            best, key = merge(better, item, best), merge(better, mine, key)
        found = found | present
    fail(~found, "value")
    return best
