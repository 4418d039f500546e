"""The compiler, and the cache of what it has made."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ordercheck.cli.loading import Configuration, compiled, one_model
from ordercheck.engines.native.binding import load, sizes_of
from ordercheck.engines.native.cache import PLACE, cache_folder, cached_object
from ordercheck.engines.native.compiler import GeneratedCodeFails, find_compiler
from ordercheck.engines.native.model import native_model
from ordercheck.engines.native.search import Resources, Search
from ordercheck.engines.native.unavailable import Unavailable
from ordercheck.ir.nodes import Program

ROOT = Path(__file__).parents[3]
HEADER = (Path(__file__).parent / "headers/two_phase.h").read_text(encoding="ascii")
SMALL = "#define RMS 3\n" + HEADER


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv(PLACE, str(folder))
    monkeypatch.setenv("ORDERCHECK_CFLAGS", "-O0")
    return folder


def test_an_entry_is_made_once(cache: Path) -> None:
    made = cached_object(SMALL, find_compiler())
    before = made.stat().st_ino
    assert cached_object(SMALL, find_compiler()) == made
    assert made.stat().st_ino == before
    assert [each.name for each in cache.iterdir()] == [made.name]
    assert cache.stat().st_mode & 0o777 == 0o700
    assert sizes_of(load(made)).bits == 14


def test_what_goes_into_it_is_told_apart(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = cached_object(SMALL, find_compiler())
    other = cached_object(SMALL.replace("RMS 3", "RMS 4"), find_compiler())
    monkeypatch.setenv("ORDERCHECK_CFLAGS", "-O0 -DOC_FORCE_INDEXED")
    flags = cached_object(SMALL, find_compiler())
    assert len({first, other, flags}) == 3


@pytest.mark.parametrize("content", [b"", b"not at all", None], ids=["empty", "other", "cut off"])
def test_a_damaged_entry_is_made_again(content: bytes | None, cache: Path) -> None:
    made = cached_object(SMALL, find_compiler())
    whole = made.read_bytes()
    made.write_bytes(whole[: len(whole) // 2] if content is None else content)
    again = cached_object(SMALL, find_compiler())
    assert sizes_of(load(again)).bits == 14
    assert len(list(cache.iterdir())) == 1


def test_many_processes_start_at_once(cache: Path) -> None:
    code = (
        "import sys; from ordercheck.engines.native.cache import cached_object\n"
        "from ordercheck.engines.native.compiler import find_compiler\n"
        "from ordercheck.engines.native.binding import load, sizes_of\n"
        "print(sizes_of(load(cached_object(sys.stdin.read(), find_compiler()))).bits)"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(SMALL)
        process.stdin.close()
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.read() == "14\n"
        assert process.wait() == 0
    assert all(each.suffix == ".so" for each in cache.iterdir())


def test_a_folder_open_to_others_is_not_trusted(cache: Path) -> None:
    cache.mkdir(mode=0o700)
    os.chmod(cache, 0o722)
    with pytest.raises(Unavailable, match="others may write"):
        cache_folder()


def test_a_folder_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(PLACE, str(tmp_path / "file" / "cache"))
    with pytest.raises(Unavailable, match="cannot be used"):
        cache_folder()


def test_generated_code_that_is_wrong_is_our_defect(cache: Path) -> None:
    with pytest.raises(GeneratedCodeFails, match="does not compile") as caught:
        cached_object(SMALL + "\nthis is no C;\n", find_compiler())
    kept = Path(caught.value.file)
    assert kept.read_text(encoding="utf-8").endswith("this is no C;\n")
    kept.unlink()
    assert list(cache.iterdir()) == []


def test_a_compiler_that_does_not_work_is_not(cache: Path) -> None:
    with pytest.raises(Unavailable, match="does not work"):
        cached_object(SMALL, find_compiler("false"))


def test_no_compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="there is no compiler 'nowhere'"):
        find_compiler("nowhere --at-all")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    with pytest.raises(Unavailable, match="no C compiler"):
        find_compiler()


def two_phase(managers: int) -> Program:
    found = one_model(str(ROOT / "models/classics/two_phase.py"))
    return compiled(found, Configuration((("managers", str(managers)),)))


def test_an_explorer_serves_many_models(cache: Path) -> None:
    states = []
    for managers in (3, 4):
        model = native_model(two_phase(managers))
        resources = Resources(workers=1)
        with Search(
            model.library, two_phase(managers), model.layout, resources=resources
        ) as search:
            states.append(search.run().figures.states)
    assert states == [288, 1568]
    assert sorted(each.suffix for each in cache.iterdir()) == [".o", ".so", ".so"]


def test_a_damaged_explorer_is_made_again(cache: Path) -> None:
    native_model(two_phase(3))
    (explorer,) = cache.glob("*.o")
    explorer.write_bytes(explorer.read_bytes()[:100])
    native_model(two_phase(4))
    assert sizes_of(native_model(two_phase(4)).library).properties == 2
    assert len(list(cache.iterdir())) == 3
