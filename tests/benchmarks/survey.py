"""Graphs and random runs: `python -m tests.benchmarks.survey`, by processor time on one core.

Two-phase commit: how many transitions a second become a graph, what one takes of memory, and how
many random steps there are in a second, natively and by the interpreter.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from time import process_time
from typing import TypeVar

from ordercheck.engines.interpreter import Machine
from ordercheck.engines.memory import memory_used
from ordercheck.engines.native.graph import native_arrays
from ordercheck.engines.native.surveying import survey_of
from ordercheck.engines.native.walking import native_figures
from ordercheck.engines.simulation import figures_of, walks
from ordercheck.engines.state_arrays import interpreted_arrays
from tests.engines.two_phase import two_phase

T = TypeVar("T")
MANAGERS, FEWER = 9, 6
STEPS = 1000


def timed(work: Callable[[], T]) -> tuple[T, float]:
    begun = process_time()
    found = work()
    return found, process_time() - begun


def graphs(managers: int) -> None:
    program = two_phase(managers)
    survey, before = survey_of(program), memory_used() or 0
    arrays, seconds = timed(lambda: native_arrays(survey, program))
    bytes_ = (memory_used() or 0) - before
    print(
        f"graph, {managers} managers: {len(arrays):,} states, {arrays.edges:,} transitions, "
        f"{seconds:.2f} s, {arrays.edges / seconds / 1e6:.1f} million transitions a second, "
        f"{bytes_ / arrays.edges:.1f} bytes a transition, {bytes_ / len(arrays):.0f} a state"
    )
    if managers == FEWER:
        machine = Machine(program)
        _, slowly = timed(lambda: interpreted_arrays(machine))
        print(f"  interpreter: {slowly:.2f} s, {slowly / seconds:.0f} times as long")


def runs(managers: int) -> None:
    program = two_phase(managers)
    survey, machine = survey_of(program), Machine(program)
    numbers = range(1, 20_001)
    found, seconds = timed(lambda: native_figures(survey, program, numbers, STEPS, 0, workers=1))
    few = walks(machine, numbers[:200], STEPS, 0)
    slow, slowly = timed(lambda: figures_of(machine, few))
    pace, slow_pace = found.steps / seconds, slow.steps / slowly
    print(
        f"runs, {managers} managers: {pace / 1e6:.1f} million steps a second, {found.states:,} "
        f"states met; interpreter: {slow_pace:,.0f}, {pace / slow_pace:.0f} times as slow"
    )


def main() -> None:
    print(f"{os.uname().machine}, Python {sys.version.split()[0]}")
    for managers in (FEWER, MANAGERS):
        graphs(managers)
    for managers in (FEWER, 7, MANAGERS):
        runs(managers)


if __name__ == "__main__":
    main()
