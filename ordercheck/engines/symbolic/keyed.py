"""Operations on sets, maps and bags, and on what may be any collection or text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ordercheck.engines.symbolic.bits import FALSE, TRUE, Bit, all_of, any_of, equal
from ordercheck.engines.symbolic.lists import first_equal, present_items
from ordercheck.engines.symbolic.membership import (
    Fail,
    as_family,
    as_int,
    as_list,
    present,
    total,
)
from ordercheck.engines.symbolic.numbers import (
    add,
    from_cases,
    hi_of,
    is_less,
    lo_of,
    subtract,
)
from ordercheck.engines.symbolic.ordering import Present, counted
from ordercheck.engines.symbolic.values import (
    MOST,
    Family,
    Seq,
    Sym,
    TooMany,
    lift,
    listed,
    members_of,
    merge,
    merge_all,
    parts,
    same,
    seq,
    union,
)
from ordercheck.ir.nodes import Apply, Op
from ordercheck.ir.render import in_order
from ordercheck.ir.types import ABSENT, BagType, MapType, SetType, TextType, Type, Value


def on_keyed(expr: Apply, operands: Sequence[Sym], fail: Fail) -> Sym | None:
    """The operation's value; None where it is none of these."""
    op = expr.op
    if op in _PAIRS:
        return _PAIRS[op](as_family(operands[0], fail), as_family(operands[1], fail))
    match op:
        case Op.MAP:
            return _map(expr, operands, fail)
        case Op.SET:
            return to_set((TRUE, each) for each in operands)
        case Op.GET | Op.GET_OR:
            return _get(expr, operands, fail)
        case Op.PUT | Op.DELETE:
            return _changed(expr, operands, fail)
        case Op.ADD_ITEM:
            return _added(expr, operands, fail)
        case Op.DISCARD | Op.REMOVE_ITEM:
            return _removed(expr, operands, fail)
        case Op.LENGTH | Op.COUNT | Op.CONTAINS:
            return _measured(expr, operands, fail)
        case Op.TEXT_INDEX:
            return _character(operands, fail)
        case _:
            return None


def key_type(kind: Type) -> Type:
    """The type of a map's keys, or of a set's or bag's members."""
    match kind:
        case MapType(key=key):
            return key
        case SetType(domain=inner) | BagType(domain=inner):
            return inner
        case _:
            raise TypeError(f"{kind} has no keys")


def _tests(kind: Type, x: Sym) -> list[Bit]:
    """For each key of a map or bag of this type whether x is that key."""
    key = key_type(kind)
    return [same(x, lift(key, value)) for value in members_of(key)]


# --- listing ---------------------------------------------------------------------------


def items_of(op: Op, kind: Type, value: Sym, fail: Fail) -> list[Present]:
    """What ITEMS, KEYS, VALUES and SUBSETS list, each with when it is there."""
    match op, kind:
        case Op.SUBSETS, _:
            return _subsets(in_order_of(kind, as_family(value, fail)))
        case _, SetType(domain=inner):
            members = in_order_of(kind, as_family(value, fail))
            return [(bit, lift(inner, v)) for bit, v in members]
        case _, MapType(key=key):
            keys = [lift(key, v) for v in members_of(key)]
            pairs = zip(keys, as_list(value, fail).items, strict=True)
            return [(present(e), _entry(op, k, e)) for k, e in pairs if present(e) is not FALSE]
        case _, BagType(domain=inner):
            found: list[Present] = []
            counts = as_list(value, fail).items
            for member, count in zip(members_of(inner), counts, strict=True):
                item = lift(inner, member)
                found += [(is_less(k, count), item) for k in range(hi_of(count))]
            return found
        case _:
            return present_items(as_list(value, fail))


def in_order_of(kind: Type, value: Family) -> list[tuple[Bit, Value]]:
    """The possible members of a set in declared order, each with when it is one."""
    return [(value.has(v), v) for v in in_order(key_type(kind), frozenset(value.members))]


def _entry(op: Op, key: Sym, entry: Sym) -> Sym:
    value = there(entry)
    return key if op is Op.KEYS else value if op is Op.VALUES else seq((key, value))


def there(entry: Sym) -> Sym:
    """A map's entry, which is there."""
    return union((bit, part) for bit, part in parts(entry) if part is not ABSENT)


def _subsets(members: Sequence[tuple[Bit, Value]]) -> list[Present]:
    if 1 << len(members) > MOST:
        raise TooMany("the subsets of a set")
    found: list[Present] = [(TRUE, Family({}))]
    for bit, v in members:
        found += [(bit & each, Family({**s.members, v: TRUE})) for each, s in found]
    return found


# --- sets ------------------------------------------------------------------------------


def to_set(items: Iterable[Present]) -> Family:
    """The set of those that are there."""
    found: dict[Value, Bit] = {}
    for bit, item in items:
        for each, value in listed(item):
            found[value] = found.get(value, FALSE) | (bit & each)
    return Family(found)


def _combined(function: Callable[[Bit, Bit], Bit]) -> Callable[[Family, Family], Family]:
    def combined(left: Family, right: Family) -> Family:
        values = {**left.members, **right.members}
        return Family({v: function(left.has(v), right.has(v)) for v in values})

    return combined


def _subset(left: Family, right: Family) -> Bit:
    return all_of(~bit | right.has(v) for v, bit in left.members.items())


_PAIRS: dict[Op, Callable[[Family, Family], Family | Bit]] = {
    Op.UNION: _combined(lambda a, b: a | b),
    Op.INTERSECTION: _combined(lambda a, b: a & b),
    Op.DIFFERENCE: _combined(lambda a, b: a & ~b),
    Op.SYMMETRIC: _combined(lambda a, b: ~equal(a, b)),
    Op.SUBSET: _subset,
    Op.PROPER_SUBSET: lambda a, b: _subset(a, b) & ~_subset(b, a),
    Op.DISJOINT: lambda a, b: all_of(~(bit & b.has(v)) for v, bit in a.members.items()),
}


# --- maps ------------------------------------------------------------------------------


def _map(expr: Apply, operands: Sequence[Sym], fail: Fail) -> Seq:
    result = seq((ABSENT,) * len(members_of(key_type(expr.type))))
    for key, value in zip(operands[::2], operands[1::2], strict=True):
        result = _put(expr.type, result, key, value, fail)
    return result


def _put(kind: Type, value: Seq, key: Sym, entry: Sym, fail: Fail) -> Seq:
    tests = _tests(kind, key)
    fail(~any_of(tests), "key")
    return seq(merge(bit, entry, old) for bit, old in zip(tests, value.items, strict=True))


def _get(expr: Apply, operands: Sequence[Sym], fail: Fail) -> Sym:
    value = as_list(operands[0], fail)
    pairs = zip(_tests(expr.operands[0].type, operands[1]), value.items, strict=True)
    found = [(bit & present(e), e) for bit, e in pairs if (bit & present(e)) is not FALSE]
    missing = ~any_of(bit for bit, _ in found)
    if expr.op is Op.GET:
        fail(missing, "key")
        return merge_all((bit, there(e)) for bit, e in found)
    return merge_all([*((bit, there(e)) for bit, e in found), (missing, operands[2])])


def _changed(expr: Apply, operands: Sequence[Sym], fail: Fail) -> Seq:
    kind = expr.type
    value = rekeyed(expr.operands[0].type, kind, as_list(operands[0], fail), fail)
    if expr.op is Op.PUT:
        return _put(kind, value, operands[1], operands[2], fail)
    tests = _tests(kind, operands[1])
    pairs = list(zip(tests, value.items, strict=True))
    fail(~any_of(bit & present(e) for bit, e in pairs), "key")
    return seq(merge(bit, ABSENT, e) for bit, e in pairs)


def rekeyed(old: Type, new: Type, value: Seq, fail: Fail) -> Seq:
    """A map of type `old` as one of type `new`."""
    if key_type(old) == key_type(new):
        return value
    entries: dict[Value, Sym] = dict.fromkeys(members_of(key_type(new)), ABSENT)
    for key, entry in zip(members_of(key_type(old)), value.items, strict=True):
        if key in entries:
            entries[key] = entry
        else:
            fail(present(entry), "key")
    return seq(entries.values())


# --- sets and bags ---------------------------------------------------------------------


def _added(expr: Apply, operands: Sequence[Sym], fail: Fail) -> Sym:
    match expr.operands[0].type:
        case BagType(capacity=capacity) as kind:
            bag = as_list(operands[0], fail)
            tests = _tests(kind, operands[1])
            fail(~any_of(tests), "key")
            fail(~is_less(total(bag), capacity), "capacity")
            pairs = zip(tests, bag.items, strict=True)
            return seq(merge(bit, add(count, 1), count) for bit, count in pairs)
        case _:
            found = dict(as_family(operands[0], fail).members)
            for bit, v in listed(operands[1]):
                found[v] = found.get(v, FALSE) | bit
            return Family(found)


def _removed(expr: Apply, operands: Sequence[Sym], fail: Fail) -> Sym:
    kind = expr.operands[0].type
    if isinstance(kind, BagType):
        bag = as_list(operands[0], fail)
        pairs = list(zip(_tests(kind, operands[1]), bag.items, strict=True))
        fail(~any_of(bit & is_less(0, count) for bit, count in pairs), "key")
        return seq(merge(bit, subtract(count, 1), count) for bit, count in pairs)
    members = as_family(operands[0], fail).members
    inner = key_type(kind)
    tests = {v: same(operands[1], lift(inner, v)) for v in members}
    if expr.op is Op.REMOVE_ITEM:
        fail(~any_of(bit & tests[v] for v, bit in members.items()), "key")
    return Family({v: bit & ~tests[v] for v, bit in members.items()})


# --- measuring -------------------------------------------------------------------------


def _measured(expr: Apply, operands: Sequence[Sym], fail: Fail) -> Sym:
    value, kind = operands[0], expr.operands[0].type
    if isinstance(kind, TextType):
        return _text_measured(expr.op, operands)
    if isinstance(kind, SetType):
        members = as_family(value, fail).members
        if expr.op is Op.LENGTH:
            return counted(list(members.values()))
        return any_of(bit & same(operands[1], lift(kind.domain, v)) for v, bit in members.items())
    items = as_list(value, fail)
    match expr.op, kind:
        case Op.LENGTH, MapType():
            return counted([present(entry) for entry in items.items])
        case Op.LENGTH, BagType():
            return total(items)
        case Op.LENGTH, _:
            return from_cases({length: bit for bit, length in items.lengths()})
        case Op.COUNT, BagType():
            tests = _tests(kind, operands[1])
            none = ~any_of(tests)
            return merge_all([*zip(tests, items.items, strict=True), (none, 0)])
        case Op.COUNT, _:
            x = operands[1]
            return counted([more & same(item, x) for more, item in present_items(items)])
        case _, MapType():
            pairs = zip(_tests(kind, operands[1]), items.items, strict=True)
            return any_of(bit & present(entry) for bit, entry in pairs)
        case _, BagType():
            pairs = zip(_tests(kind, operands[1]), items.items, strict=True)
            return any_of(bit & is_less(0, count) for bit, count in pairs)
        case _:
            return any_of(first_equal(items, operands[1]))


def _text_measured(op: Op, operands: Sequence[Sym]) -> Sym:
    if op is Op.LENGTH:
        return merge_all((bit, len(text)) for bit, text in parts(operands[0]))
    if op is Op.CONTAINS:
        pairs = [(a & b, x in t) for a, t in parts(operands[0]) for b, x in parts(operands[1])]
        return any_of(bit for bit, inside in pairs if inside)
    return merge_all(
        (a & b, t.count(x)) for a, t in parts(operands[0]) for b, x in parts(operands[1])
    )


def _character(operands: Sequence[Sym], fail: Fail) -> Sym:
    k = as_int(operands[1], fail)
    found: list[Present] = []
    for bit, text in parts(operands[0]):
        for place in range(max(lo_of(k), -len(text)), min(hi_of(k), len(text) - 1) + 1):
            found.append((bit & same(k, place), text[place]))
    fail(~any_of(bit for bit, _ in found), "index")
    return merge_all(found)
