"""The native engine against its peers, measured in one run: `python -m tests.benchmarks.native`.

Each model is searched as a whole by the native engine, by SPIN (all states, no reduction), by
TLC and Stateright as far as they can be had. TLC, which needs long, is given a smaller instance,
which is then said, and the interpreter only the first states of the same one. States must be equal:
where they are not, the command fails.

Rates are states by seconds of processor time, so that other work on the machine disturbs little;
of the native engine's without compiling, of the others' with their start. What threads are worth
is measured by threads.py.

Arguments are names of models; without any, all are measured.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import perf_counter, process_time

from ordercheck.cli.loading import Configuration, compiled, one_model
from ordercheck.engines.exploration import Limits, explore
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.native.model import native_model
from ordercheck.engines.native.search import Resources, Search
from ordercheck.ir.nodes import Program
from tests.benchmarks.peers import MODELS, Absent, Run, spin, stateright, tlc

ROOT = Path(__file__).parents[2]

INTERPRETED = 20_000
"""States that the interpreter is to find."""

Settings = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Model:
    """A model, which of its parameters is the size, and the sizes that each checker is given.

    `promela` and `tla` name its twins, if there are any.
    """

    name: str
    kind: str
    path: Path
    parameter: str
    size: int
    others: Settings = ()
    promela: str | None = None
    tla: str | None = None
    tla_size: int = 0
    stateright: bool = False


BENCHMARKS = (
    Model(
        "two_phase",
        "messages in a set",
        ROOT / "models/classics/two_phase.py",
        "managers",
        9,
        promela="two_phase",
        tla="TwoPhase",
        tla_size=7,
        stateright=True,
    ),
    Model(
        "ring",
        "queues",
        MODELS / "ring.py",
        "nodes",
        12,
        promela="ring",
        tla="Ring",
        tla_size=10,
    ),
    Model(
        "tokens",
        "wide states",
        MODELS / "tokens.py",
        "cells",
        72,
        others=(("tokens", "4"),),
        promela="tokens",
        tla="Tokens",
        tla_size=40,
    ),
    Model(
        "lights",
        "many short-lived states",
        MODELS / "lights.py",
        "lamps",
        22,
        promela="lights",
        tla="Lights",
        tla_size=16,
    ),
    Model(
        "event_log",
        "coroutines on loops",
        ROOT / "models/event_log.py",
        "ticks",
        3,
        others=(("payloads", "1"), ("crashes", "1")),
    ),
)


@cache
def program(model: Model, size: int) -> Program:
    """A model in some size."""
    found = one_model(str(model.path))
    return compiled(found, Configuration((*model.others, (model.parameter, str(size)))))


def native(model: Model, size: int, workers: int) -> Run:
    """A search by the native engine, compiling left out; it goes on when something is wrong."""
    made = program(model, size)
    code = native_model(made)
    with Search(
        code.library, made, code.layout, continue_=True, resources=Resources(workers)
    ) as search:
        cpu, wall = process_time(), perf_counter()
        figures = search.run().figures
        cpu, wall = process_time() - cpu, perf_counter() - wall
        most = search.report().most_bytes
    name = f"native, {workers} worker{'s' if workers > 1 else ''}"
    return Run(name, figures.states, figures.transitions, cpu, wall, most / figures.states)


def interpreter(model: Model) -> Run:
    """An exploration of the first states by the interpreter."""
    machine = Machine(program(model, model.size))
    cpu, wall = process_time(), perf_counter()
    found = explore(machine, Limits(states=INTERPRETED), continue_=True)
    cpu, wall = process_time() - cpu, perf_counter() - wall
    return Run("interpreter, partly", INTERPRETED, found.figures.transitions, cpu, wall)


def peers(model: Model, states: int) -> Iterator[Run | Absent]:
    """What all others took for a model."""
    yield interpreter(model)
    try:
        if model.promela:
            yield spin(model.promela, model.size, states)
    except Absent as absent:
        yield absent
    try:
        if model.tla:
            run = tlc(model.tla, model.tla_size)
            same(run, native(model, model.tla_size, 1).states)
            yield run
    except Absent as absent:
        yield absent
    try:
        if model.stateright:
            yield stateright(model.size)
    except Absent as absent:
        yield absent


def same(run: Run, states: int) -> None:
    """Fail if a peer has not searched the same states."""
    if run.states != states:
        raise SystemExit(f"{run.who}: {run.states:,} states, but the native engine has {states:,}")


def show(run: Run, rate: float) -> None:
    """Print a line of the table; `rate` is the native engine's with one worker."""
    memory = f"{run.bytes:.1f}" if run.bytes else "-"
    print(
        f"  {run.who:<22}{run.states:>12,}{run.transitions:>13,}{run.cpu:>8.2f}{run.wall:>8.2f}"
        f"{run.rate:>14,.0f}{memory:>13}{rate / run.rate:>11.1f}x",
        flush=True,
    )


def measure(model: Model) -> None:
    """Print what a model took."""
    print(f"{model.name}, {model.parameter} = {model.size}: {model.kind}", flush=True)
    # Once for nothing: the first search's pages are new to the system as well.
    native(model, model.size, 1)
    one = native(model, model.size, 1)
    show(one, one.rate)
    two = native(model, model.size, 2)
    same(two, one.states)
    show(two, one.rate)
    for run in peers(model, one.states):
        if isinstance(run, Absent):
            print(f"  not measured: {run}", flush=True)
            continue
        if run.who in ("SPIN", "Stateright"):
            same(run, one.states)
        show(run, one.rate)


def main(names: list[str]) -> None:
    """Print the table."""
    if unknown := set(names) - {model.name for model in BENCHMARKS}:
        raise SystemExit(f"no such model: {', '.join(sorted(unknown))}")
    print(f"{'':<24}{'states':>12}{'transitions':>13}{'cpu s':>8}{'wall s':>8}", end="")
    print(f"{'states/cpu s':>14}{'bytes/state':>13}{'native is':>12}")
    for model in BENCHMARKS:
        if not names or model.name in names:
            measure(model)


if __name__ == "__main__":
    main(sys.argv[1:])
