"""An evaluator that walks expressions: slow, obvious, and written without the emitter in view."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, permutations, product
from typing import Any

from ordercheck.ir.domains import contains, domain
from ordercheck.ir.nodes import (
    Apply,
    Bind,
    Cast,
    Comprehend,
    Conditional,
    Const,
    Each,
    Expr,
    Field,
    IsA,
    Load,
    LoadArray,
    Local,
    Logic,
    Lookup,
    Op,
    SortedBy,
    When,
)
from ordercheck.ir.types import ABSENT, BagType, MapType, StructType, Type, Value

State = tuple[Value, ...]
Names = dict[str, Value]


class Wrong(Exception):
    """A model error; the argument is its kind."""


def evaluate(expr: Expr, state: State, names: Names | None = None) -> Value:
    names = names or {}

    def sub(part: Expr) -> Value:
        return evaluate(part, state, names)

    match expr:
        case Const(value=value):
            return value
        case Local(name=name):
            return names[name]
        case Load(address=address):
            return state[sub(address)]
        case LoadArray(address=address, length=length, stride=stride):
            first = sub(address)
            return tuple(state[first + k * stride] for k in range(length))
        case Logic(op="and", operands=operands):
            return all(sub(each) for each in operands)
        case Logic(operands=operands):
            return any(sub(each) for each in operands)
        case Conditional(test=test, then=then, orelse=orelse):
            return sub(then) if sub(test) else sub(orelse)
        case Field(operand=operand, index=index):
            offset = isinstance(operand.type, StructType)
            return sub(operand)[index + offset]
        case IsA(operand=operand, kind=kind):
            return contains(kind, sub(operand))
        case Cast(operand=operand, type=kind):
            value = sub(operand)
            if not contains(kind, value):
                raise Wrong("type")
            return value
        case Lookup(key=key, table=table):
            return dict(table)[sub(key)]
        case Comprehend(item=item, clauses=clauses):
            return tuple(evaluate(item, state, row) for row in _rows(clauses, state, names))
        case SortedBy():
            return _sorted_by(expr, state, names)
        case Apply(op=op, operands=(Comprehend() as inner,)) if op in (Op.ANY, Op.ALL):
            return _until(op is Op.ANY, inner, state, names)
        case Apply(op=op, operands=operands):
            return _number(operate(op, [sub(each) for each in operands], expr))
        case _:
            raise NotImplementedError(expr)


def _number(value: Value) -> Value:
    if type(value) is int and not -(2**63) < value < 2**63:
        raise Wrong("overflow")
    return value


def _rows(clauses: tuple[Any, ...], state: State, names: Names) -> Iterator[Names]:
    if not clauses:
        yield names
        return
    first, rest = clauses[0], clauses[1:]
    match first:
        case Each(variable=variable, iterable=iterable):
            for value in evaluate(iterable, state, names):
                yield from _rows(rest, state, {**names, variable.name: value})
        case When(test=test):
            if evaluate(test, state, names):
                yield from _rows(rest, state, names)
        case Bind(variable=variable, value=value):
            bound = {**names, variable.name: evaluate(value, state, names)}
            yield from _rows(rest, state, bound)


def _until(wanted: bool, inner: Comprehend, state: State, names: Names) -> bool:
    rows = _rows(inner.clauses, state, names)
    found = any(evaluate(inner.item, state, row) is wanted for row in rows)
    return found == wanted


def _sorted_by(expr: SortedBy, state: State, names: Names) -> Value:
    items = evaluate(expr.operand, state, names)

    def key(item: Value) -> Value:
        return evaluate(expr.key, state, {**names, expr.variable.name: item})

    if expr.pick == "sorted":
        return tuple(sorted(items, key=key, reverse=expr.descending))
    if not items:
        raise Wrong("value")
    return min(items, key=key) if expr.pick == "min" else max(items, key=key)


def as_dict(kind: Type, value: Value) -> dict[Value, Value]:
    """A map or a bag as a dict, in declared order."""
    assert isinstance(kind, (MapType, BagType))
    keys = domain(kind.key if isinstance(kind, MapType) else kind.domain)
    return {k: v for k, v in zip(keys, value, strict=True) if v is not ABSENT}


def from_dict(kind: MapType, value: dict[Value, Value]) -> Value:
    return tuple(value.get(key, ABSENT) for key in domain(kind.key))


def operate(op: Op, xs: list[Value], expr: Apply) -> Value:
    """The operation as Python has it; raises Wrong where Python raises."""
    kinds = [each.type for each in expr.operands]
    try:
        if kinds and isinstance(kinds[0], MapType):
            return _operate_map(op, xs, kinds[0], expr)
        if op in _NUMBERS:
            return _NUMBERS[op](*xs)
        if op in _LISTS:
            return _LISTS[op](*xs)
    except ZeroDivisionError:
        raise Wrong("division") from None
    except IndexError:
        raise Wrong("index") from None
    except KeyError:
        raise Wrong("key") from None
    except ValueError:
        raise Wrong("value") from None
    raise NotImplementedError(op)


def _operate_map(op: Op, xs: list[Value], kind: MapType, expr: Apply) -> Value:
    m = as_dict(kind, xs[0])
    match op:
        case Op.GET:
            return m[xs[1]]
        case Op.GET_OR:
            return m.get(xs[1], xs[2])
        case Op.PUT:
            if xs[1] not in domain(kind.key):
                raise Wrong("key")
            return from_dict(kind, {**m, xs[1]: xs[2]})
        case Op.DELETE:
            del m[xs[1]]
            return from_dict(kind, m)
        case Op.LENGTH:
            return len(m)
        case Op.CONTAINS:
            return xs[1] in m
        case Op.KEYS:
            return tuple(m)
        case Op.VALUES:
            return tuple(m.values())
        case Op.ITEMS:
            return tuple(m.items())
        case Op.EQ:
            return xs[0] == xs[1]
        case _:
            raise NotImplementedError(op)


def _offset(base: int, k: int, length: int, stride: int) -> int:
    return base + range(length)[k] * stride


def _power(a: int, b: int) -> int:
    if b < 0:
        raise ValueError
    return int(a**b)


def _inserted(xs: Value, k: int, x: Value) -> Value:
    items = list(xs)
    items.insert(k, x)
    return tuple(items)


def _replaced(xs: Value, k: int, x: Value) -> Value:
    items = list(xs)
    items[k] = x
    return tuple(items)


def _without(xs: Value, k: int) -> Value:
    items = list(xs)
    items.pop(k)
    return tuple(items)


def _removed(xs: Value, x: Value) -> Value:
    items = list(xs)
    items.remove(x)
    return tuple(items)


def _set_removed(s: Value, x: Value) -> Value:
    items = set(s)
    items.remove(x)
    return frozenset(items)


def _picked(pick: Any, xs: Value, k: int) -> Value:
    return tuple(pick(xs, k))


_NUMBERS: dict[Op, Any] = {
    Op.ADD: lambda a, b: a + b,
    Op.SUB: lambda a, b: a - b,
    Op.MUL: lambda a, b: a * b,
    Op.FLOORDIV: lambda a, b: a // b,
    Op.MOD: lambda a, b: a % b,
    Op.POW: _power,
    Op.NEG: lambda a: -a,
    Op.ABS: abs,
    Op.BIT_AND: lambda a, b: a & b,
    Op.BIT_OR: lambda a, b: a | b,
    Op.BIT_XOR: lambda a, b: a ^ b,
    Op.INVERT: lambda a: ~a,
    Op.TO_INT: int,
    Op.SHIFT_LEFT: lambda a, b: a << b,
    Op.SHIFT_RIGHT: lambda a, b: a >> b,
    Op.EQ: lambda a, b: a == b,
    Op.NE: lambda a, b: a != b,
    Op.LT: lambda a, b: a < b,
    Op.LE: lambda a, b: a <= b,
    Op.GT: lambda a, b: a > b,
    Op.GE: lambda a, b: a >= b,
    Op.NOT: lambda a: not a,
    Op.OFFSET: _offset,
    Op.RANGE: lambda a, b, c: tuple(range(a, b, c)),
}

_LISTS: dict[Op, Any] = {
    Op.LIST: lambda *xs: xs,
    Op.TUPLE: lambda *xs: xs,
    Op.SET: lambda *xs: frozenset(xs),
    Op.LENGTH: len,
    Op.INDEX: lambda xs, k: xs[k],
    Op.SLICE: lambda xs, a, b, c: xs[a:b:c],
    Op.CONCAT: lambda a, b: a + b,
    Op.REPEAT: lambda xs, n: xs * n,
    Op.APPEND: lambda xs, x: (*xs, x),
    Op.INSERT: _inserted,
    Op.REMOVE_AT: _without,
    Op.REMOVE: _removed,
    Op.REPLACE: _replaced,
    Op.FIND: lambda xs, x: xs.index(x),
    Op.COUNT: lambda xs, x: xs.count(x),
    Op.CONTAINS: lambda xs, x: x in xs,
    Op.REVERSED: lambda xs: tuple(reversed(xs)),
    Op.SORTED: lambda xs: tuple(sorted(xs)),
    Op.ITEMS: lambda s: tuple(sorted(s)) if isinstance(s, frozenset) else s,
    Op.PRODUCT: lambda a, b: tuple(product(a, b)),
    Op.ZIP: lambda a, b: tuple(zip(a, b, strict=False)),
    Op.ENUMERATE: lambda xs, n: tuple(enumerate(xs, n)),
    Op.COMBINATIONS: lambda xs, k: _picked(combinations, xs, k),
    Op.PERMUTATIONS: lambda xs, k: _picked(permutations, xs, k),
    Op.SUM: lambda xs, start: sum(xs, start),
    Op.MIN: min,
    Op.MAX: max,
    Op.ANY: any,
    Op.ALL: all,
    Op.TO_SET: frozenset,
    Op.UNION: lambda a, b: a | b,
    Op.INTERSECTION: lambda a, b: a & b,
    Op.DIFFERENCE: lambda a, b: a - b,
    Op.SYMMETRIC: lambda a, b: a ^ b,
    Op.SUBSET: lambda a, b: a <= b,
    Op.PROPER_SUBSET: lambda a, b: a < b,
    Op.DISJOINT: lambda a, b: a.isdisjoint(b),
    Op.ADD_ITEM: lambda s, x: s | {x},
    Op.DISCARD: lambda s, x: s - {x},
    Op.REMOVE_ITEM: _set_removed,
}
