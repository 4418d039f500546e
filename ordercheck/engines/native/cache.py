"""Compiled models, kept by content: what was compiled once is only loaded.

So are explorers that serve many models (c/shared.h), as objects to be linked with.

An entry is one file, `KEY-DIGEST.so`, or `.o`. KEY is a hash of all that went into it, DIGEST one
of the file itself: so a damaged entry is known before it is loaded, and each entry appears at once,
by a rename. Processes that compile the same at the same time each do so; the last one wins,
and none sees half a file. What a compiler has made is loaded before it is kept, so an entry was
of use to somebody; if it is of none here it is made again. The folder belongs to its user alone,
since what lies in it is run.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import stat
import struct
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from ctypes import CDLL
from functools import lru_cache
from pathlib import Path

from ordercheck.engines.native.compiler import SOURCES, Compiler, GeneratedCodeFails
from ordercheck.engines.native.unavailable import Unavailable

PLACE = "ORDERCHECK_CACHE"
"""The environment variable that names another folder."""

MOST_ENTRIES = 400
"""With more entries than these, the ones that were not used for longest go."""

WORK = ".work-"
"""Begins the names of folders in which something is being made."""

ABANDONED = 24 * 3600
"""Seconds after which nobody works in such a folder any more."""


Loader = Callable[[Path], CDLL]
"""Loads a shared object; raises Unavailable where that cannot be done, or it is none of ours."""


def cached_library(
    header: str,
    compiler: Compiler,
    load: Loader,
    source: str = "explorer.c",
    explorer: tuple[str, ...] = (),
) -> CDLL:
    """A generated header's code, loaded; compiled now if it has not been before.

    `source` is the file of the engine's that includes the header. If an `explorer` is asked for,
    by the definitions with which it is compiled, that is linked with it.

    Raises Unavailable where that cannot be done, GeneratedCodeFails where the C is wrong.
    """
    folder = cache_folder()
    key = _key(compiler, source, header, *explorer)
    for entry in _entries(folder, key, ".so"):
        try:
            return load(entry)
        except Unavailable:
            # Another process may have thrown it away, or another machine have made it.
            _remove(entry)
    with _work(folder) as work:
        made = work / "made.so"
        complaint = _compile(header, compiler, SOURCES / source, made, explorer)
        if complaint:
            compiler.check_works()
            raise GeneratedCodeFails(_kept(header), complaint)
        try:
            _check_whole(made)
            library = load(made)
        except Unavailable:
            # The explorer in it has the same compiler.
            for entry in _entries(folder, _key(compiler, *explorer), ".o"):
                _remove(entry)
            raise
        _keep(made, folder, key)
    return library


def _compile(
    header: str, compiler: Compiler, source: Path, made: Path, explorer: tuple[str, ...]
) -> str:
    """Compile a header, and link it with its explorer; what the compiler says is wrong."""
    work = made.parent
    (work / "model.h").write_text(header, encoding="utf-8")

    def linked(*objects: str) -> str:
        return compiler.compile(source, made, (work, SOURCES), (*objects, "-shared"))

    if not explorer:
        return linked()
    found = _explorer(explorer, compiler)
    if not (complaint := linked(str(found))):
        return ""
    # The explorer may be at fault: junk, or just thrown away by another process.
    _remove(found)
    found = _explorer(explorer, compiler)
    if complaint := linked(str(found)):
        _remove(found)
    return complaint


def _explorer(definitions: tuple[str, ...], compiler: Compiler) -> Path:
    """An explorer without a model, as an object."""
    folder = cache_folder()
    key = _key(compiler, *definitions)
    for entry in _entries(folder, key, ".o"):
        return entry
    with _work(folder) as work:
        made = work / "made.o"
        complaint = compiler.compile(SOURCES / "explorer.c", made, (SOURCES,), (*definitions, "-c"))
        if complaint:
            compiler.check_works()
            raise GeneratedCodeFails(_kept(""), complaint)
        return _keep(made, folder, key)


# --- entries ------------------------------------------------------------------------------


def _entries(folder: Path, key: str, suffix: str) -> Iterator[Path]:
    """Entries of this key that are as they were written; others are removed."""
    for entry in sorted(folder.glob(f"{key}-*{suffix}")):
        if _is_whole(entry):
            # Used just now: not to be thrown away soon.
            with suppress(OSError):
                os.utime(entry)
            yield entry
        else:
            _remove(entry)


@contextmanager
def _work(folder: Path) -> Iterator[Path]:
    """A folder to make something in; raises Unavailable where nothing can be written."""
    work: Path | None = None
    try:
        # In the cache itself: a rename works within one file system only.
        work = Path(tempfile.mkdtemp(prefix=WORK, dir=folder))
        yield work
    except OSError as error:
        raise _unusable(folder, "cannot be written", error) from None
    finally:
        if work is not None:
            shutil.rmtree(work, ignore_errors=True)


def _check_whole(made: Path) -> None:
    """Raise Unavailable where parts of a file are missing that loading it would map into memory.

    Touching those would end this process with a signal. (System V ABI, "Program Header"; only
    files of 64 bits and the usual order of bytes are looked at.)
    """
    content = made.read_bytes()
    if content[:6] != b"\x7fELF\x02\x01":
        return
    try:
        (first,) = struct.unpack_from("<Q", content, 32)
        size, count = struct.unpack_from("<HH", content, 54)
        segments = [struct.unpack_from("<IIQQQQ", content, first + size * k) for k in range(count)]
    except struct.error:
        segments = [(0, 0, len(content), 0, 0, 1)]
    if any(offset + length > len(content) for _, _, offset, _, _, length in segments):
        raise Unavailable("the system does not load what was compiled: it is cut off")


def _keep(made: Path, folder: Path, key: str) -> Path:
    """Make a file an entry."""
    entry = folder / f"{key}-{_digest(made.read_bytes())}{made.suffix}"
    os.replace(made, entry)
    _prune(folder)
    return entry


def _remove(entry: Path) -> None:
    with suppress(OSError):
        entry.unlink()


# --- the folder ---------------------------------------------------------------------------


def cache_folder() -> Path:
    """The folder, made if need be; raises Unavailable if it may not be trusted or used."""
    folder = _place()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.stat()
    except OSError as error:
        raise _unusable(folder, "cannot be used", error) from None
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise Unavailable(f"the cache {folder} belongs to somebody else; set {PLACE}")
    if status.st_mode & 0o022:
        raise Unavailable(f"others may write to the cache {folder}; chmod 700, or set {PLACE}")
    return folder


def _place() -> Path:
    if given := os.environ.get(PLACE):
        return Path(given)
    base = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(base):  # as its specification says
        return Path(base, "ordercheck")
    home = os.path.expanduser("~")
    if not os.path.isabs(home):
        raise Unavailable(f"there is no home for the cache; set {PLACE}")
    return Path(home, ".cache", "ordercheck")


def _unusable(folder: Path, what: str, error: OSError) -> Unavailable:
    return Unavailable(f"the cache {folder} {what}: {error.strerror}; set {PLACE} to another")


def _key(compiler: Compiler, *parts: str) -> str:
    """A hash of all that the result depends on."""
    machine = (compiler.identity, *compiler.flags(), platform.machine(), _sources_digest())
    return hashlib.sha256("\0".join((*parts, *machine)).encode()).hexdigest()[:32]


@lru_cache(maxsize=1)
def _sources_digest() -> str:
    digest = hashlib.sha256()
    for source in sorted(SOURCES.iterdir()):
        if source.suffix in (".c", ".h"):
            digest.update(f"{source.name}\0{source.stat().st_size}\0".encode())
            digest.update(source.read_bytes())
    return digest.hexdigest()


def _is_whole(entry: Path) -> bool:
    try:
        content = entry.read_bytes()
    except OSError:
        return False
    return entry.stem.rpartition("-")[2] == _digest(content)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def _kept(header: str) -> str:
    """Where the generated code is kept, to be sent with a report."""
    handle, name = tempfile.mkstemp(prefix="ordercheck-model-", suffix=".h")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(header)
    return name


def _prune(folder: Path) -> None:
    """Throw the oldest entries away, where there are too many, and what killed processes left."""
    entries = _by_age((*folder.glob("*.so"), *folder.glob("*.o")))
    for _, entry in entries[: max(0, len(entries) - MOST_ENTRIES)]:
        _remove(entry)
    long_ago = time.time_ns() - ABANDONED * 10**9
    for written, work in _by_age(folder.glob(f"{WORK}*")):
        if written < long_ago:
            shutil.rmtree(work, ignore_errors=True)


def _by_age(paths: Iterable[Path]) -> list[tuple[int, Path]]:
    """When each was written or used, the oldest first."""
    ages: list[tuple[int, Path]] = []
    for path in paths:
        # Another process may be pruning as well.
        with suppress(OSError):
            ages.append((path.stat().st_mtime_ns, path))
    return sorted(ages)
