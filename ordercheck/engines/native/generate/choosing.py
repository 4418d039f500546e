"""Constant tables: the value that belongs to a key."""

from __future__ import annotations

from ordercheck.engines.native.generate.scope import Scope
from ordercheck.engines.native.generate.shapes import SCALAR, shape_of
from ordercheck.engines.native.generate.source import int_type
from ordercheck.engines.native.generate.values import constant, ctype, equal, initializer
from ordercheck.ir.types import Type, Value

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
    name = scope.code.fresh("t")
    key = scope.temporary(known, key)
    scope.line(f"{scope.ctype(kind)} {name};")
    scope.line(f"memset(&{name}, 0, sizeof {name});")
    for k, (each, value) in enumerate(table):
        test = equal(unit, shape_of(known), key, constant(unit, known, each))
        scope.line(f"{'else ' if k else ''}if ({test}) {name} = {constant(unit, kind, value)};")
    return name


def _number(text: str) -> int:
    if text == "OC_NONE":
        return -(1 << 63)
    return int(text.removeprefix("INT64_C(").removesuffix(")"))


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
