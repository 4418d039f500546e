"""What the front end makes of a model keeps the rules that passes and engines rely on."""

from __future__ import annotations

from pathlib import Path

import pytest

from ordercheck.frontend import compile_model
from ordercheck.frontend.loading import load_models
from ordercheck.ir.span import BadInput
from ordercheck.ir.validator import validate

ROOT = Path(__file__).parents[2]
SHIPPED = sorted((ROOT / "models").glob("*.py"))
TRIED = sorted((ROOT / "tests" / "library").glob("test_*.py"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_models_are_well_formed(path: Path) -> None:
    models = load_models(str(path))
    assert models
    for model in models:
        validate(compile_model(model, {}))


@pytest.mark.parametrize("path", TRIED, ids=lambda path: path.stem)
def test_models_of_the_library_are_well_formed(path: Path) -> None:
    try:
        models = load_models(str(path))
    except BadInput:
        pytest.skip("all of its models are made in tests")
    for model in models:
        try:
            program = compile_model(model, {})
        except BadInput:
            continue  # made to be refused
        validate(program)
