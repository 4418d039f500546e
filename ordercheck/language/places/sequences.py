"""Arrays and sequences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeVar, cast, overload

from ordercheck.language.domains import Choice, Domain, checked_size
from ordercheck.language.mistakes import Mistake
from ordercheck.language.places.place import Place
from ordercheck.language.runtime import Misfit, active
from ordercheck.language.tasks import Task

T = TypeVar("T")


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
