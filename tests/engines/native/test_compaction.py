"""Searches in which hashes stand for states: what is missed, and how likely that is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ordercheck.checking import Options, check
from ordercheck.checking.verdict import Outcome
from ordercheck.engines.exploration import NO_LIMITS
from ordercheck.engines.native import compaction
from ordercheck.engines.native import search as searching
from ordercheck.engines.native.compaction import probability_of_a_miss
from ordercheck.engines.native.search import Resources, Search
from tests.engines.native.build import explorer
from tests.engines.native.test_checkpoint import TWO_PHASE
from tests.engines.native.test_search import TableNames
from tests.engines.native.test_verdicts import comparable, programs

STATES = 1_745_408
"""Of two-phase commit with eight resource managers."""


def found_states(*defines: str) -> int:
    library = explorer("two_phase", "RMS=8", "OC_FORCE_INDEXED", "OC_COMPACT", *defines)
    with Search(library, TWO_PHASE, TableNames((), ()), NO_LIMITS, False, Resources(1)) as search:
        assert search.sizes.compact
        return search.run().figures.states


@pytest.mark.slow
def test_states_are_missed_as_often_as_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With so few bits that some must be; with all of them, none."""
    monkeypatch.setattr(compaction, "BITS", 34)
    pairs = STATES * (STATES - 1) / 2 / 2**34
    assert 88 < pairs < 89  # so many are expected to be taken for another one
    assert probability_of_a_miss(STATES) == 1
    assert STATES - 1.4 * pairs < found_states("OC_HASH_BITS=34") < STATES - 0.6 * pairs
    assert found_states() == STATES


def test_the_probability_is_that_of_two_equal_hashes() -> None:
    assert probability_of_a_miss(0) == probability_of_a_miss(1) == 0
    assert probability_of_a_miss(2) == 2.0**-64
    assert probability_of_a_miss(10**9) == pytest.approx(0.027, rel=0.01)


def test_a_verdict_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERCHECK_CFLAGS", "-O0")
    _, program = next(programs("models/event_log.py"))
    options = Options(engine="native", max_states=20_000)
    exact = check(program, options)
    hashed = check(program, replace(options, hash_compact=True))
    assert exact.outcome is not Outcome.INCONCLUSIVE
    (note,) = set(hashed.notes) - set(exact.notes)
    assert note.startswith("hashes of 64 bits stand for states: the probability that any was")
    assert comparable(replace(hashed, notes=exact.notes)) == comparable(exact)


def test_a_state_that_fits_into_a_hash_stands_for_itself() -> None:
    _, program = next(programs("models/classics/die_hard.py"))
    verdict = check(program, Options(engine="native", hash_compact=True))
    assert verdict.notes == ()


def test_less_memory_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The states of levels that are finished are on disk as soon as memory is short."""
    monkeypatch.setattr(searching, "_bound", lambda asked: 6 << 20)
    for defines, on_disk in (((), 1), (("OC_COMPACT",), 0)):
        library = explorer("two_phase", "RMS=7", "OC_FORCE_INDEXED", "BROKEN", *defines)
        resources = Resources(1, folder=str(tmp_path))
        names = TableNames((), ())
        with Search(library, TWO_PHASE, names, NO_LIMITS, False, resources) as search:
            found = search.run()
            assert (found.figures.states, search.report().on_disk) == (296_448, on_disk)
            assert len(search.path(next(iter(found.findings.values())))) == 23
