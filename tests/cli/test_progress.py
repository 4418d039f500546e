"""What a long run shows of itself."""

from __future__ import annotations

import pytest

from ordercheck.cli.progress import Progress


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("ordercheck.cli.progress.time", made)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.delenv("TERM", raising=False)
    return made


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    said: list[str] = []
    monkeypatch.setattr(Progress, "_show", lambda self, text, note: said.append(f"{text}; {note}"))
    return said


def test_rates_are_those_of_the_last_seconds(clock: Clock, shown: list[str]) -> None:
    progress = Progress("Bank", "")
    for second in range(1, 11):
        clock.now += 1
        # Slow to begin with, then ten times as quick.
        states = 100 * min(second, 5) + 1000 * max(0, second - 5)
        progress.update(states, second, 7, "0.10 of 2.0 GiB")
    assert shown[2] == "300 states (100 a second), level 3, 7 to go; 0.10 of 2.0 GiB"
    assert shown[-1] == "5,500 states (1,000 a second), level 10, 7 to go; 0.10 of 2.0 GiB"


def test_another_engine_begins_anew(clock: Clock, shown: list[str]) -> None:
    progress = Progress("Bank", "")
    for states in (20_000, 25_000, 1_000, 3_000):
        clock.now += 1
        progress.update(states, 1, 0)
    assert "(0 a second)" in shown[2]
    assert "(2,000 a second)" in shown[3]


def test_runs(clock: Clock, shown: list[str]) -> None:
    progress = Progress("Bank", "")
    clock.now += 2
    progress.update_runs(1_000, 50_000, 321, "0.00 of 2.0 GiB")
    assert shown == ["1,000 runs, 50,000 steps (25,000 a second), 321 states; 0.00 of 2.0 GiB"]


def test_nothing_is_shown_too_soon_or_too_often(clock: Clock, shown: list[str]) -> None:
    progress = Progress("Bank", "")
    for _ in range(100):
        clock.now += 0.01
        progress.update(1, 1, 1)
    assert 5 <= len(shown) <= 6


def test_files(clock: Clock, shown: list[str]) -> None:
    progress = Progress("looking for models in .", "")
    progress.update_files(10, 0)
    clock.now += 2
    progress.update_files(12_345, 2)
    assert shown == ["12,345 files, 2 of them with models; "]
