"""Wide states compressed: the same is found, in less memory, unless they have nothing in common."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ordercheck.checking import Options, check
from ordercheck.checking.options import Saving
from ordercheck.engines.exploration import NO_LIMITS, Figures
from ordercheck.engines.native import search as searching
from ordercheck.engines.native.binding import Status
from ordercheck.engines.native.checkpoint import Checkpoint
from ordercheck.engines.native.search import Incompressible, Resources, Search
from ordercheck.engines.transition import Label
from tests.engines.native.build import explorer
from tests.engines.native.test_checkpoint import TWO_PHASE
from tests.engines.native.test_search import TableNames
from tests.engines.native.test_verdicts import comparable, programs

NAMES = TableNames((), ())


def searched(workers: int, *defines: str) -> tuple[Figures, tuple[Label, ...], float, int]:
    """Figures, the trace, the most bytes for a state, and whether it went on from disk."""
    library = explorer("two_phase", "RMS=7", "WIDE", "BROKEN", *defines)
    with Search(library, TWO_PHASE, NAMES, NO_LIMITS, False, Resources(workers)) as search:
        found = search.run()
        report = search.report()
        path = search.path(next(iter(found.findings.values())))
    return found.figures, path, report.most_bytes / found.figures.states, report.on_disk


@pytest.mark.parametrize("workers", [1, 3])
def test_wide_states_take_a_third_of_the_memory(workers: int) -> None:
    """Eight words each: 64 bytes and a slot, or 8 and a slot and their share of the pairs."""
    figures, path, plain, _ = searched(workers, "OC_PLAIN")
    assert figures.states == 296_448
    compressed = searched(workers, "OC_MOST_WORDS=7")
    assert compressed[:2] == (figures, path)
    assert compressed[2] < 0.5 * plain


def test_from_disk_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    figures, path, _, on_disk = searched(2, "OC_MOST_WORDS=7")
    assert not on_disk
    monkeypatch.setattr(searching, "_bound", lambda asked: 4 << 20)
    bounded = searched(2, "OC_MOST_WORDS=7")
    assert (bounded[0], len(bounded[1]), bounded[3]) == (figures, len(path), 1)


def test_states_that_have_nothing_in_common_are_not_compressed() -> None:
    noisy = ("RMS=7", "WIDE", "NOISY")
    library = explorer("two_phase", *noisy, "OC_MOST_WORDS=7")
    with (
        Search(library, TWO_PHASE, NAMES, NO_LIMITS, False, Resources(1)) as search,
        pytest.raises(Incompressible),
    ):
        search.run()
    library = explorer("two_phase", *noisy, "OC_PLAIN")
    with Search(library, TWO_PHASE, NAMES, NO_LIMITS, False, Resources(1)) as search:
        assert search.run().figures.states == 296_448


def test_a_verdict_comes_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty words, compressed; and where the explorer says that this is no use."""
    monkeypatch.setenv("ORDERCHECK_CFLAGS", "-O0")
    _, program = next(programs("models/input_gate.py"))
    expected = check(program, Options(engine="interpreter"))
    native = Options(engine="native")
    assert comparable(check(program, native)) == comparable(expected)
    run: Any = Search.run

    def refused(search: Search, *arguments: Any) -> Any:
        if refusals:
            return search._result(Status.RUNNING, search._limit(refusals.pop()))
        return run(search, *arguments)

    refusals = [Status.INCOMPRESSIBLE]
    monkeypatch.setattr(Search, "run", refused)
    again = check(program, replace(native, workers=1))
    assert not refusals
    assert comparable(again) == comparable(expected)


@pytest.mark.parametrize("checkpoint", [False, True])
def test_without_room_for_pairs_it_goes_on_with_whole_states(
    checkpoint: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From where it is, and from disk; with tiny tables, so that a small model comes to that."""
    monkeypatch.setenv("ORDERCHECK_CFLAGS", "-O0 -DOC_TINY")
    monkeypatch.setattr(searching, "_bound", lambda asked: 60_000)
    _, program = next(programs("models/input_gate.py"))
    expected = check(program, Options(engine="interpreter"))
    restored: list[int] = []
    restore: Any = Checkpoint.restore

    def counted(saved: Checkpoint, *arguments: Any) -> Status:
        status: Status = restore(saved, *arguments)
        restored.append(len(saved.levels))
        return status

    monkeypatch.setattr(Checkpoint, "restore", counted)
    saving = Saving(str(tmp_path / "saved"), {}, every=1000) if checkpoint else None
    options = Options(engine="native", workers=2, spill=str(tmp_path), saving=saving)
    assert comparable(check(program, options)) == comparable(expected)
    assert restored
    assert restored[0] > 2
    assert not list(tmp_path.iterdir()), "nothing is left behind"


def test_what_is_resumed_goes_on_with_whole_states(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no room even for the pairs of what was saved."""
    monkeypatch.setenv("ORDERCHECK_CFLAGS", "-O0 -DOC_TINY")
    _, program = next(programs("models/input_gate.py"))
    whole = check(program, Options(engine="interpreter"))
    options = Options(engine="native", workers=2, spill=str(tmp_path))
    saving = Saving(str(tmp_path / "saved"), {}, every=1000)
    stopped = check(program, replace(options, saving=saving, max_depth=whole.depth - 2))
    assert stopped.limit
    monkeypatch.setattr(searching, "_bound", lambda asked: 60_000)
    resumed = check(program, replace(options, saving=replace(saving, resume=True)))
    assert comparable(resumed) == comparable(whole)
