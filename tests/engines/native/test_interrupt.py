"""A long search answers: to Ctrl-C, to whoever asks how far it has come, to limits of time."""

from __future__ import annotations

import os
import signal
import threading
from time import perf_counter

from ordercheck.engines.exploration import NO_LIMITS, Exploration, Limits
from ordercheck.engines.native.search import Resources, Search
from tests.engines.native.build import explorer
from tests.engines.native.test_checkpoint import TWO_PHASE
from tests.engines.native.test_search import TableNames

MANAGERS = 12
"""There are two thousand million states: no search in a test comes to their end."""

NAMES = TableNames((), ())


class Told:
    """Keeps what it is told, and when."""

    def __init__(self) -> None:
        self.states: list[int] = []
        self.times = [perf_counter()]

    def __call__(self, states: int, levels: int, waiting: int, note: str = "", /) -> None:
        assert levels > 0
        assert "GiB" in note
        self.states.append(states)
        self.times.append(perf_counter())


def begin(limits: Limits, told: Told) -> Exploration:
    library = explorer("two_phase", f"RMS={MANAGERS}")
    resources = Resources(2, memory=None)
    with Search(library, TWO_PHASE, NAMES, limits, False, resources) as search:
        return search.run(told)


def test_an_interrupt_is_answered() -> None:
    explorer("two_phase", f"RMS={MANAGERS}")  # compiled before the clock runs
    told = Told()
    sent: list[float] = []

    def interrupt() -> None:
        sent.append(perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    threading.Timer(0.6, interrupt).start()
    found = begin(NO_LIMITS, told)
    # 0.1 s on an idle machine; tests run on busy ones.
    assert perf_counter() - sent[0] < 2
    assert (found.limit, found.complete) == ("interrupted", False)
    assert found.figures.states > 0


def test_the_time_is_kept_and_progress_is_told() -> None:
    explorer("two_phase", f"RMS={MANAGERS}")
    told = Told()
    begun = perf_counter()
    found = begin(Limits(seconds=0.8), told)
    assert perf_counter() - begun < 3
    assert found.limit == "0.8 seconds"
    assert told.states == sorted(told.states)
    assert len(told.states) > 2
