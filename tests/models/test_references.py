"""Models against the same systems written once more in plain Python: all figures, exactly.

Each file of references/ has a model and a class `Expected`, which references/explore.py
explores by running it. Violated properties are compared by the steps to the first violation.
"""

from __future__ import annotations

import importlib
from dataclasses import asdict
from functools import partial
from pathlib import Path

import pytest

from ordercheck.checking import Options, check
from ordercheck.frontend import compile_model
from ordercheck.language import Model, Variant
from tests.models.references.explore import explore

FOLDER = Path(__file__).parent / "references"
NAMES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "explore")


def model_of(name: str) -> type[Model]:
    """The one model of a file."""
    module = importlib.import_module(f"tests.models.references.{name}")
    (found,) = (
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Model) and value is not Model
    )
    return found


def cases() -> list[tuple[str, Variant]]:
    return [
        (name, variant)
        for name in NAMES
        for variant in model_of(name).variants or [Variant("default", {})]
    ]


@pytest.mark.parametrize(
    ("name", "variant"), [pytest.param(n, v, id=f"{n}-{v.name}") for n, v in cases()]
)
def test_figures(name: str, variant: Variant) -> None:
    module = importlib.import_module(f"tests.models.references.{name}")
    expected = explore(partial(module.Expected, **variant.parameters))
    verdict = check(compile_model(model_of(name), variant.parameters), Options(continue_=True))
    found = {
        "states": verdict.states,
        "transitions": verdict.transitions,
        "depth": verdict.depth,
        "initial": verdict.initial,
        "stuck": verdict.stuck,
        "violated": {violation.name: violation.steps for violation in verdict.violations},
    }
    assert found == asdict(expected)
