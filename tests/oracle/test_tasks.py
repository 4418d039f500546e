"""Spawned tasks, JavaScript's loop and clocks: the interpreter against CPython."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from ordercheck.frontend import compile_model
from ordercheck.language.model import Model
from tests.library import (
    javascript,
    test_asyncio,
    test_chain,
    test_clock,
    test_combine,
    test_js,
    test_promise,
    test_spawn,
)
from tests.oracle.comparison import Comparison

MODULES = (
    javascript,
    test_js,
    test_spawn,
    test_clock,
    test_asyncio,
    test_chain,
    test_combine,
    test_promise,
)
LEFT_OUT = (javascript.Program, javascript.Combined, test_js.Endless)
"""What others are derived from, and what ends in an error that Python does not make."""


def cases() -> list[Any]:
    """The models of the tests of the library's loops, tasks and clocks."""
    found = [
        each
        for module in MODULES
        for each in vars(module).values()
        if inspect.isclass(each) and issubclass(each, Model) and each.__module__ == module.__name__
    ]
    kept = [model for model in found if model not in LEFT_OUT]
    return [pytest.param(model, id=model.__name__) for model in kept]


@pytest.mark.parametrize("model", cases())
def test_cpython_agrees(model: type[Model]) -> None:
    program = compile_model(model, {})
    comparison = Comparison(program, model)
    for seed in range(3):
        comparison.walk(seed, steps=20)
    assert comparison.tally.transitions > 0
