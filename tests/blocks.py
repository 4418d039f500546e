"""Random tests go through blocks of seeds: some by default, any others by request.

    ORDERCHECK_BLOCKS=40:400 pytest -m slow tests/oracle/test_generated.py

goes through 360 blocks that no test has by default: for a night, or after a large change.
"""

from __future__ import annotations

import os

import pytest


def blocks(count: int) -> pytest.MarkDecorator:
    """A slow test for each of so many blocks, or of those that ORDERCHECK_BLOCKS names."""
    first, _, end = os.environ.get("ORDERCHECK_BLOCKS", f"0:{count}").partition(":")
    chosen = [pytest.param(block, marks=pytest.mark.slow) for block in range(int(first), int(end))]
    return pytest.mark.parametrize("block", chosen)
