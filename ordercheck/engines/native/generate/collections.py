"""Operations on sets, maps and bags."""

from __future__ import annotations

from ordercheck.engines.native.generate.conversions import bit, lost_key, set_bit
from ordercheck.engines.native.generate.domains import member_at, place_of, surely_in
from ordercheck.engines.native.generate.lists import called
from ordercheck.engines.native.generate.loops import set_places
from ordercheck.engines.native.generate.scope import Scope
from ordercheck.engines.native.generate.shapes import Bits, Record, domain_size, shape_of
from ordercheck.engines.native.generate.values import ctype
from ordercheck.ir.nodes import Expr, Op
from ordercheck.ir.types import (
    BagType,
    ListType,
    MapType,
    NeverType,
    SetType,
    TupleType,
    Type,
)


def place(inner: Type, item: Expr, text: str, scope: Scope) -> str:
    """A name for a value's place in a domain, -1 if it has none."""
    return scope.number(place_of(scope.unit, inner, item.type, text))


# --- sets: operands have the type of the result -------------------------------------

_BITWISE = {
    Op.UNION: "{a} | {b}",
    Op.INTERSECTION: "{a} & {b}",
    Op.DIFFERENCE: "{a} & ~{b}",
    Op.SYMMETRIC: "{a} ^ {b}",
}


def combine(op: Op, kind: SetType, left: str, right: str, scope: Scope) -> str:
    """A C expression: the union, … of two sets."""
    shape = shape_of(kind)
    assert isinstance(shape, Bits)
    if shape.words == 1:
        return f"({_BITWISE[op].format(a=left, b=right)})"
    left, right = scope.temporary(kind, left), scope.temporary(kind, right)
    name = scope.code.fresh("t")
    scope.line(f"{scope.ctype(kind)} {name};")
    word = _BITWISE[op].format(a=f"{left}.w[k]", b=f"{right}.w[k]")
    scope.line(f"for (int k = 0; k < {shape.words}; k++) {name}.w[k] = {word};")
    return name


def compare(op: Op, kind: SetType, left: str, right: str, scope: Scope) -> str:
    """A C condition: a set is a subset of another, …"""
    shape = shape_of(kind)
    assert isinstance(shape, Bits)
    left, right = scope.temporary(kind, left), scope.temporary(kind, right)
    pairs = [(left, right)]
    if shape.words > 1:
        pairs = [(f"{left}.w[{k}]", f"{right}.w[{k}]") for k in range(shape.words)]
    if op is Op.DISJOINT:
        return f"({' && '.join(f'!({a} & {b})' for a, b in pairs)})"
    inside = " && ".join(f"!({a} & ~{b})" for a, b in pairs)
    if op is Op.SUBSET:
        return f"({inside})"
    differ = " || ".join(f"{a} != {b}" for a, b in pairs)
    return f"({inside} && ({differ}))"


def with_item(kind: SetType, xs: str, item: Expr, text: str, scope: Scope) -> str:
    """A C expression: a set with one more member."""
    shape = shape_of(kind)
    assert isinstance(shape, Bits)
    k = place(kind.domain, item, text, scope)
    if not surely_in(kind.domain, item.type):
        scope.fail_if(f"{k} < 0", "limit")
    if shape.words == 1:
        return f"({xs} | (oc_word)1 << {k})"
    name = scope.code.fresh("t")
    scope.line(f"{scope.ctype(kind)} {name} = {xs};")
    scope.line(set_bit(shape, name, k))
    return name


def without_item(kind: SetType, xs: str, item: Expr, text: str, scope: Scope, must: bool) -> str:
    """A C expression: a set without a member, which it `must` have had or need not."""
    shape = shape_of(kind)
    assert isinstance(shape, Bits)
    k = place(kind.domain, item, text, scope)
    xs = scope.temporary(kind, xs)
    if must:
        scope.fail_if(f"{k} < 0 || !({bit(shape, xs, k)})", "key")
    if shape.words == 1:
        return f"({xs} & ~({k} < 0 ? 0 : (oc_word)1 << {k}))"
    name = scope.code.fresh("t")
    scope.line(f"{scope.ctype(kind)} {name} = {xs};")
    scope.line(f"if ({k} >= 0) {name}.w[{k} / 64] &= ~((oc_word)1 << {k} % 64);")
    return name


def contains_item(kind: SetType, xs: str, item: Expr, text: str, scope: Scope) -> str:
    """A C condition: a set has a member."""
    shape = shape_of(kind)
    assert isinstance(shape, Bits)
    k = place_of(scope.unit, kind.domain, item.type, text)
    if surely_in(kind.domain, item.type) and domain_size(kind.domain):
        xs = xs if shape.words == 1 else scope.temporary(kind, xs)
        k = k if shape.words == 1 else scope.number(k)
        return f"((int64_t)({bit(shape, xs, k)}))"
    k = scope.number(k)
    xs = xs if shape.words == 1 else scope.temporary(kind, xs)
    return f"({k} >= 0 && ({bit(shape, xs, k)}))"


def cardinality(kind: SetType | MapType, xs: str, scope: Scope) -> str:
    """A C expression: how many members or keys there are."""
    shape = shape_of(kind)
    if isinstance(shape, Bits) and shape.words == 1:
        return f"oc_count({xs})"
    inner = kind.domain if isinstance(kind, SetType) else kind.key
    words = max(1, (domain_size(inner) + 63) // 64)
    xs = scope.temporary(kind, xs)
    field = "w" if isinstance(shape, Bits) else "has"
    return f"({' + '.join(f'oc_count({xs}.{field}[{k}])' for k in range(words))})"


def insert_all(kind: SetType, known: Type, xs: str, text: str, scope: Scope) -> None:
    """Emit that one more value becomes a member of the set in variable `xs`."""
    shape = shape_of(kind)
    assert isinstance(shape, Bits)
    k = scope.number(place_of(scope.unit, kind.domain, known, text))
    if not surely_in(kind.domain, known):
        scope.fail_if(f"{k} < 0", "limit")
    scope.line(set_bit(shape, xs, k))


def subsets(kind: ListType, operand: SetType, xs: str, scope: Scope) -> str:
    """A name for the list of a set's subsets; the set has the type of the list's items."""
    whole, row = scope.ctype(kind), scope.ctype(kind.item)
    shape = shape_of(kind.item)
    assert isinstance(shape, Bits)
    words = shape.words

    def define(name: str) -> str:
        members = "&a" if words == 1 else "a.w"
        store = "at[n] = 0;" if words == 1 else "memset(&at[n], 0, sizeof *at);"
        return f"""static OC_UNUSED int {name}(oc_run *r, {row} a, {whole} *out)
{{
	int64_t place[64], count = 0;
	for ({set_places("k", members, words)}) {{
		if (count == 32) return 1;
		place[count++] = k;
	}}
	{row} *at = oc_take(r, ((size_t)1 << count) * sizeof *at);
	if (!at) return 1;
	for (int64_t n = 0; n < (int64_t)1 << count; n++) {{
		{store}
		for (int64_t k = 0; k < count; k++)
			if (n >> k & 1) {set_bit(shape, "at[n]", "place[k]")}
	}}
	*out = ({whole}){{(int64_t)1 << count, at}};
	return 0;
}}"""

    helper = scope.unit.declarations.helper("subsets", (row,), define, allocates=True)
    return called(helper, kind, [xs], scope)


# --- maps -------------------------------------------------------------------------


def there(xs: str, k: str) -> str:
    """A C condition: a map has the key at place k, which is not below 0."""
    return f"({xs}.has[{k} / 64] >> {k} % 64 & 1)"


def has_key(kind: MapType, xs: str, item: Expr, text: str, scope: Scope) -> str:
    """A C condition: a map has a key."""
    xs = scope.temporary(kind, xs)
    k = place(kind.key, item, text, scope)
    return f"({k} >= 0 && {there(xs, k)})"


def get(kind: MapType, xs: str, item: Expr, text: str, scope: Scope) -> str:
    """A C expression: the value of a key."""
    xs = scope.temporary(kind, xs)
    k = place(kind.key, item, text, scope)
    scope.fail_if(f"{k} < 0 || !{there(xs, k)}", "key")
    return f"{xs}.at[{k}]"


def get_or(
    kind: MapType, result: Type, operands: list[str], items: tuple[Expr, ...], scope: Scope
) -> str:
    """A name for the value of a key, or for another value."""
    xs = scope.temporary(kind, operands[0])
    k = place(kind.key, items[1], operands[1], scope)
    other = scope.converted(items[2].type, result, operands[2])
    name = scope.code.fresh("t")
    scope.line(f"{scope.ctype(result)} {name} = {other};")
    with scope.code.block(f"if ({k} >= 0 && {there(xs, k)})"):
        scope.line(f"{name} = {scope.converted(kind.value, result, f'{xs}.at[{k}]')};")
    return name


def rekeyed(known: MapType, kind: MapType, xs: str, scope: Scope) -> str:
    """A map as one of another type; a model error if that lacks one of its keys."""
    helper = lost_key(scope.unit, known, kind)
    if helper is not None:
        xs = scope.temporary(known, xs)
        scope.fail_if(f"{helper.name}({xs})", "key")
    return scope.converted(known, kind, xs)


def put(kind: MapType, name: str, key: Expr, key_text: str, value: str, scope: Scope) -> None:
    """Emit that the map in variable `name` has a value, which has its type, for a key."""
    k = place(kind.key, key, key_text, scope)
    if not surely_in(kind.key, key.type):
        scope.fail_if(f"{k} < 0", "key")
    scope.line(f"{name}.has[{k} / 64] |= (oc_word)1 << {k} % 64;")
    scope.line(f"{name}.at[{k}] = {value};")


def delete(kind: MapType, name: str, key: Expr, key_text: str, scope: Scope) -> None:
    """Emit that the map in variable `name` loses a key."""
    k = place(kind.key, key, key_text, scope)
    scope.fail_if(f"{k} < 0 || !{there(name, k)}", "key")
    scope.line(f"{name}.has[{k} / 64] &= ~((oc_word)1 << {k} % 64);")


# --- bags -------------------------------------------------------------------------


def multiplicity(kind: BagType, xs: str, item: Expr, text: str, scope: Scope) -> str:
    """A C expression: how often a value is in a bag."""
    xs = scope.temporary(kind, xs)
    k = place(kind.domain, item, text, scope)
    return f"({k} < 0 ? 0 : {xs}.at[{k}])"


def bag_size(kind: BagType, xs: str, scope: Scope) -> str:
    """A name for how many values a bag holds."""
    xs = scope.temporary(kind, xs)
    name = scope.code.fresh("n")
    scope.line(f"int64_t {name} = 0;")
    scope.line(f"for (int k = 0; k < {domain_size(kind.domain)}; k++) {name} += {xs}.at[k];")
    return name


def bag_changed(kind: BagType, by: int, xs: str, item: Expr, text: str, scope: Scope) -> str:
    """A name for a bag with one more of a value, or one less."""
    name = scope.code.fresh("t")
    scope.line(f"{scope.ctype(kind)} {name} = {xs};")
    k = place(kind.domain, item, text, scope)
    if by > 0:
        scope.fail_if(f"{k} < 0", "key")
        scope.fail_if(f"{bag_size(kind, name, scope)} >= {kind.capacity}", "capacity")
    else:
        scope.fail_if(f"{k} < 0 || !{name}.at[{k}]", "key")
    scope.line(f"{name}.at[{k}] += {by};")
    return name


# --- as lists ---------------------------------------------------------------------


def items(op: Op, known: Type, kind: ListType, xs: str, scope: Scope) -> str:
    """A name for a collection's items as a list, or a map's keys, values or pairs of both."""
    match known:
        case SetType(domain=inner):
            return _members(inner, known, kind, xs, scope)
        case MapType():
            return _entries(op, known, kind, xs, scope)
        case BagType():
            return _repeated(known, kind, xs, scope)
        case _:
            return scope.converted(known, kind, xs)


def _begin(kind: ListType, count: str, scope: Scope) -> tuple[str, str]:
    name, at = scope.code.fresh("t"), scope.code.fresh("t")
    item = ctype(scope.unit, shape_of(kind.item))
    scope.line(f"{scope.ctype(kind)} {name} = {{0, 0}};")
    scope.line(f"{item} *{at} = oc_take(r, (size_t)({count}) * sizeof *{at});")
    scope.allocating(f"!{at}")
    scope.line(f"{name}.at = {at};")
    return name, at


def _members(inner: Type, known: SetType, kind: ListType, xs: str, scope: Scope) -> str:
    xs = scope.temporary(known, xs)
    shape = shape_of(known)
    assert isinstance(shape, Bits)
    name, at = _begin(kind, cardinality(known, xs, scope), scope)
    words = f"&{xs}" if shape.words == 1 else f"{xs}.w"
    k = scope.code.fresh("k")
    if isinstance(inner, NeverType) or not domain_size(inner):
        return name
    with scope.code.block(f"for ({set_places(k, words, shape.words)})"):
        value = scope.converted(inner, kind.item, member_at(scope.unit, inner, k))
        scope.line(f"{at}[{name}.n++] = {value};")
    return name


def _entries(op: Op, known: MapType, kind: ListType, xs: str, scope: Scope) -> str:
    xs = scope.temporary(known, xs)
    count = domain_size(known.key)
    name, at = _begin(kind, str(count), scope)
    k = scope.code.fresh("k")
    if not count:
        return name
    with scope.code.block(f"for (int64_t {k} = 0; {k} < {count}; {k}++)"):
        scope.line(f"if (!{there(xs, k)}) continue;")
        key, value = member_at(scope.unit, known.key, k), f"{xs}.at[{k}]"
        if op is Op.KEYS:
            scope.line(f"{at}[{name}.n++] = {scope.converted(known.key, kind.item, key)};")
        elif op is Op.VALUES:
            scope.line(f"{at}[{name}.n++] = {scope.converted(known.value, kind.item, value)};")
        else:
            assert isinstance(kind.item, TupleType)
            assert isinstance(shape_of(kind.item), Record)
            first, second = kind.item.items
            key = scope.converted(known.key, first, key)
            value = scope.converted(known.value, second, value)
            scope.line(f"{at}[{name}.n].f0 = {key};")
            scope.line(f"{at}[{name}.n++].f1 = {value};")
    return name


def _repeated(known: BagType, kind: ListType, xs: str, scope: Scope) -> str:
    xs = scope.temporary(known, xs)
    name, at = _begin(kind, bag_size(known, xs, scope), scope)
    k, n = scope.code.fresh("k"), scope.code.fresh("n")
    count = domain_size(known.domain)
    if not count:
        return name
    with (
        scope.code.block(f"for (int64_t {k} = 0; {k} < {count}; {k}++)"),
        scope.code.block(f"for (int64_t {n} = 0; {n} < {xs}.at[{k}]; {n}++)"),
    ):
        value = member_at(scope.unit, known.domain, k)
        scope.line(f"{at}[{name}.n++] = {scope.converted(known.domain, kind.item, value)};")
    return name
