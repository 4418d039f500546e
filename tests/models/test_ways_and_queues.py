"""Logs, queues, ways and pipes that others build on: each variant comes out as it is said to."""

from __future__ import annotations

from typing import Any

import pytest

from models.one_way import OneWay
from models.request_body import RequestBody
from models.shared_log import Writers
from models.work_queue import Work
from ordercheck import Model, Outcome, Variant, verify
from tests.models.stories import violated

CASES: list[Any] = [
    pytest.param(model, variant, id=f"{model.__name__}-{variant.name}")
    for model in (OneWay, RequestBody, Work, Writers)
    for variant in model.variants
]


@pytest.mark.parametrize(("model", "variant"), CASES)
def test_variants_come_out_as_expected(model: type[Model], variant: Variant) -> None:
    assert variant.expect is not None
    verdict = verify(model, **variant.parameters)
    assert violated(verdict) == ([] if variant.expect.holds else [variant.expect.property])


@pytest.mark.parametrize("crashes", [0, 1, 2])
@pytest.mark.parametrize("deliveries", [1, 2, 3])
def test_a_crash_costs_a_delivery(crashes: int, deliveries: int) -> None:
    verdict = verify(
        Work, pieces=1, crashes=crashes, deliveries=deliveries, remembers="with the effect"
    )
    assert (verdict.outcome is Outcome.HOLDS) == (deliveries > crashes)
