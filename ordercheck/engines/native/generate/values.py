"""C types of values, constants of them, and comparing them."""

from __future__ import annotations

from ordercheck.engines.native.generate.shapes import (
    SCALAR,
    Bits,
    Counts,
    Record,
    Scalar,
    Sequence,
    Shape,
    Table,
    Variant,
    domain_size,
    family,
    real_options,
    shape_of,
)
from ordercheck.engines.native.generate.source import Helper
from ordercheck.engines.native.generate.unit import Unit
from ordercheck.engines.native.generate.unsupported import Unsupported
from ordercheck.ir.domains import contains, domain
from ordercheck.ir.types import (
    ABSENT,
    BoolType,
    EnumType,
    IntType,
    ListType,
    MapType,
    NoneType,
    SetType,
    StructType,
    TextType,
    TupleType,
    Type,
    UnionType,
    Value,
)

NONE = "OC_NONE"
LIMIT = 1 << 63


def ctype(unit: Unit, shape: Shape) -> str:
    """The C type of a shape, declared."""
    match shape:
        case Scalar():
            return "int64_t"
        case Bits() if shape.words == 1:
            return "oc_word"
        case _:
            # Types with one layout are one type: sets over other domains of that size, say.
            return unit.declarations.once(
                "T", _layout(unit, shape), lambda n: _declare(unit, shape, n)
            )


def _layout(unit: Unit, shape: Shape) -> tuple[object, ...]:
    match shape:
        case Record(parts=parts):
            return ("record", *(ctype(unit, part) for part in parts))
        case Sequence(item=item):
            return ("sequence", ctype(unit, item))
        case Bits():
            return ("bits", shape.words)
        case Table(key=key, value=value):
            return ("table", domain_size(key), ctype(unit, value))
        case Counts(domain=inner):
            return ("counts", domain_size(inner))
        case Variant(options=options):
            return ("variant", *((unit.tag(name), ctype(unit, inner)) for name, inner in options))
        case _:
            raise TypeError(shape)


def _declare(unit: Unit, shape: Shape, name: str) -> str:
    match shape:
        case Record(parts=parts):
            fields = " ".join(f"{ctype(unit, part)} f{k};" for k, part in enumerate(parts))
        case Sequence(item=item):
            fields = f"int64_t n; const {ctype(unit, item)} *at;"
        case Bits():
            fields = f"oc_word w[{shape.words}];"
        case Table(key=key, value=value):
            count = domain_size(key)
            words = max(1, (count + 63) // 64)
            fields = f"oc_word has[{words}]; {ctype(unit, value)} at[{max(1, count)}];"
        case Counts(domain=inner):
            fields = f"int64_t at[{max(1, domain_size(inner))}];"
        case Variant(options=options):
            each = " ".join(f"{ctype(unit, inner)} o{unit.tag(name)};" for name, inner in options)
            fields = f"int64_t tag; union {{ {each} }} as;"
        case _:
            raise TypeError(shape)
    return f"typedef struct {{ {fields} }} {name};"


# --- constants --------------------------------------------------------------------


def integer(value: int) -> str:
    """A C constant."""
    if not -LIMIT < value < LIMIT:
        raise Unsupported(f"has no integers as large as {value}")
    return str(value) if -(1 << 31) < value < 1 << 31 else f"INT64_C({value})"


def constant(unit: Unit, kind: Type, value: Value) -> str:
    """An expression for a value of a type; compound values are literals of their C type."""
    text = initializer(unit, kind, value)
    if text.startswith("{"):
        return f"(({ctype(unit, shape_of(kind))}){text})"
    return text


def initializer(unit: Unit, kind: Type, value: Value) -> str:
    """The same as it stands in an initializer."""
    match kind:
        case UnionType():
            return _union_initializer(unit, kind, value)
        case NoneType():
            return NONE
        case EnumType(values=values):
            return str(values.index(value))
        case TextType():
            return str(unit.text(value))
        case TupleType(items=items) if items:
            return _parts(unit, items, value)
        case StructType(fields=fields) if fields:
            return _parts(unit, tuple(item for _, item in fields), value[1:])
        case TupleType() | StructType():
            return "0"
        case ListType(item=item):
            if not value:
                return "{0, 0}"
            texts = tuple(initializer(unit, item, each) for each in value)
            table = unit.declarations.table(ctype(unit, shape_of(item)), texts)
            return f"{{{len(value)}, {table}}}"
        case SetType(domain=inner):
            return bits_initializer(
                kind, sum(1 << k for k, v in enumerate(domain(inner)) if v in value)
            )
        case MapType(value=item):
            return _table_initializer(unit, item, value)
        case _ if isinstance(value, tuple):
            return f"{{{{{', '.join(map(str, value)) or '0'}}}}}"
        case _:
            return integer(int(value))


def _parts(unit: Unit, kinds: tuple[Type, ...], values: tuple[Value, ...]) -> str:
    parts = (initializer(unit, kind, each) for kind, each in zip(kinds, values, strict=True))
    return f"{{{', '.join(parts)}}}"


def bits_initializer(kind: SetType, bits: int) -> str:
    """An initializer for the set of the members with these places."""
    shape = shape_of(kind)
    assert isinstance(shape, Bits)
    words = [f"0x{bits >> 64 * k & (1 << 64) - 1:x}u" for k in range(shape.words)]
    return words[0] if len(words) == 1 else f"{{{{{', '.join(words)}}}}}"


def _table_initializer(unit: Unit, item: Type, value: tuple[Value, ...]) -> str:
    there = [each is not ABSENT for each in value]
    words = [0] * max(1, (len(value) + 63) // 64)
    for k, present in enumerate(there):
        words[k // 64] |= present << k % 64
    has = ", ".join(f"0x{word:x}u" for word in words)
    zero = "0" if ctype(unit, shape_of(item)) in ("int64_t", "oc_word") else "{0}"
    at = ", ".join(
        initializer(unit, item, each) if present else zero
        for each, present in zip(value, there, strict=True)
    )
    return f"{{{{{has}}}, {{{at or zero}}}}}"


def _union_initializer(unit: Unit, kind: UnionType, value: Value) -> str:
    option = next((each for each in real_options(kind) if contains(each, value)), None)
    if option is None:
        raise ValueError(f"{value!r} is of no option of {kind}")
    if not isinstance(shape_of(kind), Variant):
        return initializer(unit, option, value)
    tag = unit.tag(family(option))
    return f"{{{tag}, {{.o{tag} = {initializer(unit, option, value)}}}}}"


# --- comparing --------------------------------------------------------------------


def equal(unit: Unit, shape: Shape, left: str, right: str) -> str:
    """A C condition: two values of one shape are equal."""
    match shape:
        case Scalar():
            return f"({left} == {right})"
        case Bits() if shape.words == 1:
            return f"({left} == {right})"
        case _:
            return f"{_equality(unit, shape).name}({left}, {right})"


def _equality(unit: Unit, shape: Shape) -> Helper:
    kind = ctype(unit, shape)

    def define(name: str) -> str:
        body = "\n".join(f"\t{line}" for line in _equality_body(unit, shape))
        return f"static inline int {name}({kind} a, {kind} b)\n{{\n{body}\n}}"

    return unit.declarations.helper("equal", shape, define)


def _equality_body(unit: Unit, shape: Shape) -> list[str]:
    match shape:
        case Record(parts=parts):
            tests = (equal(unit, part, f"a.f{k}", f"b.f{k}") for k, part in enumerate(parts))
            return [f"return {' && '.join(tests)};"]
        case Sequence(item=item):
            same = equal(unit, item, "a.at[k]", "b.at[k]")
            return [
                "if (a.n != b.n) return 0;",
                f"for (int64_t k = 0; k < a.n; k++) if (!{same}) return 0;",
                "return 1;",
            ]
        case Bits():
            return [
                f"for (int k = 0; k < {shape.words}; k++) if (a.w[k] != b.w[k]) return 0;",
                "return 1;",
            ]
        case Counts(domain=inner):
            return [
                f"for (int k = 0; k < {domain_size(inner)}; k++) if (a.at[k] != b.at[k]) return 0;",
                "return 1;",
            ]
        case Table(key=key, value=value):
            same = equal(unit, value, "a.at[k]", "b.at[k]")
            return [
                f"for (int k = 0; k < {domain_size(key)}; k++) {{",
                "\tint has = (int)(a.has[k / 64] >> k % 64 & 1);",
                "\tif (has != (int)(b.has[k / 64] >> k % 64 & 1)) return 0;",
                f"\tif (has && !{same}) return 0;",
                "}",
                "return 1;",
            ]
        case Variant(options=options):
            lines = ["if (a.tag != b.tag) return 0;", "switch (a.tag) {"]
            for name, option in options:
                o = f"as.o{unit.tag(name)}"
                if name != "none":
                    test = equal(unit, option, f"a.{o}", f"b.{o}")
                    lines.append(f"case {unit.tag(name)}: return {test};")
            return [*lines, "default: return 1;", "}"]
        case _:
            raise TypeError(shape)


def is_ordered(shape: Shape) -> bool:
    """Whether `order` compares values of this shape."""
    match shape:
        case Scalar():
            return True
        case Record(parts=parts):
            return all(map(is_ordered, parts))
        case Sequence(item=item):
            return is_ordered(item)
        case _:
            return False


def order(unit: Unit, shape: Shape, left: str, right: str) -> str:
    """A C expression: below, at or above 0 as the left value is below, at or above the right."""
    if shape == SCALAR:
        return f"(({left} > {right}) - ({left} < {right}))"
    return f"{_ordering(unit, shape).name}({left}, {right})"


def less(unit: Unit, shape: Shape, op: str, left: str, right: str) -> str:
    """A C condition: two values compare as `op` says."""
    if shape == SCALAR:
        return f"({left} {op} {right})"
    return f"({order(unit, shape, left, right)} {op} 0)"


def _ordering(unit: Unit, shape: Shape) -> Helper:
    kind = ctype(unit, shape)

    def define(name: str) -> str:
        body = "\n".join(f"\t{line}" for line in _ordering_body(unit, shape))
        return f"static inline int {name}({kind} a, {kind} b)\n{{\n\tint found;\n{body}\n}}"

    return unit.declarations.helper("order", shape, define)


def _ordering_body(unit: Unit, shape: Shape) -> list[str]:
    match shape:
        case Record(parts=parts):
            tests = [
                f"if ((found = {order(unit, part, f'a.f{k}', f'b.f{k}')}) != 0) return found;"
                for k, part in enumerate(parts)
            ]
            return [*tests, "return 0;"]
        case Sequence(item=item):
            return [
                "for (int64_t k = 0; k < a.n && k < b.n; k++)",
                f"\tif ((found = {order(unit, item, 'a.at[k]', 'b.at[k]')}) != 0) return found;",
                "return (a.n > b.n) - (a.n < b.n);",
            ]
        case _:
            raise Unsupported("orders only numbers, texts, enum members, tuples and lists")


def is_number(kind: Type) -> bool:
    """Whether a type's values are Python's numbers."""
    return isinstance(kind, BoolType | IntType)
