"""A search by the explorer: run in slices, its findings as the interpreter's have them."""

from __future__ import annotations

import ctypes
import errno
import os
import tempfile
from contextlib import suppress
from ctypes import byref
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Protocol

from ordercheck.engines.exploration import (
    NO_LIMITS,
    Exploration,
    Figures,
    Finding,
    Flaw,
    Limits,
    Progress,
    counted,
)
from ordercheck.engines.memory import memory_bound as _bound
from ordercheck.engines.memory import memory_limit, memory_told
from ordercheck.engines.native.binding import (
    NEVER,
    SLICE,
    Report,
    SearchOptions,
    Sizes,
    Status,
    sizes_of,
)
from ordercheck.engines.native.checkpoint import Checkpoint, Counts
from ordercheck.engines.native.unavailable import Unavailable
from ordercheck.engines.transition import Label
from ordercheck.ir.nodes import Program, PropertyKind
from ordercheck.ir.record import dataclass

ASIDE = 6 << 20
"""Bytes of a bound that are left for what Python, threads and the C library take later on."""

LEAST = 4 << 20
"""Bytes without which a search does not begin."""

LABEL_START = 2**32 - 1
"""What the explorer says instead of a step's number for an initial state."""

FLAWS = (Flaw.MODEL_ERROR, Flaw.STEP_INVARIANT, Flaw.INVARIANT, Flaw.DEADLOCK)
"""By their numbers in c/path.c."""


class NeedsInterpreter(Exception):
    """The model has met a limit of the native engine's own; the text says which."""


class Incompressible(Exception):
    """What compressed states are made of has no room: go on with whole states.

    `saved` has what is known so far, unless there was no room for that either.
    """

    def __init__(self, saved: Checkpoint | None) -> None:
        """Keep what was saved."""
        super().__init__()
        self.saved = saved


class Names(Protocol):
    """What the numbers in the generated code stand for."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """Names of the kinds of model errors."""

    @property
    def reasons(self) -> tuple[str, ...]:
        """What each reason is, in words."""


@dataclass(frozen=True, slots=True)
class Resources:
    """What a search may use: threads and bytes of this process's memory; None for defaults.

    It is saved to the `checkpoint` every so many seconds, or begins with what is saved there; or
    it begins with what another search has `handed` over, which has `spent` so many seconds.
    """

    workers: int | None = None
    memory: int | None = None
    folder: str | None = None
    checkpoint: Checkpoint | None = None
    resume: bool = False
    save_every: float = 20.0
    handed: Checkpoint | None = None
    spent: float = 0.0


DEFAULT_RESOURCES = Resources()


class Search:
    """One search; a context, since the explorer's memory is not Python's."""

    def __init__(
        self,
        library: ctypes.CDLL,
        program: Program,
        names: Names,
        limits: Limits = NO_LIMITS,
        continue_: bool = False,
        resources: Resources = DEFAULT_RESOURCES,
    ) -> None:
        """Make ready to search."""
        self.library = library
        self.program = program
        self.names = names
        self.limits = limits
        self.sizes: Sizes = sizes_of(library)
        self.bound = _bound(resources.memory) - (0 if resources.memory is None else ASIDE)
        self.narrowed = False
        self.traceless = ""
        self.checkpoint = resources.checkpoint
        self.resume = resources.resume
        self.ended = False
        self.save_every = resources.save_every
        self.handed = resources.handed
        self.spent = resources.spent
        self.handing: Checkpoint | None = None
        self.folder = folder = resources.folder or tempfile.gettempdir()
        # Kept: the explorer holds on to the folder's name.
        self.options = SearchOptions(
            workers=resources.workers or _cores(),
            continue_=continue_,
            deadlock=program.deadlock,
            max_depth=limits.depth or 0,
            max_states=limits.states or 0,
            max_bytes=max(self.bound, 1),
            folder=os.fsencode(folder),
        )
        self.handle = library.explorer_open(byref(self.options))
        if not self.handle:
            raise Unavailable("there is no memory for it")

    def __enter__(self) -> Search:
        """Itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give back all memory."""
        self.close()

    def close(self) -> None:
        """Give back all memory; nothing can be asked of the search after that.

        A checkpoint is of no use any more once the search has come to its end, and every trace
        that was asked for has been found.
        """
        if self.handle:
            self.library.explorer_close(self.handle)
            self.handle = None
            if self.checkpoint is not None and self.ended:
                self.checkpoint.remove()

    # --- searching ----------------------------------------------------------------

    def run(self, progress: Progress | None = None) -> Exploration:
        """Search until something is wrong, to the end, or to a limit.

        Raises NeedsInterpreter where the model is more than the generated code can hold,
        Incompressible where its states should not be compressed.
        """
        status, limit = Status.RUNNING, ""
        if self.bound < LEAST and self.limits.memory is not None:
            limit = memory_limit(self.limits.memory)
        try:
            if not limit:
                status, limit = self._search(progress)
        except KeyboardInterrupt:
            limit = "interrupted"
        except MemoryError:
            status = Status.NO_MEMORY
        except OSError as error:
            limit = f"the checkpoint cannot be written: {error.strerror}"
        limit = limit or self._limit(status)
        self.ended = not limit
        if limit:
            self._save_last()
        return self._result(status, limit)

    def _search(self, progress: Progress | None) -> tuple[Status, str]:
        """How it ended, and the limit that ended it if it was not the explorer's."""
        status = Status.RUNNING
        saved = perf_counter()
        begun = saved - self.spent
        if self.checkpoint is not None and self.resume:
            status = self.checkpoint.restore(self.library, self.handle, self._counts())
        elif self.handed is not None:
            status = self.handed.restore(self.library, self.handle, self._counts())
            self.handed.remove()
        while status is Status.RUNNING:
            status = Status(self.library.explorer_run(self.handle, self._slice(begun)))
            if progress is not None:
                self._tell(progress)
            if status is Status.RUNNING and self._is_late(begun):
                return status, f"{self.limits.seconds:g} seconds"
            if status is Status.RUNNING and perf_counter() - saved >= self.save_every:
                self._save()
                saved = perf_counter()
        if status is Status.INCOMPRESSIBLE:
            self._hand_over()
        return status, ""

    def _hand_over(self) -> None:
        """Save what is finished, for a search that stores whole states."""
        levels = self.report().levels
        if levels == 0:
            return
        made = self.checkpoint
        try:
            if made is None:
                folder = tempfile.mkdtemp(prefix="ordercheck-", dir=self.folder)
                made = Checkpoint(Path(folder), "", {})
            if levels > len(made.levels):
                made.save(self.library, self.handle, self._counts(), levels)
        except (OSError, KeyboardInterrupt) as error:
            if made is not None and self.checkpoint is None:
                made.remove()
            if isinstance(error, KeyboardInterrupt):
                raise
            return
        self.handing = made

    def _save_last(self) -> None:
        """Save what there is, though something has gone wrong, or somebody is waiting."""
        # What could not be written before will not be now, but nothing is lost by trying; and
        # who interrupts a second time gets the checkpoint as it was.
        with suppress(OSError, MemoryError, KeyboardInterrupt):
            self._save()

    def _counts(self) -> Counts:
        sizes = self.sizes
        return Counts(sizes.words, sizes.kinds, sizes.properties, sizes.cover)

    def _save(self) -> None:
        """Save what is finished, if that is wanted and there is more of it than before."""
        levels = self.report().levels
        if self.checkpoint is None:
            return
        if levels > len(self.checkpoint.levels):
            self.checkpoint.save(self.library, self.handle, self._counts(), levels)

    def _slice(self, begun: float) -> int:
        if self.limits.seconds is None:
            return SLICE
        left = 1000 * (begun + self.limits.seconds - perf_counter())
        return max(1, min(SLICE, int(left) + 1))

    def _is_late(self, begun: float) -> bool:
        return self.limits.seconds is not None and perf_counter() - begun > self.limits.seconds

    def _limit(self, status: Status) -> str:
        match status:
            case Status.LIMIT_STATES:
                return counted(self.limits.states or 0, "state")
            case Status.LIMIT_DEPTH:
                return counted(self.limits.depth or 0, "level")
            case Status.NO_MEMORY:
                return "the machine's memory"
            case Status.DISK_FULL:
                return _disk(self.report().error)
            case Status.INCOMPRESSIBLE:
                raise Incompressible(self.handing)
            case Status.UNABLE:
                raise NeedsInterpreter(self.names.reasons[self.report().unable - 1])
        return ""

    def _result(self, status: Status, limit: str) -> Exploration:
        report = self.report()
        return Exploration(
            figures=Figures(report.states, report.transitions, report.levels, report.stuck),
            initial=report.initial,
            findings={(each.flaw, each.name): each for each in self._findings(report)},
            unmet=self._unmet(),
            limit=limit,
            complete=status is Status.COMPLETE,
        )

    # --- results ------------------------------------------------------------------

    def report(self) -> Report:
        """The explorer's figures."""
        report = Report()
        self.library.explorer_report(self.handle, byref(report))
        return report

    def _tell(self, progress: Progress) -> None:
        now = self.report()
        note = memory_told(now.bytes, self.bound)
        if now.on_disk:
            note += ", going on from disk"
        progress(now.states_now, now.levels, now.waiting, note)

    def reached(self) -> bytes:
        """A byte for each cover point."""
        reached = (ctypes.c_uint8 * max(1, self.sizes.cover))()
        self.library.explorer_cover(self.handle, reached)
        return bytes(reached)[: self.sizes.cover]

    def level(self, number: int) -> list[tuple[int, ...]]:
        """The packed states of a level, as words."""
        count, words = self.library.explorer_level_states(self.handle, number), self.sizes.words
        copy = (ctypes.c_uint64 * (count * words))()
        self.library.explorer_copy(self.handle, number, 0, count, copy)
        return [tuple(copy[k : k + words]) for k in range(0, count * words, words)]

    def _raw_findings(self) -> tuple[list[int], list[int], bytes]:
        errors = (ctypes.c_uint32 * max(1, self.sizes.kinds))()
        broken = (ctypes.c_uint32 * max(1, self.sizes.properties))()
        last = (ctypes.c_uint32 * max(1, self.sizes.properties))()
        met = (ctypes.c_uint8 * max(1, self.sizes.properties))()
        self.library.explorer_findings(self.handle, errors, broken, met, last)
        return (
            list(errors)[: self.sizes.kinds],
            list(broken)[: self.sizes.properties],
            bytes(met),
        )

    def _findings(self, report: Report) -> list[Finding]:
        errors, broken, _ = self._raw_findings()
        found = [
            Finding(Flaw.MODEL_ERROR, self.names.kinds[kind], steps, None)
            for kind, steps in enumerate(errors)
            if steps != NEVER
        ]
        flaws = {
            PropertyKind.INVARIANT: Flaw.INVARIANT,
            PropertyKind.STEP_INVARIANT: Flaw.STEP_INVARIANT,
        }
        for k, (claim, steps) in enumerate(zip(self.program.properties, broken, strict=True)):
            if steps != NEVER:
                found.append(Finding(flaws[claim.kind], claim.name, steps, k))
        if report.deadlock_steps != NEVER:
            found.append(Finding(Flaw.DEADLOCK, "deadlock", report.deadlock_steps, None))
        return found

    def _unmet(self) -> list[int]:
        met = self._raw_findings()[2]
        claims = enumerate(self.program.properties)
        return [k for k, c in claims if c.kind is PropertyKind.REACHABLE and not met[k]]

    # --- traces -------------------------------------------------------------------

    def path(self, finding: Finding) -> tuple[Label, ...]:
        """The labels of the trace to show for a finding (see `checking.canonical`).

        `narrowed` says afterwards whether memory did not suffice to find the one with the
        fewest switches; it is then a shortest one all the same. There are no labels where
        there is no memory even for that, or where somebody does not want to wait: `traceless`
        says which. The search is over after that.
        """
        if self.traceless:
            return ()
        try:
            status = self._find_path(finding, narrow=False)
            if status is Status.NO_MEMORY:
                self.narrowed = True
                status = self._find_path(finding, narrow=True)
        except KeyboardInterrupt:
            self.traceless = "interrupted"
        else:
            if status is Status.NO_MEMORY:
                self.traceless = "memory did not suffice"
        if self.traceless:
            self.ended = False
            return ()
        assert status is Status.COMPLETE, f"no trace of {finding.name}: {status.name}"
        words = (ctypes.c_uint32 * self.library.explorer_path_length(self.handle))()
        self.library.explorer_path_copy(self.handle, words)
        return tuple(_labels(list(words)))

    def _find_path(self, finding: Finding, narrow: bool) -> Status:
        key = 0
        if finding.flaw is Flaw.MODEL_ERROR:
            key = self.names.kinds.index(finding.name)
        elif finding.property is not None:
            key = finding.property
        flaw, steps = FLAWS.index(finding.flaw), finding.steps
        status = Status(self.library.explorer_path_begin(self.handle, flaw, key, steps, narrow))
        while status is Status.RUNNING:
            status = Status(self.library.explorer_path_run(self.handle, SLICE))
        return status


def _labels(words: list[int]) -> list[Label]:
    labels: list[Label] = []
    at = 0
    while at < len(words):
        step, binding, count = words[at : at + 3]
        at += 3
        choices = tuple(words[at : at + count])
        at += count
        labels.append(Label(-1 if step == LABEL_START else step, binding, choices))
    return labels


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


def _disk(error: int) -> str:
    if error in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full"
    return f"the disk: {os.strerror(error)}"
