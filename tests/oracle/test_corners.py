"""The models of corners mean the same to CPython and to the interpreter."""

from __future__ import annotations

import pytest

from ordercheck.frontend import compile_model
from ordercheck.language import Model
from tests.frontend.test_lambdas import Passed
from tests.library.test_limits import LimitedWait, ShieldedWait
from tests.library.test_task_group import Grouping
from tests.oracle.comparison import Comparison
from tests.oracle.corners import Exits, Handled, Kinds, Numbers, Over, Quitting, Unkept
from tests.oracle.recursive import Chains, Recursion
from tests.oracle.shortcuts import Shortcuts
from tests.oracle.small import Searches, Small

CORNERS = (Exits, Handled, Kinds, Numbers, Over, Quitting, Unkept, Shortcuts, Small, Searches)


@pytest.mark.parametrize(
    "model", [*CORNERS, Recursion, Chains, LimitedWait, ShieldedWait, Grouping, Passed]
)
def test_cpython_agrees(model: type[Model]) -> None:
    comparison = Comparison(compile_model(model, {}), model)
    for seed in range(8):
        comparison.walk(seed)
