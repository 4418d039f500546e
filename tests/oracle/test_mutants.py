"""The comparison finds each bug that is planted on purpose."""

from __future__ import annotations

from pathlib import Path

import pytest

from ordercheck.frontend import compile_model
from ordercheck.frontend.loading import load_models
from ordercheck.ir.span import BadInput
from tests.oracle.comparison import Comparison
from tests.oracle.generator import program
from tests.oracle.mutants import MUTANTS, Mutant

PROGRAMS = 150


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_mutant_is_caught(mutant: Mutant, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    with mutant.planted():
        assert any(_differs(seed, tmp_path) for seed in range(PROGRAMS))


def _differs(seed: int, folder: Path) -> bool:
    path = folder / f"seed{seed}.py"
    path.write_text(program(seed), encoding="utf-8")
    (model,) = load_models(str(path))
    try:
        Comparison(compile_model(model, {}), model).walk(seed, steps=12)
    except BadInput:
        return False
    except Exception:
        return True  # a disagreement, or an engine that breaks down
    return False
