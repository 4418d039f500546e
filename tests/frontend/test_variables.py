"""A variable of a component that is one of several is stored in its own domain."""

from __future__ import annotations

import pytest

from ordercheck.checking import Options, check
from ordercheck.frontend import compile_model
from tests.oracle.corners import Kinds


@pytest.mark.parametrize("engine", ["interpreter", "native"])
def test_what_does_not_fit_into_this_one_is_a_model_error(engine: str) -> None:
    verdict = check(compile_model(Kinds, {}), Options(engine=engine, max_depth=3))
    assert [each.name for each in verdict.violations] == ["range"]
