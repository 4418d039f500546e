"""What operations take and give: kinds of types, bounds aside."""

from __future__ import annotations

from ordercheck.ir.nodes import Apply, Op
from ordercheck.ir.relations import compatible
from ordercheck.ir.render import show_type
from ordercheck.ir.types import (
    BagType,
    BoolType,
    EnumType,
    IntType,
    ListType,
    MapType,
    NeverType,
    NoneType,
    PlaceType,
    SetType,
    StructType,
    TextType,
    TupleType,
    Type,
    options_of,
)

KINDS: dict[str, tuple[str, tuple[type, ...]]] = {
    "i": ("an int", (IntType,)),
    "b": ("a bool", (BoolType,)),
    "n": ("an int or a bool", (IntType, BoolType)),
    "?": ("an int or None", (IntType, NoneType)),
    "l": ("a list or tuple", (ListType, TupleType)),
    "L": ("a list", (ListType,)),
    "T": ("a tuple", (TupleType,)),
    "S": ("a struct", (StructType,)),
    "s": ("a set", (SetType,)),
    "m": ("a map", (MapType,)),
    "k": ("a set or bag", (SetType, BagType)),
    "t": ("text", (TextType,)),
    "c": (
        "a collection or text",
        (ListType, TupleType, SetType, MapType, BagType, TextType),
    ),
    "o": (
        "numbers, text, tuples or lists",
        (IntType, BoolType, TextType, TupleType, ListType, EnumType),
    ),
    "a": ("an address", (IntType, PlaceType)),
    "x": ("a value", ()),
}
"""For each letter of a signature what it means, and the types it allows (none: all)."""

SIGNATURES: dict[Op, str] = {
    **dict.fromkeys((Op.ADD, Op.SUB, Op.MUL, Op.FLOORDIV, Op.MOD, Op.POW), "ii>i"),
    **dict.fromkeys((Op.SHIFT_LEFT, Op.SHIFT_RIGHT), "ii>i"),
    **dict.fromkeys((Op.BIT_AND, Op.BIT_OR, Op.BIT_XOR), "nn>n"),
    **dict.fromkeys((Op.NEG, Op.ABS, Op.INVERT), "i>i"),
    Op.TO_INT: "n>i",
    **dict.fromkeys((Op.EQ, Op.NE), "xx>b"),
    **dict.fromkeys((Op.LT, Op.LE, Op.GT, Op.GE), "oo>b"),
    Op.NOT: "b>b",
    Op.TUPLE: "x*>T",
    Op.LIST: "x*>L",
    Op.SET: "x*>s",
    Op.MAP: "x*>m",
    Op.STRUCT: "x*>S",
    Op.LENGTH: "c>i",
    Op.INDEX: "li>x",
    Op.TEXT_INDEX: "ti>t",
    Op.SLICE: "l???>L",
    Op.CONCAT: "ll>L",
    Op.REPEAT: "li>L",
    Op.APPEND: "lx>L",
    Op.INSERT: "lix>L",
    Op.REMOVE_AT: "li>L",
    Op.REMOVE: "lx>L",
    Op.REPLACE: "lix>L",
    Op.FIND: "lx>i",
    Op.COUNT: "cx>i",
    Op.CONTAINS: "cx>b",
    Op.RANGE: "iii>L",
    Op.REVERSED: "l>L",
    Op.SORTED: "l>L",
    Op.ENUMERATE: "li>L",
    Op.ZIP: "l*>L",
    Op.ITEMS: "c>L",
    Op.KEYS: "m>L",
    Op.VALUES: "m>L",
    Op.PRODUCT: "l*>L",
    Op.COMBINATIONS: "li>L",
    Op.PERMUTATIONS: "li>L",
    Op.SUBSETS: "s>L",
    Op.SUM: "li>i",
    Op.MIN: "l>x",
    Op.MAX: "l>x",
    Op.ANY: "l>b",
    Op.ALL: "l>b",
    Op.TO_SET: "l>s",
    **dict.fromkeys((Op.UNION, Op.INTERSECTION, Op.DIFFERENCE, Op.SYMMETRIC), "ss>s"),
    **dict.fromkeys((Op.SUBSET, Op.PROPER_SUBSET, Op.DISJOINT), "ss>b"),
    Op.ADD_ITEM: "kx>k",
    Op.DISCARD: "sx>s",
    Op.REMOVE_ITEM: "kx>k",
    Op.GET: "mx>x",
    Op.GET_OR: "mxx>x",
    Op.PUT: "mxx>m",
    Op.DELETE: "mx>m",
    Op.OFFSET: "aiii>a",
}
"""A letter an operand, then the result's; `*` repeats the letter before it any number of times."""


def misuse(expr: Apply) -> str | None:
    """What is wrong with an operation's operands or result, if anything."""
    takes, gives = SIGNATURES[expr.op].split(">")
    kinds = [operand.type for operand in expr.operands]
    letters = takes[0] * len(kinds) if takes.endswith("*") else takes
    if len(letters) != len(kinds):
        return f"{expr.op.value}: {len(kinds)} operands instead of {len(letters)}"
    for letter, kind in zip(letters, kinds, strict=True):
        if not _fits(letter, kind):
            return f"{expr.op.value}: {show_type(kind)} is not {KINDS[letter][0]}"
    if not _fits(gives, expr.type):
        return f"{expr.op.value}: a result of {show_type(expr.type)} is not {KINDS[gives][0]}"
    bad = _unrelated(expr.op, kinds, expr.type)
    return bad and f"{expr.op.value}: {bad}"


def _fits(letter: str, kind: Type) -> bool:
    allowed = (*KINDS[letter][1], NeverType)
    if letter == "?":
        return all(isinstance(option, allowed) for option in options_of(kind))
    return letter == "x" or isinstance(kind, allowed)


def _unrelated(op: Op, kinds: list[Type], result: Type) -> str | None:
    """What is wrong between the operands' types and the result's."""
    match op, kinds, result:
        case Op.TUPLE, _, TupleType(items=items):
            return _parts(kinds, items)
        case Op.STRUCT, _, StructType(fields=fields):
            return _parts(kinds, tuple(item for _, item in fields))
        case Op.LIST, _, ListType(item=item):
            return _parts(kinds, (item,) * len(kinds))
        case Op.SET, _, SetType(domain=item):
            return _parts(kinds, (item,) * len(kinds))
        case Op.MAP, _, MapType(key=key, value=value):
            return _parts(kinds, (key, value) * (len(kinds) // 2))
        case ((Op.INDEX | Op.MIN | Op.MAX), [ListType(item=item), *_], _):
            return _parts([item], (result,))
        case Op.APPEND, [_, item], ListType(item=wanted):
            return _parts([item], (wanted,))
        case ((Op.INSERT | Op.REPLACE), [_, _, item], ListType(item=wanted)):
            return _parts([item], (wanted,))
        case Op.GET, [MapType(value=value), _], _:
            return _parts([value], (result,))
        case Op.PUT, [MapType(key=key, value=value), *given], _:
            return _parts(given, (key, value))
        case _:
            return None


def _parts(given: list[Type], wanted: tuple[Type, ...]) -> str | None:
    if len(given) != len(wanted):
        return f"{len(given)} parts instead of {len(wanted)}"
    for a, b in zip(given, wanted, strict=True):
        if not compatible(a, b):
            return f"{show_type(a)} instead of {show_type(b)}"
    return None
