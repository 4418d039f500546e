"""Recursion to a declared depth: each depth is lowered as a function of its own."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from ordercheck.frontend.compilation import Caller
from ordercheck.ir.record import dataclass, field
from ordercheck.language.marks import depth_of

Function = Callable[..., Any]


@dataclass(slots=True)
class Entry:
    """A function that is being lowered, and the recursive ones that it calls, by others too."""

    function: Function
    key: object
    calls: set[Function] = field(default_factory=set)


@dataclass(slots=True)
class Nesting:
    """The functions that are being lowered, callers before what they call.

    What a function lowers to depends on how deep the recursive ones that it calls are in
    themselves already; one that calls none is lowered once.
    """

    active: list[Entry] = field(default_factory=list)
    _calls: dict[object, frozenset[Function]] = field(default_factory=dict)

    def key(self, function: Function, plain: object) -> object:
        """The key of what a function lowers to here."""
        known = self._calls.get(plain)
        deep = self._deep()
        if known is not None and not known & deep.keys():
            return plain
        return (plain, *deep.items()) if deep else plain

    def _deep(self) -> dict[Function, int]:
        """How deep each recursive function is in itself."""
        found: dict[Function, int] = {}
        for entry in self.active:
            if depth_of(entry.function):
                found[entry.function] = found.get(entry.function, 0) + 1
        return found

    def is_active(self, key: object) -> bool:
        """Whether this function is being lowered."""
        return any(entry.key == key for entry in self.active)

    def is_deepest(self, function: Function) -> bool:
        """Whether a recursive function may not be called in itself once more."""
        return depth_of(function) is not None and self._deep().get(function) == depth_of(function)

    @contextmanager
    def entered(self, function: Function, key: object) -> Iterator[None]:
        """Lower a function."""
        entry = Entry(function, key)
        self.active.append(entry)
        try:
            yield
        finally:
            self.active.pop()
        self._calls[key] = frozenset(entry.calls)

    def note_call(self, function: Function, key: object) -> None:
        """Note a call of a function that has been lowered."""
        own = {function} if depth_of(function) else set()
        called = self._calls.get(key, frozenset()) | own
        if self.active:
            self.active[-1].calls |= called

    def depends(self, key: object) -> bool:
        """Whether what a function lowered to depends on what is being lowered around it."""
        return bool(self._calls.get(key, frozenset()) & self._deep().keys())

    def settle(self, plain: object, key: object) -> None:
        """What was lowered under a key is so everywhere."""
        self._calls[plain] = self._calls[key]


def too_deep(function: Function) -> str:
    """The words of the model error."""
    return f"{function.__name__} calls itself more than {depth_of(function)} times deep"


def refuse_recursion(function: Function, verb: str, caller: Caller, node: ast.AST) -> NoReturn:
    """Refuse recursion whose depth is not declared."""
    caller.refuse(
        "E083",
        f"{function.__name__} {verb} itself",
        node,
        "how deep can it go?",
        "say so: @recursive(depth=4); deeper than that is a model error",
    )
