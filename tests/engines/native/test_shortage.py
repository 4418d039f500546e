"""Searches where there really is too little: of disk, of file size, of address space."""

from __future__ import annotations

import ctypes
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ordercheck.engines.exploration import NO_LIMITS, Exploration, Figures, Limits
from ordercheck.engines.memory import memory_used
from ordercheck.engines.native import search as searching
from ordercheck.engines.native.compiler import find_compiler
from ordercheck.engines.native.search import Resources, Search
from ordercheck.engines.native.unavailable import Unavailable
from tests.engines.native.build import explorer
from tests.engines.native.children import in_child
from tests.engines.native.test_checkpoint import TWO_PHASE
from tests.engines.native.test_search import TableNames

ROOT = Path(__file__).parents[3]
WHOLE = Figures(296_448, 2_744_705, 23, 0)
LITTLE = 2 << 20
"""A bound of memory that takes the search to the disk."""


def search(library: ctypes.CDLL, bound: int, folder: Path | None = None) -> Exploration:
    """Seven resource managers: 296,448 states."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(searching, "_bound", lambda asked: bound)
        resources = Resources(1, folder=str(folder) if folder else None)
        with Search(library, TWO_PHASE, TableNames((), ()), NO_LIMITS, False, resources) as made:
            return made.run()


def check_known(found: Exploration, limit: str) -> None:
    assert (found.limit, found.complete) == (limit, False)
    assert 0 < found.figures.states < WHOLE.states
    assert 0 < found.figures.depth < WHOLE.depth


def test_a_file_may_not_become_larger(tmp_path: Path) -> None:
    library = explorer("two_phase", "RMS=7")

    def limited() -> Exploration:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
        return search(library, LITTLE, tmp_path)

    assert search(library, LITTLE, tmp_path).figures == WHOLE
    check_known(in_child(limited), "the disk: File too large")


FULL = """
import sys
from pathlib import Path
from ordercheck.engines.native.binding import load
from tests.engines.native.test_shortage import LITTLE, check_known, search
check_known(search(load(Path(sys.argv[1])), LITTLE, Path(sys.argv[2])), "the disk is full")
print("in good order")
"""


def can_mount() -> bool:
    command = ["unshare", "-rm", "true"]
    return bool(shutil.which("unshare")) and subprocess.run(command).returncode == 0


@pytest.mark.skipif(not can_mount(), reason="the system lets no tests mount anything")
def test_a_disk_is_full(tmp_path: Path) -> None:
    library = explorer("two_phase", "RMS=7")
    mounted = f'mount -t tmpfs -o size=1m none {tmp_path} && exec "$@"'
    python = [sys.executable, "-c", FULL, str(library._name), str(tmp_path)]
    command = ["unshare", "-rm", "sh", "-c", mounted, "sh", *python]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert (done.stdout, done.returncode) == ("in good order\n", 0), done.stderr


def test_the_folder_is_not_there(tmp_path: Path) -> None:
    found = search(explorer("two_phase", "RMS=7"), LITTLE, tmp_path / "nowhere")
    check_known(found, "the disk: No such file or directory")


@pytest.mark.parametrize("workers", [1, 2])
def test_a_bound_of_memory_is_kept(workers: int, tmp_path: Path) -> None:
    """Of all that the process takes, mapped files included; 1,745,408 states, 36 MiB unbounded."""
    library, names = explorer("two_phase", "RMS=8", "BROKEN"), TableNames((), ())

    def bounded() -> tuple[int, int, int, int]:
        asked = (memory_used() or 0) + (24 << 20)
        resources = Resources(workers, asked, str(tmp_path))
        with Search(library, TWO_PHASE, names, Limits(memory=asked), False, resources) as made:
            found = made.run()
            (finding,) = found.findings.values()
            steps, on_disk = len(made.path(finding)), made.report().on_disk
        return found.figures.states, steps, on_disk, asked

    def peak() -> tuple[tuple[int, int, int, int], int]:
        result = bounded()
        status = Path("/proc/self/status").read_text()
        return result, int(status.split("VmHWM:")[1].split()[0]) << 10

    (states, steps, on_disk, asked), most = in_child(peak)
    assert (states, steps, on_disk) == (1_745_408, 26, 1)
    assert most <= asked


@pytest.mark.parametrize("mebibytes", [1, 8, 40, 48, 64, 80, 200])
def test_the_address_space_is_small(mebibytes: int, tmp_path: Path) -> None:
    """As with `ulimit -v`: so much more than there is already."""
    library = explorer("two_phase", "RMS=7")

    def limited() -> tuple[Figures, str] | None:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * os.sysconf("SC_PAGE_SIZE") + (mebibytes << 20)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        try:
            found = search(library, 1 << 40, tmp_path)
        except Unavailable:
            return None
        return found.figures, found.limit

    told = in_child(limited)
    if told is not None and told[1] == "":
        assert told[0] == WHOLE
    elif told is not None:
        assert told[1] == "the machine's memory"
        assert told[0].states < WHOLE.states
    if mebibytes <= 8:
        assert told is None
    if mebibytes >= 80:
        assert told == (WHOLE, "")


def test_a_compiler_without_memory_is_no_defect_of_ours(tmp_path: Path) -> None:
    script = tmp_path / "cc"
    script.write_text(
        "#!/bin/sh\necho 'virtual memory exhausted: Cannot allocate memory' >&2\nexit 1\n"
    )
    script.chmod(0o700)
    with pytest.raises(Unavailable, match="has met: memory exhausted"):
        find_compiler(str(script)).compile(Path("model.c"), tmp_path / "made")
