"""Whole bounded searches find what exploration of as many levels finds, by paths as short."""

from __future__ import annotations

from typing import Any

import pytest

from models.rpc_fetch import RpcFetch
from ordercheck.checking import Options, check, symbolic
from ordercheck.checking.symbolic import ANY_SHORTEST
from ordercheck.checking.verdict import Outcome
from ordercheck.frontend import compile_model
from ordercheck.ir.nodes import Program
from ordercheck.language import Model
from tests.models import test_references
from tests.models.test_classics import CASES, model_of

DEPTH = 7

QUICK = (
    "die_hard",
    "cat_5",
    "one_switch_3",
    "cigarette_smokers",
    "transaction_commit_3",
    "two_phase_3_hasty",
    "peterson_turn_first",
    "increment_3",
    "blocking_queue_p1_c2_b1",
    "petri_philosophers_5",
    "ewd840_4_unpainted",
    "two_flags",
    "alternating_bit",
    "mutex_machine",
)
TOO_LARGE = ("coffee_can_1000", "yoyo_5")
"""Not translated in a minute: thousands of initial states, sets of sets of messages."""


def compare(program: Program, depth: int, seconds: float | None = None) -> bool:
    """Compare; whether z3 came to that depth in time."""
    found = check(program, Options(engine="z3", max_depth=depth, max_seconds=seconds))
    if found.limit.endswith("seconds"):
        return False
    expected = check(program, Options(engine="interpreter", max_depth=depth))
    wanted = {(v.name, v.kind, v.steps) for v in expected.violations if v.labels}
    assert {(v.name, v.kind, v.steps) for v in found.violations if v.labels} == wanted
    if wanted:
        if ANY_SHORTEST not in found.notes:
            shown = [(v.name, v.labels) for v in expected.violations]
            assert all((v.name, v.labels) in shown for v in found.violations if v.labels)
        assert found.outcome is Outcome.VIOLATED
        assert found.trace is not None
    elif not found.limit:
        # No path is longer: exploration may need a level more to see it.
        whole = check(program, Options(engine="interpreter"))
        assert (found.outcome, whole.limit) == (whole.outcome, "")
    else:
        assert found.outcome is Outcome.INCONCLUSIVE
        assert found.bounded
        assert found.depth == depth
    return True


def models() -> list[tuple[str, type[Model], dict[str, Any]]]:
    """All that there are, by a name."""
    found = [(c.name, model_of(c.model), c.parameters) for c in CASES]
    found += [(f"rpc_fetch-{v.name}", RpcFetch, dict(v.parameters)) for v in RpcFetch.variants]
    found += [
        (f"{name}-{v.name}", test_references.model_of(name), dict(v.parameters))
        for name, v in test_references.cases()
    ]
    return [each for each in found if each[0] not in TOO_LARGE]


MODELS = models()


@pytest.mark.parametrize("name", QUICK)
def test_small_models(name: str) -> None:
    (model, parameters) = next((m, p) for n, m, p in MODELS if n == name)
    assert compare(compile_model(model, parameters), DEPTH)


@pytest.mark.slow
@pytest.mark.parametrize(("model", "parameters"), [pytest.param(*e[1:], id=e[0]) for e in MODELS])
def test_all_models(model: type[Model], parameters: dict[str, Any]) -> None:
    program = compile_model(model, parameters)
    if not compare(program, 12, seconds=60):
        assert compare(program, 3, seconds=300)


@pytest.mark.parametrize("most", [symbolic.FIRST_STATES, 10])
def test_which_trace(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    (model, parameters) = next((m, p) for n, m, p in MODELS if n == "two_phase_3_hasty")
    program = compile_model(model, parameters)
    (expected,) = check(program, Options(engine="interpreter")).violations
    monkeypatch.setattr(symbolic, "FIRST_STATES", most)
    verdict = check(program, Options(engine="z3", max_depth=1 + expected.steps))
    (found,) = verdict.violations
    assert found.steps == expected.steps
    assert (ANY_SHORTEST in verdict.notes) == (most == 10)
    if most != 10:
        assert found.labels == expected.labels
