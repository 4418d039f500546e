"""How fast the reference interpreter explores: python -m tests.benchmarks.two_phase [N …]."""

from __future__ import annotations

import sys
from time import perf_counter

from ordercheck.engines.exploration import explore
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.memory import memory_used
from ordercheck.ir.passes import prepare
from tests.engines.two_phase import two_phase


def main(sizes: list[int]) -> None:
    print("   n     states  transitions  compile ms  states/s  transitions/s  bytes/state")
    for n in sizes:
        program = prepare(two_phase(n))
        before = memory_used() or 0
        start = perf_counter()
        machine = Machine(program)
        compiled = perf_counter()
        result = explore(machine)
        seconds = perf_counter() - compiled
        states, transitions = result.figures.states, result.figures.transitions
        used = ((memory_used() or 0) - before) / states
        print(
            f"{n:4} {states:10,} {transitions:12,} {1e3 * (compiled - start):11.1f}"
            f" {states / seconds:9,.0f} {transitions / seconds:14,.0f} {used:12,.0f}"
        )


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or [3, 5, 7])
