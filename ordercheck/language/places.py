"""Places: what is created in set-up and changed by steps, in place, by its identity."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast, overload

from ordercheck.language.domains import (
    Choice,
    Domain,
    check,
    check_bounds,
    checked_size,
    fits,
    values_of,
)
from ordercheck.language.mistakes import Location, Mistake, here
from ordercheck.language.planned import planned
from ordercheck.language.runtime import Misfit, active
from ordercheck.language.tasks import Task

BOUNDS = "say it: integer(0, lo=0, hi=7), range(8), Annotated[int, Range(0, 7)]"

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")
_MISSING: Any = object()


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    """A declared variable: the domain, the initial value (or a Choice of them), and where."""

    domain: object
    initial: Any
    at: Location | None
    ghost: bool = False
    durable: bool = False


def variable(domain: Domain[T] | Any, initial: T) -> T:
    """A variable with values of any domain."""
    return cast(T, Variable(domain, initial, here()))


def integer(initial: int = 0, *, lo: int | None = None, hi: int | None = None) -> int:
    """A variable with integers from `lo` to `hi`, inclusive; both must be given."""
    if lo is None or hi is None:
        planned("integers without bounds are not there yet", "how large can this get?", BOUNDS)
    check_bounds(lo, hi, "integer(0, lo=0, hi=7)")
    if not isinstance(initial, Choice) and not (isinstance(initial, int) and lo <= initial <= hi):
        raise Mistake(
            "E015",
            f"the initial value {initial} is not between {lo} and {hi}",
            "outside its own range",
            f"integer({lo}, lo={lo}, hi={hi})",
        )
    return cast(int, Variable(range(lo, hi + 1), initial, here()))


def boolean(initial: bool = False) -> bool:
    """A variable that is True or False."""
    return cast(bool, Variable(bool, initial, here()))


def ghost(declared: T) -> T:
    """The variable, or the place, as a ghost: steps may write it, only properties read it."""
    if isinstance(declared, Place) and not isinstance(declared, Pool):
        declared._ghost = True
        return declared
    if not isinstance(declared, Variable):
        raise Mistake(
            "E016",
            "only a variable or a place can be a ghost",
            help="ghost(integer(0, lo=0, hi=9))",
        )
    return cast(T, Variable(declared.domain, declared.initial, declared.at, ghost=True))


class Place:
    """Base of the collections that make up the state; created only in set-up."""

    def __init__(self) -> None:
        self._at = here()
        self._ghost = False
        self._durable = False

    def __deepcopy__(self, memo: object) -> Place:
        """Places are never copied."""
        raise Mistake("E017", "a place is never copied", help="give it a second name instead")

    def _check(self, domain: object, *values: object) -> None:
        """Raise Misfit for what this place cannot hold, when a step stores it."""
        if active():
            for value in values:
                check(domain, value, type(self).__name__)


class Array(Place, Generic[T]):
    """A fixed number of items, each a variable of its own."""

    def __init__(self, domain: Domain[T] | Any, size: int, initial: Any) -> None:
        super().__init__()
        self.domain = domain
        checked_size(size, 1, "E018")
        self.items: list[Any] = list(initial) if isinstance(initial, list) else [initial] * size
        if len(self.items) != size:
            raise Mistake(
                "E018",
                f"{len(self.items)} initial values for an array of {size}",
                "one initial value for all, or a list with one for each",
            )

    def __len__(self) -> int:
        return len(self.items)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        """An item, or a list of several."""
        return cast("T | list[T]", self.items[index])

    def __setitem__(self, index: int, value: T) -> None:
        """Replace the index-th item."""
        self.items[index] = value
        self._check(self.domain, value)

    def __iter__(self) -> Iterator[T]:
        """The items in order, as they are when the iteration begins."""
        return iter(list(self.items))

    def __contains__(self, value: object) -> bool:
        return value in self.items

    def index(self, value: T) -> int:
        """The first place of a value; ValueError where there is none."""
        return self.items.index(value)

    def count(self, value: T) -> int:
        """How often a value is there."""
        return self.items.count(value)


class Seq(Place, Generic[T]):
    """A list with a capacity: a queue, a stack, a buffer."""

    def __init__(self, domain: Domain[T] | Any, capacity: int | None, initial: Iterable[T]) -> None:
        super().__init__()
        self.domain = domain
        self.capacity = capacity
        self.initial = initial
        self.items: list[T] = [] if isinstance(initial, Choice) else list(initial)

    def __len__(self) -> int:
        return len(self.items)

    def __bool__(self) -> bool:
        return bool(self.items)

    def __iter__(self) -> Iterator[T]:
        """The items from the front on, as they are when the iteration begins."""
        return iter(list(self.items))

    def __contains__(self, value: object) -> bool:
        return value in self.items

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        """An item, or a list of several."""
        return self.items[index]

    def __setitem__(self, index: int, value: T) -> None:
        """Replace an item."""
        self.items[index] = value
        self._check(self.domain, value)

    def __delitem__(self, index: int | slice) -> None:
        """Remove an item by its place, or several."""
        del self.items[index]

    def __iadd__(self, values: Iterable[T]) -> Seq[T]:
        """Put several at the end."""
        self.extend(values)
        return self

    def append(self, value: T) -> None:
        """Put at the end; a model error when full."""
        self.items.append(value)
        self._check_new(value)

    def extend(self, values: Iterable[T]) -> None:
        """Put several at the end."""
        more = list(values)
        self.items.extend(more)
        self._check_new(*more)

    def insert(self, index: int, value: T) -> None:
        """Put before the index-th item."""
        self.items.insert(index, value)
        self._check_new(value)

    def _check_new(self, *values: object) -> None:
        if active() and self.capacity is not None and len(self.items) > self.capacity:
            raise Misfit("capacity", f"the sequence is full: it holds {self.capacity}")
        self._check(self.domain, *values)

    def pop(self, index: int = -1) -> T:
        """Take away the last item, or the index-th."""
        return self.items.pop(index)

    def popleft(self) -> T:
        """Take away the first item."""
        return self.items.pop(0)

    def remove(self, value: T) -> None:
        """Take away the first item that is equal."""
        self.items.remove(value)

    def clear(self) -> None:
        """Take away all items."""
        self.items.clear()

    def reverse(self) -> None:
        """Turn the order round."""
        self.items.reverse()

    def index(self, value: T) -> int:
        """The first place of a value."""
        return self.items.index(value)

    def count(self, value: T) -> int:
        """How often a value is there."""
        return self.items.count(value)


class Set(Place, Generic[T]):
    """A set over a finite domain; it iterates in the domain's order."""

    def __init__(self, domain: Domain[T] | Any, initial: Any) -> None:
        super().__init__()
        self.domain = domain
        self.initial = initial
        self.items: set[T] = set() if isinstance(initial, Choice) else set(initial)

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[T]:
        """The members in the domain's order, as they are when the iteration begins."""
        return iter([value for value in values_of(self.domain) if value in self.items])

    def __contains__(self, value: object) -> bool:
        return value in self.items

    def add(self, value: T) -> None:
        """Put in."""
        self._check(self.domain, value)
        self.items.add(value)

    def discard(self, value: T) -> None:
        """Take out, if it is in."""
        self.items.discard(value)

    def remove(self, value: T) -> None:
        """Take out; a model error if it is not in."""
        self.items.remove(value)

    def update(self, values: Iterable[T]) -> None:
        """Put several in."""
        more = list(values)
        self._check(self.domain, *more)
        self.items.update(more)

    def difference_update(self, values: Iterable[T]) -> None:
        """Take several out."""
        self.items.difference_update(values)

    def intersection_update(self, values: Iterable[T]) -> None:
        """Take all others out."""
        self.items.intersection_update(values)

    def symmetric_difference_update(self, values: Iterable[T]) -> None:
        """Take out which are in, put in which are not."""
        more = list(values)
        self._check(self.domain, *more)
        self.items.symmetric_difference_update(more)

    def __ior__(self, values: Iterable[T]) -> Set[T]:
        """Put several in."""
        self.update(values)
        return self

    def __isub__(self, values: Iterable[T]) -> Set[T]:
        """Take several out."""
        self.difference_update(values)
        return self

    def __iand__(self, values: Iterable[T]) -> Set[T]:
        """Take all others out."""
        self.intersection_update(values)
        return self

    def __ixor__(self, values: Iterable[T]) -> Set[T]:
        """Take out which are in, put in which are not."""
        self.symmetric_difference_update(values)
        return self

    def clear(self) -> None:
        """Take all out."""
        self.items.clear()

    def issubset(self, other: Iterable[T]) -> bool:
        """Whether all members are in `other`."""
        return self.items.issubset(other)

    def __or__(self, other: Iterable[T]) -> frozenset[T]:
        return frozenset(self.items) | frozenset(other)

    def __and__(self, other: Iterable[T]) -> frozenset[T]:
        return frozenset(self.items) & frozenset(other)

    def __sub__(self, other: Iterable[T]) -> frozenset[T]:
        return frozenset(self.items) - frozenset(other)

    def __xor__(self, other: Iterable[T]) -> frozenset[T]:
        return frozenset(self.items) ^ frozenset(other)

    def __ror__(self, other: Iterable[T]) -> frozenset[T]:
        return frozenset(other) | frozenset(self.items)

    def __rand__(self, other: Iterable[T]) -> frozenset[T]:
        return frozenset(other) & frozenset(self.items)

    def __rsub__(self, other: Iterable[T]) -> frozenset[T]:
        return frozenset(other) - frozenset(self.items)

    def __rxor__(self, other: Iterable[T]) -> frozenset[T]:
        return frozenset(other) ^ frozenset(self.items)

    def __le__(self, other: Iterable[T]) -> bool:
        return frozenset(self.items) <= frozenset(other)

    def __lt__(self, other: Iterable[T]) -> bool:
        return frozenset(self.items) < frozenset(other)

    def __ge__(self, other: Iterable[T]) -> bool:
        return frozenset(self.items) >= frozenset(other)

    def __gt__(self, other: Iterable[T]) -> bool:
        return frozenset(self.items) > frozenset(other)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Set):
            return self.items == other.items
        return isinstance(other, set | frozenset) and self.items == other

    __hash__ = None  # type: ignore[assignment]


class Map(Place, Generic[K, V]):
    """A dictionary over a finite domain of keys; it iterates in the domain's order."""

    def __init__(self, keys: Domain[K] | Any, values: Domain[V] | Any, initial: dict[K, V]) -> None:
        super().__init__()
        self.key_domain = keys
        self.domain = values
        self.items_now: dict[K, V] = dict(initial)

    def __len__(self) -> int:
        return len(self.items_now)

    def __contains__(self, key: object) -> bool:
        return key in self.items_now

    def __iter__(self) -> Iterator[K]:
        """The keys in the domain's order, as they are when the iteration begins."""
        return iter([key for key in values_of(self.key_domain) if key in self.items_now])

    def __getitem__(self, key: K) -> V:
        """A key's value; a model error if there is none."""
        return self.items_now[key]

    def __setitem__(self, key: K, value: V) -> None:
        """Give a key a value."""
        if active() and not fits(self.key_domain, key):
            raise KeyError(key)
        self._check(self.domain, value)
        self.items_now[key] = value

    def __delitem__(self, key: K) -> None:
        """Take a key out; a model error if it is not there."""
        del self.items_now[key]

    @overload
    def get(self, key: K) -> V | None: ...
    @overload
    def get(self, key: K, default: V) -> V: ...
    def get(self, key: K, default: V | None = None) -> V | None:
        """A key's value, or the default."""
        return self.items_now.get(key, default)

    @overload
    def pop(self, key: K) -> V: ...
    @overload
    def pop(self, key: K, default: V) -> V: ...
    def pop(self, key: K, default: Any = _MISSING) -> V:
        """Take a key out; its value, or the default."""
        found = self.items_now.pop(key) if default is _MISSING else self.items_now.pop(key, default)
        return cast(V, found)

    def setdefault(self, key: K, default: V) -> V:
        """A key's value; the default, put in, if there was none."""
        if key not in self.items_now:
            self[key] = default
        return self.items_now[key]

    def update(self, more: Map[K, V] | Mapping[K, V] | Iterable[tuple[K, V]]) -> None:
        """Give several keys their values."""
        pairs = list(more.items() if isinstance(more, Map | Mapping) else more)
        for key, value in pairs:
            self[key] = value

    def keys(self) -> list[K]:
        """The keys in the domain's order."""
        return list(self)

    def values(self) -> list[V]:
        """The values in the order of their keys."""
        return [self.items_now[key] for key in self]

    def items(self) -> list[tuple[K, V]]:
        """Keys with their values, in the domain's order."""
        return [(key, self.items_now[key]) for key in self]

    def clear(self) -> None:
        """Take all keys out."""
        self.items_now.clear()


class Bag(Place, Generic[T]):
    """A multiset over a finite domain, with a capacity; it iterates in the domain's order."""

    def __init__(self, domain: Domain[T] | Any, capacity: int, initial: Iterable[T]) -> None:
        super().__init__()
        self.domain = domain
        self.capacity = capacity
        self.items: list[T] = list(initial)

    def __len__(self) -> int:
        return len(self.items)

    def __contains__(self, value: object) -> bool:
        return value in self.items

    def __iter__(self) -> Iterator[T]:
        """The values in the domain's order, each as often as it is in."""
        for value in values_of(self.domain):
            yield from [value] * self.items.count(value)

    def add(self, value: T) -> None:
        """Put one in; a model error when full."""
        if active() and not fits(self.domain, value):
            raise KeyError(value)
        if active() and len(self.items) >= self.capacity:
            raise Misfit("capacity", f"the bag is full: it holds {self.capacity}")
        self.items.append(value)

    def remove(self, value: T) -> None:
        """Take one out; a model error if it is not in."""
        if value not in self.items:
            raise KeyError(value)
        self.items.remove(value)

    def count(self, value: T) -> int:
        """How often a value is in."""
        return self.items.count(value)

    def clear(self) -> None:
        """Take all out."""
        self.items.clear()


C_co = TypeVar("C_co", covariant=True)


class Pool(Place, Generic[C_co]):
    """Components that come and go: `new()` takes the lowest free one, fresh.

    One is free from the end of the step in which nothing live refers to it any more.
    """

    def __init__(self, make: Callable[[], C_co], capacity: int) -> None:
        super().__init__()
        self.make = make
        self.entries: list[C_co] = [make() for _ in range(capacity)]

    def new(self) -> C_co:
        """A fresh component; a model error when none is free."""
        runtime = active()
        if runtime is None:
            raise Mistake("E019", "pools give out components in steps only")
        return cast(C_co, runtime.new(self))

    def __len__(self) -> int:
        return len(self.entries)


@overload
def array(domain: type[T], size: int, initial: Any) -> Array[T]: ...
@overload
def array(domain: Iterable[T], size: int, initial: Any) -> Array[T]: ...
@overload
def array(domain: Any, size: int, initial: Any) -> Array[Any]: ...
def array(domain: Any, size: int, initial: Any) -> Array[Any]:
    """An array; `initial` is one value for all items, or a list with one for each."""
    return Array(domain, size, initial)


@overload
def seq(domain: type[T], capacity: int | None = None, initial: Iterable[T] = ()) -> Seq[T]: ...
@overload
def seq(domain: Iterable[T], capacity: int | None = None, initial: Iterable[T] = ()) -> Seq[T]: ...
@overload
def seq(domain: Any, capacity: int | None = None, initial: Iterable[Any] = ()) -> Seq[Any]: ...
def seq(domain: Any, capacity: int | None = None, initial: Iterable[Any] = ()) -> Seq[Any]:
    """A list of at most `capacity` values (of tasks: by default as many as there are)."""
    if capacity is None and domain is not Task:
        raise Mistake(
            "E012",
            "a sequence needs a capacity",
            "how many items can it hold at once?",
            "seq(…, capacity=4)",
        )
    return Seq(domain, None if capacity is None else checked_size(capacity), initial)


@overload
def set_of(domain: type[T], initial: Iterable[T] = ()) -> Set[T]: ...
@overload
def set_of(domain: Iterable[T], initial: Iterable[T] = ()) -> Set[T]: ...
@overload
def set_of(domain: Any, initial: Iterable[Any] = ()) -> Set[Any]: ...
def set_of(domain: Any, initial: Iterable[Any] = ()) -> Set[Any]:
    """A set over a finite domain."""
    return Set(domain, initial)


@overload
def map_of(keys: type[K], values: type[V], initial: dict[K, V] | None = None) -> Map[K, V]: ...
@overload
def map_of(keys: type[K], values: Iterable[V], initial: dict[K, V] | None = None) -> Map[K, V]: ...
@overload
def map_of(keys: Iterable[K], values: type[V], initial: dict[K, V] | None = None) -> Map[K, V]: ...
@overload
def map_of(
    keys: Iterable[K], values: Iterable[V], initial: dict[K, V] | None = None
) -> Map[K, V]: ...
@overload
def map_of(keys: Any, values: Any, initial: dict[Any, Any] | None = None) -> Map[Any, Any]: ...
def map_of(keys: Any, values: Any, initial: dict[Any, Any] | None = None) -> Map[Any, Any]:
    """A dictionary from a finite domain."""
    return Map(keys, values, initial or {})


@overload
def bag_of(domain: type[T], capacity: int, initial: Iterable[T] = ()) -> Bag[T]: ...
@overload
def bag_of(domain: Iterable[T], capacity: int, initial: Iterable[T] = ()) -> Bag[T]: ...
@overload
def bag_of(domain: Any, capacity: int, initial: Iterable[Any] = ()) -> Bag[Any]: ...
def bag_of(domain: Any, capacity: int, initial: Iterable[Any] = ()) -> Bag[Any]:
    """A multiset over a finite domain, at most `capacity` values in all."""
    return Bag(domain, checked_size(capacity), initial)


def pool(make: Callable[[], C_co], capacity: int) -> Pool[C_co]:
    """`capacity` components to be had one by one with `new()`."""
    return Pool(make, checked_size(capacity))
