"""Operations on values as Python expressions, given those of their operands."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Final

from ordercheck.engines.interpreter.membership import families_differ
from ordercheck.engines.interpreter.runtime import LIMIT
from ordercheck.engines.interpreter.source import Module
from ordercheck.ir.domains import NotFinite, domain, size
from ordercheck.ir.nodes import Apply, Const, Expr, Op
from ordercheck.ir.render import rank
from ordercheck.ir.types import (
    ABSENT,
    BagType,
    EnumType,
    IntType,
    ListType,
    MapType,
    SetType,
    StructType,
    TupleType,
    Type,
    Value,
)

SMALL: Final = 16
"""Sets over domains up to this size are put in order by going through the domain."""

# Nothing can go wrong: {0}, {1} … are the operands.
_PLAIN: Final = {
    Op.BIT_AND: "({0} & {1})",
    Op.BIT_OR: "({0} | {1})",
    Op.BIT_XOR: "({0} ^ {1})",
    Op.TO_INT: "int({0})",
    Op.NOT: "(not {0})",
    Op.CONCAT: "({0} + {1})",
    Op.REPEAT: "({0} * {1})",
    Op.APPEND: "(*{0}, {1})",
    Op.INSERT: "insert({0}, {1}, {2})",
    Op.REVERSED: "(*{0}[::-1],)",
    Op.ENUMERATE: "(*enumerate({0}, {1}),)",
    Op.ANY: "any({0})",
    Op.ALL: "all({0})",
    Op.TO_SET: "frozenset({0})",
    Op.UNION: "({0} | {1})",
    Op.INTERSECTION: "({0} & {1})",
    Op.DIFFERENCE: "({0} - {1})",
    Op.SYMMETRIC: "({0} ^ {1})",
    Op.SUBSET: "({0} <= {1})",
    Op.PROPER_SUBSET: "({0} < {1})",
    Op.DISJOINT: "{0}.isdisjoint({1})",
    Op.DISCARD: "({0} - {{{1}}})",
}

# A number comes out, which may be too large.
_ARITHMETIC: Final = {
    Op.ADD: "({0} + {1})",
    Op.SUB: "({0} - {1})",
    Op.MUL: "({0} * {1})",
    Op.NEG: "(-{0})",
    Op.ABS: "abs({0})",
    Op.INVERT: "(~{0})",
    Op.SUM: "sum({0}, {1})",
}

# A model error may come out; the site is the last argument.
_CHECKED: Final = {
    Op.POW: "power({0}, {1}, {site})",
    Op.SHIFT_LEFT: "shift_left({0}, {1}, {site})",
    Op.SHIFT_RIGHT: "shift_right({0}, {1}, {site})",
    Op.TEXT_INDEX: "character({0}, {1}, {site})",
    Op.REMOVE_AT: "remove_at({0}, {1}, {site})",
    Op.REPLACE: "replace({0}, {1}, {2}, {site})",
    Op.COMBINATIONS: "(*combinations({0}, count_check({1}, {site})),)",
    Op.PERMUTATIONS: "(*permutations({0}, count_check({1}, {site})),)",
}

# The value that is missing is part of the message.
_SEARCHES: Final = {
    Op.FIND: "find({0}, {1}, {site})",
    Op.REMOVE: "remove({0}, {1}, {site})",
}

# {keys}: the places of a map's or a bag's keys.
_KEYED: Final = {
    Op.GET: "get({0}, {1}, {keys}, {site})",
    Op.GET_OR: "get_or({0}, {1}, {2}, {keys})",
    Op.PUT: "put({0}, {1}, {2}, {keys}, {site})",
    Op.DELETE: "delete({0}, {1}, {keys}, {site})",
}

CONSUMING: Final = frozenset(
    {
        Op.ANY,
        Op.ALL,
        Op.SUM,
        Op.MIN,
        Op.MAX,
        Op.TO_SET,
        Op.LENGTH,
        Op.CONTAINS,
        Op.SORTED,
        Op.ENUMERATE,
        Op.ZIP,
        Op.PRODUCT,
        Op.COMBINATIONS,
        Op.PERMUTATIONS,
        Op.REVERSED,
        Op.INDEX,
    }
)
"""Operations that only go through their first operand: any Python sequence will do for it."""

LISTING: Final = frozenset({Op.ITEMS, Op.KEYS, Op.VALUES, Op.SUBSETS})
"""Operations whose operand becomes what a Python comprehension goes through."""


def apply(expr: Apply, operands: list[str], module: Module) -> str:
    """A Python expression for the operation's value."""
    op = expr.op
    if op in _PLAIN:
        return _PLAIN[op].format(*operands)
    if op in _ARITHMETIC:
        return _exact(expr, _ARITHMETIC[op].format(*operands), module)
    if op in _CHECKED:
        return _CHECKED[op].format(*operands, site=module.site(expr.span, op.value))
    if op in _SEARCHES:
        site = module.site(expr.span, kind=expr.operands[1].type)
        return _SEARCHES[op].format(*operands, site=site)
    if op in _KEYED:
        return _keyed(expr, operands, module)
    match op:
        case Op.LT | Op.LE | Op.GT | Op.GE:
            keys = [_keyed_by(each.type, text, module) for each, text in _pairs(expr, operands)]
            return f"({keys[0]} {op.value} {keys[1]})"
        case Op.SORTED:
            key = sorting(_item_type(expr), module)
            return f"(*sorted({operands[0]}{key and f', key={key}'}),)"
        case Op.MIN | Op.MAX:
            key = sorting(_item_type(expr), module)
            site = module.site(expr.span)
            return f"extreme({op.value}, {operands[0]}, {site}{key and f', {key}'})"
        case Op.EQ | Op.NE:
            return _equality(expr, operands)
        case Op.FLOORDIV | Op.MOD:
            return _division(expr, operands, module)
        case Op.TUPLE | Op.LIST:
            return f"({', '.join(operands)}{',' if operands else ''})"
        case Op.STRUCT:
            name = expr.type.name if isinstance(expr.type, StructType) else ""
            return f"({', '.join([repr(name), *operands])},)"
        case Op.SET:
            return f"frozenset(({', '.join(operands)},))" if operands else "frozenset()"
        case Op.MAP:
            return _map(expr, operands, module)
        case Op.ZIP | Op.PRODUCT:
            return f"(*{op.value}({', '.join(operands)}),)"
        case Op.SUBSETS:
            return f"subsets({ordered(expr.operands[0].type, operands[0], module)})"
        case Op.LENGTH | Op.COUNT | Op.CONTAINS:
            return _measure(expr, operands, module)
        case Op.INDEX:
            return _index(expr, operands, module)
        case Op.SLICE:
            return _slice(expr, operands, module)
        case Op.RANGE:
            return f"(*{range_(expr, operands, module)},)"
        case Op.ITEMS | Op.KEYS | Op.VALUES:
            return f"(*{items(expr, operands, module)},)"
        case Op.ADD_ITEM | Op.REMOVE_ITEM:
            return _item_of(expr, operands, module)
        case Op.OFFSET:
            return _offset(expr, operands, module)
        case _:
            raise AssertionError(op)  # no operation is left: the tests of engines try each


# --- numbers ----------------------------------------------------------------------


def _bounded(kind: Type) -> bool:
    if not isinstance(kind, IntType):
        return True
    return kind.lo is not None and kind.hi is not None and kind.lo > -LIMIT and kind.hi < LIMIT


def _exact(expr: Apply, text: str, module: Module) -> str:
    if _bounded(expr.type):
        return text
    return f"exact({text}, {module.site(expr.span, expr.op.value)})"


def _division(expr: Apply, operands: list[str], module: Module) -> str:
    kind = expr.operands[1].type
    never_zero = isinstance(kind, IntType) and (
        (kind.lo is not None and kind.lo > 0) or (kind.hi is not None and kind.hi < 0)
    )
    if never_zero:
        return _exact(expr, f"({operands[0]} {expr.op.value} {operands[1]})", module)
    name = "floordiv" if expr.op is Op.FLOORDIV else "modulo"
    return f"{name}({operands[0]}, {operands[1]}, {module.site(expr.span, expr.op.value)})"


def _equality(expr: Apply, operands: list[str]) -> str:
    left, right = expr.operands
    if families_differ(left.type, right.type):
        return f"({operands[0]}, {operands[1]}, {expr.op is Op.NE})[2]"
    return f"({operands[0]} {expr.op.value} {operands[1]})"


def _pairs(expr: Apply, operands: list[str]) -> Iterable[tuple[Expr, str]]:
    return zip(expr.operands, operands, strict=True)


def _keyed_by(kind: Type, text: str, module: Module) -> str:
    key = sorting(kind, module)
    return f"{key}({text})" if key else text


def _item_type(expr: Apply) -> Type:
    match expr.operands[0].type:
        case ListType(item=item):
            return item
        case TupleType(items=items):
            return items[0]
        case kind:
            raise TypeError(f"{kind} is no list")


def sorting(kind: Type, module: Module) -> str:
    """The name of a function by whose values to compare those of a type; "" for themselves.

    Enum members are written by name, and ordered as declared.
    """
    return module.constant(partial(standing, kind), "standing", kind) if _names(kind) else ""


def _names(kind: Type) -> bool:
    match kind:
        case EnumType():
            return True
        case TupleType(items=items):
            return any(map(_names, items))
        case ListType(item=item):
            return _names(item)
        case _:
            return False


def standing(kind: Type, value: Value) -> Value:
    """The value with the place of each enum member's declaration for the member."""
    match kind:
        case EnumType(values=values):
            return values.index(value)
        case TupleType(items=items):
            return tuple(map(standing, items, value))
        case ListType(item=item):
            return tuple(standing(item, each) for each in value)
        case _:
            return value


def range_(expr: Apply, operands: list[str], module: Module) -> str:
    """A Python range."""
    match expr.operands[2]:
        case Const(value=1):
            start = "" if operands[0] == "0" else f"{operands[0]}, "
            return f"range({start}{operands[1]})"
        case Const(value=step) if step:
            return f"range({', '.join(operands)})"
        case _:
            return f"checked_range({', '.join(operands)}, {module.site(expr.span)})"


# --- lists ------------------------------------------------------------------------


def _measure(expr: Apply, operands: list[str], module: Module) -> str:
    match expr.op, expr.operands[0].type:
        case Op.LENGTH, MapType():
            return f"(len({operands[0]}) - {operands[0]}.count(ABSENT))"
        case Op.LENGTH, BagType():
            return f"sum({operands[0]})"
        case Op.LENGTH, _:
            return f"len({operands[0]})"
        case Op.COUNT, BagType():
            return f"get_or({operands[0]}, {operands[1]}, 0, {_keys(expr, module)})"
        case Op.COUNT, _:
            return f"{operands[0]}.count({operands[1]})"
        case _, MapType():
            keys = _keys(expr, module)
            return f"(get_or({operands[0]}, {operands[1]}, ABSENT, {keys}) is not ABSENT)"
        case _, BagType():
            return f"(get_or({operands[0]}, {operands[1]}, 0, {_keys(expr, module)}) > 0)"
        case _:
            return f"({operands[1]} in {operands[0]})"


def _index(expr: Apply, operands: list[str], module: Module) -> str:
    xs, k = expr.operands
    match xs.type, k.type:
        case TupleType(items=parts), IntType(lo=int(lo), hi=int(hi)) if -len(
            parts
        ) <= lo and hi < len(parts):
            return f"{operands[0]}[{operands[1]}]"
        case _:
            return f"item({operands[0]}, {operands[1]}, {module.site(expr.span)})"


def _slice(expr: Apply, operands: list[str], module: Module) -> str:
    start, stop = ("" if text == "None" else text for text in operands[1:3])
    match expr.operands[3]:
        case Const(value=None | 1):
            return f"{operands[0]}[{start}:{stop}]"
        case Const(value=step) if step:
            return f"{operands[0]}[{start}:{stop}:{operands[3]}]"
        case _:
            return f"slice_({', '.join(operands)}, {module.site(expr.span)})"


def _offset(expr: Apply, operands: list[str], module: Module) -> str:
    base, k, length, stride = operands
    index = expr.operands[1]
    if isinstance(index, Const) and base.isdigit() and length.isdigit() and stride.isdigit():
        place = index.value + int(length) * (index.value < 0)
        if 0 <= place < int(length):
            return str(int(base) + place * int(stride))
    match index.type:
        case IntType(lo=int(lo), hi=int(hi)) if length.isdigit() and lo >= 0 and hi < int(length):
            place = k
        case _ if k.isidentifier():
            place = f"({k} if 0 <= {k} < {length} else offset({k}, {length}, {_at(expr, module)}))"
        case _:
            place = f"offset({k}, {length}, {_at(expr, module)})"
    scaled = place if stride == "1" else f"{place} * {stride}"
    return scaled if base == "0" and stride == "1" else f"({base} + {scaled})"


def _at(expr: Expr, module: Module) -> int:
    return module.site(expr.span)


# --- sets, maps, bags -------------------------------------------------------------


def keys_of(kind: Type, module: Module) -> str:
    """The name of a dict from each value of a finite type to its place."""
    places = {value: place for place, value in enumerate(domain(kind))}
    return module.constant(places, "places", kind)


def members_of(kind: Type, module: Module) -> str:
    """The name of a tuple of all values of a finite type."""
    return module.constant(tuple(domain(kind)), "members", kind)


def _key_type(kind: Type) -> Type:
    match kind:
        case MapType(key=key):
            return key
        case BagType(domain=inner) | SetType(domain=inner):
            return inner
        case _:
            raise TypeError(f"{kind} has no keys")


def _keys(expr: Apply, module: Module) -> str:
    return keys_of(_key_type(expr.operands[0].type), module)


def _keyed(expr: Apply, operands: list[str], module: Module) -> str:
    kind = expr.operands[0].type
    if isinstance(expr.type, MapType) and expr.op in (Op.PUT, Op.DELETE):
        site = module.site(expr.span, kind=_key_type(kind))
        operands = [rekeyed(kind, expr.type, operands[0], site, module), *operands[1:]]
        kind = expr.type
    site = module.site(expr.span, kind=expr.operands[1].type)
    return _KEYED[expr.op].format(*operands, keys=keys_of(_key_type(kind), module), site=site)


def rekeyed(old: Type, new: Type, text: str, site: int, module: Module) -> str:
    """A map of type `old` in the representation of `new`."""
    if _key_type(old) == _key_type(new):
        return text
    places = members_of(_key_type(old), module)
    return f"rekey({text}, {places}, {keys_of(_key_type(new), module)}, {site})"


def _map(expr: Apply, operands: list[str], module: Module) -> str:
    kind = expr.type
    keys = keys_of(_key_type(kind), module)
    text = module.constant((ABSENT,) * size(_key_type(kind)), "empty", kind)
    pairs = zip(operands[::2], operands[1::2], expr.operands[::2], strict=True)
    for key, value, node in pairs:
        text = f"put({text}, {key}, {value}, {keys}, {module.site(expr.span, kind=node.type)})"
    return text


def _item_of(expr: Apply, operands: list[str], module: Module) -> str:
    site = module.site(expr.span, kind=expr.operands[1].type)
    match expr.op, expr.operands[0].type:
        case Op.ADD_ITEM, BagType(capacity=room):
            keys = _keys(expr, module)
            return f"bag_add({operands[0]}, {operands[1]}, {keys}, {room}, {site})"
        case Op.ADD_ITEM, _:
            return f"({operands[0]} | {{{operands[1]}}})"
        case _, BagType():
            return f"bag_remove({operands[0]}, {operands[1]}, {_keys(expr, module)}, {site})"
        case _:
            return f"remove_item({operands[0]}, {operands[1]}, {site})"


def items(expr: Apply, operands: list[str], module: Module) -> str:
    """A Python sequence of a collection's items, or a map's keys or values."""
    kind, text = expr.operands[0].type, operands[0]
    match expr.op, kind:
        case _, SetType():
            return ordered(kind, text, module)
        case Op.ITEMS, MapType(key=key):
            keys = members_of(key, module)
            return f"[e for e in zip({keys}, {text}) if e[1] is not ABSENT]"
        case Op.KEYS, MapType(key=key):
            keys = members_of(key, module)
            return f"[k for k, e in zip({keys}, {text}) if e is not ABSENT]"
        case Op.VALUES, MapType():
            return f"[e for e in {text} if e is not ABSENT]"
        case _, BagType(domain=inner):
            keys = members_of(inner, module)
            return f"[k for k, n in zip({keys}, {text}) for _ in range(n)]"
        case _, TupleType() | ListType():
            return text
        case _:
            raise TypeError(f"{kind} has no items")


def ordered(kind: Type, text: str, module: Module) -> str:
    """A Python list of a set's members in declared order."""
    inner = _key_type(kind)
    if isinstance(inner, IntType):
        return f"sorted({text})"
    try:
        width = size(inner)
    except NotFinite:
        width = 1 << 32
    if width <= SMALL:
        members = members_of(inner, module)
        return (
            f"[e for e in {members} if e in {text}]"
            if text.isidentifier()
            else (f"[e for s in ({text},) for e in {members} if e in s]")
        )
    if width <= 1 << 12:
        return f"sorted({text}, key={keys_of(inner, module)}.__getitem__)"
    return f"sorted({text}, key={module.constant(partial(rank, inner), 'rank', inner)})"
