"""From 10^5 to 10^8 states, with one worker: `python -m tests.benchmarks.scaling`.

Two-phase commit with ever more managers, then lamps that are switched one by one: n of them are
2^n states with n steps each. Larger instances have more steps from a state as well, so what the
number of states alone does is seen in the time for a transition. Last, a search that has a fifth of
the memory that it took: most of it is on disk then.
"""

from __future__ import annotations

import tempfile
from time import perf_counter, process_time

from ordercheck.engines.native.model import native_model
from ordercheck.engines.native.search import Resources, Search
from tests.benchmarks.native import BENCHMARKS, Model, program

SIZES = {"two_phase": (7, 8, 9, 10), "lights": (17, 22, 27)}
FROM_DISK = ("two_phase", 9)
LEAST = 64 << 20
"""Bytes: no search can be held to less."""


def named(name: str) -> Model:
    """A benchmark's model."""
    return next(model for model in BENCHMARKS if model.name == name)


def measure(name: str, size: int, resources: Resources) -> int:
    """Print what one search took; gives the bytes that it held at most."""
    made = program(named(name), size)
    code = native_model(made)
    with Search(code.library, made, code.layout, resources=resources) as search:
        cpu, wall = process_time(), perf_counter()
        figures = search.run().figures
        cpu, wall = process_time() - cpu, perf_counter() - wall
        most = search.report().most_bytes
    where = f", within {resources.memory >> 20} MiB" if resources.memory else ""
    print(
        f"{figures.states:>13,}{figures.transitions:>15,}{cpu:>9.2f}{wall:>9.2f}"
        f"{1e9 * cpu / figures.states:>10.0f}{1e9 * cpu / figures.transitions:>9.1f}"
        f"{most / figures.states:>9.1f}  {name} {size}{where}",
        flush=True,
    )
    return most


def main() -> None:
    """Print a line for each search."""
    print(f"{'states':>13}{'transitions':>15}{'cpu s':>9}{'wall s':>9}", end="")
    print(f"{'ns/state':>10}{'ns/tr.':>9}{'B/state':>9}")
    held = {
        (name, size): measure(name, size, Resources(1))
        for name, sizes in SIZES.items()
        for size in sizes
    }
    with tempfile.TemporaryDirectory() as folder:
        measure(*FROM_DISK, Resources(1, memory=max(held[FROM_DISK] // 5, LEAST), folder=folder))


if __name__ == "__main__":
    main()
