"""Dictionaries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar, cast, overload

from ordercheck.language.domains import Domain, fits, values_of
from ordercheck.language.places.place import Place
from ordercheck.language.runtime import active

K = TypeVar("K")
V = TypeVar("V")
_MISSING: Any = object()


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
