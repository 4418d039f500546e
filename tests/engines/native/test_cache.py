"""The compiler, and the cache of what it has made."""

from __future__ import annotations

import hashlib
import os
import shlex
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from ordercheck.cli.loading import Configuration, compiled, one_model
from ordercheck.engines.native.binding import load, sizes_of
from ordercheck.engines.native.cache import ABANDONED, PLACE, cache_folder, cached_library
from ordercheck.engines.native.compiler import Compiler, GeneratedCodeFails, find_compiler
from ordercheck.engines.native.model import native_model, shared_explorer
from ordercheck.engines.native.search import Resources, Search
from ordercheck.engines.native.surveying import load as load_survey
from ordercheck.engines.native.unavailable import Unavailable
from ordercheck.ir.nodes import Program
from tests.engines.native.test_shortage import can_mount

ROOT = Path(__file__).parents[3]
HEADER = (Path(__file__).parent / "headers/two_phase.h").read_text(encoding="ascii")
SMALL = "#define RMS 3\n" + HEADER
CC = shlex.join(find_compiler().command)
EXPLORER = shared_explorer(1, 14, 24)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv(PLACE, str(folder))
    monkeypatch.setenv("ORDERCHECK_CFLAGS", "-O0")
    return folder


def bits_of(header: str = SMALL, compiler: Compiler | None = None) -> int:
    """Of a state, as the library says that is made of a header, or was before."""
    return sizes_of(cached_library(header, compiler or find_compiler(), load)).bits


def entries(cache: Path) -> list[Path]:
    return sorted(cache.iterdir())


def test_an_entry_is_made_once(cache: Path) -> None:
    assert bits_of() == 14
    (made,) = entries(cache)
    before = made.stat().st_ino
    assert bits_of() == 14
    assert entries(cache) == [made]
    assert made.stat().st_ino == before
    assert cache.stat().st_mode & 0o777 == 0o700


def test_what_goes_into_it_is_told_apart(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert bits_of() != bits_of(SMALL.replace("RMS 3", "RMS 4"))
    monkeypatch.setenv("ORDERCHECK_CFLAGS", "-O0 -DOC_FORCE_INDEXED")
    assert bits_of() == 14
    assert len(entries(cache)) == 3


@pytest.mark.parametrize("content", [b"", b"not at all", None], ids=["empty", "other", "cut off"])
def test_a_damaged_entry_is_made_again(content: bytes | None, cache: Path) -> None:
    bits_of()
    (made,) = entries(cache)
    whole = made.read_bytes()
    made.unlink()  # what is loaded is not to be written to
    made.write_bytes(whole[: len(whole) // 2] if content is None else content)
    assert bits_of() == 14
    assert [each.read_bytes() for each in entries(cache)] == [whole]


@pytest.mark.parametrize("content", [b"not at all", None], ids=["junk", "of another kind"])
def test_an_entry_that_cannot_be_loaded_is_made_again(content: bytes | None, cache: Path) -> None:
    """As it was written, but of no use: by another machine, or one who kept what was not loaded."""
    bits_of()
    (made,) = entries(cache)
    whole, key = made.read_bytes(), made.stem.partition("-")[0]
    if content is None:
        cached_library(SMALL, find_compiler(), load_survey, "survey.c")
        (other,) = set(entries(cache)) - {made}
        content = other.read_bytes()
        other.unlink()
    made.unlink()
    (cache / f"{key}-{hashlib.sha256(content).hexdigest()[:32]}.so").write_bytes(content)
    assert bits_of() == 14
    assert [each.read_bytes() for each in entries(cache)] == [whole]


def script(folder: Path, name: str, *lines: str) -> Compiler:
    """A compiler of which a test can say what it does; the last word of its command is `$to`."""
    path = folder / name
    path.write_text("\n".join(["#!/bin/sh", "for to; do :; done", *lines, ""]))
    path.chmod(0o700)
    return find_compiler(str(path))


@pytest.mark.parametrize(
    "what",
    [
        'echo junk > "$to"',
        ': > "$to"',
        f'{CC} -shared -xc /dev/null -o "$to"',
        'head -c 3000 /bin/sh > "$to"',
        'head -c 100 /bin/sh > "$to"',
    ],
    ids=["junk", "nothing", "without our functions", "cut off", "nothing but its beginning"],
)
def test_what_a_compiler_has_made_is_loaded_before_it_is_kept(
    what: str, cache: Path, tmp_path: Path
) -> None:
    with pytest.raises(Unavailable, match="does not load what was compiled"):
        bits_of(SMALL, script(tmp_path, "bad", what))
    assert entries(cache) == []
    assert bits_of() == 14


def test_an_explorer_of_a_compiler_that_makes_junk_is_not_kept(cache: Path, tmp_path: Path) -> None:
    junk = script(tmp_path, "bad", 'echo junk > "$to"')
    with pytest.raises(Unavailable, match="does not load what was compiled"):
        cached_library(SMALL, junk, load, "model.c", EXPLORER)
    assert entries(cache) == []


def test_an_explorer_that_is_junk_is_not_kept(cache: Path, tmp_path: Path) -> None:
    """The compiler that made it works now, or does not: our own C is not to blame."""
    junk = 'case " $* " in *" -c "*) echo junk > "$to"; exit 0; esac'
    once = f"test -e {tmp_path}/spoilt || {{ : > {tmp_path}/spoilt; echo junk > $to; exit 0; }}"
    never = script(tmp_path, "never", junk, f'exec {CC} "$@"')
    with pytest.raises(Unavailable, match="never does not work"):
        cached_library(SMALL, never, load, "model.c", EXPLORER)
    assert entries(cache) == []
    at_first = script(tmp_path, "at_first", once, f'exec {CC} "$@"')
    library = cached_library(SMALL, at_first, load, "model.c", EXPLORER)
    assert sizes_of(library).bits == 14
    assert sorted(each.suffix for each in entries(cache)) == [".o", ".so"]


def test_who_is_killed_leaves_nothing_for_long(cache: Path, tmp_path: Path) -> None:
    started = tmp_path / "started"
    slow = script(
        tmp_path, "slow", f"echo $$ > {started}.new", f"mv {started}.new {started}", "exec sleep 60"
    )
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            bits_of(SMALL, slow)
        os._exit(1)
    while not started.exists():
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.kill(int(started.read_text()), signal.SIGKILL)
    (left,) = entries(cache)
    assert bits_of() == 14
    assert left.exists(), "somebody may be working there"
    long_ago = time.time() - 2 * ABANDONED
    os.utime(left, (long_ago, long_ago))
    assert bits_of(SMALL.replace("RMS 3", "RMS 4")) != 14
    assert not left.exists()
    assert all(each.suffix == ".so" for each in entries(cache))


MADE = """
import sys
from ordercheck.engines.native.binding import load, sizes_of
from ordercheck.engines.native.cache import cached_library
from ordercheck.engines.native.compiler import find_compiler
from ordercheck.engines.native.unavailable import Unavailable
try:
    library = cached_library(sys.stdin.read(), find_compiler(), load, *eval(sys.argv[1]))
    print(sizes_of(library).bits)
except Unavailable as error:
    print("unavailable:", error)
"""
"""Another process, with the header on its standard input; it says the number of bits."""


def test_many_processes_start_at_once(cache: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", MADE, repr(("model.c", EXPLORER))],
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
    assert {each.suffix for each in entries(cache)} == {".o", ".so"}


def mounted(options: str, at: Path) -> str:
    """What MADE says where a file system is mounted on a folder."""
    mount = f'mount {options} {at} && exec "$@"'
    python = [sys.executable, "-c", MADE, "()"]
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", mount, "sh", *python],
        input=SMALL,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(not can_mount(), reason="the system lets no tests mount anything")
def test_a_folder_that_is_only_to_be_read(cache: Path) -> None:
    cache.mkdir(mode=0o700)
    only_to_be_read = f"--bind -o ro {cache}"
    told = mounted(only_to_be_read, cache)
    assert told.startswith(f"unavailable: the cache {cache} cannot be written: Read-only")
    bits_of()
    assert mounted(only_to_be_read, cache) == "14\n"


@pytest.mark.skipif(not can_mount(), reason="the system lets no tests mount anything")
@pytest.mark.parametrize("kibibytes", [4, 48])
def test_a_disk_is_full(kibibytes: int, cache: Path) -> None:
    cache.mkdir(mode=0o700)
    told = mounted(f"-t tmpfs -o size={kibibytes}k,mode=700 none", cache)
    assert told.startswith("unavailable: "), told
    assert "No space left" in told


def test_there_is_no_home(cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(PLACE)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")
    assert cache_folder() == tmp_path / "home/.cache/ordercheck"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg/ordercheck"
    # A user that the system does not know: then "~" stands for nothing.
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Unavailable, match=f"no home for the cache; set {PLACE}"):
        cache_folder()
    assert not (tmp_path / "~").exists()


def test_the_folder_of_somebody_else_is_not_trusted(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bits_of()
    somebody = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: somebody)
    with pytest.raises(Unavailable, match="belongs to somebody else; set ORDERCHECK_CACHE"):
        bits_of()


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
        bits_of(SMALL + "\nthis is no C;\n")
    kept = Path(caught.value.file)
    assert kept.read_text(encoding="utf-8").endswith("this is no C;\n")
    kept.unlink()
    assert entries(cache) == []


def test_a_compiler_that_does_not_work_is_not(cache: Path) -> None:
    with pytest.raises(Unavailable, match="does not work"):
        bits_of(SMALL, find_compiler("false"))


def test_words_that_cannot_be_read(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unavailable, match='the compiler cannot be read, "cc \'": No closing'):
        find_compiler("cc '")
    monkeypatch.setenv("ORDERCHECK_CFLAGS", '-O0 "')
    with pytest.raises(Unavailable, match="ORDERCHECK_CFLAGS cannot be read"):
        bits_of()


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
