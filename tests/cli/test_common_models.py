"""Models that derive from a common one are found in a folder; the common one is not run."""

from __future__ import annotations

from pathlib import Path

import pytest

from ordercheck.cli.main import run

COMMON = '''"""Counters."""
from abc import ABC

from ordercheck import Model, action, integer, param


class CountModel(Model, ABC):
    """Counts."""

    top: int = param(2, lo=1, hi=3)
    deadlock = False

    def setup(self) -> None:
        """At 0."""
        self.n = integer(0, lo=0, hi=9)

    @action
    def count(self) -> None:
        """One more, up to the top."""
        self.n = min(self.n + 1, self.top)
'''
SMALL = '''"""A small counter."""
from common import CountModel
from ordercheck import holds, invariant, variant


class Small(CountModel):
    """A counter with a claim."""

    variants = [variant("three", top=3, expect=holds())]

    @invariant
    def small(self) -> bool:
        """Not above the top."""
        return self.n <= self.top
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "common.py").write_text(COMMON)
    (tmp_path / "small.py").write_text(SMALL)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_what_derives_from_it_is_a_model(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", str(folder)]) == 0
    told = capsys.readouterr().out
    assert "Small" in told
    assert "three" in told
    assert "CountModel" not in told


def test_by_itself_it_is_none(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", str(folder / "common.py")]) == 2
    assert "there is no model in" in capsys.readouterr().err
