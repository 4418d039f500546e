"""A state as plain Python values, for programs that read it: numbers, lists, dicts, sets.

==================  ===========================================================
in the model        here
==================  ===========================================================
bool, int, str      the same
None                None
a member of an      its text, `Phase.IDLE`
enumeration
tuple               tuple
Seq, Array          list
Set, frozenset      frozenset
Map                 dict, in the order of the domain
Bag                 dict from each value that is there to how often it is
struct              Record
task, component     its name
==================  ===========================================================
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, assert_never

from ordercheck.ir.domains import blank, contains, domain
from ordercheck.ir.nodes import Wait
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
from ordercheck.traces.places import State, View
from ordercheck.traces.source import is_own


@dataclass(frozen=True)
class Record:
    """A struct's value: `record.ballot` reads a field. Equal where name and fields are."""

    struct: str
    fields: tuple[tuple[str, Any], ...]

    def __getattr__(self, name: str) -> Any:
        """The value of a field."""
        # `fields` itself is missing while a copy is being made.
        for field, value in self.__dict__.get("fields", ()):
            if field == name:
                return value
        raise AttributeError(f"{self.__dict__.get('struct', 'the struct')} has no field {name!r}")

    def __repr__(self) -> str:
        """As Python would write the struct."""
        return f"{self.struct}({', '.join(f'{name}={value!r}' for name, value in self.fields)})"


def plain(view: View, kind: Type, value: Value) -> Any:
    """A value as in the table above."""
    match kind:
        case BoolType() | IntType() | TextType() | EnumType() | NoneType() | NeverType():
            return value
        case TupleType(items=items):
            return tuple(plain(view, k, each) for k, each in zip(items, value, strict=True))
        case ListType(item=item):
            return [plain(view, item, each) for each in value]
        case SetType(domain=inner):
            return frozenset(plain(view, inner, each) for each in value)
        case MapType(key=key, value=item):
            pairs = zip(domain(key), value, strict=True)
            there = ((k, each) for k, each in pairs if each is not ABSENT)
            return {plain(view, key, k): plain(view, item, each) for k, each in there}
        case BagType(domain=inner):
            counts = zip(domain(inner), value, strict=True)
            return {plain(view, inner, each): count for each, count in counts if count}
        case StructType(name=name, fields=fields):
            values = zip(fields, value[1:], strict=True)
            return Record(name, tuple((n, plain(view, k, each)) for (n, k), each in values))
        case UnionType(options=options):
            return plain(view, next(o for o in options if contains(o, value)), value)
        case TaskType() | RefType() | PlaceType():
            return view.write(kind, value)
        case _:
            assert_never(kind)


def plain_state(view: View, state: State) -> dict[str, Any]:
    """Every place and every live local of a process, by its path."""
    return dict(_parts(view, state))


def _parts(view: View, state: State) -> Iterator[tuple[str, Any]]:
    for place in view.places:
        yield place.path, held(view, place.kind, state[place.slot :])
    for each in view.variables:
        if state[each.slot] != blank(each.kind):
            yield each.path, plain(view, each.kind, state[each.slot])


def held(view: View, kind: Type | ArrayShape, slots: State) -> Any:
    """What the first of these slots, or as many as an array takes, hold."""
    if isinstance(kind, ArrayShape):
        starts = range(0, kind.size, kind.stride)
        return [held(view, kind.item, slots[start:]) for start in starts]
    return plain(view, kind, slots[0])


def whereabouts(view: View, state: State) -> dict[str, str]:
    """Where each process stands: "start", "line 30", "gate.py:120" in a library, "done"."""
    return {task.name: _stands(view, k, state) for k, task in enumerate(view.program.tasks)}


def _stands(view: View, task: int, state: State) -> str:
    point = view.point(task, state)
    if point is None:
        return ""
    if point.wait in (Wait.START, Wait.DONE):
        return str(point.wait.value)
    span = point.span
    if not span.file or is_own(span):
        return f"line {span.line}"
    return f"{span.file.replace(chr(92), '/').rsplit('/', 1)[-1]}:{span.line}"
