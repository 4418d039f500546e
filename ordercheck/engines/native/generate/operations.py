"""Operations on values."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from ordercheck.engines.native.generate import (
    collections,
    lists,
    numbers,
    queues,
    reductions,
)
from ordercheck.engines.native.generate.comparisons import (
    ORDERS,
    common,
    equality,
    never_equal,
    ordering,
)
from ordercheck.engines.native.generate.containers import (
    SET_OPERATIONS,
    emit_all,
    emit_as,
    of_map,
    of_set,
)
from ordercheck.engines.native.generate.loops import Emit, as_list, list_type
from ordercheck.engines.native.generate.places import checked_index
from ordercheck.engines.native.generate.scope import Scope
from ordercheck.engines.native.generate.shapes import SCALAR, Shape, shape_of
from ordercheck.engines.native.generate.source import int_type
from ordercheck.engines.native.generate.unsupported import Unsupported
from ordercheck.engines.native.generate.values import initializer
from ordercheck.ir.nodes import Apply, Comprehend, Const, Expr, LoadArray, Op
from ordercheck.ir.types import (
    BagType,
    IntType,
    ListType,
    MapType,
    NoneType,
    SetType,
    TextType,
    TupleType,
    Type,
)

LOOPING: Final[dict[Op, Callable[[Apply, Scope, Emit], str]]] = {
    Op.ANY: reductions.quantified,
    Op.ALL: reductions.quantified,
    Op.SUM: reductions.total,
    Op.MIN: reductions.extreme,
    Op.MAX: reductions.extreme,
    Op.TO_SET: reductions.set_of,
    Op.SORTED: reductions.sorted_list,
}
"""Operations that go through their list themselves."""


def apply(expr: Apply, scope: Scope, emit: Emit) -> str:
    """A C expression for the operation's value."""
    op = expr.op
    if op in LOOPING:
        return LOOPING[op](expr, scope, emit)
    if op in numbers.OPERATIONS:
        return numbers.apply(expr, emit_all(expr, scope, emit), scope)
    match op:
        case Op.EQ | Op.NE:
            left, right = expr.operands
            a, b = emit_all(expr, scope, emit)
            same = equality(left.type, a, right.type, b, scope)
            return same if op is Op.EQ else f"(!{same})"
        case _ if op in ORDERS:
            left, right = expr.operands
            a, b = emit_all(expr, scope, emit)
            return ordering(op, left.type, a, right.type, b, scope)
        case Op.TUPLE | Op.STRUCT | Op.LIST | Op.SET | Op.MAP:
            return _made(expr, scope, emit)
        case Op.OFFSET:
            return _offset(expr, scope, emit)
        case Op.LENGTH | Op.COUNT | Op.CONTAINS:
            return _measure(expr, scope, emit)
        case Op.TEXT_INDEX:
            return _character(expr, scope, emit)
        case _ if op in SET_OPERATIONS:
            return of_set(expr, scope, emit)
        case Op.GET | Op.GET_OR | Op.PUT | Op.DELETE:
            return of_map(expr, scope, emit)
        case Op.ITEMS | Op.KEYS | Op.VALUES:
            known = expr.operands[0].type
            text = emit(expr.operands[0], scope)
            return collections.items(op, known, _list(expr.type), text, scope)
        case _:
            return _of_list(expr, scope, emit)


def _list(kind: Type) -> ListType:
    return list_type(kind)


# --- making -----------------------------------------------------------------------


def _made(expr: Apply, scope: Scope, emit: Emit) -> str:
    kind = expr.type
    match expr.op, kind:
        case Op.TUPLE, TupleType(items=items):
            return _record(kind, items, expr.operands, scope, emit)
        case Op.STRUCT, _:
            fields = tuple(item for _, item in getattr(kind, "fields", ()))
            return _record(kind, fields, expr.operands, scope, emit)
        case Op.SET, SetType():
            text = initializer(scope.unit, kind, frozenset())
            name = scope.code.fresh("t")
            scope.line(f"{scope.ctype(kind)} {name} = {text};")
            for operand in expr.operands:
                collections.insert_all(kind, operand.type, name, emit(operand, scope), scope)
            return name
        case Op.MAP, MapType():
            return _map(kind, expr, scope, emit)
        case _:
            return _literal_list(_list(kind), expr.operands, scope, emit)


def _record(
    kind: Type, items: tuple[Type, ...], operands: tuple[Expr, ...], scope: Scope, emit: Emit
) -> str:
    parts = [emit_as(x, item, scope, emit) for x, item in zip(operands, items, strict=True)]
    return f"(({scope.ctype(kind)}){{{', '.join(parts)}}})" if parts else "INT64_C(0)"


def _literal_list(kind: ListType, operands: tuple[Expr, ...], scope: Scope, emit: Emit) -> str:
    parts = [emit_as(operand, kind.item, scope, emit) for operand in operands]
    if not parts:
        return f"(({scope.ctype(kind)}){{0, 0}})"
    at = scope.code.fresh("t")
    scope.line(f"{scope.ctype(kind.item)} *{at} = oc_take(r, {len(parts)} * sizeof *{at});")
    scope.allocating(f"!{at}")
    for k, part in enumerate(parts):
        scope.line(f"{at}[{k}] = {part};")
    return f"(({scope.ctype(kind)}){{{len(parts)}, {at}}})"


def _map(kind: MapType, expr: Apply, scope: Scope, emit: Emit) -> str:
    parts = [
        scope.temporary(x.type if k % 2 == 0 else kind.value, _as_part(x, k, kind, scope, emit))
        for k, x in enumerate(expr.operands)
    ]
    name = _empty(kind, scope)
    for k in range(0, len(parts), 2):
        collections.put(kind, name, expr.operands[k], parts[k], parts[k + 1], scope)
    return name


def _as_part(part: Expr, k: int, kind: MapType, scope: Scope, emit: Emit) -> str:
    return emit(part, scope) if k % 2 == 0 else emit_as(part, kind.value, scope, emit)


def _empty(kind: Type, scope: Scope) -> str:
    name = scope.code.fresh("t")
    scope.line(f"{scope.ctype(kind)} {name};")
    scope.line(f"memset(&{name}, 0, sizeof {name});")
    return name


# --- measuring --------------------------------------------------------------------


def _measure(expr: Apply, scope: Scope, emit: Emit) -> str:
    operand = expr.operands[0]
    short = _measured_as_queue(expr, scope, emit)
    if short is not None:
        return short
    match expr.op, operand.type:
        case Op.CONTAINS, (ListType() | TupleType()) if _need_not_be_built(operand):
            return reductions.contains(operand, expr.operands[1], scope, emit)
        case Op.LENGTH, _ if isinstance(operand, Comprehend):
            return reductions.measured(operand, scope, emit)
        case Op.LENGTH, TupleType(items=items):
            return str(len(items))
        case _:
            return _measured(expr, operand.type, emit_all(expr, scope, emit), scope)


def _measured_as_queue(expr: Apply, scope: Scope, emit: Emit) -> str | None:
    """The length of a list that need not leave the state, or whether it has an item."""
    whole = queues.queue(expr.operands[0], scope, emit)
    if whole is None or expr.op is Op.COUNT:
        return None
    if expr.op is Op.LENGTH:
        return whole.length
    item = expr.operands[1]
    if not queues.may_hold(whole, item):
        return None
    return f"({queues.place_in(whole, item, emit(item, scope), scope)} >= 0)"


def _need_not_be_built(expr: Expr) -> bool:
    match expr:
        case Comprehend() | LoadArray():
            return True
        case Apply(op=Op.RANGE | Op.ITEMS | Op.KEYS):
            return True
        case _:
            return False


def _measured(expr: Apply, kind: Type, texts: list[str], scope: Scope) -> str:
    xs = texts[0]
    item = expr.operands[-1]
    match expr.op, kind:
        case Op.LENGTH, SetType() | MapType():
            return collections.cardinality(kind, xs, scope)
        case Op.LENGTH, BagType():
            return collections.bag_size(kind, xs, scope)
        case Op.LENGTH, TextType():
            lengths = tuple(map(len, scope.unit.texts))
            table = scope.unit.declarations.table(int_type(lengths), tuple(map(str, lengths)))
            return f"(int64_t){table}[{xs}]"
        case Op.LENGTH, _:
            return f"{scope.temporary(kind, xs)}.n"
        case Op.COUNT, BagType():
            return collections.multiplicity(kind, xs, item, texts[1], scope)
        case Op.CONTAINS, BagType():
            return f"({collections.multiplicity(kind, xs, item, texts[1], scope)} > 0)"
        case Op.CONTAINS, SetType():
            return collections.contains_item(kind, xs, item, texts[1], scope)
        case Op.CONTAINS, MapType():
            return collections.has_key(kind, xs, item, texts[1], scope)
        case Op.CONTAINS, TextType():
            return _within(xs, texts[1], scope)
        case _:
            return _looked_for(expr, kind, texts, scope)


def _looked_for(expr: Apply, kind: Type, texts: list[str], scope: Scope) -> str:
    place, xs, x, shape = _search(expr, kind, texts, scope)
    if expr.op is Op.COUNT:
        return lists.counted(shape, xs, x, scope) if place else "0"
    return f"({lists.found(shape, xs, x, scope)} >= 0)" if place else "0"


def _search(
    expr: Apply, kind: Type, texts: list[str], scope: Scope
) -> tuple[bool, str, str, Shape]:
    """Whether an item could be in a list; both as values that can be compared; their shape."""
    known, item = list_type(kind), expr.operands[1].type
    if never_equal(known.item, item):
        return False, "", "", SCALAR
    shared = common(known.item, item)
    xs = scope.converted(kind, ListType(shared), texts[0])
    x = scope.converted(item, shared, texts[1])
    return True, xs, x, shape_of(shared)


def _within(text: str, part: str, scope: Scope) -> str:
    """Whether a text has another one in it."""
    texts = scope.unit.texts
    bits = tuple(str(int(inner in outer)) for outer in texts for inner in texts)
    table = scope.unit.declarations.table("uint8_t", bits)
    return f"(int64_t){table}[{text} * {len(texts)} + {part}]"


def _character(expr: Apply, scope: Scope, emit: Emit) -> str:
    text, k = (scope.number(each) for each in emit_all(expr, scope, emit))
    texts = scope.unit.texts
    known = {each: place for place, each in enumerate(texts)}
    longest = max(map(len, texts), default=0)
    lengths = tuple(map(len, texts))
    table = scope.unit.declarations.table(int_type(lengths), tuple(map(str, lengths)))
    name = scope.code.fresh("t")
    scope.line(f"int64_t {name} = {k} < 0 ? {k} + {table}[{text}] : {k};")
    scope.fail_if(f"{name} < 0 || {name} >= {table}[{text}]", "index")
    characters = tuple(known.get(each[k : k + 1], 0) for each in texts for k in range(longest))
    table = scope.unit.declarations.table(int_type(characters), tuple(map(str, characters)))
    return f"(int64_t){table}[{text} * {longest} + {name}]"


def _offset(expr: Apply, scope: Scope, emit: Emit) -> str:
    """A slot's number; places are found without it wherever they can."""
    base, k, length, stride = expr.operands
    first = emit(base, scope)
    if not isinstance(length, Const):
        raise Unsupported("an array without a fixed length", expr.span)
    index = checked_index(k, length.value, scope, emit)
    return f"({first} + {index} * {emit(stride, scope)})"


# --- lists ------------------------------------------------------------------------


def _of_list(expr: Apply, scope: Scope, emit: Emit) -> str:
    op, operands = expr.op, expr.operands
    match op:
        case Op.INDEX:
            return _index(expr, scope, emit)
        case Op.FIND | Op.REMOVE:
            return _found(expr, scope, emit)
        case Op.RANGE:
            return _range(expr, scope, emit)
        case Op.ENUMERATE | Op.ZIP | Op.PRODUCT:
            return _rows(expr, scope, emit)
        case Op.SUBSETS:
            kind = _list(expr.type)
            known = operands[0].type
            assert isinstance(known, SetType)
            xs = emit_as(operands[0], kind.item, scope, emit)
            return collections.subsets(kind, known, xs, scope)
        case Op.COMBINATIONS | Op.PERMUTATIONS:
            kind = _list(expr.type)
            xs = _as_list_of(operands[0], _list(kind.item), scope, emit)
            count = scope.number(emit(operands[1], scope))
            scope.fail_if(f"{count} < 0", "value")
            return lists.selections(op.value, kind, xs, count, scope)
        case _:
            return _changed(expr, scope, emit)


def _as_list_of(expr: Expr, kind: ListType, scope: Scope, emit: Emit) -> str:
    return scope.temporary(kind, scope.converted(expr.type, kind, emit(expr, scope)))


def _changed(expr: Apply, scope: Scope, emit: Emit) -> str:
    """A list made of one or two others."""
    op, operands, kind = expr.op, expr.operands, _list(expr.type)
    xs = _as_list_of(operands[0], kind, scope, emit)
    make = partial(lists.list_operation, kind=kind, scope=scope)
    match op:
        case Op.CONCAT:
            return make("concat", arguments=[xs, emit_as(operands[1], kind, scope, emit)])
        case Op.REPEAT:
            return make("repeat", arguments=[xs, emit(operands[1], scope)])
        case Op.APPEND:
            return make("append", arguments=[xs, emit_as(operands[1], kind.item, scope, emit)])
        case Op.INSERT:
            k = scope.number(emit(operands[1], scope))
            return make("insert", arguments=[xs, k, emit_as(operands[2], kind.item, scope, emit)])
        case Op.REMOVE_AT:
            k = queues.checked_place(f"{xs}.n", emit(operands[1], scope), scope)
            return make("without", arguments=[xs, k])
        case Op.REPLACE:
            k, x = emit(operands[1], scope), emit_as(operands[2], kind.item, scope, emit)
            k = queues.checked_place(f"{xs}.n", k, scope)
            return make("replace", arguments=[xs, k, x])
        case Op.REVERSED:
            return make("reverse", arguments=[xs])
        case Op.SLICE:
            return _slice(expr, xs, make, scope, emit)
        case _:
            raise Unsupported(f"has no operation {op.value!r}", expr.span)


def _slice(expr: Apply, xs: str, make: Callable[..., str], scope: Scope, emit: Emit) -> str:
    ends = []
    for operand in expr.operands[1:]:
        ends.append(
            "OC_NONE" if isinstance(operand.type, NoneType) else scope.number(emit(operand, scope))
        )
    scope.fail_if(f"{ends[2]} == 0", "value")
    return make("slice", arguments=[xs, *ends])


def _index(expr: Apply, scope: Scope, emit: Emit) -> str:
    xs, k = expr.operands
    if isinstance(xs.type, TupleType) and isinstance(k, Const):
        place = k.value + (k.value < 0) * len(xs.type.items)
        if 0 <= place < len(xs.type.items):
            text = f"{emit(xs, scope)}.f{place}"
            return scope.converted(xs.type.items[place], expr.type, text)
    whole = queues.queue(xs, scope, emit)
    if whole is not None:
        index = queues.checked_place(whole.length, emit(k, scope), scope)
        return queues.item_at(whole, index, expr.type, scope)
    kind, text = as_list(xs, scope, emit)
    text = scope.temporary(kind, text)
    place_text = queues.checked_place(f"{text}.n", emit(k, scope), scope)
    return scope.converted(kind.item, expr.type, f"{text}.at[{place_text}]")


def _found(expr: Apply, scope: Scope, emit: Emit) -> str:
    kind = expr.operands[0].type
    whole = queues.queue(expr.operands[0], scope, emit) if expr.op is Op.FIND else None
    if whole is not None and queues.may_hold(whole, expr.operands[1]):
        item = emit(expr.operands[1], scope)
        place = scope.number(queues.place_in(whole, expr.operands[1], item, scope))
        scope.fail_if(f"{place} < 0", "value")
        return place
    texts = emit_all(expr, scope, emit)
    texts[0] = scope.temporary(kind, texts[0])
    could, xs, x, shape = _search(expr, kind, texts, scope)
    place = scope.number(lists.found(shape, xs, x, scope) if could else "INT64_C(-1)")
    scope.fail_if(f"{place} < 0", "value")
    if expr.op is Op.FIND:
        return place
    result = _list(expr.type)
    rest = scope.converted(kind, result, texts[0])
    return lists.list_operation("without", result, [rest, place], scope)


def _range(expr: Apply, scope: Scope, emit: Emit) -> str:
    first, last, step = (scope.number(each) for each in emit_all(expr, scope, emit))
    kind = _list(expr.type)
    scope.fail_if(f"{step} == 0", "value")
    name, at, n = scope.code.fresh("t"), scope.code.fresh("t"), scope.code.fresh("n")
    scope.line(f"int64_t {n} = oc_range({first}, {last}, {step});")
    scope.fail_if(f"{n} > OC_SCRATCH", "limit")
    scope.line(f"int64_t *{at} = oc_take(r, (size_t){n} * sizeof *{at});")
    scope.allocating(f"!{at}")
    scope.line(f"for (int64_t k = 0; k < {n}; k++) {at}[k] = {first} + k * {step};")
    scope.line(f"{scope.ctype(kind)} {name} = {{{n}, {at}}};")
    return name


def _rows(expr: Apply, scope: Scope, emit: Emit) -> str:
    kind = _list(expr.type)
    items = kind.item.items if isinstance(kind.item, TupleType) else ()
    if expr.op is Op.ENUMERATE:
        xs = _as_list_of(expr.operands[0], ListType(items[1]), scope, emit)
        start = scope.number(emit(expr.operands[1], scope))
        counter, at = scope.code.fresh("t"), scope.code.fresh("t")
        scope.line(f"int64_t *{at} = oc_take(r, (size_t){xs}.n * sizeof *{at});")
        scope.allocating(f"!{at}")
        scope.line(f"for (int64_t k = 0; k < {xs}.n; k++) {at}[k] = {start} + k;")
        scope.line(f"{scope.ctype(ListType(IntType()))} {counter} = {{{xs}.n, {at}}};")
        return lists.rows(kind, [counter, xs], False, scope)
    parts = [
        _as_list_of(operand, ListType(item), scope, emit)
        for operand, item in zip(expr.operands, items, strict=True)
    ]
    return lists.rows(kind, parts, expr.op is Op.PRODUCT, scope)
