"""What all generated functions of a program share: names of texts, tags and error kinds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ordercheck.engines.native.generate.source import Declarations
from ordercheck.ir.nodes import Program
from ordercheck.ir.types import (
    ArrayShape,
    BagType,
    ListType,
    MapType,
    PlaceType,
    SetType,
    StructType,
    TextType,
    TupleType,
    Type,
    UnionType,
)

KINDS = (
    "limit",
    "range",
    "capacity",
    "index",
    "key",
    "value",
    "type",
    "division",
    "overflow",
    "assert",
    "rounds",
    "task",
    "exception",
)
"""Kinds of errors that every model may end in. "limit" is no model's error: it says that the
native engine has no room for what the interpreter could go on with."""

FIRST_KIND = 3
"""The status of the first kind; the ones below are OC_DONE, OC_DISABLED and OC_RAISED."""


@dataclass(slots=True)
class Unit:
    """One header on its way. `functions` are the program's by name."""

    program: Program
    texts: tuple[str, ...]
    declarations: Declarations = field(default_factory=Declarations)
    kinds: list[str] = field(default_factory=lambda: list(KINDS))
    _tags: dict[str, int] = field(default_factory=dict)
    _places: dict[str, int] = field(default_factory=dict)

    def status(self, kind: str) -> int:
        """The status of a function that ends in an error of this kind."""
        if kind not in self.kinds:
            self.kinds.append(kind)
        return FIRST_KIND + self.kinds.index(kind)

    def tag(self, family: str) -> int:
        """The number by which a union knows a family of types."""
        return self._tags.setdefault(family, len(self._tags))

    def text(self, value: str) -> int:
        """The place of a text among all the program's, which are in order."""
        if not self._places:
            self._places = {text: place for place, text in enumerate(self.texts)}
        return self._places[value]


class TextsOf:
    """Collects the texts that values of the program may be."""

    def __init__(self) -> None:
        self._seen: set[Type | ArrayShape] = set()
        self._found: set[str] = set()

    def add(self, kinds: Iterable[Type | ArrayShape]) -> None:
        """Take note of types."""
        for kind in kinds:
            if kind not in self._seen:
                self._seen.add(kind)
                self._add(kind)

    def _add(self, kind: Type | ArrayShape) -> None:
        match kind:
            case TextType(values=values):
                self._found.update(values)
            case TupleType(items=items) | UnionType(options=items):
                self.add(items)
            case StructType(fields=fields):
                self.add(item for _, item in fields)
            case MapType(key=key, value=value):
                self.add((key, value))
            case (
                ListType(item=inner)
                | SetType(domain=inner)
                | BagType(domain=inner)
                | PlaceType(kind=inner)
                | ArrayShape(item=inner)
            ):
                self.add((inner,))
            case _:
                pass

    def in_order(self) -> tuple[str, ...]:
        """All of them, so that comparing places compares texts."""
        return tuple(sorted(self._found))
