"""Constant tables: the value that belongs to a key."""

from __future__ import annotations

from typing import Any

from ordercheck.engines.native.generate.scope import Scope
from ordercheck.engines.native.generate.shapes import SCALAR, shape_of
from ordercheck.engines.native.generate.source import int_type
from ordercheck.engines.native.generate.unit import Unit
from ordercheck.engines.native.generate.values import (
    ctype,
    equal,
    initializer,
    is_ordered,
    less,
)
from ordercheck.ir.types import ListType, StructType, TupleType, Type, Value

WIDEST = 4096
"""Entries of a table that is indexed by its keys' numbers."""


def lookup(
    known: Type, kind: Type, table: tuple[tuple[Value, Value], ...], key: str, scope: Scope
) -> str:
    """A C expression for the value that belongs to a key, which is surely in the table."""
    unit = scope.unit
    if shape_of(known) == SCALAR:
        numbers = [_number(initializer(unit, known, each)) for each, _ in table]
        lowest, highest = min(numbers, default=0), max(numbers, default=0)
        if highest - lowest < WIDEST:
            values = dict(zip(numbers, (value for _, value in table), strict=True))
            return _indexed(kind, values, lowest, highest, key, scope)
    if is_ordered(shape_of(known)):
        rows = sorted(table, key=lambda row: _rank(unit, known, row[0]))
        return _searched(known, kind, tuple(rows), key, scope)
    return _compared(known, kind, table, key, scope)


def _number(text: str) -> int:
    if text == "OC_NONE":
        return -(1 << 63)
    return int(text.removeprefix("INT64_C(").removesuffix(")"))


def _rank(unit: Unit, kind: Type, value: Value) -> tuple[Any, ...]:
    """What puts constants into the order of `values.order`."""
    match kind:
        case TupleType(items=items) if items:
            return tuple(_rank(unit, each, v) for each, v in zip(items, value, strict=True))
        case StructType(fields=fields) if fields:
            return tuple(_rank(unit, f, v) for (_, f), v in zip(fields, value[1:], strict=True))
        case ListType(item=item):
            return tuple(_rank(unit, item, each) for each in value)
        case _:
            return (_number(initializer(unit, kind, value)),)


def _columns(
    known: Type, kind: Type, table: tuple[tuple[Value, Value], ...], scope: Scope
) -> tuple[str, str]:
    """The names of the constant arrays of keys, and of values."""
    unit = scope.unit
    keys = tuple(initializer(unit, known, key) for key, _ in table)
    values = tuple(initializer(unit, kind, value) for _, value in table)
    declare = unit.declarations.table
    return declare(scope.ctype(known), keys), declare(scope.ctype(kind), values)


def _searched(
    known: Type, kind: Type, table: tuple[tuple[Value, Value], ...], key: str, scope: Scope
) -> str:
    """By bisection: of the initial states there may be as many as there are rows."""
    keys, values = _columns(known, kind, table, scope)
    key, low = scope.temporary(known, key), scope.code.fresh("low")
    scope.line(f"int64_t {low} = 0;")
    with scope.code.block(f"for (int64_t high = {len(table) - 1}; {low} < high;)"):
        scope.line(f"int64_t middle = {low} + (high - {low}) / 2;")
        before = less(scope.unit, shape_of(known), "<", f"{keys}[middle]", key)
        scope.line(f"if ({before}) {low} = middle + 1;")
        scope.line("else high = middle;")
    return f"{values}[{low}]"


def _compared(
    known: Type, kind: Type, table: tuple[tuple[Value, Value], ...], key: str, scope: Scope
) -> str:
    """By one comparison after another, where keys have no order."""
    keys, values = _columns(known, kind, table, scope)
    key, at = scope.temporary(known, key), scope.code.fresh("at")
    same = equal(scope.unit, shape_of(known), key, f"{keys}[{at}]")
    scope.line(f"int64_t {at} = 0;")
    scope.line(f"while ({at} < {len(table) - 1} && !{same}) {at}++;")
    return f"{values}[{at}]"


def _indexed(
    kind: Type, values: dict[int, Value], lowest: int, highest: int, key: str, scope: Scope
) -> str:
    unit = scope.unit
    # A key that is not in the table never comes: any value will do there.
    some = next(iter(values.values()))
    texts = tuple(
        initializer(unit, kind, values.get(number, some)) for number in range(lowest, highest + 1)
    )
    place = f"{key} - ({lowest})" if lowest else key
    if shape_of(kind) != SCALAR:
        return f"{unit.declarations.table(ctype(unit, shape_of(kind)), texts)}[{place}]"
    if "OC_NONE" in texts:
        return f"{unit.declarations.table('int64_t', texts)}[{place}]"
    found = tuple(map(_number, texts))
    distance = found[0] - lowest
    if all(value == k + distance for k, value in enumerate(found, lowest)):
        return f"({key} + ({distance}))" if distance else key
    return f"(int64_t){unit.declarations.table(int_type(found), texts)}[{place}]"
