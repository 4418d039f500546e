"""models/rpc_fetch.py predicts what workerd does with every word of up to 6 calls.

What workerd does was recorded from its releases by workerd/record.py.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.rpc_fetch import RpcFetch
from ordercheck.checking.graph import state_graph
from ordercheck.frontend import compile_model

Orders = dict[str, list[int]]

HERE = Path(__file__).parent / "workerd"
RELEASES = {path.stem.removeprefix("orders-"): path for path in HERE.glob("orders-*.json")}
SECOND_VIOLATION = "1.20261018"
"""The first release in which a cold object is not like a warm one."""


def recorded(release: str, state: str) -> Orders:
    orders: Orders = json.loads(RELEASES[release].read_text())[state]
    return orders


def predicted(calls: int, cold: bool) -> Orders:
    """In which order the model delivers the calls of each word of this length."""
    graph = state_graph(compile_model(RpcFetch, {"calls": calls, "cold": cold}))
    ends = [data["state"] for _, data in graph.nodes(data=True) if data["stuck"]]
    assert len(ends) == len({end["word"] for end in ends}), "each word has one end"
    return {end["word"]: list(end["delivered"]) for end in ends}


def test_releases_from_before_and_after_are_recorded() -> None:
    assert {release > SECOND_VIOLATION for release in RELEASES} == {True, False}


@pytest.mark.parametrize("cold", [False, True], ids=["warm", "cold"])
@pytest.mark.parametrize("release", RELEASES)
def test_every_word_arrives_as_predicted(release: str, cold: bool) -> None:
    found: Orders = {}
    for calls in range(1, 7):
        found |= predicted(calls, cold and release > SECOND_VIOLATION)
    assert found == recorded(release, "cold" if cold else "warm")
