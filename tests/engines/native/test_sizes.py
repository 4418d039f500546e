"""What takes more than one word: many tasks, many points, many choices, long lists."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from ordercheck.checking import Options, check
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.native.generate import Unsupported, generate
from ordercheck.engines.native.model import shared_explorer
from ordercheck.engines.transition import State
from ordercheck.ir.nodes import Apply, Choose, Const, Load, Op, Program, Stmt, Store
from ordercheck.ir.types import IntType, ListType, PlaceType, SetType
from tests.checking.graphs import Graph, program_of
from tests.engines.native.agreement import compare_walk, without_words
from tests.engines.native.driver import QUICK, Native, Unable, build
from tests.engines.native.same import comparable
from tests.engines.run import endless, tasks, with_action
from tests.ir.build import INT, assign, block, load, local, member, number, plus, store

COUNT = IntType(0, 200)


def native(program: Program, *flags: str) -> Native:
    (found,) = build([(generate(program), len(program.cover))], (*QUICK, *flags))
    return found


def test_more_tasks_than_bits_in_a_word() -> None:
    body = store(0, plus(member(70), number(1)), COUNT)
    made = tasks(block("one", body, step="two"), block("two"), members=70, slots=(COUNT,))
    states = [made.initial]
    code, machine = native(made), Machine(made)
    for _ in range(4):
        wanted = without_words(machine.successors(states[-1]))
        assert code.successors(states[-1]) == wanted
        states.append(next(t for _, t in reversed(wanted) if isinstance(t, tuple)))


def test_more_points_than_bits_in_a_word() -> None:
    blocks = [block(f"b{k}", store(0, number(k), COUNT), step=f"b{k + 1}") for k in range(90)]
    made = tasks(*blocks, block("b90"), slots=(COUNT,))
    assert compare_walk(made, native(made), 200) == 92


def test_more_choices_than_there_is_room_for() -> None:
    many: list[Stmt] = [
        Choose(local(f"x{k}"), Const((1,), ListType(INT, 1)), f"x{k}") for k in range(65)
    ]
    made = with_action(*many[:64], store(0, number(1)))
    assert native(made).successors((0, 0)) == without_words(Machine(made).successors((0, 0)))
    with pytest.raises(Unable, match="too large for the native engine"):
        native(with_action(*many)).successors((0, 0))


def many(copies: int, actors: int) -> Program:
    """A random graph's, with so many invariants of each kind, and so many who take its steps."""
    rng = random.Random(actors)
    edges = [((rng.randrange(60), rng.randrange(60)), f"actor {k}") for k in range(actors)]
    bad = frozenset({rng.randrange(60), 59})
    graph = Graph(60, (0, 1, 2), (tuple(edges),), (), bad, frozenset({edges[-1][0]}))
    made = program_of(graph)
    claims = [replace(p, name=f"{p.name} {k}") for k in range(copies) for p in made.properties]
    return replace(made, properties=tuple(claims))


@pytest.mark.parametrize(
    ("copies", "actors", "room"), [(32, 64, 64), (33, 20, 256), (1, 257, 1024), (150, 100, 1024)]
)
@pytest.mark.parametrize("continue_", [False, True])
def test_more_properties_and_actors_than_bits_in_a_word(
    copies: int, actors: int, room: int, continue_: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERCHECK_CFLAGS", "-O0")
    made = many(copies, actors)
    most = generate(made).most
    assert most == max(2 * copies, actors)
    assert f"-DOC_MOST={room}" in shared_explorer(1, 6, most)
    options = Options(continue_=continue_, traces=False, workers=2)
    expected = check(made, replace(options, engine="interpreter"))
    assert expected.violations
    found = check(made, replace(options, engine="native"))
    assert comparable(found) == comparable(expected)


def test_what_follows_a_way_without_room_is_not_tried() -> None:
    with pytest.raises(Unable, match="too large for the native engine"):
        native(endless(100)).successors((0, 0))


def test_more_ways_than_anybody_waits_for() -> None:
    made = endless(6)
    assert len(native(made, "-DOC_MAX_WAYS=64").successors((0, 0))) == 64
    with pytest.raises(Unable, match="too many ways for the native engine"):
        native(made, "-DOC_MAX_WAYS=63").successors((0, 0))


def growing(kind: ListType) -> Program:
    """A step that doubles a list."""
    slot = Const(0, PlaceType(kind, (0,)))
    whole = Load(slot, kind)
    twice = Apply(Op.CONCAT, (whole, whole), kind)
    return with_action(Store(slot, twice, kind, "xs"), slots=(kind,), initial=((1,),))


def test_a_list_without_a_bound_is_no_wrong_result() -> None:
    made = growing(ListType(INT))
    code, machine = native(made), Machine(made)
    state: State = ((1,),)
    for _ in range(4):
        ((_, target),) = wanted = machine.successors(state)
        assert code.successors(state) == wanted
        assert isinstance(target, tuple)
        state = target
    with pytest.raises(Unable):
        code.successors(state)


def test_scratch_memory_ends() -> None:
    width = 1 << 20
    long = Apply(Op.RANGE, (number(0), number(width), number(1)), ListType(INT))
    length = Apply(Op.LENGTH, (Apply(Op.SORTED, (long,), ListType(INT)),), INT)
    made = with_action(assign("n", length, INT), slots=(INT,), initial=(0,))
    with pytest.raises(Unable):
        native(made).successors((0,))


def test_sets_without_a_bound_are_refused() -> None:
    kind = SetType(INT)
    with pytest.raises(Unsupported) as caught:
        generate(with_action(store(0, load(0, kind), kind), slots=(kind,), initial=(frozenset(),)))
    assert caught.value.reason == "needs a bound for what sets, maps and bags hold: int"
