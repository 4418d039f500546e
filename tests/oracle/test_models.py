"""The models that come with the package mean the same to CPython and to the interpreter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ordercheck.cli.folders import defines_model
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
            rows = [("defaults", {}), *((v.name, dict(v.parameters)) for v in model.variants)]
            distinct: list[dict[str, Any]] = []
            for name, row in rows:
                if row in distinct:
                    continue
                distinct.append(row)
                marks = [pytest.mark.slow] if len(distinct) > 2 else []
                id = f"{path.stem}-{model.__name__}-{name}"
                found.append(pytest.param(model, row, id=id, marks=marks))
    return found


@pytest.mark.parametrize(("model", "parameters"), cases())
def test_cpython_agrees(model: type[Model], parameters: dict[str, Any]) -> None:
    comparison = Comparison(compile_model(model, parameters), model, parameters)
    for seed in range(2):
        comparison.walk(seed)
    assert comparison.tally.transitions > 0
