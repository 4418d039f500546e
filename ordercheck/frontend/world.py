"""Set-up: runs a model's `setup` and gives everything that it made a place in the state."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from ordercheck.frontend.imports import is_ours, modules_seen_from
from ordercheck.frontend.kinds import Kinds, Unrepresentable
from ordercheck.frontend.past import past_of
from ordercheck.frontend.source import diagnostic_of, span_at
from ordercheck.ir import nodes as ir
from ordercheck.ir.domains import NotFinite, blank, contains, domain, size
from ordercheck.ir.record import dataclass, field
from ordercheck.ir.span import Diagnostics
from ordercheck.ir.types import (
    ArrayShape,
    BagType,
    BoolType,
    IntType,
    ListType,
    MapType,
    PlaceType,
    RefType,
    SetType,
    StructType,
    TaskType,
    TupleType,
    Type,
    UnionType,
    Value,
)
from ordercheck.language.domains import LARGEST, SMALLER, Choice, Failure, domain_name
from ordercheck.language.marks import Mark, mark_of
from ordercheck.language.mistakes import Location, Mistake
from ordercheck.language.model import Component, Model
from ordercheck.language.places import BOUNDS, Array, Bag, Map, Place, Pool, Seq, Set, Variable
from ordercheck.language.planned import planned
from ordercheck.language.spawning import TaskPool
from ordercheck.language.tasks import Cancelled

SKIPPED = frozenset({"_declared", "_at", "_domain", "_failures", "_joins", "_listeners"})
STRAY = (
    "a variable in a list is nobody's",
    "only an attribute of a component is one that steps can assign",
    "a list of them is an array: array(bool, 3, False)",
)
NESTED = 20
"""How deep places are looked for in lists of lists, which may contain themselves."""


@dataclass(slots=True)
class PoolEntry:
    """A pool: its name, its entries' component ids, and the slots that say which are in use."""

    path: str
    entries: tuple[int, ...]
    used: int
    pool: Pool[Any]
    slots: tuple[tuple[int, ...], ...] = ()


@dataclass(slots=True)
class World:
    """A model after set-up: its components, slots, places, and the choices among initial states."""

    model: Model
    components: list[Component] = field(default_factory=list)
    infos: list[ir.Component] = field(default_factory=list)
    slots: list[Type] = field(default_factory=list)
    initial: list[Value] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    places: list[ir.Place] = field(default_factory=list)
    variables: dict[tuple[int, str], int] = field(default_factory=dict)
    place_types: dict[int, PlaceType] = field(default_factory=dict)
    pools: dict[int, PoolEntry] = field(default_factory=dict)
    choices: dict[int, tuple[Choice[Any], str]] = field(default_factory=dict)
    chosen: list[tuple[int, Choice[Any]]] = field(default_factory=list)
    task_lists: list[int] = field(default_factory=list)
    kinds: Kinds = field(init=False)
    _marked: dict[type, tuple[tuple[str, Any, Mark], ...]] = field(default_factory=dict)
    _ids: dict[int, int] = field(default_factory=dict)
    _pasts: dict[int, tuple[object, object]] = field(default_factory=dict)
    _queue: list[tuple[str, Component | None, str, Any, bool]] = field(default_factory=list)
    _entry_of: dict[int, tuple[int, int]] = field(default_factory=dict)
    _strays: dict[Location | None, Mistake] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.kinds = Kinds(self.component_id, self.instances, self.place_type, self.failures)

    def component_id(self, component: Component) -> int | None:
        """The index of a component of this model."""
        return self._ids.get(id(component))

    def marked(self, owner: type) -> tuple[tuple[str, Any, Mark], ...]:
        """The steps and properties of a class, with their marks, in order of definition."""
        # Four stages ask this of each component; to look a class through takes 0.2 ms.
        if owner not in self._marked:
            found = ((name, each, mark_of(each)) for name, each in members_of_class(owner))
            self._marked[owner] = tuple((n, f, mark) for n, f, mark in found if mark is not None)
        return self._marked[owner]

    def instances(self, given: type) -> tuple[int, ...]:
        """The components of a class."""
        return tuple(k for k, c in enumerate(self.components) if isinstance(c, given))

    def place_type(self, place: Place) -> PlaceType | None:
        """What is known of a place of this model."""
        return self.place_types.get(id(place))

    def failures(self) -> Iterator[type]:
        """The exceptions that the model may raise itself, base classes first."""
        seen = modules_seen_from(type(self.model).__module__)
        todo: list[type] = list(Failure.__subclasses__())
        while todo:
            owner = todo.pop(0)
            home = owner.__module__
            if owner is not Cancelled and (is_ours(home) or home in seen):
                yield owner
                todo += owner.__subclasses__()

    def held(self) -> Iterator[Place]:
        """The places of the model, in the order of set-up."""
        yield from (value for _, _, _, value, _ in self._queue if isinstance(value, Place))

    def owned(self) -> Iterator[tuple[str, range]]:
        """The path by which each variable, place or pool was found first, and its slots."""
        seen: set[int] = set()
        for path, component, name, value, _ in self._queue:
            if id(value) in seen:
                continue
            seen.add(id(value))
            if component is not None:
                slot = self.variables[self._ids[id(component)], name]
                yield path, range(slot, slot + 1)
            elif isinstance(value, Pool):
                entry = self.pools[id(value)]
                yield path, range(entry.used, entry.used + len(entry.entries))
            else:
                place = self.place_types[id(value)]
                size = place.kind.size if isinstance(place.kind, ArrayShape) else 1
                yield path, range(place.slots[0], place.slots[0] + size)

    def reference(self, component: Component) -> ir.Const | None:
        """A constant that refers to a component."""
        found = self.component_id(component)
        return None if found is None else ir.Const(found, RefType((found,)))

    def past(self, value: object) -> object:
        """What set-up has made, as it was before a step: the same object for the same one."""
        if id(value) not in self._pasts:
            self._pasts[id(value)] = (value, past_of(value))
        return self._pasts[id(value)][1]

    # --- walking -----------------------------------------------------------------

    def _visit(self, path: str, component: Component, pooled: str | None, library: bool) -> None:
        if id(component) in self._ids:
            return
        self._ids[id(component)] = len(self.components)
        self.components.append(component)
        self.infos.append(ir.Component(path, type(component).__name__, pooled))
        hidden = library or type(component).__module__.startswith("ordercheck.")
        declared: dict[str, Variable] = component.__dict__.get("_declared", {})
        parts = [(n, v) for n, v in vars(component).items() if n not in SKIPPED]
        alone = [n for n, v in parts if n in declared or isinstance(v, Place)] if path else []
        for name, value in parts:
            inner = path if alone == [name] else f"{path}.{name}" if path else name
            unseen = hidden and (library or name not in component._told)
            if name in declared:
                self._queue.append((inner, component, name, declared[name], unseen))
            else:
                self._find(inner, value, unseen)

    def _find(self, path: str, value: object, hidden: bool) -> None:
        match value:
            case Component():
                self._visit(path, value, None, hidden)
            case Pool():
                if isinstance(value, TaskPool) and value.loop is not None:
                    self._visit(f"{path}.loop", value.loop, None, hidden)  # no part of an entry
                for k, entry in enumerate(value.entries):
                    first = len(self._queue)
                    self._visit(f"{path}[{k}]", entry, path, hidden)
                    for item in range(first, len(self._queue)):
                        self._entry_of.setdefault(item, (id(value), k))
                self._queue.append((path, None, "", value, hidden))
            case Place():
                self._queue.append((path, None, "", value, hidden))
            case Variable():
                self._strays[value.at] = Mistake("E102", *STRAY, at=value.at)
            case list() | tuple() if path.count("[") < NESTED:
                for k, item in enumerate(value):
                    self._find(f"{path}[{k}]", item, hidden)
            case dict() if path.count("[") < NESTED:
                for key, item in value.items():
                    self._find(f"{path}[{key!r}]", item, hidden)
            case _:
                pass

    # --- slots ---------------------------------------------------------------------

    def allocate(self) -> None:
        """Give each variable and place its slots, in the order of set-up."""
        self._visit("", self.model, None, False)
        owned: dict[tuple[int, int], list[int]] = {}
        found = Diagnostics([diagnostic_of(stray) for stray in self._strays.values()])
        for item, (path, component, name, value, hidden) in enumerate(self._queue):
            before = len(self.slots)
            try:
                if isinstance(value, Variable):
                    assert component is not None
                    initial = component.__dict__[name]
                    self._variable(path, component, name, value, initial, hidden)
                elif isinstance(value, Pool):
                    self._pool(path, value)
                else:
                    self._place(path, value, hidden)
            except Mistake as mistake:
                found.add(diagnostic_of(mistake))
            if item in self._entry_of:
                owned.setdefault(self._entry_of[item], []).extend(range(before, len(self.slots)))
        found.check()
        for key, entry in self.pools.items():
            entry.slots = tuple(tuple(owned.get((key, k), ())) for k in range(len(entry.entries)))

    def _variable(
        self,
        path: str,
        component: Component,
        name: str,
        given: Variable,
        initial: object,
        hidden: bool,
    ) -> None:
        kind = self._bounded(self._type(given.domain, given.at), given.at)
        slot = self._add(path, kind, self._initial(initial, kind, path, given.at))
        self.variables[self._ids[id(component)], name] = slot
        span = span_at(given.at)
        self.places.append(ir.Place(path, slot, kind, span, hidden, given.ghost))

    def _pool(self, path: str, given: Pool[Any]) -> None:
        entries = tuple(self._ids[id(entry)] for entry in given.entries)
        used = len(self.slots)
        for k in range(len(entries)):
            self._add(f"{path}[{k}] in use", BoolType(), False)
        shape = ArrayShape(BoolType(), len(entries))
        self.places.append(ir.Place(f"{path} in use", used, shape, span_at(given._at), True))
        self.pools[id(given)] = PoolEntry(path, entries, used, given)

    def _place(self, path: str, given: Place, hidden: bool) -> None:
        first = len(self.slots)
        if isinstance(given, Array):
            shape: Type | ArrayShape = self._array(path, given)
        else:
            kind, initial = self._contents(given, path)
            self._add(path, kind, initial)
            shape = kind
        self.place_types[id(given)] = PlaceType(shape, (first,))
        self.places.append(ir.Place(path, first, shape, span_at(given._at), hidden, given._ghost))

    def _array(self, path: str, given: Array[Any]) -> ArrayShape:
        item = self._bounded(self._type(given.domain, given._at), given._at)
        for k, value in enumerate(given.items):
            name = f"{path}[{k}]"
            self._add(name, item, self._initial(value, item, name, given._at))
        return ArrayShape(item, len(given.items))

    def _contents(self, given: Place, path: str) -> tuple[Type, Value]:
        at = given._at
        match given:
            case Seq(domain=inner, capacity=capacity, initial=start, items=items):
                kind: Type = ListType(self._bounded(self._type(inner, at), at), capacity)
                given_now: object = start if isinstance(start, Choice) else items
                return kind, self._initial(given_now, kind, path, at)
            case Set(domain=inner, initial=start, items=items):
                kind = SetType(self._finite(self._type(inner, at), at))
                now: object = start if isinstance(start, Choice) else items
                return kind, self._initial(now, kind, path, at)
            case Map(key_domain=key, domain=inner, items_now=items):
                keys = self._finite(self._type(key, at), at)
                kind = MapType(keys, self._bounded(self._type(inner, at), at))
                return kind, self._initial(items, kind, path, at)
            case Bag(domain=inner, capacity=capacity, items=items):
                values = self._finite(self._type(inner, at), at)
                held = [self.kinds.to_value(v, values) for v in items]
                return BagType(values, capacity), tuple(held.count(v) for v in domain(values))
            case _:
                raise AssertionError(given)

    def _add(self, name: str, kind: Type, initial: Value) -> int:
        self.names.append(name)
        self.slots.append(kind)
        self.initial.append(initial)
        if isinstance(kind, ListType) and kind.item == TaskType() and kind.capacity is None:
            self.task_lists.append(len(self.slots) - 1)
        return len(self.slots) - 1

    def add_hidden(self, name: str, kind: Type) -> int:
        """One more slot, for what the front end itself keeps; it begins blank."""
        return self._add(name, kind, blank(kind))

    def give_to_entry(self, pool: Pool[Any], entry: int, slot: int) -> None:
        """Make a slot one of an entry's own, cleared when the entry is free."""
        found = self.pools[id(pool)]
        k = found.entries.index(entry)
        rows = list(found.slots)
        rows[k] = (*rows[k], slot)
        found.slots = tuple(rows)

    def _type(self, given: object, at: Location | None) -> Type:
        try:
            return self.kinds.type_of_domain(given)
        except Mistake as mistake:
            mistake.at = at
            raise
        except (Unrepresentable, NameError, TypeError) as error:
            raise Mistake(
                "E024",
                f"{domain_name(given)} is no domain: {error}",
                "which values, out of how many?",
                "give a range, an Enum class, a @struct class, or the values themselves",
                at,
            ) from None

    def _bounded(self, kind: Type, at: Location | None) -> Type:
        """The type of what a place holds, refused where its integers have no bounds."""
        field = _unbounded(kind)
        if field is not None:
            what = "integers without bounds are not there yet"
            planned(what, f"how large can {field or 'this'} get?", BOUNDS, at)
        return kind

    def _finite(self, kind: Type, at: Location | None) -> Type:
        try:
            if size(kind) > LARGEST:
                raise Mistake(
                    "E029", f"more than {LARGEST:,} values", "too many to be tried", SMALLER, at
                )
        except NotFinite:
            raise Mistake(
                "E013",
                "the domain of a set, map or bag must be finite",
                "which values, one by one?",
                "give a range, an Enum class, or Annotated[int, Range(0, 7)] fields",
                at,
            ) from None
        return kind

    def _initial(self, given: object, kind: Type, path: str, at: Location | None) -> Value:
        if isinstance(given, Choice):
            if not given.options:
                raise Mistake("E022", "there is nothing to choose from", "no initial state", "", at)
            self.choices.setdefault(id(given.origin), (given.origin, path))
            self.chosen.append((len(self.slots), given))
            for value in given.values():
                self._convert(value, kind, path, at)
            return blank(kind)
        return self._convert(given, kind, path, at)

    def _convert(self, given: object, kind: Type, path: str, at: Location | None) -> Value:
        try:
            value = self.kinds.to_value(given, kind)
        except (Unrepresentable, ValueError):
            value = None
            fits = False
        else:
            fits = contains(kind, value)
        if not fits:
            raise Mistake(
                "E015",
                f"{path} cannot begin as {given!r}",
                "this value is not in the domain",
                "widen the domain or change the value",
                at,
            )
        return value


def _unbounded(kind: Type) -> str | None:
    """The field of a struct that has integers of any size: `Entry.token`; "" where it is none's.

    None where there are no such integers. Those of exceptions are hardly ever kept.
    """
    match kind:
        case IntType(lo=lo, hi=hi):
            return "" if lo is None or hi is None else None
        case ListType(item=item) | MapType(value=item):
            return _unbounded(item)
        case TupleType(items=items) | UnionType(options=items):
            return next((x for x in map(_unbounded, items) if x is not None), None)
        case StructType(name=name, fields=fields, exception=False):
            parts = ((field, _unbounded(item)) for field, item in fields)
            return next((x or f"{name}.{field}" for field, x in parts if x is not None), None)
        case _:
            return None


def build(model: Model) -> World:
    """Everything that a model's set-up has made; raises Mistake for what cannot be state."""
    world = World(model)
    world.allocate()
    return world


def class_attribute(owner: type, name: str, *default: object) -> Any:
    """What a class or its bases define under a name; AttributeError without a default."""
    # Lowering asks this some 600 times a model; getattr_static alone was a tenth of it.
    for base in owner.__mro__:
        if name in base.__dict__:
            return base.__dict__[name]
    return inspect.getattr_static(owner, name, *default)


def members_of_class(given: type) -> Iterator[tuple[str, Any]]:
    """A class's methods and attributes, base classes first, in order of definition."""
    names: dict[str, None] = {}
    for base in reversed(inspect.getmro(given)):
        names.update(dict.fromkeys(vars(base)))
    for name in names:
        yield name, class_attribute(given, name)


def number(count: int) -> IntType:
    """The type of 0 to count - 1."""
    return IntType(0, max(0, count - 1))
