"""Random graphs as models, for the explorer (headers/graph.h) and for the reference's loop.

The loop of engines/exploration.py asks a Machine; TableMachine is one whose states are the
numbers of a graph's nodes. So both explore the same, and neither needs a program's code.
"""

from __future__ import annotations

import ctypes
import random
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from ordercheck.engines.interpreter.choices import Failure
from ordercheck.engines.interpreter.machine import RawLabel, RawTransition
from ordercheck.engines.transition import ModelError, State
from ordercheck.ir.nodes import (
    Component,
    CoverPoint,
    Program,
    Property,
    PropertyKind,
    Step,
    StepKind,
)
from ordercheck.ir.span import NOWHERE
from ordercheck.ir.types import IntType

KINDS = ("range", "capacity", "index")
REASONS = ("a reason",)
STEPS, BINDINGS = 8, 64

PROPERTIES = (
    PropertyKind.INVARIANT,
    PropertyKind.INVARIANT,
    PropertyKind.STEP_INVARIANT,
    PropertyKind.STEP_INVARIANT,
    PropertyKind.REACHABLE,
    PropertyKind.REACHABLE,
    PropertyKind.CONSTRAINT,
    PropertyKind.TERMINAL,
)
"""As in headers/graph.h."""


@dataclass(frozen=True)
class Edge:
    """A transition; a negative target is -1 - kind of a model error."""

    label: RawLabel
    target: int


@dataclass
class Graph:
    """`values[n][k]` is what property k is in node n: 0, 1, or 2 + kind of error; `steps[a, b]`
    what the two step invariants are of the step from a to b."""

    starts: list[Edge]
    edges: list[list[Edge]]
    values: list[list[int]]
    steps: dict[tuple[int, int], tuple[int, int]]
    rest: list[bool]
    antecedents: list[int]
    actors: list[list[int]]
    deadlock: bool = True
    program: Program = field(init=False)

    def __post_init__(self) -> None:
        self.program = _program(self)


def _program(graph: Graph) -> Program:
    steps = tuple(
        Step(f"s{k}", StepKind.ACTION, (), ((),) * BINDINGS, tuple(f"a{n}" for n in actors), ())
        for k, actors in enumerate(graph.actors)
    )
    properties = tuple(
        Property(
            f"{kind.name.lower()}{k}",
            kind,
            f"f{k}",
            span=NOWHERE,
            antecedents=(("p0", 0), ("p1", 0)) if k == 0 else (),  # type: ignore[arg-type]
        )
        for k, kind in enumerate(PROPERTIES)
    )
    cover = tuple(
        CoverPoint("step" if k < 10 else "antecedent", f"c{k}", NOWHERE) for k in range(12)
    )
    return Program(
        name="Table",
        slots=(IntType(0, max(1, len(graph.edges))),),
        initial=(0,),
        places=(),
        components=(Component("", "Table"),),
        functions=(),
        coroutines=(),
        tasks=(),
        steps=steps,
        properties=properties,
        cover=cover,
        deadlock=graph.deadlock,
    )


class TableMachine:
    """What engines/exploration.py needs of a Machine."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.program = graph.program
        self.reached = bytearray(len(self.program.cover))

    def starts(self) -> list[RawTransition]:
        return [self._transition(edge) for edge in self.graph.starts]

    def successors(self, state: State) -> list[RawTransition]:
        edges = self.graph.edges[number(state)]
        for edge in edges:
            self.reached[edge.label[0]] = 1
        return [self._transition(edge) for edge in edges]

    def watched(self, look: Callable[[], None]) -> AbstractContextManager[None]:
        """A table's ways are few."""
        return nullcontext()

    def _transition(self, edge: Edge) -> RawTransition:
        if edge.target >= 0:
            return edge.label, (edge.target,)
        return edge.label, ModelError(KINDS[-1 - edge.target], "")

    def predicate(self, function: str) -> Callable[[State, State | None], bool]:
        index = int(function[1:])
        return lambda state, before: self._truth(index, state, before)

    def _truth(self, index: int, state: State, before: State | None) -> bool:
        if PROPERTIES[index] is PropertyKind.STEP_INVARIANT:
            assert before is not None
            value = self.graph.steps[number(before), number(state)][index - 2]
        else:
            value = self.graph.values[number(state)][index]
        if value >= 2:
            raise Failure(ModelError(KINDS[value - 2], ""))
        return bool(value)

    def check(self, index: int, state: State, before: State | None = None) -> bool | ModelError:
        try:
            return self._truth(index, state, before)
        except Failure as failure:
            return failure.error

    def evaluate(self, function: str, state: State) -> bool:
        return bool(self.graph.antecedents[number(state)] >> int(function[1:]) & 1)

    def at_rest(self, state: State) -> bool:
        return self.graph.rest[number(state)]


def number(state: State) -> int:
    assert isinstance(state[0], int)
    return state[0]


# --- for the explorer -----------------------------------------------------------------


class CEdge(ctypes.Structure):
    _fields_ = [
        ("target", ctypes.c_int32),
        ("step", ctypes.c_uint32),
        ("binding", ctypes.c_uint32),
        ("actor", ctypes.c_uint32),
        ("choice_count", ctypes.c_uint32),
        ("choices", ctypes.c_uint32 * 2),
        ("steps", ctypes.c_uint8 * 2),
    ]


class CGraph(ctypes.Structure):
    _fields_ = [
        ("starts", ctypes.c_uint32),
        ("states", ctypes.c_uint32),
        ("first", ctypes.POINTER(ctypes.c_uint32)),
        ("edges", ctypes.POINTER(CEdge)),
        ("values", ctypes.POINTER(ctypes.c_uint8)),
        ("rest", ctypes.POINTER(ctypes.c_uint8)),
        ("antecedents", ctypes.POINTER(ctypes.c_uint8)),
        ("actors", ctypes.POINTER(ctypes.c_uint32)),
    ]


def give(library: ctypes.CDLL, graph: Graph) -> CGraph:
    """Let the explorer search this graph; keep what is returned as long as it does."""
    rows = [(-1, edge) for edge in graph.starts]
    first = []
    for source, edges in enumerate(graph.edges):
        first.append(len(rows))
        rows += [(source, edge) for edge in edges]
    first.append(len(rows))
    c_edges = (CEdge * max(1, len(rows)))()
    for c_edge, (source, edge) in zip(c_edges, rows, strict=False):
        step, binding, choices = edge.label
        c_edge.target = edge.target
        c_edge.step, c_edge.binding = step % 2**32, binding
        c_edge.choice_count = len(choices)
        c_edge.choices[: len(choices)] = choices
        c_edge.steps[:] = graph.steps.get((source, edge.target), (1, 1))
    flat = [value for row in graph.values for value in row]
    actors = [actor for row in graph.actors for actor in row]
    count = len(graph.edges)
    given = CGraph(
        len(graph.starts),
        count,
        (ctypes.c_uint32 * (count + 1))(*first),
        c_edges,
        (ctypes.c_uint8 * len(flat))(*flat),
        (ctypes.c_uint8 * count)(*graph.rest),
        (ctypes.c_uint8 * count)(*graph.antecedents),
        (ctypes.c_uint32 * len(actors))(*actors),
    )
    library.oc_set_graph(ctypes.byref(given))
    return given


# --- random graphs ----------------------------------------------------------------------


@dataclass(frozen=True)
class Shape:
    """What random graphs are like: how many nodes, and one in how many of them is wrong."""

    nodes: int
    wrong: int
    degree: int = 3
    actors: int = 4


def random_graph(seed: int, shape: Shape) -> Graph:
    """The graph of a seed."""
    rng = random.Random(f"{seed}/{shape}")
    count = shape.nodes

    def now_and_then(usual: int, *others: int) -> int:
        return rng.choice(others) if rng.randrange(shape.wrong) == 0 else usual

    def target(near: int) -> int:
        if rng.randrange(4 * shape.wrong) == 0:
            return -1 - rng.randrange(len(KINDS))
        # Mostly a little further on, so that graphs are deep.
        return (near + rng.randint(-1, 4)) % count if rng.random() < 0.9 else rng.randrange(count)

    edges = []
    for node in range(count):
        labels = {
            (rng.randrange(STEPS), rng.randrange(BINDINGS), tuple(_choices(rng)))
            for _ in range(rng.randrange(shape.degree + 1))
        }
        edges.append([Edge(label, target(node)) for label in sorted(labels)])
    steps = {
        (source, edge.target): (now_and_then(1, 0, 2, 3), now_and_then(1, 0, 4))
        for source, row in enumerate(edges)
        for edge in row
    }
    values = [
        [
            now_and_then(1, 0, 2),
            now_and_then(1, 0, 3),
            1,
            1,
            now_and_then(0, 1, 2),
            now_and_then(0, 1),
            now_and_then(1, 0, 4),
            now_and_then(rng.randrange(2), 3),
        ]
        for _ in range(count)
    ]
    starts = [Edge((-1, 0, (k,)), target(rng.randrange(count))) for k in range(rng.randint(1, 3))]
    return Graph(
        starts,
        edges,
        values,
        steps,
        [now_and_then(0, 1) == 1 for _ in range(count)],
        [now_and_then(0, 1, 2, 3) for _ in range(count)],
        [[rng.randrange(shape.actors) for _ in range(BINDINGS)] for _ in range(STEPS)],
        deadlock=rng.random() < 0.8,
    )


def _choices(rng: random.Random) -> list[int]:
    return [rng.randrange(3) for _ in range(rng.choice((0, 0, 1, 2)))]
