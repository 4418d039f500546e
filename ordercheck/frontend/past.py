"""What a step invariant sees through the state before: it is of that state, too.

While a property is lowered, the types of references say of which state they are, so that
this goes wherever a value goes: through locals, lists, calls and comprehensions. Types of
a finished program do not say it; its loads do.
"""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar

from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import Expr
from ordercheck.ir.record import dataclass
from ordercheck.ir.types import (
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
    options_of,
)
from ordercheck.language.model import Component
from ordercheck.language.places import Place, Pool

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Past:
    """A component or a place of the model, as it was before the step."""

    held: Component | Place

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Past) and other.held is self.held

    def __hash__(self) -> int:
        return id(self.held)


class Mixed(Exception):
    """References to the state before and to the one after have met; the argument is the span."""


MIXED = "this may be of the state before, or of the one after"
MIXED_LABEL = "what is read through it depends on which one it is"
MIXED_HELP = "read what you compare from each of the two: before.x == self.x"


def before(kind: Type) -> Type:
    """The type of the same values, whose references are to the state before."""
    match kind:
        case RefType() | PlaceType() | TaskType():
            return dataclasses.replace(kind, old=True)
        case TupleType(items=items):
            return TupleType(tuple(map(before, items)))
        case ListType(item=item, capacity=capacity):
            return ListType(before(item), capacity)
        case SetType(domain=domain):
            return SetType(before(domain))
        case MapType(key=key, value=value):
            return MapType(before(key), before(value))
        case StructType(name=name, fields=fields, exception=exception):
            return StructType(name, tuple((n, before(k)) for n, k in fields), exception)
        case UnionType(options=options):
            return UnionType(tuple(map(before, options)))
        case _:
            return kind


def seen_before(expr: Expr) -> Expr:
    """The same expression, whose references are to the state before."""
    kind = before(expr.type)
    return expr if kind == expr.type else dataclasses.replace(expr, type=kind)


def of_both_states(kind: Type) -> bool:
    """Whether a reference of this type may be to the state before and to the one after."""
    marks: set[tuple[type, bool]] = set()
    for option in options_of(kind):
        if isinstance(option, RefType | PlaceType | TaskType):
            marks.add((type(option), option.old))
    return len({name for name, _ in marks}) < len(marks)


class Unseen(Exception):
    """What leads to the state in a way that cannot be followed; the argument is that object."""


def past_of(value: object) -> object:
    """What set-up has made, as it was before the step; raises Unseen."""
    if not _leads_to_state(value, set()):
        return value
    match value:
        case Component() | Place() if not isinstance(value, Pool):
            return Past(value)
        case list() | tuple() | set() | frozenset() if type(value) in (list, tuple, set, frozenset):
            return type(value)(map(past_of, value))
        case dict() if type(value) is dict:
            return {past_of(key): past_of(part) for key, part in value.items()}
    raise Unseen(value)


def _leads_to_state(value: object, seen: set[int]) -> bool:
    if id(value) in seen or isinstance(value, type):
        return False
    seen.add(id(value))
    if isinstance(value, Component | Place):
        return True
    if isinstance(value, dict):
        return any(_leads_to_state(part, seen) for pair in value.items() for part in pair)
    if isinstance(value, list | tuple | set | frozenset):
        return any(_leads_to_state(part, seen) for part in value)
    return _leads_to_state(getattr(value, "__dict__", None), seen)


def forgotten(function: ir.Function) -> ir.Function:
    """The function with types as a program has them; raises Mixed."""
    return _forget(function, {}, function.span)


def _forget(node: T, known: dict[int, Any], span: Any) -> T:
    """The node without marks in types; `known` is what has been done, by identity."""
    if isinstance(node, tuple):
        parts = tuple(_forget(part, known, span) for part in node)
        same = all(a is b for a, b in zip(parts, node, strict=True))
        return node if same else parts  # type: ignore[return-value]
    if not dataclasses.is_dataclass(node) or isinstance(node, type):
        return node
    if id(node) in known:
        return known[id(node)][1]  # type: ignore[no-any-return]
    if isinstance(node, UnionType) and of_both_states(node):
        raise Mixed(span)
    span = getattr(node, "span", span)
    changed = {}
    for field in dataclasses.fields(node):
        part = getattr(node, field.name)
        marks = field.name == "old" and isinstance(node, RefType | PlaceType | TaskType)
        plain = False if marks else _forget(part, known, span)
        if plain is not part:
            changed[field.name] = plain
    result = dataclasses.replace(node, **changed) if changed else node
    known[id(node)] = (node, result)  # the node, too: so its identity stays its own
    return result
