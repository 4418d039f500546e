"""models/rpc_fetch.py predicts what workerd does with every word of up to 6 calls.

What workerd does was recorded from its releases by workerd/record.py; here some words are run
by the releases themselves, too.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from random import Random

import pytest

from models.rpc_fetch import RpcFetch
from ordercheck.checking.graph import state_graph
from ordercheck.frontend import compile_model
from tests.conformance.packages import installed
from tests.conformance.workerd.record import LONGEST
from tests.conformance.workerd.serving import NotServed, arrived, workerd

Orders = dict[str, list[int]]

HERE = Path(__file__).parent / "workerd"
RELEASES = {path.stem.removeprefix("orders-"): path for path in HERE.glob("orders-*.json")}
SECOND_VIOLATION = "1.20261018"
"""The first release in which a cold object is not like a warm one."""


@cache
def recorded(release: str, state: str) -> Orders:
    orders: Orders = json.loads(RELEASES[release].read_text())[state]
    return orders


@cache
def predicted(cold: bool) -> Orders:
    """In which order the model delivers the calls of each word."""
    found: Orders = {}
    for letters, longest in LONGEST.items():
        for calls in range(1, longest + 1):
            found |= predicted_of(letters, calls, cold)
    return found


def predicted_of(letters: str, calls: int, cold: bool) -> Orders:
    parameters = {"letters": letters, "calls": calls, "cold": cold}
    graph = state_graph(compile_model(RpcFetch, parameters))
    ends = [data["state"] for _, data in graph.nodes(data=True) if data["stuck"]]
    assert len(ends) == len({end["word"] for end in ends}), "each word has one end"
    return {end["word"]: list(end["delivered"]) for end in ends}


def test_releases_from_before_and_after_are_recorded() -> None:
    assert {release > SECOND_VIOLATION for release in RELEASES} == {True, False}


@pytest.mark.parametrize("cold", [False, True], ids=["warm", "cold"])
@pytest.mark.parametrize("release", RELEASES)
def test_every_word_arrives_as_predicted(release: str, cold: bool) -> None:
    real = recorded(release, "cold" if cold else "warm")
    assert any(set(word) == set("rfsa") for word in real)
    assert predicted(cold and release > SECOND_VIOLATION) == real


# --- live ------------------------------------------------------------------------------


@pytest.mark.parametrize("release", RELEASES)
def test_the_release_does_what_is_recorded(release: str) -> None:
    words = Random(6561).sample(sorted(recorded(release, "warm")), 60)
    words += ["f", "r", "frf", "ffrf", "frrrf", "srrf"]
    with workerd(installed(f"workerd-{release}")) as address:
        for state in ("warm", "cold"):
            for word in dict.fromkeys(words):
                real = recorded(release, state)[word]
                found = arrived(address, word, f"{state}-{word}", state == "warm")
                assert found == real, (state, word)


def stand_in(folder: Path, script: str) -> Path:
    """A folder of packages with a script for a binary."""
    binary = folder / "node_modules/@cloudflare/workerd-linux-64/bin/workerd"
    binary.parent.mkdir(parents=True)
    binary.write_text(script)
    binary.chmod(0o755)
    return folder


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("#!/bin/sh\necho no such socket >&2; exit 3\n", "ended with 3; it said: no such socket"),
        ("#!/bin/sh\nsleep 60\n", "did not listen for 0.3 s; it said: nothing"),
        ("no program", "does not start: "),
    ],
)
def test_a_binary_that_does_not_serve(script: str, said: str, tmp_path: Path) -> None:
    with (
        pytest.raises(NotServed) as caught,
        workerd(stand_in(tmp_path, script), patience=0.3 if "sleep" in script else 20),
    ):
        pass
    assert "bin/workerd" in str(caught.value)
    assert said in str(caught.value)


def test_a_folder_without_a_binary(tmp_path: Path) -> None:
    with pytest.raises(NotServed, match="npm install --prefix"), workerd(tmp_path):
        pass
