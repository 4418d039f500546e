"""Tables that grow: nothing is lost, and only where tags don't tell enough states are read."""

from __future__ import annotations

import pytest

from tests.engines.native.growing import BUILDS, TAGGED, fill_large, fill_often


@pytest.mark.parametrize("build", BUILDS)
def test_nothing_is_lost(build: str) -> None:
    total = fill_often(build, 60)
    assert total["growths"] > 100
    assert total["crowded" if build == "half a word" else "wrapped"]
    if build in TAGGED:
        assert 0 < total["crowded"] < total["read"] < total["growths"] / 2
    else:
        assert total["read"] == 0


def test_a_large_table_reads_its_states_once() -> None:
    """When half a million slots become more, tags are taken from further down in the hash."""
    found = fill_large()
    assert found["growths"] > 4
    assert (found["lost"], found["read"], found["crowded"]) == (0, 1, 0)
