"""Operations on lists, as C functions for each type of item."""

from __future__ import annotations

from ordercheck.engines.native.generate.scope import Scope
from ordercheck.engines.native.generate.shapes import Record, Sequence, Shape, shape_of
from ordercheck.engines.native.generate.source import Helper
from ordercheck.engines.native.generate.unit import Unit
from ordercheck.engines.native.generate.values import ctype, equal, order
from ordercheck.ir.types import ListType

# {T}: the C type of an item, {L}: that of the list. All give a list through `out`.
_BODIES = {
    "append": (
        "{L} a, {T} x",
        """
	{T} *at = oc_take(r, (size_t)(a.n + 1) * sizeof *at);
	if (!at) return 1;
	for (int64_t k = 0; k < a.n; k++) at[k] = a.at[k];
	at[a.n] = x;
	*out = ({L}){{a.n + 1, at}};""",
    ),
    "insert": (
        "{L} a, int64_t to, {T} x",
        """
	if (to < 0) to = to + a.n < 0 ? 0 : to + a.n;
	if (to > a.n) to = a.n;
	{T} *at = oc_take(r, (size_t)(a.n + 1) * sizeof *at);
	if (!at) return 1;
	for (int64_t k = 0; k < to; k++) at[k] = a.at[k];
	at[to] = x;
	for (int64_t k = to; k < a.n; k++) at[k + 1] = a.at[k];
	*out = ({L}){{a.n + 1, at}};""",
    ),
    "without": (
        "{L} a, int64_t which",
        """
	{T} *at = oc_take(r, (size_t)a.n * sizeof *at);
	if (!at) return 1;
	for (int64_t k = 0; k < which; k++) at[k] = a.at[k];
	for (int64_t k = which + 1; k < a.n; k++) at[k - 1] = a.at[k];
	*out = ({L}){{a.n - 1, at}};""",
    ),
    "replace": (
        "{L} a, int64_t which, {T} x",
        """
	{T} *at = oc_take(r, (size_t)a.n * sizeof *at);
	if (!at) return 1;
	for (int64_t k = 0; k < a.n; k++) at[k] = a.at[k];
	at[which] = x;
	*out = ({L}){{a.n, at}};""",
    ),
    "concat": (
        "{L} a, {L} b",
        """
	{T} *at = oc_take(r, (size_t)(a.n + b.n) * sizeof *at);
	if (!at) return 1;
	for (int64_t k = 0; k < a.n; k++) at[k] = a.at[k];
	for (int64_t k = 0; k < b.n; k++) at[a.n + k] = b.at[k];
	*out = ({L}){{a.n + b.n, at}};""",
    ),
    "repeat": (
        "{L} a, int64_t times",
        """
	if (times < 0 || !a.n) times = 0;
	if (times > OC_SCRATCH) return 1;
	{T} *at = oc_take(r, (size_t)(a.n * times) * sizeof *at);
	if (!at) return 1;
	for (int64_t k = 0; k < a.n * times; k++) at[k] = a.at[k % a.n];
	*out = ({L}){{a.n * times, at}};""",
    ),
    "reverse": (
        "{L} a",
        """
	{T} *at = oc_take(r, (size_t)a.n * sizeof *at);
	if (!at) return 1;
	for (int64_t k = 0; k < a.n; k++) at[k] = a.at[a.n - 1 - k];
	*out = ({L}){{a.n, at}};""",
    ),
    "slice": (
        "{L} a, int64_t from, int64_t to, int64_t step",
        """
	int64_t n = oc_slice(a.n, &from, &to, &step);
	if (step == 1) {{
		*out = ({L}){{n, n ? a.at + from : 0}};
		return 0;
	}}
	{T} *at = oc_take(r, (size_t)n * sizeof *at);
	if (!at) return 1;
	for (int64_t k = 0; k < n; k++) at[k] = a.at[from + k * step];
	*out = ({L}){{n, at}};""",
    ),
}


def list_operation(name: str, kind: ListType, arguments: list[str], scope: Scope) -> str:
    """A name for the list that an operation gives."""
    item = ctype(scope.unit, shape_of(kind.item))
    parameters, body = _BODIES[name]
    helper = _define(scope.unit, name, kind, parameters.format(T=item, L=scope.ctype(kind)), body)
    return called(helper, kind, arguments, scope)


def called(helper: Helper, kind: ListType, arguments: list[str], scope: Scope) -> str:
    """A name for the list that a helper gives."""
    out = scope.code.fresh("t")
    scope.line(f"{scope.ctype(kind)} {out};")
    scope.allocating(f"{helper.name}(r, {''.join(f'{each}, ' for each in arguments)}&{out})")
    return out


def _define(unit: Unit, name: str, kind: ListType, parameters: str, body: str) -> Helper:
    item, whole = ctype(unit, shape_of(kind.item)), ctype(unit, shape_of(kind))

    def define(c_name: str) -> str:
        text = body.format(T=item, L=whole)
        head = f"static OC_UNUSED int {c_name}(oc_run *r, {parameters}, {whole} *out)"
        return f"{head}\n{{{text}\n\treturn 0;\n}}"

    return unit.declarations.helper(name, (name, item), define, allocates=True)


def found(shape: Shape, xs: str, x: str, scope: Scope) -> str:
    """A C expression: the first place of an item in a list, -1 if it is not there."""
    unit = scope.unit
    item, whole = ctype(unit, shape), ctype(unit, Sequence(shape))

    def define(name: str) -> str:
        same = equal(unit, shape, "a.at[k]", "x")
        return (
            f"static inline int64_t {name}({whole} a, {item} x)\n{{\n"
            f"\tfor (int64_t k = 0; k < a.n; k++) if ({same}) return k;\n"
            "\treturn -1;\n}"
        )

    return f"{unit.declarations.helper('find', shape, define).name}({xs}, {x})"


def counted(shape: Shape, xs: str, x: str, scope: Scope) -> str:
    """A C expression: how often an item is in a list."""
    unit = scope.unit
    item, whole = ctype(unit, shape), ctype(unit, Sequence(shape))

    def define(name: str) -> str:
        return (
            f"static inline int64_t {name}({whole} a, {item} x)\n{{\n\tint64_t n = 0;\n"
            f"\tfor (int64_t k = 0; k < a.n; k++) n += {equal(unit, shape, 'a.at[k]', 'x')};\n"
            "\treturn n;\n}"
        )

    return f"{unit.declarations.helper('count', shape, define).name}({xs}, {x})"


def sort(kind: ListType, by: Shape, xs: str, keys: str, descending: bool, scope: Scope) -> str:
    """A name for a list in order of its keys, a C array; equal ones stay as they were."""
    unit = scope.unit
    item, whole, key = scope.ctype(kind.item), scope.ctype(kind), ctype(unit, by)
    inverted = "<" if descending else ">"

    def define(name: str) -> str:
        comparison = order(unit, by, "of[k - 1]", "key")
        return f"""static OC_UNUSED int {name}(oc_run *r, {whole} a, {key} *of, {whole} *out)
{{
	{item} *at = oc_take(r, (size_t)a.n * sizeof *at);
	if (!at) return 1;
	for (int64_t i = 0; i < a.n; i++) {{
		{key} key = of[i];
		int64_t k = i;
		for (; k > 0 && {comparison} {inverted} 0; k--) {{
			of[k] = of[k - 1];
			at[k] = at[k - 1];
		}}
		of[k] = key;
		at[k] = a.at[i];
	}}
	*out = ({whole}){{a.n, at}};
	return 0;
}}"""

    helper = unit.declarations.helper("sort", (item, by, descending), define, allocates=True)
    return called(helper, kind, [xs, keys], scope)


def selections(name: str, kind: ListType, xs: str, count: str, scope: Scope) -> str:
    """A name for the list of all lists of `count` items: "combinations" or "permutations"."""
    unit = scope.unit
    inner = kind.item
    assert isinstance(inner, ListType)
    item, row, whole = scope.ctype(inner.item), scope.ctype(inner), scope.ctype(kind)

    def define(c_name: str) -> str:
        return f"""static OC_UNUSED int {c_name}(oc_run *r, {row} a, int64_t count, {whole} *out)
{{
	int64_t n = 0, room = 0;
	{row} *rows = 0;
	*out = ({whole}){{0, 0}};
	if (count > a.n) return 0;
	int64_t *which = oc_take(r, (size_t)(count + 1) * sizeof *which);
	if (!which) return 1;
	int more = oc_first_{name}(which, count);
	for (; more; more = oc_next_{name}(which, count, a.n)) {{
		{item} *at = oc_take(r, (size_t)count * sizeof *at);
		if (!at) return 1;
		for (int64_t k = 0; k < count; k++) at[k] = a.at[which[k]];
		if (!(rows = oc_grown(r, rows, n, &room, sizeof *rows))) return 1;
		rows[n++] = ({row}){{count, at}};
	}}
	*out = ({whole}){{n, rows}};
	return 0;
}}"""

    helper = unit.declarations.helper(name, (item,), define, allocates=True)
    return called(helper, kind, [xs, count], scope)


def rows(kind: ListType, lists: list[str], product: bool, scope: Scope) -> str:
    """A name for a list of tuples of the lists' items: side by side, or each with each."""
    unit, shape = scope.unit, shape_of(kind)
    assert isinstance(shape, Sequence)
    row = ctype(unit, shape.item)
    name, at, n = scope.code.fresh("t"), scope.code.fresh("t"), scope.code.fresh("n")
    scope.line(f"{scope.ctype(kind)} {name};")
    total = scope.code.fresh("n")
    if product:
        scope.line(f"int64_t {total} = 1;")
        for each in lists:
            scope.line(f"{total} *= {each}.n;")
            scope.fail_if(f"{total} > OC_SCRATCH", "limit")
    else:
        scope.line(f"int64_t {total} = {lists[0] + '.n' if lists else '0'};")
        for each in lists[1:]:
            scope.line(f"if ({each}.n < {total}) {total} = {each}.n;")
    scope.line(f"{row} *{at} = oc_take(r, (size_t){total} * sizeof *{at});")
    scope.allocating(f"!{at}")
    with scope.code.block(f"for (int64_t {n} = 0; {n} < {total}; {n}++)"):
        place = scope.code.fresh("k")
        scope.line(f"int64_t {place} = {n};")
        for k in reversed(range(len(lists))):
            part = f"{at}[{n}].f{k}" if isinstance(shape.item, Record) else f"{at}[{n}]"
            if product:
                scope.line(f"{part} = {lists[k]}.at[{place} % {lists[k]}.n];")
                scope.line(f"{place} /= {lists[k]}.n;")
            else:
                scope.line(f"{part} = {lists[k]}.at[{n}];")
        scope.line(f"(void){place};")
    scope.line(f"{name}.n = {total};")
    scope.line(f"{name}.at = {at};")
    return name
