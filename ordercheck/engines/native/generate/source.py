"""Emitting C: the lines of one function, and the declarations that functions share."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ordercheck.ir.record import dataclass as record


@dataclass(slots=True)
class Writer:
    """Lines of C, indented by blocks."""

    lines: list[str] = field(default_factory=list)
    _depth: int = 1
    _fresh: int = 0

    def line(self, text: str) -> None:
        """Emit a line at the current depth."""
        self.lines.append("\t" * self._depth + text)

    def label(self, name: str) -> None:
        """Emit a label, with a statement for it to stand before."""
        self.lines.append(f"{name}:;")

    @contextmanager
    def block(self, header: str = "") -> Iterator[None]:
        """Emit a header with braces around what follows."""
        self.line(f"{header} {{" if header else "{")
        self._depth += 1
        yield
        self._depth -= 1
        self.line("}")

    @contextmanager
    def captured(self) -> Iterator[list[str]]:
        """Give what is emitted inside as a list of lines, one level deeper, and emit none."""
        outer, self.lines = self.lines, []
        self._depth += 1
        yield self.lines
        self._depth -= 1
        self.lines = outer

    def fresh(self, prefix: str) -> str:
        """A name that nothing else in the function has."""
        self._fresh += 1
        return f"{prefix}{self._fresh}"


@record(frozen=True, slots=True)
class Helper:
    """A C function of ours. One that `allocates` gives its value through its last argument.

    Such a function takes the run first, and returns whether scratch memory is exhausted.
    """

    name: str
    allocates: bool = False


@dataclass(slots=True)
class Declarations:
    """Types, tables and helpers: each emitted once, before whatever uses it."""

    lines: list[str] = field(default_factory=list)
    _known: dict[Hashable, str] = field(default_factory=dict)
    _helpers: dict[Hashable, Helper] = field(default_factory=dict)

    def once(self, prefix: str, key: Hashable, make: Callable[[str], str]) -> str:
        """The name of what `make` declares, given that name; one for each prefix and key."""
        name = self._known.get((prefix, key))
        if name is None:
            # Named before it is made: what it needs is named, and declared, first.
            name = self._known[prefix, key] = f"{prefix}{len(self._known)}"
            self.lines.append(make(name))
        return name

    def table(self, ctype: str, values: tuple[str, ...]) -> str:
        """The name of a constant array."""

        def declare(name: str) -> str:
            body = ", ".join(values) if values else "0"
            return f"static const {ctype} {name}[{max(1, len(values))}] = {{{body}}};"

        return self.once("K", (ctype, values), declare)

    def helper(
        self, prefix: str, key: Hashable, make: Callable[[str], str], allocates: bool = False
    ) -> Helper:
        """The function that `make` defines, given its name."""
        name = self.once(prefix, key, make)
        return self._helpers.setdefault(name, Helper(name, allocates))


SMALL_INTS = (("int8_t", 1 << 7), ("int16_t", 1 << 15), ("int32_t", 1 << 31))


def int_type(values: tuple[int, ...]) -> str:
    """The narrowest C type that holds all these values."""
    for name, limit in SMALL_INTS:
        if all(-limit <= value < limit for value in values):
            return name
    return "int64_t"


def mask(width: int) -> str:
    """A C constant with the lowest bits set."""
    return f"0x{(1 << width) - 1:x}u" + ("ll" if width > 31 else "")
