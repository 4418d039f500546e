"""A model's own objects, made to show a state: what scenarios look at."""

from __future__ import annotations

from functools import cached_property
from typing import Any, assert_never

from ordercheck.frontend.world import World
from ordercheck.ir.domains import contains, domain
from ordercheck.ir.nodes import Program
from ordercheck.ir.render import in_order
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
from ordercheck.language.places import Array, Bag, Map, Place, Seq, Set

State = tuple[Value, ...]


class Mirror:
    """Shows states of a program in the objects of a set-up of its model.

    A task is shown by its name, as in traces: `call(0)`.
    """

    def __init__(self, program: Program, world: World) -> None:
        self.program = program
        self.world = world
        self._shown: list[Any] = []

    def show(self, state: State) -> None:
        """Make the objects hold what a state does."""
        for (component, name), slot in self.world.variables.items():
            value = self.value(self.program.slots[slot], state[slot])
            vars(self.world.components[component])[name] = value
        for place, slot in self._places:
            self._fill(place, slot, state)
        self._shown = self._contents()

    def is_touched(self) -> bool:
        """Whether somebody has changed the objects since a state was shown in them."""
        return self._contents() != self._shown

    def _contents(self) -> list[Any]:
        found: list[Any] = [
            vars(self.world.components[component]).get(name)
            for component, name in self.world.variables
        ]
        return found + [_copy(_items(place)) for place, _ in self._places]

    @cached_property
    def _places(self) -> list[tuple[Place, int]]:
        return [
            (place, self.world.place_types[id(place)].slots[0])
            for place in self.world.held()
            if id(place) in self.world.place_types
        ]

    def _fill(self, place: Place, slot: int, state: State) -> None:
        kind = self.world.place_types[id(place)].kind
        match place:
            case Array(items=items):
                assert isinstance(kind, ArrayShape)
                assert not isinstance(kind.item, ArrayShape)
                items[:] = [self.value(kind.item, state[slot + k]) for k in range(kind.length)]
            case Seq(items=items) | Bag(items=items):
                items[:] = self.value(self.program.slots[slot], state[slot])
            case Set(items=members):
                members.clear()
                members.update(self.value(self.program.slots[slot], state[slot]))
            case Map(items_now=entries):
                entries.clear()
                entries.update(self.value(self.program.slots[slot], state[slot]))
            case _:
                raise AssertionError(place)

    def value(self, kind: Type, value: Value) -> Any:
        """The Python object that a value of the IR stands for."""
        match kind:
            case BoolType() | IntType() | TextType() | NoneType() | NeverType():
                return value
            case EnumType(name=name):
                return self.world.kinds.enums[name][value.removeprefix(f"{name}.")]
            case TupleType(items=items):
                return tuple(map(self.value, items, value))
            case ListType(item=item):
                return tuple(self.value(item, each) for each in value)
            case SetType(domain=inner):
                return frozenset(self.value(inner, each) for each in in_order(inner, value))
            case MapType(key=key, value=item):
                entries = zip(domain(key), value, strict=True)
                return {
                    self.value(key, k): self.value(item, each)
                    for k, each in entries
                    if each is not ABSENT
                }
            case BagType(domain=inner):
                counts = zip(domain(inner), value, strict=True)
                return [self.value(inner, each) for each, count in counts for _ in range(count)]
            case StructType(name=name, fields=fields):
                owner = self.world.kinds.class_of(name)
                assert owner is not None
                parts = zip(fields, value[1:], strict=True)
                return owner(*(self.value(item, part) for (_, item), part in parts))
            case UnionType(options=options):
                fitting = next(option for option in options if contains(option, value))
                return self.value(fitting, value)
            case TaskType():
                return self.program.tasks[value].name
            case RefType():
                return self.world.components[value]
            case PlaceType():
                return value
            case _:
                assert_never(kind)


def _items(place: Place) -> Any:
    match place:
        case Map(items_now=entries):
            return entries
        case Array(items=items) | Seq(items=items) | Bag(items=items):
            return items
        case Set(items=members):
            return members
        case _:
            raise AssertionError(place)


def _copy(items: Any) -> Any:
    return type(items)(items)
