"""Compiled models, kept by content: what was compiled once is only loaded.

So are explorers that serve many models (c/shared.h), as objects to be linked with.

An entry is one file, `KEY-DIGEST.so`, or `.o`. KEY is a hash of all that went into it, DIGEST one
of the file itself: so a damaged entry is known before it is loaded, and each entry appears at once,
by a rename. Processes that compile the same at the same time each do so; the last one wins,
and none sees half a file. The folder belongs to its user alone, since what lies in it is run.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from ordercheck.engines.native.compiler import SOURCES, Compiler, GeneratedCodeFails
from ordercheck.engines.native.unavailable import Unavailable

PLACE = "ORDERCHECK_CACHE"
"""The environment variable that names another folder."""

MOST_ENTRIES = 400
"""With more entries than these, the ones that were not used for longest go."""


def cached_object(
    header: str, compiler: Compiler, source: str = "explorer.c", explorer: tuple[str, ...] = ()
) -> Path:
    """The shared object of a generated header, compiled now if it has not been before.

    `source` is the file of the engine's that includes the header. If an `explorer` is asked for,
    by the definitions with which it is compiled, that is linked with it.

    Raises Unavailable where that cannot be done, GeneratedCodeFails where the C is wrong.
    """

    def make(work: Path, made: Path) -> str:
        (work / "model.h").write_text(header, encoding="utf-8")
        linked = [str(_explorer(explorer, compiler))] if explorer else []
        return compiler.compile(SOURCES / source, made, (work, SOURCES), (*linked, "-shared"))

    return _cached(_key(compiler, source, header, *explorer), ".so", compiler, make, header)


def _explorer(definitions: tuple[str, ...], compiler: Compiler) -> Path:
    """An explorer without a model, as an object."""

    def make(_: Path, made: Path) -> str:
        return compiler.compile(SOURCES / "explorer.c", made, (SOURCES,), (*definitions, "-c"))

    return _cached(_key(compiler, *definitions), ".o", compiler, make, "")


def _cached(
    key: str, suffix: str, compiler: Compiler, make: Callable[[Path, Path], str], header: str
) -> Path:
    """The entry of that key, made now if it is not there, or damaged.

    `make` is given a folder to work in and the file to be made; it says what is wrong.
    """
    folder = cache_folder()
    for entry in sorted(folder.glob(f"{key}-*{suffix}")):
        if _is_whole(entry):
            # Used just now: not to be thrown away soon.
            with suppress(OSError):
                os.utime(entry)
            return entry
        with suppress(OSError):
            entry.unlink()
    try:
        # In the cache itself: a rename works within one file system only.
        work = Path(tempfile.mkdtemp(prefix=".work-", dir=folder))
    except OSError as error:
        raise Unavailable(f"the cache {folder} cannot be written: {error.strerror}") from None
    try:
        made = work / f"made{suffix}"
        complaint = make(work, made)
        if complaint:
            compiler.check_works()
            raise GeneratedCodeFails(_kept(header), complaint)
        entry = folder / f"{key}-{_digest(made.read_bytes())}{suffix}"
        os.replace(made, entry)
    except OSError as error:
        raise Unavailable(f"the cache {folder} cannot be written: {error.strerror}") from None
    finally:
        shutil.rmtree(work, ignore_errors=True)
    _prune(folder)
    return entry


def cache_folder() -> Path:
    """The folder, made if need be; raises Unavailable if it may not be trusted or used."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = Path(os.environ.get(PLACE) or os.path.join(base, "ordercheck"))
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.stat()
    except OSError as error:
        raise Unavailable(f"the cache {folder} cannot be used: {error.strerror}") from None
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise Unavailable(f"the cache {folder} belongs to somebody else; set {PLACE}")
    if status.st_mode & 0o022:
        raise Unavailable(f"others may write to the cache {folder}; chmod 700, or set {PLACE}")
    return folder


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
    """Throw the oldest entries away, where there are too many."""
    ages: list[tuple[int, Path]] = []
    for entry in (*folder.glob("*.so"), *folder.glob("*.o")):
        # Another process may be pruning as well.
        with suppress(OSError):
            ages.append((entry.stat().st_mtime_ns, entry))
    for _, entry in sorted(ages)[: max(0, len(ages) - MOST_ENTRIES)]:
        with suppress(OSError):
            entry.unlink()
