"""Graphs and random runs of random tables, against the reference; and deliberate bugs in them."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from ordercheck.engines.exploration import NO_LIMITS, Limits
from ordercheck.engines.native.surveying import Survey
from tests.engines.native.build import mutated_survey, survey
from tests.engines.native.same import compare_graphs, compare_runs
from tests.engines.native.tables import (
    BINDINGS,
    KINDS,
    REASONS,
    STEPS,
    Edge,
    Graph,
    Shape,
    TableMachine,
    give,
    random_graph,
)

SHAPES = (Shape(6, 6), Shape(30, 25), Shape(60, 40, degree=4), Shape(40, 4, degree=4))


@dataclass(frozen=True)
class Number:
    """How headers/graph.h packs the number of a node."""

    width: int = 32

    def decode(self, bits: int) -> int:
        return bits * 244002641 & 0xFFFFFFFF


@dataclass(frozen=True)
class Layout:
    kinds: tuple[str, ...] = KINDS
    reasons: tuple[str, ...] = REASONS
    packings: tuple[Number, ...] = (Number(),)
    positions: tuple[int, ...] = (0,)


def surveyed(library: ctypes.CDLL, words: int) -> Survey:
    layout: Any = Layout(positions=(64 * (words - 1),))  # the last word has the number
    return Survey(library, layout, words)


def compare(made: Survey, graph: Graph) -> None:
    kept = give(made.library, graph)
    machine: Any = TableMachine(graph)
    for limits in (NO_LIMITS, Limits(states=5), Limits(states=15), Limits(depth=2)):
        compare_graphs(machine, made, limits)
    compare_runs(machine, made, range(1, 121))
    assert kept is not None


def corner(*edges: Edge, values: list[int], rest: bool, kept: tuple[int, int] = (1, 1)) -> Graph:
    """One node, in which runs begin."""
    actors = [[0] * BINDINGS for _ in range(STEPS)]
    start = Edge((-1, 0, (0,)), 0)
    return Graph([start], [list(edges)], [values], {(0, 0): kept}, [rest], [0], actors)


CORNERS = (
    # At rest, though no terminal is true; two errors of which the second comes first by name;
    # a step from the initial state to itself that is broken, where the initial state is not.
    corner(values=[1, 1, 1, 1, 0, 0, 1, 0], rest=True),
    corner(values=[2, 3, 1, 1, 0, 0, 1, 0], rest=False),
    corner(Edge((0, 0, ()), 0), values=[1, 1, 1, 1, 0, 0, 1, 0], rest=False, kept=(0, 1)),
)


def graphs() -> Iterator[tuple[object, Graph]]:
    """All that are compared, each with what tells it from the others."""
    yield from enumerate(CORNERS)
    for seed in range(60):
        shape = SHAPES[seed % len(SHAPES)]
        yield (seed, shape), random_graph(seed, shape)


BUILDS = {
    "one word": (1, ("OC_TINY",)),
    "five words": (5, ("OC_TINY", "WORDS=5")),
    "not tiny": (1, ()),
}


@pytest.mark.parametrize("build", BUILDS)
def test_tables_are_the_same(build: str) -> None:
    words, defines = BUILDS[build]
    made = surveyed(survey("graph", *defines), words)
    for name, graph in graphs():
        try:
            compare(made, graph)
        except AssertionError as error:
            error.add_note(f"graph {name}")
            raise


MUTANTS = {
    "a level too many": (
        "graph.c",
        "g->level_count >= g->options.max_depth",
        "g->level_count > g->options.max_depth",
    ),
    "a state too many": (
        "graph.c",
        "g->inside.count > g->options.max_states",
        "g->inside.count > g->options.max_states + 1",
    ),
    "an unfinished level is kept": ("graph.c", "    g->inside.count = g->end;\n", ""),
    "its cut states are kept": ("graph.c", "    g->outside.count = last->outside;\n", ""),
    "its edges are kept": (
        "graph.c",
        "if (g->next > last->first) g->edge_count = g->offsets[last->first];",
        "",
    ),
    "its failures are kept": ("graph.c", "source >= last->first", "source > last->first"),
    "cut states are not renumbered": (
        "graph.c",
        "(uint32_t)(inside + OUTSIDE(g->targets[k]))",
        "(uint32_t)(inside + OUTSIDE(g->targets[k]) + 1) % (uint32_t)all",
    ),
    "constraints are not looked at": (
        "graph.c",
        "oc_property_kind[k] == CONSTRAINT &&",
        "oc_property_kind[k] == 9 &&",
    ),
    "an error is no failure": ("graph.c", "{source, number, w->kind}", "{source, number, 0}"),
    "labels are equal too soon": (
        "graph.c",
        "l->step == w->step && l->binding == w->binding",
        "l->step == w->step",
    ),
    "choices lie upon each other": ("graph.c", "    g->choice_count = choice_count;\n", ""),
    "hashes are taken for states": (
        "known.c",
        "if (slot >> 32 != hash >> 32) continue;\n        if (known_same(",
        "if ((slot ^ hash) >> 61) continue;\n        if (1 || known_same(",
    ),
    "other hashes are looked at": (
        "known.c",
        "if (slot >> 32 != hash >> 32) continue;",
        "if (slot >> 40 != hash >> 40) return &k->slots[at];",
    ),
    "growing leaves the last out": (
        "known.c",
        "for (uint64_t i = 0; i < piece; i++) {\n            uint64_t at",
        "for (uint64_t i = 0; i + 1 < piece; i++) {\n            uint64_t at",
    ),
    "another generator": (
        "walks.c",
        "mix(*random) * below >> 64",
        "mix(*random + 1) * below >> 64",
    ),
    "another beginning": (
        "walks.c",
        "w->options.key + w->next * GOLDEN",
        "w->options.key + w->next",
    ),
    "a step too many": (
        "walks.c",
        "here->steps == w->options.max_steps ?",
        "here->steps > w->options.max_steps ?",
    ),
    "the last fault is preferred": (
        "walks.c",
        "rank(w, &other) < rank(w, best)",
        "rank(w, &other) <= rank(w, best)",
    ),
    "ranks do not matter": (
        "walks.c",
        "rank(w, &other) < rank(w, best))",
        "(rank(w, &other) < rank(w, best) && 0))",
    ),
    "initial states are steps": ("walks.c", "first ? NULL", "first && 0 ? NULL"),
    "a constraint is looked over": (
        "walks.c",
        "if (order[o] == CONSTRAINT && value == 0) return false;",
        "",
    ),
    "errors in terminals pass": (
        "walks.c",
        "if (value) return found;",
        "if (value == 1) return found;",
    ),
    "rest is a deadlock": ("walks.c", "|| oc_at_rest(state)", "|| (oc_at_rest(state) && 0)"),
    "the most steps count": (
        "walks.c",
        "if (steps < *least) *least = steps;",
        "if (steps > *least) *least = steps;",
    ),
    "merging forgets steps": (
        "walks.c",
        "w->visit_steps[k] = other->least[w->merged + k];",
        "w->visit_steps[k] = 0;",
    ),
    "a goal is never met": (
        "walks.c",
        "w->reached[k] |= value == 1;",
        "w->reached[k] |= value == 3;",
    ),
    "the last wrong run is the first": (
        "walks.c",
        "w->next < w->first_wrong)",
        "w->next > w->first_wrong)",
    ),
}
"""A file, what stands there once, and what is put in its place."""


@pytest.mark.slow
@pytest.mark.parametrize("name", MUTANTS)
def test_deliberate_bugs_are_found(name: str) -> None:
    file, old, new = MUTANTS[name]
    made = surveyed(mutated_survey(file, old, new, "graph", "OC_TINY", "MUTANT"), 1)
    for _, graph in graphs():
        try:
            compare(made, graph)
        except (AssertionError, IndexError, KeyError):
            return
    pytest.fail("nobody has noticed")
