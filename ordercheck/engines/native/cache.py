"""Compiled models, kept by content: what was compiled once is only loaded.

An entry is one file, `KEY-DIGEST.so`. KEY is a hash of all that went into it, DIGEST one of the
file itself: so a damaged entry is known before it is loaded, and each entry appears at once,
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
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from ordercheck.engines.native.compiler import SOURCES, Compiler, GeneratedCodeFails
from ordercheck.engines.native.unavailable import Unavailable

PLACE = "ORDERCHECK_CACHE"
"""The environment variable that names another folder."""

MOST_ENTRIES = 400
"""With more entries than these, the ones that were not used for longest go."""


def cached_object(header: str, compiler: Compiler, source: str = "explorer.c") -> Path:
    """The shared object of a generated header, compiled now if it has not been before.

    `source` is the file of the engine's that includes the header.

    Raises Unavailable where that cannot be done, GeneratedCodeFails where the C is wrong.
    """
    folder = cache_folder()
    key = _key(header, compiler, source)
    for entry in sorted(folder.glob(f"{key}-*.so")):
        if _is_whole(entry):
            # Used just now: not to be thrown away soon.
            with suppress(OSError):
                os.utime(entry)
            return entry
        with suppress(OSError):
            entry.unlink()
    return _compile(header, compiler, folder, key, source)


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


def _key(header: str, compiler: Compiler, source: str) -> str:
    """A hash of all that the result depends on."""
    parts = [
        source,
        header,
        compiler.identity,
        *compiler.flags(),
        platform.machine(),
        _sources_digest(),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


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


def _compile(header: str, compiler: Compiler, folder: Path, key: str, source: str) -> Path:
    try:
        # In the cache itself: a rename works within one file system only.
        work = Path(tempfile.mkdtemp(prefix=".work-", dir=folder))
    except OSError as error:
        raise Unavailable(f"the cache {folder} cannot be written: {error.strerror}") from None
    try:
        (work / "model.h").write_text(header, encoding="utf-8")
        made = work / "model.so"
        complaint = compiler.compile(SOURCES / source, made, (work, SOURCES))
        if complaint:
            compiler.check_works()
            raise GeneratedCodeFails(_kept(header), complaint)
        entry = folder / f"{key}-{_digest(made.read_bytes())}.so"
        os.replace(made, entry)
    except OSError as error:
        raise Unavailable(f"the cache {folder} cannot be written: {error.strerror}") from None
    finally:
        shutil.rmtree(work, ignore_errors=True)
    _prune(folder)
    return entry


def _kept(header: str) -> str:
    """Where the generated code is kept, to be sent with a report."""
    handle, name = tempfile.mkstemp(prefix="ordercheck-model-", suffix=".h")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(header)
    return name


def _prune(folder: Path) -> None:
    """Throw the oldest entries away, where there are too many."""
    ages: list[tuple[int, Path]] = []
    for entry in folder.glob("*.so"):
        # Another process may be pruning as well.
        with suppress(OSError):
            ages.append((entry.stat().st_mtime_ns, entry))
    for _, entry in sorted(ages)[: max(0, len(ages) - MOST_ENTRIES)]:
        with suppress(OSError):
            entry.unlink()
