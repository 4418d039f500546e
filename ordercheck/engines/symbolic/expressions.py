"""Expressions as symbolic values."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from enum import Enum
from functools import partial
from typing import assert_never

from ordercheck.engines.symbolic.bits import FALSE, TRUE, Bit, any_of, constant
from ordercheck.engines.symbolic.context import Context, Unsupported
from ordercheck.engines.symbolic.frames import Frame
from ordercheck.engines.symbolic.keyed import items_of, rekeyed
from ordercheck.engines.symbolic.lists import compact, present_items
from ordercheck.engines.symbolic.membership import (
    UNSOUND,
    Fail,
    as_bit,
    as_int,
    as_list,
    checked,
    narrowed,
)
from ordercheck.engines.symbolic.numbers import Int, add, is_equal
from ordercheck.engines.symbolic.operations import FOLDING, LISTING, any_all, apply, fold
from ordercheck.engines.symbolic.ordering import Present, arranged, extreme
from ordercheck.engines.symbolic.values import (
    Dead,
    Record,
    Seq,
    Sym,
    TooMany,
    lift,
    merge,
    merge_all,
    parts,
    same,
    seq,
)
from ordercheck.ir.nodes import (
    Apply,
    Bind,
    Call,
    Cast,
    Comprehend,
    Conditional,
    Const,
    Current,
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
from ordercheck.ir.types import MapType


@dataclasses.dataclass(slots=True)
class _Found:
    """Whether an `any` or `all` over a comprehension has come to its end early."""

    bit: Bit = FALSE


class _Gone(Enum):
    GONE = "gone"


GONE = _Gone.GONE
"""Instead of the value of an expression that is evaluated nowhere (None is a value)."""


class Expressions:
    """Evaluates expressions in a frame; functions are run by whoever is derived from this."""

    def __init__(self, context: Context) -> None:
        """With whom to leave errors and choices."""
        self.context = context

    def call(self, expr: Call, frame: Frame) -> Sym:
        """The result of a function, with its effects."""
        raise NotImplementedError

    def fails(self, frame: Frame, expr: Expr) -> Fail:
        """How operations end the frame's paths in a model error at an expression."""
        return lambda condition, kind: self.context.fail(frame, condition, kind, expr.span)

    def evaluate(self, expr: Expr, frame: Frame) -> Sym:
        """The value where the frame's guard is true; raises Dead where that is nowhere."""
        try:
            return self._value(expr, frame)
        except TooMany as reason:
            message = f"too many values to go through one by one: {reason}"
            raise Unsupported(message, expr.span) from None

    def _value(self, expr: Expr, frame: Frame) -> Sym:
        match expr:
            case Const(value=value, type=kind):
                return lift(kind, value)
            case Local(name=name, type=kind):
                if name not in frame.locals:
                    # Front ends see to it that what is read was bound.
                    self.context.fail(frame, TRUE, UNSOUND, expr.span)
                return narrowed(kind, frame.locals[name])
            case Load(address=address, old=old, type=kind):
                where = self._int(address, frame)
                return narrowed(kind, self.load(where, frame.old if old else frame.slots, frame))
            case LoadArray():
                return self._load_array(expr, frame)
            case Apply():
                return self._apply(expr, frame)
            case Logic():
                return self._logic(expr, frame)
            case Conditional(test=test, then=then, orelse=orelse):
                bit = self.bit(test, frame)
                values = self.under(bit, then, frame), self.under(~bit, orelse, frame)
                return (
                    values[values[0] is GONE]
                    if values[0] is GONE or values[1] is GONE
                    else merge(bit, *values)
                )
            case Field():
                return self._field(expr, frame)
            case IsA():
                return self._is_a(expr, frame)
            case Cast():
                return self._cast(expr, frame)
            case Lookup():
                return self._lookup(expr, frame)
            case Call():
                return self.call(expr, frame)
            case Comprehend():
                return compact(self.items(expr, frame))
            case SortedBy():
                return self._sorted_by(expr, frame)
            case Current():
                return frame.running[-1]
            case _:
                assert_never(expr)

    def bit(self, expr: Expr, frame: Frame) -> Bit:
        """The value of a condition."""
        return as_bit(self.evaluate(expr, frame), self.fails(frame, expr))

    def _int(self, expr: Expr, frame: Frame) -> Int:
        return as_int(self.evaluate(expr, frame), self.fails(frame, expr))

    # --- only on some paths -----------------------------------------------------------

    def under(self, condition: Bit, expr: Expr, frame: Frame) -> Sym:
        """The value where a condition is true, evaluated only there; GONE where that is nowhere."""
        if condition is TRUE:
            return self.evaluate(expr, frame)
        before = frame.guard & condition
        if before is FALSE:
            return GONE
        inner = dataclasses.replace(frame, guard=before)
        try:
            value = self.evaluate(expr, inner)
        except Dead:
            frame.require(~condition)
            return GONE
        if inner.guard is not before:
            frame.guard = (frame.guard & ~condition) | inner.guard
            if frame.guard is FALSE:
                raise Dead
        return value

    def _logic(self, expr: Logic, frame: Frame) -> Bit:
        conjunction = expr.op == "and"
        result = constant(conjunction)
        for operand in expr.operands:
            going_on = result if conjunction else ~result
            value = self.under(going_on, operand, frame)
            if value is GONE:
                break
            bit = as_bit(value, self.fails(frame, operand))
            result = result & bit if conjunction else result | bit
        return result

    # --- reading ----------------------------------------------------------------------

    def load(self, address: Int, slots: Sequence[Sym], frame: Frame) -> Sym:
        """The contents of a slot."""
        if isinstance(address, int):
            return slots[address]
        places = range(max(address.lo, 0), min(address.hi + 1, len(slots)))
        return merge_all(
            (bit, slots[k]) for k in places if (bit := is_equal(address, k)) is not FALSE
        )

    def _load_array(self, expr: LoadArray, frame: Frame) -> Seq:
        base = self._int(expr.address, frame)
        slots = frame.old if expr.old else frame.slots
        return seq(self.load(add(base, k * expr.stride), slots, frame) for k in range(expr.length))

    def _field(self, expr: Field, frame: Frame) -> Sym:
        value = self.evaluate(expr.operand, frame)
        places = dict(expr.by_struct)
        found: list[Present] = []
        for bit, part in parts(value):
            match part:
                case Record(name=name, fields=fields):
                    place = places.get(name, expr.index)
                    fits = place < len(fields)
                    found += [(bit, fields[place])] if fits else []
                case Seq(items=items) if expr.index < len(items):
                    fits = True
                    found.append((bit, items[expr.index]))
                case _:
                    fits = False
            if not fits:
                self.context.fail(frame, bit, UNSOUND, expr.span)
        return narrowed(expr.type, merge_all(found))

    # --- types ------------------------------------------------------------------------

    def _is_a(self, expr: IsA, frame: Frame) -> Bit:
        value = self.evaluate(expr.operand, frame)
        return checked(expr.kind, expr.operand.type, value)

    def _cast(self, expr: Cast, frame: Frame) -> Sym:
        value, known, kind = self.evaluate(expr.operand, frame), expr.operand.type, expr.type
        fail = self.fails(frame, expr)
        if isinstance(known, MapType) and isinstance(kind, MapType) and known.key != kind.key:
            return rekeyed(known, kind, as_list(value, fail), fail)
        fail(~checked(kind, known, value), "type")
        return narrowed(kind, value)

    def _lookup(self, expr: Lookup, frame: Frame) -> Sym:
        key, kind = self.evaluate(expr.key, frame), expr.key.type
        found: list[Present] = []
        # By the table's keys: the key itself may have far more values than are in the table.
        for known, value in expr.table:
            bit = same(key, lift(kind, known))
            if bit is not FALSE:
                found.append((bit, lift(expr.type, value)))
        self.context.fail(frame, ~any_of(bit for bit, _ in found), UNSOUND, expr.span)
        return merge_all(found)

    # --- operations and lists ------------------------------------------------------------

    def _apply(self, expr: Apply, frame: Frame) -> Sym:
        fail = self.fails(frame, expr)
        match expr:
            case Apply(op=Op.ANY | Op.ALL, operands=(Comprehend() as inner,)):
                return self._any_all(expr, inner, frame)
            case Apply(op=op, operands=(Comprehend() as inner, *rest)) if op in FOLDING:
                items = self.items(inner, frame)
                return fold(expr, items, [self.evaluate(each, frame) for each in rest], fail)
            case Apply(operands=operands):
                return apply(expr, [self.evaluate(each, frame) for each in operands], fail)

    def items(self, expr: Expr, frame: Frame) -> list[Present]:
        """The items of a list, in order, each with when it is there."""
        match expr:
            case Comprehend(item=item):
                found: list[Present] = []
                for condition in self._ways(expr.clauses, TRUE, frame, _Found()):
                    value = self.under(condition, item, frame)
                    if value is not GONE:
                        found.append((condition, value))
                return found
            case Apply(op=op, operands=(operand,), type=_) if op in LISTING:
                value = self.evaluate(operand, frame)
                return items_of(op, operand.type, value, self.fails(frame, expr))
            case _:
                value = self.evaluate(expr, frame)
                return present_items(as_list(value, self.fails(frame, expr)))

    def _any_all(self, expr: Apply, inner: Comprehend, frame: Frame) -> Bit:
        """Python stops at the first item that decides; so do errors and what else is evaluated."""
        ended = _Found()
        found: list[Present] = []
        for condition in self._ways(inner.clauses, TRUE, frame, ended):
            here = condition & ~ended.bit
            value = self.under(here, inner.item, frame)
            if value is GONE:
                continue
            bit = as_bit(value, self.fails(frame, inner.item))
            found.append((here, bit))
            ended.bit = ended.bit | (here & (bit if expr.op is Op.ANY else ~bit))
        return any_all(expr.op, found, self.fails(frame, expr))

    def _ways(
        self, clauses: Sequence[Each | When | Bind], condition: Bit, frame: Frame, ended: _Found
    ) -> Iterator[Bit]:
        """When there is each way through the clauses; with their variables bound meanwhile."""
        if not clauses:
            yield condition
            return
        first, rest = clauses[0], clauses[1:]
        here = condition & ~ended.bit
        match first:
            case Each(variable=variable, iterable=iterable):
                for bit, item in self._items_under(here, iterable, frame):
                    frame.locals[variable.name] = item
                    if condition & bit is not FALSE:
                        yield from self._ways(rest, condition & bit, frame, ended)
            case When(test=test):
                value = self.under(here, test, frame)
                if value is not GONE:
                    kept = here & as_bit(value, self.fails(frame, test))
                    if kept is not FALSE:
                        yield from self._ways(rest, kept, frame, ended)
            case Bind(variable=variable, value=bound):
                value = self.under(here, bound, frame)
                if value is not GONE:
                    frame.locals[variable.name] = value
                    yield from self._ways(rest, here, frame, ended)
            case _:
                assert_never(first)

    def _items_under(self, condition: Bit, expr: Expr, frame: Frame) -> list[Present]:
        before = frame.guard & condition
        if before is FALSE:
            return []
        inner = dataclasses.replace(frame, guard=before)
        try:
            found = self.items(expr, inner)
        except Dead:
            frame.require(~condition)
            return []
        if inner.guard is not before:
            frame.guard = (frame.guard & ~condition) | inner.guard
        return found

    def _sorted_by(self, expr: SortedBy, frame: Frame) -> Sym:
        items: list[Present] = []
        keys: list[Sym] = []
        for bit, item in self.items(expr.operand, frame):
            frame.locals[expr.variable.name] = item
            key = self.under(bit, expr.key, frame)
            if key is not GONE:
                items.append((bit, item))
                keys.append(key)
        fail, kind = self.fails(frame, expr), expr.key.type
        if expr.pick != "sorted":
            return extreme(kind, items, keys, expr.pick == "max", fail)
        paired = compact(
            (bit, seq((item, key))) for (bit, item), key in zip(items, keys, strict=True)
        )
        sort = partial(arranged, kind, descending=expr.descending, fail=fail)
        return merge_all(
            (bit, seq(sort([row.items[0] for row in rows], [row.items[1] for row in rows])))
            for bit, rows in paired.variants()
        )
