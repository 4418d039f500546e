"""Random models through everything that the native engine does, as the interpreter does it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from ordercheck.engines.native.generate import Unsupported, generate
from ordercheck.ir.nodes import Program
from tests.blocks import blocks
from tests.checking.graphs import graphs, program_of
from tests.engines.native.drawing import drawn
from tests.engines.native.plugged import build
from tests.engines.native.same import FIRST, WHOLE, compare
from tests.engines.native.test_generated import compiled
from tests.oracle import generator


def check(programs: Sequence[tuple[str, Program]], states: int, traces: bool = False) -> int:
    """Compare these; how many different states they have in all."""
    generated = []
    for name, program in programs:
        try:
            generated.append((name, program, generate(program)))
        except Unsupported:
            continue
    assert len(generated) > 0.9 * len(programs)
    models = build([(program, made) for _, program, made in generated])
    total = 0
    for k, ((name, _, _), model) in enumerate(zip(generated, models, strict=True)):
        options = replace((WHOLE, FIRST)[k % 2], max_states=states, traces=traces)
        try:
            total += compare(model, options).states
        except BaseException as error:
            error.add_note(name)
            raise
    return total


def sources(
    seeds: range, folder: Path, text: Callable[[int], str] = generator.program
) -> list[tuple[str, Program]]:
    """The models of these seeds that compile."""
    found = [(f"the program of seed {seed}", compiled(text(seed), folder)) for seed in seeds]
    return [(name, program) for name, program in found if program is not None]


def tables(count: int, block: int) -> list[tuple[str, Program]]:
    """Programs that walk small random graphs, with every kind of flaw."""
    return [(repr(made), program_of(made)) for made in drawn(graphs(), count, block)]


@pytest.mark.parametrize("block", range(3))
def test_models_are_the_same(block: int, tmp_path: Path) -> None:
    assert check(sources(range(500 + 10 * block, 510 + 10 * block), tmp_path), 200) > 400


@pytest.mark.parametrize("block", range(2))
def test_small_graphs_are_the_same(block: int) -> None:
    assert check(tables(50, block), 100) > 80


@blocks(40)
def test_many_models_are_the_same(block: int, tmp_path: Path) -> None:
    check(sources(range(10_000 + 25 * block, 10_025 + 25 * block), tmp_path), 1000, traces=True)


@blocks(10)
def test_many_small_graphs_are_the_same(block: int) -> None:
    check(tables(100, 2 + block), 100, traces=True)
