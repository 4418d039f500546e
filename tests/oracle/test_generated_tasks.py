"""Random models of spawned tasks, JavaScript's loop and clocks mean the same to CPython."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.blocks import blocks
from tests.oracle.comparison import Disagreement
from tests.oracle.tasks import program
from tests.oracle.test_generated import compared


def check(seeds: range, folder: Path) -> None:
    refused = 0
    for seed in seeds:
        try:
            refused += compared(program(seed), folder, steps=12) is None
        except Disagreement as found:
            found.add_note(f"the program of seed {seed}")
            raise
    assert refused <= len(seeds) / 4, "most programs are to compile"


@pytest.mark.parametrize("block", range(2))
def test_cpython_agrees(block: int, tmp_path: Path) -> None:
    check(range(8 * block, 8 * block + 8), tmp_path)


@blocks(30)
def test_cpython_agrees_on_many(block: int, tmp_path: Path) -> None:
    check(range(1000 + 10 * block, 1010 + 10 * block), tmp_path)
