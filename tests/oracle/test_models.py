"""The models that come with the package mean the same to CPython and to the interpreter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ordercheck.cli.loading import defines_model
from ordercheck.frontend import compile_model
from ordercheck.frontend.loading import load_models
from ordercheck.language import Model
from tests.oracle.comparison import Comparison

ROOT = Path(__file__).parents[2]
FILES = [path for path in sorted((ROOT / "models").rglob("*.py")) if defines_model(str(path))]


def cases() -> list[Any]:
    """Each model of each file, with its default parameters and those of its variants."""
    found = []
    for path in FILES:
        for model in load_models(str(path)):
            rows: list[dict[str, Any]] = [{}, *(dict(v.parameters) for v in model.variants)]
            distinct = [row for k, row in enumerate(rows) if row not in rows[:k]]
            for k, row in enumerate(distinct):
                marks = [pytest.mark.slow] if k > 1 else []
                found.append(pytest.param(model, row, id=f"{path.stem}-{row}", marks=marks))
    return found


@pytest.mark.parametrize(("model", "parameters"), cases())
def test_cpython_agrees(model: type[Model], parameters: dict[str, Any]) -> None:
    comparison = Comparison(compile_model(model, parameters), model, parameters)
    for seed in range(2):
        comparison.walk(seed)
    assert comparison.tally.transitions > 0
