"""Addresses: finding a slot's bits, reading and writing them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

from ordercheck.engines.native.generate.bits import packed, unpacked, write
from ordercheck.engines.native.generate.packing import WORD, Packing
from ordercheck.engines.native.generate.scope import Scope
from ordercheck.engines.native.generate.source import int_type, mask
from ordercheck.engines.native.generate.unsupported import Unsupported
from ordercheck.ir.nodes import Apply, Conditional, Const, Expr, Lookup, Op
from ordercheck.ir.record import dataclass
from ordercheck.ir.span import NOWHERE, Span
from ordercheck.ir.types import IntType, PlaceType, Type

Emit = Callable[[Expr, Scope], str]

MOST_COMBINATIONS = 4096
"""Slots of a nested array that are looked at to find a regular distance."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a slot's bits are: `shift` bits up in word `word`, both C expressions.

    `kind` is the type of the slot, whose packing they have.
    """

    word: str
    shift: str
    packing: Packing


@dataclass(frozen=True, slots=True)
class Terms:
    """A slot: a first one, and for each index its C expression, its range and its stride."""

    first: int
    indices: tuple[tuple[str, int, int], ...] = ()


def locate(expr: Expr, scope: Scope, emit: Emit) -> Address:
    """The place of the slot at an address."""
    terms = _terms(expr, scope, emit)
    if terms is not None:
        return at_terms(terms, scope, expr.span)
    slots = candidates(expr)
    if slots is None:
        raise Unsupported("cannot tell to which places an address may lead", expr.span)
    number = scope.number(emit(expr, scope))
    return at_number(number, slots, scope, expr.span)


def at_terms(terms: Terms, scope: Scope, span: Span = NOWHERE) -> Address:
    """The place of a slot that is a first one plus indices times strides."""
    layout = scope.layout
    if not terms.indices:
        word, shift = divmod(layout.positions[terms.first], WORD)
        return Address(str(word), str(shift), layout.packings[terms.first])
    regular = _regular(terms, scope)
    if regular is not None:
        return regular
    steps = [k if stride == 1 else f"{k} * {stride}" for k, _, stride in terms.indices]
    number = scope.number(" + ".join([str(terms.first), *steps]))
    spans = [range(0, length * stride, stride) for _, length, stride in terms.indices]
    slots = tuple(sorted({terms.first + sum(each) for each in product(*spans)}))
    return at_number(number, slots, scope, span)


def _regular(terms: Terms, scope: Scope) -> Address | None:
    """Where all slots are in one word at regular distances: arithmetic on the indices."""
    layout = scope.layout
    combinations = 1
    for _, length, _ in terms.indices:
        combinations *= max(1, length)
    if combinations > MOST_COMBINATIONS or terms.first >= len(layout.positions):
        return None
    base = layout.positions[terms.first]
    steps = [
        layout.positions[terms.first + stride] - base if length > 1 else 0
        for _, length, stride in terms.indices
    ]
    packing = layout.packings[terms.first]
    for each in product(*(range(length) for _, length, _ in terms.indices)):
        slot = terms.first + sum(k * t[2] for k, t in zip(each, terms.indices, strict=True))
        position = base + sum(k * step for k, step in zip(each, steps, strict=True))
        if layout.positions[slot] != position or layout.packings[slot] is not packing:
            return None
        if position // WORD != base // WORD and not packing.wide:
            return None
    unit = WORD if packing.wide else 1
    moves = [
        f"{k} * {step // unit}" if step != unit else k
        for (k, _, _), step in zip(terms.indices, steps, strict=True)
        if step
    ]
    if packing.wide:
        return Address(" + ".join([str(base // WORD), *moves]), "0", packing)
    offset = base % WORD
    return Address(
        str(base // WORD), " + ".join([*([str(offset)] if offset else []), *moves]) or "0", packing
    )


def at_number(number: str, slots: tuple[int, ...], scope: Scope, span: Span) -> Address:
    """The place of one of several slots, by its number."""
    layout = scope.layout
    kinds = {id(layout.packings[slot]) for slot in slots}
    if len(kinds) != 1:
        raise Unsupported("an address leads to places of several types", span)
    packing = layout.packings[slots[0]]
    positions = tuple(layout.positions)
    table = scope.unit.declarations.table(int_type(positions), tuple(map(str, positions)))
    position = scope.number(f"{table}[{number}]")
    return Address(f"{position} / {WORD}", f"{position} % {WORD}", packing)


def candidates(expr: Expr) -> tuple[int, ...] | None:
    """The slots that an address may lead to; None if that is not known."""
    match expr:
        case Const(value=int(slot)):
            return (slot,)
        case Conditional(then=then, orelse=orelse):
            first, second = candidates(then), candidates(orelse)
            return None if first is None or second is None else (*first, *second)
        case Lookup(table=table):
            return tuple(value for _, value in table)
        case Apply(op=Op.OFFSET, operands=(base, _, Const(value=length), Const(value=stride))):
            starts = candidates(base)
            if starts is None:
                return None
            return tuple(start + k * stride for start in starts for k in range(length))
        case _ if isinstance(expr.type, PlaceType):
            return expr.type.slots
        case _:
            return None


def _terms(expr: Expr, scope: Scope, emit: Emit) -> Terms | None:
    """A constant slot plus indices times strides, if the address is that."""
    match expr:
        case Const(value=int(slot)):
            return Terms(slot)
        case Apply(op=Op.OFFSET, operands=(base, k, Const(value=length), Const(value=stride))):
            if _root(base) is None:
                return None
            inner = _terms(base, scope, emit)
            assert inner is not None
            if isinstance(k, Const) and 0 <= k.value + (k.value < 0) * length < length:
                place = k.value + (k.value < 0) * length
                return Terms(inner.first + place * stride, inner.indices)
            index = checked_index(k, length, scope, emit)
            return Terms(inner.first, (*inner.indices, (index, length, stride)))
        case _:
            return None


def _root(expr: Expr) -> int | None:
    match expr:
        case Const(value=int(slot)):
            return slot
        case Apply(op=Op.OFFSET, operands=(base, _, Const(), Const())):
            return _root(base)
        case _:
            return None


def checked_index(k: Expr, length: int, scope: Scope, emit: Emit) -> str:
    """A name for the place of item k of an array, from 0; a model error if there is none."""
    text = emit(k, scope)
    match k.type:
        case IntType(lo=int(lo), hi=int(hi)) if lo >= 0 and hi < length:
            return scope.number(text)
        case _:
            name = scope.code.fresh("t")
            scope.line(f"int64_t {name} = {text};")
            scope.fail_if(f"{name} < -{length} || {name} >= {length}", "index")
            scope.line(f"if ({name} < 0) {name} += {length};")
            return name


# --- reading and writing ----------------------------------------------------------


def slot_bits(address: Address, state: str) -> str:
    """The bits of the slot, as `bits` wants them."""
    packing = address.packing
    if packing.width == 0:
        return "0"
    if packing.wide:
        return f"({state} + {address.word})"
    word = f"{state}[{address.word}]"
    shifted = word if address.shift == "0" else f"({word} >> ({address.shift}))"
    return shifted if packing.width == WORD else f"({shifted} & {mask(packing.width)})"


def load(address: Address, kind: Type, scope: Scope, state: str) -> str:
    """A C expression for the slot's contents as a value of a type."""
    packing = address.packing
    before = len(scope.code.lines)
    value = unpacked(scope.unit, scope.code, packing, slot_bits(address, state), scope.exhausted())
    if len(scope.code.lines) > before:
        scope.outcome.fails = True
    return scope.converted(packing.kind, kind, value)


def store(address: Address, value: str, scope: Scope) -> None:
    """Emit the writing of a value, which has the slot's own type."""
    packing, state = address.packing, scope.state
    if packing.width == 0:
        return
    if packing.wide:
        scope.line(write(scope.unit, packing, value, f"{state} + {address.word}"))
        return
    store_bits(address, packed(scope.unit, packing, value), scope)


def store_bits(address: Address, bits: str, scope: Scope) -> None:
    """Emit the writing of a narrow value's bits."""
    packing, state = address.packing, scope.state
    word = f"{state}[{address.word}]"
    if packing.width == WORD:
        scope.line(f"{word} = {bits};")
        return
    shift = address.shift if address.shift.isalnum() else f"({address.shift})"
    room = f"(oc_word){mask(packing.width)} << {shift}"
    scope.line(f"{word} = ({word} & ~({room})) | {bits} << {shift};")
