"""Short lists of small items, read and changed as bits of the state.

Queues are such lists: `queue[0]`, `task in queue` and `queue.append(task)` then need no
copy of the list, and no code of their own but a call of a function in values.h. This
halves what a model on an event loop takes to compile and to run.
"""

from __future__ import annotations

from ordercheck.engines.native.generate.bits import item_bits, packed, simple, unpacked
from ordercheck.engines.native.generate.packing import Packing, bits_for, room
from ordercheck.engines.native.generate.places import Address, Emit, locate, slot_bits
from ordercheck.engines.native.generate.scope import Scope
from ordercheck.ir.nodes import Apply, Const, Expr, Load, Op, Store
from ordercheck.ir.record import dataclass
from ordercheck.ir.relations import includes
from ordercheck.ir.types import ListType, Type


@dataclass(frozen=True, slots=True)
class Queue:
    """A list by the name of its bits."""

    bits: str
    packing: Packing

    @property
    def kind(self) -> ListType:
        """Its type."""
        assert isinstance(self.packing.kind, ListType)
        return self.packing.kind

    @property
    def item(self) -> Packing:
        """The packing of its items."""
        return self.packing.parts[0]

    @property
    def sizes(self) -> str:
        """The last arguments of functions in values.h."""
        return f"{bits_for(room(self.kind) + 1)}, {self.item.width}"

    @property
    def length(self) -> str:
        """A C expression: how many items there are."""
        return f"oc_packed_count({self.bits}, {bits_for(room(self.kind) + 1)})"


def is_queue(packing: Packing) -> bool:
    """Whether a slot holds a list that can be taken as bits."""
    kind = packing.kind
    return (
        isinstance(kind, ListType)
        and kind.capacity is not None
        and not packing.wide
        and 0 < packing.parts[0].width < 64
        and simple(kind.item)
    )


def queue(expr: Expr, scope: Scope, emit: Emit) -> Queue | None:
    """The list that an expression loads, if it can be taken as bits."""
    if not isinstance(expr, Load) or expr.old or not isinstance(expr.type, ListType):
        return None
    slot = _slot(expr.address)
    if slot is None or not is_queue(scope.layout.packings[slot]):
        return None
    if scope.layout.packings[slot].kind != expr.type:
        return None
    address = locate(expr.address, scope, emit)
    name = scope.code.fresh("q")
    scope.line(f"oc_word {name} = {slot_bits(address, scope.state)};")
    return Queue(name, address.packing)


def _slot(address: Expr) -> int | None:
    """A slot that an address may lead to; all others are of its type."""
    match address:
        case Const(value=int(slot)):
            return slot
        case Apply(op=Op.OFFSET, operands=(base, _, Const(), Const())):
            return _slot(base)
        case _:
            return None


def item_at(whole: Queue, k: str, kind: Type, scope: Scope) -> str:
    """A C expression: item k, which is there, as a value of a type."""
    bits = item_bits(whole.packing, k, whole.bits)
    value = unpacked(scope.unit, scope.code, whole.item, bits, scope.exhausted())
    return scope.converted(whole.kind.item, kind, value)


def place_in(whole: Queue, x: Expr, text: str, scope: Scope) -> str:
    """A C expression: the first place of an item of the queue's type, -1 if it is not there."""
    return f"oc_packed_find({whole.bits}, {_item(whole, x, text, scope)}, {whole.sizes})"


def _item(whole: Queue, x: Expr, text: str, scope: Scope) -> str:
    return packed(scope.unit, whole.item, scope.converted(x.type, whole.kind.item, text))


def may_hold(whole: Queue, x: Expr) -> bool:
    """Whether a value surely is of the type of the items."""
    return includes(whole.kind.item, x.type)


def checked_place(length: str, k: str, scope: Scope) -> str:
    """A name for an index into a list, from 0; a model error if it is out of range."""
    name, count = scope.code.fresh("t"), scope.number(length)
    scope.line(f"int64_t {name} = {k};")
    scope.line(f"if ({name} < 0) {name} += {count};")
    scope.fail_if(f"{name} < 0 || {name} >= {count}", "index")
    return name


# --- changing a queue in its place --------------------------------------------------

CHANGES = frozenset({Op.APPEND, Op.INSERT, Op.REMOVE_AT, Op.REMOVE, Op.REPLACE, Op.CONCAT})


def changed(statement: Store, scope: Scope, emit: Emit) -> tuple[Address, str] | None:
    """The place and the new bits of a queue that is stored, if this can be done by bits.

    Only where the place is known beforehand, so that nothing can fail between the value
    and the check of the capacity.
    """
    value = statement.value
    if not isinstance(value, Apply) or value.op not in CHANGES:
        return None
    if not isinstance(statement.address, Const):
        return None
    packing = scope.layout.packings[statement.address.value]
    if not is_queue(packing) or packing.kind != value.operands[0].type:
        return None
    kind = packing.kind
    assert isinstance(kind, ListType)
    if not all(includes(kind.item, x.type) for x in _new_items(value)):
        return None
    if value.op is Op.CONCAT and value.operands[1].type != kind:
        return None
    if not all(_is_loaded(x, scope) for x in value.operands[: 1 + (value.op is Op.CONCAT)]):
        return None
    whole = queue(value.operands[0], scope, emit)
    assert whole is not None
    bits = _changed(value, whole, scope, emit)
    return locate(statement.address, scope, emit), bits


def _is_loaded(expr: Expr, scope: Scope) -> bool:
    if not isinstance(expr, Load) or expr.old:
        return False
    slot = _slot(expr.address)
    return slot is not None and scope.layout.packings[slot].kind == expr.type


def _new_items(value: Apply) -> tuple[Expr, ...]:
    match value.op:
        case Op.APPEND | Op.INSERT | Op.REPLACE | Op.REMOVE:
            return value.operands[-1:]
        case _:
            return ()


def _changed(value: Apply, whole: Queue, scope: Scope, emit: Emit) -> str:
    operands, sizes = value.operands, whole.sizes
    match value.op:
        case Op.APPEND:
            x = _fresh_item(whole, operands[1], scope, emit)
            scope.fail_if(f"{whole.length} == {room(whole.kind)}", "capacity")
            return f"oc_packed_append({whole.bits}, {x}, {sizes})"
        case Op.INSERT:
            k = scope.number(emit(operands[1], scope))
            x = _fresh_item(whole, operands[2], scope, emit)
            scope.fail_if(f"{whole.length} == {room(whole.kind)}", "capacity")
            return f"oc_packed_insert({whole.bits}, {k}, {x}, {sizes})"
        case Op.REMOVE_AT:
            k = checked_place(whole.length, emit(operands[1], scope), scope)
            return f"oc_packed_without({whole.bits}, {k}, {sizes})"
        case Op.REMOVE:
            text = emit(operands[1], scope)
            k = scope.number(place_in(whole, operands[1], text, scope))
            scope.fail_if(f"{k} < 0", "value")
            return f"oc_packed_without({whole.bits}, {k}, {sizes})"
        case Op.REPLACE:
            index = scope.number(emit(operands[1], scope))
            x = _fresh_item(whole, operands[2], scope, emit)
            k = checked_place(whole.length, index, scope)
            return f"oc_packed_replace({whole.bits}, {k}, {x}, {sizes})"
        case _:
            other = queue(operands[1], scope, emit)
            assert other is not None
            scope.fail_if(f"{whole.length} + {other.length} > {room(whole.kind)}", "capacity")
            return f"oc_packed_concat({whole.bits}, {other.bits}, {sizes})"


def _fresh_item(whole: Queue, x: Expr, scope: Scope, emit: Emit) -> str:
    name = scope.code.fresh("x")
    scope.line(f"oc_word {name} = {_item(whole, x, emit(x, scope), scope)};")
    return name
