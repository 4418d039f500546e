"""Sets and multisets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeVar, overload

from ordercheck.language.domains import Choice, Domain, checked_size, fits, values_of
from ordercheck.language.places.place import Place
from ordercheck.language.runtime import Misfit, active

T = TypeVar("T")


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
def bag_of(domain: type[T], capacity: int, initial: Iterable[T] = ()) -> Bag[T]: ...


@overload
def bag_of(domain: Iterable[T], capacity: int, initial: Iterable[T] = ()) -> Bag[T]: ...


@overload
def bag_of(domain: Any, capacity: int, initial: Iterable[Any] = ()) -> Bag[Any]: ...


def bag_of(domain: Any, capacity: int, initial: Iterable[Any] = ()) -> Bag[Any]:
    """A multiset over a finite domain, at most `capacity` values in all."""
    return Bag(domain, checked_size(capacity), initial)
