"""What a second thread is worth: `python -m tests.benchmarks.threads [MODEL...]`.

A machine that others use as well is faster at one time than at another, by more than what is
measured here. So a search with one worker, the same one with two, and two at once in processes of
their own take turns, and the middle of the ratios is told, with their quartiles. What the two
processes get done is what two cores can do at all: they share the memory, and nothing else.
"""

from __future__ import annotations

import os
import sys
from statistics import quantiles
from time import perf_counter

from tests.benchmarks.native import BENCHMARKS, Model, native, program

TURNS = 9


def side_by_side(model: Model) -> float:
    """Seconds until two searches of one worker each are done, which begin at the same time."""
    begun = perf_counter()
    children = []
    for _ in range(2):
        child = os.fork()
        if child == 0:
            native(model, model.size, 1)
            os._exit(0)
        children.append(child)
    for child in children:
        _, status = os.waitpid(child, 0)
        if status:
            raise SystemExit(f"{model.name}: a search of its own failed")
    return perf_counter() - begun


def told(ratios: list[float]) -> str:
    """The middle, and the quartiles."""
    low, middle, high = quantiles(ratios, n=4)
    return f"{middle:>9.2f}  ({low:.2f} to {high:.2f})"


def measure(model: Model) -> None:
    """Print a line for a model."""
    program(model, model.size)
    states = native(model, model.size, 1).states
    workers, processes = [], []
    for _ in range(TURNS):
        one = native(model, model.size, 1).wall
        two = native(model, model.size, 2)
        if two.states != states:
            raise SystemExit(
                f"{model.name}: {two.states:,} states with two workers, not {states:,}"
            )
        workers.append(one / two.wall)
        processes.append(2 * one / side_by_side(model))
    print(f"{model.name:<12}{states:>12,}{told(workers)}{told(processes)}", flush=True)


def main(names: list[str]) -> None:
    """Print the table."""
    print(f"{'':<12}{'states':>12}{'two workers':>26}{'two processes':>26}")
    for model in BENCHMARKS:
        if not names or model.name in names:
            measure(model)


if __name__ == "__main__":
    main(sys.argv[1:])
