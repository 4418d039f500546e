"""The native engine against its peers, measured in one run: `python -m tests.benchmarks.native`.

Two-phase commit with N resource managers (nine: 10,340,352 states): the native engine with one
worker and with two, the interpreter on a smaller one, and SPIN where it is installed
(`apt-get install spin`), without reductions on either side. TLC and Stateright are not
measured: neither was found as a package of its own.

Rates are by processor time of the search alone, so that other work on the machine disturbs
little; the speed-up by threads is by the clock, and means something on an idle machine only.
"""

from __future__ import annotations

import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time

from ordercheck.cli.loading import Configuration, compiled, one_model
from ordercheck.engines.exploration import explore
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.native.model import native_model
from ordercheck.engines.native.search import Resources, Search
from ordercheck.ir.nodes import Program

ROOT = Path(__file__).parents[2]
PROMELA = Path(__file__).parent / "two_phase.pml"
INTERPRETED = 5


@dataclass(frozen=True, slots=True)
class Run:
    """What one search took: seconds of processor and of clock, bytes a state at the peak."""

    who: str
    states: int
    transitions: int
    cpu: float
    wall: float
    bytes: float

    @property
    def rate(self) -> float:
        """States a second of processor time."""
        return self.states / self.cpu


def program(managers: int) -> Program:
    """The classic with so many resource managers."""
    found = one_model(str(ROOT / "models/classics/two_phase.py"))
    return compiled(found, Configuration((("managers", str(managers)),)))


def native(managers: int, workers: int) -> Run:
    """A search by the native engine, compiling left out."""
    made = program(managers)
    model = native_model(made)
    with Search(model.library, made, model.layout, resources=Resources(workers)) as search:
        cpu, wall = process_time(), perf_counter()
        figures = search.run().figures
        cpu, wall = process_time() - cpu, perf_counter() - wall
        most = search.report().most_bytes
    name = f"native, {workers} worker{'s' if workers > 1 else ''}"
    return Run(name, figures.states, figures.transitions, cpu, wall, most / figures.states)


def interpreter(managers: int) -> Run:
    """An exploration by the interpreter."""
    machine = Machine(program(managers))
    cpu, wall = process_time(), perf_counter()
    figures = explore(machine).figures
    cpu, wall = process_time() - cpu, perf_counter() - wall
    return Run(f"interpreter, n={managers}", figures.states, figures.transitions, cpu, wall, 0)


def spin(managers: int) -> Run | None:
    """SPIN's search, exhaustive and without partial-order reduction; None without SPIN."""
    if managers != 9 or not shutil.which("spin"):
        return None
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["spin", "-a", str(PROMELA)], cwd=folder, check=True, capture_output=True)
        build = ["cc", "-O2", "-w", "-DSAFETY", "-DNOREDUCE", "-DMEMLIM=8000", "-o", "pan", "pan.c"]
        subprocess.run(build, cwd=folder, check=True)
        before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), perf_counter()
        command = ["./pan", "-m2000000", "-w25", "-n"]
        done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
        after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), perf_counter() - wall
    states = int(found(r"(\d+) states, stored", done.stdout))
    transitions = int(float(found(r"([\d.e+]+) transitions", done.stdout)))
    memory = float(found(r"([\d.]+)\ttotal actual memory", done.stdout)) * 2**20
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run("SPIN", states, transitions, cpu, wall, memory / states)


def found(pattern: str, text: str) -> str:
    """The first group of a pattern that is there."""
    match = re.search(pattern, text)
    assert match is not None, text
    return match[1]


def main(managers: int) -> None:
    """Print the table."""
    print(f"{'':<20}{'states':>12}{'transitions':>13}{'cpu s':>8}{'wall s':>8}", end="")
    print(f"{'states/cpu s':>14}{'bytes/state':>13}{'native is':>12}", flush=True)
    first: Run | None = None
    measures: tuple[Callable[[], Run | None], ...] = (
        lambda: native(managers, 1),
        lambda: native(managers, 2),
        lambda: interpreter(INTERPRETED),
        lambda: spin(managers),
    )
    for measure in measures:
        run = measure()
        if run is None:
            print("SPIN is not installed, or this is not n = 9: not measured")
            continue
        first = first or run
        memory = f"{run.bytes:.1f}" if run.bytes else "-"
        ratio = first.rate / run.rate
        print(
            f"{run.who:<20}{run.states:>12,}{run.transitions:>13,}{run.cpu:>8.2f}{run.wall:>8.2f}"
            f"{run.rate:>14,.0f}{memory:>13}{ratio:>11.1f}x",
            flush=True,
        )
    print("TLC, Stateright: not measured")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
