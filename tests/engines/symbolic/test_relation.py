"""z3's terms for steps and properties give what the interpreter gives, state by state."""

from __future__ import annotations

from pathlib import Path

import pytest

from ordercheck.engines.symbolic.clock import Clock, OutOfTime
from ordercheck.engines.symbolic.context import Unsupported
from ordercheck.frontend import compile_model
from ordercheck.frontend.loading import load_models
from ordercheck.ir.nodes import Program
from ordercheck.ir.passes import give_frames
from ordercheck.ir.span import BadInput
from tests.blocks import blocks
from tests.engines.native.drawing import drawn
from tests.engines.patience import TooManyWays, patience
from tests.engines.symbolic.comparison import Comparison, Evaluation, sample
from tests.ir.strategies import coroutines
from tests.models.test_classics import CASES, Case, model_of
from tests.oracle.generator import program as random_source

QUICK = [
    case
    for case in CASES
    if case.name
    in (
        "two_phase_3_hasty",
        "dining_3",
        "alternating_bit",
        "paxos_1_1_2",
        "teaching_concurrency_5",
    )
]


def compiled(case: Case) -> Program:
    return compile_model(model_of(case.model), case.parameters)


@pytest.mark.parametrize("case", [pytest.param(c, id=c.name) for c in QUICK])
def test_classics(case: Case) -> None:
    program = compiled(case)
    evaluation = Evaluation(program)
    for state in sample(program, 4):
        evaluation.check(state)


@pytest.mark.parametrize("name", ["die_hard", "peterson", "transaction_commit_3", "two_flags"])
def test_what_z3_finds_by_searching(name: str) -> None:
    program = compiled(next(case for case in CASES if case.name == name))
    comparison = Comparison(program)
    comparison.beginnings()
    for state in sample(program, 4):
        comparison.check(state)


def check_coroutines(count: int, seconds: float, block: int = 0) -> int:
    """How many of so many random programs could be compared."""
    compared = 0
    for source in drawn(coroutines(), count, block):
        program = give_frames(source)
        try:
            with patience():
                states = sample(program, 3, states=30)
                evaluation = Evaluation(program, Clock(seconds))
            for state in states:
                evaluation.check(state)
            compared += 1
        except (OutOfTime, TooManyWays):
            continue
        except NameError:
            # The strategy's programs may read what was never bound; front ends see to it.
            continue
    return compared


def test_random_coroutines() -> None:
    assert check_coroutines(8, seconds=1) > 1


@blocks(10)
def test_many_random_coroutines(block: int) -> None:
    assert check_coroutines(20, 5, block) > 2


def check_random(seeds: range, folder: Path, states: int, seconds: float) -> int:
    """How many of the random models could be compared."""
    checked = 0
    for seed in seeds:
        path = folder / f"generated{seed}.py"
        path.write_text(random_source(seed), encoding="utf-8")
        (folder / "pyproject.toml").touch()
        try:
            (model,) = load_models(str(path))
            program = compile_model(model, {})
            evaluation = Evaluation(program, Clock(seconds))
            for state in sample(program, states, states=200):
                evaluation.check(state)
            checked += 1
        except (BadInput, Unsupported, OutOfTime):
            continue
        except AssertionError as error:
            error.add_note(f"the program of seed {seed}")
            raise
    return checked


def test_random_models(tmp_path: Path) -> None:
    assert check_random(range(4), tmp_path, states=2, seconds=3)


@blocks(20)
def test_many_random_models(block: int, tmp_path: Path) -> None:
    seeds = range(10 + 10 * block, 20 + 10 * block)
    assert check_random(seeds, tmp_path, states=4, seconds=10) > 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "case", [pytest.param(c, id=c.name) for c in CASES if c.name != "coffee_can_1000"]
)
def test_all_classics(case: Case) -> None:
    program = compiled(case)
    evaluation = Evaluation(program)
    for state in sample(program, 10):
        evaluation.check(state)
