"""z3's terms for chains, promises put together and reasons give what the interpreter gives."""

from __future__ import annotations

from typing import Any

import pytest

from ordercheck.frontend import compile_model
from ordercheck.language import Model
from tests.engines.native.test_library import MODELS
from tests.engines.symbolic.comparison import Evaluation, sample

CASES = [pytest.param(m, p, id=f"{m.__name__}-{k}") for k, (m, p) in enumerate(MODELS[:3])]


@pytest.mark.slow
@pytest.mark.parametrize(("model", "parameters"), CASES)
def test_the_library_s_promises_agree(model: type[Model], parameters: dict[str, Any]) -> None:
    program = compile_model(model, parameters)
    evaluation = Evaluation(program)
    for state in sample(program, 6):
        evaluation.check(state)
