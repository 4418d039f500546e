"""The comparison finds each bug that is planted on purpose."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ordercheck.frontend import compile_model
from ordercheck.frontend.loading import load_models
from ordercheck.ir.span import BadInput
from ordercheck.language import Model
from tests.oracle import generator, tasks
from tests.oracle.comparison import Comparison
from tests.oracle.corners import Exits, Kinds, Numbers, Over, Quitting
from tests.oracle.mutants import MUTANTS, Mutant
from tests.oracle.recursive import Chains, Recursion
from tests.oracle.small import Searches, Small

PROGRAMS = 150
CORNERS = (Exits, Kinds, Numbers, Over, Quitting, Small, Searches, Recursion, Chains)


def test_mutants_fit_the_source() -> None:
    """Looking whether each is caught is slow; that what it replaces is there, is not."""
    for mutant in MUTANTS:
        with mutant.planted():
            pass


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_mutant_is_caught(mutant: Mutant, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    with mutant.planted():
        models = (*mutant.models, *CORNERS)
        found = any(_differs(model, seed) for model in models for seed in range(8))
        assert found or any(
            _differs_in(writer, seed, tmp_path)
            for seed in range(PROGRAMS)
            for writer in (generator.program, tasks.program)
        )


def _differs_in(writer: Callable[[int], str], seed: int, folder: Path) -> bool:
    path = folder / f"seed{seed}.py"
    path.write_text(writer(seed), encoding="utf-8")
    (model,) = load_models(str(path))
    return _differs(model, seed)


def _differs(model: type[Model], seed: int) -> bool:
    try:
        Comparison(compile_model(model, {}), model).walk(seed, steps=12)
    except BadInput:
        return False
    except Exception:
        return True  # a disagreement, or an engine that breaks down
    return False
