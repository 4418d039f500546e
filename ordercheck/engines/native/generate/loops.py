"""Going through a list, without building it where it is only gone through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import assert_never

from ordercheck.engines.native.generate.domains import member_at
from ordercheck.engines.native.generate.places import (
    Address,
    at_number,
    candidates,
    load,
)
from ordercheck.engines.native.generate.scope import Scope
from ordercheck.engines.native.generate.shapes import Bits, domain_size, shape_of
from ordercheck.engines.native.generate.unsupported import Unsupported
from ordercheck.ir.nodes import Apply, Bind, Comprehend, Const, Each, Expr, LoadArray, Op, When
from ordercheck.ir.types import (
    IntType,
    ListType,
    MapType,
    NeverType,
    SetType,
    TupleType,
    Type,
    join,
)

Emit = Callable[[Expr, Scope], str]

Item = tuple[Type, str]
"""What a loop's variable is: its type and a C expression."""


@contextmanager
def each(iterable: Expr, scope: Scope, emit: Emit, copied: bool = False) -> Iterator[Item]:
    """A C loop over a list, whose body is emitted inside the `with`.

    `copied`: the body may change the places that the list is read from. A C `break` or
    `continue` of the body's belongs to the loop.
    """
    with ExitStack() as stack:
        match iterable:
            case Apply(op=Op.RANGE, operands=(_, _, Const(value=int(step)))) if step:
                yield stack.enter_context(_range(iterable, step, scope, emit))
            case Apply(op=Op.ITEMS | Op.KEYS, operands=(operand,)) if _indexed(iterable):
                yield stack.enter_context(_members(operand, scope, emit))
            case LoadArray() if not copied:
                yield stack.enter_context(_array(iterable, scope, emit))
            case _:
                yield stack.enter_context(_list(iterable, scope, emit))


def _indexed(expr: Apply) -> bool:
    kind = expr.operands[0].type
    return isinstance(kind, SetType) or (isinstance(kind, MapType) and expr.op is Op.KEYS)


@contextmanager
def _range(expr: Apply, step: int, scope: Scope, emit: Emit) -> Iterator[Item]:
    first, last, _ = (emit(operand, scope) for operand in expr.operands)
    last = scope.number(last)
    name = scope.code.fresh("k")
    order = "<" if step > 0 else ">"
    with scope.code.block(
        f"for (int64_t {name} = {first}; {name} {order} {last}; {name} += {step})"
    ):
        yield IntType(), name


@contextmanager
def _members(operand: Expr, scope: Scope, emit: Emit) -> Iterator[Item]:
    kind = operand.type
    assert isinstance(kind, SetType | MapType)  # _indexed has looked
    inner = kind.domain if isinstance(kind, SetType) else kind.key
    value = emit(operand, scope)
    shape = shape_of(kind)
    name = scope.code.fresh("k")
    if isinstance(shape, Bits) and shape.words == 1:
        left = scope.code.fresh("m")
        with scope.code.block(f"for (oc_word {left} = {value}; {left}; {left} &= {left} - 1)"):
            scope.line(f"int64_t {name} = oc_lowest({left});")
            yield inner, member_at(scope.unit, inner, name)
        return
    value = scope.temporary(kind, value)
    words = f"{value}.{'w' if isinstance(shape, Bits) else 'has'}"
    count = max(1, (domain_size(inner) + 63) // 64)
    with scope.code.block(f"for ({set_places(name, words, count)})"):
        yield inner, member_at(scope.unit, inner, name)


def set_places(name: str, words: str, count: int) -> str:
    """The header of a C loop over the places of bits that are set."""
    first, following = f"oc_next({words}, {count}, 0)", f"oc_next({words}, {count}, {name} + 1)"
    return f"int64_t {name} = {first}; {name} >= 0; {name} = {following}"


@contextmanager
def _array(expr: LoadArray, scope: Scope, emit: Emit) -> Iterator[Item]:
    item = expr.type.item if isinstance(expr.type, ListType) else NeverType()
    name = scope.code.fresh("k")
    find = array_items(expr, scope, emit)
    with scope.code.block(f"for (int64_t {name} = 0; {name} < {expr.length}; {name}++)"):
        state = "r->u" if expr.old else scope.state
        yield item, load(find(name), item, scope, state)


def array_items(expr: LoadArray, scope: Scope, emit: Emit) -> Callable[[str], Address]:
    """Where item k (a C expression) of an array is."""
    starts = candidates(expr.address)
    if starts is None:
        raise Unsupported("cannot tell to which places an address may lead", expr.span)
    stride = expr.stride
    slots = tuple(sorted({a + k * stride for a in starts for k in range(expr.length)}))
    layout = scope.layout
    if len(starts) == 1 and expr.length:
        positions = [layout.positions[slot] for slot in slots]
        step = positions[1] - positions[0] if len(positions) > 1 else 0
        even = all(p == positions[0] + k * step for k, p in enumerate(positions))
        packing = layout.packings[slots[0]]
        if even and positions[0] // 64 == positions[-1] // 64 and not packing.wide:
            word, shift = divmod(positions[0], 64)
            return lambda k: Address(str(word), f"{shift} + {k} * {step}", packing)
    first = scope.number(emit(expr.address, scope))

    def find(k: str) -> Address:
        steps = k if stride == 1 else f"{k} * {stride}"
        return at_number(f"{first} + {steps}", slots, scope, expr.span)

    return find


@contextmanager
def _list(iterable: Expr, scope: Scope, emit: Emit) -> Iterator[Item]:
    kind, value = as_list(iterable, scope, emit)
    value = scope.temporary(kind, value)
    name = scope.code.fresh("k")
    with scope.code.block(f"for (int64_t {name} = 0; {name} < {value}.n; {name}++)"):
        yield kind.item, f"{value}.at[{name}]"


def as_list(expr: Expr, scope: Scope, emit: Emit) -> tuple[ListType, str]:
    """A list, or a tuple as one: its type and a C expression."""
    kind = list_type(expr.type)
    return kind, scope.converted(expr.type, kind, emit(expr, scope))


def list_type(kind: Type) -> ListType:
    """The type of a list, or of a tuple's items as one."""
    match kind:
        case ListType():
            return kind
        case TupleType(items=items):
            item: Type = NeverType()
            for each_ in items:
                item = join(item, each_)
            return ListType(item, len(items))
        case _:
            return ListType(NeverType(), 0)


Use = Callable[[Scope, str], None]


def go_through(expr: Comprehend, scope: Scope, emit: Emit, use: Use) -> None:
    """Emit loops that come by each item of a comprehension, and what `use` emits for it."""
    with ExitStack() as stack:
        for clause in expr.clauses:
            match clause:
                case Each(variable=variable, iterable=iterable):
                    known, text = stack.enter_context(each(iterable, scope, emit))
                    text = scope.converted(known, variable.type, text)
                    scope, bound = scope.binding(variable.name, variable.type)
                    scope.line(f"{scope.ctype(variable.type)} {bound.name} = {text};")
                case Bind(variable=variable, value=value):
                    stack.enter_context(scope.code.block())
                    text = scope.converted(value.type, variable.type, emit(value, scope))
                    scope, bound = scope.binding(variable.name, variable.type)
                    scope.line(f"{scope.ctype(variable.type)} {bound.name} = {text};")
                case When(test=test):
                    condition = emit(test, scope)
                    stack.enter_context(scope.code.block(f"if ({condition})"))
                case _:
                    assert_never(clause)
        use(scope, emit(expr.item, scope))


def for_each(expr: Expr, scope: Scope, emit: Emit, use: Callable[[Scope, Type, str], None]) -> None:
    """Emit loops that come by each item of a list, and what `use` emits for it."""
    if isinstance(expr, Comprehend):
        kind = expr.item.type
        go_through(expr, scope, emit, lambda inner, text: use(inner, kind, text))
        return
    with each(expr, scope, emit) as (kind, text):
        use(scope, kind, text)


def item_type(expr: Expr) -> Type:
    """The type of what `for_each` comes by."""
    if isinstance(expr, Comprehend):
        return expr.item.type
    return list_type(expr.type).item
