"""Programs whose states are the nodes of a small random graph."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from ordercheck.ir.nodes import (
    Choose,
    Component,
    Const,
    Expr,
    Function,
    Load,
    Local,
    Logic,
    Lookup,
    Op,
    Place,
    Program,
    Property,
    PropertyKind,
    Require,
    Return,
    Step,
    StepKind,
    Store,
)
from ordercheck.ir.types import IntType, ListType
from tests.ir.build import BOOL, INT, apply, at, equal, number, slot

Edge = tuple[int, int]


@dataclass(frozen=True)
class Graph:
    """Nodes from 0; `steps` are families of edges, each edge with its actor; a `fork` has a choice.

    `bad` nodes and edges violate invariants, an edge to -1 is a model error.
    """

    nodes: int
    starts: tuple[int, ...]
    steps: tuple[tuple[tuple[Edge, str], ...], ...]
    forks: tuple[tuple[int, tuple[int, ...], str], ...]
    bad: frozenset[int]
    bad_edges: frozenset[Edge]


@st.composite
def graphs(draw: DrawFn) -> Graph:
    nodes = draw(st.integers(2, 8))
    node = st.integers(0, nodes - 1)
    edge = st.tuples(node, st.one_of(node, node, node, node, st.just(-1)))
    actor = st.sampled_from("ABC")
    family = st.lists(st.tuples(edge, actor), min_size=1, max_size=6).map(tuple)
    fork = st.tuples(node, st.lists(node, min_size=1, max_size=3).map(tuple), actor)
    return Graph(
        nodes,
        draw(st.lists(node, min_size=1, max_size=3).map(tuple)),
        draw(st.lists(family, min_size=1, max_size=4).map(tuple)),
        draw(st.lists(fork, max_size=3).map(tuple)),
        draw(st.frozensets(node, max_size=2)),
        draw(st.frozensets(st.tuples(node, node), max_size=2)),
    )


def program_of(graph: Graph) -> Program:
    """The program that walks the graph."""
    kind = IntType(0, graph.nodes - 1)
    here = Load(slot(0, kind), kind)
    before = Load(slot(0, kind), kind, old=True)
    a, b = Local("a", INT), Local("b", INT)

    def go(target: Expr) -> Store:
        return Store(slot(0, kind), target, kind, "node", True, at(9))

    steps = [
        Step(
            f"edges{k}",
            StepKind.ACTION,
            (a, b),
            tuple(edge for edge, _ in family),
            tuple(actor for _, actor in family),
            (Require(equal(here, a)), go(b)),
        )
        for k, family in enumerate(graph.steps)
    ]
    steps += [
        Step(
            f"fork{k}",
            StepKind.ACTION,
            (),
            ((),),
            (actor,),
            (
                Require(equal(here, number(source))),
                Choose(b, Const(targets, ListType(INT)), "b"),
                go(b),
            ),
        )
        for k, (source, targets, actor) in enumerate(graph.forks)
    ]

    def is_in(value: Expr, nodes: frozenset[int]) -> Expr:
        table = tuple((node, node in nodes) for node in range(graph.nodes))
        return Lookup(value, table, BOOL)

    good = apply(Op.NOT, is_in(here, graph.bad))
    bad_edges = [
        Logic("and", (equal(before, number(x)), equal(here, number(y))), BOOL)
        for x, y in sorted(graph.bad_edges)
    ]
    kept = apply(Op.NOT, Logic("or", (Const(False, BOOL), *bad_edges), BOOL))
    return Program(
        name="Graph",
        slots=(kind,),
        initial=(0,),
        places=(Place("node", 0, kind),),
        components=(Component("", "Graph"),),
        functions=(
            Function("good", (), BOOL, (Return(good),)),
            Function("kept", (), BOOL, (Return(kept),)),
        ),
        coroutines=(),
        tasks=(),
        steps=tuple(steps),
        properties=(
            Property("good", PropertyKind.INVARIANT, "good"),
            Property("kept", PropertyKind.STEP_INVARIANT, "kept"),
        ),
        init=(Choose(a, Const(graph.starts, ListType(kind)), "a"), go(a)),
    )
