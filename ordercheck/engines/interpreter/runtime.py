"""What emitted code calls: checked operations, choices, and the running of tasks.

Whatever can go wrong in a model ends in `Runtime.fail` with a *site*, the number of an
entry of the site table, which says where in the model it happened and what the
values there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NoReturn

from ordercheck.engines.interpreter.choices import (
    Choices,
    Failure,
    Raised,
)
from ordercheck.engines.transition import ModelError
from ordercheck.ir.domains import blank
from ordercheck.ir.nodes import Program
from ordercheck.ir.record import dataclass
from ordercheck.ir.render import Names, render
from ordercheck.ir.span import Span
from ordercheck.ir.types import ABSENT, BagType, IntType, ListType, NoneType, Type, Value

LIMIT = 1 << 63
"""Integers this large in size, or larger, are model errors."""

ROUNDS = 10_000
"""A loop that completes this many rounds in one step is a model error."""

Slots = list[Value]


NOTHING = NoneType()


@dataclass(frozen=True, slots=True)
class Site:
    """A place in the model where something can go wrong.

    `text` is an operator, a place's name or a label; `kind` the type of the value at hand.
    """

    span: Span
    text: str = ""
    kind: Type = NOTHING


@dataclass(slots=True)
class TaskEntry:
    """How to run a task: its coroutine's function, its member, its frame."""

    name: str
    run: Callable[[Slots, int], bool | None]
    member: int
    base: int
    blank: tuple[Value, ...]


class Runtime:
    """The operations that emitted code calls by name; one for each machine."""

    def __init__(self, program: Program) -> None:
        """Begin with no sites and no tasks: whoever emits the code fills them in."""
        self.names = Names.of(program)
        self.sites: list[Site] = []
        self.tasks: list[TaskEntry] = []
        self.running: list[int] = []
        self.choices = Choices()

    def fail(self, kind: str, message: str, site: int) -> NoReturn:
        """End the attempt in a model error."""
        raise Failure(ModelError(kind, message, self.sites[site].span))

    def text(self, value: Value, site: int) -> str:
        """A value of the site's kind, as Python would write it."""
        return render(self.sites[site].kind, value, self.names)

    # --- numbers ------------------------------------------------------------------

    def exact(self, value: int, site: int) -> int:
        """The value, unless it overflows."""
        if -LIMIT < value < LIMIT:
            return value
        self._overflow(site)

    def _overflow(self, site: int) -> NoReturn:
        op = self.sites[site].text
        self.fail("overflow", f"integer overflow: the result of {op} exceeds 63 bits", site)

    def floordiv(self, left: int, right: int, site: int) -> int:
        """left // right."""
        if right == 0:
            self.fail("division", f"division by zero: {left} // 0", site)
        return self.exact(left // right, site)

    def modulo(self, left: int, right: int, site: int) -> int:
        """left % right."""
        if right == 0:
            self.fail("division", f"division by zero: {left} % 0", site)
        return left % right

    def power(self, left: int, right: int, site: int) -> int:
        """left ** right."""
        if right < 0:
            self.fail("value", f"a negative exponent: {left} ** {right}", site)
        if abs(left) > 1 and right > 63:
            self._overflow(site)
        return self.exact(int(left**right), site)

    def shift_left(self, left: int, right: int, site: int) -> int:
        """left << right."""
        if right < 0:
            self.fail("value", f"a negative shift: {left} << {right}", site)
        if left and right > 63:
            self._overflow(site)
        return self.exact(left << min(right, 64), site)

    def shift_right(self, left: int, right: int, site: int) -> int:
        """left >> right."""
        if right < 0:
            self.fail("value", f"a negative shift: {left} >> {right}", site)
        return left >> right

    # --- lists --------------------------------------------------------------------

    def _no_index(self, k: int, length: int, site: int, what: str, part: str) -> NoReturn:
        has = f"has {length} {part}{'' if length == 1 else 's'}" if length else "is empty"
        self.fail("index", f"index {k} is out of range: the {what} {has}", site)

    def offset(self, k: int, length: int, site: int) -> int:
        """The place of item k in an array of so many items."""
        if 0 <= k < length:
            return k
        if -length <= k < 0:
            return k + length
        self._no_index(k, length, site, "array", "item")

    def item(self, xs: Sequence[Value], k: int, site: int) -> Value:
        """xs[k]."""
        try:
            return xs[k]
        except IndexError:
            self._no_index(k, len(xs), site, "list", "item")

    def character(self, xs: str, k: int, site: int) -> str:
        """xs[k], of a text."""
        try:
            return xs[k]
        except IndexError:
            self._no_index(k, len(xs), site, "text", "character")

    def slice_(self, xs: Value, start: Value, stop: Value, step: Value, site: int) -> Value:
        """xs[start:stop:step]."""
        if step == 0:
            self.fail("value", "a slice's step is 0", site)
        return xs[start:stop:step]

    def insert(self, xs: tuple[Value, ...], k: int, x: Value) -> tuple[Value, ...]:
        """xs with x before item k; like Python, never out of range."""
        items = list(xs)
        items.insert(k, x)
        return tuple(items)

    def remove_at(self, xs: tuple[Value, ...], k: int, site: int) -> tuple[Value, ...]:
        """xs without item k."""
        length = len(xs)
        if not -length <= k < length:
            self._no_index(k, length, site, "list", "item")
        k %= length
        return xs[:k] + xs[k + 1 :]

    def replace(self, xs: tuple[Value, ...], k: int, x: Value, site: int) -> tuple[Value, ...]:
        """xs with x for item k."""
        length = len(xs)
        if not -length <= k < length:
            self._no_index(k, length, site, "list", "item")
        k %= length
        return (*xs[:k], x, *xs[k + 1 :])

    def find(self, xs: tuple[Value, ...], x: Value, site: int) -> int:
        """The first index of x."""
        if x not in xs:
            self.fail("value", f"{self.text(x, site)} is not in the list", site)
        return xs.index(x)

    def remove(self, xs: tuple[Value, ...], x: Value, site: int) -> tuple[Value, ...]:
        """xs without the first x."""
        k = self.find(xs, x, site)
        return xs[:k] + xs[k + 1 :]

    def checked_range(self, start: int, stop: int, step: int, site: int) -> range:
        """range(start, stop, step)."""
        if step == 0:
            self.fail("value", "a range's step is 0", site)
        return range(start, stop, step)

    def count_check(self, k: int, site: int) -> int:
        """k, which says how many to take."""
        if k < 0:
            self.fail("value", f"cannot take {k} items", site)
        return k

    def extreme(
        self,
        pick: Callable[..., Value],
        xs: Iterable[Value],
        site: int,
        key: Callable[[Value], Value] | None = None,
    ) -> Value:
        """The least or the greatest; `pick` is min or max."""
        items = tuple(xs)
        if not items:
            self.fail("value", f"{pick.__name__} of nothing: the list is empty", site)
        return pick(items, key=key)

    # --- sets, bags, maps: `keys` gives each key's place --------------------------------

    def remove_item(self, xs: frozenset[Value], x: Value, site: int) -> frozenset[Value]:
        """xs without x."""
        if x not in xs:
            self.fail("key", f"{self.text(x, site)} is not in the set", site)
        return xs - {x}

    def bag_add(
        self, bag: tuple[int, ...], x: Value, keys: dict[Value, int], room: int, site: int
    ) -> tuple[int, ...]:
        """The bag with one more x."""
        if x not in keys:
            self.fail("key", f"{self.text(x, site)} is not in the bag's domain", site)
        if sum(bag) >= room:
            self.fail("capacity", f"the bag is full: it holds {room} of {room}", site)
        k = keys[x]
        return (*bag[:k], bag[k] + 1, *bag[k + 1 :])

    def bag_remove(
        self, bag: tuple[int, ...], x: Value, keys: dict[Value, int], site: int
    ) -> tuple[int, ...]:
        """The bag with one x less."""
        k = keys.get(x, -1)
        if k < 0 or not bag[k]:
            self.fail("key", f"{self.text(x, site)} is not in the bag", site)
        return (*bag[:k], bag[k] - 1, *bag[k + 1 :])

    def get(self, m: tuple[Value, ...], key: Value, keys: dict[Value, int], site: int) -> Value:
        """m[key]."""
        k = keys.get(key, -1)
        if k < 0 or m[k] is ABSENT:
            self.fail("key", f"the map has no key {self.text(key, site)}", site)
        return m[k]

    def get_or(
        self, m: tuple[Value, ...], key: Value, other: Value, keys: dict[Value, int]
    ) -> Value:
        """m.get(key, other)."""
        k = keys.get(key, -1)
        return other if k < 0 or m[k] is ABSENT else m[k]

    def put(
        self, m: tuple[Value, ...], key: Value, x: Value, keys: dict[Value, int], site: int
    ) -> tuple[Value, ...]:
        """m with m[key] = x."""
        k = keys.get(key, -1)
        if k < 0:
            self.fail("key", f"{self.text(key, site)} is not in the map's domain", site)
        return (*m[:k], x, *m[k + 1 :])

    def delete(
        self, m: tuple[Value, ...], key: Value, keys: dict[Value, int], site: int
    ) -> tuple[Value, ...]:
        """m without key."""
        k = keys.get(key, -1)
        if k < 0 or m[k] is ABSENT:
            self.fail("key", f"the map has no key {self.text(key, site)}", site)
        return (*m[:k], ABSENT, *m[k + 1 :])

    def rekey(
        self, m: tuple[Value, ...], old: tuple[Value, ...], keys: dict[Value, int], site: int
    ) -> tuple[Value, ...]:
        """The map as one over other keys; `old` are its keys, in order."""
        entries = [ABSENT] * len(keys)
        for key, value in zip(old, m, strict=True):
            if value is not ABSENT:
                if key not in keys:
                    self.fail("key", f"{self.text(key, site)} is not in the map's domain", site)
                entries[keys[key]] = value
        return tuple(entries)

    # --- statements ---------------------------------------------------------------

    def miscast(self, value: Value, site: int) -> NoReturn:
        """Refuse to take a value for one of a type that it does not have."""
        self.fail("type", f"{self.text(value, site)} {self.sites[site].text}", site)

    def misfit(self, value: Value, declared: Type, site: int) -> NoReturn:
        """Refuse to store a value that the place's type does not have."""
        name = self.sites[site].text or "the place"
        match declared:
            case IntType(lo=lo, hi=hi) if type(value) is int:
                low, high = ("" if end is None else end for end in (lo, hi))
                message = f"{name} would be {value}: its range is {low}..{high}"
                self.fail("range", message, site)
            case ListType(capacity=int(room)) if len(value) == room + 1:
                self.fail("capacity", f"{name} is full: it holds {room} of {room}", site)
            case ListType(capacity=int(room)) if len(value) > room:
                message = f"{name} would hold {len(value)} items: its capacity is {room}"
                self.fail("capacity", message, site)
            case BagType(capacity=room) if sum(value) > room:
                message = f"{name} would hold {sum(value)} items: its capacity is {room}"
                self.fail("capacity", message, site)
            case _:
                kind = "range" if type(value) in (int, tuple, frozenset) else "type"
                message = (
                    f"{name} would be {self.text(value, site)}, which it is not declared to hold"
                )
                self.fail(kind, message, site)

    def refuted(self, message: Value, site: int) -> NoReturn:
        """An assert failed."""
        told = "" if message is None else f": {self.text(message, site)}"
        if type(message) is str:
            told = f": {message}"
        self.fail("assert", f"the assertion fails{told}", site)

    def failed(self, kind: str, site: int) -> NoReturn:
        """Fail with the site's message."""
        self.fail(kind, self.sites[site].text, site)

    def endless(self, site: int) -> NoReturn:
        """A loop went on for too long."""
        self.fail("rounds", f"the loop made {ROUNDS:,} rounds in one step", site)

    # --- tasks --------------------------------------------------------------------

    def resume(self, v: Slots, task: int, site: int) -> bool | None:
        """Run a task to its next suspension; False if that is not enabled."""
        entry = self.tasks[task]
        if task in self.running:
            self.fail("task", f"{entry.name} cannot be resumed: it is running", site)
        if v[entry.base] == 1:
            self.fail("task", f"{entry.name} cannot be resumed: it has finished", site)
        self.running.append(task)
        try:
            enabled = entry.run(v, entry.member)
        except Raised as raised:
            raise self.escaped(raised) from None
        self.running.pop()
        return enabled

    def restart(self, v: Slots, task: int, site: int) -> None:
        """Put a task back before its first statement."""
        entry = self.tasks[task]
        if task in self.running:
            self.fail("task", f"{entry.name} cannot be restarted: it is running", site)
        v[entry.base : entry.base + len(entry.blank)] = entry.blank

    def escaped(self, raised: Raised) -> Failure:
        """The model error of an exception that nothing caught."""
        name = raised.value[0]
        text = self.text(raised.value, raised.site)
        told = f"{text} is raised and never caught" if name in text else f"{name} is never caught"
        return Failure(ModelError("exception", told, self.sites[raised.site].span))


def start_frame(fields: tuple[tuple[str, Type], ...]) -> tuple[Value, ...]:
    """A frame before the first statement."""
    return (0, *(blank(kind) for _, kind in fields))


OPERATIONS = tuple(
    name
    for name in vars(Runtime)
    if not name.startswith("_") and name not in ("text", "fail", "escaped")
)
"""Names of the Runtime's methods that emitted code may call."""


def subsets(members: list[Value]) -> tuple[frozenset[Value], ...]:
    """All subsets of members in declared order, in the order of the domain of sets."""
    found = [frozenset[Value]()]
    for member in members:
        found += [subset | {member} for subset in found]
    return tuple(found)
