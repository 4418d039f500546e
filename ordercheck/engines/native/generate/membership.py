"""Tests whether a value is of a type, given what is known of it."""

from __future__ import annotations

from ordercheck.engines.native.generate.shapes import (
    Bits,
    Variant,
    domain_size,
    family,
    option_of,
    real_options,
    shape_of,
    without_none,
)
from ordercheck.engines.native.generate.unit import Unit
from ordercheck.engines.native.generate.values import NONE, ctype
from ordercheck.ir.domains import domain
from ordercheck.ir.relations import includes
from ordercheck.ir.types import (
    BagType,
    BoolType,
    EnumType,
    IntType,
    ListType,
    MapType,
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
)

YES, NO = "1", "0"


def fits(unit: Unit, kind: Type, known: Type, text: str) -> str:
    """A C condition: the value that is a `known` is one of `kind`; "1" if it surely is."""
    if includes(kind, known):
        return YES
    match kind, known:
        case IntType(), IntType():
            return _in_range(kind, known, text)
        case _ if not _could(kind, known):
            return NO
        case _:
            return f"{_helper(unit, kind, known)}({text})"


def _could(kind: Type, known: Type) -> bool:
    """Whether any option of the one has the family of one of the other."""
    wanted = {family(option) for option in real_options(kind)}
    return any(family(option) in wanted or _loose(option, kind) for option in real_options(known))


def _loose(known: Type, kind: Type) -> bool:
    """Numbers that the interpreter takes for tasks and places, and tuples for lists."""
    indices = any(isinstance(option, TaskType | PlaceType) for option in real_options(kind))
    if indices and isinstance(known, IntType | BoolType | TaskType | RefType | PlaceType):
        return True
    return isinstance(known, TupleType) and option_of(kind, "list") is not None


def _in_range(kind: IntType, known: IntType, text: str) -> str:
    tests = []
    if kind.lo is not None and (known.lo is None or known.lo < kind.lo):
        tests.append(f"{text} >= {kind.lo}")
    if kind.hi is not None and (known.hi is None or known.hi > kind.hi):
        tests.append(f"{text} <= {kind.hi}")
    return f"({' && '.join(tests)})"


def _helper(unit: Unit, kind: Type, known: Type) -> str:
    source = ctype(unit, shape_of(known))

    def define(name: str) -> str:
        body = "\n".join(f"\t{line}" for line in _body(unit, kind, known))
        return f"static inline int {name}({source} x)\n{{\n\t(void)x;\n{body}\n}}"

    return unit.declarations.once("is", (kind, known), define)


def _body(unit: Unit, kind: Type, known: Type) -> list[str]:
    shape = shape_of(known)
    if isinstance(shape, Variant):
        lines = ["switch (x.tag) {"]
        for name, _ in shape.options:
            option, tag = option_of(known, name), unit.tag(name)
            assert option is not None
            lines.append(f"case {tag}: return {fits(unit, kind, option, f'x.as.o{tag}')};")
        return [*lines, "default: return 0;", "}"]
    if isinstance(known, UnionType):
        options = real_options(known)
        if len(options) == 1:
            return [f"return {fits(unit, kind, options[0], 'x')};"]
        none = fits(unit, kind, NoneType(), "x")
        rest = fits(unit, kind, without_none(known), "x")
        return [f"return x == {NONE} ? {none} : {rest};"]
    if isinstance(kind, UnionType):
        options = real_options(kind)
        found = [fits(unit, option, known, "x") for option in options]
        return [f"return {' || '.join(found)};"]
    return _alike(unit, kind, known)


def _alike(unit: Unit, kind: Type, known: Type) -> list[str]:
    lines: list[str] = []
    match kind, known:
        case EnumType(), EnumType():
            return ["return 1;"]
        case TextType(values=values), TextType():
            there = [str(int(text in values)) for text in unit.texts]
            return [f"return {unit.declarations.table('uint8_t', tuple(there))}[x];"]
        case RefType(components=components), RefType():
            count = len(unit.program.components)
            there = [str(int(k in components)) for k in range(count)]
            return [f"return {unit.declarations.table('uint8_t', tuple(there))}[x];"]
        case ((TaskType() | PlaceType()), _):
            return ["return 1;"]
        case (TupleType(items=a), TupleType(items=b)) if len(a) == len(b):
            return _parts(unit, a, b)
        case (StructType(), StructType()) if kind.name == known.name:
            a = tuple(item for _, item in kind.fields)
            b = tuple(item for _, item in known.fields)
            return _parts(unit, a, b)
        case ListType(item=item, capacity=room), TupleType(items=items):
            if room is not None and len(items) > room:
                return ["return 0;"]
            return _parts(unit, (item,) * len(items), items)
        case ListType(item=a, capacity=room), ListType(item=b, capacity=known_room):
            if room is not None and (known_room is None or known_room > room):
                lines.append(f"if (x.n > {room}) return 0;")
            inner = fits(unit, a, b, "x.at[k]")
            if inner != YES:
                lines.append(f"for (int64_t k = 0; k < x.n; k++) if (!{inner}) return 0;")
            return [*lines, "return 1;"]
        case SetType(domain=a), SetType(domain=b):
            return _bits(a, b)
        case MapType(value=a), MapType(key=key, value=b):
            inner = fits(unit, a, b, "x.at[k]")
            has = "(x.has[k / 64] >> k % 64 & 1)"
            return [
                f"for (int k = 0; k < {domain_size(key)}; k++) if ({has} && !{inner}) return 0;",
                "return 1;",
            ]
        case BagType(capacity=room), BagType(domain=inner_):
            return [
                "int64_t sum = 0;",
                f"for (int k = 0; k < {domain_size(inner_)}; k++) sum += x.at[k];",
                f"return sum <= {room};",
            ]
        case _:
            return ["return 0;"]


def _parts(unit: Unit, kinds: tuple[Type, ...], known: tuple[Type, ...]) -> list[str]:
    pairs = enumerate(zip(kinds, known, strict=True))
    tests = [fits(unit, a, b, f"x.f{k}") for k, (a, b) in pairs]
    return [f"return {' && '.join(test for test in tests if test != YES) or YES};"]


def _bits(kind: Type, known: Type) -> list[str]:
    allowed = frozenset(domain(kind))
    bits = sum(1 << k for k, value in enumerate(domain(known)) if value not in allowed)
    shape = shape_of(SetType(known))
    assert isinstance(shape, Bits)
    lines = []
    for k in range(shape.words):
        word = bits >> 64 * k & (1 << 64) - 1
        if word:
            lines.append(f"if (x{'' if shape.words == 1 else f'.w[{k}]'} & 0x{word:x}u) return 0;")
    return [*lines, "return 1;"]


# --- what is said of a value that does not fit ------------------------------------


def misfit_kind(unit: Unit, kind: Type, known: Type, text: str) -> str:
    """A C expression: the status of storing a value that is not one of `kind`."""
    wrong_range, capacity = str(unit.status("range")), str(unit.status("capacity"))
    match kind, known:
        case ListType(capacity=int(room)), ListType():
            return f"({text}.n > {room} ? {capacity} : {wrong_range})"
        case BagType(), BagType():
            return capacity
        case _:
            return _by_looks(unit, known, text)


def _by_looks(unit: Unit, known: Type, text: str) -> str:
    shape = shape_of(known)
    as_range, as_type = str(unit.status("range")), str(unit.status("type"))
    if isinstance(shape, Variant):
        tags = [unit.tag(name) for name, _ in shape.options if name.split()[0] in _AS_TYPE]
        test = " || ".join(f"{text}.tag == {tag}" for tag in tags)
        return f"({test} ? {as_type} : {as_range})" if test else as_range
    options = real_options(known)
    if len(options) == 2:
        rest = _by_looks(unit, without_none(known), text)
        return f"({text} == {NONE} ? {as_type} : {rest})"
    return as_type if family(options[0]).split()[0] in _AS_TYPE else as_range


_AS_TYPE = frozenset({"bool", "enum", "text", "none", "never"})
