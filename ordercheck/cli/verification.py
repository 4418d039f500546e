"""What `ordercheck verify` does: plan the runs, run them, tell each, then the traces."""

from __future__ import annotations

import os
import shlex
from collections.abc import Collection, Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING

from ordercheck import __version__
from ordercheck.checking import Options, check
from ordercheck.checking.expectation import as_expected
from ordercheck.checking.options import Saving
from ordercheck.checking.scenario import Played
from ordercheck.checking.verdict import Outcome, Verdict, Violation, ViolationKind
from ordercheck.cli.codes import BAD_INPUT, FAILED, INCONCLUSIVE, INTERRUPTED, OK
from ordercheck.cli.jobs import Died, Jobs, Tell, can_fork
from ordercheck.cli.loading import Configuration, Found, Texts, compiled, models_in
from ordercheck.cli.output import Screen, bad_file, check_writable, make_folder, write_whole
from ordercheck.cli.progress import Progress
from ordercheck.cli.scenarios import played
from ordercheck.engines.exploration import counted
from ordercheck.ir.nodes import Program
from ordercheck.ir.span import BadInput, Diagnostic
from ordercheck.language.model import Variant
from ordercheck.language.texts import as_setting, in_python
from ordercheck.report.advice import Ran, advice, summary
from ordercheck.report.scenarios import render_played, scenario_summary
from ordercheck.report.table import Table, is_pass, never, remarks, violation_text
from ordercheck.report.terminal import render_unmet
from ordercheck.report.text import fold

if TYPE_CHECKING:
    from ordercheck.traces.json import TraceFile

MOST_SETTINGS = 2
"""Lines of parameters above a trace, before those are left out that are as declared."""


@dataclass(frozen=True, slots=True)
class Request:
    """The command line of `verify`."""

    files: tuple[str, ...]
    assignments: tuple[tuple[str, str], ...] = ()
    variants: tuple[str, ...] = ()
    specs: tuple[str, ...] = ()
    invariants: tuple[str, ...] = ()
    watches: tuple[str, ...] = ()
    continue_: bool = False
    traces: str = "first"
    long: bool = False
    quiet: bool = False
    as_json: bool = False
    markdown: bool = False
    output: str | None = None
    max_states: int | None = None
    max_depth: int | None = None
    max_seconds: float | None = None
    max_memory: int | None = None
    spill: str | None = None
    engine: str = "auto"
    workers: int | None = None
    compiler: str | None = None
    hash_compact: bool = False
    checkpoint: str | None = None
    resume: bool = False
    no_color: bool = False


SMALL = 500_000
"""States of a run that may take its place beside others, each with a core and its memory."""


class _State(Enum):
    RUNNING = "running"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class _Run:
    """One configuration of one model."""

    found: Found
    given: str
    variant: Variant | None
    configuration: Configuration

    @property
    def command(self) -> str:
        """The command line that makes this run again."""
        return self._command(self.configuration.assignments)

    def _command(self, assignments: Texts) -> str:
        configuration = self.configuration
        words = ["ordercheck", "verify", self.given]
        words += ["--variant", self.name] if self.variant else []
        for name, value in assignments:
            words += ["--set", f"{name}={value}"]
        words += [word for spec in configuration.specs for word in ("--spec", spec)]
        words += [word for each in configuration.invariants for word in ("--invariant", each)]
        return shlex.join(words)

    def next_values(self, program: Program, known: Collection[Texts]) -> tuple[str, str]:
        """The commands that make it with a number that is a parameter one higher, one lower.

        `known` are the parameters of runs of this model that were made already.
        """
        values = dict(program.parameters)
        found = {1: "", -1: ""}
        for each in self.found.model.declared_parameters():
            if type(each.default) is not int or each.choices or each.name not in values:
                continue
            lo, hi = 0 if each.lo is None else each.lo, each.hi
            for step, so_far in found.items():
                value = int(values[each.name]) + step
                new = tuple({**values, each.name: str(value)}.items())
                fits = lo <= value and (hi is None or value <= hi)
                if fits and not so_far and new not in known:
                    given = {**dict(self.configuration.assignments), each.name: str(value)}
                    found[step] = self._command(tuple(given.items()))
        return found[1], found[-1]

    @property
    def name(self) -> str:
        return self.variant.name if self.variant else ""

    @property
    def expected(self) -> str:
        return str(self.variant.expect) if self.variant and self.variant.expect else ""


@dataclass(slots=True)
class _Session:
    """All that becomes known in the course of one command."""

    request: Request
    screen: Screen
    verdicts: list[tuple[_Run, Verdict]] = field(default_factory=list)
    errors: list[Diagnostic] = field(default_factory=list)
    played: list[Played] = field(default_factory=list)
    shown: list[Verdict] = field(default_factory=list)
    state: _State = _State.RUNNING

    @property
    def talks(self) -> bool:
        """Whether anything is written for people, apart from errors."""
        return not (self.request.as_json or self.request.markdown)

    def reject(self, error: BadInput) -> bool:
        """Tell what is wrong with the input, each mistake once; whether any was new."""
        new = [each for each in error.diagnostics if each not in self.errors]
        self.errors += new
        if new:
            self.screen.complain(new)
        return bool(new)


def verify(request: Request) -> int:
    """Run the command and give its exit code."""
    session = _Session(request, Screen(request.no_color))
    if request.output:
        from ordercheck.cli.exporting import check_name  # few runs write a file

        check_writable(request.output)
        check_name(request.output)
    try:
        planned = _single(session) if request.checkpoint else list(_plan(session))
        with closing(_outcomes(session, [run for runs in planned for run in runs])) as outcomes:
            for runs in planned:
                _run_model(session, runs, outcomes)
    except KeyboardInterrupt:
        session.state = _State.INTERRUPTED
    _tell_traces(session)
    if request.as_json:
        verdicts = [verdict for _, verdict in session.verdicts]
        from ordercheck.report.json import report_text  # heavy: all of json

        session.screen.say(report_text(verdicts, session.errors, __version__, session.played))
    elif request.markdown:
        from ordercheck.report.markdown import render_verdicts  # read by few

        found = [verdict for _, verdict in session.verdicts]
        session.screen.say(render_verdicts(found, session.errors, session.played))
    if request.output:
        _keep_trace(session, request.output)
    code = _exit_code(session)
    if session.talks and not request.quiet:
        _tell_end(session)
    return code


# --- planning ---------------------------------------------------------------------------


def _plan(session: _Session) -> Iterator[list[_Run]]:
    """The runs of each model. What cannot be used is told on the way."""
    known: set[str] = set()
    missing = dict.fromkeys(session.request.variants)
    for path in session.request.files:
        try:
            models = models_in(path)
        except BadInput as error:
            session.reject(error)
            continue
        for found in models:
            if isinstance(found, BadInput):
                session.reject(found)
                continue
            if found.name in known:
                continue
            known.add(found.name)
            # A folder's models are named one by one, others as the reader has named them.
            given = found.name if os.path.isdir(path) else path
            runs = _runs(session.request, found, given)
            for run in runs:
                missing.pop(run.name, None)
            if runs:
                yield runs
    if missing and not session.errors:
        name = next(iter(missing))
        help = "`ordercheck show MODEL` lists a model's variants"
        session.reject(bad_file("E905", f"no model here has a variant {name!r}", "", help))


def _single(session: _Session) -> list[list[_Run]]:
    """The one run that is to be saved, if what is asked for is one."""
    folder = session.request.checkpoint or ""
    planned = list(_plan(session))
    if session.errors:
        return []
    if sum(len(runs) for runs in planned) != 1:
        help = "choose one with --variant NAME, or with --set"
        session.reject(bad_file("E932", "a checkpoint is of one run, these are several", "", help))
        return []
    if not session.request.resume and os.path.exists(folder) and os.listdir(folder):
        headline = f"there is something in {folder} already"
        help = f"to go on with a search that was saved there: ordercheck resume {folder}"
        session.reject(bad_file("E933", headline, folder, help))
        return []
    make_folder(folder)
    return planned


def _runs(request: Request, found: Found, given: str) -> list[_Run]:
    """With --set one configuration of which nothing is expected, else the variants."""
    base = Configuration(request.assignments, request.specs, request.invariants, request.watches)
    variants = list(found.model.variants)
    if request.variants:
        variants = [each for each in variants if each.name in request.variants]
        if request.assignments:
            variants = [Variant(each.name, each.parameters) for each in variants]
    elif request.assignments or not variants:
        return [_Run(found, given, None, base)]
    return [
        _Run(found, given, each, replace(base, parameters=each.parameters)) for each in variants
    ]


# --- running ----------------------------------------------------------------------------


def _run_model(session: _Session, runs: list[_Run], outcomes: Iterator[Verdict | BadInput]) -> None:
    """All runs of one model, with a line for each; `outcomes` begins with theirs."""
    found = runs[0].found
    table = Table.of([(_shown_name(run), run.expected) for run in runs], session.screen.style)
    headed = False
    for run, verdict in zip(runs, outcomes, strict=False):
        if isinstance(verdict, BadInput):
            session.reject(verdict)
            continue
        session.verdicts.append((run, verdict))
        if verdict.limit == "interrupted":
            session.state = _State.INTERRUPTED
        if session.talks and (not session.request.quiet or is_pass(verdict) is not True):
            if not headed:
                session.screen.say(_model_heading(session, found))
                session.screen.say(table.heading())
                headed = True
            session.screen.say(table.line(replace(verdict, variant=_shown_name(run))))
            if not session.request.quiet and (more := remarks(verdict, session.screen.style)):
                session.screen.say(more)
        if session.state is _State.INTERRUPTED:
            raise KeyboardInterrupt
    if headed and not session.request.quiet:
        mine = [verdict for run, verdict in session.verdicts if run.found is found]
        told = never(mine, session.screen.style) if _covers(session.request, found) else ""
        session.screen.say(told + "\n")
    if not (session.request.variants or session.request.assignments):
        _play(session, found)


def _covers(request: Request, found: Found) -> bool:
    """Whether all runs are made that a model is meant to be judged by.

    What never happens in some of its variants, or with other parameters, is no mistake.
    """
    return not found.model.variants or not (request.variants or request.assignments)


def _play(session: _Session, found: Found) -> None:
    """The scenarios of a model, whose parameters are their own."""
    mine: list[Played] = []
    for each in played(found):
        if isinstance(each, BadInput):
            session.reject(each)
        else:
            mine.append(each)
    session.played += mine
    shown = [each for each in mine if each.failure or not session.request.quiet]
    if shown and session.talks:
        session.screen.say(render_played(shown, session.screen.style))


def _shown_name(run: _Run) -> str:
    if run.variant:
        return run.variant.name
    return ", ".join(f"{name}={value}" for name, value in run.configuration.assignments)


def _model_heading(session: _Session, found: Found) -> str:
    style = session.screen.style
    return f"{style.bold(found.model.__name__)}  {style.place(found.file)}"


def _outcomes(session: _Session, runs: list[_Run]) -> Generator[Verdict | BadInput, None, None]:
    """What comes of each run, in their order, or the mistakes of its author."""
    cores = session.request.workers or os.cpu_count() or 1
    # A bound of memory is one for all that a command does at a time.
    bounded = session.request.max_memory is not None
    if len(runs) < 2 or cores < 2 or bounded or not can_fork():
        for run in runs:
            yield _outcome(session.request, run, _wants_trace(session))
        return
    yield from _side_by_side(session, runs, cores)


def _side_by_side(session: _Session, runs: list[_Run], cores: int) -> Iterator[Verdict | BadInput]:
    """Small runs, each on a core; one that is not small alone, with all memory and cores."""
    request = session.request
    most = min(request.max_states or SMALL, SMALL)
    small = replace(request, max_states=most, workers=1)

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
            if outcome is None or (most != request.max_states and _is_large(outcome, most)):
                yield _outcome(request, run, wanted)
            elif isinstance(outcome, BadInput) or wanted:
                yield outcome
            else:
                yield _without_traces(outcome)


def _is_large(outcome: Verdict | BadInput, most: int) -> bool:
    return isinstance(outcome, Verdict) and outcome.limit == counted(most, "state")


def _outcome(
    request: Request, run: _Run, traces: bool, tell: Tell | None = None
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
        verdict,
        model=run.found.name,
        variant=run.name,
        expected=run.expected,
        as_expected=as_expected(verdict, expect.holds, expect.property) if expect else None,
    )


def _without_traces(verdict: Verdict) -> Verdict:
    """As it would be had nobody wanted one."""
    return replace(verdict, violations=tuple(replace(v, trace=None) for v in verdict.violations))


def _progress(request: Request, run: _Run) -> Progress:
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


def _wants_trace(session: _Session, known: bool = False) -> bool:
    """Whether anybody will read the next run's trace: replaying and explaining take time.

    `known`: of another there is one already.
    """
    request = session.request
    if request.as_json:
        return True
    if known or any(verdict.trace for _, verdict in session.verdicts):
        return request.traces == "all" and not request.quiet
    return request.output is not None or not (request.quiet or request.traces == "none")


# --- telling ----------------------------------------------------------------------------


def _tell_traces(session: _Session) -> None:
    request = session.request
    violated = [(r, v) for r, v in session.verdicts if v.outcome is Outcome.VIOLATED]
    if not session.talks or request.quiet or request.traces == "none":
        return
    for run, verdict in violated if request.traces == "all" else violated[:1]:
        session.shown.append(verdict)
        shown = verdict.violations if request.continue_ else verdict.violations[:1]
        for violation in shown:
            heading = _trace_heading(session, run, verdict, violation)
            if violation.trace is not None:
                session.screen.tell_trace(violation.trace, heading, request.long)
                continue
            session.screen.say(heading)
            if violation.kind is ViolationKind.REACHABLE:
                session.screen.say(render_unmet(violation, session.screen.style))


def _trace_heading(session: _Session, run: _Run, verdict: Verdict, violation: Violation) -> str:
    """Which run this is the trace of, under a line."""
    style = session.screen.style
    name = f'"{_shown_name(run)}"' if _shown_name(run) else run.found.model.__name__
    title = f"{name} {violation_text(violation)}"
    if verdict.as_expected is not None:
        title += ", as expected" if verdict.as_expected else f"; expected: {run.expected}"
    lines = [style.rule * style.width, style.bold(title)]
    settings = _settings(run, verdict.program, style.width)
    lines += [style.dim(line) for line in settings]
    return "\n".join(lines) + "\n\n"


def _settings(run: _Run, program: Program, width: int) -> list[str]:
    """The parameters of a run; where they are many, those that are not as declared."""
    told = fold(", ".join(f"{name} = {value}" for name, value in program.parameters), width)
    if len(told) <= MOST_SETTINGS:
        return told if program.parameters else []
    usual = {each.name: in_python(each.default) for each in run.found.model.declared_parameters()}
    own = [f"{name} = {value}" for name, value in program.parameters if usual.get(name) != value]
    others = "others as declared" if own else "all as declared"
    return fold(", ".join([*own, others]), width)


def _keep_trace(session: _Session, file: str) -> None:
    """Write the first trace to a file."""
    for run, verdict in session.verdicts:
        if verdict.trace is not None:
            from ordercheck.cli.exporting import exported

            write_whole(file, exported(_trace_file(run, verdict), file, verdict.program))
            return
    if session.talks and not session.request.quiet:
        session.screen.say(f"There is no trace to keep: {file} was not written.")


def _trace_file(run: _Run, verdict: Verdict) -> TraceFile:
    from ordercheck.traces.json import TraceFile

    assert verdict.trace is not None
    set_values = {k: as_setting(value) for k, value in run.configuration.parameters.items()}
    return TraceFile(
        trace=replace(verdict.trace, model=run.found.name),
        version=__version__,
        variant=run.name,
        parameters=tuple({**set_values, **dict(run.configuration.assignments)}.items()),
        specs=run.configuration.specs,
        invariants=run.configuration.invariants,
        show=run.configuration.watches,
    )


def _tell_end(session: _Session) -> None:
    verdicts = [verdict for _, verdict in session.verdicts]
    counts = [summary(verdicts)] if len(verdicts) > 1 else []
    if session.played:
        counts.append(scenario_summary(session.played))
    if session.shown:
        session.screen.part()
    for count in counts:
        session.screen.say(count)
    if session.state is _State.INTERRUPTED:
        session.screen.say("Interrupted: what is above is known, the rest was not checked.")
        return
    if any(each.failure for each in session.played) and not session.errors:
        session.screen.say("Next: let script and model agree where a scenario has failed, above.")
        return
    known = {(verdict.model, verdict.program.parameters) for verdict in verdicts}
    runs = []
    for run, verdict in session.verdicts:
        mine = {parameters for model, parameters in known if model == verdict.model}
        partial = not _covers(session.request, run.found)
        runs.append(Ran(verdict, run.command, *run.next_values(verdict.program, mine), partial))
    said = advice(runs, session.errors, session.request.output or "", session.shown)
    words, *commands = said.split("\n")
    # A command is not folded: it is there to be copied.
    for line in [*fold(words, session.screen.style.width), *commands]:
        session.screen.say(line)


def _exit_code(session: _Session) -> int:
    if session.state is _State.INTERRUPTED:
        return INTERRUPTED
    if session.errors:
        return BAD_INPUT
    results = [is_pass(verdict) for _, verdict in session.verdicts]
    if False in results or any(each.failure for each in session.played):
        return FAILED
    return INCONCLUSIVE if None in results else OK
