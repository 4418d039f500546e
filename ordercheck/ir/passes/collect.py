"""Free the pool entries that nothing live refers to any more, at the end of each step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import assert_never

from ordercheck.ir.nodes import (
    Apply,
    Assign,
    Body,
    Cast,
    Comprehend,
    Conditional,
    Const,
    Each,
    Expr,
    Field,
    If,
    IsA,
    Load,
    Local,
    Logic,
    Op,
    Pool,
    Program,
    Stmt,
    Store,
    While,
)
from ordercheck.ir.passes.begin import FINISHED, point_slot
from ordercheck.ir.record import dataclass
from ordercheck.ir.types import (
    BagType,
    BoolType,
    EnumType,
    IntType,
    ListType,
    MapType,
    NeverType,
    NoneType,
    PlaceType,
    RefType,
    SetType,
    StructType,
    TaskType,
    TextType,
    TupleType,
    Type,
    UnionType,
)

BOOL = BoolType()


def collect(program: Program) -> Program:
    """The program with `clean` freeing unreachable pool entries; without pools, unchanged.

    Before: frames have their slots. After: at the end of every step an entry in use has a
    task that has not finished, or it (or its task) is mentioned by a slot outside the
    pools, or by an entry in use of which this is true; the slots of every other entry
    hold their initial values.
    """
    if not program.pools:
        return program
    return replace(program, clean=program.clean + _Collector(program).body())


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry: its component, where it says that it is in use, its own slots, its task."""

    component: int
    used: int
    slots: tuple[int, ...]
    task: int | None

    @property
    def live(self) -> Local:
        """Whether something live mentions the entry."""
        return Local(f"live.{self.component}", BOOL)


class _Collector:
    """Builds the statements of one program's collection."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.entries = tuple(entry for pool in program.pools for entry in _entries(pool))
        self.names = 0

    def body(self) -> Body:
        """Mark from the roots, follow entries to entries, free the rest."""
        owned = {slot for entry in self.entries for slot in (entry.used, *entry.slots)}
        roots = [slot for slot in range(len(self.program.slots)) if slot not in owned]
        marks = tuple(self._mark(entry, roots) for entry in self.entries)
        return (*marks, *self._spread(), *map(self._free, self.entries))

    def _mark(self, entry: _Entry, roots: list[int]) -> Stmt:
        found = [test for slot in roots if (test := self._slot_mentions(slot, entry)) is not None]
        if entry.task is not None:
            slot = point_slot(self.program, entry.task)
            kind = self.program.slots[slot]
            done = Const(FINISHED, kind)
            point = Load(Const(slot, IntType(slot, slot)), kind)
            found.insert(0, Apply(Op.NE, (point, done), BOOL))
        return Assign(entry.live, _all_of("and", (_in_use(entry), _all_of("or", tuple(found)))))

    def _slot_mentions(self, slot: int, entry: _Entry) -> Expr | None:
        kind = self.program.slots[slot]
        load = Load(Const(slot, IntType(slot, slot)), kind)
        return self.mentions(load, kind, entry)

    def _spread(self) -> Iterator[Stmt]:
        links: list[tuple[_Entry, Expr]] = []
        for target in self.entries:
            tests = [
                Logic("and", (source.live, mention), BOOL)
                for source in self.entries
                if source is not target
                for slot in source.slots
                if (mention := self._slot_mentions(slot, target)) is not None
            ]
            if tests:
                links.append((target, _all_of("or", tuple(tests))))
        if not links:
            return
        again = Local("again", BOOL)
        yield Assign(again, Const(True, BOOL))
        rounds: list[Stmt] = [Assign(again, Const(False, BOOL))]
        for target, reached in links:
            fresh = Logic("and", (_in_use(target), _not(target.live), reached), BOOL)
            mark = (Assign(target.live, Const(True, BOOL)), Assign(again, Const(True, BOOL)))
            rounds.append(If(fresh, mark))
        yield While(again, tuple(rounds))

    def _free(self, entry: _Entry) -> Stmt:
        program = self.program
        clear = tuple(
            Store(
                Const(slot, IntType(slot, slot)),
                Const(program.initial[slot], program.slots[slot]),
                program.slots[slot],
                checked=False,
            )
            for slot in (entry.used, *entry.slots)
        )
        return If(Logic("and", (_in_use(entry), _not(entry.live)), BOOL), clear)

    def mentions(self, value: Expr, kind: Type, entry: _Entry) -> Expr | None:
        """Whether a value refers to an entry; None where its type says that it cannot."""
        match kind:
            case RefType(components=components):
                if entry.component not in components:
                    return None
                return Apply(Op.EQ, (value, Const(entry.component, kind)), BOOL)
            case UnionType(options=options):
                return self._option_mentions(value, options, entry)
            case TupleType(items=items):
                return self._part_mentions(value, items, entry)
            case StructType(fields=fields):
                return self._part_mentions(value, tuple(k for _, k in fields), entry)
            case ListType(item=item):
                return self._item_mentions(value, item, entry)
            case SetType(domain=inner) | BagType(domain=inner):
                listed = Apply(Op.ITEMS, (value,), ListType(inner))
                return self._item_mentions(listed, inner, entry)
            case MapType(key=key, value=item):
                keys = Apply(Op.KEYS, (value,), ListType(key))
                values = Apply(Op.VALUES, (value,), ListType(item))
                tests = (
                    self._item_mentions(keys, key, entry),
                    self._item_mentions(values, item, entry),
                )
                return _any_of(tests)
            case BoolType() | IntType() | TextType() | EnumType() | NoneType() | NeverType():
                return None
            case PlaceType(slots=slots):
                own = [slot for slot in entry.slots if slot in slots]
                return _any_of(tuple(Apply(Op.EQ, (value, Const(s, kind)), BOOL) for s in own))
            case TaskType():
                if entry.task is None:
                    return None
                return Apply(Op.EQ, (value, Const(entry.task, kind)), BOOL)
            case _:
                assert_never(kind)

    def _option_mentions(
        self, value: Expr, options: tuple[Type, ...], entry: _Entry
    ) -> Expr | None:
        tests: list[Expr | None] = []
        for option in options:
            inner = self.mentions(Cast(value, option), option, entry)
            if inner is not None:
                test = IsA(value, option, BOOL)
                tests.append(Conditional(test, inner, Const(False, BOOL), BOOL))
        return _any_of(tuple(tests))

    def _part_mentions(self, value: Expr, kinds: tuple[Type, ...], entry: _Entry) -> Expr | None:
        tests = [self.mentions(Field(value, k, kind), kind, entry) for k, kind in enumerate(kinds)]
        return _any_of(tuple(tests))

    def _item_mentions(self, items: Expr, kind: Type, entry: _Entry) -> Expr | None:
        self.names += 1
        each = Local(f"item.{self.names}", kind)
        inner = self.mentions(each, kind, entry)
        if inner is None:
            return None
        return Apply(Op.ANY, (Comprehend(inner, (Each(each, items),), ListType(BOOL)),), BOOL)


def _entries(pool: Pool) -> Iterator[_Entry]:
    for k, (component, slots) in enumerate(zip(pool.entries, pool.slots, strict=True)):
        task = pool.tasks[k] if pool.tasks else None
        yield _Entry(component, pool.used + k, slots, task)


def _in_use(entry: _Entry) -> Expr:
    return Load(Const(entry.used, IntType(entry.used, entry.used)), BOOL)


def _not(test: Expr) -> Expr:
    return Apply(Op.NOT, (test,), BOOL)


def _all_of(op: str, tests: tuple[Expr, ...]) -> Expr:
    if not tests:
        return Const(op == "and", BOOL)
    return tests[0] if len(tests) == 1 else Logic(op, tests, BOOL)


def _any_of(tests: tuple[Expr | None, ...]) -> Expr | None:
    kept = tuple(test for test in tests if test is not None)
    return _all_of("or", kept) if kept else None
