"""What the explorer asks of the system is refused, at each moment in turn: it ends in good order.

The build with OC_FAULTS asks c/faults.h first, and counts what it holds.
"""

from __future__ import annotations

import ctypes
import os
import random
from ctypes import byref, c_int64, c_uint64
from enum import IntFlag
from functools import cache
from typing import Any

import pytest

from ordercheck.engines.exploration import NO_LIMITS, Exploration, Limits
from ordercheck.engines.native import search as searching
from ordercheck.engines.native.search import Resources, Search
from ordercheck.engines.native.unavailable import Unavailable
from tests.engines.native.build import explorer
from tests.engines.native.tables import Graph, Shape, give, random_graph
from tests.engines.native.test_search import BUILDS, TableNames, by_reference


class Request(IntFlag):
    """`oc_request` in c/base.h."""

    ALLOCATION = 1
    MAPPING = 2
    WRITING = 4
    THREAD = 8
    SHORT_WRITE = 16
    INTERRUPT = 32
    READING = 64


MEMORY = Request.ALLOCATION | Request.MAPPING
NEVER = 2**63
IN_MEMORY, ON_DISK = 1 << 30, 2000
SHAPE = Shape(120, 60, degree=4)


class Faults:
    """Lets requests fail while it is entered; afterwards everything must have been given back."""

    def __init__(
        self, library: ctypes.CDLL, requests: Request, after: int = NEVER, one_in: int = 0
    ) -> None:
        self.library = library
        self.given = requests, after, one_in
        self.count = 0

    def __enter__(self) -> Faults:
        assert self.library.explorer_let_fail(*self.given) == 1, "a build without OC_FAULTS"
        self.files = os.listdir("/proc/self/fd")
        return self

    def __exit__(self, *error: object) -> None:
        count, held = c_uint64(), c_int64()
        self.library.explorer_requests(byref(count), byref(held))
        self.library.explorer_let_fail(0, 0, 0)
        self.count = count.value
        assert held.value == 0, "not everything was given back"
        assert os.listdir("/proc/self/fd") == self.files


@cache
def graph_of(seed: int) -> Graph:
    return random_graph(seed, SHAPE)


@cache
def reference(seed: int, depth: int | None) -> dict[str, Any]:
    return by_reference(graph_of(seed), Limits(depth=depth), continue_=True)


def searched(
    library: ctypes.CDLL, graph: Graph, workers: int
) -> tuple[Exploration, dict[Any, Any], str] | None:
    """What was found, the traces, and why some are missing; None where it could not begin."""
    kept = give(library, graph)
    try:
        search = Search(library, graph.program, TableNames(), NO_LIMITS, True, Resources(workers))
    except Unavailable:
        return None
    with search:
        found = search.run()
        paths = {key: search.path(f) for key, f in found.findings.items()}
        assert kept is not None
        return found, paths, search.traceless or ("narrowed" if search.narrowed else "")


LIMITS = ("the machine's memory", "the disk is full", "the disk: Input/output error")


def check_good_order(
    seed: int, result: tuple[Exploration, dict[Any, Any], str] | None, limits: tuple[str, ...]
) -> None:
    """Whatever came to an end is what the reference knows; a limit says that not all did."""
    if result is None:
        return
    found, paths, traceless = result
    whole = reference(seed, None)
    assert found.complete == (not found.limit)
    if found.complete:
        assert found.figures == whole["figures"]
        assert found.unmet == whole["unmet"]
        assert found.findings.keys() == whole["findings"].keys()
    else:
        assert found.limit in limits
        depth = found.figures.depth
        if depth:
            assert found.figures == reference(seed, depth)["figures"]
    for key, finding in found.findings.items():
        assert finding.steps == whole["findings"][key][0]
    for key, path in paths.items():
        if not traceless:
            assert path == whole["paths"][key]
        elif path:
            assert len(path) == len(whole["paths"][key])
        else:
            assert traceless == "memory did not suffice"


def moments(count: int, most: int) -> list[int]:
    """All of so many, or that many of them, early ones and late ones included."""
    if count <= most:
        return list(range(count))
    return sorted({*range(most // 3), *random.Random(count).sample(range(count), most)})


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("bound", [IN_MEMORY, ON_DISK], ids=["memory", "disk"])
@pytest.mark.parametrize("one_in", [0, 1], ids=["once", "from then on"])
@pytest.mark.parametrize(
    "requests", [MEMORY, Request.WRITING, Request.READING], ids=["memory", "writing", "reading"]
)
def test_each_request_fails_in_turn(
    build: str, bound: int, one_in: int, requests: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "_bound", lambda asked: bound)
    library = explorer("graph", *BUILDS[build], "OC_FAULTS")
    seed = 5
    with Faults(library, requests) as faults:
        check_good_order(seed, searched(library, graph_of(seed), 1), ())
    assert (faults.count > 15) == (requests == MEMORY or bound == ON_DISK)
    complete = 0
    for after in moments(faults.count, 150):
        with Faults(library, requests, after, one_in):
            result = searched(library, graph_of(seed), 1)
        check_good_order(seed, result, LIMITS)
        complete += result is not None and result[0].complete
    # One failure may be got round, by going on from disk; a machine without memory may not.
    assert complete == 0 or requests == MEMORY


@pytest.mark.parametrize("build", BUILDS)
def test_writes_that_are_short_or_interrupted_are_finished(
    build: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "_bound", lambda asked: ON_DISK)
    library = explorer("graph", *BUILDS[build], "OC_FAULTS")
    for seed in (0, 1, 5):  # more states than fit into the first table
        with Faults(library, Request.SHORT_WRITE | Request.INTERRUPT, 0, 2) as faults:
            check_good_order(seed, searched(library, graph_of(seed), 1), ())
        assert faults.count > 5


def test_threads_that_do_not_start_are_done_without() -> None:
    library = explorer("graph", *BUILDS["five words"], "OC_FAULTS")
    for after in range(3):
        with Faults(library, Request.THREAD, after, 1) as faults:
            check_good_order(0, searched(library, graph_of(0), 4), ())
        assert faults.count > after


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("bound", [IN_MEMORY, ON_DISK], ids=["memory", "disk"])
def test_requests_fail_at_random(build: str, bound: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "_bound", lambda asked: bound)
    library = explorer("graph", *BUILDS[build], "OC_FAULTS")
    every = (
        MEMORY
        | Request.WRITING
        | Request.READING
        | Request.THREAD
        | Request.SHORT_WRITE
        | Request.INTERRUPT
    )
    for number in range(60):
        rng = random.Random(number)
        seed = number % 4
        with Faults(library, every, rng.randrange(400), rng.choice((0, 3, 30, 300))):
            result = searched(library, graph_of(seed), 3)
        check_good_order(seed, result, LIMITS)
