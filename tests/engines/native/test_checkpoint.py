"""Searches that are cut off at any moment, and taken up again."""

from __future__ import annotations

import ctypes
import json
import os
import random
import signal
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ordercheck.engines.exploration import NO_LIMITS, Figures, Limits
from ordercheck.engines.native import checkpoint as checkpoints
from ordercheck.engines.native import search as searching
from ordercheck.engines.native.binding import Status
from ordercheck.engines.native.checkpoint import (
    MANIFEST,
    STATES,
    Checkpoint,
    Foreign,
    Unreadable,
    checksum_of,
    read_manifest,
)
from ordercheck.engines.native.search import Resources, Search
from ordercheck.engines.transition import Label
from tests.engines.native.build import explorer
from tests.engines.native.children import Died, in_child
from tests.engines.native.tables import Graph, Shape, give, random_graph
from tests.engines.native.test_search import BUILDS, TableNames, by_reference, told

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
    states, manifest = (folder / STATES).read_bytes(), (folder / MANIFEST).read_bytes()
    body = json.loads(manifest)
    body["checkpoint"]["figures"]["transitions"] += 1
    twice = states[:8] + states[:8] + states[16:]
    contents = [
        (STATES, twice),
        (STATES, states[:-8]),
        (STATES, b""),
        (MANIFEST, json.dumps(body).encode()),
        (MANIFEST, b"[]"),
        (MANIFEST, b"[" * 100_000),
        (MANIFEST, b"\xff\xfe"),
    ]
    # Every part of either file, flipped or cut off.
    for name, good in ((STATES, states), (MANIFEST, manifest)):
        for at in range(0, len(good), len(good) // 40):
            flipped = bytearray(good)
            flipped[at] ^= 1 << at % 8
            contents += [(name, bytes(flipped)), (name, good[:at])]
    for name, content in contents:
        (folder / STATES).write_bytes(states)
        (folder / MANIFEST).write_bytes(manifest)
        (folder / name).write_bytes(content)
        with pytest.raises(Unreadable):
            search(library, graph, folder, True, NO_LIMITS)
    (folder / MANIFEST).unlink()
    with pytest.raises(Unreadable, match="no checkpoint"):
        search(library, graph, folder, True, NO_LIMITS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("levels", [{"states": "many", "checksum": 0}]),
        ("levels", [{"states": -1, "checksum": 0}]),
        ("levels", []),
        ("figures", {"transitions": 1}),
        ("figures", {"transitions": -1, "stuck": 0, "initial": 1, "deadlock_steps": 0}),
        ("errors", ["range"]),
        ("met", [256]),
        ("reached", []),
        ("words", 0),
        ("request", None),
    ],
)
def test_what_nobody_has_written_is_refused(
    saved: tuple[ctypes.CDLL, Graph, Path], name: str, value: object
) -> None:
    library, graph, folder = saved
    body = json.loads((folder / MANIFEST).read_text())["checkpoint"]
    body[name] = value
    text = json.dumps({"checkpoint": body, "checksum": checksum_of(body)})
    (folder / MANIFEST).write_text(text)
    with pytest.raises(Unreadable):
        search(library, graph, folder, True, NO_LIMITS)


@pytest.mark.parametrize("levels", range(1, 5))
def test_where_it_cannot_be_restored_it_stays_as_it_is(
    levels: int, saved: tuple[ctypes.CDLL, Graph, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory gives out after some levels, which have no figures and findings by then."""
    library, graph, folder = saved
    whole = by_reference(graph, NO_LIMITS, continue_=True)
    restore, pieces = checkpoints._restore_piece, 0

    def starved(*arguments: Any) -> Status:
        nonlocal pieces
        pieces += 1
        return Status.NO_MEMORY if pieces > levels else restore(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, "_restore_piece", starved)
        found = search(library, graph, folder, True, NO_LIMITS)
    assert (found["limit"], found["figures"].depth) == ("the machine's memory", levels)
    assert search(library, graph, folder, True, NO_LIMITS) == whole


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


TABLE = random_graph(0, SHAPE).program
TWO_PHASE = replace(
    TABLE, deadlock=False, properties=(TABLE.properties[0], TABLE.properties[4]), cover=()
)
"""A program with the properties of headers/two_phase.h: an invariant, and something reachable."""


def two_phase(folder: Path) -> tuple[Figures, tuple[Label, ...]]:
    """What a search in `folder` finds that goes on with what is there, and the trace."""
    library, names = explorer("two_phase", "RMS=7", "BROKEN"), TableNames((), ())
    checkpoint = Checkpoint(folder, "header", {})
    resume = (folder / MANIFEST).exists()
    resources = Resources(2, checkpoint=checkpoint, resume=resume, save_every=0)
    with Search(library, TWO_PHASE, names, NO_LIMITS, False, resources) as search:
        found = search.run()
        (finding,) = found.findings.values()
        return found.figures, search.path(finding)


def test_it_survives_being_killed_again_and_again(tmp_path: Path) -> None:
    """Seven resource managers: 296,448 states (Stateright says the same of 2pc)."""
    rng = random.Random(5)
    never_stopped = two_phase(tmp_path / "never")
    # The last level's 14 transitions are not taken: something is wrong in it.
    assert never_stopped[0] == Figures(296_448, 2_744_705 - 14, 23, 0)
    assert len(never_stopped[1]) == 23
    told, kills = None, 0
    while told is None and kills < 100:
        with suppress(Died):
            told = in_child(lambda: two_phase(tmp_path / "c"), rng.random() * kills / 100)
        kills += told is None
    assert kills > 2
    assert told == never_stopped


class Killer:
    """Ends this process, as kill -9 would, at one of the moments in which a search is saved."""

    def __init__(self, left: int) -> None:
        self.left = left

    def __call__(self, done: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, before or after which it may be the end."""

        def deadly(*arguments: Any) -> Any:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return done(*arguments)

        return deadly


def test_it_survives_being_killed_at_any_moment_of_a_save(tmp_path: Path) -> None:
    library, graph = explorer("graph", "OC_TINY"), random_graph(3, SHAPE)
    whole = search(library, graph, tmp_path / "unused", False, NO_LIMITS)
    moment, saved = 0, 0
    died = True
    while died:
        moment += 1
        folder, killer = tmp_path / str(moment), Killer(moment)

        def killed(folder: Path = folder, killer: Killer = killer) -> None:
            for name in ("fsync", "replace"):
                setattr(os, name, killer(getattr(os, name)))
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(Checkpoint, "_manifest", killer(Checkpoint._manifest))
                patch.setattr(zlib, "crc32", killer(zlib.crc32))
                search(library, graph, folder, False, Limits(depth=5))

        try:
            in_child(killed)
            died = False
        except Died as death:
            killed_by = death.args[0]
        assert not died or killed_by == signal.SIGKILL
        resume = (folder / MANIFEST).exists()
        saved += resume
        assert search(library, graph, folder, resume, NO_LIMITS) == whole
    assert moment > 10
    assert saved


class Interrupting:
    """A library that is interrupted in its n-th call of one function, as Ctrl-C would."""

    def __init__(self, library: ctypes.CDLL, name: str, call: int = 1) -> None:
        self.library, self.name, self.left = library, name, call

    def __getattr__(self, name: str) -> Any:
        if name == self.name:
            self.left -= 1
            if self.left == 0:
                signal.raise_signal(signal.SIGINT)
        return getattr(self.library, name)


def test_an_interrupt_while_resuming_leaves_the_checkpoint_as_it_was(
    saved: tuple[ctypes.CDLL, Graph, Path],
) -> None:
    library, graph, folder = saved
    before = [(folder / name).read_bytes() for name in (STATES, MANIFEST)]
    interrupting: Any = Interrupting(library, "explorer_restore_states", 3)
    stopped = search(interrupting, graph, folder, True, NO_LIMITS)
    assert stopped["limit"] == "interrupted"
    assert [(folder / name).read_bytes() for name in (STATES, MANIFEST)] == before
    whole = search(library, graph, folder.parent / "unused", False, NO_LIMITS)
    assert search(library, graph, folder, True, NO_LIMITS) == whole


def test_an_interrupt_while_saving_leaves_the_last_one(
    saved: tuple[ctypes.CDLL, Graph, Path],
) -> None:
    library, graph, folder = saved
    levels = len(read_manifest(folder).levels)
    # Asked to stop, it saves; asked again, it leaves that.
    for patience in (1, 2):
        interrupting: Any = Interrupting(library, "explorer_copy", 1)
        limits = Limits(depth=levels + patience)
        assert search(interrupting, graph, folder, True, limits)["limit"]
        assert len(read_manifest(folder).levels) in (levels, levels + patience)
    whole = search(library, graph, folder.parent / "unused", False, NO_LIMITS)
    assert search(library, graph, folder, True, NO_LIMITS) == whole


def test_an_interrupt_while_the_trace_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A fast machine would have found it within the first slice.
    monkeypatch.setattr("ordercheck.engines.native.search.SLICE", 1)
    library: Any = Interrupting(explorer("two_phase", "RMS=7", "BROKEN"), "explorer_path_run", 2)
    checkpoint = Checkpoint(tmp_path / "c", "header", {})
    resources = Resources(2, checkpoint=checkpoint, save_every=0)
    with Search(library, TWO_PHASE, TableNames((), ()), NO_LIMITS, False, resources) as search:
        found = search.run()
        (finding,) = found.findings.values()
        assert found.limit == ""
        assert search.path(finding) == ()
        assert search.traceless == "interrupted"
    # What was saved is still there to go on from.
    assert two_phase(tmp_path / "c") == two_phase(tmp_path / "never")


def test_a_disk_that_is_full_ends_saving_but_not_what_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Saved is between slices: a fast machine would have finished within the first.
    monkeypatch.setattr("ordercheck.engines.native.search.SLICE", 1)
    (tmp_path / STATES).symlink_to("/dev/full")
    library, names = explorer("two_phase", "RMS=7"), TableNames((), ())
    resources = Resources(1, checkpoint=Checkpoint(tmp_path, "header", {}), save_every=0)
    with Search(library, TWO_PHASE, names, NO_LIMITS, False, resources) as made:
        found = made.run()
    assert found.limit == "the checkpoint cannot be written: No space left on device"
    assert found.figures.depth > 0
    assert not (tmp_path / MANIFEST).exists()
