"""Random coroutines, with exceptions, loops and choices: as the interpreter runs them."""

from __future__ import annotations

from itertools import islice

from ordercheck.engines.interpreter import Machine
from ordercheck.engines.native.generate import generate
from ordercheck.engines.transition import ModelError, State
from ordercheck.ir.nodes import Program
from ordercheck.ir.passes import give_frames
from tests.blocks import blocks
from tests.engines.native.agreement import compare_state
from tests.engines.native.drawing import drawn
from tests.engines.native.driver import Native, build
from tests.engines.patience import TooManyWays, patience
from tests.ir.strategies import coroutines


def check_same(sources: list[Program]) -> None:
    framed = [give_frames(source) for source in sources]
    natives = build([(generate(program), len(program.cover)) for program in framed])
    compared = sum(walk(each, native) for each, native in zip(framed, natives, strict=True))
    assert compared >= len(sources) // 2


def walk(program: Program, native: Native, most: int = 25) -> int:
    """Compare the first states; how many could be."""
    with patience():
        machine = Machine(program)
    pending: list[State] = [t for _, t in machine.starts() if not isinstance(t, ModelError)]
    seen = set(pending)
    compared = 0
    for state in islice(pending, most):
        try:
            targets = compare_state(machine, native, state)
        except (NameError, TooManyWays):
            # The strategy's programs may read what was never bound; front ends see to it.
            return compared
        compared += 1
        pending += [target for target in targets if target not in seen]
        seen.update(targets)
    return compared


def test_coroutines() -> None:
    check_same(drawn(coroutines(), 40))


@blocks(30)
def test_many_coroutines(block: int) -> None:
    check_same(drawn(coroutines(), 50, block))
