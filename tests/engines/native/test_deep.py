"""Searches from disk with many narrow levels: each costs as much as it finds, not all there is."""

from __future__ import annotations

import ctypes
from pathlib import Path
from time import process_time

import pytest

from ordercheck.engines.exploration import NO_LIMITS, Figures, Limits
from ordercheck.engines.native import search as searching
from ordercheck.engines.native.checkpoint import Checkpoint
from ordercheck.engines.native.search import Resources, Search
from tests.engines.native.build import explorer
from tests.engines.native.test_checkpoint import TWO_PHASE
from tests.engines.native.test_search import TableNames

NAMES = TableNames((), ())
FREE, TIGHT = 1 << 40, 4000
ONE = Resources(1)


def searched(
    library: ctypes.CDLL,
    bound: int,
    monkeypatch: pytest.MonkeyPatch,
    resources: Resources = ONE,
    limits: Limits = NO_LIMITS,
) -> tuple[Figures, int, int, int]:
    """Figures, the length of the trace, whether it went on from disk, and states written."""
    monkeypatch.setattr(searching, "_bound", lambda asked: bound)
    with Search(library, TWO_PHASE, NAMES, limits, False, resources) as search:
        found = search.run()
        steps = [len(search.path(each)) for each in found.findings.values()]
        report = search.report()
    return found.figures, sum(steps), report.on_disk, report.spilled


@pytest.mark.parametrize("words", [1, 3])
@pytest.mark.parametrize("workers", [1, 2])
def test_they_find_the_same(words: int, workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    library = explorer("deep", "LENGTH=400", f"WORDS={words}", "OC_TINY")
    figures, steps, on_disk, _ = searched(library, FREE, monkeypatch)
    assert (figures.depth, steps, on_disk) == (400, 400, 0)
    found = searched(library, TIGHT, monkeypatch, Resources(workers))
    assert found[:3] == (figures, steps, 1)


def test_they_are_taken_up_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = explorer("deep", "LENGTH=400", "WORDS=1", "OC_TINY")
    whole = searched(library, FREE, monkeypatch)
    for depth in (50, 200, 390):
        checkpoint = Checkpoint(tmp_path / str(depth), "header", {})
        stopped = Resources(1, checkpoint=checkpoint)
        searched(library, TIGHT, monkeypatch, stopped, Limits(depth=depth))
        checkpoint = Checkpoint(tmp_path / str(depth), "header", {})
        again = Resources(1, checkpoint=checkpoint, resume=True)
        assert searched(library, TIGHT, monkeypatch, again)[:3] == (*whole[:2], 1)


def test_a_level_costs_what_it_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    """One second; with a pass over all that is on disk for each level it was minutes."""
    library, begun = explorer("deep", "LENGTH=10000"), process_time()
    figures, steps, on_disk, spilled = searched(library, 2 << 20, monkeypatch)
    assert process_time() - begun < 30
    assert (figures.depth, steps, on_disk) == (10_000, 10_000, 1)
    # Each state is written once, and again whenever runs are merged.
    assert spilled < 6 * figures.states
