"""Bodies whose sources fail: workerd's current release does what models/request_body.py says.

docs/findings/workerd-request-body.md is the report of it.
"""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any
from urllib.parse import urlencode

import pytest

from models.request_body import RequestBody
from ordercheck import Outcome, verify
from tests.conformance.packages import NAMES, installed
from tests.conformance.workerd.serving import answered, workerd

RELEASE = max(name for name in NAMES if name.startswith("workerd-"))
WHOLE = "complete: one two "
ENDS: dict[str, dict[str, Any]] = {
    "request to a service": {},
    "request to an object": {},
    "response of a service": {"end": "held back"},
    "response of an object": {"end": "held back"},
    "RPC parameter": {"end": "end()"},
    "RPC result": {"end": "end()"},
    "RPC parameter, passed on": {},  # as the body of a request
}
"""What ends the body on each way, where its length is not known."""
KINDS = ("bytes", "values", "fixed")


@cache
def taken_for_complete(way: str, kind: str) -> bool:
    """Whether the model says that a body which has broken off may be taken for complete."""
    parameters = {"end": "length"} if kind == "fixed" else ENDS[way]
    return verify(RequestBody, **parameters).outcome is Outcome.VIOLATED


def test_whole_bodies_arrive_and_others_are_taken_for_whole_where_the_model_says_so() -> None:
    assert {taken_for_complete(*each) for each in product(ENDS, KINDS)} == {True, False}
    with workerd(installed(RELEASE), config="bodies.capnp") as address:
        for way, kind in product(ENDS, KINDS):
            asked = {"way": way, "kind": kind}
            assert answered(address, urlencode(asked)) == WHOLE, asked
            failed = answered(address, urlencode({**asked, "fails": "1"}))
            expected = WHOLE if taken_for_complete(way, kind) else "broken off"
            assert failed == expected, asked


@pytest.mark.parametrize("turns", range(4))
def test_the_outcome_is_to_be_waited_for(turns: int) -> None:
    assert verify(RequestBody, end="held back", turns=turns).outcome is Outcome.HOLDS
    once = verify(RequestBody, end="looks once", turns=turns)
    assert (once.outcome is Outcome.HOLDS) == (turns == 0)
