"""Places of values in the domain of a set, a map or a bag."""

from __future__ import annotations

from ordercheck.engines.native.generate.shapes import (
    SCALAR,
    Variant,
    domain_size,
    family,
    option_of,
    real_options,
    shape_of,
    without_none,
)
from ordercheck.engines.native.generate.source import int_type
from ordercheck.engines.native.generate.unit import Unit
from ordercheck.engines.native.generate.unsupported import Unsupported
from ordercheck.engines.native.generate.values import (
    NONE,
    ctype,
    initializer,
    is_number,
)
from ordercheck.ir.domains import domain
from ordercheck.ir.relations import includes
from ordercheck.ir.render import show_type
from ordercheck.ir.types import (
    BoolType,
    EnumType,
    IntType,
    ListType,
    NeverType,
    NoneType,
    RefType,
    SetType,
    StructType,
    TextType,
    TupleType,
    Type,
    UnionType,
)


def place_of(unit: Unit, inner: Type, known: Type, text: str) -> str:
    """A C expression: the place in the domain `inner` of a value that is a `known`; -1 if none."""
    if isinstance(known, NeverType) or domain_size(inner) == 0:
        return "INT64_C(-1)"
    if isinstance(inner, IntType) and isinstance(known, IntType) and includes(inner, known):
        return text if inner.lo == 0 else f"({text} - ({inner.lo}))"
    if isinstance(inner, EnumType) and family(inner) == family(known):
        return text
    if isinstance(inner, BoolType) and isinstance(known, BoolType):
        return text
    kind = ctype(unit, shape_of(known))

    def define(name: str) -> str:
        body = "\n".join(f"\t{line}" for line in _body(unit, inner, known))
        return f"static inline int64_t {name}({kind} x)\n{{\n{body}\n}}"

    helper = unit.declarations.helper("place", (inner, known), define)
    return f"{helper.name}({text})"


def surely_in(inner: Type, known: Type) -> bool:
    """Whether each value that is a `known` has a place in the domain."""
    return includes(inner, known)


def member_at(unit: Unit, inner: Type, text: str) -> str:
    """A C expression: the value of a domain at a place; `text` may be read once only."""
    match inner:
        case IntType(lo=int(lo)):
            return text if lo == 0 else f"({text} + ({lo}))"
        case BoolType() | EnumType():
            return text
        case _:
            values = tuple(initializer(unit, inner, value) for value in domain(inner))
            return f"{unit.declarations.table(ctype(unit, shape_of(inner)), values)}[{text}]"


def _body(unit: Unit, inner: Type, known: Type) -> list[str]:
    match inner, known:
        case UnionType(), _:
            return _of_union(unit, inner, known)
        case _, UnionType():
            return _in_union(unit, inner, known)
        case (IntType(), _) if is_number(known):
            return [f"return x >= {inner.lo} && x <= {inner.hi} ? x - ({inner.lo}) : -1;"]
        case (BoolType(), _) if is_number(known):
            return ["return x == 0 || x == 1 ? x : -1;"]
        case TextType(values=values), TextType():
            places = {value: k for k, value in enumerate(values)}
            return _by_table(unit, tuple(places.get(text, -1) for text in unit.texts))
        case RefType(components=components), RefType():
            numbers = {each: k for k, each in enumerate(components)}
            count = len(unit.program.components)
            return _by_table(unit, tuple(numbers.get(k, -1) for k in range(count)))
        case NoneType(), NoneType():
            return ["return 0;"]
        case (TupleType(items=a), TupleType(items=b)) if len(a) == len(b):
            return _of_parts(unit, a, b)
        case (StructType(), StructType()) if inner.name == known.name:
            a = tuple(item for _, item in inner.fields)
            b = tuple(item for _, item in known.fields)
            return _of_parts(unit, a, b)
        case SetType(domain=a), SetType(domain=b):
            return _of_set(unit, a, b)
        case ListType(item=a, capacity=int(room)), ListType(item=b):
            return _of_list(unit, a, room, b)
        case _:
            if family(inner) == family(known) and not isinstance(inner, EnumType | StructType):
                raise Unsupported(f"cannot look up {show_type(known)} among {show_type(inner)}")
            return ["return -1;"]


def _by_table(unit: Unit, places: tuple[int, ...]) -> list[str]:
    table = unit.declarations.table(int_type(places), tuple(map(str, places)))
    return [f"return {table}[x];"]


def _of_parts(unit: Unit, inner: tuple[Type, ...], known: tuple[Type, ...]) -> list[str]:
    lines = ["int64_t found = 0, k;"]
    for part, (a, b) in enumerate(zip(inner, known, strict=True)):
        lines.append(f"k = {place_of(unit, a, b, f'x.f{part}')};")
        if not surely_in(a, b):
            lines.append("if (k < 0) return -1;")
        lines.append(f"found = found * {domain_size(a)} + k;")
    return [*lines, "return found;"] if inner else ["return 0;"]


def _of_set(unit: Unit, inner: Type, known: Type) -> list[str]:
    if domain_size(known) > 64:
        raise Unsupported("has no sets of sets over more than 64 values")
    lines = ["int64_t found = 0;"]
    for k, value in enumerate(domain(known)):
        places = [place for place, other in enumerate(domain(inner)) if other == value]
        bit = f"found |= INT64_C(1) << {places[0]}" if places else "return -1"
        lines.append(f"if (x >> {k} & 1) {bit};")
    return [*lines, "return found;"]


def _of_list(unit: Unit, inner: Type, room: int, known: Type) -> list[str]:
    # As types.domain has them: the shorter ones first, then in the order of their items.
    width = domain_size(inner)
    firsts = [sum(width**k for k in range(length)) for length in range(room + 1)]
    table = unit.declarations.table("int64_t", tuple(map(str, firsts)))
    return [
        "int64_t found = 0;",
        f"if (x.n > {room}) return -1;",
        "for (int64_t k = 0; k < x.n; k++) {",
        f"\tint64_t place = {place_of(unit, inner, known, 'x.at[k]')};",
        "\tif (place < 0) return -1;",
        f"\tfound = found * {width} + place;",
        "}",
        f"return {table}[x.n] + found;",
    ]


def _of_union(unit: Unit, inner: UnionType, known: Type) -> list[str]:
    """Options of a domain come one after another."""
    if isinstance(known, UnionType) and len(real_options(known)) > 1:
        return _in_union(unit, inner, known)
    alone = real_options(known)[0]
    first = 0
    for option in real_options(inner):
        if family(option) == family(alone) or (is_number(option) and is_number(alone)):
            place = place_of(unit, option, alone, "x")
            if surely_in(option, alone):
                return [f"return {first} + {place};"]
            return [f"int64_t k = {place};", f"return k < 0 ? -1 : {first} + k;"]
        first += domain_size(option)
    return ["return -1;"]


def _in_union(unit: Unit, inner: Type, known: UnionType) -> list[str]:
    """A value that may be of several options: by its tag."""
    shape = shape_of(known)
    if shape == SCALAR:
        options = real_options(known)
        if len(options) == 1:
            return [f"return {place_of(unit, inner, options[0], 'x')};"]
        none = place_of(unit, inner, NoneType(), "x")
        other = place_of(unit, inner, without_none(known), "x")
        return [f"return x == {NONE} ? {none} : {other};"]
    assert isinstance(shape, Variant)
    lines = ["switch (x.tag) {"]
    for name, _ in shape.options:
        option = option_of(known, name)
        assert option is not None
        tag = unit.tag(name)
        lines.append(f"case {tag}: return {place_of(unit, inner, option, f'x.as.o{tag}')};")
    return [*lines, "default: return -1;", "}"]
