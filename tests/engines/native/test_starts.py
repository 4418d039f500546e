"""Initial states: many of them, chosen among values of every shape, some at a time."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable
from time import perf_counter

import pytest

from ordercheck import Model, action, choose, integer, invariant, param, require
from ordercheck.checking import Options, check
from ordercheck.engines.exploration import NO_LIMITS
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.native.generate import generate
from ordercheck.engines.native.graph import native_arrays
from ordercheck.engines.native.surveying import survey_of
from ordercheck.engines.native.walking import native_figures
from ordercheck.engines.simulation import figures_of, walks
from ordercheck.frontend import compile_model
from tests.engines.native.same import compare_graphs
from tests.engines.native.test_verdicts import comparable, quick_compiler  # noqa: F401

pytestmark = pytest.mark.usefixtures("quick_compiler")

RANDOM = random.Random(3)
PAIRS = [(a, b) for a in range(12) for b in range(12)]
RANDOM.shuffle(PAIRS)
ROWS = [("fig", (2, -3)), ("", (40_000, 1)), ("apple", (-7, 5)), ("fig", (2, -4)), ("z", (0, 0))]
SETS = [(frozenset({2, 3}), 4), (frozenset(), 1), (frozenset({1}), 9), (frozenset({1, 2, 3}), 0)]
FAR = [5, -60_000, 3, 1 << 40, -(1 << 50)]


class Fillings(Model):
    """What is chosen is taken apart, so that it is looked up in tables of many kinds."""

    def setup(self) -> None:
        pair, row, some, far = choose(PAIRS), choose(ROWS), choose(SETS), choose(FAR)
        self.a = integer(pair[0], lo=0, hi=11)
        self.b = integer(pair[1], lo=0, hi=11)
        self.c = integer(row[1][1], lo=-10, hi=10)
        self.some = integer(some[1], lo=0, hi=9)
        self.far = integer(far, lo=-(1 << 60), hi=1 << 60)
        self.moved = integer(0, lo=0, hi=1)

    @action
    def move(self) -> None:
        require(self.moved == 0 and self.a < 2)
        self.moved = 1
        self.b = choose(range(2))

    @invariant
    def low(self) -> bool:
        return self.a + self.b + self.c + self.some < 34 or self.far < 0


def test_what_is_chosen_is_looked_up() -> None:
    program = compile_model(Fillings, {})
    expected = check(program, Options(continue_=True, engine="interpreter"))
    assert expected.initial == 144 * 5 * 4 * 5
    assert expected.violations
    for workers in (1, 2):
        native = Options(continue_=True, engine="native", workers=workers)
        assert comparable(check(program, native)) == comparable(expected)


def test_graphs_and_runs_begin_in_all_of_them() -> None:
    program = compile_model(Fillings, {})
    survey, machine = survey_of(program), Machine(program)
    compare_graphs(machine, survey, NO_LIMITS)
    numbers = range(1, 400)
    taken = figures_of(machine, list(walks(machine, numbers, 5, 2)))
    assert native_figures(survey, program, numbers, 5, 2, workers=2) == taken


class Can(Model):
    """As many initial states as there are pairs of numbers that are not more than a number."""

    most: int = param(100, lo=1, hi=300)

    def setup(self) -> None:
        pairs = [(a, b) for a in range(self.most + 1) for b in range(self.most + 1 - a)]
        start = choose(pairs)
        self.a = integer(start[0], lo=0, hi=self.most)
        self.b = integer(start[1], lo=0, hi=self.most)

    @action
    def take(self) -> None:
        require(self.a > 0)
        self.a -= 1


def test_thousands_of_initial_states_are_tables() -> None:
    """They were lines of C once, a comparison for each, which took the compiler minutes."""
    few, many = (generate(compile_model(Can, {"most": most})).header for most in (10, 100))
    assert few.count("\n") == many.count("\n")
    assert len(many) < 30 * 5151
    verdict = check(compile_model(Can, {"most": 100}), Options(engine="native"))
    assert (verdict.initial, verdict.states) == (5151, 5151)


class Millions(Model):
    """10,000 million initial states."""

    def setup(self) -> None:
        self.a = integer(choose(range(100)), lo=0, hi=99)
        self.b = integer(choose(range(100)), lo=0, hi=99)
        self.c = integer(choose(range(100)), lo=0, hi=99)
        self.d = integer(choose(range(100)), lo=0, hi=99)
        self.e = integer(choose(range(100)), lo=0, hi=99)

    @action
    def stay(self) -> None:
        pass


def is_answered(work: Callable[[], str]) -> None:
    """Whether an interrupt ends it soon: 0.1 s on an idle machine, but tests run on busy ones."""
    sent: list[float] = []

    def interrupt() -> None:
        sent.append(perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(0.8, interrupt)
    timer.start()
    limit = work()
    assert perf_counter() - sent[0] < 3
    assert limit == "interrupted"


def test_an_interrupt_is_answered_while_there_are_ever_more_of_them() -> None:
    program = compile_model(Millions, {})
    survey_of(program)  # compiled before the clock runs
    check(program, Options(engine="native", max_seconds=0.01))
    is_answered(lambda: check(program, Options(engine="native")).limit)
    is_answered(lambda: native_arrays(survey_of(program), program).limit)

    def runs() -> str:
        figures = native_figures(survey_of(program), program, range(1, 10), 5, 1, 2)
        return "interrupted" if figures.interrupted else ""

    is_answered(runs)


def test_initial_states_beyond_the_bound_of_memory_end_a_graph_in_good_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ordercheck.engines.native.graph.memory_bound", lambda asked: 1 << 20)
    program = compile_model(Millions, {})
    arrays = native_arrays(survey_of(program), program)
    assert arrays.limit.endswith("of memory")
    assert arrays.expanded == 0
