"""Every operation, on places that hold many values: generated code gives what the interpreter does.

Operands are loaded from the state, so that no compiler sees them beforehand.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from functools import cache

import pytest

from ordercheck.engines.interpreter import Machine
from ordercheck.engines.interpreter.machine import RawTransition
from ordercheck.engines.native.generate import generate
from ordercheck.ir.bodies import body_expressions
from ordercheck.ir.domains import domain
from ordercheck.ir.nodes import (
    Apply,
    Cast,
    Comprehend,
    Conditional,
    Const,
    Each,
    Expr,
    Field,
    IsA,
    Load,
    LoadArray,
    Local,
    Logic,
    Lookup,
    Op,
    Place,
    Program,
    SortedBy,
    Step,
    StepKind,
    Store,
)
from ordercheck.ir.types import (
    ABSENT,
    ArrayShape,
    BagType,
    EnumType,
    IntType,
    ListType,
    MapType,
    NoneType,
    PlaceType,
    RefType,
    SetType,
    StructType,
    TextType,
    TupleType,
    Type,
    UnionType,
    Value,
)
from tests.engines.native.agreement import without_words
from tests.engines.native.driver import CAREFUL, QUICK, SANITIZED, build
from tests.ir.build import BOOL, INT, at, number, program

SMALL = IntType(-2, 5)
WIDE = IntType(0, 99)
COLOUR = EnumType("Colour", ("RED", "GREEN", "BLUE"))
WORD = TextType(("b", "a", "ab", "", "bab"))
NONE = NoneType()
LIST = ListType(SMALL, 4)
LONG = ListType(INT, 80)
FULL = ListType(IntType(0, 14), 15)
PAIR = TupleType((SMALL, COLOUR))
POINT = StructType("Point", (("x", SMALL), ("y", UnionType((NONE, COLOUR)))))
MARK = StructType("Mark", ())
SHAPE = UnionType((NONE, POINT, MARK, LIST, WORD))
MAYBE = UnionType((NONE, SMALL))
SET = SetType(SMALL)
BIG = SetType(WIDE)
PAIRS = SetType(TupleType((COLOUR, BOOL)))
SHAPES = SetType(UnionType((MARK, POINT)))
SETS = SetType(SetType(COLOUR))
MAP = MapType(COLOUR, MAYBE)
BIGMAP = MapType(WIDE, SMALL)
BAG = BagType(COLOUR, 3)
REF = RefType((1, 0))

RNG = random.Random(20)


def some(kind: Type) -> Value:
    """A value of a type, drawn anew each time."""
    match kind:
        case IntType(lo=None):
            return RNG.choice(
                (RNG.randint(-9, 9), RNG.randint(0, 70), RNG.randint(-(2**62), 2**62))
            )
        case ListType(item=item, capacity=int(room)):
            length = RNG.choice((room, RNG.randint(0, room))) if room < 20 else RNG.randint(0, 6)
            return tuple(some(item) for _ in range(length))
        case SetType(domain=inner):
            members = listed(inner)
            return frozenset(RNG.sample(members, RNG.randint(0, min(6, len(members)))))
        case MapType(key=key, value=value):
            return tuple(ABSENT if RNG.random() < 0.6 else some(value) for _ in listed(key))
        case BagType(domain=inner, capacity=room):
            counts = [0] * len(listed(inner))
            for _ in range(RNG.randint(0, room)):
                counts[RNG.randrange(len(counts))] += 1
            return tuple(counts)
        case UnionType(options=options):
            return some(RNG.choice(options))
        case TupleType(items=items):
            return tuple(map(some, items))
        case StructType(name=name, fields=fields):
            return (name, *(some(item) for _, item in fields))
        case _:
            return RNG.choice(listed(kind))


@cache
def listed(kind: Type) -> tuple[Value, ...]:
    """All values of a type."""
    return tuple(domain(kind))


@dataclass
class Builder:
    """Collects places to load operands from, and steps that store results."""

    slots: list[Type] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    results: dict[Type, int] = field(default_factory=dict)

    def load(self, kind: Type) -> Expr:
        """A place of its own for an operand."""
        self.slots.append(kind)
        return self._load(len(self.slots) - 1, kind)

    def _load(self, slot: int, kind: Type) -> Load:
        return Load(Const(slot, PlaceType(kind, (slot,))), kind)

    def result(self, expr: Expr, kind: Type, checked: bool = True) -> None:
        """A step that stores a value where values of a type go."""
        slot = self.results.get(kind)
        if slot is None:
            slot = self.results[kind] = len(self.slots)
            self.slots.append(kind)
        address = Const(slot, PlaceType(kind, (slot,)))
        body = (Store(address, expr, kind, "result", checked, at(3)),)
        self.steps.append(Step("do", StepKind.ACTION, (), ((),), ("a",), body, at(2)))

    def op(self, operation: Op, kind: Type, *operands: Type | Expr) -> None:
        """A step that applies an operation to places of these types."""
        exprs = tuple(
            each if isinstance(each, Const | Load | Comprehend | LoadArray) else self.load(each)  # type: ignore[arg-type]
            for each in operands
        )
        self.result(Apply(operation, exprs, kind, at(4)), kind)


def numbers(b: Builder) -> None:
    for operation in (Op.ADD, Op.SUB, Op.MUL, Op.FLOORDIV, Op.MOD, Op.POW):
        b.op(operation, INT, INT, INT)
        b.op(operation, INT, SMALL, SMALL)
    for operation in (Op.BIT_AND, Op.BIT_OR, Op.BIT_XOR, Op.SHIFT_LEFT, Op.SHIFT_RIGHT):
        b.op(operation, INT, INT, INT)
    b.op(Op.FLOORDIV, INT, WIDE, IntType(1, 9))
    b.op(Op.MOD, INT, WIDE, IntType(1, 9))
    for operation in (Op.NEG, Op.ABS, Op.INVERT):
        b.op(operation, INT, INT)
    b.op(Op.TO_INT, INT, BOOL)
    b.op(Op.NOT, BOOL, BOOL)


def comparisons(b: Builder) -> None:
    pairs = (
        (INT, SMALL),
        (BOOL, SMALL),
        (WORD, TextType(("ab", "z", "a"))),
        (COLOUR, COLOUR),
        (LIST, ListType(INT, 3)),
        (LIST, TupleType((SMALL, SMALL))),
        (PAIR, PAIR),
        (MAYBE, SMALL),
        (MAYBE, MAYBE),
        (SHAPE, MAYBE),
        (SHAPE, SHAPE),
        (SHAPE, POINT),
        (POINT, POINT),
        (SET, BIG),
        (MAP, MAP),
        (BIGMAP, BIGMAP),
        (BAG, BAG),
        (REF, REF),
    )
    for left, right in pairs:
        b.op(Op.EQ, BOOL, left, right)
        b.op(Op.NE, BOOL, left, right)
    for operation in (Op.LT, Op.LE, Op.GT, Op.GE):
        for left, right in (*pairs[:5], pairs[6]):
            b.op(operation, BOOL, left, right)


def making(b: Builder) -> None:
    b.op(Op.TUPLE, PAIR, SMALL, COLOUR)
    b.op(Op.STRUCT, POINT, SMALL, COLOUR)
    b.op(Op.STRUCT, MARK)
    b.op(Op.LIST, LIST, SMALL, SMALL)
    b.op(Op.LIST, ListType(MAYBE, 3), SMALL, NONE)
    b.op(Op.SET, SET, SMALL, SMALL)
    b.op(Op.MAP, MAP, COLOUR, SMALL, COLOUR, NONE)
    b.op(Op.MAP, MapType(IntType(0, 3), SMALL), SMALL, SMALL)


def lists(b: Builder) -> None:
    b.op(Op.LENGTH, INT, LIST)
    b.op(Op.LENGTH, INT, WORD)
    b.op(Op.INDEX, SMALL, LIST, SMALL)
    b.op(Op.INDEX, SMALL, TupleType((SMALL, SMALL, SMALL)), SMALL)
    b.op(Op.TEXT_INDEX, WORD, WORD, SMALL)
    for ends in ((MAYBE, MAYBE, MAYBE), (SMALL, SMALL, SMALL), (NONE, SMALL, NONE)):
        if MAYBE not in ends:
            b.op(Op.SLICE, LIST, LIST, *ends)
    b.op(Op.CONCAT, ListType(SMALL, 8), LIST, LIST)
    b.op(Op.CONCAT, ListType(MAYBE, 8), LIST, ListType(MAYBE, 4))
    b.op(Op.REPEAT, LONG, LIST, SMALL)
    b.op(Op.APPEND, ListType(SMALL, 5), LIST, SMALL)
    longer = Apply(Op.APPEND, (b.load(LIST), b.load(SMALL)), ListType(SMALL, 5))
    b.result(longer, LIST)
    b.op(Op.APPEND, ListType(SHAPE, 4), ListType(SHAPE, 3), POINT)
    b.op(Op.INSERT, ListType(SMALL, 5), LIST, SMALL, SMALL)
    for operation in (Op.REMOVE_AT, Op.REMOVE):
        b.op(operation, LIST, LIST, SMALL)
    b.op(Op.REPLACE, LIST, LIST, SMALL, SMALL)
    b.op(Op.REMOVE, ListType(SHAPE, 3), ListType(SHAPE, 3), SHAPE)
    b.op(Op.FIND, INT, LIST, INT)
    b.op(Op.COUNT, INT, LIST, MAYBE)
    b.op(Op.CONTAINS, BOOL, LIST, MAYBE)
    b.op(Op.CONTAINS, BOOL, WORD, WORD)
    b.op(Op.CONTAINS, BOOL, TupleType((SMALL, SMALL)), SMALL)
    b.op(Op.CONTAINS, BOOL, ListType(SHAPE, 3), SHAPE)
    b.op(Op.RANGE, ListType(INT, 9), SMALL, SMALL, SMALL)
    b.op(Op.REVERSED, LIST, LIST)
    b.op(Op.SORTED, LIST, LIST)
    b.op(Op.SORTED, ListType(PAIR, 3), ListType(PAIR, 3))
    b.op(Op.SORTED, ListType(WORD, 4), ListType(WORD, 4))
    b.op(Op.ENUMERATE, ListType(TupleType((INT, SMALL)), 4), LIST, SMALL)
    b.op(Op.ZIP, ListType(TupleType((SMALL, COLOUR)), 4), LIST, ListType(COLOUR, 4))
    b.op(Op.PRODUCT, ListType(TupleType((SMALL, BOOL)), 16), LIST, ListType(BOOL, 2))
    rows = ListType(ListType(SMALL, 4), 24)
    b.op(Op.COMBINATIONS, rows, LIST, SMALL)
    b.op(Op.PERMUTATIONS, rows, LIST, SMALL)
    b.op(Op.SUM, INT, ListType(INT, 4), INT)
    b.op(Op.SUM, INT, LIST, SMALL)
    for operation in (Op.MIN, Op.MAX):
        b.op(operation, SMALL, LIST)
        b.op(operation, PAIR, ListType(PAIR, 3))
    for operation in (Op.ANY, Op.ALL):
        b.op(operation, BOOL, ListType(BOOL, 3))
    for pick in ("sorted", "min", "max"):
        for descending in (False, True):
            variable = Local("p", PAIR)
            by = SortedBy(
                b.load(ListType(PAIR, 4)),
                variable,
                Field(variable, 1, COLOUR),
                pick,
                descending,
                ListType(PAIR, 4) if pick == "sorted" else PAIR,
                at(6),
            )
            b.result(by, by.type)


def queues(b: Builder) -> None:
    """Lists that are changed in their place; one takes all bits of a word."""
    for kind in (LIST, FULL):
        item = kind.item
        longer = ListType(item, 40)
        index = IntType(-20, 20)
        for operation, operands, result in (
            (Op.APPEND, (item,), longer),
            (Op.INSERT, (index, item), longer),
            (Op.REMOVE_AT, (index,), kind),
            (Op.REMOVE, (item,), kind),
            (Op.REPLACE, (index, item), kind),
            (Op.CONCAT, (kind,), longer),
        ):
            exprs = tuple(map(b.load, (kind, *operands)))
            b.result(Apply(operation, exprs, result, at(4)), kind)
        b.op(Op.LENGTH, INT, kind)
        b.op(Op.INDEX, item, kind, index)
        b.op(Op.CONTAINS, BOOL, kind, item)
        b.op(Op.FIND, INT, kind, item)


def sets(b: Builder) -> None:
    kinds = (SET, BIG, PAIRS, SHAPES, SETS)
    members: tuple[Type, ...] = (
        SMALL,
        WIDE,
        TupleType((COLOUR, BOOL)),
        UnionType((POINT, MARK)),
        SetType(COLOUR),
    )
    for kind, member in zip(kinds, members, strict=True):
        for operation in (Op.UNION, Op.INTERSECTION, Op.DIFFERENCE, Op.SYMMETRIC):
            b.op(operation, kind, kind, kind)
        for operation in (Op.SUBSET, Op.PROPER_SUBSET, Op.DISJOINT):
            b.op(operation, BOOL, kind, kind)
        for operation in (Op.ADD_ITEM, Op.DISCARD, Op.REMOVE_ITEM):
            b.op(operation, kind, kind, member)
        b.op(Op.CONTAINS, BOOL, kind, member)
        b.op(Op.LENGTH, INT, kind)
        b.op(Op.ITEMS, ListType(member, 9), kind)
        b.op(Op.TO_SET, kind, ListType(member, 4))
    b.op(Op.CONTAINS, BOOL, SHAPES, SHAPE)
    b.op(Op.CONTAINS, BOOL, SET, INT)
    b.op(Op.DISCARD, SET, SET, INT)
    b.op(Op.UNION, SetType(IntType(-2, 99)), SET, BIG)
    b.op(Op.SUBSET, BOOL, SET, BIG)
    b.op(Op.SUBSETS, ListType(PAIRS, 70), PAIRS)


def maps_and_bags(b: Builder) -> None:
    for kind, key, value in ((MAP, COLOUR, MAYBE), (BIGMAP, INT, SMALL)):
        assert isinstance(kind, MapType)
        b.op(Op.GET, value, kind, key)
        b.op(Op.GET_OR, UnionType((NONE, SMALL)), kind, key, SMALL)
        b.op(Op.PUT, kind, kind, key, SMALL)
        b.op(Op.DELETE, kind, kind, key)
        b.op(Op.LENGTH, INT, kind)
        b.op(Op.CONTAINS, BOOL, kind, key)
        b.op(Op.KEYS, ListType(kind.key, 100), kind)
        b.op(Op.VALUES, ListType(kind.value, 100), kind)
        b.op(Op.ITEMS, ListType(TupleType((kind.key, kind.value)), 100), kind)
    narrow = MapType(IntType(2, 60), SMALL)
    b.result(Cast(b.load(BIGMAP), narrow, at(7)), narrow)
    b.op(Op.COUNT, INT, BAG, COLOUR)
    b.op(Op.LENGTH, INT, BAG)
    b.op(Op.CONTAINS, BOOL, BAG, COLOUR)
    b.op(Op.ADD_ITEM, BAG, BAG, COLOUR)
    b.op(Op.REMOVE_ITEM, BAG, BAG, COLOUR)
    b.op(Op.ITEMS, ListType(COLOUR, 3), BAG)


def types(b: Builder) -> None:
    for kind in (
        NONE,
        POINT,
        MARK,
        LIST,
        WORD,
        UnionType((POINT, MARK)),
        StructType("Point", (("x", IntType(0, 2)), ("y", UnionType((NONE, COLOUR))))),
    ):
        b.result(IsA(b.load(SHAPE), kind, BOOL), BOOL)
        b.result(Cast(b.load(SHAPE), kind, at(8)), kind)
    for part_kind in (NONE, SMALL, IntType(0, 3)):
        b.result(IsA(b.load(MAYBE), part_kind, BOOL), BOOL)
        b.result(Cast(b.load(MAYBE), part_kind, at(8)), part_kind)
    narrowed: tuple[tuple[Type, Type], ...] = (
        (SetType(IntType(0, 3)), SET),
        (SET, BIG),
        (ListType(IntType(0, 3), 2), LIST),
        (IntType(0, 3), INT),
        (MAYBE, SHAPE),
        (TextType(("a", "z")), WORD),
        (RefType((1,)), REF),
        (BagType(COLOUR, 1), BAG),
        (MapType(COLOUR, IntType(0, 3)), MAP),
        (SMALL, BOOL),
        (TupleType((IntType(0, 1), COLOUR)), PAIR),
    )
    for declared, known in narrowed:
        b.result(b.load(known), declared)
    b.result(b.load(LIST), SHAPE)
    b.result(b.load(MAYBE), UnionType((NONE, SMALL, WORD)))
    b.result(Field(Cast(b.load(SHAPE), POINT, at(1)), 1, MAYBE_COLOUR), MAYBE_COLOUR)
    either = UnionType((POINT, StructType("Flat", (("y", COLOUR),))))
    part = Field(b.load(either), 0, MAYBE_COLOUR, by_struct=(("Point", 1), ("Flat", 0)))
    b.result(part, MAYBE_COLOUR)
    b.result(Conditional(b.load(BOOL), b.load(SMALL), b.load(NONE), MAYBE), MAYBE)
    b.result(Logic("and", (b.load(BOOL), b.load(BOOL)), BOOL), BOOL)
    table = tuple((value, (3 - k, "Colour.RED")) for k, value in enumerate(COLOUR.values))
    b.result(Lookup(b.load(COLOUR), table, PAIR), PAIR)
    sparse = tuple((value, k) for k, value in enumerate(domain(PAIR)))
    b.result(Lookup(b.load(PAIR), sparse, WIDE), WIDE)
    word = tuple((value, value[:1] or "b") for value in WORD.values)
    b.result(Lookup(b.load(WORD), word, WORD), WORD)


MAYBE_COLOUR = UnionType((NONE, COLOUR))


def arrays(b: Builder) -> None:
    """Arrays whose items fit one word, do not, and are wide; with one index and two."""
    for kind, length, stride in ((SMALL, 5, 1), (WIDE, 20, 2), (BIG, 3, 1), (LIST, 9, 1)):
        first = len(b.slots)
        b.slots += [kind] * (length * stride)
        slots = tuple(range(first, first + length * stride, stride))
        place = PlaceType(kind, slots)
        base = Const(first, PlaceType(kind, (first,)))
        index = b.load(IntType(-30, 30))
        address = Apply(Op.OFFSET, (base, index, number(length), number(stride)), place, at(9))
        b.result(Load(address, kind), kind)
        if kind in (SMALL, LIST):
            every = LoadArray(base, length, stride, ListType(kind, length))
            b.result(every, ListType(kind, length))
            b.op(Op.CONTAINS, BOOL, every, b.load(kind))
            item = Local("i", kind)
            b.op(Op.LENGTH, INT, Comprehend(item, (Each(item, every),), ListType(kind)))
        b.steps.append(
            Step("put", StepKind.ACTION, (), ((),), ("a",), (Store(address, b.load(kind), kind),))
        )
    first = len(b.slots)
    b.slots += [COLOUR] * 12
    rows = PlaceType(ArrayShape(COLOUR, 4), (first, first + 4, first + 8))
    outer = (
        Const(first, PlaceType(ArrayShape(ArrayShape(COLOUR, 4), 3), (first,))),
        b.load(SMALL),
        number(3),
        number(4),
    )
    inner = (Apply(Op.OFFSET, outer, rows), b.load(SMALL), number(4), number(1))
    cell = Apply(Op.OFFSET, inner, PlaceType(COLOUR, tuple(range(first, first + 12))), at(5))
    b.result(Load(cell, COLOUR), COLOUR)
    chosen = Conditional(b.load(BOOL), cell, Const(first, PlaceType(COLOUR, (first,))), cell.type)
    b.result(Load(chosen, COLOUR), COLOUR)


PARTS = (numbers, comparisons, making, lists, queues, sets, maps_and_bags, types, arrays)


@cache
def made() -> list[Program]:
    """A program for each part; initial values are drawn."""
    found = []
    for part in PARTS:
        b = Builder()
        part(b)
        # Places of an array's name keep their slots together, as they are in models.
        places = (Place("all", 0, ArrayShape(b.slots[0], 1)),) if b.slots else ()
        initial = tuple(map(some, b.slots))
        found.append(
            replace(
                program(),
                slots=tuple(b.slots),
                initial=initial,
                places=places,
                steps=tuple(b.steps),
                components=(program().components[0],) * 2,
            )
        )
    return found


def told(made: Program, expected: RawTransition, found: RawTransition) -> str:
    """What differs, and by which step."""
    wanted, given = expected[1], found[1]
    shown = f"{wanted}, not {given}"
    if isinstance(wanted, tuple) and isinstance(given, tuple):
        pairs = enumerate(zip(wanted, given, strict=True))
        shown = ", ".join(f"slot {k}: {a}, not {b}" for k, (a, b) in pairs if a != b)
    return f"{made.steps[expected[0][0]].body}: {shown}"


def test_every_operation_is_among_them() -> None:
    bodies = [step.body for each in made() for step in each.steps]
    found = {e.op for body in bodies for e in body_expressions(body) if isinstance(e, Apply)}
    assert found == set(Op)


def test_operations() -> None:
    check()


@pytest.mark.slow
def test_operations_do_nothing_undefined() -> None:
    check(SANITIZED)


def check(flags: tuple[str, ...] = QUICK) -> None:
    """Compare all steps from random states."""
    natives = build([(generate(each), 0) for each in made()], flags)
    for each, native in zip(made(), natives, strict=True):
        machine = Machine(each)
        for _ in range(12):
            state = tuple(map(some, each.slots))
            layout = native.generated.layout
            assert layout.decode(layout.encode(state)) == state
            wanted = without_words(machine.successors(state))
            for expected, found in zip(wanted, native.successors(state), strict=True):
                assert found == expected, told(each, expected, found)


@pytest.mark.slow
def test_they_compile_without_warnings_when_optimised() -> None:
    build([(generate(each), 0) for each in made()], CAREFUL)
