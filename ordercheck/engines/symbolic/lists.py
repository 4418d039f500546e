"""Operations on lists and tuples."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations, permutations, product

from ordercheck.engines.symbolic.bits import FALSE, TRUE, Bit, any_of
from ordercheck.engines.symbolic.membership import Fail, as_int, as_list
from ordercheck.engines.symbolic.numbers import (
    Int,
    add,
    cases_of,
    from_cases,
    hi_of,
    is_equal,
    is_few,
    is_less,
    lo_of,
)
from ordercheck.engines.symbolic.ordering import Present, arranged, one_more
from ordercheck.engines.symbolic.values import (
    EMPTY,
    MOST,
    Seq,
    Sym,
    TooMany,
    merge,
    merge_all,
    parts,
    same,
    seq,
)
from ordercheck.ir.nodes import Apply, Op
from ordercheck.ir.types import ListType, TupleType, Type


def on_lists(expr: Apply, operands: Sequence[Sym], fail: Fail) -> Sym | None:
    """The operation's value; None where it is none that takes a list and gives a list or item."""
    op, rest = expr.op, operands[1:]
    if op in _MANY:
        return _MANY[op]([as_list(each, fail) for each in operands])
    if op in _ONE:
        return _ONE[op](as_list(operands[0], fail), rest, fail)
    if op is Op.RANGE:
        return numbers_from([as_int(each, fail) for each in operands], fail)
    if op is Op.SORTED:
        return _sorted(item_type(expr.operands[0].type), as_list(operands[0], fail), fail)
    return None


def item_type(kind: Type) -> Type:
    """The type of a list's or a tuple's items."""
    match kind:
        case ListType(item=item):
            return item
        case TupleType(items=items):
            return items[0]
        case _:
            raise TypeError(f"{kind} is no list")


def present_items(value: Seq) -> list[Present]:
    """Its items, each with when it is there."""
    return list(zip(value.more, value.items, strict=True))


def compact(items: Iterable[Present]) -> Seq:
    """The list of those that are there."""
    columns: list[list[Present]] = []
    exactly = [TRUE]
    for bit, item in items:
        if bit is FALSE:
            continue
        if len(columns) > MOST:
            raise TooMany("the items of a list")
        columns.append([])
        for k, here in enumerate(exactly):
            columns[k].append((here & bit, item))
        exactly = one_more(exactly, bit)
    more: list[Bit] = []
    longer = FALSE
    for bit in reversed(exactly[1:]):
        longer = longer | bit
        more.append(longer)
    more.reverse()
    known = [(m, c) for m, c in zip(more, columns, strict=True) if m is not FALSE]
    return Seq(tuple(merge_all(c) for _, c in known), tuple(m for m, _ in known))


# --- where in a list -------------------------------------------------------------------


def places(value: Seq, k: Int) -> list[Bit]:
    """For each place whether index k, which may be negative, means it."""
    found = []
    for place in range(len(value.items)):
        bit = is_equal(k, place) & value.longer(place)
        if lo_of(k) < 0:
            ends = (b & is_equal(k, place - n) for b, n in value.lengths() if n > place)
            bit = bit | any_of(ends)
        found.append(bit)
    return found


def first_equal(value: Seq, x: Sym) -> list[Bit]:
    """For each place whether it is the first with an item equal to x."""
    found = []
    none = TRUE
    for more, item in present_items(value):
        here = more & same(item, x)
        found.append(none & here)
        none = none & ~here
    return found


def index(value: Seq, rest: Sequence[Sym], fail: Fail) -> Sym:
    """xs[k]."""
    at = places(value, as_int(rest[0], fail))
    fail(~any_of(at), "index")
    return merge_all(zip(at, value.items, strict=True))


def _find(value: Seq, rest: Sequence[Sym], fail: Fail) -> Sym:
    at = first_equal(value, rest[0])
    fail(~any_of(at), "value")
    return from_cases(dict(enumerate(at)))


# --- changed lists ---------------------------------------------------------------------


def _without(value: Seq, at: Sequence[Bit]) -> Seq:
    """The list without the item at the one place for which the bit is true."""
    items: list[Sym] = []
    more: list[Bit] = []
    gone = FALSE
    for place in range(len(value.items) - 1):
        gone = gone | at[place]
        longer = value.longer(place + 1)
        if longer is FALSE:
            break
        items.append(merge(gone, value.items[place + 1], value.items[place]))
        more.append(longer)
    return Seq(tuple(items), tuple(more))


def _remove_at(value: Seq, rest: Sequence[Sym], fail: Fail) -> Seq:
    at = places(value, as_int(rest[0], fail))
    fail(~any_of(at), "index")
    return _without(value, at)


def _remove(value: Seq, rest: Sequence[Sym], fail: Fail) -> Seq:
    at = first_equal(value, rest[0])
    fail(~any_of(at), "value")
    return _without(value, at)


def _replace(value: Seq, rest: Sequence[Sym], fail: Fail) -> Seq:
    at = places(value, as_int(rest[0], fail))
    fail(~any_of(at), "index")
    pairs = zip(at, value.items, strict=True)
    return Seq(tuple(merge(bit, rest[1], item) for bit, item in pairs), value.more)


def _insert(value: Seq, rest: Sequence[Sym], fail: Fail) -> Seq:
    k, x = as_int(rest[0], fail), rest[1]
    count = len(value.items)
    at = [FALSE] * (count + 1)
    for bit, length in value.lengths():
        for place in range(length + 1):
            # Like Python's: an index beyond either end is that end.
            here = is_equal(k, place) | (is_equal(k, place - length) if place < length else FALSE)
            if length == 0:
                here = TRUE
            elif place == length:
                here = ~is_less(k, length)
            elif place == 0:
                here = here | is_less(k, -length)
            at[place] = at[place] | (bit & here)
    items: list[Sym] = []
    passed = FALSE
    for place in range(count + 1):
        # Whether the place comes after the new item's.
        old = value.items[place] if place < count else x
        moved = merge(passed, value.items[place - 1], old) if place else old
        items.append(merge(at[place], x, moved))
        passed = passed | at[place]
    return Seq(tuple(items), (TRUE, *value.more))


def _append(value: Seq, rest: Sequence[Sym], fail: Fail) -> Seq:
    return joined([value, seq(rest)])


def joined(lists: Sequence[Seq]) -> Seq:
    """One list after another."""
    result = EMPTY
    for each in lists:
        variants = [
            (bit, Seq(items + each.items, (TRUE,) * len(items) + each.more))
            for bit, items in result.variants()
        ]
        result = merge_all(variants)
    return result


def _repeat(value: Seq, rest: Sequence[Sym], fail: Fail) -> Seq:
    times = as_int(rest[0], fail)
    if not is_few(times):
        raise TooMany("how often a list is repeated")
    result: Seq = merge_all(
        (bit, joined([value] * max(k, 0)) if k > 0 else EMPTY) for k, bit in cases_of(times)
    )
    return result


def _slice(value: Seq, rest: Sequence[Sym], fail: Fail) -> Seq:
    start, stop, step = (_ends(each, len(value.items), fail) for each in rest)
    for bit, by in step:
        fail(bit if by == 0 else FALSE, "value")
    found: Seq = merge_all(
        (bit & a & b & c, seq(items[i:j:k]))
        for bit, items in value.variants()
        for a, i in start
        for b, j in stop
        for c, k in step
        if k != 0
    )
    return found


def _ends(value: Sym, length: int, fail: Fail) -> list[tuple[Bit, int | None]]:
    """What an end of a slice may be; numbers beyond a list of this length are all the same."""
    found: list[tuple[Bit, int | None]] = []
    for bit, part in parts(value):
        if part is None:
            found.append((bit, None))
            continue
        k, last = as_int(part, fail), length + 1
        low, high = max(lo_of(k), -last), min(hi_of(k), last)
        found += [(bit & is_equal(k, each), each) for each in range(low + 1, high)]
        found.append((bit & ~is_less(low, k), low))
        if high > low:
            found.append((bit & ~is_less(k, high), high))
        elif high < low:
            # All of it lies beyond one end.
            found[-1] = (bit, last if lo_of(k) > 0 else -last)
    return [each for each in found if each[0] is not FALSE]


def _reversed(value: Seq, rest: Sequence[Sym], fail: Fail) -> Seq:
    result: Seq = merge_all((bit, seq(items[::-1])) for bit, items in value.variants())
    return result


def _sorted(kind: Type, value: Seq, fail: Fail) -> Seq:
    result: Seq = merge_all(
        (bit, seq(arranged(kind, items, items, False, fail))) for bit, items in value.variants()
    )
    return result


def _enumerate(value: Seq, rest: Sequence[Sym], fail: Fail) -> Seq:
    start = as_int(rest[0], fail)
    items = (seq((add(start, k), item)) for k, item in enumerate(value.items))
    return Seq(tuple(items), value.more)


# --- several lists ---------------------------------------------------------------------


def _zip(lists: Sequence[Seq]) -> Seq:
    items = tuple(seq(row) for row in zip(*(each.items for each in lists), strict=False))
    more = []
    for k in range(len(items)):
        longer = TRUE
        for each in lists:
            longer = longer & each.longer(k)
        more.append(longer)
    return Seq(items, tuple(more))


def _product(lists: Sequence[Seq]) -> Seq:
    rows: list[Present] = []
    size = 1
    for each in lists:
        size *= len(each.items)
    if size > MOST:
        raise TooMany("the product of lists")
    for row in product(*(present_items(each) for each in lists)):
        bit = TRUE
        for more, _ in row:
            bit = bit & more
        rows.append((bit, seq(item for _, item in row)))
    return compact(rows)


def _taken(take: Callable[..., Iterable[tuple[Sym, ...]]]) -> Callable[..., Seq]:
    def taken(value: Seq, rest: Sequence[Sym], fail: Fail) -> Seq:
        k = as_int(rest[0], fail)
        fail(is_less(k, 0), "value")
        found = []
        for bit, items in value.variants():
            for count in range(max(0, lo_of(k)), min(hi_of(k), len(items) + 1) + 1):
                # More than there are: none, whatever the number.
                exact = is_equal(k, count) if count <= len(items) else is_less(len(items), k)
                rows = [seq(row) for row in take(items, count)]
                if len(rows) > MOST:
                    raise TooMany("the ways to take items of a list")
                found.append((bit & exact, seq(rows)))
            if lo_of(k) > len(items) + 1:
                found.append((bit, EMPTY))
        result: Seq = merge_all(found)
        return result

    return taken


def numbers_from(ends: Sequence[Int], fail: Fail) -> Seq:
    """range(start, stop, step)."""
    start, stop, step = ends
    fail(is_equal(step, 0), "value")
    if not all(is_few(each) or hi_of(each) - lo_of(each) < MOST for each in (start, stop, step)):
        raise TooMany("the ends of a range")
    found = []
    for (a, low), (b, high), (c, by) in product(cases_of(start), cases_of(stop), cases_of(step)):
        condition = low & high & by
        if c == 0 or condition is FALSE:
            continue
        if len(items := range(a, b, c)) > MOST:
            raise TooMany("a range")
        found.append((condition, seq(items)))
    result: Seq = merge_all(found)
    return result


_ONE: dict[Op, Callable[[Seq, Sequence[Sym], Fail], Sym]] = {
    Op.INDEX: index,
    Op.FIND: _find,
    Op.REMOVE_AT: _remove_at,
    Op.REMOVE: _remove,
    Op.REPLACE: _replace,
    Op.INSERT: _insert,
    Op.APPEND: _append,
    Op.REPEAT: _repeat,
    Op.SLICE: _slice,
    Op.REVERSED: _reversed,
    Op.ENUMERATE: _enumerate,
    Op.COMBINATIONS: _taken(combinations),
    Op.PERMUTATIONS: _taken(permutations),
}
_MANY: dict[Op, Callable[[Sequence[Seq]], Seq]] = {
    Op.CONCAT: joined,
    Op.ZIP: _zip,
    Op.PRODUCT: _product,
}
