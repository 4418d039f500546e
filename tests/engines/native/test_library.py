"""Generated code agrees with the interpreter on chains, on promises put together, on reasons."""

from __future__ import annotations

from typing import Any

import pytest

from ordercheck.engines.native.generate import generate
from ordercheck.frontend import compile_model
from ordercheck.language import Model
from tests.engines.native.agreement import compare_walk
from tests.engines.native.driver import build
from tests.library.javascript import AllRejected, Chains
from tests.library.test_chain import Cancelled, Led
from tests.library.test_combine import Everywhere
from tests.library.test_promise import Reasons
from tests.oracle.corners import Kinds

MODELS: tuple[tuple[type[Model], dict[str, Any]], ...] = (
    (Cancelled, {}),
    (Kinds, {}),
    (Led, {"kind": "rejected"}),
    (Everywhere, {"how": "race", "on": "js", "made": "step"}),
    (Everywhere, {"how": "all", "on": "kj"}),
    (Everywhere, {"how": "any", "on": "free"}),
    (Reasons, {}),
    (AllRejected, {}),
    (Chains, {}),
)


@pytest.mark.parametrize("count", [2, pytest.param(len(MODELS), marks=pytest.mark.slow)])
def test_the_library_s_promises_agree(count: int) -> None:
    programs = [compile_model(model, parameters) for model, parameters in MODELS[:count]]
    natives = build([(generate(program), len(program.cover)) for program in programs])
    for program, native in zip(programs, natives, strict=True):
        assert compare_walk(program, native, 60) > 0, program.name
