"""The explorer against the reference's loop, on random graphs and however it is run."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any

import pytest

from ordercheck.checking.canonical import canonical_path
from ordercheck.engines.exploration import NO_LIMITS, Exploration, Limits, explore
from ordercheck.engines.native import search as searching
from ordercheck.engines.native.search import Resources, Search
from tests.engines.native.build import explorer
from tests.engines.native.tables import (
    KINDS,
    REASONS,
    Graph,
    Shape,
    TableMachine,
    give,
    random_graph,
)


@dataclass(frozen=True)
class TableNames:
    kinds: tuple[str, ...] = KINDS
    reasons: tuple[str, ...] = REASONS


def told(found: Exploration, reached: bytes, paths: dict[Any, Any]) -> dict[str, Any]:
    """All that two searches must have in common."""
    return {
        "figures": found.figures,
        "initial": found.initial,
        "findings": {key: (f.steps, f.flaw) for key, f in found.findings.items()},
        "unmet": found.unmet if found.complete else None,
        "limit": found.limit,
        "complete": found.complete,
        "reached": bytes(reached),
        "paths": paths,
    }


def by_reference(graph: Graph, limits: Limits, continue_: bool) -> dict[str, Any]:
    machine: Any = TableMachine(graph)
    found = explore(machine, limits, continue_)
    reached = bytes(machine.reached)
    paths = {key: canonical_path(machine, found, f) for key, f in found.findings.items()}
    return told(found, reached, paths)


def by_explorer(
    library: ctypes.CDLL, graph: Graph, limits: Limits, continue_: bool, workers: int
) -> dict[str, Any]:
    kept = give(library, graph)
    resources = Resources(workers)
    with Search(library, graph.program, TableNames(), limits, continue_, resources) as search:
        found = search.run()
        reached = search.reached()
        paths = {key: search.path(f) for key, f in found.findings.items()}
        narrowed = search.narrowed
    assert kept is not None
    return {**told(found, reached, paths), "narrowed": narrowed}


BUILDS = {
    "half a word": ("OC_TINY", "BITS=32"),
    "one word": ("OC_TINY",),
    "one word, by number": ("OC_TINY", "OC_FORCE_INDEXED"),
    "five words": ("OC_TINY", "WORDS=5"),
    "hashes": ("OC_TINY", "WORDS=5", "OC_COMPACT"),
    "compressed": ("OC_TINY", "WORDS=5", "OC_MOST_WORDS=4", "OC_PAIRS_ANYWAY=1000000"),
}
SHAPES = (Shape(6, 6), Shape(30, 25), Shape(60, 200), Shape(400, 3000, degree=6))


CROWDED = ("OC_TINY", "BITS=36")
"""Slots of half a word that have room for no distance from home, as long as the table is small."""


@pytest.mark.parametrize("defines", [*BUILDS.values(), CROWDED], ids=[*BUILDS, "crowded"])
@pytest.mark.parametrize("workers", [1, 3])
def test_it_finds_what_the_reference_finds(defines: tuple[str, ...], workers: int) -> None:
    library = explorer("graph", *defines)
    for seed in range(40):
        graph = random_graph(seed, SHAPES[seed % len(SHAPES)])
        for continue_ in (False, True):
            expected = by_reference(graph, NO_LIMITS, continue_)
            found = by_explorer(library, graph, NO_LIMITS, continue_, workers)
            assert not found.pop("narrowed")
            assert found == expected, (seed, continue_)


@pytest.mark.parametrize("build", BUILDS)
def test_it_finds_the_same_from_disk(build: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # So little that nothing but the first table is ever in memory.
    monkeypatch.setattr(searching, "_bound", lambda asked: 2000)
    library = explorer("graph", *BUILDS[build])
    for seed in range(40):
        graph = random_graph(seed, SHAPES[seed % len(SHAPES)])
        expected = by_reference(graph, NO_LIMITS, continue_=True)
        one = by_explorer(library, graph, NO_LIMITS, True, 1)
        assert by_explorer(library, graph, NO_LIMITS, True, 3) == one
        shortest = {key: len(path) for key, path in expected["paths"].items()}
        assert {key: len(path) for key, path in one["paths"].items()} == shortest
        if one.pop("narrowed"):
            del one["paths"], expected["paths"]
        assert one == expected, seed


@pytest.mark.parametrize("build", BUILDS)
def test_it_stops_where_the_reference_stops(build: str) -> None:
    library = explorer("graph", *BUILDS[build])
    for seed in range(40):
        graph = random_graph(seed, Shape(200, 100_000))
        for limits in (Limits(states=1 + seed), Limits(depth=1 + seed % 7)):
            expected = by_reference(graph, limits, continue_=True)
            found = by_explorer(library, graph, limits, True, 1)
            # In the level in which it stops, it may have seen more or less.
            del found["reached"], expected["reached"], found["narrowed"]
            assert found == expected, (seed, limits)
