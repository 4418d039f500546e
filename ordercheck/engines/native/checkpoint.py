"""Checkpoints: what a search has finished, in a folder, so that another process can go on.

A folder holds `states`, the packed states of all finished levels, one level after another, and
`manifest.json` with everything else: what the search was asked, figures, findings, and for each
level its number of states and their checksum. Saving appends to the one and then replaces the
other at once. So whenever the process is killed, the manifest speaks of states that are there;
what lies beyond them is of a save that was not finished, and is written over by the next.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from ctypes import byref
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ordercheck.engines.native.binding import NEVER, SLICE, Report, Status
from ordercheck.ir.record import dataclass

FORMAT = 1
STATES, MANIFEST = "states", "manifest.json"
FIGURES = ("transitions", "stuck", "initial", "deadlock_steps")
"""Those of the explorer's report that a manifest has; it counts states by levels."""

PIECE = 1 << 22
"""Bytes that are copied at a time."""


class Unreadable(Exception):
    """A checkpoint is damaged, or is not one; the text says what is wrong with it."""


class Foreign(Exception):
    """A checkpoint is of another model, or of another version of it."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__("it is of another model, or the model has changed since")


@dataclass(frozen=True, slots=True)
class Level:
    """The number of states of a level, and the CRC-32 of their words."""

    states: int
    checksum: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a checkpoint has besides states; `request` is the caller's, to make the run again."""

    format: int
    model: str
    words: int
    request: dict[str, Any]
    levels: list[Level]
    figures: dict[str, int]
    errors: list[int]
    broken: list[int]
    met: list[int]
    last: list[int]
    reached: list[int]


def model_key(header: str) -> str:
    """What tells one generated model from another."""
    return hashlib.sha256(header.encode()).hexdigest()


def read_manifest(folder: Path) -> Manifest:
    """A folder's manifest; raises Unreadable."""
    try:
        text = (folder / MANIFEST).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        raise Unreadable("there is no checkpoint in it") from None
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"its manifest cannot be read: {error}") from None
    try:
        content = json.loads(text)
        body, checksum = content["checkpoint"], content["checksum"]
        if checksum != checksum_of(body):
            raise Unreadable("its manifest is damaged")
        if body["format"] != FORMAT:
            raise Unreadable("it was written by another version of ordercheck")
        body["levels"] = [Level(**level) for level in body["levels"]]
        manifest = Manifest(**body)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Unreadable("its manifest is damaged") from None
    if not _is_sound(manifest):
        raise Unreadable("its manifest is damaged")
    return manifest


def _is_sound(manifest: Manifest) -> bool:
    """Whether all in it is of the kind that it should be: the explorer takes it as it comes."""
    m = manifest
    figures = [*m.figures.values(), *m.errors, *m.broken, *m.last]
    counts = [m.words, *(level.states for level in m.levels)]
    whole = all(isinstance(n, int) for n in (*figures, *counts, *m.met, *m.reached))
    return (
        isinstance(m.request, dict)
        and whole
        and m.figures.keys() == set(FIGURES)
        and bool(m.levels)
        and all(0 <= n < 2**64 for n in m.figures.values())
        and all(0 <= n <= NEVER for n in (*m.errors, *m.broken, *m.last))
        and all(0 < n < 2**63 for n in counts)
        and set(m.met) | set(m.reached) <= {0, 1}
    )


def checksum_of(body: dict[str, Any]) -> str:
    """What tells that a manifest is as it was written."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Counts:
    """How long the explorer's arrays are."""

    words: int
    kinds: int
    properties: int
    cover: int


class Checkpoint:
    """A folder to which a search is saved again and again."""

    def __init__(self, folder: Path, header: str, request: Mapping[str, Any]) -> None:
        """Of a run that `request` describes."""
        self.folder = folder
        self.model = model_key(header)
        self.request = dict(request)
        self.levels: list[Level] = []

    # --- saving -------------------------------------------------------------------

    def save(self, library: ctypes.CDLL, handle: int, counts: Counts, levels: int) -> None:
        """Save so many levels, and all else that is known; raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        width = 8 * counts.words
        with open(self.folder / STATES, "r+b" if self.levels else "w+b") as stream:
            stream.seek(width * sum(level.states for level in self.levels))
            new = [
                self._save_level(stream.write, library, handle, counts.words, number)
                for number in range(len(self.levels), levels)
            ]
            stream.truncate()
            stream.flush()
            os.fsync(stream.fileno())
        saved = [*self.levels, *new]
        self._replace_manifest(self._manifest(library, handle, counts, saved))
        self.levels = saved

    @staticmethod
    def _save_level(
        write: Callable[[bytes], int], library: ctypes.CDLL, handle: int, words: int, number: int
    ) -> Level:
        count, checksum = library.explorer_level_states(handle, number), 0
        most = max(1, PIECE // (8 * words))
        for first in range(0, count, most):
            piece = (ctypes.c_uint64 * (min(most, count - first) * words))()
            library.explorer_copy(handle, number, first, len(piece) // words, piece)
            data = bytes(piece)
            checksum = zlib.crc32(data, checksum)
            write(data)
        return Level(count, checksum)

    def _manifest(
        self, library: ctypes.CDLL, handle: int, counts: Counts, levels: list[Level]
    ) -> Manifest:
        arrays = _Arrays(counts)
        report = Report()
        library.explorer_report(handle, byref(report))
        library.explorer_findings(handle, *arrays.findings())
        library.explorer_cover(handle, arrays.reached)
        return Manifest(
            FORMAT,
            self.model,
            counts.words,
            self.request,
            levels,
            {name: getattr(report, name) for name in FIGURES},
            *arrays.lists(),
        )

    def _replace_manifest(self, manifest: Manifest) -> None:
        body = asdict(manifest)
        text = json.dumps({"checkpoint": body, "checksum": checksum_of(body)})
        new = self.folder / (MANIFEST + ".new")
        with open(new, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(new, self.folder / MANIFEST)
        # The rename itself has to be on the disk as well.
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def remove(self) -> None:
        """Take the checkpoint away: the search has come to its end."""
        for name in (MANIFEST, MANIFEST + ".new", STATES):
            with suppress(OSError):
                (self.folder / name).unlink()
        with suppress(OSError):
            self.folder.rmdir()

    # --- resuming -----------------------------------------------------------------

    def restore(self, library: ctypes.CDLL, handle: int, counts: Counts) -> Status:
        """Put what is saved into a new search.

        Returns RUNNING, or why the search is over already. Raises Unreadable or Foreign.
        """
        manifest = read_manifest(self.folder)
        if manifest.model != self.model or manifest.words != counts.words:
            raise Foreign()
        # Now, so that a search that does not come to the end of this is never saved in its place.
        self.levels = manifest.levels
        for level, pieces in zip(manifest.levels, self._read(manifest), strict=True):
            checksum = 0
            for data in pieces:
                checksum = zlib.crc32(data, checksum)
                status = _restore_piece(library, handle, data, counts.words)
                if status is not Status.RUNNING:
                    return status
            if checksum != level.checksum:
                raise Unreadable("its states are damaged")
            status = Status(library.explorer_restore_level(handle))
            if status is not Status.RUNNING:
                return status
        arrays = _Arrays(counts)
        arrays.fill(manifest)
        report = Report(**manifest.figures)
        result = library.explorer_restore(handle, byref(report), *arrays.findings(), arrays.reached)
        return Status(result)

    def _read(self, manifest: Manifest) -> Iterator[Iterator[bytes]]:
        """The levels' states, in pieces."""
        try:
            with open(self.folder / STATES, "rb") as stream:
                for level in manifest.levels:
                    yield _pieces(stream.read, 8 * manifest.words, level.states)
        except OSError as error:
            raise Unreadable(f"its states cannot be read: {error.strerror}") from None


def _restore_piece(library: ctypes.CDLL, handle: int, data: bytes, words: int) -> Status:
    """Hand over some states, in slices: signals and limits wait for no longer than one."""
    packed = (ctypes.c_uint64 * (len(data) // 8)).from_buffer_copy(data)
    count, first = len(packed) // words, 0
    done = ctypes.c_uint64()
    while first < count:
        rest = byref(packed, 8 * words * first)
        given = ctypes.cast(rest, ctypes.POINTER(ctypes.c_uint64))
        result = library.explorer_restore_states(handle, given, count - first, SLICE, byref(done))
        status = Status(result)
        if status is Status.DAMAGED:
            raise Unreadable("its states are damaged")
        if status is not Status.RUNNING:
            return status
        first += done.value
    return Status.RUNNING


def _pieces(read: Callable[[int], bytes], width: int, count: int) -> Iterator[bytes]:
    most = max(1, PIECE // width)
    for first in range(0, count, most):
        size = width * min(most, count - first)
        data = read(size)
        if len(data) != size:
            raise Unreadable("some of its states are missing")
        yield data


class _Arrays:
    """The arrays in which the explorer gives and takes what is wrong, met and reached."""

    def __init__(self, counts: Counts) -> None:
        self.counts = counts
        self.errors = (ctypes.c_uint32 * max(1, counts.kinds))()
        self.broken = (ctypes.c_uint32 * max(1, counts.properties))()
        self.met = (ctypes.c_uint8 * max(1, counts.properties))()
        self.last = (ctypes.c_uint32 * max(1, counts.properties))()
        self.reached = (ctypes.c_uint8 * max(1, counts.cover))()

    def findings(self) -> tuple[Any, ...]:
        return self.errors, self.broken, self.met, self.last

    def lists(self) -> tuple[list[int], ...]:
        return tuple(list(each) for each in (*self.findings(), self.reached))

    def fill(self, manifest: Manifest) -> None:
        m = manifest
        given = (m.errors, m.broken, m.met, m.last, m.reached)
        for array, values in zip((*self.findings(), self.reached), given, strict=True):
            if len(values) != len(array):
                raise Unreadable("its manifest is damaged")
            array[:] = values
