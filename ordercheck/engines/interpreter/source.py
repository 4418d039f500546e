"""Emitting Python: lines, names, constants and sites."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ordercheck.engines.interpreter.runtime import NOTHING, Site
from ordercheck.ir.nodes import Program
from ordercheck.ir.record import dataclass, field
from ordercheck.ir.span import Span
from ordercheck.ir.types import ABSENT, Type, Value

LONGEST = 12
"""Items of a tuple that is written out."""


@dataclass(slots=True)
class Module:
    """The module being emitted for a program, and the objects that it refers to by name.

    `recording`: for replays, with a note of everything that happens.
    """

    program: Program
    recording: bool
    namespace: dict[str, Any]
    sites: list[Site]
    old_readers: frozenset[str] = frozenset()
    lines: list[str] = field(default_factory=list)
    _sites: dict[Site, int] = field(default_factory=dict)
    _constants: dict[tuple[str, Any], str] = field(default_factory=dict)
    _names: dict[tuple[str, str], str] = field(default_factory=dict)
    _indent: int = 0
    _fresh: int = 0

    def line(self, text: str) -> None:
        """Emit a line at the current indentation."""
        self.lines.append(" " * self._indent + text)

    @contextmanager
    def block(self, header: str) -> Iterator[None]:
        """Emit a header, and what follows one level deeper; `pass` if nothing does."""
        self.line(header)
        self._indent += 1
        start = len(self.lines)
        yield
        if len(self.lines) == start:
            self.line("pass")
        self._indent -= 1

    def site(self, span: Span, text: str = "", kind: Type = NOTHING) -> int:
        """The number of a site."""
        site = Site(span, text, kind)
        number = self._sites.get(site)
        if number is None:
            number = self._sites[site] = len(self.sites)
            self.sites.append(site)
        return number

    def constant(self, value: Any, prefix: str = "k", key: Any = None) -> str:
        """A name for an object; one for all that have the same prefix and `key`, if there is one.

        Without a key only the same object has the same name: values can be large.
        """
        known = (prefix, id(value) if key is None else key)
        name = self._constants.get(known)
        if name is None:
            name = f"{prefix}{len(self._constants)}"
            self._constants[known] = name
            self.namespace[name] = value
        return name

    def fresh(self, prefix: str) -> str:
        """A name that nothing else has."""
        self._fresh += 1
        return f"{prefix}{self._fresh}_"

    def literal(self, value: Value) -> str:
        """An expression for a value."""
        return repr(value) if _plain(value) else self.constant(value)

    def name(self, prefix: str, text: str) -> str:
        """A Python name for a name of the IR, unique among those with the prefix."""
        found = self._names.get((prefix, text))
        if found is None:
            letters = "".join(c if c.isascii() and c.isalnum() else "_" for c in text)
            found = f"{prefix}{letters}"
            if found in self._names.values():
                found = f"{found}_{len(self._names)}"
            self._names[prefix, text] = found
        return found


def _plain(value: Value) -> bool:
    if isinstance(value, tuple):
        # What is longer costs the compiler more than a name does.
        return len(value) <= LONGEST and all(map(_plain, value))
    return value is not ABSENT and not isinstance(value, frozenset)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where code is emitted: by which name it knows the state, and how it gives up.

    `state` is what holds the slots, `disable` the statement that ends the attempt
    when a Require fails; `may_bind` is False where Python has no `:=`.
    """

    module: Module
    state: str = "v"
    disable: str = "raise Disabled"
    may_bind: bool = True

    def within(self, **changes: Any) -> Scope:
        """The same with these changes."""
        return replace(self, **changes)

    def local(self, name: str) -> str:
        """The Python name of a local."""
        return self.module.name("l_", name)

    def function(self, name: str) -> str:
        """The Python name of a function of the program."""
        return self.module.name("f_", name)
