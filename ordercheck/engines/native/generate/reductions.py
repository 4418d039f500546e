"""What is made of a list's items: all, any, a sum, the least one, a set, an order."""

from __future__ import annotations

from ordercheck.engines.native.generate import collections, lists
from ordercheck.engines.native.generate.comparisons import equality, never_equal
from ordercheck.engines.native.generate.loops import Emit, as_list, for_each, item_type
from ordercheck.engines.native.generate.numbers import bounded
from ordercheck.engines.native.generate.scope import Scope
from ordercheck.engines.native.generate.shapes import SCALAR, shape_of
from ordercheck.engines.native.generate.values import ctype, order
from ordercheck.ir.nodes import Apply, Expr, Op, SortedBy
from ordercheck.ir.types import ListType, SetType, Type


def quantified(expr: Apply, scope: Scope, emit: Emit) -> str:
    """Whether any, or all, of a list's items are true; stops as soon as that is known."""
    wanted = expr.op is Op.ANY
    return search(expr.operands[0], scope, emit, lambda inner, _, text: (inner, text), wanted)


def search(operand: Expr, scope: Scope, emit: Emit, test: object, wanted: bool = True) -> str:
    """Whether some item's test is `wanted`, or (for False) whether none is false."""
    assert callable(test)
    name, done = scope.code.fresh("t"), scope.code.fresh("done")
    scope.line(f"int64_t {name} = {int(not wanted)};")

    def stop(inner: Scope, kind: Type, text: str) -> None:
        inner, found = test(inner, kind, text)
        with inner.code.block(f"if ({'' if wanted else '!'}{found})"):
            inner.line(f"{name} = {int(wanted)};")
            inner.line(f"goto {done};")

    for_each(operand, scope, emit, stop)
    scope.code.label(done)
    return name


def contains(operand: Expr, item: Expr, scope: Scope, emit: Emit) -> str:
    """Whether a list has an item equal to another value."""
    wanted = scope.temporary(item.type, emit(item, scope))
    known = item_type(operand)
    if never_equal(known, item.type):
        emit(operand, scope)
        return "0"

    def same(inner: Scope, kind: Type, text: str) -> tuple[Scope, str]:
        return inner, equality(kind, text, item.type, wanted, inner)

    return search(operand, scope, emit, same)


def total(expr: Apply, scope: Scope, emit: Emit) -> str:
    """The sum of a list's items and a first number; only the whole sum may overflow."""
    xs, start = expr.operands
    name = scope.code.fresh("sum")
    kind = "int64_t" if bounded(expr.type) else "oc_wide"
    # Python takes the list first; the first number is added to it.
    before = scope.code.fresh("sum")
    scope.line(f"{kind} {name} = 0;")

    def add(inner: Scope, _: Type, text: str) -> None:
        inner.line(f"{name} += {text};")

    for_each(xs, scope, emit, add)
    scope.line(f"{kind} {before} = {name} + {emit(start, scope)};")
    if kind == "int64_t":
        return before
    scope.fail_if(f"!oc_fits({before})", "overflow")
    return f"(int64_t){before}"


def measured(operand: Expr, scope: Scope, emit: Emit) -> str:
    """How many items a list has that need not be built."""
    name = scope.code.fresh("n")
    scope.line(f"int64_t {name} = 0;")
    # Items are evaluated all the same: a model error in one is one here.
    for_each(operand, scope, emit, lambda inner, kind, text: inner.line(f"(void){text}, {name}++;"))
    return name


def set_of(expr: Apply, scope: Scope, emit: Emit) -> str:
    """The set of a list's items."""
    kind = expr.type
    assert isinstance(kind, SetType)
    name = scope.code.fresh("t")
    scope.line(f"{scope.ctype(kind)} {name};")
    scope.line(f"memset(&{name}, 0, sizeof {name});")

    def insert(inner: Scope, known: Type, text: str) -> None:
        collections.insert_all(kind, known, name, text, inner)

    for_each(expr.operands[0], scope, emit, insert)
    return name


# --- by order -----------------------------------------------------------------------


def extreme(expr: Apply, scope: Scope, emit: Emit) -> str:
    """The least or the greatest item; of equal ones the first."""
    operand = expr.operands[0]
    kind = item_type(operand)

    def by(inner: Scope, text: str) -> str:
        return text

    return _pick(operand, kind, kind, expr.op is Op.MIN, by, expr.type, scope, emit)


def _pick(
    operand: Expr,
    kind: Type,
    key_kind: Type,
    least: bool,
    key: object,
    result: Type,
    scope: Scope,
    emit: Emit,
) -> str:
    assert callable(key)
    unit = scope.unit
    best, least_key, there = (scope.code.fresh(each) for each in ("t", "t", "n"))
    scope.line(f"int {there} = 0;")
    scope.line(f"{scope.ctype(kind)} {best};")
    scope.line(f"{scope.ctype(key_kind)} {least_key};")

    def compare(inner: Scope, _: Type, text: str) -> None:
        text = inner.temporary(kind, text)
        by = inner.temporary(key_kind, key(inner, text))
        better = f"{order(unit, shape_of(key_kind), by, least_key)} {'<' if least else '>'} 0"
        with inner.code.block(f"if (!{there} || {better})"):
            inner.line(f"{best} = {text};")
            inner.line(f"{least_key} = {by};")
        inner.line(f"{there} = 1;")

    # Both are read only once they hold something, which the C compiler may not see.
    scope.line(f"memset(&{best}, 0, sizeof {best});")
    scope.line(f"memset(&{least_key}, 0, sizeof {least_key});")
    for_each(operand, scope, emit, compare)
    scope.fail_if(f"!{there}", "value")
    return scope.converted(kind, result, best)


def sorted_list(expr: Apply, scope: Scope, emit: Emit) -> str:
    """A list by value."""
    known, xs = as_list(expr.operands[0], scope, emit)
    xs = scope.temporary(known, xs)
    item = ctype(scope.unit, shape_of(known.item))
    keys = scope.code.fresh("keys")
    scope.line(f"{item} *{keys} = oc_take(r, (size_t){xs}.n * sizeof *{keys});")
    scope.allocating(f"!{keys}")
    scope.line(f"for (int64_t k = 0; k < {xs}.n; k++) {keys}[k] = {xs}.at[k];")
    text = lists.sort(known, shape_of(known.item), xs, keys, False, scope)
    return scope.converted(known, expr.type, text)


def sorted_by(expr: SortedBy, scope: Scope, emit: Emit) -> str:
    """A list by a key, or its item with the least or the greatest one."""
    variable = expr.variable
    if expr.pick != "sorted":
        kind = item_type(expr.operand)

        def key(inner: Scope, text: str) -> str:
            text = inner.converted(kind, variable.type, text)
            inner, bound = inner.binding(variable.name, variable.type)
            inner.line(f"{inner.ctype(variable.type)} {bound.name} = {text};")
            return emit(expr.key, inner)

        by = expr.key.type
        return _pick(expr.operand, kind, by, expr.pick == "min", key, expr.type, scope, emit)
    known, xs = as_list(expr.operand, scope, emit)
    xs = scope.temporary(known, xs)
    keys, k = scope.code.fresh("keys"), scope.code.fresh("k")
    scope.line(
        f"{scope.ctype(expr.key.type)} *{keys} = oc_take(r, (size_t){xs}.n * sizeof *{keys});"
    )
    scope.allocating(f"!{keys}")
    with scope.code.block(f"for (int64_t {k} = 0; {k} < {xs}.n; {k}++)"):
        item = scope.converted(known.item, variable.type, f"{xs}.at[{k}]")
        inner, bound = scope.binding(variable.name, variable.type)
        inner.line(f"{scope.ctype(variable.type)} {bound.name} = {item};")
        inner.line(f"{keys}[{k}] = {emit(expr.key, inner)};")
    text = lists.sort(known, shape_of(expr.key.type), xs, keys, expr.descending, scope)
    return scope.converted(known, expr.type, text)


def distinct(kind: ListType, xs: str, scope: Scope) -> str:
    """A name for a list without the items that are equal to earlier ones."""
    unit = scope.unit
    item, whole = scope.ctype(kind.item), scope.ctype(kind)
    shape = shape_of(kind.item)

    def define(name: str) -> str:
        found = lists.found(shape, f"(({whole}){{n, at}})", "a.at[k]", scope)
        return f"""static OC_UNUSED int {name}(oc_run *r, {whole} a, {whole} *out)
{{
	int64_t n = 0;
	{item} *at = oc_take(r, (size_t)a.n * sizeof *at);
	if (!at) return 1;
	for (int64_t k = 0; k < a.n; k++)
		if ({found} < 0) at[n++] = a.at[k];
	*out = ({whole}){{n, at}};
	return 0;
}}"""

    helper = unit.declarations.helper("distinct", (shape,), define, allocates=True)
    return lists.called(helper, kind, [xs], scope)


__all__ = [
    "SCALAR",
    "contains",
    "distinct",
    "extreme",
    "measured",
    "quantified",
    "set_of",
    "sorted_by",
    "sorted_list",
    "total",
]
