"""Random models mean the same to CPython and to the interpreter."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from ordercheck.frontend import compile_model
from ordercheck.frontend.loading import load_models
from ordercheck.ir.span import BadInput
from tests.blocks import blocks
from tests.oracle.comparison import Comparison, Disagreement
from tests.oracle.generator import program, programs


def compared(source: str, folder: Path, steps: int = 30) -> Comparison | None:
    """A model's source compared along a random walk; None where it does not compile."""
    path = folder / "generated.py"
    path.write_text(source, encoding="utf-8")
    (folder / "pyproject.toml").touch()
    (model,) = load_models(str(path))
    try:
        comparison = Comparison(compile_model(model, {}), model)
        comparison.walk(0, steps)
    except BadInput:
        return None
    except Exception as error:
        error.add_note(source)
        raise
    finally:
        sys.modules.pop(model.__module__, None)
    return comparison


def check(seeds: range, folder: Path, steps: int) -> None:
    refused = 0
    for seed in seeds:
        try:
            refused += compared(program(seed), folder, steps) is None
        except Disagreement as found:
            found.add_note(f"the program of seed {seed}")
            raise
    assert refused < len(seeds) / 5, "most programs are to compile"


@pytest.mark.parametrize("block", range(4))
def test_cpython_agrees(block: int, tmp_path: Path) -> None:
    check(range(50 * block, 50 * block + 50), tmp_path, steps=12)


def test_no_process_goes_round_for_ever_in_a_step() -> None:
    """Else choices inside would have more ways than anybody could wait for."""
    for seed in (*range(60), 756):
        for loop in ast.walk(ast.parse(program(seed))):
            if not isinstance(loop, ast.While) or not isinstance(loop.test, ast.Constant):
                continue
            ends = [each.value if isinstance(each, ast.Expr) else each for each in loop.body]
            assert any(isinstance(end, ast.Await | ast.Raise | ast.Return) for end in ends), seed


@blocks(40)
def test_cpython_agrees_on_many(block: int, tmp_path: Path) -> None:
    check(range(1000 + 30 * block, 1030 + 30 * block), tmp_path, steps=30)


@pytest.mark.slow
def test_cpython_agrees_on_what_hypothesis_finds(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("found")

    @settings(
        max_examples=200,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(programs())
    def agrees(source: str) -> None:
        compared(source, folder)

    agrees()
