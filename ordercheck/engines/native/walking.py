"""Random runs by generated C: the same as those of the interpreter, run by run (c/walks.c)."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import ExitStack
from ctypes import byref, c_uint32, c_uint64
from types import TracebackType

from ordercheck.engines.exploration import Flaw
from ordercheck.engines.memory import memory_bound, memory_told
from ordercheck.engines.native.binding import NEVER, SLICE, Status
from ordercheck.engines.native.decoding import Decoder
from ordercheck.engines.native.search import LABEL_START, NeedsInterpreter
from ordercheck.engines.native.surveying import (
    End,
    RawDepth,
    RawFault,
    Survey,
    WalksOptions,
    WalksReport,
)
from ordercheck.engines.native.unavailable import Unavailable
from ordercheck.engines.simulation import Fault, Level, RunFigures, RunProgress, Walk, key_of
from ordercheck.engines.transition import ModelError
from ordercheck.ir.nodes import Program, PropertyKind

ENDS = {
    End.STEPS: "steps",
    End.STUCK: "stuck",
    End.CONSTRAINT: "constraint",
    End.FAULT: "fault",
    End.NO_START: "no start",
}
FLAWS = (Flaw.MODEL_ERROR, Flaw.STEP_INVARIANT, Flaw.INVARIANT, Flaw.DEADLOCK)
"""By their numbers in c/walks.c."""

BLOCK = 1024
"""Runs that a worker takes at a time."""


class Walks:
    """Some runs by one worker; a context, since its memory is not Python's."""

    def __init__(
        self,
        survey: Survey,
        program: Program,
        steps: int,
        seed: int,
        bytes_: int = 0,
        record: bool = False,
    ) -> None:
        """Runs of at most so many steps, with so many bytes for the states met; 0: any number."""
        self.survey = survey
        self.program = program
        # Kept: the runs go on looking at these.
        self.ranks = (_ranks(survey.layout.kinds), _ranks([p.name for p in program.properties]))
        self.options = WalksOptions(
            key_of(seed), steps, bytes_, program.deadlock, record, *self.ranks
        )
        self.handle = survey.library.walks_open(byref(self.options))
        if not self.handle:
            raise Unavailable("there is no memory for it")
        self.latest = self.report()

    def __enter__(self) -> Walks:
        """Itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give back all memory."""
        if self.handle:
            self.survey.library.walks_close(self.handle)
            self.handle = None

    def take(self, first: int, count: int, stop: threading.Event | None = None) -> None:
        """Take the runs from number `first` on, unless it is to stop."""
        library = self.survey.library
        library.walks_assign(self.handle, first, count)
        while stop is None or not stop.is_set():
            status = Status(library.walks_run(self.handle, SLICE))
            # Other threads look at this: they must not look at what C is changing.
            self.latest = self.report()
            if status is Status.COMPLETE:
                return
            if status is Status.UNABLE:
                raise NeedsInterpreter(self.survey.layout.reasons[self.latest.unable - 1])
            if status is not Status.RUNNING:
                raise MemoryError("there is no memory for a run")

    def add(self, other: Walks, bytes_: int) -> None:
        """Add the states that another worker has met."""
        library = self.survey.library
        while library.walks_add(self.handle, other.handle, bytes_, SLICE) == Status.RUNNING:
            pass

    def report(self) -> WalksReport:
        """The figures."""
        report = WalksReport()
        self.survey.library.walks_tell(self.handle, byref(report))
        return report

    def new(self, count: int) -> list[int]:
        """States by the fewest steps after which they were met, below `count`."""
        found = (c_uint64 * count)()
        self.survey.library.walks_new(self.handle, found, count)
        return list(found)

    def fault(self, raw: RawFault) -> Fault:
        """What is wrong with a run; errors without words, which the interpreter has."""
        flaw = FLAWS[raw.flaw]
        claim = None if raw.property == NEVER else raw.property
        if flaw is Flaw.MODEL_ERROR:
            kind = self.survey.layout.kinds[raw.key]
            return Fault(flaw, kind, claim, ModelError(kind, ""))
        if flaw is Flaw.DEADLOCK:
            return Fault(flaw, "deadlock")
        return Fault(flaw, self.program.properties[raw.key].name, claim)


def _ranks(names: list[str] | tuple[str, ...]) -> ctypes.Array[c_uint32]:
    """The place of each name among them all, in their order."""
    order = {name: k for k, name in enumerate(sorted(set(names)))}
    return (c_uint32 * max(1, len(names)))(*(order[name] for name in names))


# --- one by one -----------------------------------------------------------------------


def native_walks(
    survey: Survey, program: Program, numbers: range, steps: int, seed: int
) -> Iterator[Walk]:
    """What `engines.simulation.walks` gives, errors without words."""
    decoder = Decoder(survey.layout)
    with Walks(survey, program, steps, seed, record=True) as walks:
        for number in numbers:
            walks.take(number, 1)
            yield _recorded(walks, number, decoder)


def _recorded(walks: Walks, number: int, decoder: Decoder) -> Walk:
    report, width = walks.report(), walks.survey.words
    end = End(report.last_end)
    words = report.words[: report.recorded_states * width] if report.recorded_states else []
    states = [decoder.state(words[k : k + width]) for k in range(0, len(words), width)]
    labels: list[tuple[int, int, tuple[int, ...]]] = []
    raw = report.labels[: report.label_words] if report.label_words else []
    at = 0
    while at < len(raw):
        step, binding, count = raw[at : at + 3]
        label = (-1 if step == LABEL_START else step, binding, tuple(raw[at + 3 : at + 3 + count]))
        labels.append(label)
        at += 3 + count
    ways = list(report.ways[: report.recorded_ways]) if report.recorded_ways else []
    fault = walks.fault(report.last) if end is End.FAULT else None
    return Walk(number, labels, states, ways, ENDS[end], fault)


# --- all together ---------------------------------------------------------------------


def native_figures(
    survey: Survey,
    program: Program,
    numbers: range,
    steps: int,
    seed: int,
    workers: int | None = None,
    memory: int | None = None,
    progress: RunProgress | None = None,
) -> RunFigures:
    """The figures of these runs, on so many threads.

    An interrupt from the keyboard ends it with what is known. Raises NeedsInterpreter where
    the model is more than the generated code can hold.
    """
    count = workers or os.cpu_count() or 1
    bound = max(1 << 20, memory_bound(memory))
    with ExitStack() as stack:
        # Half of it is for bringing together what the workers have met.
        share = bound // (2 * count) if count > 1 else bound
        team = [
            stack.enter_context(Walks(survey, program, steps, seed, share)) for _ in range(count)
        ]
        interrupted = _Work(team, numbers).run(progress, bound)
        return _together(team, program, interrupted, bound)


class _Work:
    """Runs handed out to workers, each a thread; C does not hold Python's lock."""

    def __init__(self, team: list[Walks], numbers: range) -> None:
        self.team = team
        self.block = max(1, min(BLOCK, len(numbers) // (8 * len(team))))
        self.blocks = iter(range(0, len(numbers), self.block))
        self.numbers = numbers
        self.lock = threading.Lock()
        self.stop = threading.Event()

    def run(self, progress: RunProgress | None, bound: int) -> bool:
        """Take all runs; whether an interrupt from the keyboard ended it before."""
        interrupted = False
        with ThreadPoolExecutor(len(self.team)) as pool:
            working = [pool.submit(self._work, walks) for walks in self.team]
            try:
                while wait(working, SLICE / 1000, FIRST_EXCEPTION).not_done:
                    if any(each.done() and each.exception() for each in working):
                        break
                    if progress is not None:
                        self._tell(progress, bound)
            except KeyboardInterrupt:
                interrupted = True
            finally:
                self.stop.set()
        for each in working:
            each.result()
        return interrupted

    def _work(self, walks: Walks) -> None:
        while not self.stop.is_set():
            with self.lock:
                at = next(self.blocks, None)
            if at is None:
                return
            block = self.numbers[at : at + self.block]
            walks.take(block.start, len(block), self.stop)

    def _tell(self, progress: RunProgress, bound: int) -> None:
        reports = [walks.latest for walks in self.team]
        taken = sum(report.bytes for report in reports)
        progress(
            sum(report.runs for report in reports),
            sum(report.steps for report in reports),
            max(report.states for report in reports),
            memory_told(taken, bound),
        )


def _together(team: list[Walks], program: Program, interrupted: bool, bound: int) -> RunFigures:
    """What all workers have found, which does not depend on which of them found it."""
    reports = [walks.report() for walks in team]
    found = RunFigures(interrupted=interrupted)
    for walks, report in zip(team, reports, strict=True):
        found.runs += report.runs
        found.steps += sum(
            depth * report.depth_list[depth].lengths for depth in range(report.depths)
        )
        _add_levels(found.levels, report)
        for end in End:
            if report.ends[end]:
                found.ends[ENDS[end]] += report.ends[end]
        _add_faults(found, walks, report, program)
    wrong = [report.first_wrong for report in reports if report.first_wrong]
    found.first_wrong = min(wrong, default=0)
    goals = enumerate(program.properties)
    found.unmet = [
        k
        for k, claim in goals
        if claim.kind is PropertyKind.REACHABLE and not any(r.reached[k] for r in reports)
    ]
    _add_states(found, team, bound)
    return found


def _add_levels(levels: list[Level], report: WalksReport) -> None:
    raw: list[RawDepth] = list(report.depth_list[: report.depths]) if report.depths else []
    while raw and not (raw[-1].runs or raw[-1].lengths):
        raw.pop()
    while len(levels) < len(raw):
        levels.append(Level())
    for level, depth in zip(levels, raw, strict=False):
        level.runs += depth.runs
        level.asked += depth.asked
        level.ways += depth.ways
        level.ended += depth.lengths


def _add_faults(found: RunFigures, walks: Walks, report: WalksReport, program: Program) -> None:
    kinds = walks.survey.layout.kinds
    counts = [(name, report.error_runs[k]) for k, name in enumerate(kinds)]
    counts += [(c.name, report.broken_runs[k]) for k, c in enumerate(program.properties)]
    counts.append(("deadlock", report.deadlock_runs))
    for name, count in counts:
        if count:
            found.faults[name] += count


def _add_states(found: RunFigures, team: list[Walks], bound: int) -> None:
    first, *others = team
    crowded = any(walks.latest.crowded for walks in others)
    for other in others:
        first.add(other, bound // 2)
        # Its memory is needed for the next one.
        other.__exit__(None, None, None)
    report = first.report()
    found.states = report.states
    found.crowded = crowded or bool(report.crowded)
    if found.levels:
        for level, new in zip(found.levels, first.new(len(found.levels)), strict=True):
            level.new = new
