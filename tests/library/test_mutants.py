"""The tests of the library find each bug that is planted on purpose."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.library.mutants import MUTANTS, Mutant


def test_mutants_fit_the_source(tmp_path: Path) -> None:
    """Looking whether each is caught is slow; that what it replaces is there, is not."""
    for mutant in MUTANTS:
        with mutant.planted(tmp_path):
            pass


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_mutant_is_caught(mutant: Mutant, tmp_path: Path) -> None:
    mutant.check()
    with mutant.planted(tmp_path), pytest.raises(AssertionError):
        mutant.check()
