"""From 10^5 to 10^8 states, with one worker: `python -m tests.benchmarks.scaling [LAMPS …]`.

Lamps that are switched one by one: n of them are 2^n states with n steps each, so the time for a
transition shows what the number of states alone does to it. The last size is searched once more
with a tenth of the memory that it took: then most of it is on disk.
"""

from __future__ import annotations

import sys
import tempfile
from time import perf_counter, process_time

from ordercheck.engines.native.model import native_model
from ordercheck.engines.native.search import Resources, Search
from tests.benchmarks.native import BENCHMARKS, Model, program

LAMPS = (17, 20, 23, 25, 27)
LEAST = 64 << 20
"""Bytes: no search can be held to less."""


def lights() -> Model:
    """The benchmark whose states are all those of a row of lamps."""
    return next(model for model in BENCHMARKS if model.name == "lights")


def measure(model: Model, size: int, resources: Resources) -> int:
    """Print what one search took; gives the bytes that it held at most."""
    made = program(model, size)
    code = native_model(made)
    with Search(code.library, made, code.layout, resources=resources) as search:
        cpu, wall = process_time(), perf_counter()
        figures = search.run().figures
        cpu, wall = process_time() - cpu, perf_counter() - wall
        most = search.report().most_bytes
    where = f"within {resources.memory >> 20} MiB" if resources.memory else "in memory"
    print(
        f"{figures.states:>13,}{figures.transitions:>15,}{cpu:>9.2f}{wall:>9.2f}"
        f"{1e9 * cpu / figures.states:>10.0f}{1e9 * cpu / figures.transitions:>9.1f}"
        f"{most / figures.states:>9.1f}  {where}",
        flush=True,
    )
    return most


def main(sizes: list[int]) -> None:
    """Print a line for each size."""
    print(f"{'states':>13}{'transitions':>15}{'cpu s':>9}{'wall s':>9}", end="")
    print(f"{'ns/state':>10}{'ns/tr.':>9}{'B/state':>9}")
    model = lights()
    held = [measure(model, size, Resources(1)) for size in sizes]
    with tempfile.TemporaryDirectory() as folder:
        bounded = Resources(1, memory=max(held[-2:][0] // 5, LEAST), folder=folder)
        measure(model, sizes[-2:][0], bounded)


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or list(LAMPS))
