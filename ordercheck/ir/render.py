"""Types and values as text: values as Python would write them."""

from __future__ import annotations

from typing import assert_never

from ordercheck.ir.domains import contains, domain
from ordercheck.ir.nodes import Place, Program
from ordercheck.ir.record import dataclass
from ordercheck.ir.types import (
    ABSENT,
    ArrayShape,
    BagType,
    BoolType,
    EnumType,
    IntType,
    ListType,
    MapType,
    NeverType,
    NoneType,
    PlaceType,
    RefType,
    SetType,
    StructType,
    TaskType,
    TextType,
    TupleType,
    Type,
    UnionType,
    Value,
)


@dataclass(frozen=True, slots=True)
class Names:
    """What tasks, components and slots are called. Slots: those where a place begins."""

    tasks: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    slots: tuple[str, ...] = ()

    @classmethod
    def of(cls, program: Program) -> Names:
        """A program's names; a component without a path goes by its class."""
        return cls(
            tuple(task.name for task in program.tasks),
            tuple(each.path or each.class_name for each in program.components),
            slot_paths(program),
        )


NO_NAMES = Names()


# --- types ------------------------------------------------------------------------


def show_type(kind: Type | ArrayShape) -> str:
    """A type, concisely: `int 0..3`, `Phase`, `seq<Task>[4]`, `Prepare | Commit`."""
    match kind:
        case NeverType():
            return "never"
        case BoolType():
            return "bool"
        case IntType(lo=None, hi=None):
            return "int"
        case IntType(lo=lo, hi=hi):
            return f"int {'' if lo is None else lo}..{'' if hi is None else hi}"
        case TextType(values=values):
            return f"text<{', '.join(map(repr, values))}>"
        case EnumType(name=name) | StructType(name=name):
            return name
        case NoneType():
            return "None"
        case TupleType(items=items):
            return f"tuple<{', '.join(map(show_type, items))}>"
        case ListType(item=item, capacity=capacity):
            return f"seq<{show_type(item)}>" + ("" if capacity is None else f"[{capacity}]")
        case SetType(domain=inner):
            return f"set<{show_type(inner)}>"
        case MapType(key=key, value=value):
            return f"map<{show_type(key)}, {show_type(value)}>"
        case BagType(domain=inner, capacity=capacity):
            return f"bag<{show_type(inner)}>[{capacity}]"
        case UnionType(options=options):
            return " | ".join(map(show_type, options))
        case TaskType():
            return "Task"
        case RefType(components=components):
            return f"ref<{', '.join(map(str, components))}>"
        case PlaceType(kind=inner):
            return f"place<{show_type(inner)}>"
        case ArrayShape(item=item, length=length):
            return f"array<{show_type(item)}>[{length}]"
        case _:
            assert_never(kind)


# --- values -----------------------------------------------------------------------


def render(kind: Type, value: Value, names: Names | Program = NO_NAMES) -> str:
    """A value as Python would write it; tasks, components and places by their names.

    Also takes values that do not fit their type, since errors speak of those.
    """
    known = Names.of(names) if isinstance(names, Program) else names
    return _render(kind, value, known)


def _render(kind: Type, value: Value, names: Names) -> str:
    match kind:
        case BoolType() | IntType() | TextType() | NoneType() | NeverType():
            return repr(value)
        case EnumType(values=values):
            return str(value) if value in values else repr(value)
        case TupleType() | ListType():
            return _sequence(kind, value, names)
        case SetType() | MapType() | BagType():
            return _collection(kind, value, names)
        case StructType(name=name, fields=fields):
            if not isinstance(value, tuple) or len(value) != len(fields) + 1:
                return repr(value)
            shown = zip(fields, value[1:], strict=True)
            parts = (f"{field}={_render(item, part, names)}" for (field, item), part in shown)
            return f"{name}({', '.join(parts)})"
        case UnionType(options=options):
            fitting = [option for option in options if contains(option, value)]
            return _render(fitting[0], value, names) if fitting else repr(value)
        case TaskType():
            return names.tasks[value] if _indexes(names.tasks, value) else f"task {value}"
        case RefType():
            known = names.components
            return known[value] if _indexes(known, value) else f"component {value}"
        case PlaceType():
            return names.slots[value] if _indexes(names.slots, value) else f"slot {value}"
        case _:
            assert_never(kind)


def _indexes(names: tuple[str, ...], value: Value) -> bool:
    return isinstance(value, int) and 0 <= value < len(names)


def _sequence(kind: TupleType | ListType, value: Value, names: Names) -> str:
    if not isinstance(value, tuple):
        return repr(value)
    if isinstance(kind, ListType):
        return f"[{', '.join(_render(kind.item, each, names) for each in value)}]"
    if len(value) != len(kind.items):
        return repr(value)
    items = [_render(item, each, names) for item, each in zip(kind.items, value, strict=True)]
    return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"


def _collection(kind: SetType | MapType | BagType, value: Value, names: Names) -> str:
    match kind:
        case SetType(domain=inner):
            items = [_render(inner, each, names) for each in in_order(inner, value)]
            return f"{{{', '.join(items)}}}" if items else "set()"
        case MapType(key=key, value=item):
            entries = [
                f"{_render(key, k, names)}: {_render(item, each, names)}"
                for k, each in zip(domain(key), value, strict=True)
                if each is not ABSENT
            ]
            return f"{{{', '.join(entries)}}}"
        case BagType(domain=inner):
            pairs = zip(domain(inner), value, strict=True)
            items = [_render(inner, each, names) for each, count in pairs for _ in range(count)]
            return f"Bag([{', '.join(items)}])" if items else "Bag()"
        case _:
            assert_never(kind)


# --- declared order ---------------------------------------------------------------


def in_order(kind: Type, values: frozenset[Value]) -> list[Value]:
    """The members of a set of `kind` in declared order, the order of `types.domain`."""
    return sorted(values, key=lambda value: rank(kind, value))


def rank(kind: Type, value: Value) -> tuple[Value, ...]:
    """A key that sorts values of a type as `types.domain` lists them, without listing them."""
    match kind:
        case TextType(values=values):
            return (values.index(value) if value in values else len(values), value)
        case NoneType() | NeverType():
            return ()
        case TupleType(items=items):
            return tuple(rank(item, each) for item, each in zip(items, value, strict=True))
        case ListType(item=item):
            return (len(value), tuple(rank(item, each) for each in value))
        case SetType(domain=inner):
            # Subsets count as binary numbers do: the highest member decides.
            return tuple(sorted((rank(inner, each) for each in value), reverse=True))
        case StructType(fields=fields):
            pairs = zip(fields, value[1:], strict=True)
            return tuple(rank(item, each) for (_, item), each in pairs)
        case UnionType(options=options):
            for place, option in enumerate(options):
                if contains(option, value):
                    return (place, rank(option, value))
            return (len(options), repr(value))
        case RefType(components=components):
            return (components.index(value) if value in components else value,)
        case MapType(value=item):
            return tuple((0,) if each is ABSENT else (1, rank(item, each)) for each in value)
        case BagType():
            return tuple(value)
        case EnumType(values=values):
            return (values.index(value) if value in values else len(values),)
        case BoolType() | IntType() | TaskType() | PlaceType():
            return (value,)
        case _:
            assert_never(kind)


# --- slots ------------------------------------------------------------------------


def slot_paths(program: Program) -> tuple[str, ...]:
    """What each slot is called: `gate.waiters`, `grid[1][0]`, `call[2].i`, `call[2].point`."""
    paths = [f"slot {slot}" for slot in range(len(program.slots))]
    for place in program.places:
        for offset in range(place.size):
            if place.slot + offset < len(paths):
                paths[place.slot + offset] = _element(place, offset)
    for coroutine in program.coroutines:
        frame = coroutine.frame
        fields = ("point", *(name for name, _ in frame.fields))
        for member in range(coroutine.members if frame.size else 0):
            actor = coroutine.name + (f"[{member}]" if coroutine.members > 1 else "")
            for k, field in enumerate(fields):
                slot = frame.base + member * frame.size + k
                if slot < len(paths):
                    paths[slot] = f"{actor}.{field}"
    return tuple(paths)


def _element(place: Place, offset: int) -> str:
    path, kind = place.path, place.kind
    while isinstance(kind, ArrayShape):
        index, offset = divmod(offset, kind.stride)
        path, kind = f"{path}[{index}]", kind.item
    return path
