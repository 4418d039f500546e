"""Searches that are cut off at any moment, and taken up again."""

from __future__ import annotations

import ctypes
import json
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ordercheck.engines.exploration import NO_LIMITS, Limits
from ordercheck.engines.native import search as searching
from ordercheck.engines.native.checkpoint import (
    MANIFEST,
    STATES,
    Checkpoint,
    Foreign,
    Unreadable,
    read_manifest,
)
from ordercheck.engines.native.search import Resources, Search
from tests.engines.native.build import explorer
from tests.engines.native.tables import Graph, Shape, give, random_graph
from tests.engines.native.test_search import BUILDS, TableNames, told

ROOT = Path(__file__).parents[3]
SHAPE = Shape(300, 2000, degree=4)


def search(
    library: ctypes.CDLL, graph: Graph, folder: Path, resume: bool, limits: Limits
) -> dict[str, Any]:
    kept = give(library, graph)
    checkpoint = Checkpoint(folder, "header", {"asked": "for"})
    resources = Resources(2, checkpoint=checkpoint, resume=resume, save_every=0)
    with Search(library, graph.program, TableNames(), limits, True, resources) as made:
        found = made.run()
        reached = made.reached()
        paths = {key: made.path(f) for key, f in found.findings.items()}
    assert kept is not None
    return told(found, reached, paths)


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("bound", [1 << 30, 2000], ids=["memory", "disk"])
def test_it_ends_as_if_it_had_never_stopped(
    build: str, bound: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = explorer("graph", *BUILDS[build])
    for seed in range(10):
        graph = random_graph(seed, SHAPE)
        monkeypatch.setattr(searching, "_bound", lambda asked: bound)
        whole = search(library, graph, tmp_path / "unused", False, NO_LIMITS)
        folder = tmp_path / str(seed)
        for depth in (2, 3, 7):
            stopped = search(library, graph, folder, depth > 2, Limits(depth=depth))
            if not stopped["limit"]:
                break
            assert len(read_manifest(folder).levels) == depth
            # As if the process had been killed while it was writing the next level.
            with open(folder / STATES, "ab") as stream:
                stream.write(b"half a sta")
        else:
            # A search that was in memory may go on from disk, and the other way round.
            other = 2000 if seed % 2 else 1 << 30
            monkeypatch.setattr(searching, "_bound", lambda asked, other=other: other)
            resumed = search(library, graph, folder, True, NO_LIMITS)
            assert {k: v for k, v in resumed.items() if k != "paths"} == {
                k: v for k, v in whole.items() if k != "paths"
            }
            assert {k: len(v) for k, v in resumed["paths"].items()} == {
                k: len(v) for k, v in whole["paths"].items()
            }
            assert not folder.exists(), "it is of no use any more"


@pytest.fixture
def saved(tmp_path: Path) -> tuple[ctypes.CDLL, Graph, Path]:
    library, graph = explorer("graph", "OC_TINY"), random_graph(3, SHAPE)
    search(library, graph, tmp_path / "c", False, Limits(depth=5))
    return library, graph, tmp_path / "c"


def test_what_is_damaged_is_refused(saved: tuple[ctypes.CDLL, Graph, Path]) -> None:
    library, graph, folder = saved
    states, manifest = (folder / STATES).read_bytes(), (folder / MANIFEST).read_text()
    body = json.loads(manifest)
    body["checkpoint"]["figures"]["transitions"] += 1
    flipped = bytearray(states)
    flipped[9] ^= 4
    twice = states[:8] + states[:8] + states[16:]
    for name, content in (
        (STATES, bytes(flipped)),
        (STATES, twice),
        (STATES, states[:-8]),
        (STATES, b""),
        (MANIFEST, manifest[:-20].encode()),
        (MANIFEST, json.dumps(body).encode()),
        (MANIFEST, b"[]"),
        (MANIFEST, b"\xff\xfe"),
    ):
        (folder / STATES).write_bytes(states)
        (folder / MANIFEST).write_text(manifest)
        (folder / name).write_bytes(content)
        with pytest.raises(Unreadable):
            search(library, graph, folder, True, NO_LIMITS)
    (folder / MANIFEST).unlink()
    with pytest.raises(Unreadable, match="no checkpoint"):
        search(library, graph, folder, True, NO_LIMITS)


def test_what_is_foreign_is_refused(saved: tuple[ctypes.CDLL, Graph, Path]) -> None:
    library, graph, folder = saved
    kept = give(library, graph)
    resources = Resources(1, checkpoint=Checkpoint(folder, "another header", {}), resume=True)
    with (
        Search(library, graph.program, TableNames(), NO_LIMITS, True, resources) as made,
        pytest.raises(Foreign),
    ):
        made.run()
    assert kept is not None


KILLED = """
import sys
from pathlib import Path
from ordercheck.engines.exploration import NO_LIMITS
from ordercheck.engines.native.binding import load
from ordercheck.engines.native.checkpoint import Checkpoint
from ordercheck.engines.native.search import Resources, Search
from tests.engines.native.test_checkpoint import TWO_PHASE
from tests.engines.native.test_search import TableNames

folder = Path(sys.argv[2])
checkpoint = Checkpoint(folder, "header", {})
resume = (folder / "manifest.json").exists()
resources = Resources(2, None, None, checkpoint, resume, 0)
library, names = load(Path(sys.argv[1])), TableNames((), ())
with Search(library, TWO_PHASE, names, NO_LIMITS, False, resources) as s:
    print("begun", flush=True)
    found = s.run()
    print(found.figures.states, found.figures.transitions, found.figures.depth)
"""

TABLE = random_graph(0, SHAPE).program
TWO_PHASE = replace(
    TABLE, deadlock=False, properties=(TABLE.properties[0], TABLE.properties[4]), cover=()
)
"""A program with the properties of headers/two_phase.h: an invariant, and something reachable."""


def test_it_survives_being_killed_again_and_again(tmp_path: Path) -> None:
    """Seven resource managers: 296,448 states (Stateright says the same of 2pc)."""
    library = explorer("two_phase", "RMS=7")
    rng = random.Random(5)
    command = [sys.executable, "-c", KILLED, str(library._name), str(tmp_path / "c")]
    told, kills = "", 0
    while kills < 40:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        try:
            told, _ = process.communicate(timeout=0.02 + 0.1 * kills * rng.random())
            break
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            kills += 1
    assert kills > 0
    assert told == "296448 2744705 23\n"
