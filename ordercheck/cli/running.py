"""The runs of `verify`: one after another, or several small ones side by side."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial

from ordercheck.checking import Options, check
from ordercheck.checking.expectation import as_expected, expected_first
from ordercheck.checking.options import Saving
from ordercheck.checking.verdict import Verdict
from ordercheck.cli.jobs import Died, Jobs, Tell, can_fork
from ordercheck.cli.loading import compiled
from ordercheck.cli.progress import Progress
from ordercheck.cli.session import Request, Run, Session
from ordercheck.engines.exploration import counted
from ordercheck.ir.span import BadInput

SMALL = 500_000
"""States of a run that may take its place beside others, each with a core and its memory."""


def outcomes_of(session: Session, runs: list[Run]) -> Generator[Verdict | BadInput, None, None]:
    """What comes of each run, in their order, or the mistakes of its author."""
    cores = session.request.workers or os.cpu_count() or 1
    # A bound of memory is one for all that a command does at a time.
    bounded = session.request.max_memory is not None
    if len(runs) < 2 or cores < 2 or bounded or not can_fork():
        for run in runs:
            yield _outcome(session.request, run, _wants_trace(session))
        return
    yield from _side_by_side(session, runs, cores)


def _side_by_side(session: Session, runs: list[Run], cores: int) -> Iterator[Verdict | BadInput]:
    """Small runs, each on a core; one that is not small alone, with all memory and cores."""
    request = session.request
    small = replace(request, workers=1)
    if request.engine != "z3":  # which keeps no states
        small = replace(small, max_states=min(request.max_states or SMALL, SMALL))

    def work(order: tuple[int, bool], tell: Tell) -> Verdict | BadInput:
        number, traces = order
        return _outcome(small, runs[number], traces, tell)

    def order(number: int) -> tuple[int, bool]:
        known = any(isinstance(each, Verdict) and each.trace for each in jobs.ended())
        return number, _wants_trace(session, known)

    orders = [partial(order, number) for number in range(len(runs))]
    with Jobs(work, orders, cores) as jobs:
        for number, run in enumerate(runs):
            outcome: Verdict | BadInput | None = None
            # A process that died, for want of memory perhaps, has all of it when it is alone.
            with _progress(request, run) as progress, suppress(Died):
                outcome = jobs.result(number, progress.update)
            wanted = _wants_trace(session)
            if outcome is None or _outgrows(outcome, small, request):
                yield _outcome(request, run, wanted)
            elif isinstance(outcome, BadInput) or wanted:
                yield outcome
            else:
                yield _without_traces(outcome)


def _outgrows(outcome: Verdict | BadInput, small: Request, request: Request) -> bool:
    """Whether a run has ended at a limit that is not the reader's."""
    if isinstance(outcome, BadInput) or small.max_states in (None, request.max_states):
        return False
    return outcome.limit == counted(small.max_states or 0, "state")


def _outcome(
    request: Request, run: Run, traces: bool, tell: Tell | None = None
) -> Verdict | BadInput:
    """The verdict on one run; progress is told to `tell`, or shown."""
    try:
        program = compiled(run.found, run.configuration)
    except BadInput as error:
        return error
    with _progress(request, run) as progress:
        verdict = check(
            program,
            Options(
                max_states=request.max_states,
                max_depth=request.max_depth,
                max_seconds=request.max_seconds,
                max_memory=request.max_memory,
                continue_=request.continue_,
                progress=tell or progress.update,
                traces=traces,
                engine=request.engine,
                workers=request.workers,
                spill=request.spill,
                compiler=request.compiler,
                hash_compact=request.hash_compact,
                saving=_saving(request),
            ),
        )
    expect = run.variant.expect if run.variant else None
    return replace(
        expected_first(verdict, expect.property) if expect else verdict,
        model=run.found.name,
        variant=run.name,
        expected=run.expected,
        as_expected=as_expected(verdict, expect.holds, expect.property) if expect else None,
    )


def _without_traces(verdict: Verdict) -> Verdict:
    """As it would be had nobody wanted one."""
    return replace(verdict, violations=tuple(replace(v, trace=None) for v in verdict.violations))


def _progress(request: Request, run: Run) -> Progress:
    return Progress(run.found.model.__name__, run.name, quiet=request.quiet)


def _saving(request: Request) -> Saving | None:
    """Where the run is saved, with a request that makes it again from any folder."""
    if request.checkpoint is None:
        return None
    files = [_absolute(file) for file in request.files]
    kept = ("assignments", "variants", "invariants", "watches", "continue_", "hash_compact")
    again = {name: getattr(request, name) for name in kept}
    specs = [_absolute(spec) for spec in request.specs]
    return Saving(
        request.checkpoint, {"files": files, "specs": specs, **again}, resume=request.resume
    )


def _absolute(file: str) -> str:
    """FILE or FILE:Class from wherever one is."""
    path, colon, name = file.partition(":")
    return os.path.abspath(path) + colon + name


def _wants_trace(session: Session, known: bool = False) -> bool:
    """Whether anybody will read the next run's trace: replaying and explaining take time.

    `known`: of another there is one already.
    """
    request = session.request
    if request.as_json:
        return True
    if known or any(verdict.trace for _, verdict in session.verdicts):
        return request.traces == "all" and not request.quiet
    return request.output is not None or not (request.quiet or request.traces == "none")
