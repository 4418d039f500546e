"""models/rpc_fetch.py predicts what workerd does with every word of up to 6 calls.

What workerd does was recorded from its releases by workerd/record.py; here some words are run
by the releases themselves, too.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random

import pytest

from models.rpc_fetch import RpcFetch
from ordercheck.checking.graph import state_graph
from ordercheck.frontend import compile_model
from tests.conformance.packages import NAMES, installed
from tests.conformance.workerd.record import LETTERS, LONGEST, WORDS, Orders, read
from tests.conformance.workerd.serving import NotServed, arrived, workerd

HERE = Path(__file__).parent / "workerd"
RELEASES = {path.stem.removeprefix("orders-"): path for path in HERE.glob("orders-*.txt")}
LIVE = [name.removeprefix("workerd-") for name in NAMES if name.startswith("workerd-")]
"""The last release before the second violation, the first one with it, and the current one."""
SECOND_VIOLATION = "1.20261014.1"
"""The first release in which a cold object is not like a warm one."""
LONGEST_QUICK = 4
"""Up to here the model is asked about streams and signals in every test, not only in slow ones."""


@cache
def recorded(release: str, cold: bool) -> Orders:
    return read(RELEASES[release])[cold]


@cache
def predicted(letters: str, longest: int, cold: bool) -> Orders:
    """In which order the model delivers the calls of each word."""
    found: Orders = {}
    for calls in range(1, longest + 1):
        parameters = {"letters": letters, "calls": calls, "cold": cold}
        graph = state_graph(compile_model(RpcFetch, parameters))
        ends = [data["state"] for _, data in graph.nodes(data=True) if data["stuck"]]
        assert len(ends) == len({end["word"] for end in ends}), "each word has one end"
        found |= {end["word"]: list(end["delivered"]) for end in ends}
    return found


def is_second(release: str, cold: bool) -> bool:
    """Whether the second violation is to be seen."""
    return cold and release >= SECOND_VIOLATION


def plain(word: str) -> str:
    """The word with plain RPCs only."""
    return word.replace("s", "r").replace("a", "r")


def test_releases_from_before_and_after_are_recorded() -> None:
    before = [release for release in RELEASES if release < SECOND_VIOLATION]
    assert len(before) >= 3
    assert len(RELEASES) - len(before) >= 3
    assert {release < SECOND_VIOLATION for release in LIVE} == {True, False}


@pytest.mark.parametrize("cold", [False, True], ids=["warm", "cold"])
@pytest.mark.parametrize("release", RELEASES)
def test_every_word_arrives_as_predicted(release: str, cold: bool) -> None:
    real = recorded(release, cold)
    assert sorted(real) == sorted(WORDS)
    model = predicted("rf", LONGEST, is_second(release, cold))
    assert {word: model[plain(word)] for word in WORDS} == real


@pytest.mark.parametrize("cold", [False, True], ids=["warm", "cold"])
@pytest.mark.parametrize("longest", [LONGEST_QUICK, pytest.param(LONGEST, marks=pytest.mark.slow)])
def test_externals_change_nothing_in_the_model(longest: int, cold: bool) -> None:
    all_letters, plain_ones = predicted(LETTERS, longest, cold), predicted("rf", longest, cold)
    assert set(map(plain, all_letters)) == set(plain_ones)
    assert all(order == plain_ones[plain(word)] for word, order in all_letters.items())


def test_the_second_violation_is_of_fetches_only_while_the_object_starts() -> None:
    warm, cold = (recorded(SECOND_VIOLATION, state) for state in (False, True))
    assert (warm["frf"], cold["frf"]) == ([0, 2, 1], [2, 0, 1])
    assert cold["ffrf"] == [3, 0, 1, 2]
    assert cold["frrrf"] == [4, 0, 1, 2, 3]
    # What it takes is a fetch before the first RPC, and one after it.
    differ = {word for word in WORDS if warm[word] != cold[word]}
    assert differ == {w for w in WORDS if w[0] == "f" and "f" in plain(w).partition("r")[2]}


# --- live ------------------------------------------------------------------------------


@pytest.mark.parametrize("release", LIVE)
def test_the_release_does_what_is_recorded(release: str) -> None:
    words = Random(6561).sample(WORDS, 60)
    words += ["f", "r", "frf", "ffrf", "frrrf", "srrf"]
    with workerd(installed(f"workerd-{release}")) as address:
        for cold in (False, True):
            for word in dict.fromkeys(words):
                found = arrived(address, word, f"{cold}-{word}", not cold)
                assert found == recorded(release, cold)[word], (cold, word)


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
