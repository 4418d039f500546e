"""Everything that the explorer does, in some seconds: run under sanitizers and on mutants.

    python -m tests.engines.native.battery

It ends with a traceback at the first difference from the reference.
"""

from __future__ import annotations

import ctypes
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ordercheck.engines.exploration import NO_LIMITS, Figures, Limits
from ordercheck.engines.native import checkpoint
from ordercheck.engines.native import search as searching
from ordercheck.engines.native.checkpoint import Checkpoint, Unreadable
from ordercheck.engines.native.search import Resources, Search
from ordercheck.engines.transition import Label
from tests.engines.native import growing
from tests.engines.native import test_faults as faults
from tests.engines.native.build import explorer
from tests.engines.native.tables import Graph, Shape, random_graph
from tests.engines.native.test_checkpoint import TWO_PHASE
from tests.engines.native.test_checkpoint import search as saved_search
from tests.engines.native.test_search import (
    BUILDS,
    CROWDED,
    SHAPES,
    TableNames,
    by_explorer,
    by_reference,
)
from tests.engines.native.test_shortage import WHOLE, search

IN_MEMORY, ON_DISK = 1 << 30, 2000


@contextmanager
def bounded(bytes_: int) -> Iterator[None]:
    """With so much memory for the explorer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(searching, "_bound", lambda asked: bytes_)
        # So little at a time that levels are saved in many pieces.
        patch.setattr(checkpoint, "PIECE", 128)
        yield


def check_in_memory(library: ctypes.CDLL) -> None:
    """Everything is as the reference has it, traces included, with any number of threads."""
    for seed in range(24):
        graph = random_graph(seed, SHAPES[seed % len(SHAPES)])
        for continue_ in (False, True) if seed < 8 else (True,):
            expected = by_reference(graph, NO_LIMITS, continue_)
            for workers in (1, 3):
                found = by_explorer(library, graph, NO_LIMITS, continue_, workers)
                assert not found.pop("narrowed")
                assert found == expected, (seed, continue_, workers)


def check_on_disk(library: ctypes.CDLL) -> None:
    """All but the narrowed traces is the same; those have the same length, whatever the threads."""
    with bounded(ON_DISK):
        for seed in (2, 3, 6, 7):
            graph = random_graph(seed, SHAPES[seed % len(SHAPES)])
            expected = by_reference(graph, NO_LIMITS, True)
            one = by_explorer(library, graph, NO_LIMITS, True, 1)
            assert by_explorer(library, graph, NO_LIMITS, True, 3) == one
            lengths = {key: len(path) for key, path in expected["paths"].items()}
            assert {key: len(path) for key, path in one["paths"].items()} == lengths
            if one.pop("narrowed"):
                del one["paths"], expected["paths"]
            assert one == expected, seed


def check_growth() -> None:
    """Whatever is in a table is still there when it has grown."""
    for build in growing.BUILDS:
        growing.fill_often(build, 40)
    assert not growing.fill_large()["lost"]


def check_limits(library: ctypes.CDLL) -> None:
    """It stops where the reference does."""
    graph = random_graph(1, Shape(200, 100_000))
    whole = by_reference(graph, NO_LIMITS, True)["figures"]
    for limits in (Limits(states=30), Limits(states=whole.states), Limits(depth=5)):
        expected = by_reference(graph, limits, True)
        found = by_explorer(library, graph, limits, True, 1)
        del found["reached"], expected["reached"], found["narrowed"]
        assert found == expected, limits


def check_checkpoints(library: ctypes.CDLL) -> None:
    """Stopped in any level, in memory or on disk, it goes on to the same end."""
    shape = Shape(300, 40, degree=4)
    for seed in range(4):
        graph = random_graph(seed, shape)
        whole = by_reference(graph, NO_LIMITS, True)
        for bounds in ((IN_MEMORY, IN_MEMORY), (IN_MEMORY, ON_DISK), (ON_DISK, ON_DISK)):
            with tempfile.TemporaryDirectory() as folder:
                _stop_and_go(library, graph, Path(folder) / "c", bounds, whole)
    with tempfile.TemporaryDirectory() as folder:
        _check_doubled(library, random_graph(3, Shape(300, 2000, degree=4)), Path(folder) / "c")


def _stop_and_go(
    library: ctypes.CDLL, graph: Graph, folder: Path, bounds: tuple[int, int], whole: dict[str, Any]
) -> None:
    for depth in (7, 14):
        with bounded(bounds[0]):
            stopped = saved_search(library, graph, folder, depth > 7, Limits(depth=depth))
        if not stopped["limit"]:
            return
    with bounded(bounds[1]):
        resumed = saved_search(library, graph, folder, True, NO_LIMITS)
    assert {k: v for k, v in resumed.items() if k != "paths"} == {
        k: v for k, v in whole.items() if k != "paths"
    }
    assert {k: len(v) for k, v in resumed["paths"].items()} == {
        k: len(v) for k, v in whole["paths"].items()
    }


def _check_doubled(library: ctypes.CDLL, graph: Graph, folder: Path) -> None:
    with bounded(IN_MEMORY):
        saved_search(library, graph, folder, False, Limits(depth=5))
        states = (folder / "states").read_bytes()
        (folder / "states").write_bytes(states[:8] + states[:8] + states[16:])
        try:
            saved_search(library, graph, folder, True, NO_LIMITS)
        except Unreadable:
            return
    raise AssertionError("a state that is there twice was not noticed")


def check_faults(library: ctypes.CDLL) -> None:
    """Requests fail at random, and writes are short."""
    every = faults.MEMORY | faults.Request.WRITING | faults.Request.THREAD
    for number in range(30):
        rng = random.Random(number)
        with (
            bounded(rng.choice((IN_MEMORY, ON_DISK))),
            faults.Faults(library, every, rng.randrange(300), rng.choice((0, 1, 30))),
        ):
            result = faults.searched(library, faults.graph_of(number % 3), 3)
        faults.check_good_order(number % 3, result, faults.LIMITS)
    for after in range(8):
        with bounded(ON_DISK), faults.Faults(library, faults.Request.WRITING, after, 1):
            result = faults.searched(library, faults.graph_of(1), 1)
        faults.check_good_order(1, result, faults.LIMITS)
        assert result is not None
        assert result[0].limit == "the disk is full"
    for seed in (0, 1, 5):
        partly = faults.Request.SHORT_WRITE | faults.Request.INTERRUPT
        with bounded(ON_DISK), faults.Faults(library, partly, 0, 2):
            result = faults.searched(library, faults.graph_of(seed), 1)
        faults.check_good_order(seed, result, ())


def check_large() -> None:
    """Tables that grow again and again, and files that are larger than their buffers."""
    for defines in ((), *(("OC_TINY", kind) for kind in KINDS)):
        library = explorer("two_phase", "RMS=7", *defines)
        for bound in (IN_MEMORY, 2 << 20):
            assert search(library, bound).figures == WHOLE
    check_trace()
    check_deep()


def check_deep() -> None:
    """Many narrow levels, from disk: runs that are merged, and looked up by blocks."""
    names = TableNames((), ())
    for words in (1, 3):
        library = explorer("deep", "LENGTH=300", f"WORDS={words}", "OC_TINY")
        found = []
        for bound in (IN_MEMORY, 4000):
            with (
                bounded(bound),
                Search(library, TWO_PHASE, names, NO_LIMITS, False, Resources(1)) as made,
            ):
                exploration = made.run()
                (finding,) = exploration.findings.values()
                found.append((exploration.figures, len(made.path(finding))))
        assert found[0] == found[1]
        assert found[0][0].depth == found[0][1] == 300
        _check_deep_again(library, found[0][0])


def _check_deep_again(library: ctypes.CDLL, whole: Figures) -> None:
    """The same with a checkpoint in between, of whose levels most are restored to disk."""
    names = TableNames((), ())
    with tempfile.TemporaryDirectory() as folder, bounded(4000):
        for limits in (Limits(depth=250), NO_LIMITS):
            checkpoint = Checkpoint(Path(folder) / "c", "header", {})
            resources = Resources(1, checkpoint=checkpoint, resume=limits is NO_LIMITS)
            with Search(library, TWO_PHASE, names, limits, False, resources) as made:
                figures = made.run().figures
        assert figures == whole


def check_trace() -> None:
    """Of a violation in the last level: each manager alone for as long as possible."""
    library = explorer("two_phase", "RMS=6", "BROKEN")
    names = TableNames((), ())
    with Search(library, TWO_PHASE, names, NO_LIMITS, False, Resources(2)) as made:
        (finding,) = made.run().findings.values()
        path = made.path(finding)
    managers = range(6)
    steps = [*((3, k) for k in managers), *((2, k) for k in managers), (0, 0)]
    wanted = [Label(step, k, ()) for step, k in (*steps, *((5, k) for k in managers))]
    assert path == (Label(-1, 0, ()), *wanted)


KINDS = ("OC_HALF_WORDS", "OC_FORCE_DIRECT", "OC_FORCE_INDEXED")
"""Tables for states of one word; the first says nothing to the explorer."""

CHECKS = (check_in_memory, check_on_disk, check_limits, check_checkpoints, check_faults)


def main() -> None:
    """Run all, for each of the explorer's kinds of tables."""
    check_growth()
    for defines in BUILDS.values():
        library = explorer("graph", *defines, "OC_FAULTS")
        for check in CHECKS:
            check(library)
    check_in_memory(explorer("graph", *CROWDED))
    check_large()


if __name__ == "__main__":
    main()
