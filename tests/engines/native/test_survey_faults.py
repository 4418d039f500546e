"""Memory is refused while graphs are built and runs are taken: what is left is in good order."""

from __future__ import annotations

import ctypes
from typing import Any, NamedTuple

import pytest

from ordercheck.engines.exploration import Limits
from ordercheck.engines.native.graph import native_arrays
from ordercheck.engines.native.surveying import Survey
from ordercheck.engines.native.unavailable import Unavailable
from ordercheck.engines.native.walking import native_figures
from ordercheck.engines.simulation import RunFigures
from tests.engines.native.build import survey
from tests.engines.native.tables import KINDS, REASONS, Graph, Shape, give, random_graph
from tests.engines.native.test_faults import MEMORY, Faults, moments

GRAPH = random_graph(3, Shape(300, 200, degree=4))
RUNS = range(1, 200)


class Layout(NamedTuple):
    """As much of one as a table has: states are their numbers."""

    kinds: tuple[str, ...] = KINDS
    reasons: tuple[str, ...] = REASONS
    packings: tuple[Any, ...] = ()
    positions: tuple[int, ...] = ()


def given(graph: Graph) -> tuple[Survey, Any]:
    library = survey("graph", "OC_TINY", "OC_FAULTS")
    layout: Any = Layout()
    return Survey(library, layout, 1), give(library, graph)


def levels_of(made: Survey, limits: Limits) -> tuple[Any, ...] | None:
    """The rows of a graph's finished levels, and what limited it; None where there is none."""
    try:
        arrays = native_arrays(made, GRAPH.program, limits)
    except (Unavailable, MemoryError):
        return None
    rows = arrays.offsets.tolist(), arrays.targets.tolist(), arrays.labels.tolist()
    failures = arrays.failures.tolist()
    return arrays.limit, arrays.depth, (*rows, failures, arrays.label_table, arrays.inside)


def test_a_graph_is_that_of_finished_levels() -> None:
    made, kept = given(GRAPH)
    whole = levels_of(made, Limits())
    assert whole is not None
    assert whole[0] == ""
    with Faults(made.library, MEMORY) as counting:
        levels_of(made, Limits())
    assert counting.count > 20
    ended = set()
    for moment in moments(counting.count, 60):
        with Faults(made.library, MEMORY, moment):
            found = levels_of(made, Limits())
        if found is None:
            continue
        limit, depth, rows = found
        ended.add(depth)
        if not limit:
            assert found == whole
        elif depth:
            shorter = levels_of(made, Limits(depth=depth))
            assert shorter is not None
            assert rows == shorter[2]
    assert len(ended) > 3
    assert kept is not None


def figures(made: Survey) -> RunFigures | None:
    try:
        return native_figures(made, GRAPH.program, RUNS, 50, 1, workers=2)
    except (Unavailable, MemoryError):
        return None


def test_runs_are_the_same_or_none() -> None:
    made, kept = given(GRAPH)
    whole = figures(made)
    assert whole is not None
    with Faults(made.library, MEMORY) as counting:
        figures(made)
    crowded = fewer = 0
    for moment in moments(counting.count, 60):
        with Faults(made.library, MEMORY, moment):
            found = figures(made)
        if found is None:
            continue
        if found.crowded:
            crowded += 1
            # All may be known already when there is no more room.
            assert found.states <= whole.states
            fewer += found.states < whole.states
            found.states, found.crowded = whole.states, False
            for level, all_ in zip(found.levels, whole.levels, strict=True):
                level.new = all_.new
        assert found == whole
    assert crowded
    assert fewer
    assert kept is not None


def test_a_build_without_faults_says_so() -> None:
    library: ctypes.CDLL = survey("graph", "OC_TINY")
    with pytest.raises(AssertionError, match="OC_FAULTS"), Faults(library, MEMORY):
        pass
