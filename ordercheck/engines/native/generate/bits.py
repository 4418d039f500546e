"""C that reads values from bits of a state and writes them there.

The bits of a narrow value are an oc_word; those of a wide one are words in memory.
"""

from __future__ import annotations

from ordercheck.engines.native.generate.packing import WORD, Packing, bits_for, room
from ordercheck.engines.native.generate.shapes import (
    domain_size,
    family,
    holds_lists,
    is_optional,
    real_options,
    shape_of,
)
from ordercheck.engines.native.generate.source import Helper, Writer, int_type, mask
from ordercheck.engines.native.generate.unit import Unit
from ordercheck.engines.native.generate.values import NONE, ctype
from ordercheck.ir.types import (
    BagType,
    IntType,
    ListType,
    MapType,
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


def source_type(packing: Packing) -> str:
    """The C type of a value's bits."""
    return "const oc_word *" if packing.wide else "oc_word "


def part_bits(outer: Packing, inner: Packing, offset: int, text: str) -> str:
    """The bits of a part of a value whose bits are `text`."""
    return cut(outer.wide, inner.width, offset, text)


def cut(wide: bool, width: int, offset: int, text: str) -> str:
    """`width` bits from `offset` on."""
    if width == 0:
        return "0"
    if width > WORD:
        return f"({text} + {offset // WORD})" if offset else text
    if wide:
        text, offset = f"{text}[{offset // WORD}]", offset % WORD
    shifted = f"({text} >> {offset})" if offset else text
    return shifted if offset + width == WORD else f"({shifted} & {mask(width)})"


def item_bits(packing: Packing, k: str, text: str) -> str:
    """The bits of item k (a C expression) of a list, a map or a bag."""
    width, first = packing.item_width, packing.offsets[1]
    if width == 0:
        return "0"
    if not packing.wide:
        return f"({text} >> ({k} * {width} + {first}) & {mask(width)})"
    if width > WORD:
        return f"({text} + {first // WORD} + {k} * {width // WORD})"
    per = WORD // width
    word = f"{text}[{first // WORD} + {k} / {per}]" if per > 1 else f"{text}[{first // WORD} + {k}]"
    shift = f" >> {k} % {per} * {width}" if per > 1 else ""
    return f"({word}{shift} & {mask(width)})"


# --- reading ----------------------------------------------------------------------


def unpacked(unit: Unit, code: Writer, packing: Packing, text: str, fail: str) -> str:
    """A C expression for the value with these bits; `fail` leaves if memory is exhausted."""
    if simple(packing.kind):
        return _scalar(unit, packing, text)
    helper = _reader(unit, packing)
    if not helper.allocates:
        return f"{helper.name}({text})"
    name = code.fresh("t")
    code.line(f"{ctype(unit, shape_of(packing.kind))} {name};")
    code.line(f"if ({helper.name}(r, {text}, &{name})) {fail}")
    return name


def simple(kind: Type) -> bool:
    """Whether reading it is one expression."""
    match kind:
        case UnionType():
            options = real_options(kind)
            return simple(options[0]) if len(options) == 1 else is_optional(kind)
        case SetType(domain=inner):
            return domain_size(inner) <= WORD
        case TupleType(items=()) | StructType(fields=()):
            return True
        case TupleType() | StructType() | ListType() | MapType() | BagType():
            return False
        case _:
            return True


def _scalar(unit: Unit, packing: Packing, text: str) -> str:
    match packing.kind:
        case NoneType() | NeverType():
            return NONE
        case TupleType() | StructType():
            return "INT64_C(0)"
        case SetType():
            return text
        case IntType(lo=lo) if packing.width < WORD and lo:
            return f"((int64_t){text} + ({lo}))"
        case TextType(values=values):
            return _by_table(unit, tuple(map(unit.text, values)), text)
        case RefType(components=components):
            return _by_table(unit, components, text)
        case UnionType() as kind if is_optional(kind):
            return _optional(unit, packing, text)
        case UnionType():
            return _scalar(unit, packing.parts[0], text)
        case _:
            return f"(int64_t){text}"


def _by_table(unit: Unit, values: tuple[int, ...], text: str) -> str:
    first = values[0]
    if values == tuple(range(first, first + len(values))):
        return f"((int64_t){text} + {first})" if first else f"(int64_t){text}"
    table = unit.declarations.table(int_type(values), tuple(map(str, values)))
    return f"(int64_t){table}[{text}]"


def _optional(unit: Unit, packing: Packing, text: str) -> str:
    if packing.width == WORD:
        return f"(int64_t){text}"
    inner = _inside(packing)

    def define(name: str) -> str:
        value = _scalar(unit, inner, "(x - 1)")
        return f"static inline int64_t {name}(oc_word x)\n{{\n\treturn x ? {value} : {NONE};\n}}"

    return f"{unit.declarations.helper('read', packing.kind, define).name}({text})"


def _inside(packing: Packing) -> Packing:
    """The packing of an optional's value."""
    (inner,) = (part for part in packing.parts if part.kind != NoneType())
    return inner


def _reader(unit: Unit, packing: Packing) -> Helper:
    shape = shape_of(packing.kind)
    allocates = holds_lists(shape)
    kind = ctype(unit, shape)
    source = source_type(packing)

    def define(name: str) -> str:
        code = Writer()
        code.line(f"{kind} v;")
        _read_parts(unit, code, packing)
        if allocates:
            head = f"static OC_UNUSED int {name}(oc_run *r, {source}x, {kind} *out)"
            end = "\t*out = v;\n\treturn 0;"
        else:
            head = f"static inline {kind} {name}({source}x)"
            end = "\treturn v;"
        return "\n".join([head, "{", *code.lines, end, "}"])

    return unit.declarations.helper("read", packing.kind, define, allocates)


def _read_parts(unit: Unit, code: Writer, packing: Packing) -> None:
    fail = "return 1;"
    match packing.kind:
        case TupleType() | StructType():
            for k, (part, offset) in enumerate(zip(packing.parts, packing.offsets, strict=True)):
                bits = part_bits(packing, part, offset, "x")
                code.line(f"v.f{k} = {unpacked(unit, code, part, bits, fail)};")
        case ListType() as kind:
            width = bits_for(room(kind) + 1)
            item = ctype(unit, shape_of(kind.item))
            code.line(f"v.n = (int64_t){cut(packing.wide, width, 0, 'x')};")
            code.line(f"{item} *at = oc_take(r, (size_t)v.n * sizeof *at);")
            code.line(f"if (!at) {fail}")
            with code.block("for (int64_t k = 0; k < v.n; k++)"):
                bits = item_bits(packing, "k", "x")
                code.line(f"at[k] = {unpacked(unit, code, packing.parts[0], bits, fail)};")
            code.line("v.at = at;")
        case SetType():
            code.line("for (size_t k = 0; k < sizeof v.w / sizeof *v.w; k++) v.w[k] = x[k];")
        case MapType(key=key):
            _read_table(unit, code, packing, domain_size(key))
        case BagType(domain=inner):
            count = domain_size(inner)
            bits = item_bits(packing, "k", "x")
            code.line(f"for (int k = 0; k < {count}; k++) v.at[k] = (int64_t){bits};")
        case UnionType():
            _read_union(unit, code, packing)
        case _:
            raise TypeError(packing.kind)


def _read_table(unit: Unit, code: Writer, packing: Packing, count: int) -> None:
    for word in range(max(1, (count + 63) // 64)):
        width = min(64, count - 64 * word)
        code.line(f"v.has[{word}] = {cut(packing.wide, width, 64 * word, 'x')};")
    with code.block(f"for (int k = 0; k < {count}; k++)"):
        code.line("if (!(v.has[k / 64] >> k % 64 & 1)) continue;")
        bits = item_bits(packing, "k", "x")
        code.line(f"v.at[k] = {unpacked(unit, code, packing.parts[0], bits, 'return 1;')};")


def _read_union(unit: Unit, code: Writer, packing: Packing) -> None:
    if len(packing.parts) == 1:
        code.line(f"v = {unpacked(unit, code, packing.parts[0], 'x', 'return 1;')};")
        return
    options = real_options(packing.kind)
    tag = cut(packing.wide, bits_for(len(options)), 0, "x")
    with code.block(f"switch ({tag})"):
        for k, (option, part) in enumerate(zip(options, packing.parts, strict=True)):
            number = unit.tag(family(option))
            with code.block("default:" if k == len(options) - 1 else f"case {k}:"):
                code.line(f"v.tag = {number};")
                bits = part_bits(packing, part, packing.offsets[1], "x")
                code.line(f"v.as.o{number} = {unpacked(unit, code, part, bits, 'return 1;')};")
                code.line("break;")


# --- writing ----------------------------------------------------------------------


def packed(unit: Unit, packing: Packing, text: str) -> str:
    """The bits of a narrow value."""
    match packing.kind:
        case NoneType() | NeverType() | TupleType(items=()) | StructType(fields=()):
            return "(oc_word)0"
        case SetType():
            return text
        case IntType(lo=lo) if packing.width < WORD and lo:
            return f"(oc_word)({text} - ({lo}))"
        case TextType() | RefType():
            return _place(unit, packing, text)
        case UnionType() as kind if is_optional(kind) and packing.width == WORD:
            return f"(oc_word)({text})"
        case TupleType() | StructType() | ListType() | MapType() | BagType() | UnionType():
            return f"{_writer(unit, packing).name}({text})"
        case _:
            return f"(oc_word)({text})"


def _place(unit: Unit, packing: Packing, text: str) -> str:
    if isinstance(packing.kind, TextType):
        numbers = {unit.text(value): k for value, k in packing.places.items()}
        count = len(unit.texts)
    else:
        numbers = dict(packing.places)
        count = len(unit.program.components)
    first = min(numbers, default=0)
    if all(place == number - first for number, place in numbers.items()):
        return f"(oc_word)({text} - {first})" if first else f"(oc_word)({text})"
    values = tuple(numbers.get(k, 0) for k in range(count))
    table = unit.declarations.table(int_type(values), tuple(map(str, values)))
    return f"(oc_word){table}[{text}]"


def write(unit: Unit, packing: Packing, value: str, at: str) -> str:
    """A C statement that writes a wide value to the words at `at`."""
    return f"{_writer(unit, packing).name}({value}, {at});"


def _writer(unit: Unit, packing: Packing) -> Helper:
    kind = ctype(unit, shape_of(packing.kind))

    def define(name: str) -> str:
        code = Writer()
        if packing.wide:
            head = f"static inline void {name}({kind} v, oc_word *x)"
            code.line(f"memset(x, 0, {packing.words} * sizeof *x);")
            _write_parts(unit, code, packing)
        else:
            head = f"static inline oc_word {name}({kind} v)"
            code.line("oc_word x = 0;")
            _write_parts(unit, code, packing)
            code.line("return x;")
        return "\n".join([head, "{", *code.lines, "}"])

    return unit.declarations.helper("write", packing.kind, define)


def _put(unit: Unit, outer: Packing, inner: Packing, offset: int, value: str) -> str:
    """A statement that writes a part."""
    if inner.width == 0:
        return ";"
    if inner.wide:
        return write(unit, inner, value, f"x + {offset // WORD}" if offset else "x")
    bits = packed(unit, inner, value)
    if outer.wide:
        return f"x[{offset // WORD}] |= {bits}{f' << {offset % WORD}' if offset % WORD else ''};"
    return f"x |= {bits}{f' << {offset}' if offset else ''};"


def put_item(unit: Unit, packing: Packing, k: str, bits: str) -> str:
    """A statement that writes the bits of narrow item k where there are none yet."""
    width, first = packing.item_width, packing.offsets[1]
    if not packing.wide:
        return f"x |= {bits} << ({k} * {width} + {first});"
    per = WORD // width
    if per == 1:
        return f"x[{first // WORD} + {k}] |= {bits};"
    return f"x[{first // WORD} + {k} / {per}] |= {bits} << {k} % {per} * {width};"


def _write_item(unit: Unit, packing: Packing, value: str) -> str:
    item, first = packing.parts[0], packing.offsets[1]
    if item.width == 0:
        return ";"
    if item.wide:
        return write(unit, item, value, f"x + {first // WORD} + k * {item.words}")
    return put_item(unit, packing, "k", packed(unit, item, value))


def _write_parts(unit: Unit, code: Writer, packing: Packing) -> None:
    target = "x[0]" if packing.wide else "x"
    match packing.kind:
        case TupleType() | StructType():
            for k, (part, offset) in enumerate(zip(packing.parts, packing.offsets, strict=True)):
                code.line(_put(unit, packing, part, offset, f"v.f{k}"))
        case ListType():
            code.line(f"{target} |= (oc_word)v.n;")
            with code.block("for (int64_t k = 0; k < v.n; k++)"):
                code.line(_write_item(unit, packing, "v.at[k]"))
        case SetType():
            code.line("for (size_t k = 0; k < sizeof v.w / sizeof *v.w; k++) x[k] = v.w[k];")
        case MapType(key=key):
            count = domain_size(key)
            for word in range((count + 63) // 64):
                place = f"x[{word}]" if packing.wide else "x"
                code.line(f"{place} |= v.has[{word}];")
            with code.block(f"for (int k = 0; k < {count}; k++)"):
                code.line("if (!(v.has[k / 64] >> k % 64 & 1)) continue;")
                code.line(_write_item(unit, packing, "v.at[k]"))
        case BagType(domain=inner):
            with code.block(f"for (int k = 0; k < {domain_size(inner)}; k++)"):
                code.line(
                    put_item(unit, packing, "k", "(oc_word)v.at[k]") if packing.item_width else ";"
                )
        case UnionType() as kind if is_optional(kind):
            bits = packed(unit, _inside(packing), "v")
            code.line(f"if (v != {NONE}) x = 1 + {bits};")
        case UnionType():
            _write_union(unit, code, packing, target)
        case _:
            raise TypeError(packing.kind)


def _write_union(unit: Unit, code: Writer, packing: Packing, target: str) -> None:
    if len(packing.parts) == 1:
        code.line(_put(unit, packing, packing.parts[0], 0, "v"))
        return
    options = real_options(packing.kind)
    with code.block("switch (v.tag)"):
        for k, (option, part) in enumerate(zip(options, packing.parts, strict=True)):
            number = unit.tag(family(option))
            with code.block(f"case {number}:"):
                code.line(f"{target} |= {k};")
                code.line(_put(unit, packing, part, packing.offsets[1], f"v.as.o{number}"))
                code.line("break;")
