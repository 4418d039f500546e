"""Values of one type as values of another, and tests whether they are."""

from __future__ import annotations

from ordercheck.engines.native.generate.shapes import (
    Bits,
    Shape,
    Variant,
    domain_size,
    family,
    holds_lists,
    option_of,
    real_options,
    shape_of,
    without_none,
)
from ordercheck.engines.native.generate.source import Helper, Writer, int_type
from ordercheck.engines.native.generate.unit import Unit
from ordercheck.engines.native.generate.unsupported import Unsupported
from ordercheck.engines.native.generate.values import NONE, ctype, is_number
from ordercheck.ir.domains import domain
from ordercheck.ir.render import show_type
from ordercheck.ir.types import (
    ListType,
    MapType,
    NeverType,
    NoneType,
    SetType,
    StructType,
    TupleType,
    Type,
    UnionType,
)


def converted(unit: Unit, code: Writer, known: Type, kind: Type, text: str, fail: str) -> str:
    """A C expression for a value that is a `known`, as one of `kind`, which it surely is.

    `fail` leaves if memory is exhausted. Entries of a map without a key in `kind` are lost.
    """
    if is_same(known, kind):
        return text
    helper = _converter(unit, known, kind)
    if not helper.allocates:
        return f"{helper.name}({text})"
    name = code.fresh("t")
    code.line(f"{ctype(unit, shape_of(kind))} {name};")
    code.line(f"if ({helper.name}(r, {text}, &{name})) {fail}")
    return name


def is_same(known: Type, kind: Type) -> bool:
    """Whether values of the two types are held in the same way."""
    return known == kind or shape_of(known) == shape_of(kind)


def _converter(unit: Unit, known: Type, kind: Type) -> Helper:
    source, target = ctype(unit, shape_of(known)), ctype(unit, shape_of(kind))
    allocates = holds_lists(shape_of(kind))

    def define(name: str) -> str:
        code = Writer()
        code.line(f"{target} v;")
        _convert(unit, code, known, kind)
        if allocates:
            head = f"static OC_UNUSED int {name}(oc_run *r, {source} x, {target} *out)"
            end = "\t*out = v;\n\treturn 0;"
        else:
            head = f"static inline {target} {name}({source} x)"
            end = "\treturn v;"
        return "\n".join([head, "{", "\t(void)x;", *code.lines, end, "}"])

    return unit.declarations.helper("as", (known, kind), define, allocates)


def _convert(unit: Unit, code: Writer, known: Type, kind: Type) -> None:
    shape = shape_of(kind)
    if isinstance(known, NeverType):
        code.line("memset(&v, 0, sizeof v);")
    elif isinstance(shape_of(known), Variant):
        _from_variant(unit, code, known, kind)
    elif isinstance(shape, Variant):
        _to_variant(unit, code, known, kind)
    elif isinstance(known, UnionType):
        _from_optional(unit, code, known, kind)
    else:
        _convert_alike(unit, code, known, _option_like(known, kind))


def _option_like(known: Type, kind: Type) -> Type:
    if not isinstance(kind, UnionType):
        return kind
    found = _matching(kind, known)
    if found is None:
        raise Unsupported(f"cannot take {show_type(known)} for {show_type(kind)}")
    return found


def _matching(kind: Type, option: Type) -> Type | None:
    """The option of a type that values of another option belong to."""
    found = option_of(kind, family(option))
    if found is None and is_number(option):
        return next((each for each in real_options(kind) if is_number(each)), None)
    if found is None and isinstance(option, TupleType):
        return option_of(kind, "list")
    return found


def _from_variant(unit: Unit, code: Writer, known: Type, kind: Type) -> None:
    shape = shape_of(known)
    assert isinstance(shape, Variant)
    code.line("memset(&v, 0, sizeof v);")
    with code.block("switch (x.tag)"):
        for name, _ in shape.options:
            option = option_of(known, name)
            assert option is not None
            if _matching(kind, option) is None:
                continue
            tag = unit.tag(name)
            with code.block(f"case {tag}:"):
                inner = converted(unit, code, option, kind, f"x.as.o{tag}", "return 1;")
                code.line(f"v = {inner};")
                code.line("break;")
        code.line("default: break;")


def _to_variant(unit: Unit, code: Writer, known: Type, kind: Type) -> None:
    if isinstance(known, UnionType):
        if len(real_options(known)) == 1:
            inner = converted(unit, code, real_options(known)[0], kind, "x", "return 1;")
            code.line(f"v = {inner};")
            return
        _from_optional(unit, code, known, kind)
        return
    option = _matching(kind, known)
    if option is None:
        raise Unsupported(f"cannot take {show_type(known)} for {show_type(kind)}")
    tag = unit.tag(family(option))
    code.line(f"v.tag = {tag};")
    inner = converted(unit, code, known, option, "x", "return 1;")
    code.line(f"v.as.o{tag} = {inner};")


def _from_optional(unit: Unit, code: Writer, known: UnionType, kind: Type) -> None:
    options = real_options(known)
    if len(options) == 1:
        code.line(f"v = {converted(unit, code, options[0], kind, 'x', 'return 1;')};")
        return
    rest = without_none(known)
    with code.block(f"if (x == {NONE})"):
        if _matching(kind, NoneType()) is None:
            code.line("memset(&v, 0, sizeof v);")
        else:
            code.line(f"v = {converted(unit, code, NoneType(), kind, 'x', 'return 1;')};")
    with code.block("else"):
        if _matching(kind, rest) is None:
            code.line("memset(&v, 0, sizeof v);")
        else:
            code.line(f"v = {converted(unit, code, rest, kind, 'x', 'return 1;')};")


def _convert_alike(unit: Unit, code: Writer, known: Type, kind: Type) -> None:
    match known, kind:
        case (TupleType(items=a), TupleType(items=b)) if len(a) == len(b):
            _convert_parts(unit, code, a, b)
        case (StructType(), StructType()) if known.name == kind.name:
            a = tuple(item for _, item in known.fields)
            b = tuple(item for _, item in kind.fields)
            _convert_parts(unit, code, a, b)
        case TupleType(items=items), ListType(item=item):
            _list_of_tuple(unit, code, items, item)
        case ListType(item=a), ListType(item=b):
            _convert_items(unit, code, a, b)
        case SetType(domain=a), SetType(domain=b):
            _convert_bits(unit, code, a, b)
        case MapType(), MapType():
            _convert_table(unit, code, known, kind)
        case _:
            raise Unsupported(f"cannot take {show_type(known)} for {show_type(kind)}")


def _convert_parts(
    unit: Unit, code: Writer, known: tuple[Type, ...], kinds: tuple[Type, ...]
) -> None:
    for k, (a, b) in enumerate(zip(known, kinds, strict=True)):
        code.line(f"v.f{k} = {converted(unit, code, a, b, f'x.f{k}', 'return 1;')};")


def _take(unit: Unit, code: Writer, item: Shape, count: str) -> None:
    code.line(f"{ctype(unit, item)} *at = oc_take(r, (size_t){count} * sizeof *at);")
    code.line("if (!at) return 1;")


def _list_of_tuple(unit: Unit, code: Writer, items: tuple[Type, ...], item: Type) -> None:
    code.line(f"v.n = {len(items)};")
    _take(unit, code, shape_of(item), str(len(items)))
    for k, known in enumerate(items):
        code.line(f"at[{k}] = {converted(unit, code, known, item, f'x.f{k}', 'return 1;')};")
    code.line("v.at = at;")


def _convert_items(unit: Unit, code: Writer, known: Type, kind: Type) -> None:
    if isinstance(known, NeverType):
        code.line("v.n = 0;")
        code.line("v.at = 0;")
        return
    code.line("v.n = x.n;")
    _take(unit, code, shape_of(kind), "x.n")
    with code.block("for (int64_t k = 0; k < x.n; k++)"):
        code.line(f"at[k] = {converted(unit, code, known, kind, 'x.at[k]', 'return 1;')};")
    code.line("v.at = at;")


def _moves(known: Type, kind: Type) -> tuple[int, ...]:
    """For each member of a domain its place in another one, -1 if it has none there."""
    places = {value: k for k, value in enumerate(domain(kind))}
    return tuple(places.get(value, -1) for value in domain(known))


def _convert_bits(unit: Unit, code: Writer, known: Type, kind: Type) -> None:
    source, target = shape_of(SetType(known)), shape_of(SetType(kind))
    assert isinstance(source, Bits)
    assert isinstance(target, Bits)
    moves = _moves(known, kind)
    if source.words == target.words == 1 and moves:
        distances = {place - k for k, place in enumerate(moves)}
        if -1 not in moves and len(distances) == 1:
            (distance,) = distances
            code.line(f"v = x << {distance};" if distance >= 0 else f"v = x >> {-distance};")
            return
    if not moves or not domain_size(kind):
        code.line("memset(&v, 0, sizeof v);")
        return
    table = unit.declarations.table(int_type(moves), tuple(map(str, moves)))
    code.line("memset(&v, 0, sizeof v);")
    with code.block(f"for (int k = 0; k < {len(moves)}; k++)"):
        code.line(f"if (!({bit(source, 'x', 'k')}) || {table}[k] < 0) continue;")
        code.line(set_bit(target, "v", f"{table}[k]"))


def bit(shape: Bits, text: str, k: str) -> str:
    """A C expression for bit k of a set, 0 or 1."""
    if shape.words == 1:
        return f"{text} >> {k} & 1"
    return f"{text}.w[{k} / 64] >> {k} % 64 & 1"


def set_bit(shape: Bits, name: str, k: str) -> str:
    """A statement that puts the member at place k into a set."""
    if shape.words == 1:
        return f"{name} |= (oc_word)1 << {k};"
    return f"{name}.w[{k} / 64] |= (oc_word)1 << {k} % 64;"


def _convert_table(unit: Unit, code: Writer, known: MapType, kind: MapType) -> None:
    moves = _moves(known.key, kind.key)
    code.line("memset(&v, 0, sizeof v);")
    if not moves or isinstance(known.value, NeverType):
        return
    table = unit.declarations.table(int_type(moves), tuple(map(str, moves)))
    with code.block(f"for (int k = 0; k < {len(moves)}; k++)"):
        code.line(f"int to = {table}[k];")
        code.line("if (!(x.has[k / 64] >> k % 64 & 1) || to < 0) continue;")
        code.line("v.has[to / 64] |= (oc_word)1 << to % 64;")
        value = converted(unit, code, known.value, kind.value, "x.at[k]", "return 1;")
        code.line(f"v.at[to] = {value};")


def lost_key(unit: Unit, known: MapType, kind: MapType) -> Helper | None:
    """A C function: whether a map has a key that `kind` has not; None if it never has."""
    moves = _moves(known.key, kind.key)
    if -1 not in moves:
        return None
    source = ctype(unit, shape_of(known))

    def define(name: str) -> str:
        table = unit.declarations.table(int_type(moves), tuple(map(str, moves)))
        lines = [
            f"static inline int {name}({source} x)",
            "{",
            f"\tfor (int k = 0; k < {len(moves)}; k++)",
            f"\t\tif ((x.has[k / 64] >> k % 64 & 1) && {table}[k] < 0) return 1;",
            "\treturn 0;",
            "}",
        ]
        return "\n".join(lines)

    return unit.declarations.helper("lost", (known.key, kind.key, shape_of(known)), define)
