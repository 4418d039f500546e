"""Functions of Python's and of the language's that give values, as steps use them."""

from __future__ import annotations

import ast
import dataclasses
import itertools
import typing
from collections.abc import Collection
from typing import Any

from ordercheck import language
from ordercheck.frontend import numbers
from ordercheck.frontend.calls import ANY_NAME, Calls, builtin
from ordercheck.frontend.making import apply, kind_of_expr, number
from ordercheck.frontend.operands import (
    NONE,
    Closure,
    Dynamic,
    Object,
    Operand,
    PlaceOperand,
    Static,
)
from ordercheck.frontend.typing_rules import BOOL, describe_type, item_type
from ordercheck.ir import nodes as ir
from ordercheck.ir.domains import NotFinite, size
from ordercheck.ir.nodes import Expr, Op
from ordercheck.ir.types import (
    ArrayShape,
    BoolType,
    IntType,
    ListType,
    MapType,
    NeverType,
    NoneType,
    SetType,
    StructType,
    TextType,
    TupleType,
    Type,
    join,
    options_of,
)
from ordercheck.language.domains import few
from ordercheck.language.model import Component

Arguments = list[Operand]
Keywords = dict[str, Operand]


@builtin(len, least=1, most=1)
def _len(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    match given[0]:
        case Static(value=value):
            try:
                return Static(len(value))
            except TypeError:
                scope.refuse("E052", "this has no length", node)
        case PlaceOperand(kind=ArrayShape(length=length)):
            return Static(length)
        case Object():
            found = scope.dunder(given[0], "__len__", [], node)
            if found is None:
                scope.refuse("E052", "this has no length", node, "it has no __len__")
            return found
        case _:
            pass
    if scope.is_struct(given[0]):
        found = scope.dunder(given[0], "__len__", [], node)
        if found is not None:
            return found
    expr = scope.value_expr(given[0], node)
    kind = kind_of_expr(expr)
    most: int | None = None
    match kind:
        case TupleType(items=items):
            return Static(len(items))
        case ListType(capacity=capacity):
            most = capacity
        case SetType(domain=inner) | MapType(key=inner):
            try:
                most = size(inner)
            except NotFinite:
                most = None
        case TextType(values=values):
            most = max(map(len, values))
        case _:
            rest = [o for o in options_of(kind) if o != NoneType()]
            if len(rest) == 1 and len(options_of(kind)) > 1:
                expr = ir.Cast(expr, rest[0], scope.span(node))
            elif isinstance(kind, BoolType | IntType | StructType | NoneType):
                scope.refuse("E052", "this has no length", node, describe_type(kind))
    return Dynamic(apply(Op.LENGTH, (expr,), IntType(0, most), scope.span(node)))


@builtin(range, least=1, most=3)
def _range(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    if all(isinstance(g, Static) for g in given):
        known = [g.value for g in given if isinstance(g, Static)]
        return scope.computed(lambda: range(*known), node)
    exprs = [scope.integer(scope.value_expr(g, node), node) for g in given]
    span = scope.span(node)
    start, stop = (number(0, span), exprs[0]) if len(exprs) == 1 else (exprs[0], exprs[1])
    step = exprs[2] if len(exprs) == 3 else number(1, span)
    (lo, _), (_, hi) = numbers.bounds(start.type), numbers.bounds(stop.type)
    item, most = IntType(), None
    if isinstance(step, ir.Const) and step.value > 0 and lo is not None and hi is not None:
        item, most = IntType(min(lo, hi), max(lo, hi - 1)), max(0, hi - lo)
    elif isinstance(step, ir.Const) and step.value < 0:
        (_, top), (bottom, _) = numbers.bounds(start.type), numbers.bounds(stop.type)
        if top is not None and bottom is not None:
            item, most = IntType(min(bottom + 1, top), top), max(0, top - bottom)
    return Dynamic(apply(Op.RANGE, (start, stop, step), ListType(item, most), span))


@builtin(sum, least=1, most=2, named=("start",))
def _sum(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    listed = scope.iterable_expr(given[0], node)
    start = scope.value_expr(given[1] if len(given) > 1 else named.get("start", Static(0)), node)
    item = kind_of_expr(listed)
    for summand in (*options_of(item_type(item)), *options_of(start.type)):
        if not isinstance(summand, IntType | BoolType | NeverType):
            scope.refuse("E049", "numbers are summed", node, f"this is {describe_type(summand)}")
    kind = IntType()
    if isinstance(item, ListType) and item.capacity is not None:
        lo, hi = numbers.bounds(item.item)
        low, high = numbers.bounds(start.type)
        if lo is not None and hi is not None and low is not None and high is not None:
            kind = IntType(low + min(0, lo) * item.capacity, high + max(0, hi) * item.capacity)
    return Dynamic(apply(Op.SUM, (listed, start), kind, scope.span(node)))


def _extreme(scope: Calls, op: Op, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    if len(given) > 1:
        exprs = [scope.value_expr(g, node) for g in given]
        if all(isinstance(g, Static) for g in given):
            pick = min if op is Op.MIN else max
            known: list[Any] = [g.value for g in given if isinstance(g, Static)]
            return scope.computed(lambda: pick(known), node)
        listed = scope.list_of(exprs, node)
    else:
        listed = scope.one_list(given, node)
    span = scope.span(node)
    default = named.get("default")
    if default is not None:
        listed = scope.simple(listed)
    item = item_type(kind_of_expr(listed))
    if "key" in named:
        found: Expr = _keyed(scope, listed, named["key"], op.value, False, item, node)
    else:
        compared = scope.ordered_items(listed, node)
        item = item_type(kind_of_expr(compared))
        found = apply(op, (compared,), item, span)
    if default is None:
        return scope.wrap(found)
    otherwise = scope.value_expr(default, node)
    length = apply(Op.LENGTH, (listed,), IntType(0, None), span)
    test = apply(Op.NE, (length, number(0, span)), BOOL, span)
    kind = join(item, kind_of_expr(otherwise))
    return scope.wrap(ir.Conditional(test, found, otherwise, kind, span))


def _keyed(
    scope: Calls,
    listed: Expr,
    key: Operand,
    pick: str,
    descending: bool,
    kind: Type,
    node: ast.expr,
) -> Expr:
    variable, value = _mapped(scope, key, listed, node)
    scope.check_ordered(value.type, node)
    return ir.SortedBy(listed, variable, value, pick, descending, kind, scope.span(node))


@builtin(min, least=1, named=("key", "default"))
def _min(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    return _extreme(scope, Op.MIN, given, named, node)


@builtin(max, least=1, named=("key", "default"))
def _max(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    return _extreme(scope, Op.MAX, given, named, node)


@builtin(sorted, least=1, most=1, named=("key", "reverse"))
def _sorted(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    listed = scope.one_list(given, node)
    kind = kind_of_expr(listed)
    reverse = named.get("reverse", Static(False))
    if not isinstance(reverse, Static):
        scope.refuse("E071", "reverse must be known before the step", node)
    if "key" in named:
        found: Expr = _keyed(scope, listed, named["key"], "sorted", bool(reverse.value), kind, node)
        return Dynamic(found)
    listed = scope.ordered_items(listed, node)
    kind = kind_of_expr(listed)
    found = apply(Op.SORTED, (listed,), kind, scope.span(node))
    if reverse.value:
        found = apply(Op.REVERSED, (found,), kind, scope.span(node))
    return Dynamic(found)


@builtin(reversed, least=1, most=1)
def _reversed(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    listed = scope.one_list(given, node)
    return Dynamic(apply(Op.REVERSED, (listed,), kind_of_expr(listed), scope.span(node)))


@builtin(enumerate, least=1, most=2, named=("start",))
def _enumerate(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    listed = scope.iterable_expr(given[0], node)
    start = scope.value_expr(given[1] if len(given) > 1 else named.get("start", Static(0)), node)
    kind = kind_of_expr(listed)
    assert isinstance(kind, ListType)
    lo, hi = numbers.bounds(start.type)
    top = None if hi is None or kind.capacity is None else hi + max(0, kind.capacity - 1)
    pair = TupleType((IntType(lo, top), kind.item))
    listed_type = ListType(pair, kind.capacity)
    return Dynamic(apply(Op.ENUMERATE, (listed, start), listed_type, scope.span(node)))


@builtin(zip, named=("strict",))
def _zip(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    lists = tuple(scope.iterable_expr(g, node) for g in given)
    kind = ListType(TupleType(tuple(item_type(kind_of_expr(x)) for x in lists)), _least(lists))
    return Dynamic(apply(Op.ZIP, lists, kind, scope.span(node)))


def _least(lists: tuple[Expr, ...]) -> int | None:
    known = [k.capacity for k in map(kind_of_expr, lists) if isinstance(k, ListType)]
    numbers_known = [c for c in known if c is not None]
    return min(numbers_known) if numbers_known else None


@builtin(abs, least=1, most=1)
def _abs(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    if isinstance(first := given[0], Static):
        return scope.computed(lambda: abs(first.value), node)
    expr = scope.integer(scope.value_expr(given[0], node), node)
    kind = numbers.absolute(kind_of_expr(expr))
    return Dynamic(apply(Op.ABS, (expr,), kind, scope.span(node)))


@builtin(divmod, least=2, most=2)
def _divmod(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    if all(isinstance(g, Static) for g in given):
        a, b = (g.value for g in given if isinstance(g, Static))
        return scope.computed(lambda: divmod(a, b), node)
    left, right = (Dynamic(scope.integer(scope.value_expr(g, node), node)) for g in given)
    parts = tuple(
        scope.value_expr(scope.binary(op, left, right, node), node)
        for op in (ast.FloorDiv(), ast.Mod())
    )
    kind = TupleType(tuple(map(kind_of_expr, parts)))
    return Dynamic(apply(Op.TUPLE, parts, kind, scope.span(node)))


@builtin(int, most=1)
def _int(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    if not given:
        return Static(0)
    if isinstance(first := given[0], Static):
        return scope.computed(lambda: int(first.value), node)
    expr = scope.value_expr(given[0], node)
    if isinstance(kind_of_expr(expr), IntType):
        return Dynamic(expr)
    expr = scope.integer(expr, node)
    return Dynamic(apply(Op.TO_INT, (expr,), IntType(0, 1), scope.span(node)))


@builtin(bool, most=1)
def _bool(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    if not given:
        return Static(False)
    test = scope.truth(given[0], node)
    return Static(test.value) if isinstance(test, ir.Const) else Dynamic(test)


@builtin(tuple, list, iter, most=1)
def _listed(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    if not given:
        return Dynamic(scope.list_of([], node))
    if isinstance(first := given[0], Static) and not isinstance(first.value, Component):
        if not isinstance(first.value, Collection):
            scope.refuse("E060", "this cannot be iterated over", node, "no collection")
        scope.check_size(first.value, node)
        return Static(few(first.value))
    return Dynamic(scope.one_list(given, node))


@builtin(set, frozenset, most=1)
def _set(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    if not given:
        return Dynamic(ir.Const(frozenset(), SetType(NeverType()), scope.span(node)))
    if isinstance(first := given[0], Static):
        if not isinstance(first.value, Collection):
            scope.refuse("E060", "this cannot be iterated over", node, "no collection")
        scope.check_size(first.value, node)
        unordered = scope.computed(lambda: frozenset(first.value), node)
        return Dynamic(scope.value_expr(unordered, node))
    return Dynamic(scope.as_set(scope.value_expr(given[0], node), node))


@builtin(dict, most=1)
def _dict(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    if not given:
        empty = MapType(NeverType(), NeverType())
        return Dynamic(apply(Op.MAP, (), empty, scope.span(node)))
    expr = scope.value_expr(given[0], node)
    if isinstance(kind_of_expr(expr), MapType):
        return Dynamic(expr)
    return Dynamic(scope.map_of_pairs(scope.as_list(expr, node), node))


@builtin(next, least=1, most=2)
def _next(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    listed = scope.simple(scope.iterable_expr(given[0], node))
    span = scope.span(node)
    item = item_type(kind_of_expr(listed))
    first = apply(Op.INDEX, (listed, number(0, span)), item, span)
    if len(given) == 1:
        return scope.wrap(first)
    default = scope.value_expr(given[1], node)
    length = apply(Op.LENGTH, (listed,), IntType(0, None), span)
    test = apply(Op.NE, (length, number(0, span)), BOOL, span)
    kind = join(item, kind_of_expr(default))
    return scope.wrap(ir.Conditional(test, first, default, kind, span))


@builtin(isinstance, least=2, most=2)
def _isinstance(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    if not isinstance(given[1], Static):
        scope.refuse("E071", "the class must be known before the step", node)
    classes = given[1].value
    classes = classes if isinstance(classes, tuple) else typing.get_args(classes) or (classes,)
    if not all(isinstance(each, type) for each in classes):
        scope.refuse("E071", "isinstance takes a class, or several", node, "this is no class")
    if isinstance(given[0], Static):
        return Static(isinstance(given[0].value, classes))
    return scope.is_instance(given[0], classes, node)


@builtin(typing.cast, least=2, most=2)
def _cast(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    return given[1]


@builtin(typing.assert_never, most=1)
def _never(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    scope.effect(ir.Fail("assert", "this was never to be reached", scope.span(node)))
    return NONE


@builtin(dataclasses.replace, least=1, most=1, named=ANY_NAME)
def _replace(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    expr = scope.simple(scope.value_expr(given[0], node))
    kind = kind_of_expr(expr)
    if not isinstance(kind, StructType):
        scope.refuse("E053", "replace takes one struct", node, describe_type(kind))
    parts: list[Expr] = []
    for k, (name, declared) in enumerate(kind.fields):
        if name in named:
            part = scope.fitting(
                scope.value_expr(named.pop(name), node), declared, f"{kind.name}.{name}", node
            )
        else:
            part = ir.Field(expr, k, declared, scope.span(node))
        parts.append(part)
    for name in named:
        scope.refuse("E056", f"{kind.name} has no field {name}", node)
    return Dynamic(apply(Op.STRUCT, tuple(parts), kind, scope.span(node)))


def _rows(scope: Calls, op: Op, given: Arguments, node: ast.expr) -> Operand:
    listed = scope.iterable_expr(given[0], node)
    kind = kind_of_expr(listed)
    assert isinstance(kind, ListType)
    count = (
        scope.value_expr(given[1], node)
        if len(given) > 1
        else apply(Op.LENGTH, (listed,), IntType(0, kind.capacity), scope.span(node))
    )
    if isinstance(count, ir.Const):
        row: Type = TupleType((kind.item,) * count.value)
    else:
        row = ListType(kind.item, kind.capacity)
    return Dynamic(apply(op, (listed, count), ListType(row, None), scope.span(node)))


@builtin(itertools.combinations, least=2, most=2, named=("r",))
def _combinations(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    return _rows(scope, Op.COMBINATIONS, given, node)


@builtin(itertools.permutations, least=1, most=2)
def _permutations(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    return _rows(scope, Op.PERMUTATIONS, given, node)


@builtin(itertools.product, least=1, named=("repeat",))
def _product(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    repeat = named.get("repeat", Static(1))
    if not isinstance(repeat, Static):
        scope.refuse("E071", "repeat must be known before the step", node)
    lists = tuple(scope.iterable_expr(g, node) for g in given) * int(repeat.value)
    row = TupleType(tuple(item_type(kind_of_expr(x)) for x in lists))
    return Dynamic(apply(Op.PRODUCT, lists, ListType(row, None), scope.span(node)))


@builtin(language.implies, least=2, most=2)
def _implies(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    span = scope.span(node)
    if isinstance(given[1], Closure):
        first = scope.truth(given[0], node)
        then = scope.truth(scope.invoke(given[1], [], {}, node), node)
        return Dynamic(ir.Logic("or", (scope.negation(first, node), then), BOOL, span))
    first, then = scope.truth(given[0], node), scope.truth(given[1], node)
    if isinstance(first, ir.Const) and isinstance(then, ir.Const):
        return Static(not first.value or then.value)
    # Both sides are evaluated, as Python does: an error on the right is one on either.
    then = scope.simple(then)
    return Dynamic(ir.Logic("or", (scope.negation(first, node), then), BOOL, span))


@builtin(map, least=2, most=2)
def _map(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    listed = scope.iterable_expr(given[1], node)
    variable, value = _mapped(scope, given[0], listed, node)
    kind = kind_of_expr(listed)
    capacity = kind.capacity if isinstance(kind, ListType) else None
    result = ListType(kind_of_expr(value), capacity)
    each = (ir.Each(variable, listed),)
    return Dynamic(ir.Comprehend(value, each, result, scope.span(node)))


@builtin(filter, least=2, most=2)
def _filter(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    listed = scope.iterable_expr(given[1], node)
    variable = ir.Local(scope.fresh("each"), item_type(kind_of_expr(listed)))
    with scope.nested() as inner:
        kept = scope.wrap(variable)
        if not (isinstance(given[0], Static) and given[0].value is None):
            kept = scope.invoke(given[0], [kept], {}, node)
        test = scope.truth(kept, node)
    _refuse_effects(scope, inner, node)
    clauses = (ir.Each(variable, listed), ir.When(test))
    return Dynamic(ir.Comprehend(variable, clauses, kind_of_expr(listed), scope.span(node)))


def _mapped(scope: Calls, function: Operand, listed: Expr, node: ast.expr) -> tuple[ir.Local, Expr]:
    variable = ir.Local(scope.fresh("each"), item_type(kind_of_expr(listed)))
    with scope.nested() as inner:
        value = scope.expr_of(scope.invoke(function, [scope.wrap(variable)], {}, node), node)
    _refuse_effects(scope, inner, node)
    return variable, value


def _refuse_effects(scope: Calls, inner: list[ir.Stmt], node: ast.expr) -> None:
    if inner:
        scope.refuse("E070", "this must not change anything", node, help="use a for loop")


@builtin(print, named=ANY_NAME)
def _print(scope: Calls, given: Arguments, named: Keywords, node: ast.expr) -> Operand:
    scope.refuse("E073", "steps do not print", node, "use --show EXPR, or a debugger on set-up")
