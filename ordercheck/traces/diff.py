"""What changed between two values of one type: the fewest changes, as deep inside as they go."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ordercheck.ir.domains import contains, domain
from ordercheck.ir.render import in_order
from ordercheck.ir.types import (
    ABSENT,
    ArrayShape,
    BagType,
    ListType,
    MapType,
    SetType,
    StructType,
    TupleType,
    Type,
    UnionType,
    Value,
)
from ordercheck.traces.trace import Change

Write = Callable[[Type, Value], str]
"""Writes a value as Python would."""


def changes(kind: Type, path: str, before: Value, after: Value, write: Write) -> Iterator[Change]:
    """What to tell a reader who knows `before`; nothing where the two are equal.

    A part that was replaced is named by its own path: `nodes[1].log[2]`, `votes['a']`.
    A collection that grew or shrank is one change, which says how.
    """
    if before == after:
        return
    match kind:
        case ListType(item=item) if len(before) == len(after):
            yield from _items(kind, (item,) * len(after), path, before, after, write)
        case ListType(item=item):
            yield _whole(kind, path, before, after, write, _list_how(item, before, after, write))
        case TupleType(items=items):
            yield from _items(kind, items, path, before, after, write)
        case SetType(domain=inner):
            gained = [write(inner, v) for v in in_order(inner, after - before)]
            lost = [write(inner, v) for v in in_order(inner, before - after)]
            yield _whole(kind, path, before, after, write, _gained_lost(gained, lost))
        case MapType(key=key, value=value):
            keys = [write(key, each) for each in domain(key)]
            for name, old, new in zip(keys, before, after, strict=True):
                yield from _entry(value, f"{path}[{name}]", old, new, write)
        case BagType(domain=inner):
            yield _whole(kind, path, before, after, write, _bag_how(inner, before, after, write))
        case StructType(fields=fields):
            yield from _fields(fields, path, before, after, write)
        case UnionType(options=options):
            yield from _option(options, kind, path, before, after, write)
        case _:
            yield _whole(kind, path, before, after, write)


def array_changes(
    shape: ArrayShape, path: str, before: Value, after: Value, write: Write
) -> Iterator[Change]:
    """The same for the slots of an array, one path an item."""
    for k in range(shape.length):
        start, end = k * shape.stride, (k + 1) * shape.stride
        where = f"{path}[{k}]"
        if isinstance(shape.item, ArrayShape):
            yield from array_changes(shape.item, where, before[start:end], after[start:end], write)
        else:
            yield from changes(shape.item, where, before[start], after[start], write)


def _whole(
    kind: Type, path: str, before: Value, after: Value, write: Write, how: str = ""
) -> Change:
    return Change(path, write(kind, before), write(kind, after), how)


def _items(
    kind: Type, items: tuple[Type, ...], path: str, before: Value, after: Value, write: Write
) -> Iterator[Change]:
    changed = [k for k in range(len(items)) if before[k] != after[k]]
    # A queue that moved up changes every place; item by item that would hide what happened.
    if isinstance(kind, ListType) and len(changed) > 1:
        yield _whole(kind, path, before, after, write, _list_how(kind.item, before, after, write))
        return
    for k in changed:
        yield from changes(items[k], f"{path}[{k}]", before[k], after[k], write)


def _fields(
    fields: tuple[tuple[str, Type], ...], path: str, before: Value, after: Value, write: Write
) -> Iterator[Change]:
    for (name, kind), old, new in zip(fields, before[1:], after[1:], strict=True):
        yield from changes(kind, f"{path}.{name}", old, new, write)


def _option(
    options: tuple[Type, ...], kind: Type, path: str, before: Value, after: Value, write: Write
) -> Iterator[Change]:
    for option in options:
        if contains(option, before) and contains(option, after):
            yield from changes(option, path, before, after, write)
            return
    yield _whole(kind, path, before, after, write)


def _entry(kind: Type, path: str, before: Value, after: Value, write: Write) -> Iterator[Change]:
    if before is ABSENT and after is not ABSENT:
        yield Change(path, "", write(kind, after), "new")
    elif after is ABSENT and before is not ABSENT:
        yield Change(path, write(kind, before), "", "gone")
    elif before is not after:
        yield from changes(kind, path, before, after, write)


def _list_how(item: Type, before: Value, after: Value, write: Write) -> str:
    """How a list became another, where one sentence says it; else nothing."""
    old, new = tuple(before), tuple(after)
    if not new and len(old) > 1:
        return "emptied"
    for dropped in range(len(old) + 1):
        kept = old[dropped:]
        if new[: len(kept)] == kept and (kept or not new or not old):
            return _moved([write(item, v) for v in old[:dropped]], new[len(kept) :], item, write)
    for added in range(1, len(new)):
        if new[added:] == old:
            return "put " + ", ".join(write(item, v) for v in new[:added]) + " in front"
    front = _shared(old, new)
    back = _shared(old[front:][::-1], new[front:][::-1])
    if len(old) == front + back and front + back < len(new):
        middle = ", ".join(write(item, v) for v in new[front : len(new) - back])
        return f"inserted {middle} at {front}"
    if len(new) == front + back and front + back < len(old):
        middle = ", ".join(write(item, v) for v in old[front : len(old) - back])
        return f"removed {middle} at {front}"
    return ""


def _moved(left: list[str], came: Value, item: Type, write: Write) -> str:
    parts: list[str] = []
    if left:
        parts.append("took " + ", ".join(left) + " from the front")
    if came:
        parts.append("appended " + ", ".join(write(item, v) for v in came))
    return ", ".join(parts)


def _shared(left: Value, right: Value) -> int:
    count = 0
    for a, b in zip(left, right, strict=False):
        if a != b:
            break
        count += 1
    return count


def _bag_how(inner: Type, before: Value, after: Value, write: Write) -> str:
    gained: list[str] = []
    lost: list[str] = []
    for value, old, new in zip(domain(inner), before, after, strict=True):
        side = gained if new > old else lost
        side += [write(inner, value)] * abs(new - old)
    return _gained_lost(gained, lost)


def _gained_lost(gained: list[str], lost: list[str]) -> str:
    parts = []
    if gained:
        parts.append("gained " + ", ".join(gained))
    if lost:
        parts.append("lost " + ", ".join(lost))
    return ", ".join(parts)
